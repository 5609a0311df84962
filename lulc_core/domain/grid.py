"""The tile lattice: 640 m squares of 64 x 64 Sentinel-2 pixels, fixed per UTM zone.

Tile edges lie on multiples of 640 m of easting and northing, so the same ground is the same tile for every date
and every drawing within a zone, and every tile edge lies on Sentinel-2's own 10 m pixel grid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi, to_utm
from lulc_core.domain.errors import AoiError

PIXEL_M = 10
TILE_PX = 64
TILE_M = TILE_PX * PIXEL_M
TILE_HA = TILE_M * TILE_M / 10_000
MAX_REQUEST_TILES = 39
"""39 x 64 = 2496 px, the most tiles along a side of one request (the services allow 2500 px)."""
MAX_GRID_TILES = 40_000
"""Tiles of the enclosing rectangle; a whole granule has 29,241."""


@dataclass(frozen=True)
class Block:
    """A rectangle of tiles within a grid, in tile rows and columns of that grid (half-open)."""

    row0: int
    col0: int
    row1: int
    col1: int

    @property
    def n_tiles(self) -> int:
        """Tiles in the rectangle."""
        return (self.row1 - self.row0) * (self.col1 - self.col0)


@dataclass(frozen=True)
class TileGrid:
    """A rectangle of lattice tiles that encloses an area.

    Row 0 is the northernmost row, as in images. Make one with :meth:`from_aoi`.
    """

    epsg: int
    """UTM zone."""
    east0: int
    """Lattice index of the western column: its western edge is at ``east0 * 640`` m."""
    north0: int
    """Lattice index of row 0: its *southern* edge is at ``north0 * 640`` m."""
    n_rows: int
    n_cols: int
    aoi_key: str = ""
    """``Aoi.key`` of the shape that clips it; empty for none."""
    coverage: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 0), np.float32), compare=False, repr=False
    )
    """(n_rows, n_cols) share of each tile that lies in the drawn shape, 0 to 1; read-only."""

    def __post_init__(self) -> None:
        if self.coverage.shape != (self.n_rows, self.n_cols):
            object.__setattr__(self, "coverage", np.ones((self.n_rows, self.n_cols), np.float32))
        self.coverage.setflags(write=False)

    @classmethod
    def from_aoi(cls, aoi: Aoi, *, epsg: int | None = None) -> TileGrid:
        """The tiles that touch an area.

        Args:
            aoi: the area.
            epsg: another UTM zone than the area's own, for comparing with something gridded there.

        Raises:
            AoiError: the enclosing rectangle is larger than a whole granule.
        """
        zone = epsg or aoi.epsg
        shape_m = aoi.projected if zone == aoi.epsg else to_utm(aoi.geometry, zone)
        west, south, east, north = shape_m.bounds
        east0, north1 = math.floor(west / TILE_M), math.floor(south / TILE_M)
        n_cols = max(math.ceil(east / TILE_M) - east0, 1)
        n_rows = max(math.ceil(north / TILE_M) - north1, 1)
        if n_rows * n_cols > MAX_GRID_TILES:
            raise AoiError(
                f"The area spans {n_cols * TILE_M / 1000:,.0f} x {n_rows * TILE_M / 1000:,.0f} km; "
                "at most a whole Sentinel-2 granule (110 x 110 km) is allowed.",
                hint="Draw a smaller area.",
            )
        bare = cls(zone, east0, north1 + n_rows - 1, n_rows, n_cols)
        coverage = np.zeros((n_rows, n_cols), np.float32)
        boxes = np.array([bare.tile_box(r, c) for r in range(n_rows) for c in range(n_cols)])
        shapely.prepare(shape_m)
        touched = shapely.intersects(shape_m, boxes)
        part = shapely.area(shapely.intersection(boxes[touched], shape_m)) / (TILE_M * TILE_M)
        coverage.ravel()[touched] = np.clip(part, 0, 1)
        return cls(zone, east0, bare.north0, n_rows, n_cols, aoi.key, coverage)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of tiles."""
        return self.n_rows, self.n_cols

    @property
    def shape_px(self) -> tuple[int, int]:
        """Rows and columns of 10 m pixels."""
        return self.n_rows * TILE_PX, self.n_cols * TILE_PX

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(n_rows, n_cols) True where a tile has ground in the drawn shape."""
        return self.coverage > 0

    @property
    def n_tiles(self) -> int:
        """Tiles with ground in the drawn shape."""
        return int(np.count_nonzero(self.coverage))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top in metres of the zone."""
        left, top = self.east0 * TILE_M, (self.north0 + 1) * TILE_M
        return (
            float(left),
            float(top - self.n_rows * TILE_M),
            float(left + self.n_cols * TILE_M),
            float(top),
        )

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine of the 10 m pixels ``(a, b, c, d, e, f)``, as ``affine.Affine(*grid.transform)`` takes it."""
        left, _, _, top = self.bounds
        return (float(PIXEL_M), 0.0, left, 0.0, -float(PIXEL_M), top)

    @property
    def tile_transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine of rasters with one pixel per tile."""
        left, _, _, top = self.bounds
        return (float(TILE_M), 0.0, left, 0.0, -float(TILE_M), top)

    @property
    def key(self) -> str:
        """A short name of the rectangle; for cache keys."""
        return f"{self.epsg}-{self.east0}-{self.north0}-{self.n_rows}x{self.n_cols}"

    def tile_id(self, row: int, col: int) -> str:
        """The lattice name of a tile, the same for every date and drawing: ``32N-E0790-N07873``."""
        hemisphere = "N" if self.epsg < 32700 else "S"
        return f"{self.epsg % 100:02d}{hemisphere}-E{self.east0 + col:04d}-N{self.north0 - row:05d}"

    def tile_box(self, row: int, col: int) -> shapely.Polygon:
        """The tile's square in metres of the zone."""
        left, _, _, top = self.bounds
        x, y = left + col * TILE_M, top - row * TILE_M
        return shapely.box(x, y - TILE_M, x + TILE_M, y)

    def tile_polygon(self, row: int, col: int) -> list[tuple[float, float]]:
        """Closed ring of the tile's corners as longitude, latitude in degrees, counter-clockwise.

        Longitudes are continuous over the whole grid: beside the antimeridian they pass 180.
        """
        left, bottom, right, top = self.tile_box(row, col).bounds
        xs, ys = [left, right, right, left, left], [bottom, bottom, top, top, bottom]
        to_lonlat = _transformer(self.epsg, 4326)
        lon, lat = to_lonlat.transform(xs, ys)
        west, south, east, north = self.bounds
        middle, _ = to_lonlat.transform((west + east) / 2, (south + north) / 2)
        return [(float(middle + (x - middle + 180) % 360 - 180), float(y)) for x, y in zip(lon, lat, strict=True)]

    def tile_center(self, row: int, col: int) -> tuple[float, float]:
        """Longitude and latitude of the middle of a tile, degrees."""
        left, bottom, right, top = self.tile_box(row, col).bounds
        lon, lat = _transformer(self.epsg, 4326).transform((left + right) / 2, (bottom + top) / 2)
        return float(lon), float(lat)

    def tile_at(self, lon: float, lat: float) -> tuple[int, int] | None:
        """Row and column of the tile under a place, or None outside the grid or the drawn shape."""
        x, y = _transformer(4326, self.epsg).transform((lon + 180) % 360 - 180, lat)
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        left, _, _, top = self.bounds
        row, col = math.floor((top - y) / TILE_M), math.floor((x - left) / TILE_M)
        if 0 <= row < self.n_rows and 0 <= col < self.n_cols and self.coverage[row, col] > 0:
            return row, col
        return None

    def tile_slices(self, row: int, col: int) -> tuple[slice, slice]:
        """Pixel rows and columns of a tile in arrays of :attr:`shape_px`."""
        return slice(row * TILE_PX, (row + 1) * TILE_PX), slice(col * TILE_PX, (col + 1) * TILE_PX)

    def blocks(self, size: int = MAX_REQUEST_TILES) -> Iterator[Block]:
        """Cuts the grid into rectangles of at most ``size`` x ``size`` tiles, row by row."""
        for row in range(0, self.n_rows, size):
            for col in range(0, self.n_cols, size):
                yield Block(row, col, min(row + size, self.n_rows), min(col + size, self.n_cols))

    def window(self, block: Block) -> TileGrid:
        """The grid of a block, with its part of the coverage."""
        return TileGrid(
            self.epsg,
            self.east0 + block.col0,
            self.north0 - block.row0,
            block.row1 - block.row0,
            block.col1 - block.col0,
            self.aoi_key,
            self.coverage[block.row0 : block.row1, block.col0 : block.col1].copy(),
        )


@lru_cache(maxsize=64)
def _transformer(source: int, target: int) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(f"EPSG:{source}", f"EPSG:{target}", always_xy=True)
