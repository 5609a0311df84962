"""The map of the Spectra page: a picture of bands or an index, picks on it, numbers under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import folium
import streamlit as st
import streamlit_folium
from branca.element import MacroElement, Template

from lulc_core.ui import map_data, map_view

KEY = "spectra-map"
HEIGHT_PX = 480


def _scripts() -> list[tuple[str, str]]:
    return [*map_view._Map.default_js, ("picks.js", f"../{map_view._OWN.name}/picks.js")]


class _PicksMap(map_view._Map):
    default_js = _scripts()


class _Start(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var drawnItems = LULC.startPicks({{ this._parent.get_name() }}, {{ this.options|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()
        self._name = "StartPicks"
        self.options = map_data.options()


def show_map(state: dict[str, Any], on_event: Callable[[dict[str, Any]], None]) -> None:
    """Shows the map.

    Args:
        state: what picks.js applies: ``result`` as on the Explore page, ``area_key``, ``bounds``, ``badge``, ``picks``
            (name, color, at, rings), ``pointer`` (url, rows, cols, labels) or None.
        on_event: called before the next run with ``{"area": {seq, features}, "click": {seq, lat, lng}}``.
    """
    map_view._ensure_registered()
    base = _PicksMap(location=(47.0, 9.0), zoom_start=5, tiles=None, min_zoom=2, max_zoom=18, world_copy_jump=False)
    _Start().add_to(base)
    group = folium.FeatureGroup("state")
    map_view._State(state).add_to(group)

    def changed() -> None:
        value = st.session_state.get(KEY)
        if isinstance(value, dict):
            on_event(value)

    streamlit_folium.st_folium(
        base,
        key=KEY,
        height=HEIGHT_PX,
        use_container_width=True,
        feature_group_to_add=group,
        returned_objects=[],
        on_change=changed,
    )
