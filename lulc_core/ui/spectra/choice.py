"""Which ground the Spectra page looks at; where there is none, how to get some."""

from __future__ import annotations

import streamlit as st

from lulc_core.ui.panels.progress import show_progress
from lulc_core.ui.spectra.source import Ground, grounds, running


def choose_ground(purpose: str) -> Ground | None:
    """The ground to look at: asked for where both pages have some; None, with a way to get one, where none has.

    Args:
        purpose: ends the sentence "To ..., open Explore".
    """
    found = {g.key: g for g in grounds()}
    if not found:
        _no_ground(purpose)
        return None
    if st.session_state.get("spectra-ground-of") not in found:
        st.session_state["spectra-ground-of"] = next(iter(found))
    if len(found) > 1:
        st.segmented_control(
            "Ground",
            list(found),
            format_func=lambda key: found[key].title,
            key="spectra-ground-of",
            persist_state="session",
            required=True,
        )
    return found[st.session_state["spectra-ground-of"] or next(iter(found))]


def _no_ground(purpose: str) -> None:
    """One sentence on how to get one's own ground; while it is being made, that."""
    if running():
        show_progress(running)
        st.caption("Your map is being made; this page goes on by itself when it is done.")
        return
    st.info(
        f"To {purpose}, open Explore, draw an area (or choose an example place) and press Classify; "
        "then come back here. Two dates of the Compare page serve as well.",
        icon=":material/travel_explore:",
    )
    try:
        with st.container(horizontal=True, gap="small"):
            st.page_link("pages/explore.py", label="Open Explore", icon=":material/map:")
            st.page_link("pages/compare.py", label="Open Compare", icon=":material/compare:")
    except st.errors.StreamlitPageNotFoundError:
        return  # this page was started by itself, without the others
