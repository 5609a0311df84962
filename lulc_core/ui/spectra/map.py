"""The map of the Spectra page: a picture of bands or an index, picks on it, numbers under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lulc_core.ui.map import view as map_view

KEY = "spectra-map"
HEIGHT_PX = 480


def show_map(state: dict[str, Any], on_event: Callable[[dict[str, Any]], None]) -> None:
    """Shows the map.

    Args:
        state: what roi.js applies: ``result`` as on the Explore page, ``area_key``, ``bounds``, ``badge``, ``rois``
            (name, color, at, rings), ``pointer`` (url, rows, cols, labels) or None.
        on_event: called before the next run with ``{"area": {seq, features}, "click": {seq, lat, lng}}``.
    """
    map_view.show_map(state, on_event, key=KEY, start="startRois", scripts=("roi.js",), height_px=HEIGHT_PX)
