"""Overlapping windows of a scene: their lattice, what predicts a block of them, and the plain way one by one.

A window is what the network takes for a tile, 64 x 64 px; windows begin every 16 or every 8 px.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.model.out_of_distribution import NetworkOutput

WINDOW_PX = 64
STRIDE_PX = 16
"""The last convolution of the compact networks has one place for so many pixels; windows of blocks begin on these."""
PLACES = WINDOW_PX // STRIDE_PX
"""Places of the last convolution along the side of a window."""
_AT_ONCE = 2048
"""Windows copied out of the scene at a time: 25 MB."""


class Blocks(Protocol):
    """Predicts all windows of one block that begin on its places: OpenVinoBlocks or TorchBlocks."""

    def predict(self, grey: NDArray[np.uint8]) -> NetworkOutput:
        """Run the network on a block.

        Args:
            grey: uint8 (H, W, 3), H and W multiples of 16 and at least 64.

        Returns:
            Each array (H / 16 - 3, W / 16 - 3, ...).
        """


@dataclass(frozen=True)
class WindowAnswers:
    """Predictions of the wanted windows, row by row; arrays are read-only."""

    probabilities: NDArray[np.float32]
    """(N, 10), calibrated as those of tiles, each row sums to 1."""
    is_ood: NDArray[np.bool_]
    """(N,) True where a window is out of distribution."""
    as_tiles: bool = False
    """True where each window was judged as a tile is; False where in blocks, by a coarser detector."""

    def __post_init__(self) -> None:
        self.probabilities.setflags(write=False)
        self.is_ood.setflags(write=False)


def window_counts(shape_px: tuple[int, int], step_px: int) -> tuple[int, int]:
    """Count the rows and columns of windows in pixels of that shape, one every ``step_px``."""
    return (shape_px[0] - WINDOW_PX) // step_px + 1, (shape_px[1] - WINDOW_PX) // step_px + 1


def predict_one_by_one(
    predict: Callable[..., Any],
    grey: NDArray[np.uint8],
    wanted: NDArray[np.bool_],
    *,
    step_px: int,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> WindowAnswers:
    """Give every wanted window to the classifier as if it were a tile.

    Args:
        predict: of a classifier, for tiles.
        grey: uint8 (H, W, 3) as the network wants it.
        wanted: bool (R, C) of :func:`window_counts`; row r begins at pixel ``r * step_px``.
        step_px: distance of neighbouring windows.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        CancelledError: ``cancelled()`` became True.
    """
    view = np.lib.stride_tricks.sliding_window_view(grey, (WINDOW_PX, WINDOW_PX), axis=(0, 1))
    windows = view[::step_px, ::step_px]  # (R, C, 3, 64, 64), no copy
    rows, cols = np.nonzero(wanted)
    probabilities: list[NDArray[np.float32]] = []
    is_ood: list[NDArray[np.bool_]] = []
    for start in range(0, len(rows), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        tiles = np.ascontiguousarray(windows[rows[part], cols[part]].transpose(0, 2, 3, 1))  # (n, 64, 64, 3)
        answer = predict(tiles, cancelled=cancelled)
        probabilities.append(answer.probabilities)
        is_ood.append(answer.is_ood)
        if on_progress is not None:
            done = min(start + _AT_ONCE, len(rows))
            on_progress(done / len(rows), f"{done:,} of {len(rows):,} windows seen")
    return WindowAnswers(np.concatenate(probabilities), np.concatenate(is_ood), as_tiles=True)


def to_power(mean: NDArray[np.float32], power: float) -> NDArray[np.float32]:
    """Raise probabilities (N, 10) to a power and bring each row back to sum 1."""
    raised = mean**power
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
