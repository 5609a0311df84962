"""Which product gives which tiles of a grid: by footprint, each tile from as few products as it takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.projection import from_lonlat, to_lonlat, to_utm
from lulc_core.sources.open_archive.granules import GranuleSquare

RIM_M = 1500.0
"""Footprints are drawn with few vertices: so far inside them every pixel is there."""


@dataclass(frozen=True)
class Part:
    """What one product gives to a grid."""

    index: int
    """Of the product."""
    tiles: NDArray[np.bool_]
    """(rows, columns) of the grid: tiles that it may have pixels of."""
    sure: NDArray[np.bool_]
    """Tiles that lie inside its footprint: not a pixel may be missing there."""


def outline_of(grid: TileGrid) -> Aoi:
    """Make the area that a grid of tiles covers."""
    left, bottom, right, top = grid.bounds
    box = shapely.segmentize(shapely.box(left, bottom, right, top), 5_000.0)
    lon, lat = to_lonlat(grid.epsg, *shapely.get_coordinates(box).T)
    return Aoi.from_geometry(shapely.Polygon(np.column_stack([lon, lat])))


def plan_parts(grid: TileGrid, wanted: NDArray[np.bool_], products: Sequence[tuple[GranuleSquare, Any]]) -> list[Part]:
    """Share out the tiles of a grid.

    Args:
        grid: of whole tiles.
        wanted: (rows, columns) the tiles that are needed.
        products: place and footprint (longitude and latitude, or None) of each, the better ones first; those of the
            grid's own zone are taken before others, which must be resampled.

    Returns:
        In the order in which pixels are taken: a later part fills what an earlier one lacks.
    """
    left = wanted.copy()
    parts = []
    order = sorted(range(len(products)), key=lambda i: products[i][0].epsg != grid.epsg)
    for index in order:
        square, footprint = products[index]
        raster = square.box if square.epsg == grid.epsg else _to_zone(square.box, square.epsg, grid.epsg)
        ground = raster if footprint is None else shapely.intersection(raster, _near(footprint, grid))
        rows, cols = np.nonzero(left)
        boxes = grid.cell_boxes(rows, cols)
        touched = shapely.intersects(boxes, ground)
        inner = shapely.buffer(ground, -RIM_M) if footprint is not None else shapely.Polygon()
        inside = shapely.within(boxes, inner)
        if not touched.any():
            continue
        tiles, sure = np.zeros(grid.shape, bool), np.zeros(grid.shape, bool)
        tiles[rows[touched], cols[touched]] = True
        sure[rows[inside], cols[inside]] = True
        parts.append(Part(index, tiles, sure))
        left &= ~sure
    return parts


def bounds_in(grid: TileGrid, tiles: NDArray[np.bool_], epsg: int) -> NDArray[np.float64]:
    """Give the bounds of tiles in a zone: (n, 4) left, bottom, right, top."""
    bounds = shapely.bounds(grid.cell_boxes(*np.nonzero(tiles)))
    if epsg == grid.epsg:
        return bounds
    xs, ys = bounds[:, [0, 2, 0, 2]], bounds[:, [1, 1, 3, 3]]
    xs, ys = from_lonlat(epsg, *to_lonlat(grid.epsg, xs, ys))
    return np.column_stack([xs.min(axis=1), ys.min(axis=1), xs.max(axis=1), ys.max(axis=1)])


def _to_zone(box: Any, source: int, target: int) -> Any:
    dense = shapely.segmentize(box, 5_000.0)
    return shapely.transform(dense, lambda c: np.column_stack(from_lonlat(target, *to_lonlat(source, *c.T))))


def _near(footprint: Any, grid: TileGrid) -> Any:
    """The footprint in the grid's zone; one that is far away may not fit into it."""
    projected = to_utm(footprint, grid.epsg)
    coordinates = shapely.get_coordinates(projected)
    if not np.isfinite(coordinates).all():
        return shapely.Polygon()
    return shapely.make_valid(projected)


def windows_of(
    bounds: NDArray[np.float64], origin: tuple[float, float], pixel_m: float, shape: tuple[int, int], margin: int
) -> Iterable[tuple[int, int, int, int]]:
    """Give the windows of a raster under some bounds: row0, col0, row1, col1, half-open, within the raster.

    Args:
        bounds: (n, 4) left, bottom, right, top in the raster's zone.
        origin: left and top edge of the raster.
        pixel_m: of the raster.
        shape: rows and columns of the raster.
        margin: pixels around that resampling looks at.
    """
    left, top = origin
    col0 = np.floor((bounds[:, 0] - left) / pixel_m).astype(int) - margin
    col1 = np.ceil((bounds[:, 2] - left) / pixel_m).astype(int) + margin
    row0 = np.floor((top - bounds[:, 3]) / pixel_m).astype(int) - margin
    row1 = np.ceil((top - bounds[:, 1]) / pixel_m).astype(int) + margin
    for r0, c0, r1, c1 in zip(row0, col0, row1, col1, strict=True):
        window = max(int(r0), 0), max(int(c0), 0), min(int(r1), shape[0]), min(int(c1), shape[1])
        if window[0] < window[2] and window[1] < window[3]:
            yield window
