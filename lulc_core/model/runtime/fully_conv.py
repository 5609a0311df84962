"""All overlapping windows of a scene at once: what neighbouring windows share is computed once.

Sixteen windows out of seventeen see almost the same pixels, so the convolutions run once over a large block and a
window's features are the mean over its own 4 x 4 places in the last layer. Two things the network takes from the whole
tile have no such common value and are taken from the 640 m around each place: mean and spread of the second view, and
the gates of squeeze-excitation. And where a tile ends in zeros, a window goes on into its neighbours. So the answers
are close to those of the windows one by one, not equal; how close, and that maps made of them are no worse, is measured
by benchmarks/detail.py and shown in docs/detail.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import ModelError
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled
from lulc_core.model.card import ModelCard, checked_bytes
from lulc_core.model.out_of_distribution import NetworkOutput, OodDetector
from lulc_core.model.runtime.windows import STRIDE_PX, WINDOW_PX, Blocks, window_counts

STEPS_PX = (16, 8)
"""Distances of windows that can be had: the second by running over the block again, half a place further."""
BLOCK_PX = 1024
"""Side of the blocks that windows begin in: larger ones share more, and take more memory (about 0.3 GB)."""
HALO_PX = 96
"""Around a block; further away no pixel changed an answer by more than the rounding of bfloat16."""


class FullyConvolutional:
    """A compact network over all wanted windows of a scene, block by block."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks

    def run(
        self,
        grey: NDArray[np.uint8],
        wanted: NDArray[np.bool_],
        *,
        step_px: int,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Iterator[tuple[NDArray[np.intp], NetworkOutput]]:
        """Run the network on windows, block by block.

        Args:
            grey: uint8 (H, W, 3) grey levels, H and W multiples of 16.
            wanted: bool (R, C) which windows; row r begins at pixel ``r * step_px``, R = (H - 64) // step_px + 1.
            step_px: 16 or 8.
            on_progress: called with the share of blocks done and a sentence.
            cancelled: asked between blocks.

        Yields:
            Flat indices (n,) into ``wanted`` and the output for these n windows, until every wanted one had its turn.

        Raises:
            CancelledError: ``cancelled()`` became True.
        """
        if step_px not in STEPS_PX:
            raise ValueError(f"step_px is {step_px}; it must be one of {STEPS_PX}")
        height, width = grey.shape[:2]
        expected = window_counts((height, width), step_px)
        if wanted.shape != expected or height % STRIDE_PX or width % STRIDE_PX:
            raise ValueError(f"wanted has shape {wanted.shape}, but pixels {grey.shape} make {expected} windows")
        side = BLOCK_PX // step_px  # of a block, in windows
        corners = product(range(0, wanted.shape[0], side), range(0, wanted.shape[1], side))
        blocks = [
            (slice(r, r + side), slice(c, c + side)) for r, c in corners if wanted[r : r + side, c : c + side].any()
        ]
        index = np.arange(wanted.size).reshape(wanted.shape)  # (R, C)
        n, total = 0, int(np.count_nonzero(wanted))
        for block in blocks:
            check_cancelled(cancelled)
            rows, cols = _bounds_of(wanted, block)
            here = wanted[rows, cols]  # (r, c): the smallest rectangle that holds the block's wanted windows
            output = self._rectangle(grey, rows, cols, step_px)  # arrays (r, c, ...)
            yield index[rows, cols][here], NetworkOutput(*(array[here] for array in output))  # (n,), arrays (n, ...)
            n += int(np.count_nonzero(here))
            if on_progress is not None:
                on_progress(n / total, f"{n:,} of {total:,} windows seen")

    def _rectangle(self, grey: NDArray[np.uint8], rows: slice, cols: slice, step_px: int) -> NetworkOutput:
        """All windows of a rectangle of them, each array (rows, columns, ...).

        Windows that begin on places are had in one run; those half a place further, in runs over shifted pixels.
        """
        whole: list[NDArray[np.float32]] = []
        for row_phase, col_phase in product(range(0, STRIDE_PX, step_px), repeat=2):
            y = _span(rows, row_phase, step_px, grey.shape[0])
            x = _span(cols, col_phase, step_px, grey.shape[1])
            if y is None or x is None:
                continue
            (y_pixels, y_answers, y_windows), (x_pixels, x_answers, x_windows) = y, x
            output = self._blocks.predict(grey[y_pixels, x_pixels])
            if not whole:
                shape = rows.stop - rows.start, cols.stop - cols.start
                whole = [np.empty((*shape, *array.shape[2:]), np.float32) for array in output]
            for target, array in zip(whole, output, strict=True):
                target[y_windows, x_windows] = array[y_answers, x_answers]
        return NetworkOutput(*whole)


def _span(windows: slice, phase_px: int, step_px: int, length_px: int) -> tuple[slice, slice, slice] | None:
    """Lay out one axis; None where no window of the rectangle begins in this phase.

    Args:
        windows: from the first window of the rectangle to behind its last.
        phase_px: windows looked at begin at this pixel, modulo STRIDE_PX.
        step_px: distance of neighbouring windows.
        length_px: of the scene.

    Returns:
        The pixels to read (the windows with a halo, cut so that places lie on their beginnings), which of the windows
        of these pixels are of the rectangle and not of the halo, and where their answers belong in the rectangle.
    """
    first_px = windows.start * step_px
    first_px += (phase_px - first_px) % STRIDE_PX
    count = len(range(first_px, windows.stop * step_px, STRIDE_PX))
    if not count:
        return None
    end_px = first_px + (count - 1) * STRIDE_PX + WINDOW_PX
    last_place_px = phase_px + (length_px - phase_px) // STRIDE_PX * STRIDE_PX
    low, high = max(first_px - HALO_PX, phase_px), min(end_px + HALO_PX, last_place_px)
    in_halo = (first_px - low) // STRIDE_PX
    first = first_px // step_px - windows.start
    return (slice(low, high), slice(in_halo, in_halo + count), slice(first, None, STRIDE_PX // step_px))


def _bounds_of(wanted: NDArray[np.bool_], block: tuple[slice, slice]) -> tuple[slice, slice]:
    """Rows and columns of the smallest rectangle that holds the wanted windows of a block."""
    bounds = []
    for axis in (0, 1):
        there = np.flatnonzero(wanted[block].any(axis=1 - axis)) + block[axis].start
        bounds.append(slice(int(there[0]), int(there[-1]) + 1))
    return bounds[0], bounds[1]


def load_fully_conv(weights: Path, card: ModelCard, device: str, precision: str) -> FullyConvolutional:
    """Load the network of a weights file, ready for blocks.

    Args:
        weights: the file.
        card: its card, of a compact architecture.
        device: that its classifier runs on.
        precision: ``int8`` for OpenVINO, which needs the bounds that `train` stored; anything else for torch in the
            fastest precision that keeps the answers there.

    Raises:
        ModelError: the file is not that of the card, or of an architecture that cannot be run this way.
    """
    from safetensors.numpy import load

    from lulc_core.model.runtime.openvino_runner import openvino_or_none, parts_of

    state, bounds = parts_of(load(checked_bytes(weights, card)))
    if precision == "int8":
        from lulc_core.model.runtime.fully_conv_openvino import OpenVinoBlocks

        return FullyConvolutional(OpenVinoBlocks(openvino_or_none(), card.architecture, state, bounds))

    from lulc_core.model.network import network_with
    from lulc_core.model.runtime.fully_conv_torch import TorchBlocks
    from lulc_core.model.runtime.torch_runner import choose_runtime

    return FullyConvolutional(TorchBlocks(network_with(card.architecture, state), choose_runtime(device)))


def load_block_detector(path: Path) -> OodDetector:
    """Load what judges windows of blocks.

    Raises:
        ModelError: the file is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return OodDetector.from_arrays(load(path.read_bytes()))
    except (OSError, SafetensorError, ValueError, KeyError) as e:
        raise ModelError(
            f"The file {path.name} beside the weights cannot be read ({type(e).__name__}: {e}).",
            hint="Fetch it again (git checkout), or make it with `python -m benchmarks.detail --write`.",
        ) from e
