"""The Explore page: the map, and beside it the three steps and the one thing to press next."""

from __future__ import annotations

from functools import partial

import streamlit as st

from lulc_core.ui import words
from lulc_core.ui.explore import panel_acquisition, panel_result
from lulc_core.ui.explore.panel_picture import picture_dialog
from lulc_core.ui.explore.region import show_region
from lulc_core.ui.explore.state import ExploreState, new_state
from lulc_core.ui.language import without_language
from lulc_core.ui.panels import area
from lulc_core.ui.panels.cost import show_cost
from lulc_core.ui.panels.map_page import Step, map_state, on_map_event, show_map_page
from lulc_core.ui.panels.progress import show_progress

STEPS = (
    Step("Area", area.label, area.show, done=lambda state: state.area.aoi is not None),
    Step(
        "Acquisition",
        panel_acquisition.label,
        panel_acquisition.show,
        done=lambda state: state.acquisition is not None,
        simulated=lambda state: state.search.found is not None and state.source == "simulated",
    ),
    Step(
        "Land cover",
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
        new.open_link(without_language(st.query_params.to_dict()))
    return st.session_state["explore"]


@st.fragment
def explore() -> None:
    """Show everything on the page. A fragment, so that a click on the map reruns no more than this."""
    state = explore_state()
    state.poll_jobs()
    show_map_page(state, STEPS, "step", _action, lambda: _show_map(state))
    state.bar.write(state.to_link().to_params())


def _show_map(state: ExploreState) -> None:
    from lulc_core.ui.map import view

    shown, result = state.shown, None
    if shown is not None:
        result = {
            "id": shown.request.id,
            "tiles": view.publish(shown.tiles, "application/json", "tiles"),
            "pictures": [view.publish_layer(p, p.key, key=p.key, title=p.title.split(" (")[0]) for p in shown.pictures],
            "attribution": shown.result.land_cover.acquisition.attribution,
        }
    view.show_map(map_state(state, result), partial(on_map_event, state))


def _action(state: ExploreState) -> None:
    working, has_area = bool(state.running), state.area.aoi is not None
    if has_area and not working:
        area.show_resolution(state, "detail")
    cost = state.cost() if has_area and not state.is_shown else None
    if cost is not None and state.area.aoi is not None:
        show_cost([("Area", words.area(100 * state.area.aoi.area_km2)), ("Tiles fetched", f"{cost.tiles:,}")], [cost])
    if state.jobs():
        show_progress(state.jobs, cancel_key="cancel")
    if working:
        return
    if not state.is_shown:
        ready = state.acquisition is not None
        grid = state.area.grid
        what = words.cells(grid.tiles.n_tiles) if grid is not None and ready else "the area"
        st.button(
            f"Classify {what}",
            key="classify",
            type="primary",
            width="stretch",
            disabled=not ready,
            on_click=_classify,
            args=(state,),
            icon=":material/play_arrow:",
        )
    if not has_area and st.button(
        "Classify a single picture instead", type="tertiary", key="single", icon=":material/image:"
    ):
        picture_dialog()
    if not has_area:
        show_region()


def _classify(state: ExploreState) -> None:
    state.leave_link()
    state.classify()
