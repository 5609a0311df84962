"""What the pages give away: the result on the screen as a bundle, and everything of it in one archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from lulc_core.domain.aoi import Aoi
from lulc_core.ui import resources
from lulc_core.ui.words import page_words, translate

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassifyResult, CompareResult
    from lulc_core.export.bundle import Bundle
    from lulc_core.language.words import Words


def show_download(result: ClassifyResult | CompareResult, aoi: Aoi) -> None:
    """Offer the archive of a result, which is made when it is asked for, and say what is in it."""
    words = page_words()
    st.download_button(
        translate("panel.package.download"),
        data=lambda: archive_of(bundle_on_screen(result, aoi), words),
        file_name=archive_name(result, aoi),
        mime="application/zip",
        key="download-files",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )
    st.caption(translate("panel.package.content"))


def bundle_on_screen(result: ClassifyResult | CompareResult | Bundle, aoi: Aoi) -> Bundle:
    """Bundle the result that a page shows, as documents and files want it."""
    from lulc_core.export.bundle import Bundle, bundle_of

    if isinstance(result, Bundle):  # of a region, read from its folder
        return result
    maps = [r.land_cover for r in result.dates]
    request = {
        "command": "map" if len(maps) == 1 else "compare",
        "source": maps[0].acquisition.source,
        "area": aoi.to_geojson(),
        "dates": [m.acquisition.date for m in maps],
        "acquisitions": [m.acquisition.id for m in maps],
        "detail": maps[0].grid.cell_m,
        "model": maps[0].model.name,
        "min-clear-share": resources.settings().min_clear_share,
    }
    return bundle_of(result, aoi=aoi, request=request)


def archive_of(bundle: Bundle, words: Words | None = None) -> bytes:
    """Write everything of a result as a zip archive; some seconds for a large area."""
    from lulc_core.model.model_files import files_beside
    from lulc_core.report.package import package_zip

    model = bundle.after.land_cover.model
    card, evaluation = files_beside(model.name, model.sha256)
    return package_zip(bundle, evaluation=evaluation, card=card, words=words)


def archive_name(result: ClassifyResult | CompareResult, aoi: Aoi) -> str:
    """Name the downloaded archive: it says what, when, where, and SIMULATED where it is."""
    from lulc_core.report.package import stem_of

    return f"{stem_of([r.land_cover for r in result.dates[:2]], aoi)}.zip"
