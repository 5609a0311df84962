"""What one user has picked on the Spectra page, and the scenes to look at. No widgets in here."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from lulc_core.analysis.picks import PickSpectrum, Place, pick_spectrum
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError
from lulc_core.render.spectra_charts import PICK_COLORS
from lulc_core.ui import store
from lulc_core.ui.forms import MapRequest
from lulc_core.ui.state import Explore, Shown

if TYPE_CHECKING:
    from lulc_core.domain.scene import Scene
    from lulc_core.pipeline import ClassifyResult

MAX_PICKS = 8
MAX_NAME = 40
MAX_KEPT = 24
"""Pictures and spectra kept for a session, so that a click does not draw everything anew."""
MAX_AREA_KM2 = 100.0
"""Of one drawn pick: larger areas have no spectrum of their own but that of everything in them."""


@dataclass
class Pick:
    """Ground that the user keeps, with a name and a colour."""

    id: int
    name: str
    color: str
    place: Place


@dataclass(frozen=True)
class Dated:
    """One scene over the current area."""

    key: str
    label: str
    """Its day, with the satellite where two share one."""
    scene: Scene


@dataclass
class Spectra:
    """One session's Spectra page. Lives in ``st.session_state``."""

    picks: list[Pick] = field(default_factory=list)
    kind: str = "point"
    """What a click picks: ``point`` or ``tile``."""
    error: LulcError | None = None
    told: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict)

    def add(self, place: Place, name: str = "") -> None:
        """Keeps a place, or says why not."""
        self.error, self.told = None, ""
        if len(self.picks) >= MAX_PICKS:
            self.told = f"{MAX_PICKS} picks are kept at once: remove one first."
            return
        number = next(self._numbers)
        used = {p.color for p in self.picks}
        color = next(c for c in PICK_COLORS if c not in used) if len(used) < MAX_PICKS else PICK_COLORS[0]
        title = {"point": "Point", "tile": "Tile", "area": "Area"}[place.kind]
        self.picks.append(Pick(number, name or f"{title} {number}", color, place))

    def add_area(self, features: list[dict[str, Any]]) -> None:
        """Keeps a drawn area, or says why not."""
        if not features:
            return
        try:
            aoi = Aoi.from_geojson({"type": "FeatureCollection", "features": features[-1:]})
            aoi.check_size(MAX_AREA_KM2)
        except LulcError as error:
            self.error = error
            return
        self.add(Place.area(aoi))

    def remove(self, number: int) -> None:
        """Forgets one pick."""
        self.picks = [p for p in self.picks if p.id != number]
        self.told, self.error = "", None

    def clear(self) -> None:
        """Forgets all picks."""
        self.picks, self.told, self.error = [], "", None

    def kept(self, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, made once for a key while it is in use."""
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def spectrum(self, dated: Dated, pick: Pick) -> PickSpectrum | LulcError:
        """The spectrum of a pick on a date; the error where it lies outside the imagery."""

        def make() -> PickSpectrum | LulcError:
            try:
                return pick_spectrum(dated.scene, pick.place, native=_native(dated, pick.place))
            except LulcError as error:
                return error

        return self.kept((dated.key, pick.id), make)


def spectra() -> Spectra:
    """This session's picks."""
    if "spectra" not in st.session_state:
        st.session_state["spectra"] = Spectra()
    return st.session_state["spectra"]


def explore_state() -> Explore | None:
    """Where the user is on the Explore page; None where that was not opened in this session."""
    here = st.session_state.get("explore")
    return here if isinstance(here, Explore) else None


def current() -> Shown | None:
    """The map on the screen of the Explore page."""
    here = explore_state()
    if here is None:
        return None
    here.settle()
    return here.shown


def dates(shown: Shown) -> tuple[Dated, ...]:
    """All finished maps of the area on the screen that this user may see, oldest first."""
    found: dict[MapRequest, ClassifyResult] = dict(store.results().of_area(shown.request))
    found[shown.request] = shown.result
    ordered = sorted(found.items(), key=lambda item: item[1].scene.acquisition.datetime)
    days = [r.scene.acquisition.date for _, r in ordered]
    return tuple(
        Dated(
            request.id,
            day if days.count(day) == 1 else f"{day} {result.scene.acquisition.satellite} {request.source}",
            result.scene,
        )
        for (request, result), day in zip(ordered, days, strict=True)
    )


def _native(dated: Dated, place: Place) -> dict[str, float] | None:
    """The file's own pixel at a point, where the imagery is a file that was put on our grid."""
    here = explore_state()
    if place.kind != "point" or here is None or dated.scene.acquisition.source != "geotiff":
        return None
    from lulc_core.sources.geotiff import GeoTiffSource
    from lulc_core.sources.geotiff_point import file_pixel

    source = here.own.source
    if not isinstance(source, GeoTiffSource) or not dated.scene.acquisition.id.endswith(source.info.key):
        return None
    return file_pixel(source, dated.scene.bands, *place.center)
