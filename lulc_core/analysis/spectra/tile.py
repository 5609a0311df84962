"""Reflectance of a tile, band by band, and the indices that follow from it."""

from __future__ import annotations

from lulc_core.analysis.spectra.roi import window_spectrum
from lulc_core.domain.scene import Scene
from lulc_core.domain.spectrum import RoiSpectrum

TILE_INDICES = ("NDVI", "NDWI", "NDBI")
"""Shown of a tile: vegetation, open water, built-up ground."""


def tile_spectrum(scene: Scene, row: int, col: int) -> RoiSpectrum:
    """Compute mean and spread of a tile's usable pixels in every band of the scene.

    Args:
        scene: pixels.
        row: tile row of ``scene.grid``.
        col: tile column of ``scene.grid``.

    Raises:
        IndexError: no such tile.
    """
    rows, cols = scene.grid.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise IndexError(f"tile row {row}, column {col} is outside the grid of {rows} x {cols} tiles")
    return window_spectrum(scene, scene.grid.tile_slices(row, col))


def tile_indices(spectrum: RoiSpectrum) -> dict[str, float]:
    """Choose NDVI, NDWI and NDBI of a tile: means of the usable pixels' values, of those whose bands are there."""
    return {name: spectrum.indices[name] for name in TILE_INDICES if name in spectrum.indices}
