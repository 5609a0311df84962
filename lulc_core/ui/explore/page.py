"""The Explore page: the map, and beside it the three steps and the one thing to press next."""

from __future__ import annotations

from functools import partial

import streamlit as st

from lulc_core.ui import words
from lulc_core.ui.explore import panel_acquisition, panel_result
from lulc_core.ui.explore.panel_picture import picture_dialog
from lulc_core.ui.explore.region import show_region
from lulc_core.ui.explore.shown import Shown
from lulc_core.ui.explore.state import ExploreState, new_state
from lulc_core.ui.language import without_language
from lulc_core.ui.navigation import switch_page
from lulc_core.ui.panels import area
from lulc_core.ui.panels.cost import show_cost
from lulc_core.ui.panels.map_page import Step, map_state, on_map_event, show_map_page
from lulc_core.ui.panels.progress import show_progress
from lulc_core.ui.report.link import reported
from lulc_core.ui.words import translate

STEPS = (
    Step("explore.area", area.label, area.show, done=lambda state: state.area.aoi is not None),
    Step(
        "explore.acquisition",
        panel_acquisition.label,
        panel_acquisition.show,
        done=lambda state: state.acquisition is not None,
        simulated=lambda state: state.search.found is not None and state.source == "simulated",
    ),
    Step(
        "explore.land_cover",
        panel_result.label,
        panel_result.show,
        done=lambda state: state.is_shown,
        simulated=lambda state: state.shown is not None and state.shown.result.simulated,
    ),
)


def explore_state() -> ExploreState:
    """Return this session's Explore page; made on its first run, from the link if there is one."""
    if "explore" not in st.session_state:
        st.session_state["explore"] = new = new_state(words.today())
        new.open_link(without_language(st.query_params.to_dict()) or reported("map"))
    return st.session_state["explore"]


@st.fragment
def explore() -> None:
    """Show everything on the page. A fragment, so that a click on the map reruns no more than this."""
    state = explore_state()
    state.poll_jobs()
    show_map_page(state, STEPS, "step", _action, lambda: _show_map(state))
    # One step back for one thing chosen, not one for each thing that follows from it.
    state.bar.write({**state.to_link().to_params(), **state.keep()}, passing=state.is_settling)


def _show_map(state: ExploreState) -> None:
    from lulc_core.ui.map import view

    shown, result, simulated = state.on_map, None, None
    if shown is not None:
        if isinstance(shown, Shown):
            acquisition, key = shown.result.land_cover.acquisition, shown.request.id
            tiles = view.publish(shown.tiles, "application/json", "tiles")
        else:
            acquisition, tiles = shown.acquisition, ""
            key = f"image-{acquisition.id}-{shown.aoi.key}"
        simulated = acquisition.simulated
        result = {
            "id": key,
            "tiles": tiles,
            "pictures": [
                view.publish_layer(p, p.key, key=p.key, title=translate(f"map.picture.{p.key}")) for p in shown.pictures
            ],
            "attribution": words.spoken(acquisition.attribution),
        }
    stated = map_state(state, result, simulated=simulated, coming=state.coming if result is not None else "")
    view.show_map(stated, partial(on_map_event, state))


def _action(state: ExploreState) -> None:
    if state.jobs():
        show_progress(state.jobs, cancel_key="cancel")
    if state.running:
        return
    if state.is_shown:
        _onward(state)
        return
    cost = state.cost() if state.area.aoi is not None else None
    if cost is not None:
        show_cost([], [cost])
    ready, grid = state.acquisition is not None, state.area.grid
    count = words.cells(grid.tiles.n_tiles) if grid is not None and ready else ""
    st.button(
        translate("explore.classify", what=count) if count else translate("explore.classify.area"),
        key="classify",
        type="primary",
        width="stretch",
        disabled=not ready,
        on_click=_classify,
        args=(state,),
        icon=":material/play_arrow:",
    )
    if state.area.aoi is None and st.button(
        translate("explore.single"), type="tertiary", key="single", icon=":material/image:"
    ):
        picture_dialog()
    if state.area.aoi is None:
        show_region()


def _onward(state: ExploreState) -> None:
    """Show what one does with a finished map; each takes along area, date and source."""
    left, right = st.columns(2, gap="small")
    if left.button(translate("explore.to_compare"), key="to-compare", icon=":material/compare:", width="stretch"):
        compare, aoi = st.session_state.get("compare"), state.area.aoi
        if compare is not None and aoi is not None and (compare.area.aoi is None or compare.area.aoi.key != aoi.key):
            del st.session_state["compare"]  # it begins anew with this area, date and source
        switch_page("pages/compare.py")
    if right.button(translate("explore.to_report"), key="to-report", icon=":material/co_present:", width="stretch"):
        if (report := st.session_state.get("report")) is not None:
            report.kind = "map"
        switch_page("pages/report.py")


def _classify(state: ExploreState) -> None:
    state.leave_link()
    state.classify()
