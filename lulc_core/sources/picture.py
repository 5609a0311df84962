"""A picture of one patch, such as EuroSAT's own JPEGs or a browser's export: class probabilities for it, no map."""

from __future__ import annotations

import struct
import tempfile
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import FileFormatError
from lulc_core.domain.grid import TILE_M, TILE_PX
from lulc_core.domain.radiometry import to_eurosat_rgb
from lulc_core.domain.results import Picture
from lulc_core.isolation.calls import isolated
from lulc_core.isolation.limits import PICTURE

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
MAX_PIXELS = 40_000_000
MAX_BYTES = 100 * 1024 * 1024
_ALLOWED = "a JPG, PNG, WebP or TIFF picture is needed."
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError)


def load_picture(picture: Path | str | bytes) -> Picture:
    """Read a JPG, PNG, WebP or TIFF picture.

    A TIFF with the bands of Sentinel-2 (such as EuroSAT's multispectral patches) is brought to EuroSAT's red, green
    and blue by the fixed stretch; any other picture is taken with the brightness that it has.

    Args:
        picture: path or content of the file.

    Raises:
        FileFormatError: no such file, not a picture, damaged, half, too large, or nothing to be seen in it.
    """
    return _load(picture if isinstance(picture, bytes) else Path(picture))


@isolated(PICTURE, name=lambda picture: "The picture" if isinstance(picture, bytes) else picture.name)
def _load(picture: Path | bytes) -> Picture:
    name = "The picture" if isinstance(picture, bytes) else picture.name
    data = picture if isinstance(picture, bytes) else _read(picture)
    if len(data) > MAX_BYTES:
        raise FileFormatError(f"{name} has {len(data) / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:,.0f} MB are allowed.")
    if not data:
        raise FileFormatError(f"{name} is empty; {_ALLOWED}")
    rgb, notes = _from_bands(data, name) if _is_multispectral(data) else _from_image(data, name)
    tile, resampled = _to_tile(rgb)
    return Picture(rgb, tile[np.newaxis], (*notes, *resampled))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileFormatError(f"{path.name} is larger than {MAX_BYTES / 1e6:,.0f} MB; that is no patch.")
        return path.read_bytes()
    except IsADirectoryError as error:
        raise FileFormatError(f"{path} is a folder; {_ALLOWED}", hint="Name the pictures in it.") from error
    except FileNotFoundError as error:
        raise FileFormatError(f"There is no file {path}.") from error
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror}.") from error


def _from_image(data: bytes, name: str) -> tuple[NDArray[np.uint8], list[str]]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit on size; ours is lower
            image: Any = Image.open(BytesIO(data), formats=FORMATS)
            _check_size(image.size, name)
            frames = getattr(image, "n_frames", 1)
            image = ImageOps.exif_transpose(image)
            image.load()
    except FileFormatError:  # our own, and a ValueError too
        raise
    except Image.DecompressionBombError as error:
        raise FileFormatError(f"{name} unpacks to far more pixels than any patch has.") from error
    except UnidentifiedImageError as error:
        raise FileFormatError(f"{name} is not a picture; {_ALLOWED}") from error
    except (*_BROKEN, struct.error, zlib.error) as error:
        raise FileFormatError(
            f"{name} is damaged or incomplete.", hint="Download or export the picture again."
        ) from error
    notes = [f"The first of {frames} pictures in the file was taken."] if frames > 1 else []
    # Pillow brings 16-bit colours to 8 bits without a word; the depth stands in the header (PNG, section 11.2.2).
    deep = data[:8] == b"\x89PNG\r\n\x1a\n" and data[24:25] == b"\x10"
    return _to_rgb(image, name, notes, deep=deep), notes


def _check_size(size: tuple[int, int], name: str) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise FileFormatError(
            f"{name} has {size[0]:,} x {size[1]:,} pixels; at most {MAX_PIXELS / 1e6:.0f} million are allowed.",
            hint=f"A patch of {TILE_M} m has {TILE_PX} x {TILE_PX}; for a whole scene use a GeoTIFF and draw an area.",
        )


def _to_rgb(image: Any, name: str, notes: list[str], *, deep: bool) -> NDArray[np.uint8]:
    from PIL import Image

    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        values = np.asarray(image, dtype=np.float64)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if not (np.isfinite([low, high]).all() and low >= 0 and high <= 65535):
            raise FileFormatError(f"{name} holds numbers from {low:g} to {high:g}; a picture has 8 or 16 bits.")
        notes.append("The grey levels of 16 bits were brought to 8 bits.")
        image = Image.fromarray(np.rint(values / 257).astype(np.uint8))
    elif deep:
        notes.append("The colours of 16 bits were brought to 8 bits.")
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        notes.append(f"The colours were converted from {image.mode}.")
    transparent = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    pixels = np.array(image.convert("RGBA" if transparent else "RGB"))
    rgb = _without_alpha(pixels, name, notes) if transparent else pixels
    if (rgb == rgb[..., :1]).all():
        notes.append("The picture is grey; the network learned from colours, so do not rely on the class.")
    return rgb


def _without_alpha(rgba: NDArray[np.uint8], name: str, notes: list[str]) -> NDArray[np.uint8]:
    seen = rgba[..., 3] > 127
    rgb = rgba[..., :3].copy()
    if seen.all():
        return rgb
    if not seen.any():
        raise FileFormatError(f"{name} shows nothing: every pixel is transparent.")
    rgb[~seen] = np.rint(rgb[seen].mean(axis=0)).astype(np.uint8)
    notes.append(f"{100 * (1 - seen.mean()):.0f} % of the picture is transparent and was filled with the mean colour.")
    return rgb


def _to_tile(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], list[str]]:
    from PIL import Image

    rows, cols = rgb.shape[:2]
    if (rows, cols) == (TILE_PX, TILE_PX):
        return rgb.copy(), []
    side = min(rows, cols)
    top, left = (rows - side) // 2, (cols - side) // 2
    square = Image.fromarray(np.ascontiguousarray(rgb[top : top + side, left : left + side]))
    steps = [] if rows == cols else ["cut to its middle square"]
    if side != TILE_PX:
        steps.append(f"resampled to {TILE_PX} x {TILE_PX}")
        square = square.resize((TILE_PX, TILE_PX), Image.Resampling.LANCZOS)
    note = (
        f"The picture has {cols} x {rows} pixels, not {TILE_PX} x {TILE_PX}; it was {' and '.join(steps)}. "
        f"The network expects {TILE_M} m of ground at 10 m a pixel, as bright as EuroSAT's pictures."
    )
    return np.array(square), [note]


def _is_multispectral(data: bytes) -> bool:
    """True for a TIFF that holds measurements, not a picture: more than four bands, or 16 bits and more in several."""
    if data[:4] not in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return False
    from rasterio.errors import RasterioError
    from rasterio.io import MemoryFile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with MemoryFile(data) as memory, memory.open(driver="GTiff") as dataset:
                return dataset.count > 4 or (dataset.count > 1 and dataset.dtypes[0] != "uint8")
        except RasterioError:
            return False  # Pillow says what is wrong with it


def _from_bands(data: bytes, name: str) -> tuple[NDArray[np.uint8], list[str]]:
    from lulc_core.sources.geotiff.inspect import inspect
    from lulc_core.sources.geotiff.read import open_raster, read_values

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (name if name.lower().endswith((".tif", ".tiff")) else "picture.tif")
        path.write_bytes(data)
        with open_raster(path) as dataset:
            _check_size((dataset.width, dataset.height), name)
            seen = _grey_levels(dataset)
        if seen is not None:
            return seen
        info = inspect([path], on_earth=False)
        layers = {layer.band: layer for layer in info.layers}
        missing = [b for b in RGB if b not in layers]
        if missing:
            raise FileFormatError(f"{name} has no band {', '.join(missing)}; it has {', '.join(info.bands)}.")
        with open_raster(path) as dataset:
            values = np.stack([read_values(layers[b], dataset) for b in RGB], axis=-1)
    if np.isnan(values).all():
        raise FileFormatError(f"{name} holds no measurement in red, green and blue.")
    reflectance = np.nan_to_num(info.to_reflectance(values), copy=False)
    notes = ["Red, green and blue were made from the bands B04, B03 and B02 as EuroSAT's pictures are.", *info.notes]
    if info.level == "L2A":
        notes.append("It is surface reflectance (L2A), darker than the pictures that the network learned from.")
    return to_eurosat_rgb(reflectance), notes


def _grey_levels(dataset: Any) -> tuple[NDArray[np.uint8], list[str]] | None:
    """Red, green and blue of a picture in 16 bits, told from DN by their range; None where they are measurements."""
    from lulc_core.sources.geotiff.radiometry import MAX_NATURAL_DN

    if dataset.count not in (3, 4) or dataset.dtypes[0] != "uint16":
        return None
    rgb = np.moveaxis(dataset.read([1, 2, 3]), 0, -1)
    top = float(np.percentile(rgb, 99.9))
    if top <= 255:
        return rgb.clip(0, 255).astype(np.uint8), []
    if top <= MAX_NATURAL_DN:
        return None
    return np.rint(rgb / 257).astype(np.uint8), ["The colours of 16 bits were brought to 8 bits."]
