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
from lulc_core.ui.words import translate

CLEAR_ENOUGH = 0.6
"""Below this even the clearest acquisition leaves much of the area without a name; then a longer period is offered."""
LONGER_DAYS = 90
CARD_PX = 84


def label(state: ExploreState) -> str:
    """Say what the step shows when closed."""
    acquisition = state.acquisition
    if acquisition is not None:
        return f"{words.day(acquisition.datetime)} · {words.clear(acquisition)}"
    if state.search.job:
        return translate("explore.looking")
    if state.search.found is not None and state.search.found.error is not None:
        none = isinstance(state.search.found.error, NoAcquisitionError)
        return translate("explore.none_found" if none else "explore.failed")
    return translate("explore.choose")


def show(state: ExploreState) -> None:
    """Show source, period, acquisitions."""
    show_sources("source", state.source, state.set_source, extra=lambda: show_origin("ask-services"))
    if state.source == "geotiff":
        files.show(state.own, state.files_changed)
        source = state.own.source
        if source is not None:
            button = translate("explore.whole_image")
            st.button(button, on_click=lambda: state.area.set(source.footprint()), width="stretch")
    else:
        if state.first.why:
            st.caption(plain(state.first.why))
        if state.source == "sentinel-hub":
            show_account(state.account, state.search.forget)
        _period(state)
    if state.area.aoi is None:
        own = state.source == "geotiff"
        st.caption(translate("explore.ground_of_image" if own else "explore.first_area"))
        return
    if state.search.found is None:
        return
    if state.search.found.error is not None:
        show_error(state.search.found.error)
        if isinstance(state.search.found.error, NoAcquisitionError):
            _nearest(state, state.search.found.error)
        else:
            st.button(translate("explore.try_again"), on_click=state.search.forget, width="stretch")
        return
    _acquisitions(state)
    _picture(state)


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
        translate("explore.period"),
        min_value=FIRST_ACQUISITION,
        max_value=today,
        key="period",
        on_change=change,
        format="YYYY-MM-DD",
    )


def _nearest(state: ExploreState, error: NoAcquisitionError) -> None:
    def go(day: date) -> None:
        state.set_period(day - timedelta(days=2), min(day + timedelta(days=2), words.today()))

    for day in error.nearest[:3]:
        text = translate("explore.go_to_day", day=words.day(day))
        st.button(text, key=f"near-{day}", on_click=go, args=(day,))


def _acquisitions(state: ExploreState) -> None:
    found, best = state.search.found, state.search.proposed
    if found is None or best is None:
        return
    with st.container(key="acquisitions", horizontal=True, gap="xxsmall"):
        for acquisition in found.acquisitions:  # newest first
            _card(state, acquisition, acquisition is best and len(found.acquisitions) > 1)
    if best.clear_share is not None and best.clear_share < CLEAR_ENOUGH:
        st.caption(translate("explore.all_cloudy"))
        search = state.search
        if (search.end - search.start).days < LONGER_DAYS:
            start = max(search.end - timedelta(days=LONGER_DAYS), FIRST_ACQUISITION)
            text = translate("explore.look_back", n=LONGER_DAYS)
            st.button(text, on_click=state.set_period, args=(start, search.end))


def _card(state: ExploreState, acquisition: Acquisition, best: bool) -> None:
    """Show one day: its small picture, how clear it is, and the button that takes it, which covers all of it."""
    chosen = acquisition.id == state.search.chosen
    day, share = words.day(acquisition.datetime), acquisition.clear_share
    text = f"**{day}** {plain(words.clear(acquisition))}"
    if best:
        badge = translate("explore.best")
        text += f" :green-badge[{badge}]"
    satellite = acquisition.satellite.replace("S2", "Sentinel-2") or "Sentinel-2"
    with st.container(key=f"day-{acquisition.id}", gap=None, width=CARD_PX):
        if acquisition.preview:
            st.image(acquisition.preview, width="stretch", alt=translate("explore.row.alt", day=day))
        else:
            without = translate("explore.row.no_picture")
            st.html(f"<div class='lulc-no-preview' title='{without}'></div>")
        st.html(f"<div class='lulc-clear'><i style='width: {100 * (share or 0):.0f}%'></i></div>")
        st.button(
            text,
            key=f"take-{acquisition.id}",
            on_click=state.choose,
            args=(acquisition.id,),
            type="primary" if chosen else "secondary",
            help=translate("explore.row.help", satellite=satellite, time=acquisition.datetime.strftime("%H:%M")),
            width="stretch",
        )


def _picture(state: ExploreState) -> None:
    """What lies on the map of the chosen image, or what it takes to have it there."""
    if state.sight.error is not None:
        show_error(state.sight.error)
        st.button(translate("explore.try_again"), key="sight-again", on_click=state.sight.forget, width="stretch")
    elif state.on_map is state.sight.seen and state.sight.seen is not None:
        st.caption(translate("explore.picture.bright"))
    elif (cost := state.cost_of_sight()) is not None:
        st.button(
            translate("explore.picture.show"),
            key="sight",
            on_click=state.look,
            kwargs={"asked": True},
            icon=":material/visibility:",
            width="stretch",
        )
        if cost.processing_units:
            text = translate("explore.picture.costs", units=words.number(cost.processing_units, 1))
        else:
            text = translate("explore.picture.large", mb=words.number(cost.megabytes))
        st.caption(text)
