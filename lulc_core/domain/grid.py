"""The lattice: tiles of 640 m (64 x 64 Sentinel-2 pixels), and finer cells that tiles are cut into, fixed per UTM zone.

Tile edges lie on multiples of 640 m of easting and northing, so the same ground is the same tile for every date
and every drawing within a zone, and every tile edge lies on Sentinel-2's own 10 m pixel grid. A finer grid cuts whole
tiles evenly, so that bounds and pixels of an area are the same at every detail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError
from lulc_core.domain.projection import from_lonlat, to_lonlat, to_utm

PIXEL_M = 10
TILE_PX = 64
TILE_M = TILE_PX * PIXEL_M
TILE_HA = TILE_M * TILE_M / 10_000
RESOLUTIONS_M = (640, 320, 160, 80)
"""Sides of cells that a map can have, coarsest first. 640 is the tile itself: the unit the network names."""
MAX_REQUEST_TILES = 39
"""39 x 64 = 2496 px, the most tiles along a side of one request (the services allow 2500 px)."""
MAX_GRID_TILES = 40_000
"""Tiles of the enclosing rectangle; a whole granule has 29,241."""


@dataclass(frozen=True)
class Block:
    """A rectangle of cells within a grid, in rows and columns of that grid (half-open)."""

    row0: int
    col0: int
    row1: int
    col1: int

    @property
    def n_tiles(self) -> int:
        """Cells in the rectangle."""
        return (self.row1 - self.row0) * (self.col1 - self.col0)

    def cut(self, max_side: int) -> list[Block]:
        """Cut it evenly into pieces of at most ``max_side`` cells a side: 21 becomes 11 and 10, not 20 and 1."""
        rows, cols = _edges(self.row0, self.row1, max_side), _edges(self.col0, self.col1, max_side)
        return [Block(r0, c0, r1, c1) for r0, r1 in pairwise(rows) for c0, c1 in pairwise(cols)]


def _edges(start: int, end: int, max_side: int) -> list[int]:
    pieces = -(-(end - start) // max_side)
    return [start + (end - start) * i // pieces for i in range(pieces + 1)]


@dataclass(frozen=True)
class TileGrid:
    """A rectangle of the lattice that encloses an area, in cells of one size: whole tiles of 640 m, or parts of them.

    Row 0 is the northernmost row, as in images. Rows and columns count cells. Make one with :meth:`from_aoi`.
    """

    epsg: int
    """UTM zone."""
    east0: int
    """Lattice index of the western column: its western edge is at ``east0 * cell_m`` m."""
    north0: int
    """Lattice index of row 0: its *southern* edge is at ``north0 * cell_m`` m."""
    n_rows: int
    n_cols: int
    aoi_key: str = ""
    """``Aoi.key`` of the shape that clips it; empty for none."""
    coverage: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 0), np.float32), compare=False, repr=False
    )
    """(n_rows, n_cols) share of each cell that lies in the drawn shape, 0 to 1; read-only."""
    cell_m: int = TILE_M
    """Side of a cell, metres, one of RESOLUTIONS_M."""

    def __post_init__(self) -> None:
        if self.cell_m not in RESOLUTIONS_M:
            raise ValueError(f"cell_m is {self.cell_m}; it must be one of {', '.join(map(str, RESOLUTIONS_M))}")
        k = self.cells_per_side
        if self.n_rows % k or self.n_cols % k or self.east0 % k or (self.north0 + 1) % k:
            raise ValueError(f"a grid of {self.cell_m} m cells must hold whole tiles of {TILE_M} m")
        if self.coverage.shape != (self.n_rows, self.n_cols):
            object.__setattr__(self, "coverage", np.ones((self.n_rows, self.n_cols), np.float32))
        self.coverage.setflags(write=False)

    @classmethod
    def from_aoi(cls, aoi: Aoi, *, epsg: int | None = None, cell_m: int = TILE_M) -> TileGrid:
        """Lay the whole tiles that touch an area, in cells of one size.

        Args:
            aoi: the area.
            epsg: another UTM zone than the area's own, for comparing with something gridded there.
            cell_m: side of a cell, one of RESOLUTIONS_M.

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
        return bare.clipped(shape_m, aoi_key=aoi.key, cell_m=cell_m)

    def clipped(self, shape_m: Any, *, aoi_key: str = "", cell_m: int = TILE_M) -> TileGrid:
        """Return these whole tiles with their share in a shape, in cells of one size.

        Args:
            shape_m: polygons in metres of the zone.
            aoi_key: name of the shape, for cache keys.
            cell_m: side of a cell, one of RESOLUTIONS_M.
        """
        rows, cols = self.shape
        coverage = np.zeros((rows, cols), np.float32)
        boxes = self.cell_boxes(*np.divmod(np.arange(rows * cols), cols))
        shapely.prepare(shape_m)
        touched = shapely.intersects(shape_m, boxes)
        part = shapely.area(shapely.intersection(boxes[touched], shape_m)) / (TILE_M * TILE_M)
        coverage.ravel()[touched] = np.clip(part, 0, 1)
        tiles = TileGrid(self.epsg, self.east0, self.north0, rows, cols, aoi_key, coverage)
        return tiles if cell_m == TILE_M else tiles._cut(cell_m, shape_m)

    def _cut(self, cell_m: int, shape_m: Any) -> TileGrid:
        """Cut the tiles into finer cells; only those of tiles on the rim of the shape are measured one by one."""
        k = TILE_M // cell_m
        coverage = np.repeat(np.repeat(self.coverage, k, axis=0), k, axis=1)
        north0, rows, cols = (self.north0 + 1) * k - 1, self.n_rows * k, self.n_cols * k
        bare = TileGrid(self.epsg, self.east0 * k, north0, rows, cols, self.aoi_key, cell_m=cell_m)
        on_rim = (self.coverage > 0) & (self.coverage < 1)
        pieces = np.full(self.shape, None)  # the shape within each tile on its rim
        pieces[on_rim] = shapely.intersection(self.cell_boxes(*np.nonzero(on_rim)), shape_m)
        y, x = np.nonzero((coverage > 0) & (coverage < 1))  # cells of those tiles
        part = shapely.area(shapely.intersection(bare.cell_boxes(y, x), pieces[y // k, x // k]))
        coverage[y, x] = np.clip(part / (cell_m * cell_m), 0, 1)
        return TileGrid(self.epsg, bare.east0, north0, rows, cols, self.aoi_key, coverage, cell_m)

    @property
    def cells_per_side(self) -> int:
        """Cells along the side of a tile: 1, 2, 4 or 8."""
        return TILE_M // self.cell_m

    @property
    def cell_px(self) -> int:
        """10 m pixels along the side of a cell."""
        return self.cell_m // PIXEL_M

    @property
    def cell_ha(self) -> float:
        """Hectares of a whole cell."""
        return self.cell_m * self.cell_m / 10_000

    @property
    def unit(self) -> str:
        """What a cell is called: ``tile`` where it is one, else ``cell``."""
        return "tile" if self.cell_m == TILE_M else "cell"

    @cached_property
    def tiles(self) -> TileGrid:
        """The tiles of 640 m over the same ground, covered as their cells are; itself where its cells are tiles."""
        k = self.cells_per_side
        if k == 1:
            return self
        shape = self.n_rows // k, self.n_cols // k
        cut = self.coverage.astype(np.float64).reshape(shape[0], k, shape[1], k)
        coverage = cut.mean(axis=(1, 3)).astype(np.float32)
        return TileGrid(self.epsg, self.east0 // k, (self.north0 + 1) // k - 1, *shape, self.aoi_key, coverage)

    @cached_property
    def surroundings(self) -> TileGrid:
        """The tiles around those with drawn ground, which windows at the rim reach into: a grid of tiles one wider on
        every side, covered where a tile touches one with drawn ground and has none itself."""
        tiles = self.tiles
        wide = np.pad(tiles.inside, 2)
        near = np.zeros((tiles.n_rows + 2, tiles.n_cols + 2), bool)
        for row, col in np.ndindex(3, 3):
            near |= wide[row : row + near.shape[0], col : col + near.shape[1]]
        around = near & ~np.pad(tiles.inside, 1)
        return TileGrid(tiles.epsg, tiles.east0 - 1, tiles.north0 + 1, *near.shape, "", around.astype(np.float32))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.n_rows, self.n_cols

    @property
    def shape_px(self) -> tuple[int, int]:
        """Rows and columns of 10 m pixels."""
        return self.n_rows * self.cell_px, self.n_cols * self.cell_px

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(n_rows, n_cols) True where a cell has ground in the drawn shape."""
        return self.coverage > 0

    @property
    def n_tiles(self) -> int:
        """Cells with ground in the drawn shape."""
        return int(np.count_nonzero(self.coverage))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top in metres of the zone."""
        left, top = float(self.east0 * self.cell_m), float((self.north0 + 1) * self.cell_m)
        return left, top - self.n_rows * self.cell_m, left + self.n_cols * self.cell_m, top

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine of the 10 m pixels ``(a, b, c, d, e, f)``, as ``affine.Affine(*grid.transform)`` takes it."""
        left, _, _, top = self.bounds
        return (float(PIXEL_M), 0.0, left, 0.0, -float(PIXEL_M), top)

    @property
    def tile_transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine of rasters with one pixel per cell."""
        left, _, _, top = self.bounds
        return (float(self.cell_m), 0.0, left, 0.0, -float(self.cell_m), top)

    @property
    def key(self) -> str:
        """A short name of the rectangle; for cache keys."""
        name = f"{self.epsg}-{self.east0}-{self.north0}-{self.n_rows}x{self.n_cols}"
        return name if self.cell_m == TILE_M else f"{name}-{self.cell_m}"

    def tile_id(self, row: int, col: int) -> str:
        """Name a cell by its place on the lattice, the same for every date and drawing.

        ``32N-E0790-N07873`` is a tile; finer cells count in their own size and say so: ``32N-E3161-N31494-160m``.
        """
        hemisphere = "N" if self.epsg < 32700 else "S"
        name = f"{self.epsg % 100:02d}{hemisphere}-E{self.east0 + col:04d}-N{self.north0 - row:05d}"
        return name if self.cell_m == TILE_M else f"{name}-{self.cell_m}m"

    def tile_of(self, row: int, col: int) -> tuple[int, int]:
        """Return row and column, in :attr:`tiles`, of the tile that a cell is part of."""
        return row // self.cells_per_side, col // self.cells_per_side

    def cell_in_tile(self, row: int, col: int) -> tuple[slice, slice] | None:
        """Return pixel rows and columns of a cell within those of its tile; None where it is the tile."""
        if self.cell_m == TILE_M:
            return None
        k, px = self.cells_per_side, self.cell_px
        rows, cols = row % k * px, col % k * px
        return slice(rows, rows + px), slice(cols, cols + px)

    def tile_box(self, row: int, col: int) -> shapely.Polygon:
        """Return the cell's square in metres of the zone."""
        return self.cell_boxes(row, col)

    def cell_boxes(self, rows: Any, cols: Any) -> Any:
        """Return the squares of many cells at once, in metres of the zone."""
        left, _, _, top = self.bounds
        x, y = left + cols * self.cell_m, top - rows * self.cell_m
        return shapely.box(x, y - self.cell_m, x + self.cell_m, y)

    def tile_polygon(self, row: int, col: int) -> list[tuple[float, float]]:
        """Return the closed ring of the cell's corners as longitude, latitude in degrees, counter-clockwise.

        Longitudes are continuous over the whole grid: beside the antimeridian they pass 180.
        """
        left, bottom, right, top = self.tile_box(row, col).bounds
        xs, ys = [left, right, right, left, left], [bottom, bottom, top, top, bottom]
        lon, lat = to_lonlat(self.epsg, xs, ys)
        west, south, east, north = self.bounds
        middle, _ = to_lonlat(self.epsg, (west + east) / 2, (south + north) / 2)
        return [(float(middle + (x - middle + 180) % 360 - 180), float(y)) for x, y in zip(lon, lat, strict=True)]

    def tile_center(self, row: int, col: int) -> tuple[float, float]:
        """Return longitude and latitude of the middle of a cell, degrees."""
        left, _, _, top = self.bounds
        lon, lat = to_lonlat(self.epsg, left + (col + 0.5) * self.cell_m, top - (row + 0.5) * self.cell_m)
        return float(lon), float(lat)

    def tile_at(self, lon: float, lat: float) -> tuple[int, int] | None:
        """Find row and column of the cell under a place, or None outside the grid or the drawn shape."""
        x, y = from_lonlat(self.epsg, lon, lat)
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        left, _, _, top = self.bounds
        row, col = math.floor((top - y) / self.cell_m), math.floor((x - left) / self.cell_m)
        if 0 <= row < self.n_rows and 0 <= col < self.n_cols and self.coverage[row, col] > 0:
            return row, col
        return None

    def tile_slices(self, row: int, col: int) -> tuple[slice, slice]:
        """Return pixel rows and columns of a cell in arrays of :attr:`shape_px`."""
        px = self.cell_px
        return slice(row * px, (row + 1) * px), slice(col * px, (col + 1) * px)

    def window(self, block: Block) -> TileGrid:
        """Return the grid of a block of whole tiles, with its part of the coverage."""
        return TileGrid(
            self.epsg,
            self.east0 + block.col0,
            self.north0 - block.row0,
            block.row1 - block.row0,
            block.col1 - block.col0,
            self.aoi_key,
            self.coverage[block.row0 : block.row1, block.col0 : block.col1].copy(),
            self.cell_m,
        )
