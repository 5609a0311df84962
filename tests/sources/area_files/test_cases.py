"""The small files kept for development beside the project, each with the answer that is right for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lulc_core.domain.errors import AoiError, LayerError
from lulc_core.sources.area_files.reader import read_area_path

SQUARE = (8.80, 45.45, 8.90, 45.52)
OF_THE_SQUARE = [
    "A01_kml_xsi_undeclared/A01_xsi_unbound.kml",
    "A04_kml_linearring/A04_linearring.kml",
    "A22_geojson_point_beside_polygon/A22_point_and_polygon.geojson",
    "A26_geojson_crs_names/A26_lower.geojson",
    "A26_geojson_crs_names/A28_http.geojson",
    "A26_geojson_crs_names/A29_gmlxml.geojson",
    "A26_geojson_crs_names/A31_esri.geojson",
    "A26_geojson_crs_names/A40_crs_type_EPSG.geojson",
    "A42_geojson_crs_in_geometry/A42_crs_in_geometry.geojson",
    "A48_other_json/A48_topojson.json",
    "A48_other_json/A49_esri.json",
    "A48_other_json/A50_lines.geojson",
    "A54_hand_drawn_self_crossing/A56_ring_touch.geojson",
    "A54_hand_drawn_self_crossing/crossing_corner.geojson",
]

Case = Callable[[str], Path]


@pytest.fixture
def case(shared_data: Callable[[str], Path]) -> Case:
    return lambda name: shared_data(f"../cases/{name}")


@pytest.mark.parametrize("name", OF_THE_SQUARE)
def test_files_of_one_square(case: Case, name: str) -> None:
    assert read_area_path(case(name)).bbox == pytest.approx(SQUARE, abs=3e-5)


@pytest.mark.parametrize("name", ["A20_geometrycollection.geojson", "with_crs_accepted.geojson"])
def test_both_polygons_of_a_collection(case: Case, name: str) -> None:
    aoi = read_area_path(case(f"A20_geojson_geometrycollection/{name}"))
    assert aoi.bbox == pytest.approx((8.80, 45.45, 9.0, 45.52))
    assert aoi.area_km2 == pytest.approx(75.97, abs=0.02)


def test_what_was_left_out_or_mended_is_said(case: Case) -> None:
    point = read_area_path(case("A22_geojson_point_beside_polygon/A22_point_and_polygon.geojson"))
    assert point.notes == ("Only polygons are areas; left out: 1 point.",)
    (touched,) = read_area_path(case("A54_hand_drawn_self_crossing/A56_ring_touch.geojson")).notes
    assert "touched itself near longitude, latitude 8.85000, 45.50000" in touched
    (crossed,) = read_area_path(case("A54_hand_drawn_self_crossing/crossing_corner.geojson")).notes
    assert "crossed itself" in crossed and "less than 0.01 %" in crossed and "mended" in crossed


def test_two_fields_are_called_by_their_file(case: Case) -> None:
    assert read_area_path(case("A47_geojson_title_of_first_feature/fields.geojson")).name == "fields"


def test_a_geopackage_has_no_prj_to_add(case: Case) -> None:
    with pytest.raises(AoiError, match="does not say in which coordinate system") as caught:
        read_area_path(case("V03_gpkg_without_crs/V03_crs_undefined_utm.gpkg"))
    assert ".prj" not in str(caught.value)


def test_of_two_layers_one_must_be_named(case: Case) -> None:
    path = case("V09_gpkg_several_layers/progetto.gpkg")
    with pytest.raises(LayerError, match=r"aoi \(60.8 km²\), comuni \(521 km²\)") as caught:
        read_area_path(path)
    assert caught.value.layers == ("aoi", "comuni")
    aoi = read_area_path(path, layer="aoi")
    assert aoi.area_km2 == pytest.approx(61, abs=0.5) and aoi.name == "aoi"
    assert read_area_path(f"{path}|layername=comuni").area_km2 == pytest.approx(520.8, abs=0.5)
