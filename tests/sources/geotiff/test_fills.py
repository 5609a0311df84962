"""No data that the file does not mark: whatever the value, the type, the shape of the area, the order of the bands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import FileFormatError
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.geotiff.fills import far_fills, shared_fills
from lulc_core.sources.geotiff.inspect import inspect
from lulc_core.sources.geotiff.read import open_raster, read_values
from lulc_core.sources.geotiff.source import GeoTiffSource
from tests.sources.raster_files import COLS, ROWS, planes, write_tif

NAME = "2019-07-16_L1C.tif"


def area(shape: str) -> np.ndarray:
    out = np.zeros((ROWS, COLS), bool)
    if shape == "half":
        out[:, : COLS // 2] = True
    elif shape == "wedge":
        out[np.add.outer(np.arange(ROWS), np.arange(COLS)) < 60] = True
    else:
        out[20:41, 30:70] = True
    return out


def missing(path: Path, band: str = "B04", **options) -> np.ndarray:
    info = inspect([path], **options)
    layer = next(x for x in info.layers if x.band == band)
    with open_raster(path) as dataset:
        return np.isnan(read_values(layer, dataset))


@pytest.mark.parametrize("shape", ["half", "wedge", "hole"])
@pytest.mark.parametrize(
    ("kind", "fill"),
    [
        ("uint16", 1),
        ("uint16", 65535),
        ("uint16", 10000),
        ("int16", -9999),
        ("int16", -10000),
        ("int16", -32768),
        ("int16", 32767),
        ("float32", -9999),
        ("float32", -0.1),
        ("float32", 1.0),
        ("float32", -3.4e38),
        ("float32", 1e20),
    ],
)
def test_one_value_in_all_bands_of_an_area(tmp_path: Path, kind: str, fill: float, shape: str) -> None:
    layers = {b: planes()[b].astype(np.float64) for b in RGB}
    for values in layers.values():
        values *= 1e-4 if kind == "float32" else 1
        values[area(shape)] = fill
    wrong_tag = 0 if shape == "wedge" else None
    path = write_tif(tmp_path / NAME, {b: v.astype(kind) for b, v in layers.items()}, nodata=wrong_tag)
    info = inspect([path])
    assert (info.scale, info.offset, info.questions) == (1 if kind == "float32" else 10_000, 0, ())
    assert abs(fill) > 1e30 or any("are taken as no data" in note for note in info.notes)
    np.testing.assert_array_equal(missing(path), area(shape))


def test_nan_beside_a_fill_value_and_a_tag_of_neither(tmp_path: Path) -> None:
    layers = {b: (planes()[b] / 10_000).astype(np.float32) for b in RGB}
    for values in layers.values():
        values[area("half")] = -9999
        values[:10] = np.nan
    path = write_tif(tmp_path / NAME, layers, nodata=-32768, tiled=True, blockxsize=64, blockysize=64, compress="lzw")
    expected = area("half")
    expected[:10] = True
    np.testing.assert_array_equal(missing(path), expected)


def test_a_fill_value_that_measurements_have_too_is_one_only_over_areas(tmp_path: Path) -> None:
    layers = {b: planes()[b] for b in RGB}
    layers["B04"][100, 50] = 800
    for values in layers.values():
        values[area("half")] = 800
    path = write_tif(tmp_path / NAME, layers)
    gone = missing(path)
    assert gone[area("half")].all() and gone.sum() == area("half").sum(), "the single pixel of that value stays"


def test_bands_in_files_of_their_own_are_looked_at_together(tmp_path: Path) -> None:
    files = []
    for band in RGB:
        values = planes()[band].copy()
        values[area("half")] = 7
        files.append(write_tif(tmp_path / f"T32TMR_20190716T101559_{band}_L1C.tif", values[None]))
    assert all(layer.fills == (7,) for layer in inspect(files).layers)


def test_a_value_of_one_band_that_reflectance_cannot_have(tmp_path: Path) -> None:
    layers = {b: planes()[b].astype(np.int32) for b in RGB}
    layers["B04"][:20] = 2_000_000
    layers["B04"][30:40] = -9999
    path = write_tif(tmp_path / NAME, layers)
    assert inspect([path]).scale == 10_000, "it says nothing of the scale"
    gone = missing(path)
    assert gone[:20].all() and gone[30:40].all() and gone.sum() == 30 * COLS


def test_water_cut_at_one_and_rounded_numbers_are_measurements(tmp_path: Path) -> None:
    layers = planes()
    for band in ("B8A", "B11", "B12"):
        layers[band][:50] = 1  # as programs write water in surface reflectance
    assert not any(layer.fills for layer in inspect([write_tif(tmp_path / NAME, layers)]).layers)
    rng = np.random.default_rng(4)
    ground = rng.integers(2, 7, (ROWS // 5, COLS // 5)).repeat(5, 0).repeat(5, 1) / 100  # two digits, flat fields
    rounded = {b: ground.astype(np.float32) for b in RGB}
    assert not any(layer.fills for layer in inspect([write_tif(tmp_path / NAME, rounded)], offset=0).layers)


def test_bands_of_few_numbers_do_not_hide_a_fill_value(tmp_path: Path) -> None:
    layers = planes()
    layers["B10"] = np.random.default_rng(8).integers(8, 14, (ROWS, COLS)).astype(np.uint16)
    for band in ("B8A", "B11", "B12"):
        layers[band][90:] = np.random.default_rng(9).integers(1, 3, (ROWS - 90, COLS))  # water cut at 1
    for values in layers.values():
        values[30:42, 30:42] = 20_000
    assert all(layer.fills == (20_000,) for layer in inspect([write_tif(tmp_path / NAME, layers)]).layers)


def test_an_image_of_one_value_holds_no_measurement(tmp_path: Path) -> None:
    path = write_tif(tmp_path / NAME, np.full((3, ROWS, COLS), 5000, np.uint16))
    with pytest.raises(FileFormatError, match=r"every pixel is no-data. Pixels of the value 5000"):
        inspect([path], bands=RGB)


@pytest.mark.parametrize("named", [True, False])
def test_alpha_and_masks_say_where_there_is_a_measurement(tmp_path: Path, named: bool) -> None:
    seen = (~area("half")).astype(np.uint16) * 65535
    layers = {**{b: planes()[b] for b in RGB}, "dataMask": seen}
    layers["B04"][area("hole")] = 1200  # red differs most
    path = write_tif(tmp_path / NAME, layers, described=named)
    if not named:
        with rasterio.open(path, "r+") as file:
            file.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
    info = inspect([path])
    assert (info.bands, info.scale, info.questions) == (("B02", "B03", "B04"), 10_000, ())
    np.testing.assert_array_equal(missing(path), area("half"))


def test_a_soft_edge_of_alpha_is_no_band_and_near_infrared_called_alpha_is_one(tmp_path: Path) -> None:
    layers = {b: planes()[b] for b in ("B04", "B03", "B02", "B08")}
    layers["B04"][area("hole")] = 1200
    soft = np.where(area("half"), 0, 65535).astype(np.uint16)
    soft[:, COLS // 2 : COLS // 2 + 6] = np.arange(1, 7) * 10_000
    for fourth, bands in ((soft, ("B02", "B03", "B04")), (layers["B08"], ("B02", "B03", "B04", "B08"))):
        path = write_tif(tmp_path / NAME, {**layers, "B08": fourth}, described=False)
        with rasterio.open(path, "r+") as file:
            file.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
        info = inspect([path])
        assert (info.bands, info.scale) == (bands, 10_000)


@pytest.mark.parametrize("level", ["L1C", "L2A"])
def test_what_some_bands_lack_was_not_observed(tmp_path: Path, level: str, read_in_place: None) -> None:
    layers = {b: planes()[b] for b in ("B02", "B03", "B04", "B08")}
    for band in ("B02", "B03"):
        layers[band][area("half")] = 65535
    source = GeoTiffSource([write_tif(tmp_path / f"2019-07-16_{level}.tif", layers)], level=level, offset=0)
    aoi = source.footprint()
    (found,) = source.search(aoi, *[source.info.moment.date()] * 2, previews=False)
    scene = source.load(found, source.info.bands, TileGrid.from_aoi(aoi))
    assert scene.observed.sum() == pytest.approx(ROWS * COLS / 2, abs=ROWS)


def test_the_value_is_found_wherever_it_lies() -> None:
    rng = np.random.default_rng(1)
    window = rng.normal(1000, 200, (3, 40, 50)).astype(np.float32)
    window[:, 10:16, 10:16] = 1234
    window[:, :4, :4] = -1
    assert set(shared_fills([window])) == {1234, -1}
    assert not shared_fills([window[:1]]), "one band alone shares with nobody"
    assert far_fills([np.where(window[0] == -1, -9999, window[0])]) == (-9999,)
    assert not far_fills([window[0]])
