"""Which rectangles of tiles to ask for, so that nothing is fetched twice and little is fetched in vain."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import MAX_REQUEST_TILES, Block

REQUEST_TILES = 20
"""Tiles along a side of one request: below the services' 39, so that memory stays small, several requests run at
once, and progress shows. Processing units do not depend on it."""
_PER_REQUEST = 3.0
"""What one more request is worth, in tiles."""
_HELD = 1000.0
"""What fetching a tile again is worth, in tiles: never."""


def plan_rectangles(
    needed: NDArray[np.bool_], held: NDArray[np.bool_] | None = None, *, max_side: int = REQUEST_TILES
) -> list[Block]:
    """Covers the needed tiles with few rectangles.

    Args:
        needed: (rows, columns) True where a tile must be fetched.
        held: True where a tile is there already, which no rectangle may include; needed tiles are not held.
        max_side: tiles along a side, at most 39.

    Returns:
        Disjoint rectangles, row by row, that cover every needed tile. Tiles neither needed nor held may be included
        where that saves requests.
    """
    if not 1 <= max_side <= MAX_REQUEST_TILES:
        raise ValueError(f"max_side is {max_side}; it must be 1 to {MAX_REQUEST_TILES}")
    weight = np.where(needed, 1.0, 1.0 if held is None else np.where(held, _HELD, 1.0))
    blocks: list[Block] = []
    _split(needed, weight, 0, 0, blocks)
    return sorted((part for block in blocks for part in _cut(block, max_side)), key=lambda b: (b.row0, b.col0))


def _split(needed: NDArray[np.bool_], weight: NDArray[np.float64], row: int, col: int, out: list[Block]) -> None:
    rows, cols = np.flatnonzero(needed.any(axis=1)), np.flatnonzero(needed.any(axis=0))
    if not len(rows):
        return
    r0, r1, c0, c1 = rows[0], rows[-1] + 1, cols[0], cols[-1] + 1
    needed, weight, row, col = needed[r0:r1, c0:c1], weight[r0:r1, c0:c1], row + int(r0), col + int(c0)
    whole = float(weight.sum()) + _PER_REQUEST
    must = whole >= _HELD
    by_row = _cheapest_cut(needed, weight, along_held=must)
    by_col = _cheapest_cut(needed.T, weight.T, along_held=must)
    cost, at, across = min((by_row[0], by_row[1], True), (by_col[0], by_col[1], False))
    if cost >= whole and not must:
        out.append(Block(row, col, row + needed.shape[0], col + needed.shape[1]))
    elif across:
        _split(needed[:at], weight[:at], row, col, out)
        _split(needed[at:], weight[at:], row + at, col, out)
    else:
        _split(needed[:, :at], weight[:, :at], row, col, out)
        _split(needed[:, at:], weight[:, at:], row, col + at, out)


def _cheapest_cut(needed: NDArray[np.bool_], weight: NDArray[np.float64], *, along_held: bool) -> tuple[float, int]:
    """Cost of the two enclosing rectangles after the best cut between two rows, and the row after it.

    With ``along_held`` only along an edge of what is held: one cut seldom gets rid of held tiles inside, and any other
    line would only shave off slices.
    """
    before = _enclosing_cost(needed, weight)
    after = _enclosing_cost(needed[::-1], weight[::-1])[::-1]
    if len(before) < 2:
        return float("inf"), 0
    cost = before[:-1] + after[1:] + 2 * _PER_REQUEST
    if along_held:
        held = weight >= _HELD
        cost = np.where((held[1:] != held[:-1]).any(axis=1), cost, np.inf)
    at = int(cost.argmin())
    return float(cost[at]), at + 1


def _enclosing_cost(needed: NDArray[np.bool_], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight of the rectangle that encloses the needed tiles of the first 1, 2, ... rows."""
    n_rows, n_cols = needed.shape
    total = np.zeros((n_rows + 1, n_cols + 1))
    total[1:, 1:] = weight.cumsum(axis=0).cumsum(axis=1)
    any_row, any_col = needed.any(axis=1), np.logical_or.accumulate(needed, axis=0)
    index = np.arange(n_rows)
    last = np.maximum.accumulate(np.where(any_row, index, -1)) + 1
    first = np.where(any_row.any(), int(any_row.argmax()), 0)
    left = any_col.argmax(axis=1)
    right = n_cols - any_col[:, ::-1].argmax(axis=1)
    cost = total[last, right] - total[last, left] - total[first, right] + total[first, left]
    return np.where(any_col.any(axis=1), cost, 0.0)


def _cut(block: Block, max_side: int) -> list[Block]:
    """Even pieces of at most ``max_side``: 21 becomes 11 and 10, not 20 and 1."""
    rows, cols = _edges(block.row0, block.row1, max_side), _edges(block.col0, block.col1, max_side)
    return [Block(r0, c0, r1, c1) for r0, r1 in pairwise(rows) for c0, c1 in pairwise(cols)]


def _edges(start: int, end: int, max_side: int) -> list[int]:
    pieces = -(-(end - start) // max_side)
    return [start + (end - start) * i // pieces for i in range(pieces + 1)]
