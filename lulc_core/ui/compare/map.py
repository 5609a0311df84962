"""The map of the Compare page: both dates and what changed, stated for assets/compare.js."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from lulc_core.analysis.change.evaluation import level_words
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import NOT_COMPARED, TRAJECTORY_LABELS, ChangeMap
from lulc_core.ui import words
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.map import data as map_data
from lulc_core.ui.map import view as map_view

KEY = "compare-map"
PAIRS = {"true_colour": "True colour", "false_colour": "False colour", "classes": "Classes"}


def show_map(state: dict[str, Any], on_event: Callable[[dict[str, Any]], None]) -> None:
    """Shows the map.

    Args:
        state: what compare.js applies, from :func:`map_state`.
        on_event: called before the next run with ``{"click": {seq, lat, lng}}``.
    """
    map_view.show_map(
        state,
        on_event,
        key=KEY,
        start="startCompare",
        scripts=("swipe.js", "side.js", "compare.js"),
        styles=("compare.css",),
    )


def map_state(here: CompareState) -> dict[str, Any]:
    """What the map should show now: ``area``, ``result``, ``selected``, ``go``, ``badge``, ``invite``, ``seen``."""
    area = here.area_on_map()
    shown, selected, seen = here.shown, None, here.seen
    if shown is None:
        invite = area is None
        return {"area": area, "result": None, "selected": None, "go": "", "badge": "", "invite": invite, "seen": seen}
    change = shown.result.change
    if here.tile is not None:
        west, _, east, _ = shown.aoi.bbox
        selected = map_data.tile_ring(change.grid, *here.tile, near=(west + east) / 2)
    badge = "SIMULATED imagery" if change.simulated else ""
    result = _result(here, shown)
    return {
        "area": area,
        "result": result,
        "selected": selected,
        "go": here.go,
        "badge": badge,
        "invite": False,
        "seen": seen,
    }


def change_json(change: ChangeMap, aoi: Aoi) -> bytes:
    """The tiles as ``map_data.tiles_json`` has them, for the later date, with the earlier class and the change."""
    data = json.loads(map_data.tiles_json(change.after, aoi))
    change_probability = np.where(
        change.compared, np.rint(100 * np.nan_to_num(change.change_probability)), NOT_COMPARED
    )
    per_tile = {
        "from_ids": change.from_ids,
        "chance": change_probability,
        "certainty": change.certainty,
        "course": change.trajectory,
    }
    for name, values in per_tile.items():
        data[name] = base64.b64encode(np.ascontiguousarray(values, np.uint8).tobytes()).decode("ascii")
    levels = level_words(change)
    data["words"] = [levels[level] for level in sorted(levels)]
    data["courses"] = [TRAJECTORY_LABELS[trajectory] for trajectory in sorted(TRAJECTORY_LABELS)]
    return json.dumps(data, separators=(",", ":")).encode()


def _result(here: CompareState, shown: Compared) -> dict[str, Any]:
    change = shown.result.change

    def published(layer: Any, name: str, **more: Any) -> dict[str, Any]:
        url = map_view.publish(layer.data, layer.mime, f"compare-{name}")
        return {"title": layer.title, "url": url, "bounds": layer.bounds, **more}

    pairs = []
    for key, title in PAIRS.items():
        if key in shown.pictures:
            first, second = shown.pictures[key]
            sides = {"before": published(first, f"{key}-0"), "after": published(second, f"{key}-1")}
            pairs.append({"key": key, "title": title, "legend": first.legend, **sides})
    over = shown.change_layer(here.filter)
    overs = [
        {**published(layer, key), "key": key, "title": title, "legend": layer.legend, "note": note}
        for key, title, layer, note in (
            ("change", "Changes", over, "The stronger the colour, the more probable the change."),
            ("chance", "Chance of change", shown.change_probability, ""),
            (
                "shift",
                "Mixture shift",
                shown.probability_change,
                "The class that gained most; the stronger, the larger its gain.",
            ),
        )
        if layer is not None
    ]
    return {
        "id": shown.id,
        "tiles": map_view.publish(change_json(change, shown.aoi), "application/json", "compare-tiles"),
        "pairs": pairs,
        "overs": overs,
        "days": [words.day(m.acquisition.datetime) for m in (change.before, change.after)],
        "attribution": change.attribution,
    }
