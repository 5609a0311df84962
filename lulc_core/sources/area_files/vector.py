"""Vector files that GDAL reads: Shapefile, GeoPackage, KML, Esri JSON, TopoJSON; one of their layers."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError, FileFormatError, LayerError, LulcError
from lulc_core.sources.area_files.shapes import Found
from lulc_core.sources.area_files.systems import SAVE_IN_DEGREES, system_of, to_degrees

if TYPE_CHECKING:
    from pyproj import CRS

MAX_FEATURES = 5_000
"""More polygons than that have more vertices than an area may have."""
_MAX_TOLD = 8
"""Layers that a sentence names."""
MAX_VERTICES = 1_000_000
"""Of one layer, with what is no polygon; an area may have far fewer."""
MAX_LAYERS = 200
_AT_ONCE = 50
"""Shapes read at a time."""
_IN_QGIS = "say which it is (right-click the layer, Layer CRS), and save it in WGS 84 (Export > Save Features As)."
_HOW_TO_SAY = {
    ".shp": "Add the .prj file, or save it in longitude and latitude (WGS 84, EPSG:4326).",
    ".gpkg": f"Open it in QGIS, {_IN_QGIS}",
}
"""How a file of each kind says its coordinate system."""


@dataclass
class _Layer:
    name: str
    polygons: list[Any]
    """In the layer's own coordinates."""
    n_features: int
    left_out: list[str]
    crs: str | None
    """As GDAL names it."""
    is_whole: bool
    """False where it holds more than :data:`MAX_FEATURES`."""
    title: str = field(default="")


def found_in_layers(parts: dict[str, bytes], name: str, layer: str = "") -> Found:
    """Find the polygons of one layer of a vector file.

    Args:
        parts: contents by ending, the main one first; their names are never used.
        name: of the file, for messages.
        layer: whose polygons; empty where only one layer has any.

    Raises:
        LayerError: several layers have polygons and none is named, or another than these.
        FileFormatError: damaged, or in a coordinate system that is not known.
        AoiError: too many shapes, or coordinates that do not fit.
    """
    with tempfile.TemporaryDirectory() as folder:
        for ending, data in parts.items():
            (Path(folder) / f"area{ending}").write_bytes(data)  # names of our own: those in an archive go nowhere
        path = Path(folder) / f"area{next(iter(parts))}"
        if path.suffix == ".gpkg":
            check_database(path, name)
        with _translated(name):
            layers = list(_layers(path))
        held = [one for one in layers if one.polygons]
        chosen = _choose(held, layer, name, path)
        if chosen is None:
            return Found(left_out=[kind for one in layers for kind in one.left_out])
        beside = [kind for one in layers for kind in one.left_out if layer == "" or one is chosen]
        title = chosen.name if len(held) > 1 else ""
        return Found(_in_degrees(chosen, path, name), chosen.n_features, beside, title)


def _layers(path: Path) -> Iterator[_Layer]:
    import pyogrio

    for layer, kind in pyogrio.list_layers(path):
        if kind is None:  # a table without shapes
            continue
        crs, found_shapes = _shapes(path, layer)
        shapes = [shape for shape in found_shapes if shape is not None and not shape.is_empty]
        polygons, left_out, n_features = [], [], 0
        for shape in shapes:
            parts = list(single_parts(shape))
            found = [part for part in parts if part.geom_type == "Polygon"]
            n_features += bool(found)
            polygons += found
            left_out += [part.geom_type for part in parts if part.geom_type != "Polygon"]
        yield _Layer(layer, polygons, n_features, left_out, crs, len(found_shapes) <= MAX_FEATURES)


def _shapes(path: Path, layer: str) -> tuple[str | None, list[Any]]:
    """Read a layer's coordinate system and its shapes, a few at a time: one may stand in a file thousands of times."""
    import pyogrio

    shapes: list[Any] = []
    n_vertices, crs = 0, None
    while len(shapes) <= MAX_FEATURES:
        most = min(_AT_ONCE, MAX_FEATURES + 1 - len(shapes))
        meta, _, wkb, _ = pyogrio.raw.read(path, layer=layer, columns=[], skip_features=len(shapes), max_features=most)
        crs = meta["crs"]
        read = list(shapely.from_wkb(wkb))
        shapes += read
        n_vertices += int(shapely.get_num_coordinates(read).sum())
        if n_vertices > MAX_VERTICES:
            raise AoiError(
                f"A layer has more than {MAX_VERTICES:,} vertices.", hint="Keep only those of the area and try again."
            )
        if len(read) < most:
            break
    return crs, shapes


def check_database(path: Path, name: str) -> None:
    """Look into a GeoPackage before GDAL does: layers must be tables, not programs (views), and few.

    Raises:
        FileFormatError: a layer is a view, or there are too many, or it is no database.
    """
    views = "SELECT lower(name) FROM sqlite_master WHERE lower(type) = 'view'"
    named = f"SELECT lower(table_name) FROM gpkg_contents LIMIT {MAX_LAYERS + 1}"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            programs = {str(view) for (view,) in database.execute(views)}
            own = any(view.startswith("gpkg_") for view in programs)
            layers = set() if own else {str(layer) for (layer,) in database.execute(named)}
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise FileFormatError(f"{name} is damaged or incomplete.", hint="Export it again.") from error
    if own or layers & programs:
        raise FileFormatError(
            f"{name} holds views, which are programs of a database and are not run.",
            hint="Save the layer itself (in QGIS: right-click the layer, Export > Save Features As).",
        )
    if len(layers) > MAX_LAYERS:
        raise FileFormatError(
            f"{name} holds more than {MAX_LAYERS} layers.", hint="Save the layer of the area in a file of its own."
        )


def single_parts(shape: Any) -> Iterator[Any]:
    """Yield what is no collection in a shape."""
    for part in getattr(shape, "geoms", ()):
        yield from single_parts(part)
    if not hasattr(shape, "geoms") and not shape.is_empty:
        yield shape


def _choose(held: Sequence[_Layer], layer: str, name: str, path: Path) -> _Layer | None:
    names = tuple(one.name for one in held)
    if layer and layer not in names and (len(held) > 1 or path.suffix == ".gpkg"):
        raise LayerError(
            f"{name} has no layer {layer!r} with polygons; it has {', '.join(names) or 'none'}.", layers=names
        )
    if len(held) > 1 and not layer:
        told = ", ".join(f"{one.name} ({_size(one, path, name)})" for one in held[:_MAX_TOLD])
        told += ", ..." if len(held) > _MAX_TOLD else ""
        raise LayerError(f"{name} holds {len(held)} layers with polygons: {told}.", layers=names)
    return next((one for one in held if not layer or one.name == layer), held[0] if held else None)


def _size(layer: _Layer, path: Path, name: str) -> str:
    """Say how large a layer is, for a choice between several; its shapes where they are no area."""
    try:
        return f"{Aoi.from_geometry(_in_degrees(layer, path, name)).area_km2:,.3g} km²"
    except LulcError:
        return f"{layer.n_features:,} shapes" if layer.is_whole else f"more than {MAX_FEATURES:,} shapes"


def _in_degrees(layer: _Layer, path: Path, name: str) -> list[Any]:
    if not layer.is_whole:
        raise AoiError(
            f"{name} holds more than {MAX_FEATURES:,} shapes.", hint="Keep only those of the area and try again."
        )
    hint = _HOW_TO_SAY.get(path.suffix, SAVE_IN_DEGREES)
    return to_degrees(layer.polygons, _system(layer, path, name), name, hint=hint)


def _system(layer: _Layer, path: Path, name: str) -> CRS | None:
    """Return the coordinate system of a layer: by its code, else by the definition that stands beside it."""
    if layer.crs is None:
        return None
    try:
        return system_of(layer.crs, name)
    except FileFormatError:
        definition = _definition(layer, path)
        if not definition:
            raise
        return system_of(definition, name)


def _definition(layer: _Layer, path: Path) -> str:
    if path.suffix == ".shp":
        beside = path.with_suffix(".prj")
        return beside.read_text("utf-8", "replace") if beside.exists() else ""
    if path.suffix != ".gpkg":
        return ""
    query = (
        "SELECT definition FROM gpkg_spatial_ref_sys JOIN gpkg_geometry_columns USING (srs_id) "
        "WHERE table_name = ? AND definition <> 'undefined'"
    )
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            row = database.execute(query, (layer.name,)).fetchone()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


@contextmanager
def _translated(name: str) -> Iterator[None]:
    from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    try:
        yield
    except CRSError as error:
        raise FileFormatError(
            f"The coordinate system of {name} cannot be read: its definition is damaged or of an unknown kind.",
            hint=SAVE_IN_DEGREES,
        ) from error
    except (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError) as error:
        raise FileFormatError(f"{name} is damaged or incomplete.", hint="Export it again.") from error
    except shapely.errors.ShapelyError as error:
        raise FileFormatError(f"{name} holds a shape that cannot be read.", hint="Export it again.") from error
