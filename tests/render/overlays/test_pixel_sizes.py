"""What pixels of 10, 20 and 60 m see: the right ground, the right pixels, honest labels."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import pytest
from PIL import Image

from lulc_core.domain.grid import TileGrid
from lulc_core.render.overlays.band_view import percentile_range
from lulc_core.render.overlays.pixel_sizes import (
    grey_picture,
    has_own_pixels,
    mean_pictures,
    window_at,
    window_bounds,
)
from lulc_core.sources.simulation.source import SimulatedSource
from tests.arrays import grid_at, scene_of

GRID = grid_at(8.85, 45.48, 3, 2)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def ramp_scene(**more):
    scene = scene_of(GRID, ("B04", "B03", "B02"), **more)
    reflectance = scene.reflectance.copy()
    reflectance[0] = np.arange(GRID.shape_px[1], dtype=np.float32) / 400  # from west to east
    return type(scene)(GRID, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear)


@pytest.mark.parametrize("east0", range(6))
@pytest.mark.parametrize("north0", range(6))
def test_every_window_begins_on_sixty_metres_and_stays_inside(east0, north0):
    grid = TileGrid(32632, 700 + east0, 7800 + north0, 1, 2, "key")
    scene = scene_of(grid, ("B08",))
    rows, cols = grid.shape_px
    for row, col in ((0, 0), (rows - 1, cols - 1), (31, 70)):
        window = window_at(scene, row, col)
        left, bottom, right, top = window_bounds(scene, window)
        assert all(v % 60 == 0 for v in (left, bottom, right, top)) and right - left == top - bottom == 600
        assert window[0].start >= 0 and window[0].stop <= rows and window[1].start >= 0 and window[1].stop <= cols


def test_the_window_lies_around_the_place_asked_for():
    window = window_at(scene_of(GRID, ("B08",)), 96, 64)
    assert abs(window[0].start + 30 - 96) <= 3 and abs(window[1].start + 30 - 64) <= 3


def test_means_are_of_the_same_ground():
    scene = ramp_scene()
    window = window_at(scene, 96, 64)
    ten, twenty, sixty = (pixels(p) for p in mean_pictures(scene, window, scene.bands))
    assert [len(np.unique(p[150, :, 0])) for p in (ten, twenty, sixty)] == [60, 30, 10]
    west = window[1].start
    assert sixty[150, 0, 0] == pytest.approx(np.mean(np.arange(west, west + 6)) / 400 * 255 / 0.4, abs=1)
    assert ten[150, 299, 0] == pytest.approx((west + 59) / 400 * 255 / 0.4, abs=1)


def test_simulated_bands_come_in_pixels_of_their_own_size():
    source, grid = SimulatedSource(), grid_at(8.85, 45.48, 1, 1)
    west, south, east, north = 8.84, 45.475, 8.86, 45.489
    from lulc_core.domain.aoi import Aoi

    aoi = Aoi.from_bbox(west, south, east, north)
    day = date(2021, 8, 14)
    (acquisition,) = source.search(aoi, day, day)
    scene = source.load(acquisition, ("B08", "B8A", "B09"), grid)
    window = window_at(scene, 32, 32)
    by_band = {b: scene.reflectance[i][window] for i, b in enumerate(scene.bands)}
    assert has_own_pixels(by_band["B8A"], 20) and has_own_pixels(by_band["B09"], 60)
    assert not has_own_pixels(by_band["B08"], 20) and not has_own_pixels(by_band["B8A"], 60)


def test_grey_runs_from_black_to_white_and_says_what_it_is():
    values = np.linspace(0.1, 0.3, 100, dtype=np.float32).reshape(10, 10)
    values[9, 0] = np.nan
    plain = pixels(grey_picture(values, (0.1, 0.3), "B09, 60 m", simulated=False))
    made = pixels(grey_picture(values, (0.1, 0.3), "B09, 60 m", simulated=True))
    assert plain.shape == (300, 300, 3) and plain[299, 299, 0] == 255
    assert (plain[275:299, 2:28] == 128).all()  # no measurement
    assert (plain[:20, :60] == 255).any() and (plain[:4, :20] == 0).all()  # the label on its plate
    assert (made[275:, :60] != plain[275:, :60]).any()


def test_a_stretch_is_of_what_is_measured():
    values = np.full((10, 10), np.nan, np.float32)
    assert percentile_range(values) == (0.0, 1.0)
    values[:5] = 0.2
    low, high = percentile_range(values)
    assert low == pytest.approx(0.2) and high > low
