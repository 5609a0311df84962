"""What may be an area, and what is said of what may not."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from lulc_core.domain.aoi import MAX_SPAN_DEG, MAX_VERTICES, Aoi
from lulc_core.domain.errors import AoiError, InputError
from lulc_core.domain.projection import utm_epsg

GEOD = Geod(ellps="WGS84")


def polygon(*points: tuple[float, float]) -> dict:
    return {"type": "Polygon", "coordinates": [[list(p) for p in (*points, points[0])]]}


SQUARE = polygon((8.8, 45.4), (8.9, 45.4), (8.9, 45.5), (8.8, 45.5))


def geodesic_km2(geometry: shapely.Geometry) -> float:
    return abs(GEOD.geometry_area_perimeter(geometry)[0]) / 1e6


def test_a_square_becomes_an_area() -> None:
    aoi = Aoi.from_geojson(SQUARE, name=" Mesero ")
    assert aoi.bbox == (8.8, 45.4, 8.9, 45.5)
    assert aoi.name == "Mesero"
    assert aoi.epsg == 32632
    assert aoi.area_km2 == pytest.approx(geodesic_km2(aoi.geometry), rel=1e-3)
    assert json.loads(json.dumps(aoi.to_geojson()))["type"] == "Polygon"


def test_features_and_collections_are_merged_and_named() -> None:
    feature = {"type": "Feature", "properties": {"name": "field"}, "geometry": SQUARE}
    beside = {
        "type": "Feature",
        "properties": None,
        "geometry": polygon((8.9, 45.4), (9.0, 45.4), (9.0, 45.5), (8.9, 45.5)),
    }
    nothing = {"type": "Feature", "properties": {}, "geometry": None}
    aoi = Aoi.from_geojson({"type": "FeatureCollection", "features": [nothing, feature, beside]})
    assert aoi.name == ""
    assert Aoi.from_geojson({"type": "FeatureCollection", "features": [nothing, feature]}).name == "field"
    assert aoi.geometry.geom_type == "Polygon"
    assert aoi.bbox == (8.8, 45.4, 9.0, 45.5)


def test_holes_are_kept_and_heights_dropped() -> None:
    ring = [[8.82, 45.42, 7.0], [8.84, 45.42, 7.0], [8.84, 45.44, 7.0], [8.82, 45.42, 7.0]]
    outer = [[x, y, 7.0] for x, y in SQUARE["coordinates"][0]]
    aoi = Aoi.from_geojson({"type": "Polygon", "coordinates": [outer, ring]})
    assert not aoi.geometry.has_z
    assert len(aoi.geometry.interiors) == 1
    assert aoi.area_km2 == pytest.approx(geodesic_km2(aoi.geometry), rel=1e-3)


def test_the_key_names_the_ground_and_not_the_drawing() -> None:
    points = [(8.8, 45.4), (8.9, 45.4), (8.9, 45.5), (8.8, 45.5)]
    keys = {Aoi.from_geojson(polygon(*points[i:], *points[:i]), name=str(i)).key for i in range(4)}
    keys |= {Aoi.from_geojson(polygon(*reversed(points))).key, Aoi.from_bbox(8.8, 45.4, 8.9, 45.5).key}
    assert len(keys) == 1
    assert Aoi.from_bbox(8.8, 45.4, 8.9, 45.50001).key not in keys


BAD = {
    "crosses itself": polygon((0, 0), (1, 1), (1, 0), (0, 1)),
    "holds only Point, and only polygons": {"type": "Point", "coordinates": [8.8, 45.4]},
    "holds only LineString, and": {"type": "LineString", "coordinates": [[8.8, 45.4], [8.9, 45.4]]},
    "has no list of geometries": {"type": "GeometryCollection", "geometries": SQUARE},
    "A 'Topology' is not a shape of GeoJSON": {"type": "Topology", "arcs": []},
    "are latitude and longitude swapped": polygon((10, 100), (11, 100), (11, 101), (10, 101)),
    "look like metres": polygon((488320, 5037440), (489320, 5037440), (489320, 5038440)),
    "reach beyond those of UTM": polygon((10, 83), (11, 83), (11, 85)),
    "is outside -180 to 180": polygon((599, 10), (600, 10), (600, 11)),
    "must be finite": polygon((0, 0), (math.nan, 1), (1, 1)),
    "encloses no ground": {"type": "Polygon", "coordinates": []},
    "malformed": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
    "coordinates are malformed": {"type": "Polygon", "coordinates": [[["a", 0], [1, 1], [0, 1], [0, 0]]]},
    "are malformed": {"type": "Polygon", "coordinates": [[[10**400, 0], [1, 1], [0, 1], [0, 0]]]},
    "is not valid": polygon((8.8, 45.4), (8.9, 45.4), (8.8, 45.4)),
    "at least one pixel": polygon((8.8, 45.4), (8.80001, 45.4), (8.80001, 45.40001)),
    "holds no geometry": {"type": "FeatureCollection", "features": []},
    "no list of features": {"type": "FeatureCollection", "features": "none"},
    "within another": {"type": "FeatureCollection", "features": [{"type": "FeatureCollection", "features": []}]},
    "not GeoJSON": ["Polygon"],
    "object with a type": {"coordinates": [[0, 0]]},
    "A thing without a type is not a shape": {"type": "Feature", "geometry": "here"},
    "spans 360 x 164": polygon((-180, -80), (180, -80), (180, 84), (-180, 84)),
    "spans 40 x 1": polygon((0, 50), (40, 50), (40, 51), (0, 51)),
}


@pytest.mark.parametrize("words", sorted(BAD))
def test_what_is_no_area_is_said_in_one_sentence(words: str) -> None:
    with pytest.raises(AoiError) as caught:
        Aoi.from_geojson(BAD[words])
    assert words in caught.value.message
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert caught.value.exit_code == 2


def test_deep_nesting_is_refused_and_does_not_break_the_stack() -> None:
    with pytest.raises(AoiError, match=r"malformed|empty"):
        Aoi.from_geojson({"type": "Polygon", "coordinates": json.loads("[" * 500 + "]" * 500)})


def test_too_many_vertices() -> None:
    circle = shapely.Point(9, 45).buffer(0.1, quad_segs=MAX_VERTICES // 4)
    with pytest.raises(AoiError, match="20,001 vertices; at most 20,000"):
        Aoi.from_geometry(circle)
    assert Aoi.from_geometry(shapely.Point(9, 45).buffer(0.1, quad_segs=MAX_VERTICES // 4 - 1))


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        ((8.8, 45.5, 8.9, 45.4), "south must be below north"),
        ((8.8, 45.4, 8.8, 45.5), "must differ"),
        ((math.nan, 45.4, 8.8, 45.5), "finite"),
        ((8.8, 45.4, math.inf, 45.5), "finite"),
        ((8.9, 45.4, 8.8, 45.5), "spans 360 x 0.1 degrees"),
    ],
)
def test_impossible_corners(corners: tuple[float, float, float, float], words: str) -> None:
    with pytest.raises(AoiError, match=words):
        Aoi.from_bbox(*corners)


def test_size_is_checked_against_the_limit() -> None:
    aoi = Aoi.from_bbox(8.0, 45.0, 9.0, 46.0)
    aoi.check_size(10_000)
    with pytest.raises(AoiError, match=r"has 8,\d\d\d km²; at most 1,500 km²"):
        aoi.check_size(1500)


def test_errors_are_input_errors_with_message_and_hint_apart() -> None:
    error = AoiError("What was given.", hint="What to do.")
    assert isinstance(error, InputError)
    assert (error.message, error.hint, str(error)) == ("What was given.", "What to do.", "What was given. What to do.")


@pytest.mark.parametrize(
    "west_east",
    [(179.9, -179.9), (179.9, 180.1), (-180.1, -179.9)],
)
def test_across_the_antimeridian_every_way_of_writing_is_the_same_ground(west_east: tuple[float, float]) -> None:
    aoi = Aoi.from_bbox(west_east[0], -17.0, west_east[1], -16.8)
    reference = Aoi.from_bbox(179.9, -17.0, 180.1, -16.8)
    assert aoi.key == reference.key
    assert aoi.area_km2 == pytest.approx(geodesic_km2(shapely.box(0, -17.0, 0.2, -16.8)), rel=4e-3)
    assert aoi.epsg in (32701, 32760)


def test_cut_at_the_antimeridian_and_read_back_it_is_the_same_ground() -> None:
    aoi = Aoi.from_bbox(179.9, -17.0, -179.9, -16.8)
    cut = aoi.to_geojson()
    assert cut["type"] == "MultiPolygon"
    longitudes = [x for part in cut["coordinates"] for ring in part for x, _ in ring]
    assert min(longitudes) == -180
    assert max(longitudes) == 180
    again = Aoi.from_geojson(cut)
    assert again.key == aoi.key
    jumping = Aoi.from_geojson(polygon((179.9, -17.0), (-179.9, -17.0), (-179.9, -16.8), (179.9, -16.8)))
    assert jumping.key == aoi.key


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (8.85, 45.49, 32632),
        (5.32, 60.39, 32632),  # Bergen: zone 32 reaches over to the coast of Norway
        (2.9, 60.0, 32631),
        (5.32, 64.0, 32631),
        (15.6, 78.2, 32633),  # Longyearbyen
        (8.9, 78.0, 32631),
        (9.1, 78.0, 32633),
        (21.1, 78.0, 32635),
        (33.1, 78.0, 32637),
        (42.1, 78.0, 32638),
        (-58.4, -34.6, 32721),
        (0.0, 0.0, 32631),
        (0.0, -1e-9, 32731),
        (-180.0, 10.0, 32601),
        (180.0, 10.0, 32601),
        (179.999, 10.0, 32660),
        (368.85, 45.49, 32632),
    ],
)
def test_utm_zones(lon: float, lat: float, epsg: int) -> None:
    assert utm_epsg(lon, lat) == epsg


places = st.tuples(st.floats(-180, 180), st.floats(-79.5, 83.5))
sizes = st.floats(0.002, 0.4)


@settings(max_examples=60, deadline=None)
@given(places, sizes, sizes)
def test_any_rectangle_on_earth_keeps_its_area_and_reads_back(
    place: tuple[float, float], width: float, height: float
) -> None:
    lon, lat = place
    north = min(lat + height, 83.9)
    aoi = Aoi.from_bbox(lon, lat, lon + width, north)
    expected = geodesic_km2(shapely.segmentize(shapely.box(0, lat, width, north), 0.05))
    assert aoi.area_km2 == pytest.approx(expected, rel=4e-3), "UTM scale is 0.9996 to about 1.001"
    assert -180 <= aoi.center[0] < 180
    again = Aoi.from_geojson(json.loads(json.dumps(aoi.to_geojson())))
    assert again.area_km2 == pytest.approx(aoi.area_km2, rel=1e-6)
    assert again.epsg == aoi.epsg or abs(aoi.center[0] / 6 - round(aoi.center[0] / 6)) < 1e-6


@settings(max_examples=40, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=6) | st.sampled_from(["Polygon", "Feature", "type"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["type", "geometry", "coordinates", "features", "properties", "name"]), inner),
    max_leaves=6,
))  # fmt: skip
def test_nothing_but_an_aoi_error_comes_out_of_garbage(data: object) -> None:
    try:
        aoi = Aoi.from_geojson(data)
    except AoiError:
        return
    assert aoi.area_m2 > 0


def test_wide_areas_are_refused_before_they_are_projected() -> None:
    assert np.isfinite(Aoi.from_bbox(0, 50, MAX_SPAN_DEG, 51).area_m2)
    with pytest.raises(AoiError, match="spans"):
        Aoi.from_geometry([shapely.box(0, 40, 0.1, 40.1), shapely.box(170, 40, 170.1, 40.1)])
