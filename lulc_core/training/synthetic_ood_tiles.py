"""Synthetic out-of-distribution tiles, made from validation patches and from nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MADE = 200
"""Tiles of each kind."""


@dataclass(frozen=True)
class OodTiles:
    """Tiles of one kind or scene, to test out-of-distribution detection."""

    name: str
    words: str
    """What they show, one phrase."""
    should_flag: bool
    """True where none of the ten classes is right; False where ordinary land should pass."""
    tiles: NDArray[np.uint8]
    """(N, 64, 64, 3)."""
    level: str = "L1C"
    """Processing level, whose threshold decides."""


def synthetic_ood_tiles(patches: NDArray[np.uint8]) -> tuple[OodTiles, ...]:
    """Make tiles of noise, no data, cloud and glare; the same at every call.

    Args:
        patches: uint8 (N, 64, 64, 3), ordinary ones; the first MADE are used.
    """
    rng = np.random.default_rng(0)
    some = patches[:MADE]
    shape = (len(some), 64, 64, 3)
    half, columns = some.copy(), some.copy()
    half[:, :, :33] = 0
    columns[:, :, :10] = 0
    cloud = np.clip(0.3 * some.astype(np.float32) + 0.7 * 300, 1, 255).astype(np.uint8)
    bright = np.clip(rng.normal(240, 12, shape), 1, 255).astype(np.uint8)
    return (
        OodTiles("uniform noise", "pixels without any order", True, rng.integers(1, 256, shape, dtype=np.uint8)),
        OodTiles("gaussian noise", "grey noise", True, np.clip(rng.normal(90, 30, shape), 1, 255).astype(np.uint8)),
        OodTiles("no data, half", "half of the tile without data", True, half),
        OodTiles("no data, ten columns", "ten columns without data", True, columns),
        OodTiles("no data, all", "a tile without any data", True, np.zeros((1, 64, 64, 3), np.uint8)),
        OodTiles("thick haze", "70 % of the light comes from cloud", True, cloud),
        OodTiles("glare", "nearly saturated", True, bright),
    )
