"""Sentinel-2 in one view: its bands, its orbit, what its pixels see."""

from __future__ import annotations

import streamlit as st

from lulc_core.analysis.spectra.reference import SATELLITES
from lulc_core.render.charts.spectra import bands_chart
from lulc_core.render.overlays.band_view import NDVI_READING, PRESETS
from lulc_core.ui import tables
from lulc_core.ui.errors import show_error
from lulc_core.ui.spectra import pixels as spectra_pixels
from lulc_core.ui.spectra import tables as spectra_tables
from lulc_core.ui.spectra.choice import choose_ground
from lulc_core.ui.spectra.picture import layer, presets
from lulc_core.ui.spectra.reference import CHART
from lulc_core.ui.spectra.source import Dated, grounds
from lulc_core.ui.spectra.state import Spectra, spectra

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
    if not grounds():
        for title, text in [(p.title, p.reading) for p in PRESETS] + [("NDVI", NDVI_READING)]:
            st.markdown(f"**{title}** {text}")
    ground = choose_ground("see these pictures of your own area")
    if ground is None:
        return
    page, dated = spectra(), ground.main_date
    _four_pictures(page, dated)
    spectra_pixels.show(page, ground, dated)
    if page.error is not None:
        show_error(page.error)
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
