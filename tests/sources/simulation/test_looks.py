"""What simulated imagery looks like: seasons, spectra, land cover, and what the shipped network makes of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from benchmarks.simulated_truth import measure
from benchmarks.simulated_world import simulated_truth
from lulc_core.analysis.spectra.reference import class_spectra
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES, BANDS, RGB
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, N_CLASSES, class_by_name
from lulc_core.domain.grid import Block, TileGrid
from lulc_core.domain.radiometry import normalized_difference, to_eurosat_rgb
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.simulation import lines
from lulc_core.sources.simulation.source import SimulatedSource
from tests.arrays import grid_at

MESERO_AOI = Aoi.from_bbox(8.80, 45.46, 8.90, 45.515)
BEFORE, AFTER = date(2019, 7, 16), date(2021, 8, 14)
ANNUAL, HIGHWAY, INDUSTRIAL, RESIDENTIAL = (
    class_by_name(n).id for n in ("AnnualCrop", "Highway", "Industrial", "Residential")
)


def on(day: date) -> Acquisition:
    (found,) = SimulatedSource().search(MESERO_AOI, day, day, previews=False)
    return found


def clearest(aoi: Aoi, start: date, end: date) -> Acquisition:
    return max(SimulatedSource().search(aoi, start, end), key=lambda a: a.clear_share or 0)


# --- what it looks like ---------------------------------------------------------------------------------------------


def test_seasons_change_crops_and_not_towns() -> None:
    source = SimulatedSource()
    aoi = Aoi.from_bbox(20.93, 52.16, 21.07, 52.24)
    grid = TileGrid.from_aoi(aoi)
    spring, summer = (
        clearest(aoi, date(2020, 4, 10), date(2020, 5, 20)),
        clearest(aoi, date(2020, 7, 20), date(2020, 8, 30)),
    )
    truth = simulated_truth(source, grid, spring.datetime.date()).shares
    ndvi = []
    for acquisition in (spring, summer):
        scene = source.load(acquisition, ("B04", "B08"), grid)
        red, nir = scene.reflectance
        index = normalized_difference(nir, red)
        index[~scene.valid] = np.nan
        tiles = index.reshape(grid.n_rows, 64, grid.n_cols, 64)
        ndvi.append(np.nanmean(tiles, axis=(1, 3)))
    moved = np.abs(ndvi[1] - ndvi[0])
    crops = moved[(truth[..., ANNUAL] > 0.95) & np.isfinite(moved)]
    towns = moved[(truth[..., RESIDENTIAL] > 0.95) & np.isfinite(moved)]
    assert crops.size > 5
    assert towns.size > 5
    assert np.median(crops) > 0.08
    assert np.median(crops) > 4 * np.median(towns)


def test_the_south_has_its_seasons_half_a_year_off() -> None:
    from lulc_core.sources.simulation import phenology

    north, south = date(2020, 7, 20), date(2020, 1, 19)
    np.testing.assert_allclose(
        phenology.crop_levels(north, south=False), phenology.crop_levels(south, south=True), atol=0.12
    )
    assert np.abs(phenology.crop_levels(north, south=False) - phenology.crop_levels(north, south=True)).mean() > 0.3


def test_all_ten_classes_lie_within_thirty_kilometres_and_many_tiles_hold_one() -> None:
    source = SimulatedSource()
    for lon, lat in ((8.85, 45.488), (147.0, -36.5)):
        truth = simulated_truth(source, grid_at(lon, lat, 47, 47), date(2021, 6, 1))
        assert truth.shares.shape == (47, 47, N_CLASSES)
        assert truth.shares.sum(-1).max() <= 1 + 1e-5
        assert (truth.shares.mean((0, 1)) > 0.002).all(), dict(
            zip(CLASS_NAMES, truth.shares.mean((0, 1)).round(4), strict=True)
        )
        assert (truth.single_class != 255).mean() > 0.4
        named = truth.single_class != 255
        lined = np.isin(truth.single_class, (HIGHWAY, class_by_name("River").id))
        assert (truth.shares.max(-1)[named & ~lined] >= 0.95).all()
        assert set(np.unique(truth.single_class[named])) == {c.id for c in CLASSES}


def test_spectra_keep_within_the_spread_of_the_class_table() -> None:
    table = {
        (c.cls.name, band): (mean, std)
        for c in class_spectra()
        for band, mean, std in zip(BAND_NAMES, c.mean, c.std, strict=True)
    }
    source = SimulatedSource()
    pixels: dict[int, list[np.ndarray]] = {c.id: [] for c in CLASSES}
    grid = grid_at(8.85, 45.488, 44, 44)
    single = simulated_truth(source, grid, AFTER).single_class
    for cls in CLASSES:
        there = np.argwhere(single == cls.id)
        for n, (row, col) in enumerate(there[:: max(1, len(there) // 8)][:8]):
            tile = grid.window(Block(int(row), int(col), int(row) + 1, int(col) + 1))
            scene = source.load(on((AFTER, BEFORE)[n % 2]), BAND_NAMES, tile)
            assert scene.valid.all()
            pixels[cls.id].append(scene.reflectance[:, ::3, ::3].reshape(len(BAND_NAMES), -1))
    for cls in CLASSES:
        assert len(pixels[cls.id]) >= 3, cls.name
        values = np.concatenate(pixels[cls.id], axis=1).astype(np.float64)
        for b, band in enumerate(BANDS):
            if band.atmospheric:
                continue
            mean, std = table[cls.name, band.name]
            assert abs(values[b].mean() - mean) < 1.0 * std, (cls.name, band.name, values[b].mean(), mean, std)
            assert values[b].std() < 2.2 * std, (cls.name, band.name)
    # Bands move together: brightness in the visible, and red against near infrared in crops.
    crops = np.corrcoef(np.concatenate(pixels[ANNUAL], axis=1))
    b02, b04, b08 = (BAND_NAMES.index(b) for b in ("B02", "B04", "B08"))
    assert crops[b02, b04] > 0.8
    assert crops[b04, b08] < 0


def test_coarse_bands_come_in_their_own_pixels() -> None:
    grid = grid_at(8.85, 45.488, 2, 2)
    scene = SimulatedSource().load(on(BEFORE), ("B11", "B01"), grid)
    b11, b01 = scene.reflectance
    np.testing.assert_array_equal(b11[0::2, 0::2], b11[1::2, 1::2])
    left, _, _, top = grid.bounds
    first = int((60 - left % 60) % 60) // 10
    down = int(top % 60) // 10
    assert (
        b01[down : down + 60 : 6, first : first + 60 : 6] == b01[down + 5 : down + 65 : 6, first + 5 : first + 65 : 6]
    ).all()
    assert np.array_equal(np.rint(scene.reflectance * 1e4), scene.reflectance * np.float32(1e4)) or np.allclose(
        np.rint(scene.reflectance * 1e4) / 1e4, scene.reflectance, atol=1e-7
    )


def test_a_highway_runs_through_its_tiles_from_edge_to_edge() -> None:
    source = SimulatedSource()
    grid = grid_at(8.85, 45.488, 10, 10)
    truth = simulated_truth(source, grid, BEFORE)
    crossed = truth.shares[truth.single_class == HIGHWAY]
    assert len(crossed) >= 4
    assert crossed[:, HIGHWAY].min() > 0.05
    assert float(lines.HIGHWAY_HALF_M) * 2 * 640 / 640**2 > 0.05


# --- the network ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def predict() -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The shipped network: class ids and what is unlike the training data; skips where there are no weights."""
    from lulc_core.model.card import available_models

    if not available_models():
        pytest.skip("no weights are shipped yet")
    from lulc_core.model.classifier import load_classifier

    classifier = load_classifier()

    def ask(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        answer = classifier.predict(rgb)
        return answer.probabilities.argmax(1), answer.is_ood

    return ask


@pytest.mark.slow
def test_the_shipped_network_agrees_with_the_truth_on_tiles_that_hold_one_class(
    predict: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> None:
    found = measure(predict, places=((8.85, 45.488), (21.0, 52.2)), season=((5, 1), (8, 5)), side_tiles=18)
    counts = found.matrix.sum(1)
    recall = dict(zip(CLASS_NAMES, (found.matrix.diagonal() / np.maximum(counts, 1)).round(2), strict=True))
    assert counts.sum() > 300
    assert found.share >= 0.85, recall
    assert found.ood_counts.sum() / counts.sum() < 0.2


@pytest.mark.slow
def test_the_shipped_network_tells_the_mesero_story(
    predict: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> None:
    grid = TileGrid.from_aoi(Aoi.from_bbox(8.8499, 45.4879, 8.8501, 45.4881))
    tiles = [SimulatedSource().load(on(day), RGB, grid).reflectance.transpose(1, 2, 0) for day in (BEFORE, AFTER)]
    (before, after), ood_counts = predict(to_eurosat_rgb(np.stack(tiles)))
    assert before in (ANNUAL, HIGHWAY)
    assert after == INDUSTRIAL
    assert not ood_counts.any()


# --- speed ----------------------------------------------------------------------------------------------------------


def test_loading_costs_about_what_it_says() -> None:
    source = SimulatedSource()
    grid = grid_at(8.85, 45.488, 8, 8)
    acquisition = on(BEFORE)
    source.load(acquisition, BAND_NAMES, grid)
    started = time.process_time()
    source.load(acquisition, BAND_NAMES, grid)
    took = time.process_time() - started
    said = source.cost(grid, BAND_NAMES)
    assert said.requests == 0
    assert said.processing_units == 0
    assert took < 12 * said.seconds + 0.5, "processor time of this thread, ten times over for slow machines"
