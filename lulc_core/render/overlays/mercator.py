"""The only reprojection for display: UTM to Web Mercator, nearest neighbour.

Every zone is projected with its own central meridian in the place of Greenwich. That is EPSG:3857 shifted sideways,
so pixels and bounds are the same, but an area across the antimeridian stays in one piece and its longitudes run
on past 180, as ``Aoi`` has them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import TileGrid

MAX_SIDE_PX = 2048
"""Longest side of an overlay; larger ones take a browser over half a second (measured)."""
_RADIUS_M = 6_378_137.0  # of Web Mercator's sphere; source: EPSG:3857


@dataclass(frozen=True)
class Frame:
    """A Web Mercator picture that encloses a grid."""

    epsg: int
    """UTM zone of what goes in."""
    west_m: float
    """Left edge in metres of the shifted Mercator."""
    north_m: float
    pixel_m: float
    """Side of a pixel in Mercator metres (true metres divided by the cosine of the latitude)."""
    width: int
    height: int

    @property
    def bounds(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """((south, west), (north, east)) in degrees; longitudes are continuous and may pass 180."""
        west, east = (self.west_m + cols * self.pixel_m for cols in (0, self.width))
        south, north = (self.north_m - rows * self.pixel_m for rows in (self.height, 0))
        return _lat_lon(self.epsg, west, south), _lat_lon(self.epsg, east, north)

    def position_px(self, x_m: NDArray[np.floating], y_m: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, 2) column and row, in pixels from the upper left corner, of places in metres of the zone."""
        from rasterio.crs import CRS
        from rasterio.warp import transform

        x, y = (np.asarray(v) for v in transform(CRS.from_epsg(self.epsg), _mercator(self.epsg), x_m, y_m))
        return np.column_stack([(x - self.west_m) / self.pixel_m, (self.north_m - y) / self.pixel_m])

    def warp(
        self, array: NDArray[np.uint8], transform: tuple[float, ...], *, fill: int, tolerance_px: float = 0.05
    ) -> NDArray[np.uint8]:
        """Nearest-neighbour reprojection of a UTM raster.

        Args:
            array: uint8 (rows, columns) or (bands, rows, columns).
            transform: affine of the array in the UTM zone, ``(a, b, c, d, e, f)``.
            fill: value where the array does not reach.
            tolerance_px: largest error of position, in pixels of ``array``.

        Returns:
            uint8 (height, width) or (bands, height, width).
        """
        from rasterio.crs import CRS
        from rasterio.transform import Affine
        from rasterio.warp import Resampling, reproject

        out = np.full((*array.shape[:-2], self.height, self.width), fill, np.uint8)
        reproject(
            array,
            out,
            src_transform=Affine(*transform),
            src_crs=CRS.from_epsg(self.epsg),
            dst_transform=Affine(self.pixel_m, 0, self.west_m, 0, -self.pixel_m, self.north_m),
            dst_crs=_mercator(self.epsg),
            resampling=Resampling.nearest,
            tolerance=tolerance_px,
            init_dest_nodata=False,
        )
        return out


@lru_cache(maxsize=64)
def frame(grid: TileGrid, side_px: int) -> Frame:
    """Find the picture that just encloses a grid, with square pixels and at most ``side_px`` along its longer side."""
    from rasterio.crs import CRS
    from rasterio.warp import transform_bounds

    bounds = transform_bounds(CRS.from_epsg(grid.epsg), _mercator(grid.epsg), *grid.bounds, densify_pts=21)
    west, south, east, north = bounds
    pixel_m = max(east - west, north - south) / side_px
    width, height = (max(1, math.ceil((b - a) / pixel_m - 1e-6)) for a, b in ((west, east), (south, north)))
    return Frame(grid.epsg, west, north, pixel_m, min(width, side_px), min(height, side_px))


def central_meridian_deg(epsg: int) -> int:
    """Give the central meridian of a UTM zone, degrees east."""
    return (epsg % 100) * 6 - 183


def _lat_lon(epsg: int, x_m: float, y_m: float) -> tuple[float, float]:
    latitude = math.degrees(2 * math.atan(math.exp(y_m / _RADIUS_M)) - math.pi / 2)
    return latitude, central_meridian_deg(epsg) + math.degrees(x_m / _RADIUS_M)


@lru_cache(maxsize=8)
def _mercator(epsg: int) -> Any:
    from rasterio.crs import CRS

    return CRS.from_string(f"+proj=webmerc +lon_0={central_meridian_deg(epsg)} +datum=WGS84 +units=m +no_defs")
