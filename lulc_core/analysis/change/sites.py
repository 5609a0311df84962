"""The places of a comparison: patches of neighbouring squares that changed in the same way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import Certainty, ChangeMap, Trajectory
from lulc_core.domain.classes import N_CLASSES

SITES = 3
"""Shown at most in documents."""


@dataclass(frozen=True)
class Site:
    """One patch."""

    cells: tuple[tuple[int, int], ...]
    """Row and column of its squares, most credible first."""
    from_id: int
    to_id: int
    counted: bool
    """Counted as a change; else its class differs, but not credibly so."""
    ha: float
    change_probability: float
    """Mean chance of change over its squares, weighted by ground, 0 to 1."""
    certainty: Certainty
    """Of most of its ground."""
    trajectory: Trajectory
    """Of most of its ground."""
    p_before: NDArray[np.float64]
    """(10,) mean probabilities on the earlier date, weighted by ground."""
    p_after: NDArray[np.float64]
    """(10,) on the later date."""
    lon: float
    lat: float

    @property
    def mask_box(self) -> tuple[int, int, int, int]:
        """Give first row, first column, and one past the last of both, in cells of the grid."""
        rows, cols = zip(*self.cells, strict=True)
        return min(rows), min(cols), max(rows) + 1, max(cols) + 1


def strongest_sites(
    change: ChangeMap, n: int | None = SITES, *, shown: NDArray[np.bool_] | None = None
) -> tuple[Site, ...]:
    """Find the patches with the largest product of ground and change probability, strongest first.

    Neighbouring squares (also across a corner) with the same earlier and the same later class are one patch. Patches
    that count come before those that do not.

    Args:
        change: the comparison.
        n: how many at most; None for all.
        shown: (rows, columns) squares to look at, of those whose class differs; None for those that count.
    """
    from scipy.ndimage import find_objects, label

    shown = change.changed if shown is None else shown & change.differs
    kinds = change.from_ids.astype(np.int32) * N_CLASSES + change.to_ids + np.where(change.changed, 0, N_CLASSES**2)
    kinds = np.where(shown, kinds, -1)
    weight = np.where(shown, change.tile_ha * np.nan_to_num(change.change_probability), 0.0)
    found: list[tuple[bool, float, NDArray[np.intp]]] = []
    for kind in np.unique(kinds[kinds >= 0]).tolist():
        patches, count = label(kinds == kind, structure=np.ones((3, 3), int))
        strengths = np.bincount(patches.ravel(), weights=weight.ravel(), minlength=count + 1)
        boxes = find_objects(patches)
        # Only the strongest can be shown: a granule of fine cells may have thousands of patches.
        for k in (np.argsort(-strengths[1:], kind="stable")[:n] + 1).tolist():
            rows, cols = boxes[k - 1]
            cells = np.argwhere(patches[rows, cols] == k) + np.array([rows.start, cols.start])
            found.append((kind >= N_CLASSES**2, float(strengths[k]), cells))
    found.sort(key=lambda f: (f[0], -f[1], tuple(f[2][0].tolist())))
    return tuple(site_of(change, cells) for _, _, cells in found[:n])


def site_of(change: ChangeMap, cells: NDArray[np.intp]) -> Site:
    """Describe the place that some squares make.

    Args:
        change: the comparison.
        cells: (n, 2) row and column of squares that were compared and have the same classes.
    """
    rows, cols = cells[:, 0], cells[:, 1]
    ha = change.tile_ha[rows, cols]
    share = ha / ha.sum()
    change_probability = change.change_probability[rows, cols].astype(np.float64)
    order = np.lexsort((cols, rows, -ha, -change_probability))
    centre = np.average(cells, axis=0, weights=ha)
    near = int(np.argmin(((cells - centre) ** 2).sum(axis=1)))
    lon, lat = change.grid.tile_center(int(rows[near]), int(cols[near]))
    return Site(
        tuple((int(rows[i]), int(cols[i])) for i in order),
        int(change.from_ids[rows[0], cols[0]]),
        int(change.to_ids[rows[0], cols[0]]),
        bool(change.changed[rows[0], cols[0]]),
        float(ha.sum()),
        float(change_probability @ share),
        Certainty(_commonest(change.certainty[rows, cols], ha)),
        Trajectory(_commonest(change.trajectory[rows, cols], ha)),
        share @ change.before.probabilities[rows, cols].astype(np.float64),
        share @ change.after.probabilities[rows, cols].astype(np.float64),
        lon,
        lat,
    )


def _commonest(values: NDArray[np.uint8], ha: NDArray[np.float64]) -> int:
    return int(np.bincount(values, weights=ha).argmax())
