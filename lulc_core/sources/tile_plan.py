"""Which rectangles of tiles to ask for, so that nothing is fetched twice and little is fetched in vain.

The needed tiles are enclosed in one rectangle. It is cut in two, and each part enclosed again, wherever that costs less
than the one request; so also for the parts. Costs are counted in tiles: a tile costs 1, a tile that is held already far
more than any area, a request 3 more. No single cut gets rid of the middle of a ring, so it is tried as well to leave
out all that is not needed, and the cheaper of both plans is taken. What is too large for one request is cut evenly at
the end.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import MAX_REQUEST_TILES, Block

REQUEST_TILES = 20
"""Tiles along a side of one request: below the services' 39, so that memory stays small, several requests run at
once, and progress shows. Processing units do not depend on it."""
_REQUEST_COST = 3.0
_HELD_COST = 1e6


def plan_rectangles(
    needed: NDArray[np.bool_], held: NDArray[np.bool_] | None = None, *, max_side: int = REQUEST_TILES
) -> list[Block]:
    """Cover the needed tiles with few rectangles.

    Args:
        needed: (rows, columns) True where a tile must be fetched.
        held: (rows, columns) True where a tile is there already, which no rectangle may include; needed tiles are not
            held.
        max_side: tiles along a side, at most 39.

    Returns:
        Disjoint rectangles, row by row, that cover every needed tile. Tiles neither needed nor held may be included
        where that saves requests.
    """
    if not 1 <= max_side <= MAX_REQUEST_TILES:
        raise ValueError(f"max_side is {max_side}; it must be 1 to {MAX_REQUEST_TILES}")
    cost = np.ones(needed.shape)
    if held is not None:
        cost[held & ~needed] = _HELD_COST
    only_needed = np.where(needed, 1.0, _HELD_COST)
    plans = [list(_cover(needed, c, 0, 0)) for c in (cost, only_needed)]
    parts = [part for block in min(plans, key=_plan_cost) for part in block.cut(max_side)]
    return sorted(parts, key=lambda part: (part.row0, part.col0))


def _plan_cost(blocks: list[Block]) -> float:
    return sum(block.n_tiles + _REQUEST_COST for block in blocks)


def _cover(needed: NDArray[np.bool_], cost: NDArray[np.float64], row0: int, col0: int) -> Iterator[Block]:
    """Cover the needed tiles of a part of the grid, whose first row and column are given."""
    if not needed.any():
        return

    # Shrink the part to the rectangle that encloses what is needed.
    rows, cols = np.flatnonzero(needed.any(axis=1)), np.flatnonzero(needed.any(axis=0))
    enclosing = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    needed, cost = needed[enclosing], cost[enclosing]
    row0, col0 = row0 + int(rows[0]), col0 + int(cols[0])

    # One request for all of it, or a cut in two?
    cost_uncut = float(cost.sum()) + _REQUEST_COST
    holds_some = bool((cost >= _HELD_COST).any())
    cost_by_row, row = _cheapest_cut(needed, cost, only_along_held=holds_some)
    cost_by_col, col = _cheapest_cut(needed.T, cost.T, only_along_held=holds_some)
    if not holds_some and cost_uncut <= min(cost_by_row, cost_by_col):
        yield Block(row0, col0, row0 + needed.shape[0], col0 + needed.shape[1])
    elif cost_by_row < cost_by_col or (cost_by_row == cost_by_col and row < col):
        yield from _cover(needed[:row], cost[:row], row0, col0)
        yield from _cover(needed[row:], cost[row:], row0 + row, col0)
    else:
        yield from _cover(needed[:, :col], cost[:, :col], row0, col0)
        yield from _cover(needed[:, col:], cost[:, col:], row0, col0 + col)


def _cheapest_cut(needed: NDArray[np.bool_], cost: NDArray[np.float64], *, only_along_held: bool) -> tuple[float, int]:
    """Find the best cut between two rows: the cost of the two enclosing rectangles, and the row after it.

    With ``only_along_held`` only along an edge of what is held: one cut seldom gets rid of held tiles inside, and any
    other line would only shave off slices.
    """
    if len(needed) < 2:
        return float("inf"), 0
    above = _enclosing_cost(needed, cost)[:-1]  # of the first 1, 2, ... rows
    below = _enclosing_cost(needed[::-1], cost[::-1])[::-1][1:]  # of the others
    total = above + below + 2 * _REQUEST_COST
    if only_along_held:
        held = cost >= _HELD_COST
        total = np.where((held[1:] != held[:-1]).any(axis=1), total, np.inf)
    best = int(total.argmin())
    return float(total[best]), best + 1


def _enclosing_cost(needed: NDArray[np.bool_], cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the cost of the rectangle that encloses the needed tiles of the first 1, 2, ... rows; (rows,)."""
    n_rows, n_cols = needed.shape
    summed = np.zeros((n_rows + 1, n_cols + 1))  # cost of all tiles above and to the left of a corner
    summed[1:, 1:] = cost.cumsum(axis=0).cumsum(axis=1)
    needed_row = needed.any(axis=1)  # (rows,)
    needed_col = np.logical_or.accumulate(needed, axis=0)  # (rows, columns) in this row or one above
    top = int(needed_row.argmax())
    bottom = np.maximum.accumulate(np.where(needed_row, np.arange(n_rows), -1)) + 1
    left = needed_col.argmax(axis=1)
    right = n_cols - needed_col[:, ::-1].argmax(axis=1)
    enclosed = summed[bottom, right] - summed[bottom, left] - summed[top, right] + summed[top, left]
    return np.where(needed_col.any(axis=1), enclosed, 0.0)
