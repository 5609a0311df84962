"""The Spectra page: why a classifier can know at all, from reference curves to the user's own ground."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lulc_core.ui.spectra import classes as spectra_classes
from lulc_core.ui.spectra import instrument as spectra_instrument
from lulc_core.ui.spectra import reference as spectra_reference
from lulc_core.ui.spectra import roi as spectra_ground
from lulc_core.ui.spectra import viewer as spectra_viewer

PARTS = {
    "reference": ("Reference", spectra_reference.show),
    "classes": ("Ten classes", spectra_classes.show),
    "ground": ("Your ground", spectra_ground.show),
    "sentinel2": ("Sentinel-2", spectra_instrument.show),
    "viewer": ("Band viewer", spectra_viewer.show),
}
_CSS = Path(__file__).with_name("spectra.css")


def show_page() -> None:
    """The choice of part, then the part."""
    st.html(_CSS)
    asked = st.query_params.get("part", "")
    if "spectra-part" not in st.session_state:
        st.session_state["spectra-part"] = asked if asked in PARTS else "reference"

    with st.container(key="spectra-head"):
        part = st.segmented_control(
            "Part of the page",
            list(PARTS),
            format_func=lambda key: PARTS[key][0],
            key="spectra-part",
            persist_state="session",
            required=True,
            label_visibility="collapsed",
        )
    part = part or "reference"
    if st.query_params.get("part") != part:
        st.query_params.from_dict({"part": part})
    with st.container(key=f"spectra-{part}"):
        PARTS[part][1]()
