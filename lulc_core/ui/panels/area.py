"""Step 1: the area. Drawn on the map, or taken from an example, coordinates or a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LayerError
from lulc_core.domain.grid import RESOLUTIONS_M
from lulc_core.domain.places import parse_place, square_around
from lulc_core.ui import resources, words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels.area_choice import AreaChoice
from lulc_core.ui.panels.examples import EXAMPLES
from lulc_core.ui.panels.map_page import MapPage
from lulc_core.ui.widgets import segments
from lulc_core.ui.words import translate

WAYS = ("Example", "Coordinates", "File")
MAX_FILE_MB = 20


def label(state: MapPage) -> str:
    """Say what the step shows when closed."""
    if state.area.aoi is None or state.area.grid is None:
        if state.area.read_layer is not None:
            return translate("panel.which_layer")
        return translate("panel.draw_it" if state.area.error is None else "panel.cannot")
    return f"{words.area(100 * state.area.aoi.area_km2)} · {words.cells(state.area.grid.tiles.n_tiles)}"


def show(state: MapPage) -> None:
    """Show the ways to an area besides drawing."""
    if state.area.read_layer is not None and isinstance(state.area.error, LayerError):
        _layer(state.area, state.area.error, state.area.read_layer)
    elif state.area.error is not None:
        show_error(state.area.error)
    st.caption(translate("panel.start_from"))
    way = st.segmented_control(
        translate("panel.start"),
        WAYS,
        format_func=lambda name: translate(f"panel.way.{name}"),
        default=WAYS[0],
        required=True,
        key="area-way",
        label_visibility="collapsed",
    )
    {"Example": _examples, "Coordinates": _coordinates, "File": _file}[way or WAYS[0]](state)
    if state.imagery_word:
        st.caption(plain(state.imagery_word))
    limit = resources.settings().max_area_km2
    st.caption(translate("panel.limit", limit=words.number(limit)))


def show_resolution(page: MapPage, key: str) -> None:
    """Ask for cells of 640, 320, 160 or 80 m."""

    def take(side_m: int) -> None:
        if side_m != page.area.resolution_m:
            page.leave_link()
            page.area.set_resolution(side_m)

    sides = {m: words.page_words().metres(m) for m in RESOLUTIONS_M}
    help_ = translate("panel.detail.help")
    segments(translate("panel.detail"), sides, key, page.area.resolution_m, take, width="stretch", help=help_)


def _examples(state: MapPage) -> None:
    for i in range(0, len(EXAMPLES), 2):  # row by row, so that they keep their order where columns stack
        for k, column in enumerate(st.columns(2, gap="small"), i):
            example, take = EXAMPLES[k], state.take_example
            what, title = translate(f"panel.example.{k}"), translate(f"panel.example.title.{k}")
            if not example.simulated:
                what = translate("panel.example.real", what=what)
            column.button(title, f"example-{k}", help=what, on_click=take, args=(example,), width="stretch")


def _coordinates(state: MapPage) -> None:
    def take() -> None:
        text, size_km = st.session_state.get("area-text", "").strip(), float(st.session_state["area-size"])
        if text:
            state.area.set_from(lambda: _area_of(text, size_km))

    with st.form("area-form", border=False):
        left, right = st.columns([3, 1], gap="small")
        left.text_input(translate("panel.coordinates"), key="area-text", placeholder="45.488, 8.850")
        right.selectbox(
            translate("panel.size"), (3, 6, 10, 20), index=1, key="area-size", format_func=lambda s: f"{s} km"
        )
        st.form_submit_button(translate("panel.go_there"), on_click=take, width="stretch")


def _area_of(text: str, size_km: float) -> Aoi:
    typed = parse_place(text)
    return typed if isinstance(typed, Aoi) else square_around(*typed, size_km)


def _file(state: MapPage) -> None:
    def take() -> None:
        upload = st.session_state.get("area-file")
        if upload is None or upload.file_id == state.area.taken_file:
            return
        state.area.taken_file = upload.file_id
        read = partial(read_area_file, upload.getvalue(), upload.name)
        state.area.set_from(read, lambda layer: read(layer=layer))

    from lulc_core.sources.area_files.reader import EXTENSIONS, read_area_file

    st.file_uploader(
        translate("panel.file"),
        type=[ending.lstrip(".") for ending in EXTENSIONS],
        key="area-file",
        on_change=take,
        max_upload_size=MAX_FILE_MB,
    )


def _layer(area: AreaChoice, error: LayerError, read_layer: Callable[[str], Aoi]) -> None:
    def take() -> None:
        if (layer := st.session_state["area-layer"]) is not None:
            area.set_from(lambda: read_layer(layer), read_layer)

    st.info(plain(error.message), icon=":material/layers:")
    st.selectbox(
        translate("panel.which_area"),
        error.layers,
        index=None,
        key="area-layer",
        placeholder=translate("panel.choose_one"),
        on_change=take,
    )
