"""Names of documents: what, where, when and in which language; and SIMULATED where it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.language.words import Words
from lulc_core.report.story.place import is_place_name

SIMULATED_PREFIX = "SIMULATED_"
_MOST = 40
"""Characters of a place."""


def document_name(maps: Sequence[LandCoverMap], aoi: Aoi, words: Words, ending: str, *, place: str = "") -> str:
    """Name a document that is saved without a package: ``Mesero_land_cover_2021-08-14_en.pdf``.

    Args:
        maps: of the one or two main dates.
        aoi: the drawn shape.
        words: the language of the document.
        ending: with its dot.
        place: what the area is called, where the reader said it.
    """
    mark = SIMULATED_PREFIX if any(m.simulated for m in maps) else ""
    what = words.translate("name.map" if len(maps) == 1 else "name.compare")
    days = "_".join(m.acquisition.date for m in maps)
    return f"{mark}{place_part(aoi, place)}_{what}_{days}_{words.lang}{ending}"


def packed_name(what: str, aoi: Aoi, words: Words, ending: str, *, simulated: bool, place: str = "") -> str:
    """Name a document in the archive: ``report_Mesero_en.pdf``.

    Args:
        what: ``report``, ``sheet_map`` or ``sheet_change``.
        aoi: the drawn shape.
        words: the language of the document.
        ending: with its dot.
        simulated: of simulated imagery.
        place: what the area is called, where the reader said it.
    """
    mark = SIMULATED_PREFIX if simulated else ""
    return f"{mark}{words.translate(f'name.{what}')}_{place_part(aoi, place)}_{words.lang}{ending}"


def place_part(aoi: Aoi, place: str = "") -> str:
    """Write the place as a part of a file's name: letters of ASCII, or where it lies."""
    name = place or (aoi.name if is_place_name(aoi.name) else "")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    bare = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:_MOST].strip("-")
    lon, lat = aoi.center
    where = f"{abs(lat):.3f}{'N' if lat >= 0 else 'S'}-{abs(lon):.3f}{'E' if lon >= 0 else 'W'}"
    return bare or where
