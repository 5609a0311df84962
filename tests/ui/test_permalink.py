"""Links: short, exact, and never a way in for something that is no area."""

from __future__ import annotations

import random

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError
from lulc_core.ui.permalink import MAX_CHARS, canonical, decode_area, encode_area


def same(a: Aoi, b: Aoi) -> bool:
    return a.key == b.key and a.geometry.equals(b.geometry)


def test_a_rectangle_is_four_numbers_in_the_order_of_geojson() -> None:
    aoi = Aoi.from_bbox(8.8, 45.45, 8.9, 45.52)
    assert encode_area(aoi) == "8.8,45.45,8.9,45.52"
    assert same(decode_area("8.8,45.45,8.9,45.52"), aoi)


def test_a_drawn_rectangle_is_the_same_area_after_its_link() -> None:
    drawn = canonical(Aoi.from_bbox(8.8123456789, 45.4523456789, 8.9023456789, 45.5223456789))
    assert same(decode_area(encode_area(drawn) or ""), drawn)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-180, 180),
    st.floats(-79, 82),
    st.lists(st.floats(0.3, 1.0), min_size=3, max_size=40),
    st.floats(0.002, 0.8),
)
def test_any_polygon_comes_back(lon: float, lat: float, radii: list[float], size: float) -> None:
    import math

    turn = 2 * math.pi / len(radii)
    points = [(lon + r * size * math.cos(i * turn), lat + r * size * math.sin(i * turn)) for i, r in enumerate(radii)]
    try:
        aoi = canonical(Aoi.from_geometry(shapely.Polygon(points)))
    except AoiError:
        return  # three flat radii can enclose less than a pixel
    text = encode_area(aoi)
    assert text is not None and text.replace("-", "").replace("_", "").replace(",", "").replace(".", "").isalnum()
    assert same(decode_area(text), aoi)


def test_holes_and_parts_come_back() -> None:
    ring = shapely.box(10, 50, 10.2, 50.2).difference(shapely.box(10.05, 50.05, 10.1, 50.1))
    aoi = canonical(Aoi.from_geometry(shapely.union_all([ring, shapely.box(10.3, 50, 10.4, 50.1)])))
    text = encode_area(aoi) or ""
    assert same(decode_area(text), aoi)
    assert len(text) < 90


def test_a_small_polygon_takes_few_letters_a_corner() -> None:
    rng = random.Random(4)
    points = sorted(rng.uniform(0, 6.28) for _ in range(30))
    import math

    aoi = canonical(
        Aoi.from_geometry(shapely.Polygon([(9 + 0.03 * math.cos(a), 45 + 0.03 * math.sin(a)) for a in points]))
    )
    assert len(encode_area(aoi) or "") < 30 * 7


def test_across_the_antimeridian() -> None:
    aoi = canonical(Aoi.from_bbox(179.9, -17.0, -179.9, -16.8))
    assert same(decode_area(encode_area(aoi) or ""), aoi)


def test_an_outline_too_long_for_a_link_has_none() -> None:
    import math

    points = [(9 + 0.3 * math.cos(i / 900), 45 + 0.2 * math.sin(i / 900) * (1 + 0.01 * (i % 2))) for i in range(5600)]
    aoi = Aoi.from_geometry(shapely.Polygon(points).buffer(0))
    assert encode_area(aoi) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "a,b,c,d",
        "nan,45,9,46",
        "8,46,9,45",
        "p",
        "pAB",
        "pAAAA",
        "p" + "A" * (MAX_CHARS + 1),
        "p" + "g" * 60,
        "p<script>",
        "p..~",
        "8.8,95,8.9,96",
    ],
)
def test_a_damaged_link_is_one_clear_error(text: str) -> None:
    with pytest.raises(AoiError) as caught:
        decode_area(text)
    assert caught.value.hint
