"""The Compare page: the map with both dates, and beside it the three steps and the one thing to press next."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from lulc_core.domain.grid import TILE_M
from lulc_core.pipeline.classify import cost_of
from lulc_core.ui import resources, tables, words
from lulc_core.ui.compare import choice as compare_choice
from lulc_core.ui.compare import result as compare_result
from lulc_core.ui.compare.link import CompareLink
from lulc_core.ui.compare.state import CompareState, years_before
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.explore import page as explore
from lulc_core.ui.explore.state import Explore
from lulc_core.ui.panels import resolution as panel_detail

POLL_S = 0.4
LINK_SETTLES_S = 1.5
STEPS: dict[int, tuple[str, Any, Any]] = {
    1: ("Area", compare_choice.area_label, compare_choice.area),
    2: ("Two dates", compare_choice.dates_label, compare_choice.dates),
    3: ("What changed", compare_result.label, compare_result.show),
}


def state() -> CompareState:
    """This session's Compare page; made on its first run, from the link if there is one."""
    if "compare" not in st.session_state:
        params = st.query_params.to_dict()
        st.session_state["compare"] = new = new_state(explore.state(), words.today())
        _restore(new, params)
    return st.session_state["compare"]


def sync_from_url() -> None:
    """Goes where the address bar points, when the user went back or forward in the browser."""
    here = state()
    params = st.query_params.to_dict()
    settled = time.monotonic() - st.session_state.get("compare-link-written", 0.0) > LINK_SETTLES_S
    if params and here.link and params != here.link and settled:
        _restore(here, params)


def _restore(here: CompareState, params: dict[str, str]) -> None:
    if params:
        link, here.link_errors = CompareLink.from_params(params, tuple(resources.SOURCES))
        here.restore(link)


@st.fragment
def compare_page() -> None:
    """Everything on the page. A fragment, so that a click on the map reruns no more than this."""
    here = state()
    here.settle()
    st.html(Path(__file__).with_name("compare.css"))
    map_column, panel_column = st.columns([2, 1], gap="small")
    with panel_column, st.container(key="panel"):
        _panel(here)
    # folium takes most of a second to import; the panel above is on the screen before that.
    from lulc_core.ui.compare import map as compare_map

    with map_column, st.container(key="map-frame"):
        compare_map.show_map(compare_map.map_state(here), lambda value: take(here, value))
    here.link = here.to_link().to_params()
    if st.query_params.to_dict() != here.link:
        st.query_params.from_dict(here.link)
        st.session_state["compare-link-written"] = time.monotonic()


def take(here: CompareState, value: dict[str, Any]) -> None:
    """What the user did on the map. Values stay over reruns: only what is newer than the last seen counts."""
    drawn, click = value.get("area"), value.get("click")
    if drawn is not None and here.is_new("area", drawn):
        here.take_drawing(drawn)
    if click is not None and here.is_new("click", click) and here.shown is not None:
        tile = here.shown.result.change.grid.tile_at(float(click["lng"]), float(click["lat"]))
        here.select(tile)


def _panel(here: CompareState) -> None:
    for error in here.link_errors:
        show_error(error)
    for number, (title, label, body) in STEPS.items():
        _step(here, number, title, label(here), body)
    with st.container(key="action"):
        _action(here)


def _step(here: CompareState, number: int, title: str, label: str, body: Any) -> None:
    key = f"cmp-step-{number}"

    def toggle() -> None:
        if st.session_state[key]:
            here.open_step = number
        elif here.open_step == number:  # a busy browser may report late what the page closed itself
            here.open_step = 0

    done = {1: here.aoi is not None, 2: here.pair is not None, 3: here.is_shown}[number]
    icon = ":material/check_circle:" if done else ":material/radio_button_unchecked:"
    st.session_state[key] = here.open_step == number
    text = f"**{number} {title}** · {plain(label)}"
    made = here.shown is not None and here.shown.result.change.simulated
    if (number == 3 and made) or (number == 2 and here.pair is not None and here.source == "simulated"):
        text += " :orange-badge[SIMULATED]"
    with st.expander(text, key=key, icon=icon, on_change=toggle):
        if here.open_step == number:
            body(here)


def _action(here: CompareState) -> None:
    if here.in_background:
        _pulse()
    if here.running is None and here.grid is not None:
        panel_detail.show(here, "cmp-detail")
    if here.running is not None or here.is_shown:
        return
    dates = here.dates()
    if dates and here.grid is not None:
        new = [d for d in dates if resources.results().get(d.request) is None]
        costs = [cost_of(d.source, here.grid, d.acquisition.available_bands) for d in new]
        seconds = sum(c.seconds for c in costs) + len(new) * resources.seconds_to_classify(here.grid)
        pairs = [("Dates to fetch", str(len(new))), ("Requests", f"{sum(c.requests for c in costs):,}")]
        units = sum(c.processing_units for c in costs)
        pairs += [("Processing units", f"{units:,.1f}"), ("Time", words.duration(seconds))]
        st.html(tables.facts(pairs))
    ready = bool(dates) and here.pair_error() is None
    st.button(
        "Compare the two dates",
        key="cmp-compare",
        type="primary",
        width="stretch",
        disabled=not ready,
        on_click=here.compare,
        icon=":material/compare:",
    )


@st.fragment(run_every=POLL_S)
def _pulse() -> None:
    here = state()
    if not here.in_background or any(job.done for job in here.in_background):
        st.rerun()
    job = here.running or here.in_background[0]
    left, right = st.columns([3, 1], gap="small", vertical_alignment="center")
    left.progress(job.fraction, text="Stopping …" if job.stopping else plain(job.message))
    right.button("Cancel", key="cmp-cancel", on_click=job.cancel, disabled=job.stopping, width="stretch")


def new_state(explore: Explore, today: date) -> CompareState:
    """A fresh page: the area, the imagery and the date of Explore, and two years before it.

    It opens with whole tiles: what counts as a change was measured on these, and a finer comparison overlooks more.
    """
    acquisition = explore.acquisition
    after = acquisition.datetime.date() if acquisition else today - timedelta(days=10)
    source = explore.source if explore.source != "geotiff" else "simulated"
    state = CompareState(
        explore=explore, day_before=years_before(after), day_after=after, source=source, resolution_m=TILE_M
    )
    if explore.aoi is not None:
        state.set_area(explore.aoi)
    return state
