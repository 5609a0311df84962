"""A region cut into blocks of the lattice: in the UTM zone that its ground belongs to, every bit of ground once.

A tile on the border of two zones is covered in each of them by the ground on that zone's side, so that areas add up.
Windows at the rim of a block reach into the tiles around it, which are laid as one drawing of the whole region would.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.aoi import MAX_LAT_DEG, MIN_AREA_M2, MIN_LAT_DEG, Aoi
from lulc_core.domain.errors import AoiError
from lulc_core.domain.grid import TILE_M, TileGrid
from lulc_core.domain.projection import to_lonlat, to_utm

_BEYOND_DEG = 0.5
"""So much of the region beyond its zone is looked at for the tiles around; two tiles are 0.02 degrees."""
_ZONE_DEG = 6.0
_NORTH = ((0.0, 56.0), (56.0, 64.0), (64.0, 72.0), (72.0, MAX_LAT_DEG))
_ODD: dict[tuple[float, int], tuple[float, float] | None] = {
    (56.0, 31): (0, 3), (56.0, 32): (3, 12),
    (72.0, 31): (0, 9), (72.0, 32): None, (72.0, 33): (9, 21), (72.0, 34): None, (72.0, 35): (21, 33),
    (72.0, 36): None, (72.0, 37): (33, 42),
}  # fmt: skip
"""Norway and Svalbard: west and east of a zone from a latitude on. Source: MGRS, as ``projection.utm_epsg``."""


@dataclass(frozen=True)
class Zone:
    """What of a region lies in one UTM zone."""

    epsg: int
    own: Any
    """The shape on this zone's side of its borders, metres of the zone."""
    near: Any
    """The same with what lies a little beyond: the ground of tiles around."""

    @cached_property
    def rectangle(self) -> tuple[int, int, int, int]:
        """Lattice indices of the tiles around all of it: west, south, east, north (half-open)."""
        west, south, east, north = self.near.bounds
        return (
            math.floor(west / TILE_M),
            math.floor(south / TILE_M),
            math.ceil(east / TILE_M),
            math.ceil(north / TILE_M),
        )


@dataclass(frozen=True, order=True)
class RegionBlock:
    """A square of the lattice, the same for every region, and what of it a region covers."""

    epsg: int
    east: int
    """Lattice index of the western column of the tiles that the region touches."""
    south: int
    """Lattice index of their southern row."""
    n_rows: int
    n_cols: int
    n_tiles: int
    """Tiles with ground of the region."""
    name: str
    """``32632_E0025_N0246``: zone, and number of the square counted from the zone's origin."""

    @property
    def bare(self) -> TileGrid:
        """Its tiles, not yet clipped."""
        return TileGrid(self.epsg, self.east, self.south + self.n_rows - 1, self.n_rows, self.n_cols)

    def outline(self) -> list[tuple[float, float]]:
        """Return its corners as longitude and latitude, degrees, for a picture of the plan."""
        left, bottom, right, top = self.bare.bounds
        lon, lat = to_lonlat(self.epsg, [left, right, right, left], [bottom, bottom, top, top])
        return [(round(float(x), 5), round(float(y), 5)) for x, y in zip(lon, lat, strict=True)]


@lru_cache(maxsize=4)
def zones_of(aoi: Aoi) -> tuple[Zone, ...]:
    """Cut a region at the borders of UTM zones; parts of less than a pixel are left out."""
    found = []
    for hemisphere in (32600, 32700):
        for number in range(1, 61):
            own = _within(aoi, _boxes(number, hemisphere, 0.0))
            if own is None:
                continue
            shape = to_utm(own, hemisphere + number)
            if shape.area < MIN_AREA_M2:
                continue
            near = _within(aoi, _boxes(number, hemisphere, _BEYOND_DEG))
            found.append(Zone(hemisphere + number, shape, to_utm(near, hemisphere + number)))
    return tuple(found)


def blocks_of(aoi: Aoi, side: int) -> tuple[RegionBlock, ...]:
    """List the blocks of a region, zone by zone, from the north-west.

    Args:
        aoi: the region.
        side: tiles along a side of a block.
    """
    return tuple(block for zone in zones_of(aoi) for block in _blocks(zone, side))


def region_km2(aoi: Aoi) -> float:
    """Measure a region on the UTM grids of its zones, km2."""
    return sum(float(zone.own.area) for zone in zones_of(aoi)) / 1e6


def own_grid(aoi: Aoi, block: RegionBlock, cell_m: int) -> TileGrid:
    """Lay the cells of a block, clipped to the region and to the block's zone."""
    zone = _zone(aoi, block.epsg)
    return block.bare.clipped(_cut(zone.own, block.bare.bounds), aoi_key=aoi.key, cell_m=cell_m)


def wide_grid(aoi: Aoi, block: RegionBlock, cell_m: int, ring: int) -> tuple[TileGrid, NDArray[np.bool_]]:
    """Lay the cells of a block and of the tiles around it, as far as one drawing of the whole region would have them.

    Args:
        aoi: the region.
        block: one of it.
        cell_m: side of a cell.
        ring: tiles around on every side.

    Returns:
        The grid, and (rows, columns) of its tiles, True for those of the block.
    """
    zone = _zone(aoi, block.epsg)
    west, south, east, north = zone.rectangle
    left, right = max(block.east - ring, west), min(block.east + block.n_cols + ring, east)
    low, high = max(block.south - ring, south), min(block.south + block.n_rows + ring, north)
    bare = TileGrid(block.epsg, left, high - 1, high - low, right - left)
    grid = bare.clipped(_cut(zone.near, bare.bounds), aoi_key=aoi.key, cell_m=cell_m)
    wanted = np.zeros(bare.shape, bool)
    row, col = high - block.south - block.n_rows, block.east - left
    inside = own_grid(aoi, block, TILE_M).inside
    wanted[row : row + block.n_rows, col : col + block.n_cols] = inside
    return grid, wanted


def block_area(aoi: Aoi, block: RegionBlock) -> Aoi:
    """Return the ground of a block as an area of its own, for a search."""
    west, south, east, north = block.bare.bounds
    box = shapely.box(west, south, east, north)
    shape = _cut(_zone(aoi, block.epsg).own, box.bounds)
    for geometry in (shape, box):  # a sliver is no area of its own: its block is searched
        ground = shapely.transform(geometry, lambda c: np.column_stack(to_lonlat(block.epsg, c[:, 0], c[:, 1])))
        try:
            return Aoi.from_geometry([p for p in shapely.get_parts(ground) if p.geom_type == "Polygon"])
        except AoiError:
            continue
    raise AoiError(f"The block {block.name} is no area.")


def _blocks(zone: Zone, side: int) -> Iterator[RegionBlock]:
    west, south, east, north = (v // side for v in zone.rectangle)
    shapely.prepare(zone.own)
    for n in range(north, south - 1, -1):
        for e in range(west, east + 1):
            square = TileGrid(zone.epsg, e * side, (n + 1) * side - 1, side, side)
            box = shapely.box(*square.bounds)
            if not shapely.intersects(zone.own, box):
                continue
            if shapely.contains(zone.own, box):
                inside = np.ones(square.shape, bool)
            else:
                inside = square.clipped(_cut(zone.own, square.bounds)).inside
            if not inside.any():
                continue
            rows, cols = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
            shape = int(rows[-1] - rows[0] + 1), int(cols[-1] - cols[0] + 1)
            corner = e * side + int(cols[0]), n * side + side - 1 - int(rows[-1])
            yield RegionBlock(zone.epsg, *corner, *shape, int(inside.sum()), f"{zone.epsg}_E{e:04d}_N{n:04d}")


def _zone(aoi: Aoi, epsg: int) -> Zone:
    return next(zone for zone in zones_of(aoi) if zone.epsg == epsg)


def _cut(shape_m: Any, bounds: tuple[float, float, float, float]) -> Any:
    """Take what of a shape lies in a box, before anything is measured on it tile by tile."""
    return shapely.intersection(shape_m, shapely.box(*bounds))


def _boxes(number: int, hemisphere: int, beyond: float) -> list[Any]:
    west = -180 + _ZONE_DEG * (number - 1)
    bands = _NORTH if hemisphere == 32600 else ((MIN_LAT_DEG, 0.0),)
    boxes = []
    for low, high in bands:
        edges = _ODD.get((low, number), (west, west + _ZONE_DEG)) if hemisphere == 32600 else (west, west + _ZONE_DEG)
        if edges is not None:
            boxes.append(shapely.box(edges[0] - beyond, low - beyond, edges[1] + beyond, high + beyond))
    return boxes


def _within(aoi: Aoi, boxes: list[Any]) -> Any | None:
    """Take the part of a region in boxes of longitude and latitude, on whichever turn of the globe it lies."""
    parts = []
    west, _, east, _ = aoi.bbox
    for turn in (-360.0, 0.0, 360.0):
        for box in boxes:
            moved = shapely.transform(box, lambda c, turn=turn: c + np.array([turn, 0.0]))
            if moved.bounds[0] <= east and moved.bounds[2] >= west:
                parts.append(shapely.intersection(aoi.geometry, moved))
    polygons = [p for part in parts for p in shapely.get_parts(part) if p.geom_type == "Polygon" and p.area > 0]
    return shapely.union_all(polygons) if polygons else None
