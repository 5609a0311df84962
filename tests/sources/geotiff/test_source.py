"""A user's own files, from the file's numbers to a scene on the lattice."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES, EUROSAT_MS_ORDER, L2A_BAND_NAMES, RGB
from lulc_core.domain.errors import InputError, NoAcquisitionError
from lulc_core.domain.grid import Block, TileGrid
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.sources.geotiff.source import GeoTiffSource
from tests.sources.raster_files import COLS, EAST, NORTH, ROWS, planes, write_tif

DAY = {"date": "2019-07-16"}


def only(source: GeoTiffSource, aoi: Aoi | None = None) -> Acquisition:
    (found,) = source.search(aoi or source.footprint(), date(2015, 7, 1), date(2024, 1, 1), previews=False)
    return found


def load(source: GeoTiffSource, bands: tuple[str, ...] | None = None, aoi: Aoi | None = None) -> Scene:
    return source.load(only(source, aoi), bands or source.info.bands, TileGrid.from_aoi(aoi or source.footprint()))


def pixel_under(scene: Scene, x: float, y: float) -> tuple[int, int]:
    col, row = ~Affine(*scene.grid.transform) @ (x, y)
    return int(row), int(col)


def test_a_picked_pixel_is_the_file_s_own_number(tmp_path: Path) -> None:
    layers = planes()
    scene = load(GeoTiffSource([write_tif(tmp_path / "scene.tif", layers, tags=DAY)]))
    assert scene.bands == BAND_NAMES
    for row, col in ((0, 0), (17, 63), (64, 64), (ROWS - 1, COLS - 1)):
        at = pixel_under(scene, EAST + 10 * col + 5, NORTH - 10 * row - 5)
        assert scene.observed[at]
        for band in BAND_NAMES:
            assert scene.select([band])[0][at] == np.float32(layers[band][row, col]) / np.float32(10_000)
    assert scene.observed.sum() == ROWS * COLS


def test_a_shift_below_a_metre_takes_pixels_as_they_are_and_a_larger_one_resamples(tmp_path: Path) -> None:
    layers = planes(RGB)
    for shift, as_they_are in ((0.6, True), (3.0, False)):
        transform = Affine(10, 0, EAST + shift, 0, -10, NORTH)
        path = write_tif(tmp_path / f"{shift}.tif", layers, tags={**DAY, "level": "L1C"}, transform=transform)
        scene = load(GeoTiffSource([path], offset=0), RGB)
        row, col = pixel_under(scene, EAST + 505, NORTH - 505)
        here = scene.reflectance[:, row, col] * 10_000
        own = np.array([layers[b][50, 50] for b in RGB])
        assert np.allclose(here, own, atol=0.01) is as_they_are


def in_degrees(path: Path, values: np.ndarray, **options: object) -> Path:
    """The same ground in EPSG:4326, pixels of about 10 m."""
    to_lonlat = Transformer.from_crs(32632, 4326, always_xy=True)
    west, south = to_lonlat.transform(EAST, NORTH - 10 * ROWS)
    rows = values.shape[1]
    transform = Affine(1e-4, 0, west, 0, -9e-5, south + rows * 9e-5)
    return write_tif(path, values, epsg=4326, transform=transform, **options)


def test_degrees_are_brought_to_the_right_place(tmp_path: Path) -> None:
    rows, cols = 140, 95
    ramp = (1000 + 5 * np.arange(cols)[None, :] + 7 * np.arange(rows)[:, None]).astype(np.uint16)
    path = in_degrees(tmp_path / "a_2019-07-16_L1C.tif", np.stack([ramp] * 3))
    source = GeoTiffSource([path], bands=RGB, offset=0)
    scene = load(source)
    assert any("EPSG:4326" in note for note in scene.notes)
    with rasterio.open(path) as dataset:
        to_degrees = Transformer.from_crs(32632, 4326, always_xy=True)
        for x, y in ((EAST + 205, NORTH - 405), (EAST + 605, NORTH - 905)):
            col, row = ~dataset.transform @ to_degrees.transform(x, y)
            expected = 1000 + 5 * (col - 0.5) + 7 * (row - 0.5)
            assert scene.reflectance[0][pixel_under(scene, x, y)] * 10_000 == pytest.approx(expected, abs=1.5)


def test_no_data_does_not_leak_into_its_neighbours(tmp_path: Path) -> None:
    values = np.full((3, 140, 95), 2000, np.uint16)
    values += np.arange(3, dtype=np.uint16)[:, None, None]  # one value in all bands would be no data itself
    values[:, 40:70, 30:60] = 0
    values[:, :, 80:] = 0
    scene = load(GeoTiffSource([in_degrees(tmp_path / "a_2019-07-16_L1C.tif", values)], bands=RGB, offset=0))
    assert np.allclose(scene.reflectance[:, scene.observed], np.array([[0.2002], [0.2001], [0.2]]), atol=1e-6)
    assert not scene.reflectance[:, ~scene.observed].any()
    share = scene.observed.sum() * 100.0 / ((140 * 80 - 30 * 30) * 1e-4 * 9e-5 * 111_320**2 * np.cos(np.radians(45.49)))
    assert share == pytest.approx(1.0, abs=0.02)


def test_every_drawing_sees_the_same_pixels_of_a_reprojected_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    path = in_degrees(tmp_path / "a_2019-07-16_L1C.tif", rng.integers(500, 3000, (3, 280, 150)).astype(np.uint16))
    source = GeoTiffSource([path], bands=RGB, offset=0)
    grid = TileGrid.from_aoi(source.footprint())
    whole = source.load(only(source), ("B04",), grid)
    part = source.load(only(source), ("B04",), grid.window(Block(1, 1, 3, 2)))
    np.testing.assert_allclose(part.reflectance, whole.reflectance[:, 64:192, 64:128], rtol=1e-6)
    np.testing.assert_array_equal(part.observed, whole.observed[64:192, 64:128])


def test_reflectance_is_never_stretched(tmp_path: Path) -> None:
    layers = {band: np.full((ROWS, COLS), 1234 - i, np.uint16) for i, band in enumerate(RGB)}
    source = GeoTiffSource([write_tif(tmp_path / "a.tif", layers, tags={**DAY, "level": "L1C"})], offset=0)
    assert load(source).reflectance.max() == np.float32(0.1234)


@pytest.mark.parametrize("ending", ["tif", "jp2"])
def test_one_file_a_band_in_its_own_resolution(tmp_path: Path, ending: str) -> None:
    driver = "JP2OpenJPEG" if ending == "jp2" else "GTiff"
    files = []
    stem = "T32TMR_20190716T101559"
    for band, pixel in (("B04", 10), ("B03", 10), ("B02", 10), ("B8A", 20), ("B01", 60), ("SCL", 20)):
        rows, cols = 120 * 10 // pixel, 96 * 10 // pixel
        if band == "SCL":
            values: np.ndarray = np.full((rows, cols), 4, np.uint8)
            values[:, : cols // 2] = 9
        else:
            values = planes([band], rows=rows, cols=cols)[band]
        files.append(
            write_tif(tmp_path / f"{stem}_{band}_{pixel}m.{ending}", values[None], pixel_m=pixel, driver=driver)
        )
    source = GeoTiffSource(files)
    assert source.info.bands == ("B01", "B02", "B03", "B04", "B8A")
    assert source.info.has_scl
    assert source.info.level == "L2A", "only L2A products end in _10m"
    found = only(source)
    assert found.datetime.isoformat() == "2019-07-16T10:15:59+00:00"
    assert found.bands == source.info.bands
    scene = source.load(found, ("B04", "B8A", "B01"), TileGrid.from_aoi(source.footprint()))
    row, col = pixel_under(scene, EAST + 5, NORTH - 5)
    assert scene.observed[row : row + 120, col : col + 96].all()
    assert not scene.clear[row : row + 120, col : col + 48].any(), "high cloud"
    assert scene.clear[row : row + 120, col + 48 : col + 96].all(), "vegetation"
    own = planes(["B04"], rows=120, cols=96)["B04"] / np.float32(10_000)
    np.testing.assert_allclose(scene.reflectance[0, row : row + 120, col : col + 96], own, atol=1e-6)
    assert any("B01, B8A" in n or "B8A, B01" in n for n in scene.notes), "interpolation is said"


def test_the_finest_of_several_resolutions_is_taken(tmp_path: Path) -> None:
    coarse = write_tif(tmp_path / "x_B04_20m.tif", np.full((1, 65, 45), 1100, np.uint16), pixel_m=20)
    fine = write_tif(tmp_path / "x_B04_10m.tif", np.full((1, ROWS, COLS), 900, np.uint16))
    source = GeoTiffSource([coarse, fine], date="2019-07-16")
    assert [layer.path for layer in source.info.layers] == [fine]


def test_the_same_band_twice_is_refused(tmp_path: Path) -> None:
    files = [write_tif(tmp_path / f"{n}_B04.tif", np.full((1, ROWS, COLS), 900, np.uint16)) for n in ("a", "b")]
    with pytest.raises(InputError, match=r"B04 is there twice: in a_B04.tif and in b_B04.tif"):
        GeoTiffSource(files)


def test_an_absent_band_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    source = GeoTiffSource([write_tif(tmp_path / "a.tif", planes(RGB), tags=DAY)], level="L1C")
    with pytest.raises(InputError, match="has no band B08; it has B02, B03, B04"):
        load(source, ("B04", "B08"))


def test_an_acquisition_of_another_file_is_refused(tmp_path: Path) -> None:
    one, two = (GeoTiffSource([write_tif(tmp_path / f"{n}.tif", planes(seed=n), tags=DAY)]) for n in (1, 2))
    with pytest.raises(InputError, match=r"not that of 2\.tif"):
        two.load(only(one), RGB, TileGrid.from_aoi(two.footprint()))


def test_the_id_follows_content_and_answers(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "a.tif", planes(L2A_BAND_NAMES), tags=DAY)
    ids = {
        only(GeoTiffSource([path], level=level, offset=offset)).id for level in ("L1C", "L2A") for offset in (0, -1000)
    }
    assert len(ids) == 4
    again = only(GeoTiffSource([path], level="L1C", offset=0)).id
    assert again in ids
    write_tif(path, planes(L2A_BAND_NAMES, seed=9), tags=DAY)
    assert only(GeoTiffSource([path], level="L1C", offset=0)).id not in ids


def test_without_a_date_it_is_asked_for(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "scene.tif", planes())
    with pytest.raises(InputError, match="--date"):
        only(GeoTiffSource([path]))
    assert "date" in {q.key for q in GeoTiffSource([path]).info.questions}
    assert only(GeoTiffSource([path], date=date(2020, 5, 1))).date == "2020-05-01"


@pytest.mark.parametrize("day", ["2014-01-01", "2099-01-01", "July"])
def test_an_impossible_date_is_refused(tmp_path: Path, day: str) -> None:
    with pytest.raises(InputError):
        only(GeoTiffSource([write_tif(tmp_path / "scene.tif", planes())], date=day))


def test_another_period_offers_the_date_of_the_file(tmp_path: Path) -> None:
    source = GeoTiffSource([write_tif(tmp_path / "scene.tif", planes(), tags=DAY)])
    with pytest.raises(NoAcquisitionError, match=r"scene\.tif was taken on 2019-07-16") as caught:
        source.search(source.footprint(), date(2020, 1, 1), date(2020, 12, 31))
    assert caught.value.nearest == (date(2019, 7, 16),)


def test_an_area_beside_the_file_is_told_where_the_file_is(tmp_path: Path) -> None:
    source = GeoTiffSource([write_tif(tmp_path / "scene.tif", planes(), tags=DAY)])
    with pytest.raises(NoAcquisitionError, match=r"longitude 8\.85\d\d to 8\.86\d\d, latitude 45\.4"):
        only(source, Aoi.from_bbox(2.0, 41.0, 2.1, 41.1))


def test_the_footprint_follows_the_data(tmp_path: Path) -> None:
    layers = planes(rows=600, cols=400)
    for values in layers.values():
        values[np.add.outer(np.arange(600), np.arange(400)) < 350] = 0  # a swath ends across the file
    source = GeoTiffSource([write_tif(tmp_path / "scene.tif", layers, tags=DAY)])
    seen = (layers["B04"] > 0).sum() * 1e-4
    assert source.footprint().area_km2 == pytest.approx(seen, rel=0.01)
    assert source.footprint().name == "scene"
    assert load(source, RGB).observed.sum() * 1e-4 == pytest.approx(seen, rel=0.002)


def test_data_that_end_on_the_lattice_call_in_no_rim_of_tiles(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "scene.tif", planes(rows=5 * 64, cols=7 * 64), tags=DAY)
    grid = TileGrid.from_aoi(GeoTiffSource([path]).footprint())
    assert grid.shape == (5, 7)
    assert grid.coverage.min() > 0.99
    assert len(GeoTiffSource([path]).footprint().geometry.exterior.coords) < 20


@pytest.mark.parametrize("epsg", [4326, 32660, 32701])
def test_files_across_the_antimeridian(tmp_path: Path, epsg: int) -> None:
    rows, cols = 150, 210
    if epsg == 4326:
        transform = Affine(1e-4, 0, 179.99, 0, -1e-4, -16.5)
    else:
        x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(179.99, -16.5)
        transform = Affine(10, 0, round(x, -1), 0, -10, round(y, -1))
    path = write_tif(tmp_path / "fiji_2019-07-16_L1C.tif", planes(rows=rows, cols=cols), epsg=epsg, transform=transform)
    source = GeoTiffSource([path])
    west, _, east, _ = source.footprint().bbox
    assert east - west < 0.1
    assert source.footprint().area_km2 == pytest.approx(rows * cols * 1e-4, rel=0.25 if epsg == 4326 else 0.01)
    scene = load(source, RGB)
    assert scene.observed.sum() * 1e-4 == pytest.approx(source.footprint().area_km2, rel=0.02)
    assert scene.observed.any(axis=0).sum() == np.ptp(np.nonzero(scene.observed.any(axis=0))[0]) + 1, "no gap at 180"
    assert only(source, Aoi.from_bbox(-179.995, -16.51, -179.99, -16.505)), "drawn on the other side"


def test_a_large_file_is_read_through_a_window(tmp_path: Path) -> None:
    path = tmp_path / "granule_B04_2019-07-16_L1C.tif"
    rows, cols = 6000, 5000
    strip = np.random.default_rng(1).integers(600, 640, (1, 500, cols)).astype(np.uint16)
    with rasterio.open(
        path, "w", driver="GTiff", width=cols, height=rows, count=1, dtype="uint16", crs="EPSG:32632",
        transform=Affine(10, 0, EAST, 0, -10, NORTH), tiled=True,
    ) as out:  # fmt: skip
        for row in range(0, rows, 500):
            out.write(strip, window=rasterio.windows.Window(0, row, cols, 500))
    x, y = EAST + 30_000, NORTH - 30_000
    west, south = Transformer.from_crs(32632, 4326, always_xy=True).transform(x, y)
    aoi = Aoi.from_bbox(west, south, west + 0.02, south + 0.015)
    tracemalloc.start()
    try:
        source = GeoTiffSource([path])
        scene = source.load(only(source, aoi), ("B04",), TileGrid.from_aoi(aoi))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert scene.observed.all()
    assert peak < 40e6 < rows * cols * 2, f"{peak / 1e6:.0f} MB for a file of {rows * cols * 2 / 1e6:.0f} MB"


def test_a_stripe_that_one_band_lacks_is_not_observed(tmp_path: Path) -> None:
    layers = planes()
    layers["B03"][:, :7] = 0
    layers["B12"][:, 20:25] = 0
    scene = load(GeoTiffSource([write_tif(tmp_path / "a.tif", layers, tags=DAY)]))
    row, col = pixel_under(scene, EAST + 5, NORTH - 5)
    assert not scene.observed[row : row + ROWS, col : col + 7].any()
    assert scene.observed[row : row + ROWS, col + 7 : col + COLS].all(), "B12 of water may well be 0"


REAL = {
    "terramind_282D_485L_3_3_L1C_13b": ("L1C", -1000, True),
    "terramind_433D_629L_3_1_L1C_13b": ("L1C", -1000, True),
    "terramind_609U_541L_3_0_L1C_13b": ("L1C", -1000, True),
    "terramind_433D_629L_3_1_L2A_12b": ("L2A", -1000, False),
    "terramind_637U_59R_1_3_L2A_12b": ("L2A", 0, True),
    "terramind_38D_378R_2_3_L1C_13b": ("L1C", 0, True),
    "sen1floods11_Spain_20190918_L1C_13b": ("L1C", 0, True),
    "pilbara_20190105_L2A_10b": ("L2A", 0, True),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_scenes(shared_data: Callable[[str], Path], name: str) -> None:
    level, offset, sure = REAL[name]
    path = shared_data(f"scenes/{name}.tif")
    source = GeoTiffSource([path])
    info = source.info
    assert (info.level, info.offset, not info.questions) == (level, offset, sure)
    with rasterio.open(path) as dataset:
        own = {n: dataset.read(i + 1) for i, n in enumerate(dataset.descriptions)}
    assert set(info.bands) == set(own)
    scene = load(source, RGB)
    for band in RGB:
        values = own[band][own[band] > 0].astype(float)
        here = scene.select([band])[0][scene.observed]
        assert here.mean() == pytest.approx(np.maximum(values + offset, 0).mean() / 10_000, rel=0.01)
        assert here.std() == pytest.approx(values.std() / 10_000, rel=0.06), "neither blurred nor stretched"


def test_real_patches_tell_the_order_of_their_bands(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(shared_data("EuroSAT_MS_sample.zip")) as archive:
        names = [n for n in archive.namelist() if n.endswith(".tif")][::9]
        for number, name in enumerate(names):
            path = tmp_path / f"{number}.tif"
            path.write_bytes(archive.read(name))
            with rasterio.open(path) as dataset:
                values = dataset.read()
            info = GeoTiffSource([path]).info
            assert [q.key for q in info.questions] == ["date"], name
            assert [layer.index for layer in info.layers] == [EUROSAT_MS_ORDER.index(b) + 1 for b in BAND_NAMES]
            waves = values[[EUROSAT_MS_ORDER.index(b) for b in BAND_NAMES]]
            info = GeoTiffSource([write_tif(tmp_path / f"w{number}.tif", waves)]).info
            assert [layer.index for layer in info.layers] == list(range(1, 14)), name
    assert len(names) >= 19
