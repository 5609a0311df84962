"""Step 2: the imagery, the period, and which overpass to take."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from lulc_core.domain.errors import NoAcquisitionError
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.base import FIRST_ACQUISITION
from lulc_core.ui import words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.explore.state import ExploreState
from lulc_core.ui.panels import files
from lulc_core.ui.panels.account import show_account, show_sources
from lulc_core.ui.panels.first_source import show_origin

CLEAR_ENOUGH = 0.6
"""Below this even the clearest acquisition leaves much of the area without a name; then a longer period is offered."""
LONGER_DAYS = 90
HELP = "Clear: the share of your area without cloud. The whole image is 110 km wide."


def label(state: ExploreState) -> str:
    """Say what the step shows when closed."""
    acquisition = state.acquisition
    if acquisition is not None:
        return f"{words.day(acquisition.datetime)} · {words.clear(acquisition)}"
    if state.search.job:
        return "looking …"
    if state.search.found is not None and state.search.found.error is not None:
        return "none found" if isinstance(state.search.found.error, NoAcquisitionError) else "failed"
    return "choose imagery and date"


def show(state: ExploreState) -> None:
    """Show source, period, acquisitions."""
    if state.source == "geotiff":
        show_sources("source", state.source, state.set_source)
        files.show(state.own, state.files_changed)
        source = state.own.source
        if source is not None:
            button = "Use the whole image as area"
            st.button(button, on_click=lambda: state.area.set(source.footprint()), width="stretch")
    else:
        show_sources("source", state.source, state.set_source)  # a whole row: its words are long
        _period(state)
        if state.first.why:
            st.caption(plain(state.first.why))
        if state.source == "sentinel-hub":
            show_account(state.account, state.search.forget)
        show_origin("ask-services")
    if state.area.aoi is None:
        own = state.source == "geotiff"
        st.caption("The ground of the image becomes the area." if own else "First choose an area in step 1.")
        return
    if state.search.found is None:
        return
    if state.search.found.error is not None:
        show_error(state.search.found.error)
        if isinstance(state.search.found.error, NoAcquisitionError):
            _nearest(state, state.search.found.error)
        else:
            st.button("Try again", on_click=state.search.forget, width="stretch")
        return
    _acquisitions(state)


def _period(state: ExploreState) -> None:
    def change() -> None:
        value = st.session_state["period"]
        if isinstance(value, tuple) and len(value) == 2:  # one day only while the second is still to be clicked
            state.set_period(*value)

    today = words.today()
    value = st.session_state.get("period")
    if not (isinstance(value, tuple) and len(value) == 1):
        days = (state.search.start, state.search.end)
        st.session_state["period"] = tuple(min(max(day, FIRST_ACQUISITION), today) for day in days)
    st.date_input(
        "Period", min_value=FIRST_ACQUISITION, max_value=today, key="period", on_change=change, format="YYYY-MM-DD"
    )


def _nearest(state: ExploreState, error: NoAcquisitionError) -> None:
    def go(day: date) -> None:
        state.set_period(day - timedelta(days=2), min(day + timedelta(days=2), words.today()))

    for day in error.nearest[:3]:
        st.button(f"Go to {words.day(day)}", key=f"near-{day}", on_click=go, args=(day,))


def _acquisitions(state: ExploreState) -> None:
    found, best = state.search.found, state.search.proposed
    if found is None or best is None:
        return
    with st.container(key="acquisitions"):
        # The proposal on top, where it is seen; the others as they come, newest first.
        others = [a for a in found.acquisitions if a.id != best.id]
        for acquisition in (best, *others):
            _row(state, acquisition, acquisition is best and bool(others))
    if best.clear_share is not None and best.clear_share < CLEAR_ENOUGH:
        st.caption("Even the clearest of these is cloudy.")
        search = state.search
        if (search.end - search.start).days < LONGER_DAYS:
            start = max(search.end - timedelta(days=LONGER_DAYS), FIRST_ACQUISITION)
            st.button(f"Look back {LONGER_DAYS} days", on_click=state.set_period, args=(start, search.end))


def _row(state: ExploreState, acquisition: Acquisition, best: bool) -> None:
    chosen = acquisition.id == state.search.chosen
    cover = acquisition.cloud_cover_pct
    parts = [f"**{words.clear(acquisition)}**", words.day(acquisition.datetime), acquisition.satellite]
    if cover is not None and acquisition.clear_share is not None:
        parts.append(words.translate("clear.granule", share=words.share(cover / 100)))
    text = " · ".join(p for p in parts if p) + (" · **clearest**" if best else "")
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", wrap=False, key=f"row-{acquisition.id}"
    ):
        if acquisition.preview:
            st.image(acquisition.preview, width=52, alt=f"The area on {words.day(acquisition.datetime)}")
        st.button(
            text,
            key=f"take-{acquisition.id}",
            on_click=state.choose,
            args=(acquisition.id,),
            type="primary" if chosen else "secondary",
            icon=":material/radio_button_checked:" if chosen else ":material/radio_button_unchecked:",
            width="stretch",
            wrap=True,
            help=HELP,
        )
