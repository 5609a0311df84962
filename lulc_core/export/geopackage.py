"""Polygons as a GeoPackage with styles that QGIS takes by itself; the same polygons give the same bytes."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.errors import SourceError

FIXED_TIME = "2000-01-01T00:00:00.000Z"
"""In place of the time of writing, which the format wants to know and which would make every file differ."""
_STYLES = """CREATE TABLE "layer_styles" (
 "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "f_table_catalog" TEXT(256), "f_table_schema" TEXT(256),
 "f_table_name" TEXT(256), "f_geometry_column" TEXT(256), "styleName" TEXT(30), "styleQML" TEXT, "styleSLD" TEXT,
 "useAsDefault" BOOLEAN, "description" TEXT, "owner" TEXT(30), "ui" TEXT(30),
 "update_time" DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"""


@dataclass(frozen=True, eq=False)
class VectorLayer:
    """Polygons with their attributes."""

    name: str
    epsg: int
    geometries: NDArray[Any]
    """(n,) shapely polygons or multipolygons in the plane of ``epsg``."""
    columns: Mapping[str, NDArray[Any]]
    """(n,) each: numbers, or text as objects in which None is NULL. NaN becomes NULL."""
    qml: str
    """The style."""


def geopackage(layers: Sequence[VectorLayer], *, description: str) -> bytes:
    """Make a GeoPackage of several layers.

    Args:
        layers: in the order in which programs list them.
        description: of every layer: attribution and licence.

    Raises:
        SourceError: the folder for temporary files is full or must not be written to.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="lulc-gpkg-") as folder:
            path = Path(folder) / "lulc.gpkg"
            for layer in layers:
                _write(path, layer, description)
            _finish(path, layers)
            return path.read_bytes()
    except (OSError, sqlite3.Error) as error:
        raise SourceError(
            f"The GeoPackage cannot be made in {tempfile.gettempdir()}: {getattr(error, 'strerror', None) or error}.",
            hint="Free some room there, or set TMPDIR to a folder with room.",
        ) from error


def _write(path: Path, layer: VectorLayer, description: str) -> None:
    import pyogrio
    from pyogrio.errors import DataSourceError

    geometries = np.array(layer.geometries, object)
    kinds = {g.geom_type for g in geometries}
    try:
        pyogrio.raw.write(
            os.fspath(path),
            shapely.to_wkb(geometries),
            list(layer.columns.values()),
            list(layer.columns),
            field_mask=[_mask(v) for v in layer.columns.values()],
            layer=layer.name,
            driver="GPKG",
            geometry_type="Polygon" if kinds <= {"Polygon"} else "MultiPolygon",
            promote_to_multi=not kinds <= {"Polygon"},
            crs=f"EPSG:{layer.epsg}",
            append=path.exists(),
            dataset_options={"VERSION": "1.2"},  # later ones make QGIS 3.22 and older programs warn
            layer_options={"GEOMETRY_NAME": "geom", "IDENTIFIER": layer.name, "DESCRIPTION": description},
        )
    except DataSourceError as error:
        raise OSError(str(error)) from error


def _mask(values: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Find the missing values: True where one is, None where none is."""
    if values.dtype == object:
        missing = np.array([v is None for v in values], bool)
    elif values.dtype.kind == "f":
        missing = np.isnan(values)
    else:
        return None
    return missing if missing.any() else None


_COUNTERS = (24, 92)
"""Where SQLite's header keeps how often the file was changed, and for which of these the header holds: GDAL changes it
once more when the second turns while it writes."""


def _finish(path: Path, layers: Sequence[VectorLayer]) -> None:
    """Add styles, fix times, and remove what earlier states of the file left."""
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(_STYLES)
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner, update_time) VALUES"
            " ('', '', ?, 'geom', ?, ?, '', 1, '', '', ?)",
            [(layer.name, layer.name[:30], layer.qml, FIXED_TIME) for layer in layers],
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
            [FIXED_TIME],
        )
        base.execute("UPDATE gpkg_contents SET last_change = ?", [FIXED_TIME])
    with closing(sqlite3.connect(path)) as base:
        base.execute("VACUUM")
    with path.open("r+b") as file:
        for at in _COUNTERS:
            file.seek(at)
            file.write((1).to_bytes(4, "big"))
