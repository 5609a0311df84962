"""Files made to do harm, each a finding of an attack on the readers: seeds of the fuzzers, and inputs of the tests.

Everything is made here, small, and harmless to keep; nothing of it is shipped.
"""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SQUARE = [[8.8, 45.4], [8.9, 45.4], [8.9, 45.5], [8.8, 45.5], [8.8, 45.4]]
SQUARE_WKT = "POLYGON((8.8 45.4,8.9 45.4,8.9 45.5,8.8 45.5,8.8 45.4))"
_UTM = 'PROJCS["x",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],\
UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],\
PARAMETER["central_meridian",9],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],\
PARAMETER["false_northing",0],UNIT["metre",1]%s]'
_VRT = b'<VRTDataset rasterXSize="64" rasterYSize="64"><SRS>EPSG:32632</SRS></VRTDataset>'
GRIDS_WKT = _UTM % ',EXTENSION["PROJ4","+proj=utm +zone=32 +ellps=WGS84 +nadgrids=/etc/passwd +no_defs"]'
"""A coordinate system for which PROJ opens a file of the machine."""


def geojson(**more: Any) -> dict[str, Any]:
    """One square as a feature."""
    geometry = {"type": "Polygon", "coordinates": [SQUARE]}
    return {"type": "Feature", "properties": {"name": "square"}, "geometry": geometry, **more}


def _kml(coordinates: str, name: str = "square") -> bytes:
    ring = f"<outerBoundaryIs><LinearRing><coordinates>{coordinates}</coordinates></LinearRing></outerBoundaryIs>"
    place = f"<Placemark><name>{name}</name><Polygon>{ring}</Polygon></Placemark>"
    return f'<kml xmlns="http://www.opengis.net/kml/2.2">{place}</kml>'.encode()


_POINTS = " ".join(f"{x},{y}" for x, y in SQUARE)


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def shapefile(prj: bytes) -> bytes:
    """One square as a zipped Shapefile with that .prj."""
    import pyogrio
    import shapely

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.shp"
        shape = shapely.to_wkb([shapely.box(500_000, 5_000_000, 510_000, 5_010_000)])
        pyogrio.raw.write(path, shape, [np.array([1])], ["id"], geometry_type="Polygon", crs="EPSG:32632")
        parts = {f"a{p.suffix}": p.read_bytes() for p in Path(folder).iterdir()}
    return _zip({**parts, "a.prj": prj})


def _geopackage(change: Callable[[sqlite3.Connection], None]) -> bytes:
    """One square as a GeoPackage that is then changed as a database."""
    import pyogrio
    import shapely

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        shape = shapely.to_wkb([shapely.Polygon(SQUARE)])
        pyogrio.raw.write(path, shape, [np.array([1])], ["id"], geometry_type="Polygon", crs="EPSG:4326", layer="a")
        database = sqlite3.connect(path)
        change(database)
        database.commit()
        database.execute("VACUUM")
        database.close()
        return path.read_bytes()


def _as_layer(database: sqlite3.Connection, name: str) -> None:
    bounds = (8.8, 45.4, 8.9, 45.5)
    sql = "INSERT INTO gpkg_contents VALUES (?, 'features', ?, '', '2020-01-01T00:00:00Z', ?, ?, ?, ?, 4326)"
    database.execute(sql, (name, name, *bounds))
    database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POLYGON', 4326, 0, 0)", (name,))


def _endless_view(database: sqlite3.Connection) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, NULL AS geom FROM n"
    database.execute(f"CREATE VIEW endless AS {endless}")
    _as_layer(database, "endless")


def _large_blobs(database: sqlite3.Connection) -> None:
    database.execute("CREATE VIEW blobs AS SELECT fid, zeroblob(90000000) AS geom FROM a")
    _as_layer(database, "blobs")


def _many_views(database: sqlite3.Connection) -> None:
    for i in range(3_000):
        database.execute(f"CREATE VIEW v{i} AS SELECT * FROM a")
        _as_layer(database, f"v{i}")


def _many_copies(database: sqlite3.Connection) -> None:
    import shapely

    angle = np.linspace(0, 2 * np.pi, 50_000, endpoint=False)
    ring = shapely.Polygon(np.column_stack([8.85 + 0.05 * np.cos(angle), 45.45 + 0.05 * np.sin(angle)]))
    blob = b"GP\x00\x01" + struct.pack("<i", 4326) + shapely.to_wkb(ring)
    database.execute("CREATE TABLE shape (geom BLOB)")
    database.execute("INSERT INTO shape VALUES (?)", (blob,))
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
    database.execute(f"CREATE VIEW copies AS {numbers} SELECT i AS fid, (SELECT geom FROM shape) AS geom FROM n")
    _as_layer(database, "copies")


def _endless_contents(database: sqlite3.Connection) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS table_name FROM n"
    database.execute("ALTER TABLE gpkg_contents RENAME TO old")
    database.execute(f"CREATE VIEW gpkg_contents AS {endless}")


def _many_tables(database: sqlite3.Connection) -> None:
    for i in range(300):
        database.execute(f"CREATE TABLE t{i} AS SELECT * FROM a")
        _as_layer(database, f"t{i}")


def _damaged_lzma() -> bytes:
    data = bytearray(_zip({"a.geojson": json.dumps(geojson()).encode()}, zipfile.ZIP_LZMA))
    data[60:120] = b"\xff" * 60
    return bytes(data)


def _shapefile_of_copies() -> bytes:
    """A Shapefile whose index names its one record, of 50,000 points, 5,000 times."""
    angle = np.linspace(0, 2 * np.pi, 50_000)
    points = np.column_stack([8.85 + 0.05 * np.cos(-angle), 45.45 + 0.05 * np.sin(-angle)]).astype("<f8")
    record = struct.pack("<i4d3i", 5, 8.8, 45.4, 8.9, 45.5, 1, len(points), 0) + points.tobytes()
    words = len(record) // 2
    shp = _shape_header(50 + 4 + words) + struct.pack(">2i", 1, words) + record
    shx = _shape_header(50 + 4 * 5_000) + struct.pack(">2i", 50, words) * 5_000
    dbf = (
        struct.pack("<4BIHH20x", 3, 120, 1, 1, 5_000, 65, 2)
        + b"id".ljust(11, b"\0")
        + b"C"
        + b"\0" * 4
        + b"\x01"
        + b"\0" * 15
    )
    return _zip({"a.shp": shp, "a.shx": shx, "a.dbf": dbf + b"\r" + b" 1" * 5_000 + b"\x1a"})


def _shape_header(words: int) -> bytes:
    return struct.pack(">i20xi", 9994, words) + struct.pack("<2i4d32x", 1_000, 5, 8.8, 45.4, 8.9, 45.5)


def _grids_in_srs(database: sqlite3.Connection) -> None:
    database.execute(
        "UPDATE gpkg_spatial_ref_sys SET organization = 'NONE', definition = ? WHERE srs_id = 4326", (GRIDS_WKT,)
    )


def _garbage_geometry(database: sqlite3.Connection) -> None:
    blob = b"GP\x00\x01" + struct.pack("<i", 4326) + b"\x01" + struct.pack("<II", 3, 4_000_000_000)
    for trigger in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {trigger[0]}")
    database.execute("UPDATE a SET geom = ?", (blob,))


def area_files() -> dict[str, tuple[str, Callable[[], bytes]]]:
    """Files that pretend to hold an area: what each does, with its name and what makes its content."""
    deep = "GEOMETRYCOLLECTION(" * 20_000 + SQUARE_WKT + ")" * 20_000
    digits = "9" * 4_300
    pipeline = {"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/hostname", "crs": "x"}
    legacy = {"type": "name", "properties": {"name": GRIDS_WKT}}
    placemarks = b"<kml>" + b"<Placemark>" * 300_000 + b"</Placemark>" * 300_000 + b"</kml>"
    return {
        "WKT nested 20,000 deep": ("a.wkt", lambda: deep.encode()),
        "WKT of curves": ("a.wkt", lambda: b"CURVEPOLYGON(CIRCULARSTRING(8.8 45.4,8.9 45.5,9 45.4,8.9 45.3,8.8 45.4))"),
        "WKT with a number of 4,300 digits": ("a.wkt", lambda: SQUARE_WKT.replace("8.9", digits).encode()),
        "WKT with a code of 4,300 digits": ("a.wkt", lambda: f"SRID={digits};{SQUARE_WKT}".encode()),
        "KML with 60 kB of blanks": ("a.kml", lambda: _kml(" " * 60_000 + "x" + _POINTS)),
        "KML with 100 kB of blanks in a number": ("a.kml", lambda: _kml("8.8" + " " * 100_000 + "1,45.4 " + _POINTS)),
        "KML with 300,000 nested placemarks": ("a.kml", lambda: placemarks),
        "KML with a number of 4,300 digits": ("a.kml", lambda: _kml(_POINTS.replace("8.9", digits))),
        "GeoJSON nested 100,000 deep": ("a.geojson", lambda: b'{"type":"Feature","geometry":' + b"[" * 100_000),
        "GeoJSON with a number of 4,300 digits": (
            "a.geojson",
            lambda: json.dumps(geojson()).replace("8.9", digits).encode(),
        ),
        "GeoJSON with a whole number of 5,000 digits": (
            "a.geojson",
            lambda: json.dumps(geojson()).replace("8.9", "9" * 5_000).encode(),
        ),
        "GeoJSON in a system with grids": ("a.geojson", lambda: json.dumps(geojson(crs=legacy)).encode()),
        "JSON that is a program of GDAL": ("a.geojson", lambda: json.dumps(pipeline).encode()),
        "GeoJSON named with half a character": ("\udcff\ud800.geojson", lambda: json.dumps(geojson()).encode()),
        "GeoJSON with half a character in its name": (
            "a.geojson",
            lambda: json.dumps(geojson(properties={"name": "\ud800\x00<b>"})).encode(),
        ),
        "GeoJSON named with a zero byte": ("a\x00b.geojson", lambda: json.dumps(geojson()).encode()),
        "LZMA zip that is damaged": ("a.zip", lambda: _damaged_lzma()),
        "zip with 5,000 copies of 50,000 points": ("a.zip", lambda: _shapefile_of_copies()),
        "GeoPackage whose table of contents never ends": ("a.gpkg", lambda: _geopackage(_endless_contents)),
        "GeoPackage with 300 layers": ("a.gpkg", lambda: _geopackage(_many_tables)),
        "LZMA zip": ("a.zip", lambda: _zip({"a.geojson": json.dumps(geojson()).encode()}, zipfile.ZIP_LZMA)),
        "zip with a damaged .prj": ("a.zip", lambda: shapefile(b"PROJCS[" * 5_000)),
        "zip with a .prj that names grids": ("a.zip", lambda: shapefile(GRIDS_WKT.encode())),
        "zip with half a character in a name": (
            "a.zip",
            lambda: _zip({"€\x01.geojson": json.dumps(geojson()).encode()}),
        ),
        "zip of a virtual file": (
            "a.zip",
            lambda: _zip({"a.kml": b'<OGRVRTDataSource><OGRVRTLayer name="a"/></OGRVRTDataSource>'}),
        ),
        "GeoPackage with an endless view": ("a.gpkg", lambda: _geopackage(_endless_view)),
        "GeoPackage with blobs of 90 MB": ("a.gpkg", lambda: _geopackage(_large_blobs)),
        "GeoPackage with 3,000 views as layers": ("a.gpkg", lambda: _geopackage(_many_views)),
        "GeoPackage with 5,000 copies of 50,000 points": ("a.gpkg", lambda: _geopackage(_many_copies)),
        "GeoPackage in a system with grids": ("a.gpkg", lambda: _geopackage(_grids_in_srs)),
        "GeoPackage with a shape of garbage": ("a.gpkg", lambda: _geopackage(_garbage_geometry)),
    }


def plain_areas() -> list[tuple[str, bytes]]:
    """Ordinary files with one square, one of each format."""
    degrees = b'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],\
UNIT["degree",0.0174532925199433]]'
    return [
        ("a.geojson", json.dumps(geojson()).encode()),
        ("a.kml", _kml(_POINTS)),
        ("a.kmz", _zip({"doc.kml": _kml(_POINTS)})),
        ("a.wkt", SQUARE_WKT.encode()),
        ("a.gpkg", _geopackage(lambda database: None)),
        ("a.zip", shapefile((_UTM % "").encode())),
        ("b.zip", _zip({"a.geojson": json.dumps(geojson()).encode(), "a.prj": degrees})),
    ]


def plain_rasters() -> list[tuple[str, bytes]]:
    """Ordinary files of three bands: GeoTIFF plain and in tiles, JPEG 2000."""
    return [
        ("a.tif", _written(100, 120)),
        ("b.tif", _written(300, 260, tiled=True, blockxsize=128, blockysize=128, compress="deflate")),
        ("T32TMR_20210716T101031_B04.jp2", _written(120, 100, driver="JP2OpenJPEG", count=1)),
    ]


def eurosat_picture() -> bytes:
    """A grey patch as JPEG."""
    from PIL import Image

    picture = io.BytesIO()
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(picture, "JPEG")
    return picture.getvalue()


def eurosat_copy() -> bytes:
    """Two patches laid out as EuroSAT's zip."""
    return _zip({f"2750/{name}/{name}_1.jpg": eurosat_picture() for name in ("Forest", "River")})


def tiff(entries: dict[int, tuple[int, int, bytes]], tail: bytes = b"") -> bytes:
    """A TIFF of one directory: tag to (type, count, value); values over four bytes are put behind it."""
    at = 8 + 2 + 12 * len(entries) + 4
    table, behind = b"", b""
    for tag, (kind, count, value) in sorted(entries.items()):
        if len(value) > 4:
            table += struct.pack("<HHII", tag, kind, count, at + len(behind))
            behind += value + b"\x00" * (len(value) % 2)
        else:
            table += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\x00")
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + table + b"\x00" * 4 + behind + tail


def _short(*values: int) -> tuple[int, int, bytes]:
    return 3, len(values), struct.pack(f"<{len(values)}H", *values)


def _long(*values: int) -> tuple[int, int, bytes]:
    return 4, len(values), struct.pack(f"<{len(values)}I", *values)


def _double(*values: float) -> tuple[int, int, bytes]:
    return 12, len(values), struct.pack(f"<{len(values)}d", *values)


def _ascii(text: str) -> tuple[int, int, bytes]:
    data = text.encode() + b"\x00"
    return 2, len(data), data


_GEO = _short(1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32632)
"""GeoTIFF keys: a projected system, EPSG:32632."""


def _header(width: int, height: int, *, pixel_m: float = 10.0, bands: int = 13, **more: Any) -> dict[int, Any]:
    tags = {
        256: _long(width),
        257: _long(height),
        258: _short(*[16] * bands),
        259: _short(8),  # Deflate
        262: _short(1),
        277: _short(bands),
        284: _short(1),
        33550: _double(pixel_m, pixel_m, 0),
        33922: _double(0, 0, 0, 500_000, 5_000_000, 0),
        34735: _GEO,
    }
    return {**tags, **{int(tag[1:]): value for tag, value in more.items()}}


def _one_strip(width: int, height: int, **more: Any) -> bytes:
    return tiff(_header(width, height, _273=_long(1_000), _278=_long(height), _279=_long(1_000), **more), b"x" * 1_500)


def _valid(**more: Any) -> bytes:
    """A GeoTIFF of 64 x 64 with three bands, uncompressed, and more tags than are good for it."""

    def made(at: int) -> bytes:
        strips = {"_259": _short(1), "_273": _long(at), "_278": _long(64), "_279": _long(64 * 64 * 6)}
        return tiff({**_header(64, 64, bands=3, **strips), **{int(k[1:]): v for k, v in more.items()}})

    return made(len(made(0))) + np.random.default_rng(1).integers(500, 2_000, 64 * 64 * 3, np.uint16).tobytes()


def _tiled(width: int, height: int, side: int, **more: Any) -> bytes:
    n = -(-width // side) * -(-height // side)
    tiles = {"_322": _long(side), "_323": _long(side), "_324": _long(*[600] * n), "_325": _long(*[900] * n)}
    return tiff(_header(width, height, **tiles, **more), b"x" * 1_500)


def _written(height: int, width: int, *, pixel_m: float = 10.0, crs: Any = "EPSG:32632", **profile: Any) -> bytes:
    """A GeoTIFF or JPEG 2000 of three bands without a measurement in most of it, written sparsely by GDAL."""
    import rasterio
    from rasterio.transform import from_origin

    plan = {"driver": "GTiff", "count": 3, "dtype": "uint16", "height": height, "width": width, **profile}
    ending = ".jp2" if plan["driver"].startswith("JP2") else ".tif"
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / f"a{ending}"
        with rasterio.open(path, "w", crs=crs, transform=from_origin(5e5, 5e6, pixel_m, pixel_m), **plan) as file:
            for i, band in enumerate(("B02", "B03", "B04")[: file.count], 1):
                if ending == ".tif":
                    file.set_band_description(i, band)
                    window = rasterio.windows.Window(0, 0, min(64, width), min(64, height))
                    file.write(np.full((window.height, window.width), 1_000 + 100 * i, np.uint16), i, window=window)
                else:
                    file.write(np.full((height, width), 1_000 + 100 * i, np.uint16), i)
        return path.read_bytes()


def raster_files() -> dict[str, tuple[str, Callable[[], bytes]]]:
    """Files that pretend to be a Sentinel-2 raster: what each does, with its name and what makes its content."""
    metadata = (
        "<GDALMetadata><Item name='DATE'>%s</Item><Item name='SCALE' sample='0' role='scale'>%s</Item></GDALMetadata>"
    )
    cited = _short(1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32767, 3073, 34737, len(GRIDS_WKT) + 20, 0)
    sparse = {"sparse_ok": True, "compress": "deflate", "tiled": True}
    digits = "9" * 5_000
    million = {"driver": "JP2OpenJPEG", "blockxsize": 1_024, "blockysize": 1_024, "quality": 1, "reversible": "NO"}
    return {
        "TIFF of 60,000 x 60,000 in one strip": ("a.tif", lambda: _one_strip(60_000, 60_000)),
        "TIFF of 60,000 x 60,000 in one strip, one band": (
            "T32TMR_20210716T101031_B04.tif",
            lambda: _one_strip(60_000, 60_000, bands=1),
        ),
        "TIFF with tiles of 65,536 pixels": ("a.tif", lambda: _tiled(60_000, 60_000, 65536)),
        "TIFF of 2,000,000 x 1": ("a.tif", lambda: _written(1, 2_000_000, **{**sparse, "tiled": False})),
        "TIFF of 1 x 2,000,000": (
            "a.tif",
            lambda: _written(2_000_000, 1, **{**sparse, "tiled": False, "blockysize": 4096}),
        ),
        "TIFF of 38,000 x 38,000 at 1 m": (
            "a.tif",
            lambda: _written(38_000, 38_000, pixel_m=1.0, blockxsize=512, blockysize=512, **sparse),
        ),
        "TIFF with tags of 5,000 digits": (
            "a.tif",
            lambda: _valid(_42112=_ascii(metadata % (digits, digits)), _42113=_ascii(digits)),
        ),
        "TIFF with a scale of 1e300": (
            "a.tif",
            lambda: _valid(_42112=_ascii(metadata % ("1e300", "1e300")), _42113=_ascii("1e300")),
        ),
        "TIFF with pixels of 1e300 m": ("a.tif", lambda: _valid(_33550=_double(1e300, 1e300, 0))),
        "TIFF in a system with grids": (
            "a.tif",
            lambda: _valid(_34735=cited, _34737=_ascii(f"ESRI PE String = {GRIDS_WKT}|")),
        ),
        "TIFF with 65,000 bands": (
            "a.tif",
            lambda: tiff(
                {
                    **_header(64, 64, bands=1),
                    258: _short(16),
                    277: _short(65_000),
                    273: _long(1_000),
                    278: _long(64),
                    279: _long(1_000),
                },
                b"x" * 1_500,
            ),
        ),
        "JPEG 2000 with one tile of a million pixels": (
            "T32TMR_20210716T101031_B04.jp2",
            lambda: _large_tile(_written(1024, 1024, **million)),
        ),
        "JPEG 2000 cut off": ("T32TMR_20210716T101031_B04.jp2", lambda: _written(1024, 1024, **million)[:3_000]),
        "virtual file": (
            "a.tif",
            lambda: _VRT,
        ),
        "map service": (
            "a.tif",
            lambda: b'<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>',
        ),
    }


def _large_tile(jp2: bytes) -> bytes:
    """The same picture, said to be 60,000 x 60,000 in one tile: the sizes in its SIZ segment are rewritten."""
    at = jp2.index(b"\xff\x51") + 6  # marker, length, capabilities
    sizes = struct.pack(">8I", 60_000, 60_000, 0, 0, 60_000, 60_000, 0, 0)
    data = bytearray(jp2)
    data[at : at + 32] = sizes
    box = jp2.find(b"ihdr")
    if box > 0:
        data[box + 4 : box + 12] = struct.pack(">II", 60_000, 60_000)
    return bytes(data)


def picture_files() -> dict[str, tuple[str, Callable[[], bytes]]]:
    """Files that pretend to be a picture of one patch: what each does, with its name and what makes its content."""
    png = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    )
    return {
        "TIFF of 60,000 x 60,000 in one strip as a picture": ("a.tif", lambda: _one_strip(60_000, 60_000)),
        "TIFF of one band of 60,000 x 60,000": ("a.tif", lambda: _one_strip(60_000, 60_000, bands=1)),
        "PNG that says 60,000 x 60,000": ("a.png", lambda: png + b"\x00" * 100),
        "virtual file as a picture": ("a.png", lambda: _VRT),
    }
