"""Edge similarity: do the same edges lie in the same places of two pictures of a tile whose class differs?

Houses, roads, hedges and the rims of fields stay where they are while light, haze and crops change; a factory on a
field brings edges of its own. So the pattern of edges of both dates is correlated, tile by tile. It needs no network,
and it helps where the network hesitates between two classes for unchanged ground.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.radiometry import to_true_colour
from lulc_core.domain.scene import Scene

REACH_PX = 1
"""Pictures of two dates may lie so far off each other and still be compared well: Sentinel-2's own dates fit to about
a pixel. Source: ESA, Sentinel-2 L1C Data Quality Report, multi-temporal registration."""
LEAST_PX = 32
"""Smaller cells are judged on a window of this side around them: a few pixels have no pattern."""
_BATCH = 512


def edge_similarity_of_pixels(
    before: Scene | NDArray[np.uint8], after: Scene | NDArray[np.uint8], grid: TileGrid, wanted: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Correlate the edges of two pictures: the size of the brightness gradient, best within REACH_PX.

    Args:
        before: the earlier date on the ground of ``grid``, or its true-colour picture, (H, W, 3) as
            ``radiometry.to_true_colour`` makes it; both give the same.
        after: the same for the later date.
        grid: of tiles or finer cells.
        wanted: (rows, columns) of the grid, True where it is wanted.

    Returns:
        float32 (rows, columns), -1 to 1; near 0 for other ground (or cloud), 0.6 to 0.9 for the same ground in another
        year's light; NaN where not wanted, and where a picture is one colour. Ground without data on either date, black
        in the pictures, does not count: its rim is no edge of the land.
    """
    out = np.full(grid.shape, np.nan, np.float32)
    rows, cols = np.nonzero(wanted)
    side = min(max(grid.cell_px, LEAST_PX), TILE_PX)
    off = (side - grid.cell_px) // 2
    height, width = grid.shape_px
    top = np.clip(rows * grid.cell_px - off, 0, height - side)
    left = np.clip(cols * grid.cell_px - off, 0, width - side)
    for start in range(0, len(rows), _BATCH):
        part = slice(start, start + _BATCH)
        a, seen_a = (
            e[:, REACH_PX:-REACH_PX, REACH_PX:-REACH_PX] for e in _edges(_cut(before, top[part], left[part], side))
        )
        out[rows[part], cols[part]] = _best(a, seen_a, *_edges(_cut(after, top[part], left[part], side)))
    return out


def edge_similarity_between(
    maps: Sequence[LandCoverMap], sources: Sequence[Scene | NDArray[np.uint8]], wanted: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Correlate the edges of a pair and its further dates: the best of every two dates on either side of the change.

    One hazy picture hides edges; if a further date shows them again, the ground is the same after all.

    Args:
        maps: the earlier date, the later one, then further ones in any order.
        sources: their scenes or true-colour pictures, in the same order.
        wanted: (rows, columns) True where it is wanted.
    """
    days = [m.acquisition.datetime for m in maps]
    grid = maps[0].grid
    found = edge_similarity_of_pixels(sources[0], sources[1], grid, wanted)
    for day, source in zip(days[2:], sources[2:], strict=True):
        if day > days[1]:
            found = np.fmax(found, edge_similarity_of_pixels(sources[0], source, grid, wanted))
        elif day < days[0]:
            found = np.fmax(found, edge_similarity_of_pixels(source, sources[1], grid, wanted))
    return found


def _cut(
    source: Scene | NDArray[np.uint8], top: NDArray[np.intp], left: NDArray[np.intp], side: int
) -> NDArray[np.float32]:
    """(N, side, side) brightness of windows; nothing around them counts."""
    span = np.arange(side)
    ys, xs = top[:, None] + span, left[:, None] + span
    where = ys[:, :, None], xs[:, None, :]
    if isinstance(source, Scene):
        bands = [to_true_colour(source.reflectance[source.bands.index(name)][where]) for name in RGB]
        return np.sum(bands, axis=0, dtype=np.float32)
    return source[where].sum(axis=-1, dtype=np.float32)


def _edges(brightness: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, h, w) of (N, h + 2, w + 2): size of the gradient over two pixels, and 1 where all four of them were seen."""
    up, down, left, right = (
        brightness[:, :-2, 1:-1], brightness[:, 2:, 1:-1], brightness[:, 1:-1, :-2], brightness[:, 1:-1, 2:]
    )  # fmt: skip
    seen = (up > 0) & (down > 0) & (left > 0) & (right > 0)  # black is ground without data
    return np.hypot(right - left, down - up), seen.astype(np.float32)


def _best(
    a: NDArray[np.float32], seen_a: NDArray[np.float32], b: NDArray[np.float32], seen_b: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(N,) the best correlation of ``a`` with a part of ``b`` of its shape, over what was seen in both."""
    best = np.full(len(a), np.nan, np.float32)
    height, width = a.shape[1:]
    for dy in range(b.shape[1] - height + 1):
        for dx in range(b.shape[2] - width + 1):
            part = np.s_[:, dy : dy + height, dx : dx + width]
            both = seen_a * seen_b[part]
            fixed, moved = _centred(a, both), _centred(b[part], both)
            size = np.sqrt(np.einsum("nij,nij->n", fixed, fixed) * np.einsum("nij,nij->n", moved, moved))
            found = np.full(len(a), np.nan, np.float32)
            np.divide(np.einsum("nij,nij->n", fixed, moved), size, out=found, where=size > 0)
            best = np.fmax(best, found)
    return best


def _centred(values: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, h, w) less their mean where ``weight`` is 1, 0 elsewhere."""
    total = weight.sum(axis=(1, 2), keepdims=True)
    mean = (values * weight).sum(axis=(1, 2), keepdims=True) / np.maximum(total, 1)
    centred: NDArray[np.float32] = (values - mean) * weight
    return centred
