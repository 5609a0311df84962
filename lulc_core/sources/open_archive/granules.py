"""Which granules hold an area: the MGRS squares of 100 km, by arithmetic alone.

A granule is the raster of 109.8 km that begins at its square's upper left corner, on whole pixels of 60 m. The zones of
Norway and Svalbard (32V, 31X to 37X) are odd in MGRS; here their squares are looked for in the regular zones and in the
odd ones, and a name that no product has is simply not found.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.projection import to_lonlat, to_utm, utm_epsg, wrap_lon

SIDE_M = 109_800
"""Side of a granule. Source: Sentinel-2 Products Specification Document."""
_SQUARE_M = 100_000
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_COLUMNS = {1: "ABCDEFGH", 2: "JKLMNPQR", 0: "STUVWXYZ"}
_NAME = re.compile(r"(\d{2})([C-HJ-NP-X])([A-HJ-NP-Z])([A-HJ-NP-V])")
_FALSE_NORTHING_M = 10_000_000


@dataclass(frozen=True, order=True)
class GranuleSquare:
    """The place of a granule."""

    name: str
    """Such as ``32TMR``."""
    epsg: int
    left_m: int
    """Western edge of its raster, metres of the zone."""
    top_m: int
    """Northern edge."""

    @property
    def prefix(self) -> str:
        """Where the bucket keeps its products: ``tiles/32/T/MR/``; the zone always has two digits."""
        return f"tiles/{self.name[:2]}/{self.name[2]}/{self.name[3:]}/"

    @property
    def box(self) -> shapely.Polygon:
        """The raster's square, metres of the zone."""
        return shapely.box(self.left_m, self.top_m - SIDE_M, self.left_m + SIDE_M, self.top_m)


def square_of(name: str) -> GranuleSquare | None:
    """Give the place of a granule by its name; None where the name is none."""
    found = _NAME.fullmatch(name)
    if found is None or not 1 <= int(found[1]) <= 60:
        return None
    zone, band = int(found[1]), _BANDS.index(found[2])
    letters = _COLUMNS[zone % 3]
    if found[3] not in letters:
        return None
    row = (_ROWS.index(found[4]) - (5 if zone % 2 == 0 else 0)) % len(_ROWS)
    # Rows repeat every 2,000 km; the latitude band says which of them it is (bands are 8 degrees, 888 km, high).
    middle_deg = -80 + 8 * band + 4
    hemisphere = 32600 if found[2] >= "N" else 32700
    offset = 0 if hemisphere == 32600 else _FALSE_NORTHING_M
    middle_m = middle_deg * 110_900.0
    n = min((row + len(_ROWS) * k for k in range(-6, 7)), key=lambda i: abs((i + 0.5) * _SQUARE_M - middle_m))
    left = (letters.index(found[3]) + 1) * _SQUARE_M
    # Rasters begin on whole 60 m counted from the equator, in the south too (20EPT: 3,300,040).
    top = math.ceil((n + 1) * _SQUARE_M / 60) * 60 + offset
    return GranuleSquare(name, hemisphere + zone, math.floor(left / 60) * 60, top)


def squares_of(aoi: Aoi) -> tuple[GranuleSquare, ...]:
    """Find the granules whose raster touches an area, by name.

    Neighbouring zones are looked at within two degrees of the zone's edge. Where a square lies across the border of two
    latitude bands both of its names are given; at most one of them exists.
    """
    found: dict[str, GranuleSquare] = {}
    for zone, south in _zones(aoi):
        hemisphere = 32700 if south else 32600
        for name in _names(aoi, hemisphere + zone):
            square = square_of(name)
            if square is not None and square.epsg == hemisphere + zone and _touches(square, aoi):
                found[name] = square
    return tuple(found[name] for name in sorted(found))


def _zones(aoi: Aoi) -> set[tuple[int, bool]]:
    """Number and hemisphere of the zones that may have granules of the area."""
    west, south, east, north = aoi.bbox
    zones: set[int] = set()
    for lon in np.arange(west - 2, east + 2.01, 0.5):
        wrapped = float(wrap_lon(lon))
        zones.add(min(int((wrapped + 180) // 6) + 1, 60))
        zones |= {utm_epsg(wrapped, lat) % 100 for lat in (south, north) if -80 <= lat <= 84}
    # Granules of one hemisphere reach some kilometres into the other.
    return {
        (zone, is_south) for zone in zones for is_south in (True, False) if (south < 0.2 if is_south else north > -0.2)
    }


def _names(aoi: Aoi, epsg: int) -> set[str]:
    """Names of squares around an area in a zone, for every latitude band they may have."""
    zone, south = epsg % 100, epsg >= 32700
    x, y = _metres(aoi, epsg)
    if not (np.isfinite(x).all() and np.isfinite(y).all()) or x.max() < 0 or x.min() > 1_000_000:
        return set()
    offset = _FALSE_NORTHING_M if south else 0
    columns = range(math.floor((x.min() - 9_800) / _SQUARE_M), math.floor(x.max() / _SQUARE_M) + 1)
    # A raster begins at the square's top and is 9.8 km higher than the square, towards the south.
    rows = range(math.floor((y.min() - offset) / _SQUARE_M), math.floor((y.max() - offset + 9_800) / _SQUARE_M) + 1)
    names = set()
    for column in columns:
        if not 1 <= column <= 8:
            continue
        for row in rows:
            letter = _ROWS[(row + (5 if zone % 2 == 0 else 0)) % len(_ROWS)]
            corners_x = np.array([0, 1, 0, 1]) * _SQUARE_M + column * _SQUARE_M
            corners_y = np.array([0, 0, 1, 1]) * (_SQUARE_M - 1) + row * _SQUARE_M + offset
            _, lat = to_lonlat(epsg, corners_x, corners_y)
            for band in {_band(float(v)) for v in lat}:
                names.add(f"{zone:02d}{band}{_COLUMNS[zone % 3][column - 1]}{letter}")
    return names


def _metres(aoi: Aoi, epsg: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = shapely.get_coordinates(to_utm(aoi.geometry, epsg))
    return points[:, 0], points[:, 1]


def _touches(square: GranuleSquare, aoi: Aoi) -> bool:
    return bool(shapely.intersects(square.box, to_utm(aoi.geometry, square.epsg)))


def _band(lat: float) -> str:
    return _BANDS[min(max(int((lat + 80) // 8), 0), len(_BANDS) - 1)]
