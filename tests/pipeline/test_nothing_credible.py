"""Where nothing changed nothing credible is reported: real dates, and scenes with themselves in haze or with fill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.results import CompareResult
from lulc_core.domain.scene import Scene
from lulc_core.model.classifier import Classifier, load_classifier
from lulc_core.pipeline.compare import common_area, compare
from lulc_core.sources.geotiff.source import GeoTiffSource
from lulc_core.sources.simulation.source import SimulatedSource

LIGHT = {"B01": 1.25, "B02": 1.15, "B03": 1.0, "B04": 0.9, "B09": 0.4, "B10": 0.0, "B11": 0.5, "B12": 0.4}
"""How much of the light of haze each band has, 0.8 where none is named: blue most, the water vapour bands little."""


@cache
def network() -> Classifier:
    return load_classifier()


def compared(before: Path, after: Path, cell_m: int) -> CompareResult:
    days = date(2015, 7, 1), date(2026, 1, 1)
    sources = GeoTiffSource([before]), GeoTiffSource([after])
    area = common_area(sources[0].footprint(), sources[1].footprint())
    first, second = (source.search(area, *days)[0] for source in sources)
    grid = TileGrid.from_aoi(area, cell_m=cell_m)
    return compare(sources[0], first, sources[1], second, grid, network())


def says_nothing_changed(result: CompareResult) -> None:
    found = [(p.from_class.name, p.to_class.name, round(p.change_probability, 3)) for p in result.report.changed_places]
    assert not result.change.changed.any(), found
    assert result.report.sentences


def again(source: Path, path: Path, day: str, change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]) -> Path:
    """The same file of another day, with other numbers."""
    with rasterio.open(source) as dataset:
        profile, names, tags = dataset.profile, dataset.descriptions, dataset.tags()
        bands = change({n: dataset.read(i + 1).astype(np.float32) for i, n in enumerate(names)})
    with rasterio.open(path, "w", **(profile | {"dtype": "float32", "nodata": None})) as out:
        for i, name in enumerate(names, 1):
            out.write(bands[name].astype(np.float32), i)
            out.set_band_description(i, name)
        out.update_tags(**{k: v for k, v in tags.items() if k in ("level",)}, date=day)
    return path


def hazed(share: float) -> Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]:
    """Light of haze on top: ``share`` is its reflectance."""
    dn = 10_000 * share

    def change(bands: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {n: np.where(v > 0, np.rint(v * (1 - share) + dn * LIGHT.get(n, 0.8)), 0) for n, v in bands.items()}

    return change


def filled(value: float) -> Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]:
    """A third of the ground without data, and no tag that says so."""

    def change(bands: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {n: np.where(np.arange(v.shape[1]) < v.shape[1] // 3, value, v) for n, v in bands.items()}

    return change


def simulated_file(path: Path) -> Path:
    """A simulated scene as a file of a user's own: 13 bands, L1C."""
    source, aoi = SimulatedSource(), Aoi.from_bbox(8.82, 45.46, 8.86, 45.49)
    acquisition = max(source.search(aoi, date(2019, 7, 1), date(2019, 8, 1)), key=lambda a: a.clear_share or 0)
    scene: Scene = source.load(acquisition, BAND_NAMES, TileGrid.from_aoi(aoi))
    rows, cols = scene.grid.shape_px
    profile = {"driver": "GTiff", "count": 13, "height": rows, "width": cols, "dtype": "uint16"}
    place = {"crs": f"EPSG:{scene.grid.epsg}", "transform": rasterio.Affine(*scene.grid.transform)}
    with rasterio.open(path, "w", **profile, **place) as out:
        for i, name in enumerate(BAND_NAMES, 1):
            out.write(np.clip(np.rint(scene.select([name])[0] * 10_000), 1, 65535).astype(np.uint16), i)
            out.set_band_description(i, name)
        out.update_tags(level="L1C", date="2019-07-16")
    return path


CHANGES = {"haze": hazed(0.02), "more haze": hazed(0.05), "fill": filled(-9999.0)}


@pytest.mark.parametrize("cell_m", [640, 160])
@pytest.mark.parametrize("change", CHANGES)
def test_a_simulated_scene_with_itself(tmp_path: Path, change: str, cell_m: int) -> None:
    before = simulated_file(tmp_path / "a.tif")
    result = compared(before, again(before, tmp_path / "b.tif", "2022-07-14", CHANGES[change]), cell_m)
    assert result.change.compared.any() or change == "more haze", "cloud to the detector"
    says_nothing_changed(result)


@pytest.mark.parametrize("cell_m", [640, 160])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["terramind_282D_485L_3_3_L1C_13b", "terramind_433D_629L_3_1_L1C_13b"])
def test_a_real_scene_with_itself(
    shared_data: Callable[[str], Path], tmp_path: Path, name: str, change: str, cell_m: int
) -> None:
    before = shared_data(f"scenes/{name}.tif")
    says_nothing_changed(compared(before, again(before, tmp_path / "b.tif", "2024-09-18", CHANGES[change]), cell_m))


@pytest.mark.parametrize("cell_m", [640, 160])
def test_the_dates_of_eolearn(shared_data: Callable[[str], Path], cell_m: int) -> None:
    """July and August 2015, the second date under cloud: forest and a road, where nothing changed."""
    paths = sorted(shared_data("scenes").glob("eolearn_SVN_*.tif"))
    assert len(paths) == 3
    for before, after in combinations(paths, 2):
        says_nothing_changed(compared(before, after, cell_m))
