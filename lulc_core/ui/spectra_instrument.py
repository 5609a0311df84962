"""Sentinel-2 in one view: its bands, its orbit, what its pixels see."""

from __future__ import annotations

import streamlit as st

from lulc_core.analysis.reference_spectra import SATELLITES
from lulc_core.domain.bands import RGB
from lulc_core.render.band_view import NDVI_READING, PRESETS, RESOLUTION_M, resolution_pictures
from lulc_core.render.spectra_charts import bands_chart
from lulc_core.ui import spectra_tables, tables
from lulc_core.ui.spectra_ground import no_ground
from lulc_core.ui.spectra_picture import layer, presets
from lulc_core.ui.spectra_reference import CHART
from lulc_core.ui.spectra_state import Dated, Spectra, current, dates, spectra
from lulc_core.ui.state import Shown

ORBIT = [
    ("Orbit", "786 km"),
    ("Swath", "290 km"),
    ("Revisit", "5 days with two satellites"),
    ("Bands", "13"),
    ("Pixels", "10, 20, 60 m"),
]
THUMB_PX = 420


def show() -> None:
    """Bands and orbit for everybody; pictures of the user's own area where there is one."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        satellite = st.radio(
            "Satellite",
            SATELLITES,
            format_func=lambda s: f"Sentinel-{s[1:]}",
            key="instrument-satellite",
            persist_state="session",
            horizontal=True,
        )
        st.plotly_chart(bands_chart(satellite), key="instrument-chart", config=CHART)
        st.html(tables.facts(ORBIT))
        st.caption(
            "Each bar is as wide as its band. Hatched bands see the air: B09 its water vapour, B10 thin high cloud."
        )
    with right:
        st.html(spectra_tables.instrument(satellite))
        st.caption("Source: ESA spectral response functions, COPE-GSEG-EOPG-TN-15-0007 v4.0.")
    shown = current()
    if shown is None:
        for title, text in [(p.title, p.reading) for p in PRESETS] + [("NDVI", NDVI_READING)]:
            st.markdown(f"**{title}** {text}")
        no_ground("see these pictures of your own area")
        return
    page = spectra()
    dated = next(d for d in dates(shown) if d.key == shown.request.id)
    _four_pictures(page, dated)
    _three_pixels(page, shown, dated)
    st.caption(dated.scene.acquisition.attribution + ".")


def _four_pictures(page: Spectra, dated: Dated) -> None:
    st.subheader("Your area in four pictures")
    wanted = [(p.key, p.reading) for p in PRESETS] + [("NDVI", NDVI_READING)]
    choice = presets(dated.scene)
    for column, (key, reading) in zip(st.columns(4, gap="small"), wanted, strict=True):
        with column:
            if key not in choice:
                st.caption(f"{key}: the imagery lacks a band for it.")
                continue
            picture = layer(page, dated, choice[key], side_px=THUMB_PX)
            st.image(picture.data, width="stretch", alt=f"{choice[key].title} of the area")
            st.markdown(f"**{choice[key].title.split(',')[0]}** {reading}")


def _three_pixels(page: Spectra, shown: Shown, dated: Dated) -> None:
    scene = dated.scene
    if not scene.has(*RGB):
        st.caption("The imagery lacks bands for a true-colour picture, so pixel sizes cannot be shown.")
        return
    st.subheader("The same 600 m seen with pixels of 10, 20 and 60 m")
    row, col = _middle(page, shown, dated)
    pictures = page.kept((dated.key, "pixels", row, col), lambda: resolution_pictures(scene, row, col, RGB))
    for column, pixel_m, picture in zip(st.columns([1, 1, 1, 1])[:3], RESOLUTION_M, pictures, strict=False):
        with column:
            st.image(picture, width="stretch", alt=f"600 m of ground in pixels of {pixel_m} m")
            st.caption(f"{pixel_m} m: {600 // pixel_m} x {600 // pixel_m} pixels")
    where = f"around {page.picks[0].name}" if page.picks else "in the middle of your area; pick a place to move it"
    st.caption(f"True colour {where}. The 20 and 60 m pictures are means of the 10 m pixels.")


def _middle(page: Spectra, shown: Shown, dated: Dated) -> tuple[int, int]:
    grid = dated.scene.grid
    rows, cols = grid.shape_px
    places = [p.place.center for p in page.picks[:1]] or [shown.aoi.center]
    tile = grid.tile_at(*places[0])
    if tile is None:
        return rows // 2, cols // 2
    from lulc_core.domain.grid import TILE_PX

    return tile[0] * TILE_PX + TILE_PX // 2, tile[1] * TILE_PX + TILE_PX // 2
