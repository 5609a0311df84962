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
from lulc_core.pipeline.classify import classify
from lulc_core.pipeline.infrared import BANDS, CERTAINTY, SHORT_WAVE, contradictions, drier_than_known, soften
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


def _with_short_wave(scene: Scene, values: np.ndarray) -> Scene:
    """The same scene, its tiles of these reflectances in short-wave infrared."""
    reflectance = scene.reflectance.copy()
    reflectance[scene.bands.index(SHORT_WAVE)] = np.asarray(values, np.float32).repeat(64, 0).repeat(64, 1)
    return Scene(scene.grid, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear)


@pytest.mark.parametrize(("level", "above"), [("L1C", 0.325), ("L2A", 0.35)])
def test_plants_drier_than_any_that_were_learnt_are_unlike(level, above):
    grid = grid_at(8.85, 45.49, 1, 4)
    scene = _with_short_wave(_scene(grid, [[PLANTS] * 4], level=level), [[above, above - 0.02, above, above]])
    named = np.array([[FOREST, FOREST, CROP, NO_DATA]], np.uint8)
    assert drier_than_known(scene, grid, named).tolist() == [[True, False, False, False]]
    fine = TileGrid(grid.epsg, grid.east0 * 4, grid.north0 * 4 + 3, 4, 16, cell_m=160)
    named = np.full(fine.shape, FOREST, np.uint8)
    named[0] = CROP
    found = drier_than_known(scene, fine, named)  # of the tile a cell lies in
    assert found[1:, :4].all() and not found[1:, 4:8].any() and found[1:, 8:].all() and not found[0].any()
    rgb = _scene(grid, [[PLANTS] * 4], bands=("B02", "B03", "B04"))
    assert not drier_than_known(rgb, grid, np.full(grid.shape, FOREST, np.uint8)).any()


def test_a_tile_at_a_rim_is_as_dry_as_its_neighbours():
    grid = grid_at(8.85, 45.49, 1, 3)
    clear = np.ones(grid.shape_px, bool)
    clear[:, 140:] = False  # of the last tile a strip is there
    scene = _with_short_wave(_scene(grid, [[PLANTS] * 3], clear=clear), [[0.36, 0.36, 0.31]])
    assert drier_than_known(scene, grid, np.full(grid.shape, FOREST, np.uint8)).all()
    alone = _with_short_wave(_scene(grid, [[PLANTS] * 3]), [[0.36, 0.36, 0.31]])
    assert drier_than_known(alone, grid, np.full(grid.shape, FOREST, np.uint8)).tolist() == [[True, True, False]]


def test_dry_plants_are_left_out_and_the_map_says_why():
    grid = grid_at(8.85, 45.49, 1, 2)
    scene = _scene(grid, [[PLANTS, PLANTS]])
    reflectance = scene.reflectance.copy()
    reflectance[BAND_NAMES.index("B04")] += (20 * FOREST + 10 - 1) * 0.275 / 254 - 0.04  # the network here calls it so
    scene = Scene(grid, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear)
    scene = _with_short_wave(scene, [[0.34, 0.2]])
    found = _map_of(scene)
    assert found.class_ids.tolist() == [[NO_DATA, FOREST]] and found.classified.tolist() == [[False, True]]
    assert found.flags[0, 0] == TileFlag.OOD and found.left_out()["unlike"] == 1
    assert any("drier in short-wave infrared" in note for note in found.notes)
    moist = _with_short_wave(scene, [[0.2, 0.2]])
    assert not any("drier" in note for note in _map_of(moist).notes)


def _map_of(scene: Scene):
    class Source:
        def load(self, acquisition, bands, grid, **options):
            return scene

    return classify(Source(), scene.acquisition, scene.grid, BrightnessClassifier(), bands=scene.bands).land_cover
