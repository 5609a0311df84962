"""Polygons with names, such as municipalities, that areas are reported for one by one."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from lulc_core.domain.errors import AoiError, FileFormatError, InputError, LayerError, printable
from lulc_core.isolation.calls import isolated
from lulc_core.isolation.limits import Limits
from lulc_core.sources.area_files.archives import Archive
from lulc_core.sources.area_files.systems import system_of, to_degrees
from lulc_core.sources.area_files.vector import check_database, single_parts

UNITS = Limits(seconds=30, memory_mb=2_000, output_mb=400, at_once=1)
MAX_UNITS = 20_000
MAX_VERTICES = 10_000_000
MAX_BYTES = 300_000_000
_NAMES = ("name", "lau_name", "nuts_name", "gemeinde", "comune", "municipality", "id")
"""Columns that name a unit where the user names none, the first that is there."""
_SAVE = "Save it as a GeoPackage or GeoJSON with polygons (in QGIS: Export > Save Features As)."


@dataclass(frozen=True)
class Unit:
    """One unit."""

    name: str
    geometry: Any
    """Polygon or multipolygon in longitude and latitude."""


def read_units(path: Path, *, column: str = "") -> tuple[Unit, ...]:
    """Read the units of a GeoPackage, a GeoJSON or a zipped Shapefile.

    Args:
        path: of the file.
        column: that names them; empty for ``name`` or its like, else they are numbered.

    Raises:
        FileFormatError: no such file, another format, damaged, several layers.
        InputError: no such column.
        AoiError: no polygon in it, or coordinates that do not fit.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileFormatError(
                f"{path.name} has more than {MAX_BYTES / 1e6:,.0f} MB.", hint="Simplify its outlines."
            )
        data = path.read_bytes()
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror or error}.", hint="Name a file.") from error
    return tuple(Unit(name, shape) for name, shape in _read(data, path.name, column))


@isolated(UNITS, name=lambda data, filename, column: filename)
def _read(data: bytes, filename: str, column: str) -> list[tuple[str, Any]]:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    ending = Path(filename).suffix.lower()
    parts: dict[str, bytes] = {ending: data}
    if ending == ".zip":
        member, inner = Archive(data, filename).area("")
        parts = member if isinstance(member, dict) else {Path(member).suffix.lower(): inner}
    ending = next(iter(parts))
    if ending not in (".gpkg", ".geojson", ".json", ".shp"):
        raise FileFormatError(f"{filename} is in no format that units are read from.", hint=_SAVE)
    with tempfile.TemporaryDirectory() as folder:
        for end, content in parts.items():
            (Path(folder) / f"units{end}").write_bytes(content)
        path = Path(folder) / f"units{ending}"
        if ending == ".gpkg":
            check_database(path, filename)
        try:
            layers = [str(layer) for layer, kind in pyogrio.list_layers(path) if kind is not None]
            if len(layers) != 1:
                named = ", ".join(layers[:8]) or "none"
                raise LayerError(f"{filename} has {len(layers)} layers with shapes: {named}.", hint="Save one of them.")
            meta, _, wkb, values = pyogrio.raw.read(path, layer=layers[0], max_features=MAX_UNITS + 1)
            shapes = list(shapely.from_wkb(wkb))
        except (DataSourceError, DataLayerError, FeatureError, GeometryError, shapely.errors.ShapelyError) as error:
            raise FileFormatError(f"{filename} is damaged or incomplete.", hint=_SAVE) from error
    if len(shapes) > MAX_UNITS or int(shapely.get_num_coordinates(shapes).sum()) > MAX_VERTICES:
        raise AoiError(
            f"{filename} holds more than {MAX_UNITS:,} units or {MAX_VERTICES:,} vertices.", hint="Simplify it."
        )
    names = _names([str(f) for f in meta["fields"]], values, len(shapes), column, filename)
    kept = [
        (name, [p for p in single_parts(s) if p.geom_type == "Polygon"])
        for name, s in zip(names, shapes, strict=True)
        if s
    ]
    kept = [(name, polygons) for name, polygons in kept if polygons]
    if not kept:
        raise AoiError(f"There is no polygon in {filename}.", hint=_SAVE)
    system = system_of(meta["crs"], filename) if meta["crs"] else None
    moved = iter(to_degrees([p for _, polygons in kept for p in polygons], system, filename))
    whole = [(name, shapely.union_all([shapely.make_valid(next(moved)) for _ in ps])) for name, ps in kept]
    return [(name, shapely.MultiPolygon([p for p in single_parts(s) if p.geom_type == "Polygon"])) for name, s in whole]


def _names(fields: list[str], values: Any, count: int, column: str, filename: str) -> list[str]:
    if column and column not in fields:
        raise InputError(f"{filename} has no column {column!r}; it has {', '.join(fields) or 'none'}.")
    found = column or next((f for name in _NAMES for f in fields if f.lower() == name), "")
    if not found:
        return [f"unit {i + 1}" for i in range(count)]
    return [printable(str(v))[:200] for v in np.asarray(values[fields.index(found)])]
