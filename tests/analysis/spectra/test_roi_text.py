"""Places and areas as they are typed."""

from __future__ import annotations

import pytest

from lulc_core.analysis.spectra.roi_text import read_place
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError, InputError


@pytest.mark.parametrize("text", ["8.85, 45.48", "8.85 45.48", "8.85;45.48", " (8.85, 45.48) ", "[8.85,45.48]"])
def test_one_pair_is_a_place(text):
    assert read_place(text) == (8.85, 45.48)


@pytest.mark.parametrize(
    "text", ["8.850, 45.480; 8.853, 45.482", "8.853 45.482 8.850 45.480", "8.850, 45.482, 8.853, 45.480"]
)
def test_two_pairs_are_opposite_corners_in_any_order(text):
    aoi = read_place(text)
    assert isinstance(aoi, Aoi) and aoi.bbox == pytest.approx((8.850, 45.480, 8.853, 45.482))


def test_two_corners_across_the_antimeridian_enclose_the_short_way():
    aoi = read_place("179.999, -17.0; -179.999, -16.998")
    assert aoi.area_m2 == pytest.approx(213 * 221, rel=0.02)


def test_more_pairs_are_an_outline():
    aoi = read_place("8.850, 45.480; 8.853, 45.480; 8.853, 45.482")
    assert aoi.area_m2 == pytest.approx(0.5 * 234.6 * 222.3, rel=0.01)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Nothing is typed"),
        ("8.85", "1 number is typed"),
        ("8.85, 45.48, 8.86", "3 numbers"),
        ("here", "longitude, latitude"),
    ],
)
def test_what_is_no_place_says_what_is_wanted(text, words):
    with pytest.raises(InputError, match=words) as caught:
        read_place(text)
    assert "8.850, 45.480; 8.853, 45.482" in caught.value.hint


@pytest.mark.parametrize("text", ["8.85,45.48 8.85,45.48", "8.85,45.48 8.86,45.48 8.87,45.48", "8,45 9,46 9,45 8,46"])
def test_corners_without_ground_are_refused(text):
    with pytest.raises(AoiError):
        read_place(text)
