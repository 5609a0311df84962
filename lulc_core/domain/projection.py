"""Metres of UTM zones to degrees and back: the one place that makes transformers, and keeps them.

Making a transformer takes some 50 ms, using one microseconds; pyproj's may be shared by threads.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from pyproj import Transformer

_OWN_FILES = re.compile(
    r"grids\s*=\s*(?!@null)|init\s*=|file\s*[=\[]|^https?://(?!(www\.)?opengis\.net/)", re.IGNORECASE
)
WGS84 = 4326
"""EPSG code of longitude and latitude."""


def opens_files(definition: str) -> bool:
    """Tell whether PROJ would open other files or addresses for a coordinate system, by its name or definition."""
    return bool(_OWN_FILES.search(definition))


@lru_cache(maxsize=64)
def transformer(source: Any, target: Any) -> Transformer:
    """Make the transformer from one coordinate system to another, x (or longitude) first; kept for the next call.

    Args:
        source: EPSG code, WKT text or ``pyproj.CRS``.
        target: the same.

    Raises:
        pyproj.exceptions.CRSError: a system that PROJ does not know.
    """
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


def to_lonlat(epsg: int, x: Any, y: Any) -> tuple[Any, Any]:
    """Convert metres of a zone to longitude and latitude, degrees; numbers or arrays of any shape."""
    return transformer(epsg, WGS84).transform(x, y)


def from_lonlat(epsg: int, lon: Any, lat: Any) -> tuple[Any, Any]:
    """Convert longitude (on any turn of the globe) and latitude to metres of a zone; numbers or arrays."""
    return transformer(WGS84, epsg).transform(wrap_lon(lon), lat)


def wrap_lon(lon: Any) -> Any:
    """Bring longitudes into -180 to 180 degrees (180 itself excluded)."""
    return (lon + 180) % 360 - 180


def utm_epsg(lon: float, lat: float) -> int:
    """Find the EPSG code of the UTM zone of a place, with the MGRS exceptions of Norway and Svalbard.

    Args:
        lon: degrees, any multiple of 360 is taken off.
        lat: degrees, -80 to 84.
    """
    lon = wrap_lon(lon)
    zone = min(int((lon + 180) // 6) + 1, 60)
    if 56 <= lat < 64 and 3 <= lon < 12:
        zone = 32
    elif lat >= 72 and 0 <= lon < 42:
        zone = 31 if lon < 9 else 33 if lon < 21 else 35 if lon < 33 else 37
    return (32600 if lat >= 0 else 32700) + zone


def to_utm(geometry: Any, epsg: int) -> Any:
    """Project a lon-lat shape to metres of a UTM zone; long edges get vertices every 0.05 degrees first."""
    dense = shapely.segmentize(geometry, 0.05)
    return shapely.transform(dense, lambda c: np.column_stack(from_lonlat(epsg, c[:, 0], c[:, 1])))
