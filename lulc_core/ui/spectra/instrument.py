"""Sentinel-2 in one view: its bands, its orbit, what its pixels see."""

from __future__ import annotations

import streamlit as st

from lulc_core.render.charts.spectra import bands_chart
from lulc_core.render.overlays.band_view import NDVI_READING, PRESETS
from lulc_core.ui.errors import show_error
from lulc_core.ui.spectra import pixels, tables
from lulc_core.ui.spectra.choice import choose_satellite, choose_scenes
from lulc_core.ui.spectra.curves import CHART
from lulc_core.ui.spectra.picture import draw_layer, presets
from lulc_core.ui.spectra.source import DatedScene, find_scenes
from lulc_core.ui.spectra.state import Spectra, spectra_state
from lulc_core.ui.tables import facts
from lulc_core.ui.words import page_words, spoken, translate

ORBIT = ("orbit", "swath", "revisit")
THUMB_PX = 420
READINGS = {**{p.key: (p.title, p.reading) for p in PRESETS}, "NDVI": ("NDVI", NDVI_READING)}
"""Title of each of the four pictures, and how to read it."""


def show() -> None:
    """Show bands and orbit to everybody, and pictures of the user's own area where there is one."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        satellite = choose_satellite("instrument-satellite")
        st.plotly_chart(bands_chart(satellite, words=page_words()), key="instrument-chart", config=CHART)
        st.html(facts([(translate(f"spectra.{o}"), translate(f"spectra.{o}.value")) for o in ORBIT]))
        st.caption(translate("spectra.instrument.bars"))
    with right:
        st.html(tables.instrument(satellite))
        st.caption(translate("spectra.instrument.source"))
    if not find_scenes():
        for title, reading in READINGS.values():
            st.markdown(f"**{spoken(title)}** {spoken(reading)}")
    scenes = choose_scenes("pictures")
    if scenes is None:
        return
    state, dated = spectra_state(), scenes.main_scene
    _show_four_pictures(state, dated)
    pixels.show(state, scenes, dated)
    if state.error is not None:
        show_error(state.error)
    st.caption(spoken(dated.scene.acquisition.attribution + "."))


def _show_four_pictures(state: Spectra, dated: DatedScene) -> None:
    st.subheader(translate("spectra.four"))
    pictures = presets(dated.scene)
    for column, (key, (title, reading)) in zip(st.columns(4, gap="small"), READINGS.items(), strict=True):
        with column:
            if key not in pictures:
                st.caption(translate("spectra.lacks_band", name=spoken(title)))
                continue
            layer = draw_layer(state, dated, pictures[key], side_px=THUMB_PX)
            st.image(layer.data, width="stretch", alt=translate("spectra.picture.alt", name=spoken(title)))
            st.markdown(f"**{spoken(title)}** {spoken(reading)}")
