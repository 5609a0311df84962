"""Files much finer or larger than the map needs: not every pixel of them is read, and the ground stays where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.language.words import Words
from lulc_core.pipeline.classify import classify
from lulc_core.sources.geotiff import on_grid, read
from lulc_core.sources.geotiff.on_grid import to_grid
from lulc_core.sources.geotiff.read import RasterLayer, open_raster, thinned
from lulc_core.sources.geotiff.source import GeoTiffSource
from tests.arrays import BrightnessClassifier
from tests.sources.raster_files import EAST, NORTH, write_tif

SIDE = 640


@pytest.fixture
def slope(tmp_path: Path) -> Path:
    """1 m pixels that rise to the east and south: a shift of a pixel shows."""
    rows, cols = np.indices((SIDE, SIDE))
    values = (500 + 2 * cols + rows).astype(np.uint16)
    return write_tif(
        tmp_path / "2021-07-16_L1C.tif", dict.fromkeys(("B02", "B03", "B04"), values), pixel_m=1.0, tiled=True,
        blockxsize=64, blockysize=64,
    )  # fmt: skip


def layer_of(path: Path, **more: object) -> RasterLayer:
    return RasterLayer("B04", path, 1, 1.0, None, False, (SIDE, SIDE), **more)


@pytest.mark.parametrize("epsg", [32632, 32631])
def test_of_a_large_window_some_pixels_are_read(slope: Path, monkeypatch: pytest.MonkeyPatch, epsg: int) -> None:
    from rasterio.warp import transform_bounds

    bounds: tuple[float, ...] = (EAST, NORTH - SIDE, EAST + SIDE, NORTH)
    if epsg != 32632:
        bounds = transform_bounds("EPSG:32632", f"EPSG:{epsg}", *bounds)
    with open_raster(slope) as dataset:
        every = to_grid(layer_of(slope), dataset, bounds, (64, 64), epsg)
        monkeypatch.setattr(on_grid, "MAX_WINDOW_PX", 1_000)
        some = to_grid(layer_of(slope), dataset, bounds, (64, 64), epsg)
    inner = (slice(4, -4), slice(4, -4))
    np.testing.assert_allclose(some[inner], every[inner], atol=3.5)  # a shift of 1 m east is 2, of a map pixel 20


def test_a_map_of_a_large_window_says_that_not_every_pixel_was_read(
    slope: Path, monkeypatch: pytest.MonkeyPatch, read_in_place: None
) -> None:
    def notes(language: str = "en") -> str:
        source = GeoTiffSource([slope], scale=10_000, offset=0)
        aoi = source.footprint()
        (found,) = source.search(aoi, *[source.info.moment.date()] * 2, previews=False)
        made = classify(source, found, TileGrid.from_aoi(aoi), BrightnessClassifier())
        return " ".join(map(Words(language).spoken, made.land_cover.notes))

    assert "was read" not in notes()
    monkeypatch.setattr(on_grid, "MAX_WINDOW_PX", 1_000)
    said = "The area is large for a file with pixels of 1 m: one in 25 of them was read, evenly spread."
    assert said in notes()
    assert "con pixel di 1 m: ne è stato letto uno ogni 25" in notes("it")


def test_a_picture_needs_few_blocks_of_a_huge_file(slope: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_raster(slope) as dataset:
        layer = layer_of(slope)
        assert thinned(layer, dataset, (64, 64)) == (64, 64)
        monkeypatch.setattr(read, "MAX_UNPACKED_PX", 25 * 64 * 64)  # of its hundred blocks
        assert thinned(layer, dataset, (64, 64)) == (5, 5)
        assert thinned(layer, dataset, (4, 4)) == (4, 4)
    strips = write_tif(slope.parent / "strips.tif", np.ones((1, SIDE, SIDE), np.uint16), blockysize=1)
    with open_raster(strips) as dataset:
        assert thinned(layer, dataset, (64, 64)) == (64, 64)
        monkeypatch.setattr(read, "MAX_UNPACKED_PX", 16 * SIDE)
        assert thinned(layer, dataset, (64, 64)) == (16, 64)


def test_outline_and_picture_of_a_huge_file(slope: Path, monkeypatch: pytest.MonkeyPatch, read_in_place: None) -> None:
    def look() -> tuple[Aoi, bytes | None]:
        source = GeoTiffSource([slope], scale=10_000, offset=0)
        (found,) = source.search(source.footprint(), *[source.info.moment.date()] * 2)
        return source.footprint(), found.preview

    whole, picture = look()
    monkeypatch.setattr(read, "MAX_UNPACKED_PX", 4 * 64 * 64)
    outline, coarse = look()
    assert outline.geometry.symmetric_difference(whole.geometry).area < 0.01 * whole.geometry.area
    assert picture and coarse


def test_what_little_there_is_between_the_blocks_looked_at_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_in_place: None
) -> None:
    values = np.zeros((SIDE, SIDE), np.uint16)
    values[10:40, 20:60] = np.random.default_rng(0).integers(300, 900, (30, 40))
    path = write_tif(
        tmp_path / "2021-07-16_L1C.tif", dict.fromkeys(("B02", "B03", "B04"), values), pixel_m=10.0, tiled=True,
        blockxsize=64, blockysize=64,
    )  # fmt: skip
    monkeypatch.setattr(read, "MAX_UNPACKED_PX", 4 * 64 * 64)
    found = GeoTiffSource([path], scale=10_000, offset=0).footprint()
    assert found.area_km2 == pytest.approx(0.12, rel=0.1)
