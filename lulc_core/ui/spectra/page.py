"""The Spectra page: why a classifier can know at all, from reference curves to the imagery of the user's own area."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lulc_core.ui.spectra import classes, instrument, reference, roi, viewer
from lulc_core.ui.spectra.choice import choose, part_with_scenes
from lulc_core.ui.spectra.state import spectra_state

PARTS = {
    "reference": ("Reference", reference.show),
    "classes": ("Ten classes", classes.show),
    "ground": ("Your ground", part_with_scenes("see the spectra of your own ground", roi.show)),
    "sentinel2": ("Sentinel-2", instrument.show),
    "viewer": ("Band viewer", part_with_scenes("look at any three bands or an index of your own area", viewer.show)),
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
        titles = {key: title for key, (title, _) in PARTS.items()}
        part = choose(
            "Part of the page",
            titles,
            key="spectra-part",
            widget=st.segmented_control,
            required=True,
            label_visibility="collapsed",
        )
    bar.write({"part": part})
    with st.container(key=f"spectra-{part}"):
        PARTS[part][1]()
