"""Find clouds in blocks of 80 m with the trees of s2cloudless: coarser than pixels, and smoothed, as they are meant.

Means of many pixels are told apart better than single ones, roofs and roads are smoothed away, and blocks lie on the
lattice of tiles, so that the same ground is the same block in every drawing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import PIXEL_M
from lulc_core.sources.clouds.trees import BANDS, cloud_probability

BLOCK_M = 80
"""Side of a block; 8 pixels of 10 m, 8 blocks to a tile."""
MARGIN_M = 320
"""As far as ground around decides about a block: read so much more than is wanted."""
AVERAGE_M, DILATE_M = 240, 80
"""Radius of the disk over which the probability is averaged, and by which clouds are widened. Source: s2cloudless'
documentation advises a mean and a dilation; how these do on real scenes: docs/clouds.md."""
THRESHOLD = 0.4
"""Mean probability from which a block is cloud. Source: s2cloudless' default."""


def block_means(reflectance: NDArray[np.float32], pixel_m: float) -> NDArray[np.float32]:
    """Average a band over blocks.

    Args:
        reflectance: float32 (rows, columns), NaN where not observed.
        pixel_m: size of a pixel on the ground, m.

    Returns:
        float32 (rows, columns) of blocks, NaN where less than half was observed; those at the end may be cut.
    """
    k = pixels_per_block(pixel_m)
    rows, cols = (-(-n // k) for n in reflectance.shape)
    padding = [(0, n * k - size) for n, size in zip((rows, cols), reflectance.shape, strict=True)]
    whole = np.pad(reflectance, padding, constant_values=np.nan).reshape(rows, k, cols, k)
    known = np.isfinite(whole)
    count = known.sum(axis=(1, 3))
    total = np.where(known, whole, 0).sum(axis=(1, 3), dtype=np.float64)
    return np.where(count * 2 >= k * k, total / np.maximum(count, 1), np.nan).astype(np.float32)


def pixels_per_block(pixel_m: float) -> int:
    """Tell how many pixels lie along the side of a block."""
    return max(1, round(BLOCK_M / pixel_m))


def detect_clouds(
    blocks: Mapping[str, NDArray[np.float32]], shape: tuple[int, int], pixel_m: float = PIXEL_M
) -> NDArray[np.bool_]:
    """Find cloud, thick and thin, but not its shadow.

    Args:
        blocks: :func:`block_means` of each of ``BANDS``, top of the atmosphere.
        shape: rows and columns of pixels.
        pixel_m: size of a pixel on the ground, m.

    Returns:
        bool of that shape, True for cloud.
    """
    from scipy.ndimage import binary_dilation, convolve

    k = pixels_per_block(pixel_m)
    values = np.stack([blocks[band] for band in BANDS], axis=-1)  # (R, C, 10)
    known = np.isfinite(values).all(axis=-1)
    probability = np.zeros(known.shape, np.float32)
    probability[known] = cloud_probability(values[known])
    near = _disk(round(AVERAGE_M / (k * pixel_m)))
    weight = convolve(known.astype(np.float32), near, mode="constant")
    mean = convolve(probability, near, mode="constant") / np.maximum(weight, 1e-6)
    cloud = known & (mean > THRESHOLD)
    cloud = binary_dilation(cloud, _disk(round(DILATE_M / (k * pixel_m))) > 0)
    return np.asarray(cloud.repeat(k, 0).repeat(k, 1)[: shape[0], : shape[1]])


def _disk(radius: int) -> NDArray[np.float32]:
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return (x * x + y * y <= radius * radius).astype(np.float32)
