"""Means over the overlapping windows of 640 m that cover a cell.

Windows begin every 160 m (every 80 m for cells of 80 m), a *step*. A cell's probabilities are the mean over its
windows; those that have it nearer their middle count more, and those with cloud or without data less. Where a window
costs as much as a tile, every second is asked, as the black fields of a chessboard lie; tiles are among them. Shapes:

    (H, W)    pixels of the grid with the ring of tiles around it
    (S, T)    steps of the same ground
    (V, U)    windows: the first begins at the first step of the ring
    (R, C)    cells of the grid itself, each ``steps_per_cell`` steps wide
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import N_CLASSES
from lulc_core.domain.grid import PIXEL_M, TILE_M, TILE_PX, TileGrid
from lulc_core.pipeline.shifted import SHIFTS

if TYPE_CHECKING:
    from lulc_core.domain.progress import Cancelled, Progress
    from lulc_core.model.classifier import Classifier

WINDOW_STEP_M = 160
"""Windows begin so far apart, or as far as cells are wide where that is less."""
SOFTNESS = 0.25
"""Power of cos^2 that weighs a window by how near its middle a cell lies. 0 would be flat, 1 is a Hann window; measured
on mosaics flat is best by a hair and 1 worst (docs/detail.md); 0.25 keeps windows from entering with a jolt."""
SHARE_POWER = 8
"""Windows count by their clear share to this power: a quarter of black pixels misleads by more than a quarter."""

_BLOCK_COST = 0.15
"""A window in blocks against a tile; docs/detail.md."""

_OOD, _WEIGHT = N_CLASSES, N_CLASSES + 1  # what follows the probabilities in an array of sums


class WindowMeans(NamedTuple):
    """Means over the windows of each cell."""

    probabilities: NDArray[np.float32]
    """(R, C, 10), NaN where no window covers the cell."""
    ood_share: NDArray[np.float32]
    """(R, C) share of the windows that are out of distribution, NaN where none covers the cell."""
    covered: NDArray[np.bool_]
    """(R, C) True where a window that may be used covers the cell."""
    observed_share: NDArray[np.float32]
    """(R, C) observed share of all windows around, used or not."""
    as_tiles: bool
    """True where windows were judged as tiles are."""


class CellWindows:
    """The windows over the cells of a grid and the ring of tiles around it."""

    def __init__(self, grid: TileGrid) -> None:
        step_m = min(grid.cell_m, WINDOW_STEP_M)
        self.grid = grid
        self.step_px = step_m // PIXEL_M
        self.steps_per_window = TILE_PX // self.step_px
        self.steps_per_cell = grid.cell_m // step_m
        away = (np.arange(self.steps_per_window) - (self.steps_per_window - 1) / 2) / self.steps_per_window
        self.weights = (np.cos(np.pi * away) ** (2 * SOFTNESS)).astype(np.float32)
        """How much a window counts for a step, by the step's place along one side; positive and symmetric."""

    def shares(self, pixels: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Compute the share of True among the pixels of each window: (H, W) -> (V, U)."""
        return self._over_steps(share_of_squares(pixels, self.step_px))

    def covering(self, cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Find the windows that cover a wanted cell, in part or whole: (R, C) -> (V, U)."""
        inner = cells.repeat(self.steps_per_cell, 0).repeat(self.steps_per_cell, 1)  # (R, C) -> steps of the grid
        steps = np.pad(inner, self.steps_per_window)  # -> (S, T), with the ring
        return self._over_steps(steps.astype(np.float32)) > 0  # -> (V, U)

    def predict(
        self,
        network: Classifier,
        grey: NDArray[np.uint8],
        observed_share: NDArray[np.float32],
        clear_share: NDArray[np.float32],
        cells: NDArray[np.bool_],
        *,
        min_clear_share: float,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> WindowMeans:
        """Predict all windows that cover a wanted cell, and take the mean over each cell.

        Args:
            network: predicts windows.
            grey: (H, W, bands) grey levels as the network wants them.
            observed_share: (V, U) observed share of each window.
            clear_share: (V, U) clear share of each window.
            cells: (R, C) True where a cell is wanted.
            min_clear_share: windows with less observed or less clear ground have no say.
            on_progress, cancelled: see ``domain.progress``.
        """
        used = self.covering(cells) & (observed_share >= min_clear_share) & (clear_share >= min_clear_share)  # (V, U)
        if not network.in_blocks:
            used = self._every_second(used, cells)
        values = np.zeros((*used.shape, N_CLASSES + 2), np.float32)  # (V, U, 10 probabilities, ood, 1)
        as_tiles = False
        if used.any():
            answers = network.predict_windows(
                grey, used, step_px=self.step_px, on_progress=on_progress, cancelled=cancelled
            )
            values[used, :N_CLASSES] = answers.probabilities  # (n used, 10)
            values[used, _OOD] = answers.is_ood
            as_tiles = answers.as_tiles
        values[..., _WEIGHT] = 1
        values *= np.where(used, clear_share**SHARE_POWER, 0).astype(np.float32)[..., None]
        sums = self._per_cell(values)  # (R, C, 12)
        with np.errstate(divide="ignore", invalid="ignore"):
            means = sums[..., :_WEIGHT] / sums[..., _WEIGHT:]  # (R, C, 11)
        near = self._per_cell(observed_share[..., None])[..., 0] / (self.steps_per_cell * self.weights.sum()) ** 2
        return WindowMeans(means[..., :N_CLASSES], means[..., _OOD], sums[..., _WEIGHT] > 0, near, as_tiles)

    def _every_second(self, used: NDArray[np.bool_], cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Leave out every second window, but none of a cell that would have no other: (V, U), (R, C) -> (V, U)."""
        rows, cols = np.ogrid[: used.shape[0], : used.shape[1]]
        fewer = used & ((rows + cols) % 2 == 0)  # tiles begin at whole multiples of an even number of steps
        bare = cells & (self._per_cell(fewer[..., None].astype(np.float32))[..., 0] == 0)
        return fewer | (used & self.covering(bare))

    def _over_steps(self, steps: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mean over the steps of every window: (S, T) -> (V, U), V = S - steps_per_window + 1."""
        view = np.lib.stride_tricks.sliding_window_view
        rows = view(steps, self.steps_per_window, axis=0).mean(axis=2)  # (V, T)
        return view(rows, self.steps_per_window, axis=1).mean(axis=2).astype(np.float32)

    def _per_cell(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Weighted sum over the windows that cover each cell: (V, U, K) -> (R, C, K)."""
        n = self.steps_per_window
        for axis in (0, 1):  # (V, U, K) -> (steps of R, U, K) -> (steps of R, steps of C, K); the ring falls away
            length = windows.shape[axis] - n - 1
            shifted = (np.take(windows, range(1 + k, 1 + k + length), axis=axis) for k in range(n))
            total = next(shifted) * self.weights[0]
            for k, part in enumerate(shifted, start=1):
                total += part * self.weights[k]
            windows = total
        rows, cols = self.grid.shape
        k = self.steps_per_cell
        steps = windows.reshape(rows, k, cols, k, windows.shape[2])  # (R, k, C, k, K)
        return steps.sum(axis=(1, 3))


def predictions_per_tile(network: Classifier, cell_m: int) -> float:
    """Estimate how many tiles' worth of predictions a tile of a map costs, without the rim of the area."""
    tile = 1 + len(SHIFTS) if network.card.shifted_windows else 1
    if cell_m >= TILE_M:
        return tile
    steps = (TILE_M // min(cell_m, WINDOW_STEP_M)) ** 2
    return tile + _BLOCK_COST * steps if network.in_blocks else max(tile, steps / 2)  # tiles are among the windows


def share_of_squares(pixels: NDArray[np.bool_], side: int) -> NDArray[np.float32]:
    """Compute the share of True among the pixels of each square of ``side`` pixels: (R * side, C * side) -> (R, C)."""
    squares = pixels.reshape(pixels.shape[0] // side, side, pixels.shape[1] // side, side)  # (R, side, C, side)
    # Two sums in small integers: np.mean over two axes of a cut array is many times slower.
    counts = squares.sum(axis=3, dtype=np.uint8).sum(axis=1, dtype=np.uint16)  # (R, C)
    return (counts / np.float32(side * side)).astype(np.float32)
