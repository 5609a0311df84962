"""Area files as they are met in the wild: spellings, other kinds of JSON, layers, outlines drawn by hand."""

from __future__ import annotations

import json
import pickle
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError, FileFormatError, LayerError
from lulc_core.sources.area_files.reader import read_area_file, read_area_path
from tests.sources.area_files.test_reader import (
    FAR,
    HOLE,
    KML,
    TRIANGLE,
    in_utm,
    kml_polygon,
    same,
    shapefile,
    zipped,
)

BOTH = shapely.union_all([TRIANGLE, FAR])


def geometry(shape: shapely.Geometry, **members: Any) -> dict[str, Any]:
    return {**shapely.geometry.mapping(shape), **members}


def feature(shape: shapely.Geometry, title: str = "", **members: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"name": title}, "geometry": geometry(shape), **members}


def collection(*features: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **members}


def read(content: Any, name: str = "land.geojson", **options: str) -> Aoi:
    text = content if isinstance(content, str) else json.dumps(content)
    return read_area_file(text.encode(), name, **options)


def geopackage(*layers: tuple[str, list[shapely.Geometry], int | None, str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        for name, shapes, epsg, kind in layers:
            pyogrio.raw.write(
                path,
                geometry=np.array([shapely.to_wkb(g) for g in shapes], object),
                field_data=[np.arange(len(shapes))],
                fields=np.array(["id"], object),
                geometry_type=kind,
                crs=epsg and f"EPSG:{epsg}",
                layer=name,
                append=path.exists(),
            )
        return path.read_bytes()


def altered(gpkg: bytes, *statements: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(gpkg)
        database = sqlite3.connect(path)
        for statement in statements:
            database.execute(statement)
        database.commit()
        database.close()
        return path.read_bytes()


# ---- shapes beside shapes ----


def test_collections_within_collections() -> None:
    inner = {"type": "GeometryCollection", "geometries": [geometry(FAR), geometry(shapely.Point(9, 45))]}
    outer = {"type": "GeometryCollection", "geometries": [geometry(TRIANGLE), inner]}
    for content in (outer, {"type": "Feature", "properties": None, "geometry": outer}):
        aoi = read(content)
        assert same(aoi, BOTH) and aoi.name == "land"
        assert aoi.notes == ("Only polygons are areas; left out: 1 point.",)
    assert same(read(shapely.from_geojson(json.dumps(outer)).wkt, "land.wkt"), BOTH)


def test_features_within_a_collection_of_shapes_and_further_numbers_of_a_point() -> None:
    within = {"type": "GeometryCollection", "geometries": [collection(feature(TRIANGLE)), feature(FAR)]}
    assert same(read(within), BOTH)
    measured = geometry(TRIANGLE)
    measured["coordinates"] = [[[*point, 120.0, 3.5] for point in ring] for ring in measured["coordinates"]]
    assert same(read(measured), TRIANGLE)
    empty = feature(TRIANGLE) | {"geometry": {"type": "Polygon", "coordinates": []}}
    assert read(collection(feature(TRIANGLE), empty)).notes == ()


def test_points_and_lines_beside_polygons_are_counted_in_every_format() -> None:
    points, line = [shapely.Point(9, 45), shapely.Point(9.1, 45)], shapely.LineString([(9, 45), (9, 46)])
    told = "Only polygons are areas; left out: 1 line, 2 points."
    assert read(collection(*(feature(s) for s in (*points, line, TRIANGLE)))).notes == (told,)
    kml = "".join(f"<Placemark><Point><coordinates>{p.x},{p.y}</coordinates></Point></Placemark>" for p in points)
    kml += "<Placemark><LineString><coordinates>9,45 9,46</coordinates></LineString></Placemark>"
    assert read(KML.format(kml + kml_polygon(TRIANGLE)), "land.kml").notes == (told,)
    gpkg = geopackage(("a", [TRIANGLE], 4326, "Polygon"), ("b", points, 4326, "Point"), ("c", [line], 4326, "Unknown"))
    assert read_area_file(gpkg, "land.gpkg").notes == (told,)
    with pytest.raises(AoiError, match=r"holds only LineString.*Lines to Polygons"):
        read(geometry(line))


def test_several_shapes_are_called_by_the_file_and_counted() -> None:
    aoi = read(collection(feature(TRIANGLE, "Field 1"), feature(FAR, "Field 2")))
    assert aoi.name == "land" and aoi.notes == ("The 2 shapes of land.geojson count as one area.",)
    one = read(collection(feature(TRIANGLE, "Field 1"), feature(shapely.Point(9, 45), "well")))
    assert one.name == "Field 1", "what is no area gives no title either"
    assert read(collection({**feature(FAR), "properties": {"NAME": "Bosco"}})).name == "Bosco"
    two = read(KML.format(kml_polygon(TRIANGLE) + kml_polygon(FAR)), "land.kml")
    assert two.name == "land" and "2 shapes" in two.notes[0]


# ---- coordinate systems ----

UTM = [
    "epsg:32632",
    "EPSG::32632",
    "32632",
    "urn:ogc:def:crs:EPSG:9.6:32632",
    "urn:x-ogc:def:crs:EPSG:32632",
    "https://www.opengis.net/def/crs/EPSG/0/32632",
    "http://www.opengis.net/gml/srs/epsg.xml#32632",
    "http://spatialreference.org/ref/epsg/32632/",
    "https://epsg.io/32632",
    "ESRI:32632",
    "urn:ogc:def:crs,crs:EPSG::32632,crs:EPSG::5783",
    "EPSG:32632+5783",
    "AUTO:42001,9,45",
    "+init=epsg:32632",
    "+proj=utm +zone=32 +datum=WGS84 +units=m +no_defs",
    "WGS 84 / UTM zone 32N",
    CRS.from_epsg(32632).to_wkt(),
    CRS.from_epsg(32632).to_wkt("WKT1_GDAL"),
]
DEGREES = [
    "urn:ogc:def:crs:OGC:1.3:CRS84",
    "urn:ogc:def:crs:OGC::CRS84",
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "CRS84",
    "CRS:84",
    "WGS84",
    "EPSG:4326",
    "urn:EPSG:geographicCRS:4326",
    "urn:ogc:def:crs:EPSG::4258",
]


def name_member(text: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": text}}


@pytest.mark.parametrize("text", UTM)
def test_spellings_of_a_zone(text: str) -> None:
    assert same(read(collection(feature(in_utm(TRIANGLE)), crs=name_member(text))), TRIANGLE, 1e-4)


@pytest.mark.parametrize("text", DEGREES)
def test_spellings_of_degrees(text: str) -> None:
    assert same(read(collection(feature(TRIANGLE), crs=name_member(text))), TRIANGLE, 1e-5)


@pytest.mark.parametrize("text", ["EPSG:3857", "EPSG:900913", "EPSG:102100", "ESRI:102100"])
def test_spellings_of_web_mercator(text: str) -> None:
    assert same(read(collection(feature(in_utm(TRIANGLE, 3857)), crs=name_member(text))), TRIANGLE, 1e-4)


@pytest.mark.parametrize(
    "member",
    [
        {"type": "EPSG", "properties": {"code": 32632}},
        {"type": "Name", "properties": {"Name": "EPSG:32632"}},
        {"type": "name", "name": "EPSG:32632"},
        {"type": "OGC", "properties": {"urn": "urn:ogc:def:crs:EPSG::32632"}},
        {"type": "link", "properties": {"href": "http://spatialreference.org/ref/epsg/32632/proj4/", "type": "proj4"}},
        {"type": "proj4", "properties": {"proj4": "+proj=utm +zone=32 +datum=WGS84"}},
        {"wkid": 32632},
        {"wkid": 102100, "latestWkid": 32632},
        "EPSG:32632",
    ],
)
def test_forms_of_the_crs_member(member: Any) -> None:
    assert same(read(collection(feature(in_utm(TRIANGLE)), crs=member)), TRIANGLE, 1e-4)


def test_the_crs_may_stand_in_feature_or_geometry_and_the_nearest_counts() -> None:
    utm, degrees = name_member("EPSG:32632"), name_member("EPSG:4326")
    moved = in_utm(TRIANGLE)
    in_geometry = {**feature(moved), "geometry": geometry(moved, crs=utm)}
    for content in (geometry(moved, crs=utm), in_geometry, collection(feature(moved, crs=utm))):
        assert same(read(content), TRIANGLE, 1e-4)
    mixed = collection(in_geometry, feature(FAR), crs=degrees)
    assert same(read(mixed), BOTH, 1e-4)


@pytest.mark.parametrize(
    "text",
    ["my own", "EPSG:99999", "", "+proj=longlat +nadgrids=/etc/passwd", "+init=/etc/passwd:1", "file:///etc/passwd"],
)
def test_systems_that_nobody_knows_or_that_name_files(text: str) -> None:
    with pytest.raises(FileFormatError, match="coordinate system that is not known"):
        read(collection(feature(in_utm(TRIANGLE)), crs=name_member(text)))


def test_a_code_that_pyproj_does_not_know_beside_its_definition() -> None:
    gpkg = geopackage(("aoi", [in_utm(TRIANGLE)], 32632, "Polygon"))
    unknown = altered(
        gpkg,
        "UPDATE gpkg_spatial_ref_sys SET srs_id = 990632, organization_coordsys_id = 990632, "
        "definition = replace(definition, '\"32632\"', '\"990632\"') WHERE srs_id = 32632",
        "UPDATE gpkg_contents SET srs_id = 990632",
        "UPDATE gpkg_geometry_columns SET srs_id = 990632",
    )
    assert same(read_area_file(unknown, "x.gpkg"), TRIANGLE, 1e-4)
    parts = shapefile([in_utm(TRIANGLE)], 32632)
    definition = CRS.from_proj4("+proj=laea +lat_0=52 +lon_0=10 +datum=WGS84").to_wkt("WKT1_GDAL")
    parts["parcels/area.prj"] = f'{definition[:-1]},AUTHORITY["EPSG","990035"]]'.encode()
    moved = shapely.box(4_300_000 - 4_321_000, 0, 10_000, 10_000)
    parts.update({k: v for k, v in shapefile([moved], 32632).items() if not k.endswith(".prj")})
    assert read_area_file(zipped(parts), "x.zip").center == pytest.approx((9.92, 52.04), abs=0.01)


@pytest.mark.parametrize("srs_id", [0, -1])
def test_a_geopackage_of_an_undefined_system(srs_id: int) -> None:
    def of(shape: shapely.Geometry) -> bytes:
        gpkg = geopackage(("aoi", [shape], 32632, "Polygon"))
        changes = (f"UPDATE gpkg_contents SET srs_id = {srs_id}", f"UPDATE gpkg_geometry_columns SET srs_id = {srs_id}")
        return altered(gpkg, *changes)

    assert same(read_area_file(of(TRIANGLE), "x.gpkg"), TRIANGLE, 1e-5)
    with pytest.raises(AoiError, match="coordinate") as caught:
        read_area_file(of(in_utm(TRIANGLE)), "x.gpkg")
    assert ".prj" not in str(caught.value)


# ---- other kinds of JSON ----


def esri(*shapes: shapely.Polygon, wkid: int = 4326, **members: Any) -> dict[str, Any]:
    features = [{"attributes": {"id": 1}, "geometry": esri_geometry(s)} for s in shapes]
    return {"spatialReference": {"wkid": wkid}, "features": features, **members}


def esri_geometry(shape: shapely.Polygon) -> dict[str, Any]:
    clockwise = shapely.orient_polygons(shape, exterior_cw=True)
    return {"rings": [list(map(list, r.coords)) for r in (clockwise.exterior, *clockwise.interiors)]}


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n\x1e", ""])
def test_one_feature_a_line(between: str) -> None:
    text = between.join(json.dumps(f) for f in (feature(TRIANGLE, "a"), feature(FAR, "b")))
    for content in (text, "\x1e" + text + "\n"):
        aoi = read(content, "fields.geojsonl")
        assert same(aoi, BOTH) and aoi.name == "fields"
    with pytest.raises(FileFormatError, match=r"line 2, column \d+ cannot be read.*cut off"):
        read("\n".join(json.dumps(feature(s)) for s in (TRIANGLE, FAR))[:-20])


def test_lists_and_lines_of_geometries_and_collections() -> None:
    assert same(read([geometry(TRIANGLE), feature(FAR)]), BOTH)
    assert same(read({"features": [feature(TRIANGLE), feature(FAR)]}), BOTH), "the type was forgotten"
    moved = collection(feature(in_utm(FAR)), crs=name_member("EPSG:32632"))
    assert same(read(json.dumps(collection(feature(TRIANGLE))) + "\n" + json.dumps(moved)), BOTH, 1e-4)


@pytest.mark.filterwarnings("ignore:Exception ignored in.*pyogrio")
@pytest.mark.filterwarnings("ignore:.*EPSG.102100")
def test_esri_json() -> None:
    assert same(read(esri(HOLE, FAR, geometryType="esriGeometryPolygon"), "x.json"), shapely.union_all([HOLE, FAR]))
    assert same(read(esri(HOLE), "x.json"), HOLE)
    assert same(read(esri(in_utm(HOLE, 3857), wkid=102100), "x.json"), HOLE, 1e-4)
    bare = {**esri_geometry(in_utm(HOLE)), "spatialReference": {"wkid": 32632}}
    assert same(read(bare, "x.json"), HOLE, 1e-4)
    cut = read(esri(HOLE, exceededTransferLimit=True, geometryType="esriGeometryPolygon"), "x.json")
    assert "Part of the shapes is missing" in cut.notes[0]
    broken = esri(HOLE, FAR)
    broken["features"][1]["geometry"]["rings"][0][1] = ["x", None]
    with pytest.raises(AoiError, match="malformed coordinates"):
        read(broken, "x.json")
    point = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326}}
    with pytest.raises(AoiError, match="only Point"):
        read({**point, "features": [{"attributes": {}, "geometry": {"x": 9, "y": 45}}]}, "x.json")


def topology(**objects: Any) -> dict[str, Any]:
    arcs = [[list(p) for p in TRIANGLE.exterior.coords], [list(p) for p in FAR.exterior.coords]]
    return {"type": "Topology", "objects": objects, "arcs": arcs}


def test_topojson() -> None:
    def layer(*arcs: int) -> dict[str, Any]:
        shapes = [{"type": "Polygon", "arcs": [[i]]} for i in arcs]
        return {"type": "GeometryCollection", "geometries": shapes}

    assert same(read(topology(both=layer(0, 1)), "x.topojson"), BOTH)
    two = topology(aoi=layer(0), land=layer(0, 1))
    with pytest.raises(LayerError, match="holds 2 layers with polygons: aoi"):
        read(two, "x.json")
    assert same(read(two, "x.json", layer="land"), BOTH)
    with pytest.raises(AoiError, match="arc that is not there: 7"):
        read(topology(aoi=layer(0, 7)), "x.json")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"type": "Feature", "coordRefSys": "x", "geometry": None, "place": {}}, "JSON-FG with its shapes in 'place'"),
        ({**esri(TRIANGLE, wkid=990632)}, "not known: 'ESRI:990632'"),
        ({"version": 0.6, "elements": []}, "begins with 'version', 'elements'"),
        ([1, 2], "holds no shapes"),
        ("[]", "holds no shapes"),
        ('{"type": "Polygon", "coordinates": []} 17', "more follows after its end"),
        ('{"type": "Feature", "n": ' + "9" * 5000 + "}", "cannot be read"),
        ({"type": "Sphere"}, "'Sphere' is not a shape of GeoJSON"),
    ],
)
def test_json_of_another_kind_is_named(content: Any, words: str) -> None:
    with pytest.raises((AoiError, FileFormatError), match=words) as caught:
        read(content, "x.json")
    assert "cut off" not in str(caught.value)


# ---- layers ----


def test_several_layers_of_a_geopackage_are_asked_about() -> None:
    gpkg = geopackage(
        ("aoi", [TRIANGLE], 4326, "Polygon"),
        ("comuni", [in_utm(FAR)], 32632, "Polygon"),
        ("wells", [shapely.Point(9, 45)], 4326, "Point"),
    )
    with pytest.raises(LayerError, match=r"holds 2 layers with polygons: aoi \(.* km²\), comuni \(") as caught:
        read_area_file(gpkg, "project.gpkg")
    assert caught.value.layers == ("aoi", "comuni")
    assert pickle.loads(pickle.dumps(caught.value)).layers == ("aoi", "comuni")  # noqa: S301
    aoi = read_area_file(gpkg, "project.gpkg", layer="aoi")
    assert same(aoi, TRIANGLE) and aoi.name == "aoi" and aoi.notes == ()
    assert same(read_area_file(gpkg, "project.gpkg", layer="comuni"), FAR, 1e-4)
    for other in ("Aoi", "wells"):
        with pytest.raises(LayerError, match=f"no layer '{other}' with polygons; it has aoi, comuni"):
            read_area_file(gpkg, "project.gpkg", layer=other)


def test_a_layer_without_polygons_asks_nothing() -> None:
    gpkg = geopackage(("aoi", [TRIANGLE], 4326, "Polygon"), ("empty", [], 32632, "Polygon"))
    assert same(read_area_file(gpkg, "x.gpkg"), TRIANGLE)
    assert read_area_file(gpkg, "x.gpkg").name == "x"
    assert same(read_area_file(gpkg, "x.gpkg", layer="aoi"), TRIANGLE)


def test_a_layer_too_large_for_an_area_does_not_stand_in_the_way_of_another() -> None:
    boxes = [shapely.box(8 + i * 1e-3, 45, 8 + i * 1e-3 + 5e-4, 45.001) for i in range(5001)]
    gpkg = geopackage(("aoi", [TRIANGLE], 4326, "Polygon"), ("parcels", boxes, 4326, "Polygon"))
    with pytest.raises(LayerError, match="more than 5,000 shapes"):
        read_area_file(gpkg, "x.gpkg")
    assert same(read_area_file(gpkg, "x.gpkg", layer="aoi"), TRIANGLE)
    with pytest.raises(AoiError, match="more than 5,000 shapes"):
        read_area_file(gpkg, "x.gpkg", layer="parcels")


def test_several_files_of_an_archive_are_asked_about_like_layers(tmp_path: Path) -> None:
    gpkg = geopackage(("aoi", [TRIANGLE], 4326, "Polygon"), ("comuni", [FAR], 4326, "Polygon"))
    parts = {"far.geojson": json.dumps(geometry(FAR)).encode(), "a/project.gpkg": gpkg, **shapefile([HOLE])}
    data = zipped(parts)
    with pytest.raises(LayerError, match="holds 3 files with areas") as caught:
        read_area_file(data, "x.zip")
    assert set(caught.value.layers) == {"area.shp", "far.geojson", "project.gpkg"}
    assert same(read_area_file(data, "x.zip", layer="area.shp"), HOLE)
    assert read_area_file(data, "x.zip", layer="far.geojson").name == "far"
    with pytest.raises(LayerError) as caught:
        read_area_file(data, "x.zip", layer="project.gpkg")
    assert caught.value.layers == ("project.gpkg|aoi", "project.gpkg|comuni")
    assert same(read_area_file(data, "x.zip", layer="project.gpkg|comuni"), FAR)
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    assert same(read_area_path(f"{path}|layername=far.geojson"), FAR)


def test_a_description_beside_a_shapefile_asks_nothing() -> None:
    assert same(read_area_file(zipped({**shapefile([HOLE]), "metadata.json": b"{}"}), "x.zip"), HOLE)


def test_a_format_without_layers_says_so() -> None:
    for name, text in (("x.wkt", TRIANGLE.wkt), ("x.kml", KML.format(kml_polygon(TRIANGLE)))):
        with pytest.raises(FileFormatError, match="has no layers"):
            read(text, name, layer="aoi")


# ---- KML ----


def test_kml_that_begins_with_an_empty_line_and_what_breaks_one_is_named() -> None:
    assert same(read("\n \n" + KML.format(kml_polygon(TRIANGLE)), "x.kml"), TRIANGLE)
    with pytest.raises(FileFormatError, match=r"not well-formed KML \(mismatched tag: line \d+"):
        read(KML.format(kml_polygon(TRIANGLE)).replace("</Placemark>", ""), "x.kml")


def test_a_kmz_says_which_documents_it_passes_over() -> None:
    field, other = (KML.format(kml_polygon(shape, "field")).encode() for shape in (TRIANGLE, FAR))
    aoi = read_area_file(zipped({"doc.kml": field, "files/other.kml": other}), "farm.kmz")
    assert same(aoi, TRIANGLE) and aoi.notes == ("Of farm.kmz only doc.kml was read, not other.kml.",)


def test_a_file_geodatabase_is_named() -> None:
    with pytest.raises(FileFormatError, match=r"Esri file geodatabase \(\.gdb\).*Export the layer"):
        read_area_file(zipped({"land.gdb/a00000001.gdbtable": b"x", "land.gdb/gdb": b"y"}), "x.zip")


# ---- WKT ----


@pytest.mark.parametrize("between", ["\n", ";\n", "\r\n\r\n"])
def test_several_lines_of_wkt(between: str) -> None:
    aoi = read(between.join([TRIANGLE.wkt, f"SRID=32632;{in_utm(FAR).wkt}", "POINT (9 45)"]), "fields.wkt")
    assert same(aoi, BOTH, 1e-4)
    assert aoi.notes == ("The 2 shapes of fields.wkt count as one area.", "Only polygons are areas; left out: 1 point.")


def test_a_curved_outline_in_wkt_is_named() -> None:
    with pytest.raises(FileFormatError, match="curved outlines"):
        read("CURVEPOLYGON(CIRCULARSTRING(8 45, 8.1 45.1, 8.2 45, 8.1 44.9, 8 45))", "x.wkt")


# ---- outlines ----


def test_a_line_beside_polygons_is_left_out_and_counted() -> None:
    flat = shapely.Polygon([(8, 45), (8.1, 45), (8.2, 45)])
    aoi = read(collection(feature(TRIANGLE), feature(flat)))
    assert same(aoi, TRIANGLE) and "Left out, as it encloses no ground: 1 outline." in aoi.notes
