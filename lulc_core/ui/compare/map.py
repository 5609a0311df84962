"""The map of the Compare page: both dates and what changed, stated for assets/compare.js."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from lulc_core.analysis.change.evaluation import level_words
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import NOT_COMPARED, TRAJECTORY_LABELS, ChangeMap
from lulc_core.ui import words
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.map import data as map_data
from lulc_core.ui.map import view
from lulc_core.ui.panels.map_page import map_state, on_map_event

if TYPE_CHECKING:
    from lulc_core.render.overlays.layer import MapLayer

KEY = "compare-map"
PAIRS = {"true_colour": "True colour", "false_colour": "False colour", "classes": "Classes"}
OVERS = {
    "change": ("Changes", "The stronger the colour, the more probable the change."),
    "chance": ("Chance of change", ""),
    "shift": ("Mixture shift", "The class that gained most; the stronger, the larger its gain."),
    "ndvi": ("Change of NDVI", "How green the ground is; it needs no names of land cover."),
    "nbr": ("Change of NBR", "Falls where plants burnt or gave way to bare soil."),
}
"""What lies over the pictures: title and note, by the key that assets/compare.js knows."""


def show_map(state: CompareState) -> None:
    """Show the map as the state has it, and take in what the user does on it."""
    result = _result(state, state.shown) if state.shown is not None else None
    view.show_map(
        {**map_state(state, result), "go": state.go if result is not None else ""},
        lambda value: on_map_event(state, value),
        key=KEY,
        start="startCompare",
        scripts=("swipe.js", "side.js", "compare.js"),
        styles=("compare.css",),
    )


def change_json(change: ChangeMap, aoi: Aoi) -> bytes:
    """Write the tiles as ``map.data.tiles_json`` does, for the later date, with the earlier class and the change."""
    data = json.loads(map_data.tiles_json(change.after, aoi))
    change_probability = np.where(
        change.compared, np.rint(100 * np.nan_to_num(change.change_probability)), NOT_COMPARED
    )
    per_tile = {
        "from_ids": change.from_ids,
        "change_probability": change_probability,
        "certainty": change.certainty,
        "trajectory": change.trajectory,
    }
    for name, values in per_tile.items():
        data[name] = map_data.bytes_text(values)
    levels = level_words(change)
    data["words"] = [levels[level] for level in sorted(levels)]
    data["trajectories"] = [TRAJECTORY_LABELS[trajectory] for trajectory in sorted(TRAJECTORY_LABELS)]
    return json.dumps(data, separators=(",", ":")).encode()


def _result(state: CompareState, shown: Compared) -> dict[str, Any]:
    def published(layer: MapLayer, name: str, **more: Any) -> dict[str, Any]:
        return view.publish_layer(layer, f"compare-{name}", **more)

    pairs = []
    for key, title in PAIRS.items():
        if key in shown.pictures:
            first, second = shown.pictures[key]
            sides = {"before": published(first, f"{key}-0"), "after": published(second, f"{key}-1")}
            pairs.append({"key": key, "title": title, "legend": first.legend, **sides})
    layers = {"change": shown.change_layer(state.filter), "chance": shown.change_probability}
    if shown.probability_change is not None:
        layers["shift"] = shown.probability_change
    layers |= shown.index_layers
    overs = [
        published(layer, key, key=key, title=OVERS[key][0], note=OVERS[key][1])
        for key, layer in layers.items()
        if layer is not None
    ]
    change = shown.result.change
    return {
        "id": shown.id,
        "tiles": view.publish(change_json(change, shown.aoi), "application/json", "compare-tiles"),
        "pairs": pairs,
        "overs": overs,
        # Where nothing could be named, what can be seen all the same comes first.
        "over": "" if shown.result.change.compared.any() else next(iter(shown.index_layers), ""),
        "days": [words.day(m.acquisition.datetime) for m in (change.before, change.after)],
        "attribution": change.attribution,
    }
