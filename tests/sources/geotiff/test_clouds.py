"""Clouds in a user's own files: from a map of them, from the detector, or a guess at bright ones that is no share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lulc_core.domain.bands import RGB
from lulc_core.domain.grid import Block, TileGrid
from lulc_core.sources.geotiff.source import GeoTiffSource
from tests.sources.geotiff.test_source import DAY, load, only, pixel_under
from tests.sources.raster_files import COLS, EAST, NORTH, ROWS, planes, write_tif

CLOUD_DN = {
    "B01": 3100, "B02": 3000, "B03": 2900, "B04": 2900, "B05": 3100, "B06": 3400, "B07": 3600, "B08": 3900, "B8A": 3700,
    "B09": 1500, "B10": 300, "B11": 3200, "B12": 2400,
}  # fmt: skip


def cloudy_planes() -> dict[str, np.ndarray]:
    layers = planes(rows=ROWS, cols=COLS)
    light = np.random.default_rng(2).normal(1, 0.02, (60, 50))  # one value over an area would be fill
    for band, dn in CLOUD_DN.items():
        layers[band][40:100, 30:80] = np.rint(dn * light)
    return layers


GUESSED = ("B02", "B03", "B04", "B08", "B11")


def test_bright_cloud_is_found_without_a_scene_classification(tmp_path: Path) -> None:
    layers = cloudy_planes()
    source = GeoTiffSource([write_tif(tmp_path / "a.tif", {b: layers[b] for b in GUESSED}, tags=DAY)], level="L1C")
    scene = load(source, RGB)
    row, col = pixel_under(scene, EAST + 5, NORTH - 5)
    assert not scene.clear[row + 40 : row + 100, col + 30 : col + 80].any()
    assert (~scene.clear).sum() == 60 * 50
    assert any("bright clouds were looked for" in n for n in scene.notes)
    (found,) = source.search(source.footprint(), date(2019, 7, 1), date(2019, 7, 31))
    assert found.clear_share is None and scene.clear_share is None, "a guess at bright cloud is no share"


def test_the_detector_finds_cloud_where_its_ten_bands_are(tmp_path: Path) -> None:
    source = GeoTiffSource([write_tif(tmp_path / "a.tif", cloudy_planes(), tags=DAY)])
    scene = load(source, RGB)
    row, col = pixel_under(scene, EAST + 5, NORTH - 5)
    assert not scene.clear[row + 48 : row + 92, col + 38 : col + 72].any()
    assert scene.clear[row : row + 16, col : col + 90].all()
    assert any("s2cloudless" in n for n in scene.notes)
    (found,) = source.search(source.footprint(), date(2019, 7, 1), date(2019, 7, 31))
    share = found.clear_share or 0
    assert 0.4 < share < 1 - 60 * 50 / (ROWS * COLS), "clouds are widened, as their edges and shadows mislead"
    assert scene.clear_share == pytest.approx(found.clear_share, abs=0.05)


@pytest.mark.parametrize("left_out", ["", "B05"])
def test_thin_cloud_over_everything_is_not_read_as_clear(tmp_path: Path, left_out: str) -> None:
    thin = {b: np.rint(v * 0.93 + CLOUD_DN[b] * 0.25).astype(np.uint16) for b, v in planes().items()}
    thin["B10"] = thin["B10"] + 350
    layers = {b: v for b, v in thin.items() if b != left_out}
    source = GeoTiffSource([write_tif(tmp_path / "a.tif", layers, tags=DAY)], level="L1C")
    (found,) = source.search(source.footprint(), date(2019, 7, 1), date(2019, 7, 31))
    scene = load(source, RGB)
    assert scene.clear[scene.observed].mean() < 0.05
    assert found.clear_share is None if left_out else (found.clear_share or 0) < 0.05


def test_a_file_that_ends_at_the_outline_is_wholly_clear(tmp_path: Path) -> None:
    source = GeoTiffSource([write_tif(tmp_path / "a.tif", planes(), tags=DAY)])
    scene = load(source, RGB)
    assert scene.observed.mean() < 0.8, "tiles reach beyond the file"
    (found,) = source.search(source.footprint(), date(2019, 7, 1), date(2019, 7, 31))
    assert scene.clear_share == pytest.approx(1, abs=0.01)
    assert found.clear_share == pytest.approx(1, abs=0.02)


def test_the_same_ground_is_as_cloudy_in_every_drawing(tmp_path: Path) -> None:
    layers = {b: np.tile(v, (3, 3))[:256, :192] for b, v in cloudy_planes().items()}
    source = GeoTiffSource([write_tif(tmp_path / "a.tif", layers, tags=DAY)])
    grid = TileGrid.from_aoi(source.footprint())
    whole = source.load(only(source), RGB, grid)
    part = source.load(only(source), RGB, grid.window(Block(1, 1, 3, 2)))
    assert 0.1 < whole.clear.mean() < 0.9
    np.testing.assert_array_equal(part.clear, whole.clear[64:192, 64:128])


def test_without_swir_nothing_is_said_about_clouds(tmp_path: Path) -> None:
    layers = cloudy_planes()
    source = GeoTiffSource([write_tif(tmp_path / "a.tif", {b: layers[b] for b in RGB}, tags=DAY)], level="L1C")
    assert load(source).clear.all()
    (found,) = source.search(source.footprint(), date(2019, 7, 1), date(2019, 7, 31))
    assert found.clear_share is None
    assert any("Nothing is known about clouds" in n for n in found.notes)


def test_the_cloudy_real_scene_and_the_clear_ones(shared_data: Callable[[str], Path]) -> None:
    shares = {}
    for path in sorted(shared_data("scenes").glob("*.tif")):
        source = GeoTiffSource([path])
        (found,) = source.search(source.footprint(), date(2015, 7, 1), date(2024, 1, 1))
        if found.clear_share is not None:
            shares[path.stem] = found.clear_share
    cloudy = shares.pop("eolearn_SVN_2015-08-20_L1C_13b")
    assert cloudy < 0.1
    assert len(shares) == 8, "L1C with ten bands; of the others nothing is known"
    assert min(shares.values()) > 0.96, shares  # snow is the hardest
    shares.pop("terramind_609U_541L_3_0_L1C_13b")
    assert min(shares.values()) == 1, shares
