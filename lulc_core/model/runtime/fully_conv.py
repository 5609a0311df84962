"""All overlapping windows of a scene at once: what neighbouring windows share is computed once.

A window is what the network takes for a tile, 64 x 64 px, but begins every 16 px (160 m) or every 8 px (80 m). Sixteen
windows out of seventeen see almost the same pixels, so the convolutions run once over a large block and a window's
features are the mean over its own 4 x 4 places in the last layer. Two things the network takes from the whole tile have
no such common value and are taken from the 640 m around each place: mean and spread of the second view, and the gates
of squeeze-excitation. And where a tile ends in zeros, a window goes on into its neighbours. So the answers are close to
those of the windows one by one, not equal; how close, and that maps made of them are no worse, is measured by
benchmarks/detail.py and told in docs/detail.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import CancelledError, ModelError
from lulc_core.model.card import ModelCard, checked_bytes
from lulc_core.model.out_of_distribution import NetworkOutput, OodDetector

WINDOW_PX = 64
STRIDE_PX = 16
"""The last layer has one place for so many pixels; windows begin on these."""
STEPS_PX = (16, 8)
"""Distances of windows that can be had: the second by running over the block again, half a place further."""
BLOCK_PX = 1024
"""Side of the blocks that windows begin in: larger ones share more, and take more memory (about 0.3 GB)."""
HALO_PX = 96
"""Around a block; further away no pixel changed an answer by more than the rounding of bfloat16."""


class Blocks(Protocol):
    """What sees all windows of one block that begin on its places: dense_int8.Int8Blocks or dense_torch.TorchBlocks."""

    def see(self, grey: NDArray[np.uint8]) -> NetworkOutput:
        """What the network makes of them.

        Args:
            grey: uint8 (H, W, 3), H and W multiples of 16 and at least 64.

        Returns:
            Each array (H / 16 - 3, W / 16 - 3, ...).
        """


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
        on_progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[tuple[NDArray[np.intp], NetworkOutput]]:
        """What the network makes of windows, block by block.

        Args:
            grey: uint8 (H, W, 3) grey levels, H and W multiples of 16.
            wanted: bool (R, C) which windows; row r begins at pixel ``r * step_px``, R = (H - 64) // step_px + 1.
            step_px: 16 or 8.
            on_progress: called with the share of blocks done and a sentence.
            cancelled: asked between blocks.

        Yields:
            Flat indices into ``wanted`` and what was seen there, until every wanted window had its turn.

        Raises:
            CancelledError: ``cancelled()`` became True.
        """
        if step_px not in STEPS_PX:
            raise ValueError(f"step_px is {step_px}; it must be one of {STEPS_PX}")
        expected = tuple((n - WINDOW_PX) // step_px + 1 for n in grey.shape[:2])
        if wanted.shape != expected or any(n % STRIDE_PX for n in grey.shape[:2]):
            raise ValueError(f"wanted has shape {wanted.shape}, but pixels {grey.shape} make {expected} windows")
        blocks = [
            (slice(r, r + BLOCK_PX // step_px), slice(c, c + BLOCK_PX // step_px))
            for r in range(0, wanted.shape[0], BLOCK_PX // step_px)
            for c in range(0, wanted.shape[1], BLOCK_PX // step_px)
        ]
        blocks = [b for b in blocks if wanted[b].any()]
        index = np.arange(wanted.size).reshape(wanted.shape)
        n, total = 0, int(np.count_nonzero(wanted))
        for block in blocks:
            if cancelled is not None and cancelled():
                raise CancelledError("Classifying was cancelled.")
            rows, cols = (np.flatnonzero(wanted[block].any(axis=axis)) for axis in (1, 0))
            part = (
                slice(block[0].start + rows[0], block[0].start + rows[-1] + 1),
                slice(block[1].start + cols[0], block[1].start + cols[-1] + 1),
            )
            here = wanted[part]
            seen = self._part(grey, part, step_px)
            yield index[part][here], NetworkOutput(*(a[here] for a in seen))
            n += int(np.count_nonzero(here))
            if on_progress is not None:
                on_progress(n / total, f"{n:,} of {total:,} windows seen")

    def _part(self, grey: NDArray[np.uint8], part: tuple[slice, slice], step_px: int) -> NetworkOutput:
        """All windows of a rectangle of them, each array (rows, columns, ...)."""
        phases = range(0, STRIDE_PX, step_px)
        out: list[NDArray[np.float32]] = []
        for dy in phases:
            for dx in phases:
                # Pixels from which this phase's windows begin, cut so that places lie on them, with a halo.
                starts, slices = [], []
                for axis, d in ((0, dy), (1, dx)):
                    first = part[axis].start * step_px
                    first += (d - first) % STRIDE_PX
                    count = len(range(first, part[axis].stop * step_px, STRIDE_PX))
                    low = max(first - HALO_PX, d)
                    end = first + max(count - 1, 0) * STRIDE_PX + WINDOW_PX
                    high = min(end + HALO_PX, d + (grey.shape[axis] - d) // STRIDE_PX * STRIDE_PX)
                    starts.append(((first - low) // STRIDE_PX, count, first // step_px - part[axis].start))
                    slices.append(slice(low, high))
                (r0, rows, top), (c0, cols, left) = starts
                if not rows or not cols:
                    continue
                found = self._blocks.see(grey[slices[0], slices[1]])
                k = STRIDE_PX // step_px
                for i, array in enumerate(found):
                    if len(out) <= i:
                        size = tuple(s.stop - s.start for s in part)
                        out.append(np.empty((*size, *array.shape[2:]), np.float32))
                    out[i][top::k, left::k] = array[r0 : r0 + rows, c0 : c0 + cols]
        return NetworkOutput(*out)


def load_dense(weights: Path, card: ModelCard, device: str, precision: str) -> FullyConvolutional:
    """The network of a weights file, ready for blocks.

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
        from lulc_core.model.runtime.fully_conv_openvino import Int8Blocks

        return FullyConvolutional(Int8Blocks(openvino_or_none(), card.architecture, state, bounds))

    import torch

    from lulc_core.model.network import build_network
    from lulc_core.model.runtime.fully_conv_torch import TorchBlocks
    from lulc_core.model.runtime.torch_runner import choose_runtime

    network = build_network(card.architecture)
    network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in state.items()})
    return FullyConvolutional(TorchBlocks(network, choose_runtime(device)))


def load_dense_detector(path: Path) -> OodDetector:
    """What judges windows of blocks.

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
