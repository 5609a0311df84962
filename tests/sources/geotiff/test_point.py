"""The file's own pixels: values, outlines and windows, in any coordinate system."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.warp import transform

from lulc_core.domain.errors import InputError
from lulc_core.sources.geotiff.point import file_pixel, file_pixel_outline, file_window, layer_of
from lulc_core.sources.geotiff.source import GeoTiffSource
from tests.sources.raster_files import EAST, NORTH, planes, write_tif

CRS = {
    "on the lattice": (32632, 10.0, 10.0, EAST, NORTH),
    "other zone": (32633, 10.0, 10.0, 18_000.0, 5_052_000.0),
    "degrees": (4326, 1.3e-4, 9e-5, 8.849, 45.491),
    "national grid": (3035, 10.0, 10.0, 4_234_000.0, 2_486_000.0),
}


def made(folder, case):
    epsg, dx, dy, x0, y0 = CRS[case]
    place = Affine(dx, 0, x0, 0, -dy, y0)
    path = write_tif(
        folder / "own.tif", planes(), epsg=epsg, transform=place, tags={"level": "L1C", "date": "2021-08-14"}
    )
    return path, GeoTiffSource([path]), place, epsg


@pytest.mark.parametrize("case", CRS)
def test_the_outline_is_the_pixel_that_the_value_is_of(tmp_path, case):
    path, source, place, epsg = made(tmp_path, case)
    with rasterio.open(path) as file:
        row, col = 31, 47
        (lon,), (lat,) = transform(file.crs, "EPSG:4326", *([v] for v in place @ (col + 0.9, row + 0.1)))
        own = file.read(file.descriptions.index("B08") + 1)[row, col]
    ring = file_pixel_outline(source, lon, lat)
    assert ring[0] == ring[-1] and shapely.Polygon(ring).contains(shapely.Point(lon, lat))
    xs, ys = transform("EPSG:4326", f"EPSG:{epsg}", [p[0] for p in ring], [p[1] for p in ring])
    back = [~place @ (x, y) for x, y in zip(xs, ys, strict=True)]
    assert np.round([min(b[0] for b in back), max(b[0] for b in back)], 3).tolist() == [col, col + 1]
    assert np.round([min(b[1] for b in back), max(b[1] for b in back)], 3).tolist() == [row, row + 1]
    assert file_pixel(source, ("B08",), lon, lat)["B08"] == pytest.approx(own / 10_000, abs=1e-6)


def test_outside_the_file_there_is_neither_value_nor_outline(tmp_path):
    _, source, _, _ = made(tmp_path, "national grid")
    assert file_pixel(source, ("B08",), 20.0, 10.0) == {} and file_pixel_outline(source, 20.0, 10.0) == []


def test_a_window_shows_the_files_own_coarse_pixels(tmp_path):
    fine = write_tif(tmp_path / "T32TMR_20210814T102031_B08.tif", {"B08": planes()["B08"]})
    sixty = planes(("B09",), rows=22, cols=15)
    coarse = write_tif(tmp_path / "T32TMR_20210814T102031_B09.tif", sixty, pixel_m=60.0)
    source = GeoTiffSource([fine, coarse], level="L1C", date="2021-08-14")
    bounds = (EAST + 60, NORTH - 660, EAST + 660, NORTH - 60)
    seen = file_window(source, "B09", bounds, 32632, 300)
    own = sixty["B09"][1:11, 1:11].repeat(30, axis=0).repeat(30, axis=1).astype(np.float32) / np.float32(10_000)
    np.testing.assert_allclose(seen, own, atol=1e-6)
    assert round(layer_of(source, "B09").pixel_m) == 60
    beyond = file_window(source, "B09", (EAST - 600, NORTH - 600, EAST, NORTH), 32632, 300)
    assert np.isnan(beyond).all()
    with pytest.raises(InputError, match="no band B10"):
        file_window(source, "B10", bounds, 32632, 300)
