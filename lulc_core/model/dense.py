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

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from lulc_core.domain.errors import CancelledError, ModelError
from lulc_core.model.architecture import FLAT_STD
from lulc_core.model.card import ModelCard, checked_bytes
from lulc_core.model.inference import Runtime, fold_norms
from lulc_core.model.network import CompactBackbone, Network, ResidualBlock, build_network
from lulc_core.model.unlike import Seen, UnlikeDetector

WINDOW_PX = 64
STRIDE_PX = 16
"""The last layer has one place for so many pixels; windows begin on these."""
STEPS_PX = (16, 8)
"""Distances of windows that can be had: the second by running over the block again, half a place further."""
_WINDOW = WINDOW_PX // STRIDE_PX  # places along the side of a window
BLOCK_PX = 1024
"""Side of the blocks that windows begin in: larger ones share more, and take more memory (about 0.3 GB)."""
HALO_PX = 96
"""Around a block; further away no pixel changed an answer by more than the rounding of bfloat16."""


class DenseNetwork:
    """A compact network over blocks of a scene.

    Args:
        network: of a compact architecture, float32, on the CPU, norms not yet folded; it is changed, hand in your own.
        runtime: where and how.

    Raises:
        ModelError: the network is of another kind.
    """

    def __init__(self, network: Network, runtime: Runtime) -> None:
        if not isinstance(network.backbone, CompactBackbone):
            raise ModelError("Only the compact networks can be run over whole blocks.", hint="Use their windows.")
        network = fold_norms(network.eval()).requires_grad_(False)
        network.backbone.to(runtime.dtype)
        self._network = network.to(runtime.device).to(memory_format=torch.channels_last)
        self._runtime = runtime

    def run(
        self,
        grey: NDArray[np.uint8],
        wanted: NDArray[np.bool_],
        *,
        step_px: int,
        on_progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[tuple[NDArray[np.intp], Seen]]:
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
            yield index[part][here], Seen(*(a[here] for a in seen))
            n += int(np.count_nonzero(here))
            if on_progress is not None:
                on_progress(n / total, f"{n:,} of {total:,} windows seen")

    def _part(self, grey: NDArray[np.uint8], part: tuple[slice, slice], step_px: int) -> Seen:
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
                found = self._block(grey[slices[0], slices[1]])
                k = STRIDE_PX // step_px
                for i, array in enumerate(found):
                    if len(out) <= i:
                        size = tuple(s.stop - s.start for s in part)
                        out.append(np.empty((*size, *array.shape[2:]), np.float32))
                    out[i][top::k, left::k] = array[r0 : r0 + rows, c0 : c0 + cols]
        return Seen(*out)

    @torch.inference_mode()
    def _block(self, grey: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Logits, features, light and black share of all windows of a block that begin on its places."""
        network, dtype = self._network, self._runtime.dtype
        x = torch.from_numpy(np.array(grey, order="C")).to(self._runtime.device)
        x = x.permute(2, 0, 1)[None].to(torch.float32)  # (1, 3, H, W)
        # The network's own statistics look at every second row and column: so do these.
        quarter = x[:, :, ::2, ::2]
        middle = _of_windows(F.avg_pool2d(quarter, STRIDE_PX // 2))  # (1, 3, R, C)
        square = _of_windows(F.avg_pool2d(quarter * quarter, STRIDE_PX // 2))
        spread = (square - middle * middle).clamp_min(0).sqrt()
        h = (x - network.mean) / network.std
        if network.views == 2:
            factor = 1 / (spread + FLAT_STD)
            h = torch.cat((h, x * _around(factor, STRIDE_PX) - _around(middle * factor, STRIDE_PX)), 1)
        features = _of_windows(self._trunk(h.to(dtype).to(memory_format=torch.channels_last)))
        features = features[0].permute(1, 2, 0)  # (R, C, F)
        light = torch.cat((middle, spread), 1)[0].permute(1, 2, 0)
        is_black = (quarter.amax(1, keepdim=True) == 0).float()
        black = _of_windows(F.avg_pool2d(is_black, STRIDE_PX // 2))[0, 0]
        return tuple(a.cpu().numpy() for a in (network.head(features), features, light, black))

    def _trunk(self, h: torch.Tensor) -> torch.Tensor:
        """The backbone without its pooling: (1, C, H, W) -> (1, F, H / 16, W / 16)."""
        place = STRIDE_PX  # features along the side of a place of the last layer, so far
        for layer in self._network.backbone.children():
            if isinstance(layer, ResidualBlock):
                place //= layer.conv1.stride[0]
                y = layer.bn2(layer.conv2(torch.relu(layer.bn1(layer.conv1(h)))))
                means = _of_windows(F.avg_pool2d(y, place).float()).to(y.dtype)
                gates = torch.sigmoid(layer.se.excite(torch.relu(layer.se.squeeze(means))))
                h = torch.relu(y * _around(gates, place) + layer.shortcut(h))
            elif isinstance(layer, nn.AdaptiveAvgPool2d):
                break
            else:
                if isinstance(layer, nn.Conv2d):
                    place //= layer.stride[0]
                h = layer(h)
        return F.avg_pool2d(h.float(), place)  # a network of fewer stages has several features in a place


def _of_windows(places: torch.Tensor) -> torch.Tensor:
    """Means over the places of every window: (1, C, R, C) -> (1, C, R - 3, C - 3)."""
    return F.avg_pool2d(places, _WINDOW, 1)


def _around(windows: torch.Tensor, size: int) -> torch.Tensor:
    """For every feature the value of the window around it: (1, C, R - 3, C - 3) -> (1, C, R * size, C * size).

    Around the middle of a place lie four windows equally near; between the middles it is interpolated. A block as
    narrow as one window has no more than that one's value.
    """
    shape = [(n + _WINDOW - 1) * size for n in windows.shape[2:]]
    wide = F.pad(windows.float(), (1, 1, 1, 1), mode="replicate")
    places = F.pad(F.avg_pool2d(wide, 2, 1), (1, 1, 1, 1), mode="replicate")
    return F.interpolate(places, size=shape, mode="bilinear", align_corners=False).to(windows.dtype)


def load_dense(weights: Path, card: ModelCard, runtime: Runtime) -> DenseNetwork:
    """The network of a weights file, ready for blocks.

    Raises:
        ModelError: the file is not that of the card, or of an architecture that cannot be run this way.
    """
    from safetensors.torch import load

    tensors = load(checked_bytes(weights, card))
    network = build_network(card.architecture)
    network.load_state_dict(
        {k.removeprefix("network."): v.float() for k, v in tensors.items() if k.startswith("network.")}
    )
    return DenseNetwork(network, runtime)


def load_dense_detector(path: Path) -> UnlikeDetector:
    """What judges windows of blocks.

    Raises:
        ModelError: the file is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return UnlikeDetector.from_arrays(load(path.read_bytes()))
    except (OSError, SafetensorError, ValueError, KeyError) as e:
        raise ModelError(
            f"The file {path.name} beside the weights cannot be read ({type(e).__name__}: {e}).",
            hint="Fetch it again (git checkout), or make it with `python -m benchmarks.detail --write`.",
        ) from e
