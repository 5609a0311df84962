"""An area of interest from a file: GeoJSON, KML, KMZ, GeoPackage, zipped Shapefile, WKT."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from functools import partial
from itertools import accumulate
from pathlib import Path

import shapely

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import FileFormatError, LayerError
from lulc_core.isolation.calls import isolated
from lulc_core.isolation.limits import AREA
from lulc_core.sources.area_files.archives import SHAPEFILE_HINT, Archive
from lulc_core.sources.area_files.json_texts import found_in_json
from lulc_core.sources.area_files.kml import copy_polygons
from lulc_core.sources.area_files.shapes import Found, area_of
from lulc_core.sources.area_files.systems import system_of, to_degrees
from lulc_core.sources.area_files.vector import found_in_layers, single_parts

MAX_TEXT_BYTES = 10_000_000
MAX_FILE_BYTES = 50_000_000
EXTENSIONS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".geojsonl": "GeoJSON",
    ".geojsons": "GeoJSON",
    ".ndjson": "GeoJSON",
    ".jsonl": "GeoJSON",
    ".topojson": "GeoJSON",
    ".kml": "KML",
    ".kmz": "ZIP",
    ".gpkg": "GeoPackage",
    ".zip": "ZIP",
    ".wkt": "WKT",
    ".txt": "WKT",
}
FORMATS = "GeoJSON, KML, KMZ, GeoPackage (.gpkg), zipped Shapefile (.zip) or WKT"
_SAVE = "Save the area as GeoJSON (in QGIS: right-click the layer, Export > Save Features As)."
_MAX_DEPTH = 20
"""Of brackets in WKT; a multipolygon within a collection has 4."""
_WKT = re.compile(r"\s*(?:SRID=(\d+);)?\s*([A-Z]+\s*Z?M?\s*(?:\(.*|EMPTY))", re.IGNORECASE | re.DOTALL)


def read_area_path(path: Path | str, *, layer: str = "") -> Aoi:
    """Read the area in a file on disk; see :func:`read_area_file`.

    Args:
        path: of the file; ``file.gpkg|layername=fields`` names a layer as QGIS does.
        layer: which of several layers.

    Raises:
        FileFormatError: there is no such file, or it cannot be read; and as :func:`read_area_file`.
    """
    file, _, in_path = str(path).partition("|layername=")
    path, layer = Path(file), layer or in_path
    try:
        about = path.stat()
        if not (stat.S_ISREG(about.st_mode) or path.is_dir()):  # a pipe or a device has no end
            raise FileFormatError(f"{path} is no file, but a pipe or a device.", hint=f"Name a file in {FORMATS}.")
        if about.st_size > MAX_FILE_BYTES:
            raise _too_large(path.name, about.st_size, MAX_FILE_BYTES)
        with path.open("rb") as opened:
            data = opened.read(about.st_size)  # no more than that, should it grow, or be of /proc
        return read_area_file(data, path.name, layer=layer)
    except FileNotFoundError as error:
        raise FileFormatError(f"There is no file {path}.", hint=f"Name a file in {FORMATS}.") from error
    except IsADirectoryError as error:
        raise FileFormatError(f"{path} is a folder.", hint=f"Name a file in {FORMATS}.") from error
    except PermissionError as error:
        raise FileFormatError(f"{path} may not be read: permission denied.") from error


@isolated(AREA, name=lambda data, filename, **_: _plain_name(filename))
def read_area_file(data: bytes, filename: str, *, layer: str = "") -> Aoi:
    """Read the area in an uploaded file, in longitude and latitude; several polygons of a layer are merged.

    Nothing outside of a temporary folder is written, nothing is read from the network. What was mended, left out or
    taken together is in the area's notes.

    Args:
        data: content of the file.
        filename: its name; the ending must name the format, and the content must be of it.
        layer: which of several layers with polygons, or of several files in an archive.

    Raises:
        LayerError: there are several and none is named, or the named one is not there; it says what there is.
        FileFormatError: unknown, damaged, too large, unsafe, not what its name says.
        AoiError: no polygon in it, or not one that can be an area.
    """
    name = _plain_name(filename)
    title = Path(name).stem
    ending = Path(name).suffix.lower()
    wanted = EXTENSIONS.get(ending)
    if wanted is None:
        if ending in (".shp", ".shx", ".dbf", ".prj"):
            raise FileFormatError(f"{name} is one part of a Shapefile.", hint=SHAPEFILE_HINT)
        raise FileFormatError(f"{name} is in no format that is known here; use {FORMATS}.", hint=_SAVE)
    limit = MAX_TEXT_BYTES if wanted in ("GeoJSON", "KML", "WKT") else MAX_FILE_BYTES
    if len(data) > limit:
        raise _too_large(name, len(data), limit)
    if not data.strip():
        raise FileFormatError(f"{name} is empty.", hint=_SAVE)
    found = _content(data)
    if found != wanted:
        raise FileFormatError(
            f"{name} is not {wanted}, as its name says, but {found}.", hint=f"Use {FORMATS}, with the right ending."
        )
    if wanted == "ZIP":
        return _from_archive(data, name, layer)
    if wanted == "GeoJSON":
        # TopoJSON has layers, and so is the one kind of JSON that may be asked about.
        by_gdal = partial(_found_in_json_by_gdal, name=name, layer=layer)
        return area_of(found_in_json(_text(data, name), name, by_gdal), name, title)
    if layer and wanted != "GeoPackage":
        raise FileFormatError(f"{name} has no layers to choose from.", hint="Leave the layer out.")
    if wanted == "KML":
        copy, placemark, kinds = copy_polygons(data, name)
        shapes = found_in_layers({".kml": copy}, name) if copy else Found()
        hint = "Draw it as a polygon (not as a path) and save it again."
        return area_of(replace(shapes, left_out=kinds, title=placemark), name, title, hint=hint)
    if wanted == "WKT":
        return area_of(_found_in_wkt(data, name), name, title)
    return area_of(found_in_layers({".gpkg": data}, name, layer), name, title)


def _from_archive(data: bytes, name: str, layer: str) -> Aoi:
    wanted, _, inner_layer = layer.partition("|")
    archive = Archive(data, name)
    member, data = archive.area(wanted)
    title = Path(name).stem
    if isinstance(member, dict):
        return area_of(found_in_layers(member, name), name, Path(wanted).stem or title)
    try:
        aoi = read_area_file(data, member, layer=inner_layer)
    except LayerError as error:
        raise LayerError(error.message, layers=tuple(f"{member}|{inner}" for inner in error.layers)) from error
    if archive.passed_over:
        note = f"Of {name} only {member} was read, not {', '.join(archive.passed_over[:4])}."
        aoi = replace(aoi, notes=(*aoi.notes, note))
    # Inside a KMZ the document is nearly always called doc.kml: the archive has the better name.
    return aoi if aoi.name != Path(member).stem or wanted else replace(aoi, name=title)


def _plain_name(filename: str) -> str:
    """The name without folders, and without what no sentence can show (half of a character, control characters)."""
    name = "".join(c if c.isprintable() else "_" for c in filename.replace("\\", "/").rpartition("/")[2])
    return f"{name[:60]}…{name[-30:]}" if len(name) > 100 else name or "The file"


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
    text = data[:4096].decode(_codec(data), "replace").lstrip("\x1e \t\r\n")
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


def _found_in_json_by_gdal(data: bytes, *, name: str, layer: str) -> Found:
    return found_in_layers({".json": data}, name, layer)


def _found_in_wkt(data: bytes, name: str) -> Found:
    polygons, left_out, n_features = [], [], 0
    whole = _text(data, name).strip("; \t\r\n")
    if max(accumulate({"(": 1, ")": -1}.get(c, 0) for c in whole)) > _MAX_DEPTH:  # GEOS ends the process on them
        raise FileFormatError(f"{name} is no usable WKT: its brackets are nested too deeply.", hint=_SAVE)
    for text in re.split(r"(?<=[)Yy])[\s;]+(?=[A-Za-z])", whole):
        match = _WKT.fullmatch(text)
        try:
            geometry = match and shapely.from_wkt(match.group(2), on_invalid="ignore")
        except NotImplementedError as error:
            raise FileFormatError(f"{name} holds curved outlines, which are not read here.", hint=_SAVE) from error
        if match is None or geometry is None:
            raise FileFormatError(f"{name} is not well-formed WKT.", hint="Example: POLYGON((8.8 45.4, ...))")
        parts = list(single_parts(geometry))
        here = [part for part in parts if part.geom_type == "Polygon"]
        if here:
            polygons += to_degrees(here, system_of(f"EPSG:{match.group(1) or 4326}", name), name)
        n_features += bool(here)
        left_out += [part.geom_type for part in parts if part.geom_type != "Polygon"]
    return Found(polygons, n_features, left_out)
