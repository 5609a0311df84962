"""Raster files opened safely, and their values read. No network, no files that point to other files."""

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
from lulc_core.domain.projection import opens_files

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
MAX_NUMBER = 1e30
"""Beyond it no file means a number: fill values of 32-bit floats lie there."""
MAX_BANDS = 200
MAX_BLOCK_MB = 300
"""A band of a whole Sentinel-2 tile in one piece has 241 MB."""
MAX_UNPACKED_PX = 400_000_000
"""Of one band for a picture or an outline; of more, whole blocks are passed over. Some four seconds of a slow core."""
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
                _check_bounds(dataset, path)
                yield dataset
        except (RasterioError, CPLE_BaseError, UnicodeDecodeError) as error:  # the last from names inside the file
            raise damaged(path) from error


def _check_bounds(dataset: Any, path: Path) -> None:
    """Refuse, before a pixel is read, what no Sentinel-2 file has and a small file can claim."""
    if dataset.count > MAX_BANDS:
        raise FileFormatError(f"{path.name} has {dataset.count:,} bands; at most {MAX_BANDS} are allowed.")
    inside = dataset.count if dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") == "PIXEL" else 1
    for (rows, cols), kind in zip(dataset.block_shapes, dataset.dtypes, strict=True):
        block_mb = rows * cols * np.dtype(kind).itemsize * inside / 1e6
        if block_mb > MAX_BLOCK_MB:
            raise FileFormatError(
                f"{path.name} is stored in blocks of {cols:,} x {rows:,} pixels, each {block_mb:,.0f} MB; "
                f"at most {MAX_BLOCK_MB} MB are allowed, as a block is unpacked whole.",
                hint="Save it in tiles (gdal_translate -co TILED=YES -co COMPRESS=DEFLATE).",
            )
    if dataset.crs is not None and opens_files(dataset.crs.to_wkt()):
        raise _wrong_crs(path, dataset)


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
        hint="A single JPG or PNG patch can be classified as a picture.",
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
    shape: tuple[int, int] = (0, 0)
    """Rows and columns of the file."""
    tag_scale: float = 1.0
    """Scale and offset written in the file (reflectance = value * scale + offset); 1 and 0 where there is none."""
    tag_offset: float = 0.0
    mask_index: int = 0
    """Band of the file that is 0 where there is no measurement (alpha, dataMask); 0 where there is none."""
    fills: tuple[float, ...] = ()
    """Values that stand for no-data though the file does not say so (fills.py)."""
    fills_within: tuple[float, ...] = ()
    """The same, but measurements may have such a value: only where a whole area has it."""
    limits: tuple[float, float] = (-math.inf, math.inf)
    """Least and largest number that can be a reflectance; all beyond is no-data."""


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
            hint="Export it as a georeferenced GeoTIFF; a single patch can be classified as a picture.",
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
    from rasterio.enums import MaskFlags
    from rasterio.errors import RasterioError

    try:
        values = dataset.read(layer.index, window=window, out_shape=shape).astype(np.float32)
        mask = np.ones(values.shape, np.bool_)
        if layer.mask_index:
            mask = dataset.read(layer.mask_index, window=window, out_shape=shape) > 0
        elif MaskFlags.per_dataset in dataset.mask_flag_enums[layer.index - 1]:
            mask = dataset.read_masks(layer.index, window=window, out_shape=shape) > 0
    except RasterioError as error:
        raise damaged(layer.path) from error
    missing = values == 0  # DN 0 is no-data in every Sentinel-2 product; exports write it as well
    named = (() if layer.nodata is None else (layer.nodata,), layer.fills)
    for value in (v for part in named for v in part if not math.isnan(v)):
        missing |= values == np.float32(value)
    for value in layer.fills_within:
        missing |= _areas_of(values == np.float32(value))
    missing |= ~((values >= layer.limits[0]) & (values <= layer.limits[1])) | (np.abs(values) > MAX_NUMBER)
    missing |= ~mask
    values[missing] = np.nan
    return values


def thinned(layer: RasterLayer, dataset: Any, shape: tuple[int, int], window: Any = None) -> tuple[int, int]:
    """Choose at how many rows and columns a part is read, so that not every block of a huge file is unpacked.

    Args:
        layer: what to read.
        dataset: its open file.
        shape: rows and columns that would be enough.
        window: rasterio window; None for the whole.

    Returns:
        ``shape``, or less where the blocks under so many pixels hold more than :data:`MAX_UNPACKED_PX`.
    """
    if dataset.overviews(layer.index):
        return shape
    sides = (dataset.height, dataset.width) if window is None else (window.height, window.width)
    block = dataset.block_shapes[layer.index - 1]
    n_blocks = [math.ceil(side / of_block) for side, of_block in zip(sides, block, strict=True)]
    touched = [min(n, want) for n, want in zip(n_blocks, shape, strict=True)]
    share = MAX_UNPACKED_PX / (math.prod(touched) * math.prod(block))
    if share >= 1:
        return shape
    if min(touched) == 1:  # strips: along them every pixel is there once the block is
        rows, cols = (want if n == 1 else max(int(n * share), 1) for n, want in zip(touched, shape, strict=True))
    else:
        rows, cols = (max(int(n * math.sqrt(share)), 1) for n in touched)
    return rows, cols


def _areas_of(same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of the pixels of one value those that lie together, without the single ones."""
    from scipy.ndimage import maximum_filter, minimum_filter

    core = minimum_filter(same, 3, mode="nearest")
    return np.asarray(maximum_filter(core, 7, mode="nearest") & same)


def sample(layer: RasterLayer, dataset: Any) -> NDArray[np.float32]:
    """Read values spread over the whole file, for statistics: the same places in every layer of a file.

    Returns:
        float32 (n,), NaN where there is no measurement.
    """
    return np.concatenate([values.ravel() for values in sample_windows(layer, dataset)])


def sample_windows(layer: RasterLayer, dataset: Any) -> list[NDArray[np.float32]]:
    """Read parts spread over the whole file: the same places in every layer of files of one shape.

    Returns:
        float32 (rows, columns) each, NaN where there is no measurement.
    """
    from rasterio.windows import Window

    rows, cols = dataset.height, dataset.width
    if rows * cols <= SAMPLE_SIDE_PX**2:
        return [read_values(layer, dataset)]
    if dataset.overviews(layer.index):
        step = math.sqrt(rows * cols) / SAMPLE_SIDE_PX
        values = read_values(layer, dataset, shape=(max(int(rows / step), 1), max(int(cols / step), 1)))
        values[_beside(np.isnan(values))] = np.nan  # overviews are means, there of measurements and no-data
        return [values]
    # Without overviews a thinned-out read would decode the whole file: look through five by five small windows.
    side = SAMPLE_SIDE_PX // 5
    corners = [(int((rows - side) * i / 4), int((cols - side) * j / 4)) for i, j in np.ndindex(5, 5)]
    windows = [Window(max(col, 0), max(row, 0), min(side, cols), min(side, rows)) for row, col in corners]
    return [read_values(layer, dataset, window) for window in windows]


def _beside(missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import maximum_filter

    return np.asarray(maximum_filter(missing, 3)) if missing.any() else missing
