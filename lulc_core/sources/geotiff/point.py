"""The file's own pixel under a place: nothing resampled, whatever the coordinate system."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import InputError
from lulc_core.domain.projection import WGS84, transformer, wrap_lon
from lulc_core.isolation.calls import isolated
from lulc_core.isolation.limits import HEADER
from lulc_core.sources.geotiff.on_grid import to_grid
from lulc_core.sources.geotiff.read import RasterLayer, open_raster, read_values
from lulc_core.sources.geotiff.source import GeoTiffSource


@isolated(HEADER, name=lambda source, *_: source.title)
def file_pixel(source: GeoTiffSource, bands: Sequence[str], lon: float, lat: float) -> dict[str, float]:
    """Read the reflectance of the pixel of the file that a place lies in.

    On the tile grid pixels of another coordinate system are resampled; a reader who checks one against the file wants
    the file's own number.

    Args:
        source: the user's file or files.
        bands: those wanted; others that the file lacks are left out.
        lon: degrees.
        lat: degrees.

    Returns:
        Reflectance by band; bands without a measurement there are left out.

    Raises:
        FileFormatError: the file breaks.
    """
    from rasterio.windows import Window

    found: dict[str, float] = {}
    for layer in source.info.layers:
        if layer.band not in bands:
            continue
        with open_raster(layer.path) as dataset:
            at = _pixel_of(dataset, lon, lat)
            if at is not None:
                values = read_values(layer, dataset, Window(at[1], at[0], 1, 1))
                found[layer.band] = float(source.info.to_reflectance(values)[0, 0])
    return {band: value for band, value in found.items() if math.isfinite(value)}


@isolated(HEADER, name=lambda source, *_: source.title)
def file_pixel_outline(source: GeoTiffSource, lon: float, lat: float) -> list[tuple[float, float]]:
    """Outline the file's own pixel at a place, of its finest band: a closed ring (longitude, latitude), or nothing.

    Raises:
        FileFormatError: the file breaks.
    """
    layer = min(source.info.layers, key=lambda x: x.pixel_m)
    with open_raster(layer.path) as dataset:
        at = _pixel_of(dataset, lon, lat)
        if at is None:
            return []
        row, col = at
        ring = [(col, row), (col + 1, row), (col + 1, row + 1), (col, row + 1), (col, row)]
        corners = [dataset.transform @ corner for corner in ring]
        back = transformer(dataset.crs.to_wkt(), WGS84)
    lons, lats = back.transform([c[0] for c in corners], [c[1] for c in corners])
    return [(float(x), float(y)) for x, y in zip(lons, lats, strict=True)]


@isolated(HEADER, name=lambda source, *_: source.title)
def file_window(
    source: GeoTiffSource, band: str, bounds: tuple[float, float, float, float], epsg: int, side_px: int
) -> NDArray[np.float32]:
    """Read a square of ground as the file's own pixels show it: each point is the pixel that it lies in.

    Args:
        source: the user's file or files.
        band: one that the file has.
        bounds: left, bottom, right, top, metres of the zone.
        epsg: the zone.
        side_px: rows and columns of the picture.

    Returns:
        float32 (side_px, side_px) reflectance, NaN where there is no measurement.

    Raises:
        InputError: the file lacks the band.
        FileFormatError: the file breaks.
    """
    layer = layer_of(source, band)
    with open_raster(layer.path) as dataset:
        values = to_grid(layer, dataset, bounds, (side_px, side_px), epsg, nearest=True)
    return source.info.to_reflectance(values)


def layer_of(source: GeoTiffSource, band: str) -> RasterLayer:
    """Find where a band lies in the user's files.

    Raises:
        InputError: the file lacks the band.
    """
    layer = next((x for x in source.info.layers if x.band == band), None)
    if layer is None:
        raise InputError(f"The file has no band {band}; it has {', '.join(source.info.bands)}.")
    return layer


def _pixel_of(dataset: Any, lon: float, lat: float) -> tuple[int, int] | None:
    """Row and column of the pixel that a place lies in; None outside the file."""
    x, y = transformer(WGS84, dataset.crs.to_wkt()).transform(wrap_lon(lon), lat)
    for turn in (0, 360, -360) if dataset.crs.is_geographic else (0,):
        col, row = ~dataset.transform @ (x + turn, y)
        if not (math.isfinite(col) and math.isfinite(row)):
            continue
        i, j = math.floor(row), math.floor(col)
        if 0 <= i < dataset.height and 0 <= j < dataset.width:
            return i, j
    return None
