"""Step 2: the imagery, the period, and which overpass to take."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from lulc_core.domain.errors import NoAcquisitionError
from lulc_core.domain.scene import Acquisition
from lulc_core.ui import resources, words
from lulc_core.ui.errors import show_error
from lulc_core.ui.explore.state import Explore
from lulc_core.ui.panels import source as panel_source

FIRST_DAY = date(2015, 6, 23)
CLEAR_ENOUGH = 0.6
"""Below this even the clearest acquisition leaves much of the area without a name; then a longer period is offered."""
LONGER_DAYS = 90
HELP = "Clear: the share of your area without cloud. Granule: the image of 110 km that your area lies in."


def label(state: Explore) -> str:
    """What the step says when closed."""
    acquisition = state.acquisition
    if acquisition is not None:
        return f"{words.day(acquisition.datetime)} · {words.clear(acquisition)}"
    if state.searching is not None:
        return "looking …"
    if state.found is not None and state.found.error is not None:
        return "none found" if isinstance(state.found.error, NoAcquisitionError) else "failed"
    return "choose imagery and date"


def show(state: Explore) -> None:
    """Source, period, acquisitions."""
    if state.source == "geotiff":
        _source(state)
        panel_source.own_files(state)
    else:
        left, right = st.columns([1, 1.45], gap="small")
        with left:
            _source(state)
        with right:
            _period(state)
        if state.source == "sentinel-hub":
            panel_source.account(state)
    if state.aoi is None:
        own = state.source == "geotiff"
        st.caption("The ground of the image becomes the area." if own else "First choose an area in step 1.")
        return
    if state.found is None:
        return
    if state.found.error is not None:
        show_error(state.found.error)
        if isinstance(state.found.error, NoAcquisitionError):
            _nearest(state, state.found.error)
        else:
            st.button("Try again", on_click=state.search_again, width="stretch")
        return
    _acquisitions(state)


def _source(state: Explore) -> None:
    def change() -> None:
        state.source = st.session_state["source"]
        state.run_error = None

    st.session_state["source"] = state.source
    names = list(resources.SOURCES)
    st.selectbox("Imagery", names, key="source", format_func=resources.SOURCES.__getitem__, on_change=change)


def _period(state: Explore) -> None:
    def change() -> None:
        value = st.session_state["period"]
        if isinstance(value, tuple) and len(value) == 2:  # one day only while the second is still to be clicked
            state.start, state.end = value

    today = words.today()
    value = st.session_state.get("period")
    if not (isinstance(value, tuple) and len(value) == 1):
        st.session_state["period"] = (min(max(state.start, FIRST_DAY), today), min(max(state.end, FIRST_DAY), today))
    st.date_input("Period", min_value=FIRST_DAY, max_value=today, key="period", on_change=change, format="YYYY-MM-DD")


def _nearest(state: Explore, error: NoAcquisitionError) -> None:
    def go(day: date) -> None:
        state.start, state.end = day - timedelta(days=2), min(day + timedelta(days=2), words.today())

    for day in error.nearest[:3]:
        st.button(f"Go to {words.day(day)}", key=f"near-{day}", on_click=go, args=(day,))


def _acquisitions(state: Explore) -> None:
    if state.found is None:
        return
    best = state.proposed
    with st.container(key="acquisitions"):
        # The proposal on top, where it is seen; the others as they come, newest first.
        rest = [a for a in state.found.acquisitions if best is None or a.id != best.id]
        for acquisition in [best, *rest] if best is not None else rest:
            _row(state, acquisition, acquisition is best and bool(rest))
    if best is not None and best.clear_share is not None and best.clear_share < CLEAR_ENOUGH:
        _look_longer(state)


def _look_longer(state: Explore) -> None:
    def longer() -> None:
        state.start = max(state.end - timedelta(days=LONGER_DAYS), FIRST_DAY)

    st.caption("Even the clearest of these is cloudy.")
    if (state.end - state.start).days < LONGER_DAYS:
        st.button(f"Look back {LONGER_DAYS} days", on_click=longer)


def _row(state: Explore, acquisition: Acquisition, best: bool) -> None:
    def choose() -> None:
        state.chosen = acquisition.id

    chosen = acquisition.id == state.chosen
    cover = acquisition.cloud_cover_pct
    parts = [f"**{words.clear(acquisition)}**", words.day(acquisition.datetime), acquisition.satellite]
    if cover is not None and acquisition.clear_share is not None:
        parts.append(f"granule {cover:.0f} % cloud".replace(" ", words.FIXED_SPACE))
    text = " · ".join(p for p in parts if p) + (" · **clearest**" if best else "")
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", wrap=False, key=f"row-{acquisition.id}"
    ):
        if acquisition.preview:
            st.image(acquisition.preview, width=52, alt=f"The area on {words.day(acquisition.datetime)}")
        st.button(
            text,
            key=f"take-{acquisition.id}",
            on_click=choose,
            type="primary" if chosen else "secondary",
            icon=":material/radio_button_checked:" if chosen else ":material/radio_button_unchecked:",
            width="stretch",
            wrap=True,
            help=HELP,
        )
