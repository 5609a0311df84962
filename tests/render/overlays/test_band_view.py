"""Any three bands, any index: right pixels, right place, right numbers under the pointer."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from lulc_core.analysis.spectra.indices import INDICES, scene_index
from lulc_core.domain.errors import InputError
from lulc_core.render.colors import rgb
from lulc_core.render.overlays.band_view import (
    FIXED_RANGES,
    INDEX_STOPS,
    POINTER_NONE,
    PRESETS,
    composite_layer,
    fitted_range,
    index_layer,
    pointer_values,
)
from tests.arrays import grid_at, scene_of

GRID = grid_at(8.85, 45.48, 3, 2)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(int)


def flat_scene(values: dict[str, float], **more):
    scene = scene_of(GRID, tuple(values), **more)
    reflectance = np.stack([np.full(GRID.shape_px, v, np.float32) for v in values.values()])
    return type(scene)(GRID, scene.acquisition, tuple(values), reflectance, scene.observed, scene.clear)


def test_a_composite_shows_the_bands_asked_for_in_their_stretch():
    scene = flat_scene({"B12": 0.1, "B8A": 0.2, "B04": 0.3})
    layer = composite_layer(scene, ("B04", "B12", "B8A"), ((0.0, 0.6), (0.05, 0.15), (0.3, 0.5)))
    middle = pixels(layer.data)
    middle = middle[middle.shape[0] // 2, middle.shape[1] // 2]
    assert middle == pytest.approx([128, 128, 0, 255], abs=3)
    (south, west), (north, east) = layer.bounds
    lon, lat = GRID.tile_center(1, 1)
    assert south < lat < north and west < lon < east


def test_a_stretch_must_rise_and_bands_must_be_there():
    scene = flat_scene({"B12": 0.1, "B8A": 0.2, "B04": 0.3})
    with pytest.raises(InputError, match="above its begin"):
        composite_layer(scene, ("B04", "B12", "B8A"), ((0.4, 0.4),) * 3)
    with pytest.raises(InputError, match="lacks B02"):
        composite_layer(scene, ("B04", "B12", "B02"), ((0.0, 0.4),) * 3)


def test_the_fitted_stretch_leaves_clouds_and_gaps_out():
    clear = np.ones(GRID.shape_px, bool)
    clear[:30] = False
    scene = scene_of(GRID, ("B04", "B08"), clear=clear)
    reflectance = scene.reflectance.copy()
    reflectance[:, :30] = 1.0
    scene = type(scene)(GRID, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear)
    low, high = fitted_range(scene, "B04")
    assert 0.05 <= low < high <= 0.07
    nothing = type(scene)(
        GRID, scene.acquisition, scene.bands, reflectance, scene.observed, np.zeros(GRID.shape_px, bool)
    )
    assert fitted_range(nothing, "B04") == FIXED_RANGES["B04"]


@pytest.mark.parametrize("name", INDICES)
def test_every_index_has_its_colours_and_shows_them(name):
    for value, color, _ in INDEX_STOPS[name]:
        layer = index_layer(flat_scene({"B04": 0.1}), name, np.full(GRID.shape_px, value, np.float32))
        middle = pixels(layer.data)
        middle = middle[middle.shape[0] // 2, middle.shape[1] // 2]
        assert middle[:3] == pytest.approx(rgb(color), abs=9) and middle[3] == 255
        assert layer.legend[-1][1] == INDEX_STOPS[name][0][1]


def test_where_an_index_is_not_defined_nothing_is_shown():
    values = np.full(GRID.shape_px, np.nan, np.float32)
    assert (pixels(index_layer(flat_scene({"B04": 0.1}), "NDVI", values).data)[..., 3] == 0).all()


def test_the_pointer_reads_the_pixels_own_numbers():
    observed = np.ones(GRID.shape_px, bool)
    observed[5, 7] = False
    scene = scene_of(GRID, observed=observed)
    ndvi = scene_index(scene, "NDVI")
    data = pointer_values(scene, [scene.select(["B04"])[0], ndvi])
    numbers = np.frombuffer(zlib.decompress(data), "<u2").reshape(2, *GRID.shape_px)
    assert (numbers[:, 5, 7] == POINTER_NONE).all()
    assert numbers[0, 100, 50] / 10_000 - 2 == pytest.approx(scene.select(["B04"])[0, 100, 50], abs=6e-5)
    assert numbers[1, 100, 50] / 10_000 - 2 == pytest.approx(ndvi[100, 50], abs=6e-5)


def test_simulated_imagery_says_so_in_every_picture():
    plain = flat_scene({"B04": 0.1, "B03": 0.1, "B02": 0.1})
    made = flat_scene({"B04": 0.1, "B03": 0.1, "B02": 0.1}, simulated=True)
    pair = [composite_layer(s, ("B04", "B03", "B02"), ((0, 0.4),) * 3).data for s in (plain, made)]
    assert np.ptp(pixels(pair[0])[40:60, 40:60, 0]) <= 2 < np.ptp(pixels(pair[1])[..., 0])


def test_presets_name_three_bands_and_how_to_read_them():
    assert {p.key for p in PRESETS} == {"true_colour", "false_colour", "swir"}
    assert all(len(p.bands) == 3 and p.reading.endswith(".") for p in PRESETS)
