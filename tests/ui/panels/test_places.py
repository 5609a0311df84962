"""Example places and typed coordinates."""

from __future__ import annotations

import pytest

from lulc_core.domain.errors import AoiError
from lulc_core.ui.panels.places import EXAMPLES, parse_coordinates


def test_the_first_example_is_the_fields_of_mesero() -> None:
    aoi = EXAMPLES[0].aoi
    assert aoi.center == pytest.approx((8.850, 45.488), abs=1e-4)
    assert aoi.area_km2 == pytest.approx(36, rel=0.02)


def test_examples_lie_in_both_hemispheres_and_have_a_period() -> None:
    assert {e.aoi.epsg // 100 for e in EXAMPLES} == {326, 327}
    assert all(e.start < e.end and 15 < e.aoi.area_km2 < 120 for e in EXAMPLES)


@pytest.mark.parametrize(
    ("text", "center"),
    [
        ("45.488, 8.850", (8.85, 45.488)),
        ("45.488 8.850", (8.85, 45.488)),
        ("45.488;8.850", (8.85, 45.488)),
        ("45.488°N, 8.850°E", (8.85, 45.488)),
        ("8.850E 45.488N", (8.85, 45.488)),
        ("33.05 S, 68.70 W", (-68.7, -33.05)),
        ("-33.05, -68.70", (-68.7, -33.05)),
        ("−33.05, −68.70", (-68.7, -33.05)),
        ("45,488 8,850", (8.85, 45.488)),
        ("45,488; 8,850", (8.85, 45.488)),
        ("45,488, 8,850", (8.85, 45.488)),
        ("45°29'16.8\"N 8°51'0\"E", (8.85, 45.488)),
        ("33° 3′ S, 68° 42′ W", (-68.7, -33.05)),
    ],
)
def test_a_place_is_latitude_then_longitude_unless_it_says_otherwise(text: str, center: tuple[float, float]) -> None:
    aoi = parse_coordinates(text, 6)
    assert aoi.center == pytest.approx(center, abs=1e-4)
    assert aoi.area_km2 == pytest.approx(36, rel=0.02)


def test_four_numbers_are_west_south_east_north() -> None:
    assert parse_coordinates("8.80, 45.45, 8.90, 45.52", 3).bbox == (8.80, 45.45, 8.90, 45.52)
    assert parse_coordinates("8,80 45,45 8,90 45,52", 3).bbox == (8.80, 45.45, 8.90, 45.52)


@pytest.mark.parametrize(
    "text", ["Milan", "45.488", "1,2,3", "95, 8", "45.5, 999", "8.9,45.5,8.8,45.4", "45,488,8,850", "1e3,x"]
)
def test_what_is_no_place_is_one_clear_error(text: str) -> None:
    with pytest.raises(AoiError) as caught:
        parse_coordinates(text, 6)
    assert caught.value.hint
