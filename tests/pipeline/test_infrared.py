"""Near infrared against the name: what contradicts it, and that right names are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.analysis.describe import describe_tile
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.classes import CLASS_NAMES, NO_DATA
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import TileFlag
from lulc_core.domain.scene import Scene
from lulc_core.pipeline.cells import classify_tiles
from lulc_core.pipeline.infrared import BANDS, CERTAINTY, contradictions, soften
from tests.arrays import BrightnessClassifier, acquisition, grid_at
from tests.real_data import SHARED_DATA

SAMPLE = SHARED_DATA / "EuroSAT_MS_sample.zip"
SEA, FOREST, CROP, TOWN = (CLASS_NAMES.index(n) for n in ("SeaLake", "Forest", "AnnualCrop", "Residential"))
WATER, PLANTS, BARE, SNOW = (0.05, 0.04, 0.02), (0.05, 0.04, 0.3), (0.1, 0.15, 0.18), (0.8, 0.8, 0.7)
"""Green, red, near infrared."""


def _scene(grid: TileGrid, ground, *, bands=BAND_NAMES, level="L1C", clear=None) -> Scene:
    """Each tile of a grid covered by one ground."""
    reflectance = np.full((len(bands), *grid.shape_px), 0.05, np.float32)
    for k, name in enumerate(BANDS):
        if name in bands:
            values = np.array([[g[k] for g in row] for row in ground], np.float32)
            reflectance[bands.index(name)] = values.repeat(64, 0).repeat(64, 1)
    reflectance += np.random.default_rng(0).uniform(-1e-3, 1e-3, reflectance.shape).astype(np.float32)
    yes = np.ones(grid.shape_px, bool)
    return Scene(grid, acquisition(level=level), tuple(bands), reflectance, yes, yes if clear is None else clear)


def test_names_that_infrared_denies_are_found_and_others_left_alone():
    grid = grid_at(8.85, 45.49, 2, 4)
    scene = _scene(grid, [[WATER, PLANTS, WATER, SNOW], [BARE, PLANTS, BARE, WATER]])
    named = np.array([[SEA, SEA, TOWN, FOREST], [FOREST, FOREST, CROP, NO_DATA]], np.uint8)
    found = contradictions(scene, grid, named)
    expected = [
        [0, TileFlag.NO_WATER_SEEN, TileFlag.WATER_SEEN, TileFlag.NO_PLANTS_SEEN],
        [TileFlag.NO_PLANTS_SEEN, 0, 0, 0],  # a bare field is what annual crops look like after the harvest
    ]
    assert found.tolist() == expected


def test_without_infrared_or_under_cloud_nothing_is_said():
    grid = grid_at(8.85, 45.49, 1, 1)
    named = np.array([[SEA]], np.uint8)
    rgb = _scene(grid, [[PLANTS]], bands=("B02", "B03", "B04"))
    assert not contradictions(rgb, grid, named).any()
    cloudy = np.ones(grid.shape_px, bool)
    cloudy[:40] = False  # less than half is clear
    assert not contradictions(_scene(grid, [[PLANTS]], clear=cloudy), grid, named).any()


def test_water_beside_a_finer_cell_is_enough_for_it():
    tiles = grid_at(8.85, 45.49, 1, 3)
    grid = TileGrid(tiles.epsg, tiles.east0 * 4, tiles.north0 * 4 + 3, 4, 12, cell_m=160)
    scene = _scene(tiles, [[PLANTS, PLANTS, WATER]])
    found = contradictions(scene, grid, np.full(grid.shape, SEA, np.uint8))
    # The network saw windows of 640 m around each cell: those within 320 m of the water saw some.
    assert (found[:, :6] == TileFlag.NO_WATER_SEEN).all() and not found[:, 6:].any()


def test_contradicted_tiles_keep_their_name_and_say_less_than_half():
    grid = grid_at(8.85, 45.49, 1, 1)
    scene = _scene(grid, [[PLANTS]])
    reflectance = scene.reflectance.copy()
    reflectance[BAND_NAMES.index("B04")] += (20 * SEA + 10 - 1) * 0.275 / 254 - 0.04  # what the network here calls sea
    scene = Scene(grid, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear)
    land_cover = classify_tiles(scene, BrightnessClassifier(), min_clear_share=0.5)
    assert land_cover.class_ids[0, 0] == SEA and land_cover.confidence[0, 0] == pytest.approx(CERTAINTY)
    assert land_cover.flags[0, 0] == TileFlag.NO_WATER_SEEN | TileFlag.UNSURE
    assert "its infrared shows none" in describe_tile(land_cover, 0, 0)


def test_softening_keeps_order_and_sum_and_what_is_unsure_already():
    rows = np.array([[0.9, 0.08, 0.02, 0], [0.4, 0.35, 0.25, 0], [1, 0, 0, 0]], np.float32)
    soft = soften(rows)
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(soft.max(1), [CERTAINTY, 0.4, CERTAINTY], atol=1e-6)
    assert (soft.argsort(1)[:, -1] == rows.argmax(1)).all() and soft[0, 1] > soft[0, 2] > soft[0, 3]
    assert soften(rows[:0]).shape == (0, 4)


@pytest.mark.real_data("EuroSAT_MS_sample.zip")
def test_no_real_patch_is_contradicted_under_its_true_class():
    from rasterio.io import MemoryFile

    from lulc_core.training.eurosat import entries
    from lulc_core.training.multispectral import FILE_BANDS

    grid = grid_at(8.85, 45.49, 1, 1)
    yes, wrong = np.ones(grid.shape_px, bool), []
    patches = entries(SAMPLE, (".tif",))
    for stem, class_id, read in patches:
        with MemoryFile(read()) as memory, memory.open() as file:
            pixels = file.read([FILE_BANDS.index(b) + 1 for b in BANDS]).astype(np.float32) / 10_000
        scene = Scene(grid, acquisition(), BANDS, pixels, yes, yes)
        if contradictions(scene, grid, np.array([[class_id]], np.uint8)).any():
            wrong.append(stem)
    assert len(patches) == 177 and wrong == []
