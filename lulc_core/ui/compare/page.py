"""The Compare page: the map with both dates, and beside it the three steps and the one thing to press next."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lulc_core.ui import resources, words
from lulc_core.ui.compare import choice, result
from lulc_core.ui.compare.state import CompareState, new_state
from lulc_core.ui.explore.page import explore_state
from lulc_core.ui.language import without_language
from lulc_core.ui.navigation import switch_page
from lulc_core.ui.panels.cost import cost_to_classify, show_cost
from lulc_core.ui.panels.map_page import Step, show_map_page
from lulc_core.ui.panels.progress import show_progress
from lulc_core.ui.report.link import reported

STEPS = (
    Step("compare.step.area", choice.area_label, choice.show_area, done=lambda state: state.area.aoi is not None),
    Step(
        "compare.step.dates",
        choice.dates_label,
        choice.show_dates,
        done=lambda state: state.dates.pair is not None,
        simulated=lambda state: state.dates.pair is not None and state.imagery.source == "simulated",
    ),
    Step(
        "compare.step.change",
        result.label,
        result.show,
        done=lambda state: state.is_shown,
        simulated=lambda state: state.shown is not None and state.shown.result.simulated,
    ),
)


def compare_state() -> CompareState:
    """Return this session's Compare page; made on its first run, from the link if there is one."""
    if "compare" not in st.session_state:
        st.session_state["compare"] = new = new_state(explore_state(), words.today())
        if params := without_language(st.query_params.to_dict()) or reported("compare"):
            new.open_link(params)
    return st.session_state["compare"]


@st.fragment
def compare_page() -> None:
    """Show everything on the page. A fragment, so that a click on the map reruns no more than this."""
    state = compare_state()
    state.poll_jobs()
    st.html(Path(__file__).with_name("compare.css"))
    show_map_page(state, STEPS, "cmp-step", _action, lambda: _show_map(state))
    state.bar.write({**state.to_link().to_params(), **state.keep()})


def _show_map(state: CompareState) -> None:
    from lulc_core.ui.compare.map import show_map

    show_map(state)


def _action(state: CompareState) -> None:
    if state.jobs():
        show_progress(state.jobs, cancel_key="cmp-cancel")
    grid = state.area.grid
    if state.is_shown and not state.running and state.view == "Summary":  # places and tables need the room
        _onward()
    if state.running or state.is_shown:
        return
    dates = state.dated()
    if dates and grid is not None:
        new = [d for d in dates if resources.results().get(d.request) is None]
        costs = [cost_to_classify(d.source, grid, d.acquisition.available_bands) for d in new]
        show_cost([(words.translate("compare.to_fetch"), str(len(new)))], costs)
    st.button(
        words.translate("compare.go"),
        key="cmp-compare",
        type="primary",
        width="stretch",
        disabled=not dates or state.dates.pair_error() is not None,
        on_click=_compare,
        args=(state,),
        icon=":material/compare:",
    )


def _onward() -> None:
    """Show the way from a finished comparison to its report."""
    label = words.translate("explore.to_report")
    if st.button(label, key="cmp-to-report", icon=":material/co_present:", width="stretch"):
        if (report := st.session_state.get("report")) is not None:
            report.kind = "compare"
        switch_page("pages/report.py")


def _compare(state: CompareState) -> None:
    state.leave_link()
    state.compare()
