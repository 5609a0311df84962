"""Step 3: making the map, and what it says beside the map."""

from __future__ import annotations

import streamlit as st

from lulc_core.ui import tables, words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.explore import panel_tile
from lulc_core.ui.explore.state import ExploreState, Shown
from lulc_core.ui.panels import package
from lulc_core.ui.panels.area import show_resolution
from lulc_core.ui.panels.coverage import show_coverage
from lulc_core.ui.panels.map_page import show_views
from lulc_core.ui.words import translate

VIEWS = ("Areas", "Tile", "Files")


def label(state: ExploreState) -> str:
    """Say what the step shows when closed."""
    if state.running:
        return translate("explore.working")
    if state.run_error is not None:
        return translate("explore.failed")
    if state.shown is None:
        return translate("explore.what_land")
    land_cover = state.shown.result.land_cover
    classified, inside = int(land_cover.classified.sum()), land_cover.grid.n_tiles
    every = words.cells(inside, land_cover.grid.cell_m)
    count = every if classified == inside else translate("explore.of", n=classified, every=every)
    return f"{count}, {words.day(land_cover.acquisition.datetime)}"


def show(state: ExploreState) -> None:
    """Show areas, the clicked tile, files."""
    if state.run_error is not None:
        show_error(state.run_error)
    shown = state.shown
    if shown is None:
        if not state.running:
            if state.area.aoi is not None:
                show_resolution(state, "detail")
            if state.run_error is None:
                st.caption(translate("explore.then_classify"))
        return
    land_cover = shown.result.land_cover
    if not state.running and state.area.aoi is not None:
        show_resolution(state, "detail")
    if not state.is_shown and not state.running and state.on_map is shown:
        day = words.day(land_cover.acquisition.datetime)
        same = state.area.aoi is not None and state.area.aoi.key == shown.aoi.key
        what = day if same else translate("explore.area_before", day=day)
        if same and state.acquisition is not None and state.acquisition.id == land_cover.acquisition.id:
            what = translate("explore.detail_before", side=words.page_words().metres(land_cover.grid.cell_m), day=day)
        st.caption(plain(translate("explore.still_shows", what=what)))
    if state.on_map is not shown:  # imagery alone: what was said of another image is not said of this
        if not state.running:
            st.caption(translate("explore.then_classify"))
        return

    view = show_views(state, {name: translate(f"explore.view.{name}") for name in VIEWS}, "result-view")
    with st.container(key="result-body", gap="small"):
        if view == "Tile":
            panel_tile.show(state, shown)
        elif view == VIEWS[2]:
            _files(state, shown)
        else:
            _areas(shown)


def _areas(shown: Shown) -> None:
    from lulc_core.analysis.accuracy.area import area_account

    land_cover = shown.result.land_cover
    show_coverage([land_cover])
    counts = land_cover.left_out()
    flags = {name: translate(f"map.flag.{name}") for name in counts}
    left_out = ", ".join(f"{words.cells(n, land_cover.grid.cell_m)}: {flags[name]}" for name, n in counts.items() if n)
    if land_cover.classified.any():
        st.html(tables.area_table(area_account(land_cover), left_out))
    for note in land_cover.notes:
        st.caption(plain(words.spoken(note)))
    st.caption(translate("explore.click"))


def _files(state: ExploreState, shown: Shown) -> None:
    package.show_download(shown.result, shown.aoi)
    if "area" in state.bar.params:
        st.caption(translate("explore.link"))
    else:
        st.caption(translate("panel.package.no_link"))
    if state.can_fetch_again:
        st.button(
            translate("explore.fetch_again"),
            key="fetch-again",
            on_click=state.fetch_again,
            help=translate("explore.fetch_again.help"),
            icon=":material/sync:",
            width="stretch",
        )
    acquisition, model = shown.result.land_cover.acquisition, shown.result.land_cover.model
    pairs = [
        (translate("explore.fact.acquisition"), acquisition.datetime.strftime("%Y-%m-%d %H:%M UTC")),
        (translate("explore.fact.satellite"), acquisition.satellite or translate("explore.unknown")),
        (translate("explore.fact.level"), acquisition.level),
        (translate("explore.fact.model"), f"{model.name} {model.sha256[:8]}"),
    ]
    st.html(tables.facts(pairs))
    st.caption(plain(words.spoken(acquisition.attribution)) + ".")
