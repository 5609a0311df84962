"""Pixels of a file put on our grid."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import FileFormatError
from lulc_core.isolation.calls import isolated, isolated_parts
from lulc_core.isolation.limits import HEADER, PIXELS
from lulc_core.sources.geotiff.band_names import SCL
from lulc_core.sources.geotiff.read import RasterLayer, damaged, open_raster, read_values, thinned

MAX_WINDOW_PX = 36_000_000
"""Of a file finer than 10 m every pixel is read up to this many (6 x 6 km at 1 m); beyond, some of them."""
PIXELS_A_SIDE = 2
"""Of the raster's pixel, that are read of it then: their mean has four."""
_ROUNDING = 0.02
"""Sizes of pixels are known to a per cent or so."""
ALIGNED_PX = 0.1
"""Shifts below it (1 m) are within Sentinel-2's geolocation error: pixels are taken as they are."""


@isolated_parts(PIXELS, name=lambda layers, *_: layers[0].path.name)
def read_on_grid(
    layers: Sequence[RasterLayer], bounds: tuple[float, ...], shape: tuple[int, int], epsg: int, nearest: bool
) -> Iterator[NDArray[np.float32]]:
    """Read layers on a raster one by one, each file opened once; see :func:`to_grid`."""
    with ExitStack() as stack:
        opened: dict[Path, Any] = {}
        for layer in layers:
            if layer.path not in opened:
                opened[layer.path] = stack.enter_context(open_raster(layer.path))
            yield to_grid(layer, opened[layer.path], bounds, shape, epsg, nearest=nearest or layer.band == SCL)


@isolated(PIXELS, name=lambda path, *_: path.name)
def read_codes(path: Path, transform: tuple[float, ...], shape: tuple[int, int], epsg: int) -> NDArray[np.uint8]:
    """Read the first band of a map of classes on a raster, the nearest pixel of each.

    Args:
        path: of the map.
        transform: of the raster, six numbers (affine), metres of the zone.
        shape: rows and columns of the raster.
        epsg: the zone.

    Returns:
        uint8 of that shape, 0 where there is none.

    Raises:
        FileFormatError: the file cannot be read, or holds no codes.
    """
    from rasterio.errors import RasterioError
    from rasterio.transform import Affine
    from rasterio.warp import Resampling, reproject

    out = np.zeros(shape, np.uint8)
    with open_raster(path) as dataset:
        if dataset.crs is None or dataset.dtypes[0] not in ("uint8", "int8", "uint16", "int16", "int32", "float32"):
            raise FileFormatError(
                f"{path.name} is no map of classes with coordinates.", hint="Give a GeoTIFF of codes."
            )
        try:
            reproject(
                dataset.read(1).astype(np.uint8), out,
                src_transform=dataset.transform, src_crs=dataset.crs, src_nodata=0,
                dst_transform=Affine(*transform), dst_crs=f"EPSG:{epsg}",
                resampling=Resampling.nearest,
            )  # fmt: skip
        except RasterioError as error:
            raise damaged(path) from error
    return out


def to_grid(
    layer: RasterLayer,
    dataset: Any,
    bounds: tuple[float, ...],
    shape: tuple[int, int],
    epsg: int,
    *,
    nearest: bool = False,
) -> NDArray[np.float32]:
    """Read a layer on a raster in a UTM zone.

    The nearest source pixel decides whether there is a measurement; only pixels with one enter the mean of their
    neighbours. Pixels that lie on the raster already are taken as they are; others by cubic convolution (same or
    coarser raster), bilinear (20 and 60 m bands) or the mean (much finer files; of large windows of them, of four
    pixels spread over each).

    Args:
        layer: what to read.
        dataset: its open file.
        bounds: left, bottom, right, top of the raster, metres of the zone.
        shape: rows and columns of the raster.
        epsg: the zone.
        nearest: take nearest pixels only (classes).

    Returns:
        float32 of that shape, in the file's own numbers, NaN where there is no measurement.

    Raises:
        FileFormatError: the file breaks.
    """
    from rasterio.transform import from_bounds

    out = np.full(shape, np.nan, np.float32)
    target = from_bounds(*bounds, shape[1], shape[0])
    for turn in _whole_turns(dataset):
        window = _window(dataset, bounds, epsg, turn)
        if window is None:
            continue
        read_shape = _read_shape(layer, dataset, window, target, nearest=nearest)
        values = read_values(layer, dataset, window, shape=read_shape)
        source = dataset.window_transform(window)
        if read_shape is not None:
            source = source @ source.scale(window.width / read_shape[1], window.height / read_shape[0])
        aligned = _aligned(values, source, dataset.crs, target, shape, epsg)
        if aligned is not None:
            return aligned
        for shift in _turns(source, values.shape[1]) if dataset.crs.is_geographic else (0,):
            place = source.translation(shift, 0) @ source
            piece = _warp(values, place, dataset.crs, target, shape, epsg, nearest)
            out = np.where(np.isnan(out), piece, out)
    return out


def _window(dataset: Any, bounds: tuple[float, ...], epsg: int, turn: int) -> Any:
    """The part of the file under a raster, with a margin for resampling; None where they do not meet."""
    from rasterio._err import CPLE_BaseError
    from rasterio.warp import transform_bounds
    from rasterio.windows import Window

    try:
        left, bottom, right, top = transform_bounds(f"EPSG:{epsg}", dataset.crs, *bounds, densify_pts=21)
    except CPLE_BaseError:  # so far away that the file's projection does not reach it
        return None
    if dataset.crs.is_geographic and left > right:
        right += 360
    corners = [~dataset.transform @ (x - turn, y) for x in (left, right) for y in (bottom, top)]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    if not np.isfinite([*xs, *ys]).all():
        return None
    margin = 8
    col0, col1 = max(math.floor(min(xs)) - margin, 0), min(math.ceil(max(xs)) + margin, dataset.width)
    row0, row1 = max(math.floor(min(ys)) - margin, 0), min(math.ceil(max(ys)) + margin, dataset.height)
    return Window(col0, row0, col1 - col0, row1 - row0) if col0 < col1 and row0 < row1 else None


def read_step(layers: Sequence[RasterLayer], bounds: tuple[float, ...], shape: tuple[int, int], epsg: int) -> int:
    """Tell how far apart the pixels lie that :func:`read_on_grid` reads of a file.

    Returns:
        1 where every pixel is read; 5 where along each side every fifth is.

    Raises:
        FileFormatError: the file breaks.
    """
    large = [layer for layer in layers if math.prod(layer.shape) > MAX_WINDOW_PX and layer.band != SCL]
    return _read_step(large, bounds, shape, epsg) if large else 1


@isolated(HEADER, name=lambda layers, *_: layers[0].path.name)
def _read_step(layers: Sequence[RasterLayer], bounds: tuple[float, ...], shape: tuple[int, int], epsg: int) -> int:
    steps = [1]
    for layer in layers:
        with open_raster(layer.path) as dataset:
            windows = [_window(dataset, bounds, epsg, turn) for turn in _whole_turns(dataset)]
        pixel_m = (bounds[2] - bounds[0]) / shape[1]
        steps += [_fewer(layer, pixel_m) for w in windows if w is not None and w.height * w.width > MAX_WINDOW_PX]
    return max(steps)


def _whole_turns(dataset: Any) -> tuple[int, ...]:
    return (0, 360, -360) if dataset.crs.is_geographic else (0,)


def _fewer(layer: RasterLayer, pixel_m: float, *, nearest: bool = False) -> int:
    """How many pixels of a file one read stands for along a side, where not all are read."""
    return max(math.floor(pixel_m / layer.pixel_m / (1 if nearest else PIXELS_A_SIDE) + _ROUNDING), 1)


def _read_shape(layer: RasterLayer, dataset: Any, window: Any, target: Any, *, nearest: bool) -> tuple[int, int] | None:
    """Rows and columns at which a window is read: None for every pixel, fewer of files much finer than the raster."""
    fewer = _fewer(layer, target.a, nearest=nearest)
    shape = max(math.ceil(window.height / fewer), 1), max(math.ceil(window.width / fewer), 1)
    if nearest and fewer > 1:
        return thinned(layer, dataset, shape, window)
    return shape if fewer > 1 and window.height * window.width > MAX_WINDOW_PX else None


def _turns(source: Any, cols: int) -> list[int]:
    """Whole turns that bring parts of a file beyond 180 degrees to where projections look for them."""
    west, east = sorted((source.c, source.c + cols * source.a))
    return [turn for turn in (0, 360, -360) if west + turn < 180 and east + turn > -180]


def _aligned(values: Any, source: Any, crs: Any, target: Any, shape: tuple[int, int], epsg: int) -> Any:
    """The pixels as they are, where the file lies on the raster already; else None."""
    if crs.to_epsg() != epsg or source.b or source.d or source.e >= 0:
        return None
    col, row = ~target @ (source.c, source.f)
    width, height = source.a / target.a, source.e / target.e
    n_rows, n_cols = values.shape
    drift = max(abs(width - 1) * n_cols, abs(height - 1) * n_rows)
    if max(abs(col - round(col)), abs(row - round(row))) + drift > ALIGNED_PX:
        return None
    col, row = round(col), round(row)
    out = np.full(shape, np.nan, np.float32)
    r0, r1, c0, c1 = max(row, 0), min(row + n_rows, shape[0]), max(col, 0), min(col + n_cols, shape[1])
    if r0 < r1 and c0 < c1:
        out[r0:r1, c0:c1] = values[r0 - row : r1 - row, c0 - col : c1 - col]
    return out


def _warp(
    values: Any, source: Any, crs: Any, target: Any, shape: tuple[int, int], epsg: int, nearest: bool
) -> NDArray[np.float32]:
    from rasterio.enums import Resampling
    from rasterio.io import MemoryFile
    from rasterio.vrt import WarpedVRT

    plan = {
        "crs": f"EPSG:{epsg}",
        "transform": target,
        "height": shape[0],
        "width": shape[1],
        "nodata": np.nan,
        # The same ground must be the same pixel in every drawing: exact places (rasterio.warp.reproject interpolates
        # them), and a kernel that does not depend on the window (GDAL derives its width from extents if not told).
        "tolerance": 1e-6,
        "SAMPLE_GRID": "YES",  # the edges alone do not tell GDAL which pixels it needs beside the antimeridian
        "XSCALE": 1,
        "YSCALE": 1,
    }
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "nodata": np.nan, "crs": crs, "transform": source}

    def run(resampling: Any) -> NDArray[np.float32]:
        with MemoryFile() as memory:
            with memory.open(height=values.shape[0], width=values.shape[1], **profile) as writer:
                writer.write(values, 1)
            with memory.open(driver="GTiff") as reader, WarpedVRT(reader, resampling=resampling, **plan) as warped:
                return np.asarray(warped.read(1), np.float32)

    plain = run(Resampling.nearest)
    if nearest:
        return plain
    metres = 111_320.0 if crs.is_geographic else 1.0
    ratio = math.sqrt(abs(source.a * source.e - source.b * source.d)) * metres / target.a
    method = Resampling.average if ratio < 0.5 else Resampling.bilinear if ratio > 1.5 else Resampling.cubic
    smooth = run(method)
    # A kernel reaches over the border of the data, both ways: the nearest pixel decides where that border is.
    return np.where(np.isnan(plain), np.nan, np.where(np.isnan(smooth), plain, smooth)).astype(np.float32)
