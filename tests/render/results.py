"""Whole results made of arrays, for tests of what is written and read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from lulc_core.analysis.change.report import change_report
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.results import ClassifyResult, CompareResult
from lulc_core.pipeline.classify import classify
from lulc_core.pipeline.compare import compare
from tests.arrays import ArraySource, BrightnessClassifier, acquisition, map_of, scene_of

AOI = Aoi.from_geojson(
    {"type": "Polygon", "coordinates": [[[8.80, 45.45], [8.83, 45.45], [8.83, 45.468], [8.80, 45.475], [8.80, 45.45]]]},
    name="Field of “Mesero”",
)
DAYS = ((2019, 7, 16), (2021, 8, 14), (2022, 7, 20))


def source(grid: TileGrid, day: int = 0, **changes: Any) -> ArraySource:
    """Imagery whose tiles differ in brightness, so that many classes occur; other ones every day."""
    made = scene_of(grid.tiles, ("B02", "B03", "B04"), seed=day)
    rng = np.random.default_rng(7)
    level = rng.uniform(0.01, 0.25, grid.tiles.shape)
    changed = np.random.default_rng(day).random(grid.tiles.shape) < 0.3 * min(day, 1)
    level = np.where(changed, np.roll(level, 1), level).astype(np.float32)
    reflectance = made.reflectance * 0.1 + np.kron(level, np.ones((64, 64), np.float32))
    observed, clear = made.observed.copy(), made.clear.copy()
    observed[:64, :64] = False
    clear[64:100, :64] = False
    reflectance[:, ~observed] = 0
    what = acquisition(
        id=f"S2_{day}",
        datetime=datetime(*DAYS[day], 10, 20, 31, tzinfo=UTC),
        products=(f"S2A_MSIL1C_{day}",),
        baseline="05.00",
        relative_orbit=65,
        bands=("B02", "B03", "B04"),
        notes=("A note of the day.",),
        **changes,
    )
    return ArraySource(type(made)(grid.tiles, what, made.bands, reflectance.astype(np.float32), observed, clear))


def map_result(aoi: Aoi = AOI, **changes: Any) -> ClassifyResult:
    """One date, classified by its brightness."""
    grid = TileGrid.from_aoi(aoi)
    imagery = source(grid, 1, **changes)
    return classify(imagery, imagery.scene.acquisition, grid, BrightnessClassifier())


def fine_result(cell_m: int = 160) -> ClassifyResult:
    """One date whose map has finer cells than tiles; classes and probabilities are drawn at random."""
    tiles = map_result()
    grid = TileGrid.from_aoi(AOI, cell_m=cell_m)
    rng = np.random.default_rng(3)
    cells = map_of(rng.integers(0, 10, grid.shape), grid, notes=("Finer cells.",))
    probabilities = rng.dirichlet(np.full(10, 0.2), grid.shape).astype(np.float32)
    probabilities[~cells.classified] = np.nan
    fine = replace(
        cells, acquisition=tiles.land_cover.acquisition, model=tiles.tiles.model, probabilities=probabilities
    )
    return replace(tiles, cells=fine)


def compare_result(*, confirm: bool = True, **changes: Any) -> CompareResult:
    """Two dates and a further one."""
    grid = TileGrid.from_aoi(AOI)
    dates = [(s := source(grid, i, **changes), s.scene.acquisition) for i in range(3 if confirm else 2)]
    sure = BrightnessClassifier(confidence=0.99)
    result = compare(*dates[0], *dates[1], grid, sure, confirm=dates[2:])
    return replace(result, report=change_report(result.change, extra_notes=("Said by hand.",)))
