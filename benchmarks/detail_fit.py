"""Fit what maps finer than tiles need of a network: the detector of windows in blocks, the power of their mean."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lulc_core.model.out_of_distribution import NetworkOutput, OodDetector, fit_ood_detector
from lulc_core.model.runtime.fully_conv import FullyConvolutional
from lulc_core.model.runtime.windows import to_power
from lulc_core.training.eurosat import PATCH_PX, Patches
from lulc_core.training.export import KEPT_SHARE, ordinary_variants

_SIDE = 6  # patches along a canvas; each is mirrored to twice its size, and the outermost windows are left out
_POWERS = np.round(np.arange(0.5, 4.01, 0.05), 2)


def fit_block_detector(
    network: FullyConvolutional,
    training: Patches,
    validation: Patches,
    *,
    on_progress: Callable[[float, str], None] | None = None,
) -> tuple[OodDetector, float]:
    """Fit a detector for windows that the network sees as part of a block, and its threshold.

    The output for a window in a block is not quite that for the same window alone, and the detector of tiles notices
    the difference. So another one is fitted, on patches between neighbours: each is mirrored to ground of its own
    kind, and only windows that hold one whole patch are used.

    Args:
        network: ready for blocks.
        training: what to fit on.
        validation: what to set the threshold on: it lets pass the same share as that of tiles.
        on_progress: called with the share done and a sentence.

    Returns:
        Detector and threshold.
    """
    report = on_progress or (lambda fraction, message: None)
    kinds = list(ordinary_variants(training.images))

    def tell(k: int) -> Callable[[float], None]:
        return lambda f: report(
            0.9 * (k + f) / len(kinds), f"training patches in blocks, variant {k + 1} of {len(kinds)}"
        )

    seen = [_in_blocks(network, variant.images, tell(k)) for k, variant in enumerate(kinds)]
    detector = fit_ood_detector(seen, copies=[variant.copies for variant in kinds])
    held = _in_blocks(network, validation.images, lambda f: report(0.9 + 0.1 * f, "validation patches in blocks"))
    return detector, float(np.quantile(detector.score(held), KEPT_SHARE))


def fit_mean_power(mean: NDArray[np.float32], truth: NDArray[np.uint8]) -> float:
    """Fit the power that calibrates means of windows: the likeliest one for cells whose class is known.

    Args:
        mean: (N, 10) means over windows.
        truth: (N,) class ids.
    """

    def surprise(power: float) -> float:
        p = to_power(mean, power)[np.arange(len(mean)), truth]
        return float(-np.log(np.maximum(p, 1e-6)).mean())

    return float(min(_POWERS, key=surprise))


def _in_blocks(
    network: FullyConvolutional, images: NDArray[np.uint8], report: Callable[[float], None]
) -> NetworkOutput:
    """What the network makes of patches in blocks: all four mirrored forms of each but those at the rim."""
    parts: list[NetworkOutput] = []
    per_canvas = _SIDE * _SIDE
    step = PATCH_PX // 16
    for start in range(0, len(images) - per_canvas + 1, per_canvas):
        some = images[start : start + per_canvas].reshape(_SIDE, _SIDE, PATCH_PX, PATCH_PX, 3)
        wide = np.concatenate([some, some[:, :, :, ::-1]], axis=3)
        wide = np.concatenate([wide, wide[:, :, ::-1]], axis=2)  # (6, 6, 128, 128, 3)
        canvas = wide.swapaxes(1, 2).reshape(2 * _SIDE * PATCH_PX, 2 * _SIDE * PATCH_PX, 3)
        n = (canvas.shape[0] - PATCH_PX) // 16 + 1
        wanted = np.zeros((n, n), bool)
        wanted[step:-step:step, step:-step:step] = True
        parts += [output for _, output in network.run(canvas, wanted, step_px=16)]
        report(min(1.0, (start + per_canvas) / len(images)))
    return NetworkOutput(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
