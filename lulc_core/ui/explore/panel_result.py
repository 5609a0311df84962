"""Step 3: making the map, and what it says beside the map."""

from __future__ import annotations

import streamlit as st

from lulc_core.domain.land_cover import FLAG_LABELS, FLAG_NAMES
from lulc_core.ui import tables, words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.explore import panel_tile
from lulc_core.ui.explore.state import ExploreState, Shown
from lulc_core.ui.panels import package
from lulc_core.ui.panels.coverage import show_coverage
from lulc_core.ui.panels.map_page import show_views

FETCH_AGAIN = (
    "Downloads are kept, and shown again without asking the service. Where it had too little at the time (no pixels, "
    "no clouds yet), this asks it anew; it costs the same once more."
)
VIEWS = ("Areas", "Tile", "Files and link")


def label(state: ExploreState) -> str:
    """Say what the step shows when closed."""
    if state.running:
        return "working …"
    if state.run_error is not None:
        return "failed"
    if state.shown is None:
        return "what is the land?"
    land_cover = state.shown.result.land_cover
    classified, inside = int(land_cover.classified.sum()), land_cover.grid.n_tiles
    every = words.cells(inside, land_cover.grid.cell_m)
    count = every if classified == inside else f"{classified:,} of {every}"
    return f"{count}, {words.day(land_cover.acquisition.datetime)}"


def show(state: ExploreState) -> None:
    """Show areas, the clicked tile, files."""
    if state.run_error is not None:
        show_error(state.run_error)
    shown = state.shown
    if shown is None:
        if not state.running and state.run_error is None:
            st.caption("Choose an area and an acquisition, then press Classify.")
        return
    land_cover = shown.result.land_cover
    if not state.is_shown and not state.running:
        same = state.area.aoi is not None and state.area.aoi.key == shown.aoi.key
        what = "" if same else "the area before, "
        if same and state.acquisition is not None and state.acquisition.id == land_cover.acquisition.id:
            what = f"cells of {land_cover.grid.cell_m} m, "
        st.caption(f"The map still shows {what}{words.day(land_cover.acquisition.datetime)}.")

    view = show_views(state, {view: view for view in VIEWS}, "result-view")
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
    labels = {FLAG_NAMES[flag]: text for flag, text in FLAG_LABELS.items()} | {"beyond": "the image ends in them"}
    counts = land_cover.left_out()
    left_out = ", ".join(f"{words.cells(n, land_cover.grid.cell_m)}: {labels[name]}" for name, n in counts.items() if n)
    if land_cover.classified.any():
        st.html(tables.area_table(area_account(land_cover), left_out))
    for note in land_cover.notes:
        st.caption(plain(note))
    st.caption("Click the map to see picture, probabilities and spectrum of a place.")


def _files(state: ExploreState, shown: Shown) -> None:
    package.show_download(shown.result, shown.aoi)
    if "area" in state.bar.params:
        st.caption("The address of this page holds area, dates and source: copy it to send this map.")
    else:
        st.caption(package.NO_LINK)
    if state.can_fetch_again:
        st.button(
            "Fetch the imagery again",
            key="fetch-again",
            on_click=state.fetch_again,
            help=FETCH_AGAIN,
            icon=":material/sync:",
            width="stretch",
        )
    acquisition, model = shown.result.land_cover.acquisition, shown.result.land_cover.model
    pairs = [
        ("Acquisition", acquisition.datetime.strftime("%Y-%m-%d %H:%M UTC")),
        ("Satellite", acquisition.satellite or "unknown"),
        ("Level", acquisition.level),
        ("Model", f"{model.name} {model.sha256[:8]}"),
    ]
    st.html(tables.facts(pairs))
    st.caption(plain(acquisition.attribution) + ".")
