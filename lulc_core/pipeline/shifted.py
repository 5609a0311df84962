"""A tile's probabilities as the mean over windows shifted around it, for networks whose card asks for that.

On ground where a network has never been it is sure of one cut of the land and says something else of the next, 160 m
aside. The mean over five says what holds for all of them: measured in docs/model.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import TILE_PX
from lulc_core.domain.progress import Cancelled, Progress, progress_of_part

if TYPE_CHECKING:
    from lulc_core.model.classifier import Classifier

SHIFT_PX = 16
SHIFTS = ((-SHIFT_PX, -SHIFT_PX), (-SHIFT_PX, SHIFT_PX), (SHIFT_PX, -SHIFT_PX), (SHIFT_PX, SHIFT_PX))
WHOLE = 0.98
"""Share of usable pixels that a shifted window must have to be asked."""


def mean_over_shifts(
    own: NDArray[np.float32],
    network: Classifier,
    grey: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    *,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> NDArray[np.float32]:
    """Average what is predicted of tiles with what is predicted of four windows 160 m aside in both directions.

    A window that would leave the pixels is moved back to their edge, and left out where it holds less usable ground.

    Args:
        own: (N, 10) probabilities of the tiles as they lie.
        network: predicts tiles.
        grey: (H, W, bands) grey levels as the network wants them.
        valid: (H, W) True where a pixel is usable.
        rows: (N,) of the tiles.
        cols: (N,) of the tiles.
        on_progress: of the tiles as they lie and the windows together, of which the first fifth is done.
        cancelled: see ``domain.progress``.

    Returns:
        (N, 10), each row sums to 1.

    Raises:
        CancelledError: ``cancelled()`` became True.
    """
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(grey, (TILE_PX, TILE_PX), axis=(0, 1))  # (H - 63, W - 63, bands, 64, 64), no copy
    sums = np.zeros((valid.shape[0] + 1, valid.shape[1] + 1), np.int32)
    valid.cumsum(0, np.int32).cumsum(1, out=sums[1:, 1:])
    total, count = own.astype(np.float32).copy(), np.ones((len(own), 1), np.float32)
    for i, (down, right) in enumerate(SHIFTS):
        top = np.clip(rows * TILE_PX + down, 0, valid.shape[0] - TILE_PX)
        left = np.clip(cols * TILE_PX + right, 0, valid.shape[1] - TILE_PX)
        bottom, end = top + TILE_PX, left + TILE_PX
        usable = sums[bottom, end] - sums[top, end] - sums[bottom, left] + sums[top, left]
        moved = (top != rows * TILE_PX) | (left != cols * TILE_PX)
        asked = np.flatnonzero(moved & (usable >= WHOLE * TILE_PX**2))
        if len(asked) == 0:
            continue
        tiles = np.ascontiguousarray(windows[top[asked], left[asked]].transpose(0, 2, 3, 1))  # (n, 64, 64, bands)
        report = None if on_progress is None else progress_of_part(on_progress, 1 + i, 1 + len(SHIFTS))
        total[asked] += network.predict(tiles, on_progress=report, cancelled=cancelled).probabilities
        count[asked] += 1
    return total / count
