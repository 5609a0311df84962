"""Raster files opened safely, and their pixels put on our grid. No network, no files that point to other files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import FileFormatError

_DRIVERS = {
    b"II*\x00": "GTiff",
    b"MM\x00*": "GTiff",
    b"II+\x00": "GTiff",
    b"MM\x00+": "GTiff",
    b"\x00\x00\x00\x0cjP  ": "JP2OpenJPEG",
    b"\xff\x4f\xff\x51": "JP2OpenJPEG",
}
"""First bytes of the formats of Sentinel-2 files. Others (VRT, WMS, ...) may point elsewhere and stay shut."""
MAX_PIXEL_M, MIN_PIXEL_M = 100.0, 1.0
"""Sentinel-2 has 10, 20 and 60 m; finer and coarser files are resampled, others are no Sentinel-2."""
ALIGNED_PX = 0.1
"""Shifts below it (1 m) are within Sentinel-2's geolocation error: pixels are taken as they are."""
SAMPLE_SIDE_PX = 1024
"""Statistics are taken from at most about this many pixels squared."""
_ENV = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # no side-car files
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",  # no network, whatever a file may point to
}
_OTHERS = {
    b"<VRT": "a GDAL virtual file (VRT), which points to other files",
    b"<?xml": "an XML text",
    b"\x89PNG": "a PNG picture without coordinates",
    b"\xff\xd8\xff": "a JPEG picture without coordinates",
    b"PK\x03\x04": "a ZIP archive; unpack it first",
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF file",
    b"{": "a text, perhaps GeoJSON",
}


@contextmanager
def open_raster(path: Path) -> Iterator[Any]:
    """Open a GeoTIFF or JPEG 2000 file on this machine as a rasterio dataset.

    Raises:
        FileFormatError: there is no such file, it is something else, damaged or half.
    """
    import warnings

    import rasterio
    from rasterio._err import CPLE_BaseError  # GDAL's own errors have no public name and no common base with the others
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    driver = _driver(path)
    with rasterio.Env(**_ENV), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said in our own words below
        try:
            with rasterio.open(path, driver=driver) as dataset:
                yield dataset
        except (RasterioError, CPLE_BaseError, UnicodeDecodeError) as error:  # the last from names inside the file
            raise damaged(path) from error


def damaged(path: Path) -> FileFormatError:
    """Make the error for a file that breaks while it is read."""
    return FileFormatError(
        f"{path.name} is damaged or incomplete: it cannot be read to its end.",
        hint="Download or export it again.",
    )


def _driver(path: Path) -> str:
    try:
        if path.is_dir():
            raise FileFormatError(f"{path} is a folder, not a file.", hint="Name the files in it.")
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:  # also what GDAL would take for a network address or a file in an archive
        raise FileFormatError(
            f"There is no file {path} on this machine that can be read.",
            hint="Addresses on the network are not opened; download the file first.",
        ) from error
    if not head:
        raise FileFormatError(f"{path.name} is empty.", hint="Download or export it again.")
    for signature, driver in _DRIVERS.items():
        if head.startswith(signature):
            return driver
    what = next((w for s, w in _OTHERS.items() if head.lstrip().startswith(s)), "something else")
    raise FileFormatError(
        f"{path.name} is {what}; a GeoTIFF (.tif) or JPEG 2000 (.jp2) file is needed.",
        hint="For a single JPG or PNG patch use the picture source.",
    )


@dataclass(frozen=True)
class RasterLayer:
    """One band in one file."""

    band: str
    """Name of the band, or ``SCL``."""
    path: Path
    index: int
    """1 for the first band of the file."""
    pixel_m: float
    """About how large a pixel is on the ground."""
    nodata: float | None
    """No-data that the file declares; DN 0 counts as no-data beside it."""
    is_float: bool
    tag_scale: float = 1.0
    """Scale and offset written in the file (reflectance = value * scale + offset); 1 and 0 where there is none."""
    tag_offset: float = 0.0


def pixel_size_m(dataset: Any, path: Path) -> float:
    """Measure about how large a pixel is on the ground.

    Raises:
        FileFormatError: no coordinates, no usable coordinate system, no Sentinel-2 pixel.
    """
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import CRSError
    from rasterio.warp import transform

    if dataset.crs is None or dataset.transform.is_identity:
        raise FileFormatError(
            f"{path.name} has no {'coordinate system' if dataset.crs is None else 'coordinates'}: "
            "where it lies on Earth is unknown.",
            hint="Export it as a georeferenced GeoTIFF; for a mere picture use the picture source.",
        )
    col, row = dataset.width / 2, dataset.height / 2
    corners = [dataset.transform @ (col + dx, row + dy) for dx, dy in ((0, 0), (1, 0), (0, 1))]
    try:
        lon, lat = transform(dataset.crs, "EPSG:4326", [c[0] for c in corners], [c[1] for c in corners])
    except (CRSError, CPLE_BaseError) as error:
        raise _wrong_crs(path, dataset) from error
    if not np.isfinite([*lon, *lat]).all() or max(map(abs, lat)) > 90:
        raise _wrong_crs(path, dataset)
    metres = 111_320.0
    steps = [
        math.hypot(
            ((lon[i] - lon[0] + 180) % 360 - 180) * math.cos(math.radians(lat[0])) * metres, (lat[i] - lat[0]) * metres
        )
        for i in (1, 2)
    ]
    size = math.sqrt(steps[0] * steps[1])
    if not MIN_PIXEL_M <= size <= MAX_PIXEL_M:
        raise FileFormatError(
            f"The pixels of {path.name} are {size:,.3g} m large; Sentinel-2 has 10, 20 and 60 m.",
            hint="Either it is not Sentinel-2, or the coordinate system written in the file is wrong.",
        )
    return size


def _wrong_crs(path: Path, dataset: Any) -> FileFormatError:
    return FileFormatError(
        f"The coordinate system of {path.name} does not fit its coordinates, or is not known: "
        f"{dataset.crs.to_string()[:80]}.",
        hint="Set the right one (in QGIS: Raster > Projections > Assign Projection) and try again.",
    )


def read_values(layer: RasterLayer, dataset: Any, window: Any = None, *, shape: tuple[int, int] | None = None) -> Any:
    """Read values of a layer as float32, NaN where there is no measurement.

    Args:
        layer: what to read.
        dataset: its open file.
        window: rasterio window; None for the whole.
        shape: rows and columns to read it at, nearest pixel; None for every pixel.

    Returns:
        float32 (rows, columns), in the file's own numbers.

    Raises:
        FileFormatError: the file breaks.
    """
    from rasterio.errors import RasterioError

    try:
        values = dataset.read(layer.index, window=window, out_shape=shape).astype(np.float32)
    except RasterioError as error:
        raise damaged(layer.path) from error
    missing = values == 0  # DN 0 is no-data in every Sentinel-2 product; exports write it as well
    if layer.nodata is not None and not math.isnan(layer.nodata):
        missing |= values == np.float32(layer.nodata)
    values[missing | ~np.isfinite(values)] = np.nan
    return values


def sample(layer: RasterLayer, dataset: Any) -> NDArray[np.float32]:
    """Read values spread over the whole file, for statistics: the same places in every layer of a file.

    Returns:
        float32 (n,), NaN where there is no measurement.
    """
    from rasterio.windows import Window

    rows, cols = dataset.height, dataset.width
    if rows * cols <= SAMPLE_SIDE_PX**2:
        return read_values(layer, dataset).ravel()
    if dataset.overviews(layer.index):
        step = math.sqrt(rows * cols) / SAMPLE_SIDE_PX
        return read_values(layer, dataset, shape=(max(int(rows / step), 1), max(int(cols / step), 1))).ravel()
    # Without overviews a thinned-out read would decode the whole file: look through five by five small windows.
    side = SAMPLE_SIDE_PX // 5
    corners = [(int((rows - side) * i / 4), int((cols - side) * j / 4)) for i, j in np.ndindex(5, 5)]
    windows = [Window(max(col, 0), max(row, 0), min(side, cols), min(side, rows)) for row, col in corners]
    return np.concatenate([read_values(layer, dataset, window).ravel() for window in windows])


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
    coarser raster), bilinear (20 and 60 m bands) or the mean (much finer files).

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
    for turn in (0, 360, -360) if dataset.crs.is_geographic else (0,):
        window = _window(dataset, bounds, epsg, turn)
        if window is None:
            continue
        values = read_values(layer, dataset, window)
        source = dataset.window_transform(window)
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
        "XSCALE": 1,
        "YSCALE": 1,
    }
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "nodata": np.nan, "crs": crs, "transform": source}

    def run(resampling: Any) -> NDArray[np.float32]:
        with MemoryFile() as memory:
            with memory.open(height=values.shape[0], width=values.shape[1], **profile) as writer:
                writer.write(values, 1)
            with memory.open() as reader, WarpedVRT(reader, resampling=resampling, **plan) as warped:
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
