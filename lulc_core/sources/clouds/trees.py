"""Evaluate the trees of s2cloudless: how likely a pixel of top-of-atmosphere reflectance is cloud.

170 gradient-boosted trees that Sentinel Hub trained on ten bands; an international comparison of ten detectors found
none that beat it on all counts. Evaluated here with numpy, decision by decision as LightGBM does, because its own
packages would bring 70 MB of downloads (LightGBM, OpenCV) and need a system library for 2 MB of trees.

Source: s2cloudless 1.7.3, Sentinel Hub, licence CC BY-SA 4.0 beside this file; Skakun et al. 2022, Cloud Mask
Intercomparison eXercise, doi 10.1016/j.rse.2022.112990. Converted by scripts/import_cloud_trees.py.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BANDS = ("B01", "B02", "B04", "B05", "B08", "B8A", "B09", "B10", "B11", "B12")
"""What it looks at, in its order."""
_PATH = Path(__file__).with_name("s2cloudless.safetensors")
_AT_ONCE = 16_384
"""Pixels at a time, so that memory stays small; more at once is no faster."""


def cloud_probability(pixels: NDArray[np.floating]) -> NDArray[np.float32]:
    """Compute how likely pixels are cloud.

    Args:
        pixels: (n, 10) top-of-atmosphere reflectance of :data:`BANDS`, unitless, finite.

    Returns:
        float32 (n,), 0 to 1.
    """
    pixels = np.ascontiguousarray(pixels, np.float32)
    parts = [_scores(pixels[i : i + _AT_ONCE]) for i in range(0, len(pixels), _AT_ONCE)]
    scores = np.concatenate(parts) if parts else np.zeros(0)
    return (1 / (1 + np.exp(-scores))).astype(np.float32)


def _scores(pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum the leaves that each of n pixels falls into, (n,)."""
    trees = _trees()
    features, thresholds, values = trees["features"], trees["thresholds"], trees["values"]
    children = trees["children"].ravel()  # those of node k at 2 k and 2 k + 1
    flat, starts = pixels.ravel(), np.arange(len(pixels)) * pixels.shape[1]
    scores = np.zeros(len(pixels))
    for root in trees["roots"]:
        node, which = np.full(len(pixels), root, np.int32), np.arange(len(pixels))
        while len(which):
            at_most = flat[starts[which] + features[node]] <= thresholds[node]
            node = children[2 * node + at_most]
            leaf = node < 0
            scores[which[leaf]] += values[-node[leaf] - 1]
            node, which = node[~leaf], which[~leaf]
    return scores


@cache
def _trees() -> dict[str, NDArray[np.generic]]:
    from safetensors.numpy import load_file

    return load_file(_PATH)
