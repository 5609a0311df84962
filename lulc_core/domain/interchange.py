"""Maps and comparisons as columns, GeoDataFrames and xarray datasets, for programs that use this one as a library.

The columns are those of the GeoPackage, so that a table made in Python and a file opened in QGIS agree.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import (
    CERTAINTY_NAMES,
    TRAJECTORY_NAMES,
    VERDICT_NAMES,
    Certainty,
    ChangeReport,
    Trajectory,
    Verdict,
)
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, NO_DATA
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import LandCoverMap, flag_names

if TYPE_CHECKING:
    import geopandas
    import xarray

Columns = dict[str, NDArray[Any]]
"""Arrays by name; text as objects, None where missing."""


def map_columns(land_cover: LandCoverMap) -> Columns:
    """Return one row per cell inside the drawn shape, in row-major order."""
    grid = land_cover.grid
    rows, cols = np.nonzero(grid.inside)
    ids = land_cover.class_ids[rows, cols]
    classes = [CLASSES[i] if i != NO_DATA else None for i in ids]
    probabilities = land_cover.probabilities[rows, cols]
    confidence = np.where(ids != NO_DATA, probabilities.max(axis=1), np.float32(np.nan))
    return {
        "tile_id": _tile_ids(grid, rows, cols),
        "class": _text(c and c.name for c in classes),
        "label": _text(c and c.map_label for c in classes),
        "letter": _text(c and c.letter for c in classes),
        "probability": confidence.astype(np.float32),
        "clear_share": land_cover.clear_share[rows, cols],
        "flags": _text(" ".join(flag_names(f)) or None for f in land_cover.flags[rows, cols].tolist()),
        "ha": grid.coverage[rows, cols].astype(np.float64) * grid.cell_ha,
        **{f"p_{c.name}": np.ascontiguousarray(probabilities[:, c.id]) for c in CLASSES},
    }


def change_columns(report: ChangeReport) -> Columns:
    """Return one row per compared cell, the most credible change first."""
    change = report.change
    rows, cols = ordered_cells(report)
    sentences = {(p.row, p.col): p.sentence for p in report.places}
    return {
        "rank": np.arange(1, len(rows) + 1, dtype=np.int32),
        "tile_id": _tile_ids(change.grid, rows, cols),
        "from": _text(CLASS_NAMES[i] for i in change.from_ids[rows, cols].tolist()),
        "to": _text(CLASS_NAMES[i] for i in change.to_ids[rows, cols].tolist()),
        "chance": change.change_probability[rows, cols],
        "counted": change.changed[rows, cols].astype(np.int32),
        "certainty": _text(CERTAINTY_NAMES[Certainty(int(v))] for v in change.certainty[rows, cols]),
        "course": _text(TRAJECTORY_NAMES[Trajectory(int(v))] for v in change.trajectory[rows, cols]),
        "verdict": _text(VERDICT_NAMES[Verdict(int(v))] for v in change.verdict[rows, cols]),
        "ha": change.tile_ha[rows, cols],
        "sentence": _text(sentences.get(cell) for cell in report.order),
    }


def ordered_cells(report: ChangeReport) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of the compared cells, the most credible change first."""
    cells = np.array(report.order, np.int64).reshape(-1, 2)
    return cells[:, 0], cells[:, 1]


def to_dataset(variables: Columns, grid: TileGrid, about: dict[str, str]) -> xarray.Dataset:
    """Make a georeferenced dataset of arrays (rows, columns) or (class, rows, columns), one pixel per cell.

    ``y`` and ``x`` are the centres of cells in metres of the zone, ``spatial_ref`` is as rioxarray keeps it.

    Raises:
        InputError: xarray or rioxarray is not installed.
    """
    xr = _library("xarray")
    _library("rioxarray")  # registers ``.rio``
    from affine import Affine

    left, _, _, top = grid.bounds
    coordinates: dict[str, Any] = {
        "y": top - (np.arange(grid.n_rows) + 0.5) * grid.cell_m,
        "x": left + (np.arange(grid.n_cols) + 0.5) * grid.cell_m,
    }
    if any(values.ndim == 3 for values in variables.values()):
        coordinates["class"] = list(CLASS_NAMES)
    dims = {2: ("y", "x"), 3: ("class", "y", "x")}
    data = {name: (dims[values.ndim], values.copy()) for name, values in variables.items()}
    dataset = xr.Dataset(data, coordinates, {"resolution_m": grid.cell_m, **about})
    return dataset.rio.write_crs(grid.epsg).rio.write_transform(Affine(*grid.tile_transform))


def to_frame(columns: Columns, grid: TileGrid, rows: NDArray[Any], cols: NDArray[Any]) -> geopandas.GeoDataFrame:
    """Make a GeoDataFrame of columns and the cells that they are of, in the UTM zone of the grid.

    Raises:
        InputError: geopandas is not installed.
    """
    boxes = grid.cell_boxes(rows, cols)
    return _library("geopandas").GeoDataFrame(columns, geometry=boxes, crs=f"EPSG:{grid.epsg}")


def _library(name: str) -> ModuleType:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise InputError(
            f"This needs the package {name}, which is not installed.", hint='pip install "lulc-explorer[tables]"'
        ) from error


def _tile_ids(grid: TileGrid, rows: NDArray[np.integer], cols: NDArray[np.integer]) -> NDArray[Any]:
    return _text(grid.tile_id(r, c) for r, c in zip(rows.tolist(), cols.tolist(), strict=True))


def _text(values: Any) -> NDArray[Any]:
    return np.array(list(values), dtype=object)
