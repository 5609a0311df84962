"""Spectra and indices of a tile: the right pixels, the right bands, the right wavelengths."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.analysis.spectra.roi import tile_indices, tile_spectrum
from lulc_core.domain.bands import BAND_NAMES
from tests.arrays import grid_at, scene_of


def test_mean_and_spread_are_over_the_usable_pixels_of_that_tile():
    grid = grid_at(9.0, 45.5, 2, 3)
    observed, clear = np.ones(grid.shape_px, bool), np.ones(grid.shape_px, bool)
    observed[64:80, 128:] = False
    clear[80:96, 128:] = False
    scene = scene_of(grid, observed=observed, clear=clear)
    spectrum = tile_spectrum(scene, 1, 2)
    pixels = scene.reflectance[:, 96:128, 128:192].reshape(13, -1).astype(np.float64)
    np.testing.assert_allclose(spectrum.mean, pixels.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(spectrum.std, pixels.std(axis=1), rtol=1e-4)
    assert spectrum.n_pixels == 32 * 64
    assert not spectrum.mean.flags.writeable


def test_bands_come_in_wavelength_order_whatever_the_order_of_the_scene():
    scene = scene_of(grid_at(9.0, 45.5, 1, 1), ("B12", "B8A", "B09", "B02", "B08"), satellite="S2C")
    spectrum = tile_spectrum(scene, 0, 0)
    assert spectrum.bands == ("B02", "B08", "B8A", "B09", "B12")
    assert spectrum.wavelength_nm.tolist() == [489.0, 834.6, 865.6, 947.2, 2191.3]
    assert spectrum.atmospheric.tolist() == [False, False, False, True, False]
    np.testing.assert_allclose(spectrum.mean[0], scene.select(["B02"]).mean(), rtol=1e-5)
    assert tile_spectrum(scene_of(scene.grid, satellite=""), 0, 0).satellite == "S2A"


def test_a_tile_without_usable_pixels_has_no_spectrum_and_no_index():
    grid = grid_at(9.0, 45.5, 1, 2)
    clear = np.ones(grid.shape_px, bool)
    clear[:, 64:] = False
    scene = scene_of(grid, clear=clear)
    spectrum = tile_spectrum(scene, 0, 1)
    assert spectrum.n_pixels == 0 and np.isnan(spectrum.mean).all()
    assert tile_indices(spectrum) == {}
    assert set(tile_indices(tile_spectrum(scene, 0, 0))) == {
        "NDVI",
        "NDWI",
        "NDBI",
    }


def test_indices_follow_their_formulas_and_their_bands():
    grid = grid_at(9.0, 45.5, 1, 1)
    scene = scene_of(grid)
    reflectance = scene.reflectance.copy()
    for name, value in (("B03", 0.08), ("B04", 0.05), ("B08", 0.35), ("B11", 0.2)):
        reflectance[BAND_NAMES.index(name)] = value
    scene = type(scene)(grid, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear)
    assert tile_indices(tile_spectrum(scene, 0, 0)) == pytest.approx(
        {"NDVI": 0.75, "NDWI": -0.27 / 0.43, "NDBI": -0.15 / 0.55}, rel=1e-5
    )
    assert set(tile_indices(tile_spectrum(scene_of(grid, ("B04", "B08")), 0, 0))) == {"NDVI"}


def test_tiles_outside_the_grid_are_refused():
    scene = scene_of(grid_at(9.0, 45.5, 1, 1))
    for bad in ((-1, 0), (0, 1)):
        with pytest.raises(IndexError, match="outside the grid"):
            tile_spectrum(scene, *bad)
