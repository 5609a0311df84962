"""The tiles or finer cells of a map as the browser draws them: classes, per cents and where the lattice corners lie."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from typing import Any

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASSES, NO_DATA
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import FLAG_NAMES, LandCoverMap, TileFlag
from lulc_core.domain.projection import to_lonlat
from lulc_core.language.words import Words
from lulc_core.render.colors import CONFIDENCE_STEPS, LEFT_OUT_COLOR, is_dark

NODE_EVERY = 8
"""Lattice corners are sent every so many tiles (5 km); in between, bilinear interpolation is off by less than 1 m."""
NOT_ASKED = 255
WORTH_A_WORD = 0.05
"""A second class less probable is not read out beside the first."""


def options(words: Words) -> dict[str, Any]:
    """Return what never changes: sentences, classes with their colours, flags in words, steps of confidence."""
    bounds = [words.share(step[0]) for step in CONFIDENCE_STEPS]
    steps = [words.translate("map.step.below", high=bounds[1])]
    steps += [words.translate("map.step.between", low=a, high=b) for a, b in pairwise(bounds[1:])]
    steps += [words.translate("map.step.above", low=bounds[-1])]
    return {
        "lang": words.tag,
        "words": words.sentences("map.js."),
        "unsure": int(TileFlag.UNSURE),
        "classes": [
            {
                "id": c.id,
                "label": words.class_name(c.id),
                "letter": words.class_letter(c.id),
                "color": c.color,
                "ink": ink(c.color),
            }
            for c in CLASSES
        ],
        "flags": [[int(flag), words.translate(f"map.flag.{name}")] for flag, name in FLAG_NAMES.items()],
        "steps": [
            {"color": s[1], "label": label, "ink": ink(s[1])} for s, label in zip(CONFIDENCE_STEPS, steps, strict=True)
        ],
        "left_out": LEFT_OUT_COLOR,
    }


def tiles_json(land_cover: LandCoverMap, aoi: Aoi) -> bytes:
    """Write the cells as JSON; per-cell values are base64 of one byte each, row by row.

    Args:
        land_cover: the map.
        aoi: the drawn shape, which clips the tiles on the screen.
    """
    grid = land_cover.grid
    every = NODE_EVERY * grid.cells_per_side
    rows, cols = _every(grid.n_rows, every), _every(grid.n_cols, every)
    lng, lat = _corners(grid, rows, cols, near=(aoi.bbox[0] + aoi.bbox[2]) / 2)
    confidence = np.where(np.isfinite(land_cover.confidence), land_cover.confidence, 0)
    asked = np.isfinite(land_cover.confidence)
    percent = np.where(asked, np.rint(confidence * 100), NOT_ASKED).astype(np.uint8)
    second_ids, second_percent = _seconds(land_cover)
    step = np.searchsorted([s[0] for s in CONFIDENCE_STEPS], confidence, side="right") - 1
    data = {
        "rows": grid.n_rows,
        "cols": grid.n_cols,
        "zone": grid.tile_id(0, 0).split("-")[0],
        "east0": grid.east0,
        "north0": grid.north0,
        "cell_m": grid.cell_m,
        "node_rows": rows,
        "node_cols": cols,
        "node_lng": [round(v, 7) for v in lng],
        "node_lat": [round(v, 7) for v in lat],
        "class_ids": bytes_text(land_cover.class_ids),
        "percent": bytes_text(percent),
        "second_ids": bytes_text(second_ids),
        "second_percent": bytes_text(second_percent),
        "step": bytes_text(step.astype(np.uint8)),
        "flags": bytes_text(np.where(land_cover.beyond, 0, land_cover.flags)),  # not "no data": see there
        "inside": bytes_text(grid.inside.astype(np.uint8)),
        "outline": rings(aoi),
    }
    return json.dumps(data, separators=(",", ":")).encode()


def _seconds(land_cover: LandCoverMap) -> tuple[np.ndarray, np.ndarray]:
    """Return class and per cent of the second largest probability, uint8; NO_DATA where not WORTH_A_WORD."""
    probabilities = np.nan_to_num(land_cover.probabilities)
    second = np.argsort(-probabilities, axis=-1, kind="stable")[..., 1]
    share = np.take_along_axis(probabilities, second[..., np.newaxis], axis=-1)[..., 0]
    said = land_cover.classified & (share >= WORTH_A_WORD)
    return np.where(said, second, NO_DATA).astype(np.uint8), np.rint(100 * share).astype(np.uint8)


def rings(aoi: Aoi) -> list[list[list[list[float]]]]:
    """Return polygons, rings, corners as longitude and latitude; longitudes are continuous."""
    polygons = getattr(aoi.geometry, "geoms", [aoi.geometry])
    return [
        [[[round(x, 6), round(y, 6)] for x, y in ring.coords] for ring in (p.exterior, *p.interiors)] for p in polygons
    ]


def tile_ring(grid: TileGrid, row: int, col: int, *, near: float) -> list[list[float]]:
    """Return the corners of a cell as longitude and latitude, on the same turn of the globe as ``near``."""
    return [[turn_near(lon, near), lat] for lon, lat in grid.tile_polygon(row, col)]


def ink(color: str) -> str:
    """Choose the colour of letters on a colour."""
    return "#FFFFFF" if is_dark(color) else "#111111"


def _every(n: int, step: int) -> list[int]:
    return sorted({*range(0, n, step), n})


def _corners(grid: TileGrid, rows: list[int], cols: list[int], *, near: float) -> tuple[list[float], list[float]]:
    left, _, _, top = grid.bounds
    x, y = np.meshgrid(left + np.array(cols) * grid.cell_m, top - np.array(rows) * grid.cell_m)
    lon, lat = to_lonlat(grid.epsg, x.ravel(), y.ravel())
    return [turn_near(float(v), near) for v in lon], [float(v) for v in lat]


def turn_near(lon: float, near: float) -> float:
    """Put a longitude on the turn of the globe that is nearest to another one."""
    return lon + 360 * round((near - lon) / 360)


def bytes_text(values: np.ndarray) -> str:
    """Write values of one byte each as base64."""
    return base64.b64encode(np.ascontiguousarray(values, np.uint8).tobytes()).decode("ascii")
