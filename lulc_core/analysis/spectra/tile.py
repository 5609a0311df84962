"""Reflectance of a tile, band by band, and the indices that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BANDS
from lulc_core.domain.radiometry import Level, normalized_difference
from lulc_core.domain.scene import Scene

DEFAULT_SATELLITE = "S2A"
"""Whose wavelengths stand in where a file does not name its satellite; the three differ by at most 17 nm (B12)."""

INDEX_BANDS: dict[str, tuple[str, str]] = {
    "NDVI": ("B08", "B04"),
    "NDWI": ("B03", "B08"),
    "NDBI": ("B11", "B08"),
}
"""Normalised differences ``(a - b) / (a + b)``: vegetation (Rouse et al. 1974), open water (McFeeters 1996,
doi 10.1080/01431169608948714), built-up ground (Zha et al. 2003, doi 10.1080/01431160304987)."""


@dataclass(frozen=True)
class Spectrum:
    """Reflectance against wavelength, over the usable pixels of one tile. Bands are in wavelength order."""

    bands: tuple[str, ...]
    mean: NDArray[np.float32]
    """(bands,) unitless; NaN where no pixel was usable. Read-only, as all arrays here."""
    std: NDArray[np.float32]
    """(bands,) standard deviation between pixels, unitless; NaN where no pixel was usable."""
    wavelength_nm: NDArray[np.float64]
    """(bands,) centre wavelengths of the satellite that took it."""
    atmospheric: NDArray[np.bool_]
    """(bands,) True for B09 and B10, which see the air and not the ground: keep them out of lines."""
    n_pixels: int
    """Usable (observed and clear) pixels that the figures are made of."""
    level: Level
    """``L1C`` top-of-atmosphere, ``L2A`` surface reflectance: the title of the axis."""
    satellite: str
    """Whose wavelengths these are; ``S2A`` where the source does not say."""


def tile_spectrum(scene: Scene, row: int, col: int) -> Spectrum:
    """Mean and spread of a tile's usable pixels in every band of the scene.

    Args:
        scene: pixels.
        row: tile row of ``scene.grid``.
        col: tile column of ``scene.grid``.

    Raises:
        IndexError: no such tile.
    """
    _check_tile(scene, row, col)
    slices = scene.grid.tile_slices(row, col)
    valid = scene.valid[slices]
    known = [b for b in BANDS if b.name in scene.bands]
    satellite = scene.acquisition.satellite or DEFAULT_SATELLITE
    mean = np.full(len(known), np.nan, np.float32)
    std = np.full(len(known), np.nan, np.float32)
    n_pixels = int(np.count_nonzero(valid))
    if n_pixels:
        for i, b in enumerate(known):
            pixels = scene.reflectance[scene.bands.index(b.name)][slices][valid]
            mean[i], std[i] = pixels.mean(dtype=np.float64), pixels.std(dtype=np.float64)
    wavelength = np.array([b.centre_nm.get(satellite, b.centre_nm[DEFAULT_SATELLITE]) for b in known], np.float64)
    atmospheric = np.array([b.atmospheric for b in known], bool)
    for array in (mean, std, wavelength, atmospheric):
        array.setflags(write=False)
    return Spectrum(
        tuple(b.name for b in known), mean, std, wavelength, atmospheric, n_pixels, scene.acquisition.level, satellite
    )


def indices(scene: Scene, row: int, col: int) -> dict[str, float]:
    """NDVI, NDWI and NDBI of a tile: the means of the usable pixels' values, -1 to 1.

    Only those whose bands the scene has; none at all where no pixel of the tile is usable.

    Raises:
        IndexError: no such tile.
    """
    _check_tile(scene, row, col)
    slices = scene.grid.tile_slices(row, col)
    valid = scene.valid[slices]
    found: dict[str, float] = {}
    for name, (a, b) in INDEX_BANDS.items():
        if scene.has(a, b):
            first, second = (scene.reflectance[scene.bands.index(n)][slices][valid] for n in (a, b))
            values = normalized_difference(first, second)
            if np.isfinite(values).any():
                found[name] = float(np.nanmean(values, dtype=np.float64))
    return found


def _check_tile(scene: Scene, row: int, col: int) -> None:
    rows, cols = scene.grid.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise IndexError(f"tile row {row}, column {col} is outside the grid of {rows} x {cols} tiles")
