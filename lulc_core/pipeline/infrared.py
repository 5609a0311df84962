"""Evidence from bands that the network does not see: what near infrared says of water and of vegetation.

Water takes up near infrared, living plants throw it back. Where the name of a cell says water or plants and its
infrared says there are none, or the other way round, the cell keeps its name, is less sure of it and carries a flag.

Source: NDWI, McFeeters 1996, doi 10.1080/01431169608948714; NDVI, Tucker 1979, doi 10.1016/0034-4257(79)90013-0.
Thresholds: no cell of 177 multispectral EuroSAT patches is flagged under its true class; docs/model.md has the figures.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES
from lulc_core.domain.grid import TILE_M, TileGrid
from lulc_core.domain.land_cover import TileFlag
from lulc_core.domain.scene import Scene

BANDS = ("B03", "B04", "B08")
DARK_NIR = 0.2
"""Snow and cloud have an NDWI like water's, but are bright in near infrared."""
SURE_NDWI, SOME_NDWI = 0.0, -0.1
"""A pixel above the first is water; below the second it is none. Turbid rivers in surface reflectance lie between."""
NO_WATER_BELOW = 0.02
"""A cell called water is contradicted where less of it, and of every cell within half a tile, is above SOME_NDWI."""
WATER_FROM = 0.7
"""A cell not called water is contradicted where as much of it is above SURE_NDWI."""
BARE_NDVI = {"L1C": 0.12, "L2A": 0.15}
"""A cell called forest, grass, pasture or permanent crop is contradicted below this mean NDVI, by processing level."""
CERTAINTY = 0.49
"""The most that a contradicted cell says of its name: less than half, so it counts as unsure."""

_WATER = np.isin(CLASS_NAMES, ("River", "SeaLake"))
_PLANTS = np.isin(CLASS_NAMES, ("Forest", "HerbaceousVegetation", "Pasture", "PermanentCrop"))


class Seen(NamedTuple):
    """What near infrared shows in each cell (R, C); NaN where too little of it is clear."""

    water: NDArray[np.float32]
    """Share of its clear pixels that are water."""
    perhaps_water: NDArray[np.float32]
    """Share that may be."""
    ndvi: NDArray[np.float32]
    """Mean."""


def contradictions(scene: Scene, grid: TileGrid, class_ids: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Find the cells whose name near infrared contradicts.

    Args:
        scene: pixels on ``grid.tiles``.
        grid: the cells.
        class_ids: (R, C), NO_DATA where a cell has no name.

    Returns:
        (R, C) of NO_WATER_SEEN, WATER_SEEN and NO_PLANTS_SEEN of :class:`TileFlag`; all 0 where the scene lacks a band.
    """
    flags = np.zeros(grid.shape, np.uint8)
    if not all(scene.has(name) for name in BANDS):
        return flags
    named = class_ids < N_CLASSES
    water = named & _WATER[np.where(named, class_ids, 0)]
    plants = named & _PLANTS[np.where(named, class_ids, 0)]
    seen = look(scene, grid)
    reach = 0 if grid.cell_m == TILE_M else math.ceil(TILE_M / 2 / grid.cell_m)
    with np.errstate(invalid="ignore"):
        dry = _highest_around(seen.perhaps_water, reach) < NO_WATER_BELOW
        flags[water & dry] |= np.uint8(TileFlag.NO_WATER_SEEN)
        flags[named & ~water & (seen.water >= WATER_FROM)] |= np.uint8(TileFlag.WATER_SEEN)
        bare = BARE_NDVI.get(scene.acquisition.level, BARE_NDVI["L1C"])
        flags[plants & (flags == 0) & (seen.ndvi < bare)] |= np.uint8(TileFlag.NO_PLANTS_SEEN)
    return flags


def look(scene: Scene, grid: TileGrid) -> Seen:
    """Measure water and vegetation of each cell over its clear pixels."""
    green, red, nir = (scene.reflectance[scene.bands.index(name)] for name in BANDS)
    ndwi = (green - nir) / np.maximum(green + nir, np.float32(1e-6))
    ndvi = (nir - red) / np.maximum(nir + red, np.float32(1e-6))
    dark = nir < DARK_NIR
    clear = _sums(scene.valid, grid)  # (R, C) clear pixels
    clear[clear < grid.cell_px**2 / 2] = np.nan
    counted = (
        dark & (ndwi > SURE_NDWI) & scene.valid,
        dark & (ndwi > SOME_NDWI) & scene.valid,
        np.where(scene.valid, ndvi, 0),
    )
    return Seen(*((_sums(pixels, grid) / clear).astype(np.float32) for pixels in counted))


def soften(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring rows (N, 10) whose largest is above CERTAINTY down to it, the others towards equal shares; keeps order."""
    largest = probabilities.max(axis=1, keepdims=True)
    equal = np.float32(1 / probabilities.shape[1])
    share = np.clip((largest - CERTAINTY) / np.maximum(largest - equal, 1e-6), 0, 1)
    return (probabilities + share * (equal - probabilities)).astype(np.float32)


def _sums(pixels: NDArray, grid: TileGrid) -> NDArray[np.float64]:
    rows, cols = grid.shape
    return pixels.reshape(rows, grid.cell_px, cols, grid.cell_px).sum(axis=(1, 3), dtype=np.float64)


def _highest_around(values: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """Take the highest of each cell and its neighbours within ``reach`` cells; NaN only where all are."""
    if reach == 0:
        return values
    padded = np.pad(np.nan_to_num(values, nan=-1.0), reach, constant_values=-1)
    around = np.lib.stride_tricks.sliding_window_view(padded, (2 * reach + 1,) * 2).max(axis=(2, 3))
    return np.where(around < 0, np.float32(np.nan), around)
