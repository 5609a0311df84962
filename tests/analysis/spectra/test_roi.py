"""Picks: the right pixels, counted, and a sentence where there are none."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from lulc_core.analysis.spectra.roi import Roi, roi_outline, roi_spectrum
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import InputError
from tests.arrays import grid_at, scene_of

GRID = grid_at(8.85, 45.48, 3, 2)
LEFT, _, _, TOP = GRID.bounds
BACK = Transformer.from_crs(f"EPSG:{GRID.epsg}", "EPSG:4326", always_xy=True)


def at(row_px: float, col_px: float) -> tuple[float, float]:
    """Longitude and latitude of a place given in pixels of the grid (0.5 is the middle of the first)."""
    lon, lat = BACK.transform(LEFT + 10 * col_px, TOP - 10 * row_px)
    return float(lon), float(lat)


def square(row0: float, col0: float, row1: float, col1: float) -> Roi:
    corners = [at(r, c) for r, c in ((row0, col0), (row0, col1), (row1, col1), (row1, col0))]
    return Roi.area(Aoi.from_geometry(shapely.Polygon(corners)))


@pytest.mark.parametrize(("row", "col"), [(0, 0), (191, 127), (63, 64), (100, 5)])
@pytest.mark.parametrize("shift", [(0.02, 0.02), (0.5, 0.5), (0.98, 0.98)])
def test_a_point_is_the_pixel_it_lies_in(row, col, shift):
    scene = scene_of(GRID)
    pick = roi_spectrum(scene, Roi.point(*at(row + shift[0], col + shift[1])))
    assert pick.mean.tolist() == scene.reflectance[:, row, col].tolist()
    assert (pick.std == 0).all() and pick.n_pixels == 1 and (pick.p10 == pick.p90).all()


def test_a_tile_is_its_4096_pixels_and_an_area_those_whose_middle_it_covers():
    scene = scene_of(GRID)
    tile = roi_spectrum(scene, Roi.tile(*at(70, 100)))
    assert tile.n_pixels == 64 * 64
    assert tile.mean == pytest.approx(scene.reflectance[:, 64:128, 64:128].mean((1, 2)), abs=1e-6)
    assert tile.p50 == pytest.approx(np.median(scene.reflectance[:, 64:128, 64:128], (1, 2)), abs=1e-6)
    area = roi_spectrum(scene, square(10.6, 20.4, 13.6, 24.4))  # rows 11 to 13, columns 20 to 23
    chosen = scene.reflectance[:, 11:14, 20:24].reshape(13, -1)
    assert area.n_pixels == 12
    assert area.mean == pytest.approx(chosen.mean(1), abs=1e-6)
    assert area.std == pytest.approx(chosen.std(1), abs=1e-6)
    assert area.p90 == pytest.approx(np.percentile(chosen, 90, axis=1), abs=1e-6)


def test_an_area_half_outside_counts_what_is_there_and_one_thinner_than_a_pixel_is_one_pixel():
    scene = scene_of(GRID)
    assert roi_spectrum(scene, square(-5, 10, 2, 12)).n_pixels == 4
    thin = Roi.area(Aoi.from_geometry(shapely.Polygon([at(5.6, 3.1), at(5.6, 33), at(5.95, 33), at(5.95, 3.1)])))
    assert roi_spectrum(scene, thin).n_pixels == 1


def test_bands_stand_in_wavelength_order_on_the_satellites_own_wavelengths():
    scene = scene_of(GRID, ("B8A", "B04", "B12", "B09", "B08"), satellite="S2C", level="L2A")
    pick = roi_spectrum(scene, Roi.point(*at(3.5, 4.5)))
    assert pick.bands == ("B04", "B08", "B8A", "B09", "B12")
    assert pick.wavelength_nm.tolist() == [666.5, 834.6, 865.6, 947.2, 2191.3]
    assert pick.atmospheric.tolist() == [False, False, False, True, False]
    assert pick.mean[0] == scene.select(["B04"])[0, 3, 4]
    assert (pick.level, pick.satellite, set(pick.indices)) == ("L2A", "S2C", {"NDVI"})


def test_clouds_and_gaps_are_left_out_counted_and_said():
    clear, observed = np.ones(GRID.shape_px, bool), np.ones(GRID.shape_px, bool)
    clear[:40, :64], observed[40:64, :64] = False, False
    scene = scene_of(GRID, clear=clear, observed=observed)
    cloud, gap = (roi_spectrum(scene, Roi.point(*at(*p))) for p in ((5.5, 5.5), (50.5, 5.5)))
    assert cloud.n_pixels == gap.n_pixels == 0
    assert "cloud" in cloud.why_empty and "no data" in gap.why_empty
    assert np.isnan(cloud.mean).all() and not cloud.indices
    tile = roi_spectrum(scene, Roi.tile(*at(5, 5)))
    assert (tile.n_pixels, tile.n_cloudy, tile.n_no_data) == (0, 40 * 64, 24 * 64)
    assert "partly cloudy and partly without data" in tile.why_empty
    half = roi_spectrum(scene, square(30, 60, 34, 70))
    assert (half.n_pixels, half.n_cloudy) == (24, 16) and half.why_empty == ""


def test_a_place_outside_the_imagery_or_the_globe_is_refused():
    scene = scene_of(GRID)
    for place in (Roi.point(20.0, 10.0), Roi.tile(*at(-1, 3)), square(-50, 0, -40, 9), Roi.point(-171.15, 45.48)):
        with pytest.raises(InputError, match="outside the imagery"):
            roi_spectrum(scene, place)
    for lon, lat in ((45.0, 95.0), (8.0, -81.0), (float("nan"), 4.0), (700.0, 4.0)):
        with pytest.raises(InputError, match="no place that Sentinel-2 maps"):
            Roi.point(lon, lat)


def test_the_outline_is_the_ground_that_counts():
    (pixel,) = roi_outline(Roi.point(*at(7.2, 9.9)), GRID)
    assert shapely.Polygon(pixel).contains(shapely.Point(at(7.5, 9.5)))
    assert shapely.Polygon(pixel).centroid.coords[0] == pytest.approx(at(7.5, 9.5), abs=1e-8)
    (tile,) = roi_outline(Roi.tile(*at(70, 100)), GRID)
    assert {tuple(np.round(p, 7)) for p in tile} >= {tuple(np.round(p, 7)) for p in GRID.tile_polygon(1, 1)}


@pytest.mark.parametrize(("side_m", "pixels"), [(20, 4), (100, 100), (500, 2500)])
def test_a_square_holds_the_pixels_of_its_side(side_m, pixels):
    scene = scene_of(GRID)
    place = Roi.square(*GRID.tile_center(1, 1), side_m)
    assert roi_spectrum(scene, place).n_pixels == pytest.approx(pixels, rel=0.25 if side_m < 100 else 0.05)
    assert shapely.Polygon(roi_outline(place, GRID)[0]).contains(shapely.Point(GRID.tile_center(1, 1)))


def test_a_square_across_the_antimeridian_is_as_large_as_elsewhere():
    from lulc_core.domain.aoi import Aoi

    assert Aoi.from_geometry(Roi.square(179.9995, -17.0, 400).geometry).area_m2 == pytest.approx(160_000, rel=0.01)


@pytest.mark.parametrize("side_m", [0, 19, 5001, float("nan")])
def test_a_square_of_another_size_is_refused(side_m):
    with pytest.raises(InputError, match="side of a square"):
        Roi.square(8.85, 45.48, side_m)


def test_a_band_that_the_file_lacks_at_a_point_is_unknown_and_not_taken_from_the_grid():
    scene = scene_of(GRID)
    place = Roi.point(*GRID.tile_center(1, 1))
    one = roi_spectrum(scene, place, native={"B04": 0.25, "B08": 0.5})
    assert one.mean[one.bands.index("B04")] == pytest.approx(0.25)
    assert np.isnan(one.mean[one.bands.index("B02")]) and set(one.indices) == {"NDVI"}
    nothing = roi_spectrum(scene, place, native={})
    assert nothing.n_pixels == 0 and "no data" in nothing.why_empty
