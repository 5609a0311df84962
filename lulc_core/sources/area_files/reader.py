"""An area of interest from a file: GeoJSON, KML, KMZ, GeoPackage, zipped Shapefile, WKT."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError, FileFormatError
from lulc_core.domain.projection import WGS84, transformer
from lulc_core.sources.area_files.archives import SHAPEFILE_HINT, Archive
from lulc_core.sources.area_files.kml import copy_polygons

MAX_TEXT_BYTES = 10_000_000
MAX_FILE_BYTES = 50_000_000
MAX_FEATURES = 5_000
"""More polygons than that have more vertices than an area may have."""
EXTENSIONS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".kml": "KML",
    ".kmz": "ZIP",
    ".gpkg": "GeoPackage",
    ".zip": "ZIP",
    ".wkt": "WKT",
    ".txt": "WKT",
}
FORMATS = "GeoJSON, KML, KMZ, GeoPackage (.gpkg), zipped Shapefile (.zip) or WKT"
_DRAW = "Draw the area on the map instead, or export it as GeoJSON."
_WKT = re.compile(r"\s*(?:SRID=(\d+);)?\s*([A-Z]+\s*Z?M?\s*(?:\(.*|EMPTY))", re.IGNORECASE | re.DOTALL)


def read_area_path(path: Path | str) -> Aoi:
    """Read the area in a file on disk; see :func:`read_area_file`.

    Raises:
        FileFormatError: there is no such file, or it cannot be read; and as :func:`read_area_file`.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _too_large(path.name, path.stat().st_size, MAX_FILE_BYTES)
        return read_area_file(path.read_bytes(), path.name)
    except FileNotFoundError as error:
        raise FileFormatError(f"There is no file {path}.", hint=f"Name a file in {FORMATS}.") from error
    except IsADirectoryError as error:
        raise FileFormatError(f"{path} is a folder.", hint=f"Name a file in {FORMATS}.") from error
    except PermissionError as error:
        raise FileFormatError(f"{path} may not be read: permission denied.") from error


def read_area_file(data: bytes, filename: str) -> Aoi:
    """Read the area in an uploaded file, in longitude and latitude; several polygons are merged.

    Nothing outside of a temporary folder is written, nothing is read from the network.

    Args:
        data: content of the file.
        filename: its name; the ending must name the format, and the content must be of it.

    Raises:
        FileFormatError: unknown, damaged, too large, unsafe, not what its name says.
        AoiError: no polygon in it, or not one that can be an area.
    """
    name = Path(filename.replace("\\", "/")).name or "The file"
    title = Path(name).stem
    ending = Path(name).suffix.lower()
    wanted = EXTENSIONS.get(ending)
    if wanted is None:
        if ending in (".shp", ".shx", ".dbf", ".prj"):
            raise FileFormatError(f"{name} is one part of a Shapefile.", hint=SHAPEFILE_HINT)
        raise FileFormatError(f"{name} is in no format that is known here; use {FORMATS}.", hint=_DRAW)
    limit = MAX_TEXT_BYTES if wanted in ("GeoJSON", "KML", "WKT") else MAX_FILE_BYTES
    if len(data) > limit:
        raise _too_large(name, len(data), limit)
    if not data.strip():
        raise FileFormatError(f"{name} is empty.", hint=_DRAW)
    found = _content(data)
    if found != wanted:
        raise FileFormatError(
            f"{name} is not {wanted}, as its name says, but {found}.", hint=f"Use {FORMATS}, with the right ending."
        )
    if wanted == "ZIP":
        member, data = Archive(data, name).area()
        if isinstance(member, dict):
            return _from_layers(member, name, title)
        aoi = read_area_file(data, member)
        # Inside a KMZ the document is nearly always called doc.kml: the archive has the better name.
        return aoi if aoi.name != Path(member).stem else Aoi(aoi.geometry, title)
    if wanted == "GeoJSON":
        return _from_geojson(data, name, title)
    if wanted == "KML":
        data, placemark, kinds = copy_polygons(data, name)
        if not data:
            raise _no_polygon(kinds, name, hint="Draw it as a polygon (not as a path) and save it again.")
        return _from_layers({".kml": data}, name, placemark or title)
    if wanted == "WKT":
        return _from_wkt(data, name, title)
    return _from_layers({".gpkg": data}, name, title)


def _too_large(name: str, size: int, limit: int) -> FileFormatError:
    return FileFormatError(
        f"{name} has {size / 1e6:,.1f} MB; at most {limit / 1e6:,.0f} MB are allowed.",
        hint="Keep only the outline that is needed, or simplify it (in QGIS: Vector > Geometry Tools > Simplify).",
    )


def _content(data: bytes) -> str:
    """The format that the content has, in words."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "ZIP"
    if data.startswith(b"SQLite format 3\x00"):
        # The application id stands at byte 68 (GeoPackage 1.3, requirement 2): GPKG, or GP10, GP11 of old ones.
        return "GeoPackage" if data[68:72] in (b"GPKG", b"GP10", b"GP11") else "another SQLite database"
    text = data[:4096].decode(_codec(data), "replace").lstrip()
    if text.startswith(("{", "[")):
        return "GeoJSON"
    if text.startswith("<"):
        return "KML" if re.search(r"<(\w+:)?kml[\s>/]", text) or "<!" in text else "another XML text"
    if _WKT.match(text):
        return "WKT"
    pictures = {b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"%PDF": "a PDF document", b"II*\x00": "a TIFF"}
    return next((what for mark, what in pictures.items() if data.startswith(mark)), "something else")


def _codec(data: bytes) -> str:
    return "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode(_codec(data))
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{name} is not text in UTF-8.", hint="Save it in UTF-8 and try again.") from error


def _from_geojson(data: bytes, name: str, title: str) -> Aoi:
    try:
        parsed = json.loads(_text(data, name))
    except json.JSONDecodeError as error:
        raise FileFormatError(
            f"{name} is not GeoJSON: line {error.lineno}, column {error.colno} cannot be read.",
            hint="Export it again; perhaps it was cut off.",
        ) from error
    except RecursionError as error:
        raise FileFormatError(f"{name} is not GeoJSON: its brackets are nested too deeply.", hint=_DRAW) from error
    crs = _legacy_crs(parsed, name)
    if crs is not None:
        return _from_layers({".geojson": json.dumps(parsed).encode()}, name, title, crs=crs)
    aoi = Aoi.from_geojson(parsed)
    return aoi if aoi.name else Aoi(aoi.geometry, title)


def _legacy_crs(parsed: Any, name: str) -> str | None:
    """The coordinate system that GeoJSON of before 2016 may name; None for longitude and latitude."""
    member = parsed.get("crs") if isinstance(parsed, dict) else None
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    text = str(properties.get("name", "") or f"EPSG:{properties.get('code', '')}")
    if text.endswith(("CRS84", ":4326")):
        return None
    if not re.fullmatch(r"[\w:./-]{1,80}", text):  # PROJ also takes whole definitions, which may name files
        raise _unknown_crs(name, text)
    return text


def _unknown_crs(name: str, text: str) -> FileFormatError:
    return FileFormatError(
        f"{name} names a coordinate system that is not known: {text[:60]!r}.", hint="Save it in WGS 84 (EPSG:4326)."
    )


def _from_wkt(data: bytes, name: str, title: str) -> Aoi:
    match = _WKT.fullmatch(_text(data, name).strip())
    geometry = match and shapely.from_wkt(match.group(2), on_invalid="ignore")
    if match is None or geometry is None:
        raise FileFormatError(f"{name} is not well-formed WKT.", hint="Example: POLYGON((8.8 45.4, ...))")
    code = match.group(1)
    polygons = _only_polygons([geometry])
    if not polygons:
        raise _no_polygon(set() if geometry.is_empty else {geometry.geom_type}, name)
    return Aoi.from_geometry(_to_degrees(polygons, f"EPSG:{code or 4326}", name), name=title)


def _from_layers(parts: dict[str, bytes], name: str, title: str, *, crs: str | None = None) -> Aoi:
    """All polygons of a vector file that GDAL reads, given as its parts by ending; ``crs`` goes before its own."""
    with tempfile.TemporaryDirectory() as folder:
        for ending, data in parts.items():
            (Path(folder) / f"area{ending}").write_bytes(data)  # names of our own: those in an archive go nowhere
        return Aoi.from_geometry(_read_layers(Path(folder) / f"area{next(iter(parts))}", name, crs), name=title)


def _read_layers(path: Path, name: str, crs: str | None) -> list[Any]:
    import pyogrio
    from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    polygons: list[Any] = []
    kinds: set[str] = set()
    try:
        for layer, kind in pyogrio.list_layers(path):
            if kind is None:  # a table without shapes
                continue
            meta, _, wkb, _ = pyogrio.raw.read(path, layer=layer, columns=[], max_features=MAX_FEATURES + 1)
            shapes = [s for s in shapely.from_wkb(wkb) if s is not None]
            if len(shapes) > MAX_FEATURES:
                raise AoiError(
                    f"{name} holds more than {MAX_FEATURES:,} shapes.",
                    hint="Keep only those of the area and try again.",
                )
            kinds |= {s.geom_type for s in shapes if not s.is_empty}
            if here := _only_polygons(shapes):
                polygons += _to_degrees(here, crs or meta["crs"], name)
    except CRSError as error:
        raise FileFormatError(
            f"The coordinate system of {name} cannot be read: its .prj is damaged or of an unknown kind.",
            hint="Save it in longitude and latitude (WGS 84, EPSG:4326).",
        ) from error
    except (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError) as error:
        raise FileFormatError(f"{name} is damaged or incomplete.", hint="Export it again.") from error
    except shapely.errors.ShapelyError as error:
        raise FileFormatError(f"{name} holds a shape that cannot be read.", hint="Export it again.") from error
    if not polygons:
        raise _no_polygon(kinds, name)
    return polygons


def _only_polygons(shapes: list[Any]) -> list[Any]:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]


def _no_polygon(kinds: set[str], name: str, *, hint: str = _DRAW) -> AoiError:
    held = f"only {', '.join(sorted(kinds))}" if kinds else "no shape"
    return AoiError(f"There is no area in {name}: it holds {held}, and only polygons are areas.", hint=hint)


def _to_degrees(polygons: list[Any], crs: str | None, name: str) -> list[Any]:
    """Convert polygons to longitude and latitude (WGS 84); without ``crs`` their coordinates must look like degrees."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError, ProjError

    bounds = shapely.total_bounds(polygons)
    if crs is None:
        if not np.isfinite(bounds).all() or np.abs(bounds[[0, 2]]).max() > 360 or np.abs(bounds[[1, 3]]).max() > 90:
            raise AoiError(
                f"{name} does not say in which coordinate system it is (no .prj), and its coordinates are no degrees.",
                hint="Add the .prj file, or save it in longitude and latitude (WGS 84, EPSG:4326).",
            )
        return polygons
    try:
        system = CRS.from_user_input(crs)
        if system.is_exact_same(CRS.from_epsg(4326)):
            return polygons
        to_degrees = transformer(system, WGS84)
        if not system.is_geographic:
            # Straight edges of a projection are curves in degrees: give long ones vertices.
            step = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 32
            polygons = [shapely.segmentize(p, step) for p in polygons] if step > 0 else polygons
        moved = [
            shapely.transform(shapely.force_2d(p), lambda c: np.column_stack(to_degrees.transform(c[:, 0], c[:, 1])))
            for p in polygons
        ]
    except CRSError as error:
        raise _unknown_crs(name, crs) from error
    except ProjError as error:
        raise _misfit(name, crs) from error
    if not np.isfinite(shapely.total_bounds(moved)).all():
        raise _misfit(name, crs)
    return moved


def _misfit(name: str, crs: str) -> AoiError:
    return AoiError(
        f"The coordinates of {name} do not fit its coordinate system {crs[:60]}.", hint="Save it in WGS 84 (EPSG:4326)."
    )
