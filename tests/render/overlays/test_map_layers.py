"""Overlays: what falls on a pixel is what lies at its longitude and latitude; opened again with Pillow."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.radiometry import to_true_colour
from lulc_core.render.colors import LEFT_OUT_COLOR, rgb
from lulc_core.render.overlays.map_layers import (
    bright_colour_layer,
    false_colour_layer,
    land_cover_layer,
    ndvi_layer,
    tile_picture,
    true_colour_layer,
)
from tests.arrays import grid_at, map_of, scene_of

PLACES = {
    "middle of a zone": (9.0, 45.5),
    "zone edge, far north": (11.95, 69.5),
    "zone edge, west": (6.02, 52.0),
    "southern hemisphere": (-58.4, -34.6),
    "south, zone edge": (149.97, -43.0),
    "equator": (32.58, 0.05),
    "antimeridian, from the west": (179.98, -16.6),
    "antimeridian, from the east": (-179.99, 71.2),
}


@lru_cache(maxsize=16)
def _rgba(layer) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(layer.data)).convert("RGBA"))


def _pixel(layer, lon: float, lat: float) -> tuple[int, int]:
    """Column and row of a place, by the formula of Web Mercator and the bounds alone, as Leaflet does it."""
    (south, west), (north, east) = layer.bounds
    height, width = _rgba(layer).shape[:2]
    y, y0, y1 = (math.log(math.tan(math.pi / 4 + math.radians(v) / 2)) for v in (lat, north, south))
    lon += 360 * round(((west + east) / 2 - lon) / 360)
    return int((lon - west) / (east - west) * width), int((y - y0) / (y1 - y0) * height)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_every_tile_has_its_colour_at_its_own_longitude_and_latitude(place):
    grid = grid_at(*PLACES[place], 9, 13)
    ids = np.random.default_rng(3).integers(0, 10, grid.shape).astype(np.uint8)
    layer = land_cover_layer(map_of(ids, grid), letters=False)
    pixels = _rgba(layer)
    for row in range(9):
        for col in range(13):
            corners = np.array(grid.tile_polygon(row, col)[:4])
            corners[:, 0] += 360 * np.round((corners[0, 0] - corners[:, 0]) / 360)
            centre = corners.mean(axis=0)
            # The centre, and four places 32 m inside the corners: an error of a twentieth of a tile would show.
            for lon, lat in (centre, *(centre + 0.9 * (c - centre) for c in corners)):
                x, y = _pixel(layer, lon, lat)
                assert tuple(pixels[y, x]) == (*rgb(CLASSES[ids[row, col]].color), 255), (row, col, lon, lat)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_bounds_just_enclose_the_grid_with_longitudes_in_one_piece(place):
    grid = grid_at(*PLACES[place], 9, 13)
    (south, west), (north, east) = land_cover_layer(map_of(np.zeros(grid.shape), grid)).bounds
    corners = np.array([p for r in (0, 8) for c in (0, 12) for p in grid.tile_polygon(r, c)])
    lons = corners[:, 0] + 360 * np.round(((west + east) / 2 - corners[:, 0]) / 360)
    slack = 0.02 * (north - south)
    assert south == pytest.approx(corners[:, 1].min(), abs=slack) and south <= corners[:, 1].min() + 1e-6
    assert north == pytest.approx(corners[:, 1].max(), abs=slack) and north >= corners[:, 1].max() - 1e-6
    assert west <= lons.min() + 1e-6 and east >= lons.max() - 1e-6
    assert east - west < 1 and -181 < west < east < 181


def test_longitudes_are_those_of_the_drawn_shape_on_either_side_of_the_antimeridian():
    for west, east in ((179.9, -179.95), (179.95, -179.9)):
        aoi = Aoi.from_bbox(west, -16.7, east, -16.6)
        grid = TileGrid.from_aoi(aoi)
        (_, left), (_, right) = land_cover_layer(map_of(np.zeros(grid.shape), grid)).bounds
        assert left == pytest.approx(aoi.bbox[0], abs=0.01) and right == pytest.approx(aoi.bbox[2], abs=0.01)


def test_outside_the_shape_is_transparent_and_left_out_tiles_are_striped():
    aoi = Aoi.from_geojson(
        {"type": "Polygon", "coordinates": [[[8.80, 45.45], [8.86, 45.45], [8.80, 45.49], [8.80, 45.45]]]}
    )
    grid = TileGrid.from_aoi(aoi)
    ids = np.zeros(grid.shape, np.uint8)
    row, col = np.argwhere(grid.coverage == 1)[0]
    ids[row, col] = 255
    for layer in (land_cover_layer(map_of(ids, grid)),):
        pixels = _rgba(layer)
        for r, c in np.argwhere(~grid.inside):
            x, y = _pixel(layer, *grid.tile_center(int(r), int(c)))
            assert pixels[y, x, 3] == 0
        x, y = _pixel(layer, *grid.tile_center(int(row), int(col)))
        tile = pixels[y - 12 : y + 12, x - 12 : x + 12].reshape(-1, 4)
        assert {tuple(p) for p in tile} == {(*rgb(LEFT_OUT_COLOR), 255), (*rgb(LEFT_OUT_COLOR), 70)}
        assert layer.legend[-1][1] == LEFT_OUT_COLOR


def test_letters_stand_on_their_tiles_and_read_against_them():
    grid = grid_at(9.0, 45.5, 2, 5)
    ids = np.arange(10, dtype=np.uint8).reshape(2, 5)
    plain, lettered = (land_cover_layer(map_of(ids, grid), letters=on) for on in (False, True))
    a, b = _rgba(plain), _rgba(lettered)
    for row in range(2):
        for col in range(5):
            x, y = _pixel(plain, *grid.tile_center(row, col))
            part = (slice(y - 20, y + 20), slice(x - 20, x + 20))
            inked = (a[part] != b[part]).any(axis=2)
            assert 15 < inked.sum() < 800
            ys, xs = np.nonzero(inked)
            assert abs((ys.min() + ys.max()) / 2 - 20) <= 2 and abs((xs.min() + xs.max()) / 2 - 20) <= 2
            assert _contrast(rgb(CLASSES[ids[row, col]].color), tuple(b[part][inked][0, :3])) >= 4.5
    assert [label.split()[0] for label, _ in lettered.legend] == [c.letter for c in CLASSES]


def _contrast(a, b) -> float:
    # WCAG 2.2, written out again from its text.
    def luminance(color):
        parts = [v / 255 / 12.92 if v / 255 <= 0.04045 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in color]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] + 0.05

    high, low = sorted((luminance([int(v) for v in a]), luminance([int(v) for v in b])), reverse=True)
    return high / low


def test_corine_colours_and_only_classes_that_occur_are_in_the_legend():
    grid = grid_at(9.0, 45.5, 1, 2)
    layer = land_cover_layer(map_of(np.array([[1, 9]]), grid), letters=False, corine=True)
    assert layer.legend == (("F  forest", "#80FF00"), ("S  sea or lake", "#80F2E6"))
    x, y = _pixel(layer, *grid.tile_center(0, 1))
    assert tuple(_rgba(layer)[y, x, :3]) == rgb("#80F2E6")


@pytest.mark.parametrize("place", ["middle of a zone", "zone edge, far north", "antimeridian, from the east"])
def test_imagery_lies_within_a_pixel_of_where_it_was_taken(place):
    grid = grid_at(*PLACES[place], 3, 5)
    scene = scene_of(grid)
    reflectance = np.full_like(scene.reflectance, 0.05)
    marks = [(10, 12), (100, 300), (180, 40), (96, 160)]
    for r, c in marks:
        reflectance[:, r - 3 : r + 4, c - 3 : c + 4] = 0.4
    scene = type(scene)(grid, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear)
    layer = true_colour_layer(scene)
    pixels = _rgba(layer)
    assert layer.mime == "image/webp"
    left, _, _, top = grid.bounds
    to_lonlat = Transformer.from_crs(f"EPSG:{grid.epsg}", "EPSG:4326", always_xy=True)
    for r, c in marks:
        lon, lat = to_lonlat.transform(left + 10 * (c + 0.5), top - 10 * (r + 0.5))
        x, y = _pixel(layer, lon, lat)
        window = pixels[y - 6 : y + 7, x - 6 : x + 7, 1] > 150
        ys, xs = np.nonzero(window)
        assert abs(ys.mean() - 6) <= 1.2 and abs(xs.mean() - 6) <= 1.2


def test_true_colour_is_the_fixed_gain_and_false_colour_puts_nir_in_red():
    grid = grid_at(9.0, 45.5, 2, 2)
    scene = scene_of(grid)
    x, y = _pixel(true_colour_layer(scene), *grid.tile_center(1, 1))
    expected = to_true_colour(scene.select(("B04", "B03", "B02")).mean(axis=(1, 2)))
    shown = _rgba(true_colour_layer(scene))[y - 8 : y + 8, x - 8 : x + 8, :3].mean(axis=(0, 1))
    np.testing.assert_allclose(shown, expected, atol=6)  # WebP is lossy
    false = _rgba(false_colour_layer(scene))[y - 8 : y + 8, x - 8 : x + 8, :3].mean(axis=(0, 1))
    means = scene.select(("B08", "B04", "B03")).mean(axis=(1, 2))
    np.testing.assert_allclose(false, np.clip(means * np.array([1.8, 2.5, 2.5]) * 255, 0, 255), atol=6)


def test_ndvi_is_blue_on_water_pale_on_soil_and_green_on_plants():
    grid = grid_at(9.0, 45.5, 1, 3)
    scene = scene_of(grid)
    reflectance = scene.reflectance.copy()
    red, nir = BAND_NAMES.index("B04"), BAND_NAMES.index("B08")
    for col, (r, n) in enumerate(((0.05, 0.02), (0.2, 0.22), (0.03, 0.4))):
        reflectance[red, :, 64 * col : 64 * col + 64], reflectance[nir, :, 64 * col : 64 * col + 64] = r, n
    layer = ndvi_layer(type(scene)(grid, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear))
    pixels = _rgba(layer)
    water, soil, plants = (
        pixels[y, x].astype(int) for x, y in (_pixel(layer, *grid.tile_center(0, c)) for c in range(3))
    )
    assert water[2] > water[0] and plants[1] > plants[0] and plants[1] > plants[2]
    assert soil[:3].sum() > plants[:3].sum() > 0 and (soil[3], plants[3]) == (255, 255)


def test_pictures_are_transparent_where_nothing_was_observed_or_drawn():
    aoi = Aoi.from_geojson(
        {"type": "Polygon", "coordinates": [[[8.80, 45.45], [8.86, 45.45], [8.80, 45.49], [8.80, 45.45]]]}
    )
    grid = TileGrid.from_aoi(aoi)
    observed = np.ones(grid.shape_px, bool)
    row, col = (int(v) for v in np.argwhere(grid.coverage == 1)[0])
    observed[grid.tile_slices(row, col)] = False
    scene = scene_of(grid, observed=observed)
    outside = tuple(int(v) for v in np.argwhere(~grid.inside)[0])
    shown = tuple(int(v) for v in np.argwhere(grid.coverage == 1)[-1])
    for layer in (true_colour_layer(scene), false_colour_layer(scene), ndvi_layer(scene)):
        pixels = _rgba(layer)
        alphas = [
            pixels[y, x, 3] for x, y in (_pixel(layer, *grid.tile_center(*t)) for t in ((row, col), outside, shown))
        ]
        assert alphas == [0, 0, 255]


def test_missing_bands_are_named():
    scene = scene_of(grid_at(9.0, 45.5, 1, 1), bands=("B02", "B03", "B04"))
    assert true_colour_layer(scene).key == "true_colour"
    for make in (false_colour_layer, ndvi_layer):
        with pytest.raises(InputError, match="lacks B08"):
            make(scene)


def test_no_side_is_longer_than_2048_pixels():
    grid = grid_at(9.0, 45.5, 3, 300)
    for layer in (
        land_cover_layer(map_of(np.zeros(grid.shape), grid)),
        true_colour_layer(scene_of(grid, ("B04", "B03", "B02"))),
    ):
        height, width = _rgba(layer).shape[:2]
        assert 1500 < width <= 2048 and 10 < height <= 60


def test_everything_simulated_says_so_in_the_picture_and_nothing_else_does():
    grid = grid_at(9.0, 45.5, 6, 6)
    ids = np.full(grid.shape, 1)
    for make, of in (
        (land_cover_layer, lambda **c: map_of(ids, grid, **c)),
        (true_colour_layer, lambda **c: scene_of(grid, **c)),
        (false_colour_layer, lambda **c: scene_of(grid, **c)),
        (ndvi_layer, lambda **c: scene_of(grid, **c)),
    ):
        real, simulated = _rgba(make(of(simulated=False))), _rgba(make(of(simulated=True)))
        changed = (np.abs(real.astype(int) - simulated) > 20).any(axis=2)
        assert 0.01 < changed.mean() < 0.25, make.__name__
        # In every quarter of the picture, so that a crop keeps it.
        h, w = changed.shape
        for part in (changed[: h // 2, : w // 2], changed[h // 2 :, w // 2 :], changed[: h // 2, w // 2 :]):
            assert part.any(), make.__name__


def test_tile_pictures_show_their_tile_with_a_badge_and_a_margin():
    grid = grid_at(9.0, 45.5, 2, 3)
    scene = scene_of(grid)
    reflectance = np.full_like(scene.reflectance, 0.05)
    reflectance[:, 64:, 128:] = 0.2  # tile 1,2
    scene = type(scene)(grid, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear)

    def picture(*where, of=scene, **options):
        return np.asarray(Image.open(io.BytesIO(tile_picture(of, *where, **options))).convert("RGBA"))

    bright, dark = round(0.2 * 2.5 * 255), round(0.05 * 2.5 * 255)
    assert picture(1, 2).shape == (256, 256, 4)
    assert (np.abs(picture(1, 2)[..., 0].astype(int) - bright) <= 1).all()
    assert (np.abs(picture(0, 2, size_px=64)[..., 0].astype(int) - dark) <= 1).all()
    wide = picture(1, 2, margin_px=64, size_px=192)
    assert abs(int(wide[96, 96, 0]) - bright) <= 1 and abs(int(wide[96, 20, 0]) - dark) <= 1
    assert wide[96, 180, 3] == 0 and wide[180, 96, 3] == 0  # beyond the grid
    simulated = type(scene)(
        grid, scene_of(grid, simulated=True).acquisition, scene.bands, reflectance, scene.observed, scene.clear
    )
    badged = picture(1, 2, of=simulated)
    assert (badged[-20:, :80] == 255).all(axis=2).any() and (badged[:200] == picture(1, 2)[:200]).all()
    with pytest.raises(IndexError):
        tile_picture(scene, 2, 0)


def test_the_brightened_picture_spans_what_the_scene_shows():
    grid = grid_at(8.85, 45.48, 2, 2)
    rng = np.random.default_rng(3)
    reflectance = rng.uniform(0.04, 0.16, (3, *grid.shape_px)).astype(np.float32)
    scene = replace(scene_of(grid, ("B04", "B03", "B02")), reflectance=reflectance)
    spans = []
    for layer in (bright_colour_layer(scene), true_colour_layer(scene)):
        pixels = _rgba(layer)
        shown = pixels[..., :3][pixels[..., 3] > 0]
        spans.append(float(np.subtract(*np.percentile(shown, [98, 2]))))
    assert spans[0] > 180 > 2 * spans[1], "dark ground fills the picture from black to white"
