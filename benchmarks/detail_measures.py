"""How right a map of a mosaic is: ground, cells, borders, areas, certainty, rim.

Cells flagged as out of distribution count by their likeliest class.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.mosaics import LAYOUTS, Mosaic
from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES
from lulc_core.domain.grid import PIXEL_M, TILE_PX
from lulc_core.domain.land_cover import LandCoverMap, TileFlag
from lulc_core.domain.scene import Acquisition
from lulc_core.training.calibration import expected_calibration_error

MADE = Acquisition("mosaic", datetime(2020, 1, 1, tzinfo=UTC), "mosaic", "L1C", "")


def truth_of(mosaic: Mosaic) -> NDArray[np.uint8]:
    """(rows, columns) of 10 m pixels, without the ring."""
    return mosaic.truth[TILE_PX:-TILE_PX, TILE_PX:-TILE_PX]


def cell_truth(mosaic: Mosaic, cell_m: int) -> NDArray[np.uint8]:
    """(rows, columns) of cells: what most of the ground of each is."""
    truth, px = truth_of(mosaic), cell_m // PIXEL_M
    cut = truth.reshape(truth.shape[0] // px, px, truth.shape[1] // px, px).swapaxes(1, 2)
    counts = np.stack([(cut == c).sum(axis=(2, 3)) for c in range(N_CLASSES)])
    return counts.argmax(axis=0).astype(np.uint8)


def class_of(found: LandCoverMap) -> NDArray[np.uint8]:
    """(rows, columns) of cells: the likeliest class, whatever the flags say."""
    return np.nan_to_num(found.probabilities, nan=-1).argmax(axis=2).astype(np.uint8)


def on_ground(found: LandCoverMap) -> NDArray[np.uint8]:
    """(rows, columns) of 10 m pixels: the cells blown up."""
    px = found.grid.cell_px
    return class_of(found).repeat(px, axis=0).repeat(px, axis=1)


def rim(mosaics: Sequence[Mosaic], found: Sequence[LandCoverMap]) -> dict[str, float]:
    """Share of ground right along the edge and in the middle."""
    right = np.mean([on_ground(f) == truth_of(m) for m, f in zip(mosaics, found, strict=True)], axis=0)
    edge = np.ones(right.shape, bool)
    edge[16:-16, 16:-16] = False
    return {"edge": float(right[edge].mean()), "middle": float(right[64:-64, 64:-64].mean())}


def ground_right(mosaics: Sequence[Mosaic], found: Sequence[LandCoverMap]) -> float:
    """Share of the ground that has its class."""
    pairs = zip(mosaics, found, strict=True)
    return float(np.mean([(on_ground(f) == truth_of(m)).mean() for m, f in pairs]))


def summarise(mosaics: Sequence[Mosaic], found: Sequence[LandCoverMap]) -> dict[str, Any]:
    """All measures over mosaics."""
    pairs = list(zip(mosaics, found, strict=True))
    cells, probabilities, cell_truths = [], [], []
    to_truth, to_map = [], []
    area_error, out_of_distribution = [], []
    confusion = np.zeros((N_CLASSES, N_CLASSES))
    for mosaic, f in pairs:
        truth, ground = truth_of(mosaic), on_ground(f)
        of_cells = cell_truth(mosaic, f.grid.cell_m)
        cells.append((class_of(f) == of_cells).mean())
        known = np.isfinite(f.confidence)
        probabilities.append(f.probabilities[known])
        cell_truths.append(of_cells[known].astype(np.int64))
        np.add.at(confusion, (truth.ravel(), ground.ravel()), 1)
        away = border_distances(truth, ground)
        to_truth.append(away[0])
        to_map.append(away[1])
        areas = [np.bincount(a.ravel(), minlength=N_CLASSES) / a.size for a in (truth, ground)]
        area_error.append(np.abs(areas[0] - areas[1]).sum() / 2)
        out_of_distribution.append(((f.flags & TileFlag.OOD) > 0).mean())
    sure, hits = np.concatenate(probabilities), np.concatenate(cell_truths)
    by_layout = {
        layout: ground_right(*zip(*[(m, f) for m, f in pairs if m.layout == layout], strict=True)) for layout in LAYOUTS
    }
    with np.errstate(invalid="ignore"):
        recall = confusion.diagonal() / confusion.sum(axis=1)
        area_ratio = confusion.sum(axis=0) / confusion.sum(axis=1)
    return {
        "ground_right": ground_right(mosaics, found),
        "ground_right_by_layout": by_layout,
        "cells_right": float(np.mean(cells)),
        "border_to_truth_m": float(np.mean(to_truth)),
        "truth_to_border_m": float(np.mean(to_map)),
        "area_wrong_share": float(np.mean(area_error)),
        "mean_confidence": float(sure.max(axis=1).mean()),
        "calibration_error": float(expected_calibration_error(sure, hits)),
        "unlike_share": float(np.mean(out_of_distribution)),
        "right_by_class": {n: _known(r) for n, r in zip(CLASS_NAMES, recall, strict=True)},
        "area_of_class_against_truth": {n: _known(r) for n, r in zip(CLASS_NAMES, area_ratio, strict=True)},
    }


def border_distances(truth: NDArray[np.uint8], found: NDArray[np.uint8]) -> tuple[float, float]:
    """Metres, means: from the map's borders to the nearest true one, and from true borders to the map's nearest."""
    from scipy.ndimage import distance_transform_edt

    edges = [_edges(a) for a in (truth, found)]
    if not edges[0].any() or not edges[1].any():
        side = float(max(truth.shape) * PIXEL_M)
        return (0.0 if not edges[1].any() else side), (0.0 if not edges[0].any() else side)
    away = [distance_transform_edt(~e) * PIXEL_M for e in edges]
    return float(away[0][edges[1]].mean()), float(away[1][edges[0]].mean())


def _edges(ids: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """True on pixels whose right or lower neighbour is of another class."""
    out = np.zeros(ids.shape, bool)
    out[:, :-1] |= ids[:, 1:] != ids[:, :-1]
    out[:-1] |= ids[1:] != ids[:-1]
    return out


def _known(ratio: float) -> float | None:
    """Rounded; None of a class that the mosaics do not hold."""
    return round(float(ratio), 4) if np.isfinite(ratio) else None
