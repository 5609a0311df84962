"""From what to what: transition matrix, gross gains and losses, CORINE roll-up. On the UTM grid, clipped."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import ChangeMap, ClassBalance, TransitionMatrix
from lulc_core.domain.classes import CLASSES, CORINE_L1, N_CLASSES

Counting = Literal["changed", "labels"]

CORINE_COLORS: dict[int, str] = {1: "#B45CC9", 2: "#E9C716", 3: "#00441B", 4: "#8A8FBF", 5: "#123B9E"}
"""A colour for each CORINE level-1 group: that of a typical class of it, so that charts and map agree; wetlands, which
no EuroSAT class stands for, have their own."""


def transition_matrix(change: ChangeMap, *, counting: Counting = "changed") -> TransitionMatrix:
    """Count tiles and hectares by class on the earlier date (rows) and on the later date (columns).

    Args:
        change: the comparison.
        counting: ``changed`` counts off the diagonal only what the comparison counts as a change, and puts a
            difference that does not count on the diagonal, under the class that both dates together find likeliest.
            ``labels`` takes the classes of the two maps as they are, credible or not.
    """
    rows, cols = _states(change, counting)
    return TransitionMatrix(
        tuple(c.id for c in CLASSES),
        tuple(c.name for c in CLASSES),
        tuple(c.map_label for c in CLASSES),
        tuple(c.color for c in CLASSES),
        *_count(rows, cols, change, N_CLASSES),
        change.grid.unit,
    )


def corine_matrix(change: ChangeMap) -> TransitionMatrix:
    """Count what counts as a change between CORINE level-1 groups, where most confusions of the network vanish."""
    group = np.array([c.corine_l1 for c in CLASSES], np.int64)
    rows, cols = _states(change, "changed")
    tiles, ha = _count(group[rows] - 1, group[cols] - 1, change, len(CORINE_L1))
    ids = tuple(sorted({c.corine_l1 for c in CLASSES}))
    keep = np.array(ids) - 1
    labels = tuple(CORINE_L1[i] for i in ids)
    colors = tuple(CORINE_COLORS[i] for i in ids)
    names = tuple(label.replace(" ", "_").replace("-", "_") for label in labels)
    return TransitionMatrix(
        ids, names, labels, colors, tiles[np.ix_(keep, keep)], ha[np.ix_(keep, keep)], change.grid.unit
    )


def balances(matrix: TransitionMatrix) -> tuple[ClassBalance, ...]:
    """Sum gross gain, gross loss and net of every class that occurs, the largest exchange first."""
    found = []
    off = matrix.off_diagonal
    for i, class_id in enumerate(matrix.ids):
        row, col = matrix.ha[i], matrix.ha[:, i]
        if matrix.tiles[i].sum() + matrix.tiles[:, i].sum() == 0:
            continue
        found.append(
            ClassBalance(
                class_id,
                matrix.names[i],
                matrix.labels[i],
                matrix.colors[i],
                before_ha=float(row.sum()),
                after_ha=float(col.sum()),
                gain_ha=float(col[off[i]].sum()),
                loss_ha=float(row[off[i]].sum()),
                gain_tiles=int(matrix.tiles[:, i][off[i]].sum()),
                loss_tiles=int(matrix.tiles[i][off[i]].sum()),
            )
        )
    return tuple(sorted(found, key=lambda b: (-(b.gain_ha + b.loss_ha), -b.before_ha, b.id)))


def likeliest_common(change: ChangeMap) -> NDArray[np.uint8]:
    """Find the class that both dates together find likeliest if nothing changed, (rows, columns); 255 if not compared.

    The largest product of the two probabilities; where they have nothing in common, the class of the earlier date.
    """
    compared = change.compared
    product = change.before.probabilities[compared].astype(np.float64) * change.after.probabilities[compared]
    common = change.from_ids
    common[compared] = np.where(product.max(axis=1) > 0, product.argmax(axis=1), common[compared])
    return common


def _states(change: ChangeMap, counting: Counting) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(compared tiles,) classes before and after as they count."""
    compared = change.compared
    before, after = change.from_ids[compared], change.to_ids[compared]
    if counting == "changed":
        doubtful = change.differs[compared] & ~change.changed[compared]
        common = likeliest_common(change)[compared]
        before, after = np.where(doubtful, common, before), np.where(doubtful, common, after)
    return before.astype(np.int64), after.astype(np.int64)


def _count(
    rows: NDArray[np.int64], cols: NDArray[np.int64], change: ChangeMap, n: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    flat = rows * n + cols
    tiles = np.bincount(flat, minlength=n * n).reshape(n, n).astype(np.int64)  # (n * n,) -> (n, n)
    ha = np.bincount(flat, weights=change.tile_ha[change.compared], minlength=n * n).reshape(n, n)
    return tiles, ha.astype(np.float64)
