"""Areas from files: every format, and everything that a file can do wrong."""

from __future__ import annotations

import io
import json
import re
import tempfile
import time
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS, Transformer

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError, FileFormatError
from lulc_core.sources.area_files.reader import read_area_file, read_area_path

RING = [[8.80, 45.45], [8.90, 45.46], [8.88, 45.52], [8.80, 45.45]]
TRIANGLE = shapely.Polygon(RING)
HOLE = shapely.Polygon(RING, [[[8.86, 45.47], [8.87, 45.47], [8.87, 45.48], [8.86, 45.47]]])
FAR = shapely.Polygon([[9.0, 45.0], [9.1, 45.0], [9.05, 45.1]])
KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>all</name>{}</Document></kml>"""


def same(aoi: Aoi, geometry: shapely.Geometry, tolerance: float = 1e-6) -> bool:
    return bool(shapely.area(shapely.symmetric_difference(aoi.geometry, geometry)) < tolerance * geometry.area)


def kml_polygon(geometry: shapely.Polygon, name: str = "field") -> str:
    def ring(points: shapely.LinearRing) -> str:
        text = "\n ".join(f"{x},{y},12.5" for x, y in points.coords)
        return f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"

    inner = "".join(f"<innerBoundaryIs>{ring(r)}</innerBoundaryIs>" for r in geometry.interiors)
    outer = f"<outerBoundaryIs>{ring(geometry.exterior)}</outerBoundaryIs>"
    return f"<Placemark><name>{name}</name><Polygon>{outer}{inner}</Polygon></Placemark>"


def vector_files(geometries: list[shapely.Geometry], epsg: int | None, ending: str, kind: str) -> dict[str, bytes]:
    """What GDAL writes for the shapes: contents by ending."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no coordinate system: meant
        path = Path(folder) / f"a{ending}"
        pyogrio.raw.write(
            path,
            geometry=np.array([shapely.to_wkb(g) for g in geometries], object),
            field_data=[np.arange(len(geometries))],
            fields=np.array(["id"], object),
            geometry_type=kind,
            crs=None if epsg is None else f"EPSG:{epsg}",
            driver="KML" if ending == ".kml" else None,
        )
        return {p.suffix: p.read_bytes() for p in Path(folder).iterdir()}


def zipped(members: dict[str, bytes], *, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how, compresslevel=1) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def shapefile(geometries: list[shapely.Geometry], epsg: int | None = 4326, kind: str = "Polygon") -> dict[str, bytes]:
    parts = vector_files(geometries, epsg, ".shp", kind)
    return {f"parcels/area{ending}": data for ending, data in parts.items()}


def in_utm(geometry: shapely.Geometry, epsg: int = 32632) -> shapely.Geometry:
    forward = Transformer.from_crs(4326, epsg, always_xy=True)
    return shapely.transform(
        shapely.segmentize(geometry, 0.005), lambda c: np.column_stack(forward.transform(c[:, 0], c[:, 1]))
    )


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert not list(folder.iterdir()), "temporary files were left behind"


def test_geojson() -> None:
    feature = {"type": "Feature", "properties": {"name": "Mesero"}, "geometry": shapely.geometry.mapping(HOLE)}
    aoi = read_area_file(json.dumps(feature).encode(), "x.geojson")
    assert same(aoi, HOLE)
    assert aoi.name == "Mesero"
    plain = read_area_file(b"\xef\xbb\xbf" + shapely.to_geojson(TRIANGLE).encode(), "my area.json")
    assert plain.name == "my area"
    both = {"type": "FeatureCollection", "features": [feature, {**feature, "geometry": shapely.geometry.mapping(FAR)}]}
    assert same(read_area_file(json.dumps(both).encode("utf-16"), "x.geojson"), shapely.union_all([HOLE, FAR]))


@pytest.mark.parametrize("name", ["EPSG:32632", "urn:ogc:def:crs:EPSG::32632"])
def test_old_geojson_in_metres(name: str) -> None:
    data = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": name}},
        "features": [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(in_utm(TRIANGLE))}],
    }
    assert same(read_area_file(json.dumps(data).encode(), "x.geojson"), TRIANGLE, 1e-4)
    data["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    with pytest.raises(AoiError, match="metres"):
        read_area_file(json.dumps(data).encode(), "x.geojson")
    data["crs"] = {"type": "name", "properties": {"name": "my own"}}
    with pytest.raises(FileFormatError, match="coordinate system that is not known"):
        read_area_file(json.dumps(data).encode(), "x.geojson")


def test_kml_and_kmz() -> None:
    kml = KML.format(f"<Folder>{kml_polygon(HOLE)}</Folder>").encode()
    aoi = read_area_file(kml, "fields.kml")
    assert same(aoi, HOLE)
    assert aoi.name == "field"
    two = KML.format(kml_polygon(HOLE) + kml_polygon(FAR)).encode()
    aoi = read_area_file(two, "fields.kml")
    assert same(aoi, shapely.union_all([HOLE, FAR]))
    assert aoi.name == "fields"
    aoi = read_area_file(zipped({"doc.kml": two, "files/icon.png": b"\x89PNG"}), "estate.kmz")
    assert same(aoi, shapely.union_all([HOLE, FAR]))
    assert aoi.name == "estate"


def test_kml_as_gdal_writes_it() -> None:
    (data,) = vector_files([HOLE, FAR], 4326, ".kml", "Polygon").values()
    assert same(read_area_file(data, "x.kml"), shapely.union_all([HOLE, FAR]))


def test_kml_with_a_prefix_that_is_not_declared() -> None:
    field = kml_polygon(HOLE).replace(
        "<Placemark>", '<Placemark xsi:type="x"><gx:balloonVisibility>1</gx:balloonVisibility>'
    )
    assert same(read_area_file(KML.format(field).encode(), "x.kml"), HOLE)
    prefixed = re.sub(r"(</?)(?=[a-zA-Z])", r"\1kml:", KML.format(kml_polygon(HOLE)).split("?>")[1])
    assert same(read_area_file(prefixed.encode(), "x.kml"), HOLE)


def test_kml_rings_that_stand_alone_or_are_left_open() -> None:
    points = " ".join(f"{x},{y}" for x, y in FAR.exterior.coords[:-1])
    ring = f"<LinearRing><coordinates>{points}</coordinates></LinearRing>"
    alone = f"<Placemark><name>walk</name>{ring}</Placemark>"
    aoi = read_area_file(KML.format(alone).encode(), "x.kml")
    assert same(aoi, FAR)
    assert aoi.name == "walk"
    polygon = re.sub(r"</?Placemark>|<name>.*</name>", "", kml_polygon(HOLE))
    several = f"<Placemark><MultiGeometry><MultiGeometry>{ring}</MultiGeometry>{polygon}</MultiGeometry></Placemark>"
    assert same(read_area_file(KML.format(several).encode(), "x.kml"), shapely.union_all([HOLE, FAR]))
    bare = f"<Placemark><Polygon>{ring}</Polygon></Placemark>"
    with pytest.raises(AoiError, match="has 0 outlines"):
        read_area_file(KML.format(bare).encode(), "x.kml")


def test_kml_overlays_and_links_are_no_areas_and_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other.kml").write_text(KML.format(kml_polygon(HOLE)))
    link = f"<NetworkLink><Link><href>{tmp_path.as_uri()}/other.kml</href></Link></NetworkLink>"
    box = "<north>46</north><south>45</south><east>9</east><west>8</west>"
    overlay = f"<GroundOverlay><LatLonBox>{box}</LatLonBox></GroundOverlay>"
    with pytest.raises(AoiError, match="only GroundOverlay, NetworkLink"):
        read_area_file(KML.format(link + overlay).encode(), "x.kml")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_kml_in_the_encoding_that_it_declares(codec: str) -> None:
    text = KML.format(kml_polygon(HOLE, "Forêt")).replace("UTF-8", codec)
    aoi = read_area_file(text.encode(codec), "x.kml")
    assert same(aoi, HOLE)
    assert aoi.name == "Forêt"


def test_wkt() -> None:
    assert same(read_area_file(HOLE.wkt.encode(), "x.wkt"), HOLE)
    assert same(read_area_file(f"SRID=32632;{in_utm(TRIANGLE).wkt}".encode(), "x.txt"), TRIANGLE, 1e-4)
    for broken in ("POLYGON((8.8 45.4, 8.9", "POLYGON((8.8))", "hello (there)"):
        with pytest.raises(FileFormatError, match="not well-formed WKT"):
            read_area_file(broken.encode(), "x.wkt")


@pytest.mark.parametrize("epsg", [4326, 32632, 3857, 3035, 4258])
def test_geopackage_and_shapefile_in_any_system(epsg: int) -> None:
    shapes = [TRIANGLE, FAR] if epsg in (4326, 4258) else [in_utm(TRIANGLE, epsg), in_utm(FAR, epsg)]
    expected = shapely.union_all([TRIANGLE, FAR])
    (data,) = vector_files(shapes, epsg, ".gpkg", "Polygon").values()
    aoi = read_area_file(data, "land use.gpkg")
    assert same(aoi, expected, 1e-4)
    assert aoi.name == "land use"
    assert same(read_area_file(zipped(shapefile(shapes, epsg)), "x.zip"), expected, 1e-4)


def test_long_edges_of_a_projection_follow_it() -> None:
    square = shapely.box(450_000, 5_000_000, 550_000, 5_080_000)
    (data,) = vector_files([square], 32632, ".gpkg", "Polygon").values()
    assert read_area_file(data, "x.gpkg").area_km2 == pytest.approx(8000, rel=1e-4)


def test_a_shapefile_without_its_table_is_enough_and_without_prj_degrees_are() -> None:
    parts = shapefile([HOLE], None)
    assert "parcels/area.prj" not in parts
    del parts["parcels/area.dbf"]
    assert same(read_area_file(zipped(parts), "x.zip"), HOLE)
    with pytest.raises(AoiError, match=r"does not say in which coordinate system.*Add the \.prj"):
        read_area_file(zipped(shapefile([in_utm(TRIANGLE)], None)), "x.zip")


@pytest.mark.parametrize(("lost", "words"), [(".shp", r"without its \.shp"), (".shx", r"lacks its \.shx")])
def test_parts_of_a_shapefile_that_cannot_be_missed(lost: str, words: str) -> None:
    parts = shapefile([HOLE])
    del parts[f"parcels/area{lost}"]
    with pytest.raises(FileFormatError, match=words):
        read_area_file(zipped(parts), "x.zip")


def test_a_broken_prj_is_said() -> None:
    parts = shapefile([in_utm(TRIANGLE)], 32632)
    parts["parcels/area.prj"] = b'PROJCS["nonsense'
    with pytest.raises((AoiError, FileFormatError), match="coordinate system"):
        read_area_file(zipped(parts), "x.zip")


def test_macos_clutter_is_passed_over_and_one_geojson_in_a_zip_is_fine() -> None:
    parts = shapefile([HOLE])
    clutter = {"__MACOSX/parcels/._area.shp": b"x", "parcels/.DS_Store": b"y", "parcels/area.cpg": b"UTF-8"}
    assert same(read_area_file(zipped({**clutter, **parts}), "x.zip"), HOLE)
    assert same(read_area_file(zipped({"a/b.geojson": shapely.to_geojson(HOLE).encode()}), "x.zip"), HOLE)


def test_several_shapefiles_or_none_in_an_archive() -> None:
    parts = shapefile([HOLE])
    twice = {**parts, **{name.replace("area", "other"): data for name, data in parts.items()}}
    with pytest.raises(FileFormatError, match=r"2 Shapefiles \(area.shp, other.shp\)"):
        read_area_file(zipped(twice), "x.zip")
    with pytest.raises(FileFormatError, match="holds another archive"):
        read_area_file(zipped({"inner.zip": zipped(parts)}), "x.zip")
    with pytest.raises(FileFormatError, match="holds no Shapefile"):
        read_area_file(zipped({"readme.txt": b"hello"}), "x.zip")


@pytest.mark.parametrize("kind", ["Point", "LineString"])
def test_points_and_lines_are_no_areas(kind: str) -> None:
    shape = shapely.Point(8.8, 45.5) if kind == "Point" else TRIANGLE.exterior
    line = shapely.LineString(shape.coords) if kind == "LineString" else shape
    (gpkg,) = vector_files([line], 4326, ".gpkg", kind).values()
    placemark = f"<Placemark><{kind}><coordinates>8.8,45.5 8.9,45.6</coordinates></{kind}></Placemark>"
    for data, name in (
        (gpkg, "x.gpkg"),
        (zipped(shapefile([line], kind=kind)), "x.zip"),
        (KML.format(placemark).encode(), "x.kml"),
        (line.wkt.encode(), "x.wkt"),
        (shapely.to_geojson(line).encode(), "x.geojson"),
    ):
        with pytest.raises(AoiError, match=f"{kind}.*only polygons"):
            read_area_file(data, name)


def test_polygons_among_points_are_taken_from_kml() -> None:
    point = "<Placemark><Point><coordinates>8.8,45.5</coordinates></Point></Placemark>"
    assert same(read_area_file(KML.format(point + kml_polygon(HOLE)).encode(), "x.kml"), HOLE)


@pytest.mark.parametrize(
    "coordinates",
    [
        "",
        "8.8,45.5",
        "a,b c,d e,f",
        "8.8 45.5 8.9 45.6",
        "8.8,45.5 8.9 8.9,45.6 8.8,45.6",
        "8.8,45.5 x,y 8.9,45.6",
        "8.8,nan 8.9,45 8.7,44",
    ],
)
def test_malformed_coordinates_in_kml(coordinates: str) -> None:
    ring = f"<outerBoundaryIs><LinearRing><coordinates>{coordinates}</coordinates></LinearRing></outerBoundaryIs>"
    with pytest.raises(AoiError):
        read_area_file(KML.format(f"<Placemark><Polygon>{ring}</Polygon></Placemark>").encode(), "x.kml")


def test_swapped_crossed_and_empty_polygons_reach_the_domain_s_sentences() -> None:
    swapped = shapely.transform(shapely.box(100, 10, 101, 11), lambda c: c[:, ::-1])
    with pytest.raises(AoiError, match="swapped"):
        read_area_file(swapped.wkt.encode(), "x.wkt")
    crossed = "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))"
    with pytest.raises(AoiError, match="crosses itself"):
        read_area_file(crossed.encode(), "x.wkt")
    with pytest.raises(AoiError, match=r"holds no shape|is empty"):
        read_area_file(b"POLYGON EMPTY", "x.wkt")
    with pytest.raises(AoiError):
        read_area_file(b'{"type": "FeatureCollection", "features": []}', "x.geojson")


def test_ten_megabytes_of_geojson_are_refused_at_once() -> None:
    data = b'{"type":"Polygon","coordinates":[[' + b"[8.123456789,45.123456789]," * 390_000 + b"[8.1,45.2]]]}"
    assert len(data) > 10_000_000
    start = time.process_time()
    with pytest.raises(FileFormatError, match=r"x.geojson has 1\d\.\d MB; at most 10 MB are allowed"):
        read_area_file(data, "x.geojson")
    assert time.process_time() - start < 0.5


def test_too_many_vertices_and_too_many_shapes() -> None:
    circle = shapely.Point(9, 45).buffer(0.2, quad_segs=6000)
    with pytest.raises(AoiError, match="24,001 vertices; at most 20,000"):
        read_area_file(shapely.to_geojson(circle).encode(), "x.geojson")
    boxes = [shapely.box(8 + i * 1e-3, 45, 8 + i * 1e-3 + 5e-4, 45.001) for i in range(5001)]
    (data,) = vector_files(boxes, 4326, ".gpkg", "Polygon").values()
    with pytest.raises(AoiError, match="more than 5,000 shapes"):
        read_area_file(data, "x.gpkg")


def test_archive_bombs() -> None:
    zeros = bytes(50_000_000)
    start = time.process_time()
    for members in ({"area.shp": zeros}, {f"{i}.txt": zeros[:900_000] for i in range(120)}, {"doc.kml": zeros}):
        with pytest.raises(FileFormatError, match="unpacks to far more"):
            read_area_file(zipped(members), "x.zip")
    with pytest.raises(FileFormatError, match="at most 1,000"):
        read_area_file(zipped({f"{i}.txt": b"" for i in range(1001)}), "x.zip")
    assert time.process_time() - start < 5


def test_a_bomb_that_lies_about_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lulc_core.sources.area_files.archives.MAX_UNPACKED_BYTES", 1_000_000)
    data = bytearray(zipped({"doc.kml": bytes(9_000_000)}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (900).to_bytes(4, "little")  # uncompressed size in the table of contents
    with pytest.raises(FileFormatError):
        read_area_file(bytes(data), "x.kmz")


@pytest.mark.parametrize(
    "path", ["../evil.shp", "/etc/evil.shp", "a/../../evil.shp", "..\\evil.shp", "C:\\evil.shp", "C:/evil.shp"]
)
def test_paths_that_climb_out(path: str, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="climbs out"):
        read_area_file(zipped({**shapefile([HOLE]), path: b"x"}), "x.zip")
    assert not list(tmp_path.rglob("evil*"))


def test_encrypted_and_damaged_archives() -> None:
    data = zipped(shapefile([HOLE]))
    locked = bytearray(data)
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    with pytest.raises(FileFormatError, match="password"):
        read_area_file(bytes(locked), "x.zip")
    for share in (0.3, 0.7, 0.97):
        with pytest.raises(FileFormatError, match="damaged or incomplete"):
            read_area_file(data[: int(len(data) * share)], "x.zip")
    flipped = bytearray(data)
    flipped[60:90] = bytes(30)
    with pytest.raises(FileFormatError):
        read_area_file(bytes(flipped), "x.zip")


def test_xml_bombs_and_foreign_entities() -> None:
    laughs = '<!ENTITY a "lol">' + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    body = KML.split("?>", 1)[1].format("<name>&j;</name>" + kml_polygon(HOLE))
    for dtd in (f"<!DOCTYPE kml [{laughs}]>", '<!DOCTYPE kml [<!ENTITY j SYSTEM "file:///etc/passwd">]>'):
        text = '<?xml version="1.0"?>' + dtd + body
        for data in (text.encode(), text.replace("1.0", '1.0" encoding="UTF-16', 1).encode("utf-16")):
            start = time.process_time()
            with pytest.raises(FileFormatError, match="not safe"):
                read_area_file(data, "x.kml")
            assert time.process_time() - start < 1


@pytest.mark.filterwarnings("ignore:GPKG")
@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "x.geojson", "is empty"),
        (b"  \n", "x.kml", "is empty"),
        (b"\x89PNG\r\n\x1a\n....", "x.geojson", "is not GeoJSON, as its name says, but a picture"),
        (b"\x89PNG\r\n\x1a\n....", "x.zip", "is not ZIP, as its name says, but a picture"),
        (KML.format("").encode(), "x.geojson", "is not GeoJSON, as its name says, but KML"),
        (b"<html><body>404</body></html>", "x.kml", "is not KML, as its name says, but another XML"),
        (b"<!DOCTYPE html><html></html>", "x.kml", "not safe"),
        (b"<kml><Document>", "x.kml", "damaged or incomplete"),
        (b"SQLite format 3\x00" + bytes(100), "x.gpkg", "but another SQLite database"),
        (b"SQLite format 3\x00" + bytes(52) + b"GPKG" + bytes(60), "x.gpkg", "damaged or incomplete"),
        (b'{"type": "Polygon", "coordinates": [[[8.8', "x.geojson", "line 1, column"),
        (b"[" * 100_000, "x.geojson", "nested too deeply|cannot be read"),
        (b'{"a": "\xff\xfe\xff"}', "x.geojson", "not text in UTF-8"),
        (b"anything", "x.docx", "in no format that is known"),
        (b"anything", "noending", "in no format that is known"),
        (b"anything", "x.shp", "one part of a Shapefile"),
    ],
)
def test_files_that_are_not_what_they_should_be(data: bytes, name: str, words: str) -> None:
    with pytest.raises(FileFormatError, match=words) as caught:
        read_area_file(data, name)
    assert "\n" not in str(caught.value)


def test_half_a_geopackage_and_half_a_shapefile() -> None:
    (gpkg,) = vector_files([TRIANGLE], 4326, ".gpkg", "Polygon").values()
    for share in (0.1, 0.5):
        with pytest.raises((FileFormatError, AoiError)):
            read_area_file(gpkg[: int(len(gpkg) * share)], "x.gpkg")
    parts = shapefile([TRIANGLE, FAR])
    parts["parcels/area.shp"] = parts["parcels/area.shp"][:150]
    with pytest.raises((FileFormatError, AoiError)):
        read_area_file(zipped(parts), "x.zip")


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    aoi = read_area_file(shapely.to_geojson(HOLE).encode(), "../../etc/passwd.geojson")
    assert aoi.name == "passwd"


def test_files_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(shapely.to_geojson(HOLE))
    assert same(read_area_path(path), HOLE)
    with pytest.raises(FileFormatError, match="There is no file"):
        read_area_path(tmp_path / "none.geojson")
    with pytest.raises(FileFormatError, match="is a folder"):
        read_area_path(tmp_path)


def test_a_custom_projection_written_out_is_understood() -> None:
    crs = CRS.from_proj4("+proj=laea +lat_0=45 +lon_0=9 +datum=WGS84 +units=m")
    parts = shapefile([shapely.box(-5000, -4000, 5000, 4000)], None)
    parts["parcels/area.prj"] = crs.to_wkt("WKT1_ESRI").encode()
    aoi = read_area_file(zipped(parts), "x.zip")
    assert aoi.center == pytest.approx((9, 45), abs=1e-3)
    assert aoi.area_km2 == pytest.approx(80, rel=2e-3)
