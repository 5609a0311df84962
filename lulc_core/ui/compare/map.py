"""The map of the Compare page: both dates and what changed, stated for assets/compare.js."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lulc_core.analysis.change.sites import Site
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import NOT_COMPARED, TRAJECTORY_NAMES, Certainty, ChangeMap
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.projection import to_lonlat
from lulc_core.ui import words
from lulc_core.ui.compare.say import level_word
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.map import data as map_data
from lulc_core.ui.map import view
from lulc_core.ui.panels.map_page import map_state, new_event, on_map_event

if TYPE_CHECKING:
    from lulc_core.render.overlays.layer import MapLayer

KEY = "compare-map"
PAIRS = ("true_colour", "false_colour", "classes")
"""What both dates can be shown as, by the key that assets/compare.js knows."""
NOTED = ("change", "shift", "ndvi", "nbr")
"""What lies over the pictures and has a note in the legend."""
ON_MAP = (
    "ways", "both_by", "swipe", "side", "fade", "before", "after", "fading", "hide_changes", "show_changes", "hide_key",
    "layers", "both_as", "none", "over", "nothing", "opacity", "opacity_over", "outlines", "outlined", "became",
    "legend", "not_compared", "no_change", "divider", "divider_at", "second_map",
)  # fmt: skip
"""Keys of what assets/compare.js writes, in the catalogue under ``compare.map``."""
CLOSE_UP_M = 2000.0
"""A place is shown with so much ground around it, or with a margin of a quarter where it is larger."""


def show_map(state: CompareState) -> None:
    """Show the map as the state has it, and take in what the user does on it."""
    result = _result(state, state.shown) if state.shown is not None else None
    place = state.place_at() if result is not None else -1
    told = {
        **map_state(state, result),
        "place": place,
        "close_up": state.close_up and result is not None,
        "go": state.go if result is not None else "",
        "focus": _focus(state, state.shown, place) if state.shown is not None else None,
        "classes": [words.page_words().class_name(c.id) for c in CLASSES],
        "words": {key: words.translate(f"compare.map.{key}") for key in ON_MAP},
    }
    if place >= 0:
        told["selected"] = None  # the whole place is outlined, not one of its cells
    view.show_map(
        told,
        lambda value: _take(state, value),
        key=KEY,
        start="startCompare",
        scripts=("swipe.js", "places.js", "side.js", "compare.js"),
        styles=("compare.css",),
    )


def _take(state: CompareState, value: dict[str, Any]) -> None:
    on_map_event(state, value)
    if (step := new_event(state.seen, "step", value)) is not None:
        state.step(1 if step["by"] > 0 else -1)


def _focus(state: CompareState, shown: Compared, place: int) -> list[list[float]]:
    """Return what the map is sent to, ((south, west), (north, east)): a place with its surroundings, or the area."""
    west, south, east, north = shown.aoi.bbox
    if state.tile is None:
        return [[south, west], [north, east]]
    grid = shown.result.grid
    cells = np.array(state.places()[place].cells if place >= 0 else [state.tile])
    (top, left), (bottom, right) = cells.min(axis=0), cells.max(axis=0) + 1
    x0, _, _, y0 = grid.bounds
    x, y = x0 + grid.cell_m * (left + right) / 2, y0 - grid.cell_m * (top + bottom) / 2
    half = max(CLOSE_UP_M, 1.25 * grid.cell_m * max(right - left, bottom - top)) / 2
    lon, lat = to_lonlat(grid.epsg, np.array([x - half, x + half, x, x]), np.array([y, y, y - half, y + half]))
    lon = [map_data.turn_near(float(v), (west + east) / 2) for v in lon]
    return [[float(lat[2]), lon[0]], [float(lat[3]), lon[1]]]


def places_json(places: Sequence[Site], n_cols: int) -> bytes:
    """Write which cells make each place and what they became, the strongest place first.

    Args:
        places: of a comparison.
        n_cols: columns of its grid; a cell is row x columns + column.
    """
    cells = [[row * n_cols + col for row, col in p.cells] for p in places]
    return json.dumps({"cells": cells, "to": [p.to_id for p in places]}, separators=(",", ":")).encode()


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
    data["words"] = [level_word(change, level) for level in sorted(Certainty)]
    data["trajectories"] = [words.translate(f"trajectory.{TRAJECTORY_NAMES[t]}") for t in sorted(TRAJECTORY_NAMES)]
    return json.dumps(data, separators=(",", ":")).encode()


def _legend(layer: MapLayer) -> list[tuple[str, str]]:
    """Return the legend of a layer in the reader's language; letters of classes stay."""
    ids, said = {c.map_label: c.id for c in CLASSES}, []
    for label, color in layer.legend:
        letter, _, rest = label.partition("  ")
        verb, _, name = rest.partition(" ") if rest.startswith(("became ", "more ")) else ("is", "", rest)
        if name in ids:
            label = f"{letter}  " + words.translate(
                f"compare.legend.{verb}", name=words.page_words().class_name(ids[name])
            )
        else:
            label = words.spoken(label)
        said.append((label, color))
    return said


def _note(key: str) -> str:
    return words.translate(f"compare.note.{key}") if key in NOTED else ""


def _result(state: CompareState, shown: Compared) -> dict[str, Any]:
    def published(layer: MapLayer, name: str, **more: Any) -> dict[str, Any]:
        return view.publish_layer(layer, f"compare-{name}", **{"legend": _legend(layer), **more})

    pairs = []
    for key in PAIRS:
        if key in shown.pictures:
            first, second = shown.pictures[key]
            sides = {"before": published(first, f"{key}-0"), "after": published(second, f"{key}-1")}
            pairs.append(
                {"key": key, "title": words.translate(f"compare.pair.{key}"), "legend": _legend(first), **sides}
            )
    layers = {"change": shown.change_layer(state.filter), "chance": shown.change_probability}
    if shown.probability_change is not None:
        layers["shift"] = shown.probability_change
    layers |= shown.index_layers
    overs = [
        published(layer, key, key=key, title=words.translate(f"compare.over.{key}"), note=_note(key))
        for key, layer in layers.items()
        if layer is not None
    ]
    change = shown.result.change
    return {
        "id": shown.id,
        "tiles": view.publish(change_json(change, shown.aoi), "application/json", "compare-tiles"),
        "places": view.publish(places_json(state.places(), change.grid.n_cols), "application/json", "compare-places"),
        "pairs": pairs,
        "overs": overs,
        # Where nothing could be named, what can be seen all the same comes first.
        "over": "" if shown.result.change.compared.any() else next(iter(shown.index_layers), ""),
        "days": [words.day(m.acquisition.datetime) for m in (change.before, change.after)],
        "attribution": words.spoken(change.attribution),
    }
