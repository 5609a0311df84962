"""The Spectra page: why a classifier can know at all, from reference curves to the imagery of the user's own area."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lulc_core.ui.spectra import classes, instrument, reference, roi, viewer
from lulc_core.ui.spectra.choice import choose, part_with_scenes
from lulc_core.ui.spectra.state import spectra_state
from lulc_core.ui.words import translate

PARTS = {
    "reference": reference.show,
    "classes": classes.show,
    "ground": part_with_scenes("ground", roi.show),
    "sentinel2": instrument.show,
    "viewer": part_with_scenes("viewer", viewer.show),
}
_CSS = Path(__file__).with_name("spectra.css")


def show_page() -> None:
    """Show the choice of part, then the part."""
    st.html(_CSS)
    bar = spectra_state().bar
    params = bar.visited() if bar.params else st.query_params.to_dict()
    if params and params.get("part") in PARTS:
        st.session_state["spectra-part"] = params["part"]
    with st.container(key="spectra-head"):
        titles = {key: translate(f"spectra.part.{key}") for key in PARTS}
        part = choose(
            translate("spectra.parts"),
            titles,
            key="spectra-part",
            widget=st.segmented_control,
            required=True,
            label_visibility="collapsed",
        )
    bar.write({"part": part})
    with st.container(key=f"spectra-{part}"):
        PARTS[part]()
