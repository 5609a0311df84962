"""The Explore page: the map, and beside it the three steps and the one thing to press next."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from lulc_core.ui import resources, tables, words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.explore import panel_acquisition, panel_result
from lulc_core.ui.explore.panel_picture import picture_dialog
from lulc_core.ui.explore.state import Explore, new_state
from lulc_core.ui.forms import Link
from lulc_core.ui.map import data as map_data
from lulc_core.ui.panels import area as panel_area
from lulc_core.ui.panels import resolution as panel_detail

POLL_S = 0.4
LINK_SETTLES_S = 1.5
"""After a change of the address bar a browser may still report the old one for a moment."""
STEPS = {1: ("Area", panel_area), 2: ("Acquisition", panel_acquisition), 3: ("Land cover", panel_result)}


def state() -> Explore:
    """This session's Explore page; made on its first run, from the link if there is one."""
    if "explore" not in st.session_state:
        st.session_state["explore"] = new = new_state(words.today())
        link, new.link_errors = Link.from_params(st.query_params.to_dict(), tuple(resources.SOURCES))
        new.restore(link)
    return st.session_state["explore"]


@st.fragment
def explore() -> None:
    """Everything on the page. A fragment, so that a click on the map reruns no more than this."""
    here = state()
    here.settle()
    map_column, panel_column = st.columns([2, 1], gap="small")
    with panel_column, st.container(key="panel"):
        _panel(here)
    # folium takes most of a second to import; the panel above is on the screen before that.
    from lulc_core.ui.map import view as map_view

    with map_column, st.container(key="map-frame"):
        map_view.show_map(_map_state(here, map_view.publish), lambda value: _take(here, value))
        if map_view.missing_libraries():
            st.caption(
                "The map's JavaScript comes from cdn.jsdelivr.net because node_modules is missing: run make setup."
            )
    _write_link(here)


def sync_from_url() -> None:
    """Goes where the address bar points, when the user went back or forward in the browser."""
    here = state()
    params = st.query_params.to_dict()
    settled = time.monotonic() - st.session_state.get("link-written", 0.0) > LINK_SETTLES_S
    if params and here.link and params != here.link and settled:
        link, here.link_errors = Link.from_params(params, tuple(resources.SOURCES))
        here.restore(link)


def _panel(here: Explore) -> None:
    for error in here.link_errors:
        show_error(error)
    for number, (title, panel) in STEPS.items():
        _step(here, number, title, panel)
    with st.container(key="action"):
        _action(here)


def _step(here: Explore, number: int, title: str, panel: Any) -> None:
    key = f"step-{number}"

    def toggle() -> None:
        if st.session_state[key]:
            here.open_step = number
        elif here.open_step == number:  # a busy browser may report late what the page closed itself
            here.open_step = 0

    done = {1: here.aoi is not None, 2: here.acquisition is not None, 3: here.is_shown}[number]
    icon = ":material/check_circle:" if done else ":material/radio_button_unchecked:"
    st.session_state[key] = here.open_step == number
    text = f"**{number} {title}** · {plain(panel.label(here))}"
    made = here.shown is not None and here.shown.result.land_cover.simulated
    if (number == 3 and made) or (number == 2 and here.found is not None and here.source == "simulated"):
        text += " :orange-badge[SIMULATED]"
    with st.expander(text, key=key, icon=icon, on_change=toggle):
        if here.open_step == number:
            panel.show(here)


def _action(here: Explore) -> None:
    if here.grid is not None and here.aoi is not None and here.running is None:
        panel_detail.show(here, "detail")
    if here.grid is not None and here.aoi is not None and not here.is_shown:
        _cost(here)
    if here.waiting:
        _pulse()
    if here.running is not None:
        return
    if not here.is_shown:
        ready = here.acquisition is not None
        what = words.tiles(here.grid.tiles.n_tiles) if here.grid is not None and ready else "the area"
        st.button(
            f"Classify {what}",
            key="classify",
            type="primary",
            width="stretch",
            disabled=not ready,
            on_click=here.classify,
            icon=":material/play_arrow:",
        )
    if here.aoi is None and st.button(
        "Classify a single picture instead", type="tertiary", key="single", icon=":material/image:"
    ):
        picture_dialog()


def _cost(here: Explore) -> None:
    cost = here.cost()
    if here.aoi is None or here.grid is None or cost is None:
        return
    pairs = [("Area", words.km2(here.aoi.area_km2)), ("Tiles fetched", f"{cost.tiles:,}")]
    pairs += [("Requests", f"{cost.requests:,}")]
    pairs += [("Processing units", f"{cost.processing_units:,.1f}"), ("Time", words.duration(cost.seconds))]
    st.html(tables.facts(pairs))


@st.fragment(run_every=POLL_S)
def _pulse() -> None:
    here = state()
    if here.something_done or not here.waiting:
        st.rerun()
    job = here.running or here.searching
    if job is None:
        return
    left, right = st.columns([3, 1], gap="small", vertical_alignment="center")
    left.progress(job.fraction, text="Stopping …" if job.stopping else plain(job.message))
    right.button("Cancel", key="cancel", on_click=job.cancel, disabled=job.stopping, width="stretch")


def _map_state(here: Explore, publish: Callable[[bytes, str, str], str]) -> dict[str, Any]:
    shown, result, selected = here.shown, None, None
    if shown is not None:
        land_cover = shown.result.land_cover
        result = {
            "id": shown.request.id,
            "tiles": publish(shown.tiles, "application/json", "tiles"),
            "pictures": [
                {
                    "key": p.key,
                    "title": p.title.split(" (")[0],
                    "url": publish(p.data, p.mime, p.key),
                    "bounds": p.bounds,
                    "legend": p.legend,
                }
                for p in shown.pictures
            ],
            "attribution": land_cover.acquisition.attribution,
        }
        if here.tile is not None:
            west, _, east, _ = shown.aoi.bbox
            selected = map_data.tile_ring(land_cover.grid, *here.tile, near=(west + east) / 2)
    badge = "SIMULATED imagery" if shown is not None and shown.result.land_cover.simulated else ""
    area = here.area_on_map()
    return {
        "area": area,
        "result": result,
        "selected": selected,
        "badge": badge,
        "invite": area is None,
        "seen": here.seen,
    }


def _take(here: Explore, value: dict[str, Any]) -> None:
    """What the user did on the map. Values stay over reruns: only what is newer than the last seen counts."""
    drawn, click = value.get("area"), value.get("click")
    if drawn is not None and here.is_new("area", drawn):
        here.take_drawing(drawn)
    if click is not None and here.is_new("click", click) and here.shown is not None:
        here.select(here.shown.result.land_cover.grid.tile_at(float(click["lng"]), float(click["lat"])))


def _write_link(here: Explore) -> None:
    here.link = here.to_link().to_params()
    if st.query_params.to_dict() != here.link:
        st.query_params.from_dict(here.link)
        st.session_state["link-written"] = time.monotonic()
