"""How bright pictures are: land is spread over what can be shown, alike for all dates of a result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lulc_core.export.bundle import bundle_of
from lulc_core.render.brightness import NOT_SEEN, Stretch, brightened, scene_stretch, stretch_of
from tests.render.results import AOI, compare_result, map_result


def dark(made, low: int, high: int, seed: int):
    """The same date with a dark picture and a corner that was not observed."""
    picture = np.random.default_rng(seed).integers(low, high, made.picture.shape, np.uint8)
    picture[:40, :40] = 0
    return replace(made, picture=picture)


def test_dark_land_becomes_bright_enough_to_see_fields():
    made = dark(bundle_of(map_result(), aoi=AOI, request={}).after, 15, 75, 1)
    shown = brightened([made], 1)[0].picture
    seen = made.picture.any(axis=2)
    assert made.picture[seen].mean() < 50 and 110 < shown[seen].mean() < 150
    assert np.percentile(shown[seen], 95) > 230 and np.percentile(shown[seen], 5) < 30
    assert (shown[~seen] == NOT_SEEN).all()


def test_small_clouds_that_no_map_has_leave_the_land_bright():
    made = dark(bundle_of(map_result(), aoi=AOI, request={}).after, 15, 75, 1)
    cloudy = made.picture.copy()
    cloudy[60:160, 60:190] = 255
    assert stretch_of([replace(made, picture=cloudy)]) == stretch_of([made])
    snow = np.full_like(made.picture, 240)
    snow[60:160] = 250
    assert max(stretch_of([replace(made, picture=snow)]).high) > 240, "under snow the white is the land"


def test_both_dates_of_a_pair_are_brightened_alike():
    dates = bundle_of(compare_result(), aoi=AOI, request={}).dates
    dates = [dark(dates[0], 15, 60, 1), dark(dates[1], 40, 90, 2), dark(dates[2], 200, 255, 3)]
    stretch = stretch_of(dates[:2])
    for before, after in zip(dates, brightened(dates, 2), strict=True):
        np.testing.assert_array_equal(after.picture, stretch.apply(before.picture))
    first, second = (d.picture[60:].mean() for d in brightened(dates, 2)[:2])
    assert second > first + 20, "the lighter date stays the lighter one"


def test_water_alone_is_not_stretched_into_noise():
    made = dark(bundle_of(map_result(), aoi=AOI, request={}).after, 10, 14, 1)
    shown = brightened([made], 1)[0].picture[60:, 60:]
    assert shown.max().astype(int) - shown.min() < 60


def test_colours_keep_their_contrast_to_each_other():
    stretch = Stretch((20, 30, 40), (60, 70, 80))
    grey = stretch.apply(np.array([[[40, 50, 60]]], np.uint8))
    assert np.ptp(grey) == 0
    assert (stretch.apply(np.full((1, 1, 3), 255, np.uint8)) == 255).all()


def test_a_scene_has_the_limits_of_its_clear_ground():
    scene = map_result().scene
    stretch = scene_stretch(scene)
    assert all(high - low >= 36 for low, high in zip(stretch.low, stretch.high, strict=True))
