"""A region as tables: every cell as GeoParquet, and areas of the whole and of units of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASS_NAMES, CLASSES, N_CLASSES, NO_DATA
from lulc_core.domain.files import written_whole
from lulc_core.domain.land_cover import LEFT_OUT, TileFlag, flag_names
from lulc_core.domain.projection import to_lonlat, to_utm
from lulc_core.export.files import TileOutlines
from lulc_core.export.tables import csv_text
from lulc_core.region.rasters import MadeBlock

WHOLE = "whole region"
_GEO = {
    "version": "1.1.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon", "MultiPolygon"]}},
}
"""Metadata of GeoParquet 1.1; without a ``crs`` member coordinates are longitude and latitude (OGC:CRS84)."""
_LEFT_OUT_ROWS = (("no_data", TileFlag.NO_DATA), ("cloudy", TileFlag.CLOUDY), ("unlike", TileFlag.OOD))


class NamedShape(Protocol):
    """A unit that areas are reported for."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def geometry(self) -> Any:
        """Polygons in longitude and latitude."""


class CellTable:
    """tiles.parquet: one row for each cell, one group of rows for each block."""

    def __init__(self, path: Path) -> None:
        self._whole = written_whole(path)
        self._writer: Any = None

    def __enter__(self) -> CellTable:
        import pyarrow.parquet as pq

        (partial,) = self._whole.__enter__()
        self._writer = pq.ParquetWriter(partial, _schema(), compression="zstd")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        self._whole.__exit__(kind, value, trace)

    def add(self, made: MadeBlock) -> None:
        """Write the cells of a block that have ground of the region."""
        import pyarrow as pa

        grid, arrays = made.grid, made.arrays
        rows, cols = np.nonzero(grid.inside)
        if not len(rows):
            return
        here = (rows, cols)
        classes = arrays["class_ids"][here]
        probabilities = arrays["probabilities"][:, rows, cols]  # (10, n)
        largest = probabilities.max(axis=0)
        named = classes != NO_DATA
        days = made.days()[here]
        columns: dict[str, Any] = {
            "tile_id": [grid.tile_id(r, c) for r, c in zip(rows.tolist(), cols.tolist(), strict=True)],
            "epsg": np.full(len(rows), grid.epsg, np.int32),
            "class": [CLASS_NAMES[i] if i != NO_DATA else None for i in classes.tolist()],
            "probability": pa.array(largest, mask=~named),
            "clear_share": arrays["clear_share"][here],
            "share_inside": grid.coverage[here],
            "ha": grid.coverage[here].astype(np.float64) * grid.cell_ha,
            "flags": [",".join(flag_names(int(f))) for f in arrays["flags"][here]],
            "date": [_day(int(d)) for d in days],
            "block": [made.block.name] * len(rows),
            "geometry": _outlines(made, rows, cols),
        }
        unknown = ~np.isfinite(largest)
        columns |= {f"p_{name}": pa.array(probabilities[i], mask=unknown) for i, name in enumerate(CLASS_NAMES)}
        schema = _schema()
        self._writer.write_table(pa.table([columns[name] for name in schema.names], schema=schema))


class AreaTable:
    """areas.csv: ground of each class in the whole region, and in each unit.

    Args:
        units: of the user's; ground that lies in several counts in each.
        roles: ``map``, or ``before`` and ``after`` of a comparison.
    """

    def __init__(self, units: Sequence[NamedShape], roles: Sequence[str]) -> None:
        self._units, self._roles = units, roles
        self._tree = shapely.STRtree([u.geometry for u in units])
        self._sums: dict[tuple[int, str], NDArray[np.float64]] = {}
        """By number of the unit (-1 for the whole) and role: (3, 13) cells, hectares and hectares by probability, of
        the classes and of what was left out for three reasons."""
        self._in_zone = cache(self._project)

    def add(self, made: MadeBlock) -> None:
        """Count the cells of a block."""
        self._count(-1, made, made.grid.coverage, made.grid.inside)
        if not self._units:
            return
        outline = shapely.Polygon(made.block.outline()).buffer(0.01)
        box = shapely.box(*made.grid.bounds)
        for number in self._tree.query(outline).tolist():
            part = shapely.intersection(self._in_zone(number, made.grid.epsg), box)
            if part.is_empty:
                continue
            clipped = made.grid.tiles.clipped(part, cell_m=made.grid.cell_m)
            coverage = np.minimum(clipped.coverage, made.grid.coverage)
            if not coverage.any():
                continue
            rows, cols = np.nonzero(coverage)
            middles = shapely.centroid(made.grid.cell_boxes(rows, cols))
            counted = np.zeros(coverage.shape, bool)  # a cell counts in the unit that its middle lies in
            shapely.prepare(part)
            counted[rows, cols] = shapely.contains(part, middles)
            self._count(number, made, coverage, counted)

    def text(self, attribution: str) -> str:
        """Write the table; the whole first, then the units by their order in the file."""
        header = [
            "unit",
            "role",
            "class",
            "letter",
            "label",
            "kind",
            "cells",
            "counted_ha",
            "counted_pct",
            "weighted_ha",
        ]
        rows: list[tuple[Any, ...]] = []
        for number, role in sorted(self._sums, key=lambda k: (k[0], self._roles.index(k[1]))):
            name = WHOLE if number < 0 else _plain(self._units[number].name)
            cells, ha, weighted = self._sums[number, role]
            total = max(float(ha.sum()), 1e-9)
            for c in sorted(CLASSES, key=lambda c: -ha[c.id]):
                if cells[c.id] or ha[c.id] or weighted[c.id] >= 0.005:
                    kind = "squares crossed" if c.is_line else "land"
                    figures = (int(cells[c.id]), float(ha[c.id]), 100 * float(ha[c.id]) / total, float(weighted[c.id]))
                    rows.append((name, role, c.name, c.letter, c.map_label, kind, *figures))
            for i, (reason, _) in enumerate(_LEFT_OUT_ROWS, start=N_CLASSES):
                if cells[i] or ha[i]:
                    figures_left = (int(cells[i]), float(ha[i]), 100 * float(ha[i]) / total, None)
                    rows.append((name, role, "", "", reason.replace("_", " "), "left out", *figures_left))
        return csv_text(header, rows, attribution=attribution)

    def class_ha(self, role: str) -> dict[str, float]:
        """Hectares of each class in the whole region."""
        sums = self._sums.get((-1, role))
        return {} if sums is None else {c.name: round(float(sums[1, c.id]), 4) for c in CLASSES}

    def _project(self, number: int, epsg: int) -> Any:
        return to_utm(self._units[number].geometry, epsg)

    def _count(self, number: int, made: MadeBlock, coverage: NDArray[np.float32], counted: NDArray[np.bool_]) -> None:
        for role in self._roles:
            stem = "before_" if role == "before" else ""
            classes, flags = made.arrays[f"{stem}class_ids"], made.arrays[f"{stem}flags"]
            kinds = classes.astype(np.intp)
            left = (classes == NO_DATA) & made.grid.inside
            for i, (_, flag) in reversed(list(enumerate(_LEFT_OUT_ROWS, start=N_CLASSES))):
                kinds[left & ((flags & flag & LEFT_OUT) > 0)] = i
            used = (coverage > 0) & (kinds != NO_DATA)
            n, ha = N_CLASSES + 3, coverage[used].astype(np.float64) * made.grid.cell_ha
            sums = self._sums.setdefault((number, role), np.zeros((3, n)))
            sums[0] += np.bincount(kinds[used & counted], minlength=n)[:n]
            sums[1] += np.bincount(kinds[used], weights=ha, minlength=n)[:n]
            named = used & (kinds < N_CLASSES)
            shares = made.arrays[f"{stem}probabilities"][:, named].astype(np.float64)
            sums[2, :N_CLASSES] += shares @ (coverage[named].astype(np.float64) * made.grid.cell_ha)


class ChangeTable:
    """transitions.csv: cells and ground of each pair of classes on both dates of a comparison."""

    def __init__(self) -> None:
        self._sums = np.zeros((4, N_CLASSES * N_CLASSES))
        """Cells and hectares of all that was compared, then of what counts as a change."""

    def add(self, made: MadeBlock) -> None:
        """Count the cells of a block."""
        before, after = made.arrays["change_from"], made.arrays["change_to"]
        compared = (before != NO_DATA) & made.grid.inside
        counted = compared & (made.arrays["change_counted"] == 1)
        for i, cells in enumerate((compared, counted)):
            pairs = before[cells].astype(np.intp) * N_CLASSES + after[cells]
            ha = made.grid.coverage[cells].astype(np.float64) * made.grid.cell_ha
            self._sums[2 * i] += np.bincount(pairs, minlength=N_CLASSES**2)
            self._sums[2 * i + 1] += np.bincount(pairs, weights=ha, minlength=N_CLASSES**2)

    def text(self, attribution: str) -> str:
        """Write the table; pairs that do not occur are left out."""
        rows: list[tuple[str, str, int, float, int, float]] = [
            (CLASS_NAMES[k // N_CLASSES], CLASS_NAMES[k % N_CLASSES], int(a), float(b), int(c), float(d))
            for k, (a, b, c, d) in enumerate(self._sums.T.tolist())
            if a
        ]
        header = ["from", "to", "cells", "ha", "counted_cells", "counted_ha"]
        rows.sort(key=lambda row: -row[3])
        return csv_text(header, rows, attribution=attribution)


def write_cells(path: Path, made: Iterable[MadeBlock], tables: Sequence[AreaTable | ChangeTable]) -> None:
    """Write all cells of all blocks and count them for other tables, in one go through the blocks' files."""
    with CellTable(path) as cells:
        for one in made:
            cells.add(one)
            for table in tables:
                table.add(one)


@cache
def _schema() -> Any:
    import pyarrow as pa

    fields: list[tuple[str, Any]] = [("tile_id", pa.string()), ("epsg", pa.int32()), ("class", pa.string())]
    fields += [("probability", pa.float32()), ("clear_share", pa.float32()), ("share_inside", pa.float32())]
    fields += [("ha", pa.float64()), ("flags", pa.string()), ("date", pa.date32()), ("block", pa.string())]
    fields += [(f"p_{name}", pa.float32()) for name in CLASS_NAMES]
    fields += [("geometry", pa.binary())]
    return pa.schema(fields, metadata={"geo": json.dumps(_GEO)})


def _outlines(made: MadeBlock, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> list[bytes]:
    grid = made.grid
    left, _, _, top = grid.bounds
    side = grid.cell_m
    x = left + side * (cols[:, None] + np.array([0, 1, 1, 0, 0]))
    y = top - side * (rows[:, None] + np.array([1, 1, 0, 0, 1]))
    lon, lat = to_lonlat(grid.epsg, x, y)
    wkb = shapely.to_wkb(shapely.polygons(np.stack([lon, lat], axis=2)))
    across = np.flatnonzero(np.ptp(lon, axis=1) > 180)
    if len(across):
        outlines = TileOutlines(grid)
        for i in across.tolist():
            wkb[i] = shapely.to_wkb(shapely.geometry.shape(outlines.geometry(int(rows[i]), int(cols[i]))))
    return list(wkb)


def _day(number: int) -> date | None:
    return date(number // 10_000, number // 100 % 100, number % 100) if number else None


def _plain(name: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name
