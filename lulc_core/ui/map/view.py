"""The map: Leaflet in a frame, stated from here, answering with drawings and clicks. Panning never reruns a page.

The base script is constant, so Streamlit never mounts the map again while the page stays. What should be shown travels
as one JSON value in ``feature_group_to_add``; assets/explorer.js changes what differs. Pictures go over HTTP.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import streamlit as st
import streamlit.components.v1 as components
import streamlit_folium
from branca.element import MacroElement, Template
from streamlit import runtime

from lulc_core.ui import media, resources, words
from lulc_core.ui.map import data as map_data
from lulc_core.ui.map import libraries

if TYPE_CHECKING:
    from lulc_core.render.overlays.layer import MapLayer

KEY = "map"
HEIGHT_PX = 560
"""Where the style sheet does not reach; page.css fits the map to the window."""

_HERE = Path(__file__).parent
_OWN = components.declare_component("lulc_map_assets", path=str(_HERE / "assets"))
_SCRIPTS = (
    "boot.js", "lattice.js", "tile_layer.js", "controls.js", "borders.js", "base_maps.js", "search.js", "drawing.js",
    "keyboard.js", "explorer.js",
)  # fmt: skip
_STYLES = ("lulc.css",)
_SERVED = {name: components.declare_component(name, path=str(folder)) for name, folder in libraries.folders().items()}


@functools.cache
def _kind(scripts: tuple[str, ...], styles: tuple[str, ...]) -> type[folium.Map]:
    """Make a folium map class that loads only our own copies of Leaflet and Leaflet.draw, and these files of assets."""
    own = f"../{_OWN.name}"  # relative to the frame, so that it also holds under server.baseUrlPath
    js, css = [], []
    for name, (_, _, file) in libraries.LIBRARIES.items():
        base = f"../{_SERVED[name].name}" if name in _SERVED else libraries.on_cdn(name)
        js.append((f"{file}.js", f"{base}/{file}.js"))
        css.append((f"{file}.css", f"{base}/{file}.css"))
    return type(
        "Map",
        (folium.Map,),
        {
            "default_js": js + [(s, f"{own}/{s}") for s in (*_SCRIPTS, *scripts)],
            "default_css": css + [(s, f"{own}/{s}") for s in (*_STYLES, *styles)],
        },
    )


class _Script(MacroElement):
    _template = Template("{% macro script(this, kwargs) %}{{ this.text }}{% endmacro %}")

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self._name = name
        self.text = text


def show_map(
    state: dict[str, Any],
    on_event: Callable[[dict[str, Any]], None],
    *,
    key: str = KEY,
    start: str = "start",
    scripts: tuple[str, ...] = (),
    styles: tuple[str, ...] = (),
    height_px: int = HEIGHT_PX,
) -> None:
    """Show the map, as the Explore page has it or as another page's script makes it.

    Args:
        state: what the script applies; explorer.js: ``area`` (rev, polygons, bad), ``result`` (id, tiles, pictures,
            attribution; without ``tiles`` it is imagery alone), ``selected`` (ring), ``badge``, ``coming`` (what will
            take the place of the result), ``invite``, ``undo``, ``seen`` (the last ``seq`` of each event).
        on_event: called before the next run with ``{"area": {seq, features}, "click": {seq, lat, lng},
            "undo": {seq}}``, any of them missing; the values stay, so compare ``seq`` with the last one seen.
        key: of the map on its page.
        start: function of ``LULC`` that takes over the bare map, see assets/explorer.js.
        scripts: files of assets that are loaded beside those of the Explore page, in this order.
        styles: style sheets of assets likewise.
        height_px: where the page's style sheet does not say.
    """
    _ensure_registered()
    base = _kind(scripts, styles)(
        location=(47.0, 9.0), zoom_start=5, tiles=None, min_zoom=2, max_zoom=18, world_copy_jump=False, zoom_snap=0.5
    )
    known = map_data.options(words.page_words())
    known["limit_km2"] = resources.settings().max_area_km2
    known["borders"] = f"../{_SERVED[libraries.ATLAS].name}" if libraries.ATLAS in _SERVED else ""
    options = json.dumps(known, separators=(",", ":"))
    _Script("Start", f"var drawnItems = LULC.{start}({base.get_name()}, {options});").add_to(base)
    group = folium.FeatureGroup("state")
    _Script("State", f"LULC.apply({json.dumps(state, separators=(',', ':'))});").add_to(group)

    def changed() -> None:
        value = st.session_state.get(key)
        if isinstance(value, dict):
            on_event(value)

    streamlit_folium.st_folium(
        base,
        key=key,
        height=height_px,
        use_container_width=True,
        feature_group_to_add=group,
        returned_objects=[],  # explorer.js answers itself; st_folium's own values come with every move of the map
        on_change=changed,
    )
    if libraries.needs_cdn():
        st.caption(words.translate("map.no_library"))


def publish(data: bytes, mime: str, name: str) -> str:
    """Put bytes where the frame can load them; they go with the session.

    Args:
        data: the file.
        mime: its type.
        name: tells it from the session's other files; a new file of the same name takes the old one's place.
    """
    path = media.publish(data, mime, name)
    return f"../..{path}" if path else ""


def publish_layer(layer: MapLayer, name: str, **more: Any) -> dict[str, Any]:
    """Publish a picture, and return what the map scripts draw it by.

    Args:
        layer: the picture.
        name: as :func:`publish` takes it.
        more: further facts, which win over those of the layer.
    """
    url = publish(layer.data, layer.mime, name)
    return {"title": layer.title, "url": url, "bounds": layer.bounds, "legend": layer.legend, **more}


def _ensure_registered() -> None:
    # A component registers itself only if its module was first imported in a script run; imports elsewhere (a test,
    # a warm-up thread) would leave an empty frame.
    if not runtime.exists():
        return
    registry = runtime.get_instance().component_registry
    for component in (_OWN, *_SERVED.values(), streamlit_folium._component_func):
        if registry.get_component(component.name) is None:
            registry.register_component(component)
