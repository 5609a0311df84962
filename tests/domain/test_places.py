"""Places and areas as they are typed: one parser for every page and the command line."""

from __future__ import annotations

import doctest

import pytest

from lulc_core.domain import places
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError, InputError
from lulc_core.domain.places import parse_place, square_around

MESERO, MENDOZA = (8.85, 45.488), (-68.7, -33.05)


@pytest.mark.parametrize(
    ("text", "lonlat"),
    [
        ("45.488, 8.850", MESERO),
        ("45.488 8.850", MESERO),
        ("45.488;8.850", MESERO),
        ("45.488\n8.850", MESERO),
        (" (45.488, 8.850) ", MESERO),
        ("[45.488,8.850]", MESERO),
        ("+45.488, +8.850", MESERO),
        ("45.488°N, 8.850°E", MESERO),
        ("45.488 °n 8.850 °e", MESERO),
        ("8.850E 45.488N", MESERO),
        ("8.850E 45.488", MESERO),
        ("8.850, 45.488N", MESERO),
        ("N 45.488, E 8.850", MESERO),
        ("E8.850 N45.488", MESERO),
        ("lat 45.488, lon 8.850", MESERO),
        ("Longitude: 8.850; Latitude: 45.488", MESERO),
        ("lng=8.850 lat=45.488", MESERO),
        ("lon -68.70, lat -33.05", MENDOZA),
        ("33.05 S, 68.70 W", MENDOZA),
        ("68.70 W, 33.05 S", MENDOZA),
        ("-33.05, -68.70", MENDOZA),
        ("−33.05, −68.70", MENDOZA),
        ("-33.05 S, -68.70 W", MENDOZA),
        ("45,488 8,850", MESERO),
        ("45,488; 8,850", MESERO),
        ("45,488, 8,850", MESERO),
        ("45,488°N 8,850°E", MESERO),
        ("8,850 E; 45,488 N", MESERO),
        ("-33,05 -68,70", MENDOZA),
        ("45°29'16.8\"N 8°51'0\"E", MESERO),
        ("45°29'16,8\"N 8°51'0\"E", MESERO),
        ("8°51'0\"E 45°29'16.8\"N", MESERO),
        ("N 45° 29' 16.8\" E 8° 51' 0\"", MESERO),
        ("45° 29.28' N, 8° 51' E", MESERO),
        ("33° 3′ S, 68° 42′ W", MENDOZA),
        ("-33°3', -68°42'", MENDOZA),
    ],
)
def test_a_place_is_latitude_then_longitude_unless_letters_say_otherwise(
    text: str, lonlat: tuple[float, float]
) -> None:
    assert parse_place(text) == pytest.approx(lonlat, abs=1e-4)


def test_a_field_may_promise_longitude_first_and_letters_still_win() -> None:
    assert parse_place("8.850, 45.488", longitude_first=True) == MESERO
    assert parse_place("8,850 45,488", longitude_first=True) == MESERO
    assert parse_place("45.488N 8.850E", longitude_first=True) == MESERO


@pytest.mark.parametrize(
    "text",
    [
        "8.80, 45.45, 8.90, 45.52",
        "8.80 45.45 8.90 45.52",
        "8,80 45,45 8,90 45,52",
        "8.80;45.45;8.90;45.52",
        "45.45, 8.80; 45.52, 8.90",
        "45.52, 8.80\n45.45, 8.90",
        "45.45 8.90; 45.52 8.80",
        "45,45 8,80; 45,52 8,90",
        "45.45N 8.80E 45.52N 8.90E",
        "8.90E 45.52N, 8.80E 45.45N",
    ],
)
def test_four_numbers_are_west_south_east_north_or_two_opposite_corners(text: str) -> None:
    aoi = parse_place(text)
    assert isinstance(aoi, Aoi)
    assert aoi.bbox == (8.80, 45.45, 8.90, 45.52)


@pytest.mark.parametrize(
    "text", ["-17.0, 179.999; -16.998, -179.999", "17S 179.999W; 16.998S 179.999E", "179.999,-17.0,-179.999,-16.998"]
)
def test_two_corners_across_the_antimeridian_enclose_the_short_way(text: str) -> None:
    aoi = parse_place(text)
    assert isinstance(aoi, Aoi)
    assert aoi.area_m2 == pytest.approx(213 * 221, rel=0.02)


def test_more_pairs_are_an_outline() -> None:
    for text in ("45.480, 8.850; 45.480, 8.853; 45.482, 8.853", "8.850E 45.480N 8.853E 45.480N 8.853E 45.482N"):
        aoi = parse_place(text)
        assert isinstance(aoi, Aoi)
        assert aoi.area_m2 == pytest.approx(0.5 * 234.6 * 222.3, rel=0.01)


@pytest.mark.parametrize("text", ["Milan", "45.488", "1,2,3", "1e3,x", "45.4N 45.5N", "8E 9E", "45.488 8.850 about"])
def test_what_is_no_place_is_one_clear_error(text: str) -> None:
    with pytest.raises(AoiError) as caught:
        parse_place(text)
    assert "latitude, longitude: 45.488, 8.850" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Nothing is typed"),
        (" ( ) ", "Nothing is typed"),
        ("8.85", "1 number is typed"),
        ("8.85, 45.48, 8.86", "3 numbers are typed"),
        ("here", "'here' is not understood"),
        ("8.9,45.5,8.8,45.4", "encloses no ground"),
        ("45,488,8,850", "encloses no ground|latitude"),
    ],
)
def test_errors_say_what_is_wanted(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        parse_place(text)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["8.85,45.48 8.85,45.48", "8.85,45.48 8.86,45.48 8.87,45.48", "8,45 9,46 9,45 8,46"])
def test_corners_without_ground_are_refused(text: str) -> None:
    with pytest.raises(AoiError):
        parse_place(text)


def test_a_square_around_a_place_has_the_size_that_was_chosen() -> None:
    for lon, lat in (MESERO, MENDOZA):
        aoi = square_around(lon, lat, 6, name="here")
        assert aoi.center == pytest.approx((lon, lat), abs=1e-4)
        assert aoi.area_km2 == pytest.approx(36, rel=0.02)
        assert aoi.name == "here"


@pytest.mark.parametrize("text", ["95, 8", "45.5, 999"])
def test_a_square_off_the_earth_is_refused(text: str) -> None:
    typed = parse_place(text)
    assert isinstance(typed, tuple)
    with pytest.raises(AoiError, match="is no place on Earth: latitude is -90 to 90") as caught:
        square_around(*typed, 6)
    assert caught.value.hint


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(places).failed == 0
