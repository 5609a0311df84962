"""EuroSAT's multispectral patches: 13 bands of top-of-atmosphere reflectance as uint16, brought to 8 bits.

The files hold B01 to B08, B09 to B12 and B8A last. Here red, green and blue come first, in the stretch of EuroSAT's
pictures, so that light is judged and looks as there; the others follow in the order of the file, those beyond the
visible at half the contrast, since vegetation reflects twice as much there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import FileFormatError
from lulc_core.domain.radiometry import to_eurosat_band, to_reflectance

FILE_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B09", "B10", "B11", "B12", "B8A")
ALL_BANDS = ("B04", "B03", "B02", "B01", "B05", "B06", "B07", "B08", "B09", "B10", "B11", "B12", "B8A")


def to_grey(reflectance: NDArray[np.floating], bands: Sequence[str] = ALL_BANDS) -> NDArray[np.uint8]:
    """Convert reflectance (..., bands) to 1 to 255, as maps do for such networks."""
    return np.stack([to_eurosat_band(reflectance[..., i], band) for i, band in enumerate(bands)], axis=-1)


def decode_multispectral(data: bytes, stem: str) -> NDArray[np.uint8]:
    """Decode one GeoTIFF patch.

    Returns:
        uint8 (64, 64, 13), ALL_BANDS in grey levels.

    Raises:
        FileFormatError: it is no GeoTIFF of 64 x 64 px and 13 bands.
    """
    values, _ = _read(data, stem)
    if values.shape != (len(FILE_BANDS), 64, 64):
        raise FileFormatError(
            f"{stem} has {values.shape[0]} bands of {values.shape[2]} x {values.shape[1]} pixels; multispectral "
            "patches have 13 of 64 x 64.",
            hint="Give the public EuroSAT_MS.zip.",
        )
    order = [FILE_BANDS.index(b) for b in ALL_BANDS]
    return to_grey(np.moveaxis(to_reflectance(values[order]), 0, -1))  # (13, 64, 64) -> (64, 64, 13)


def longitude_of(data: bytes, stem: str) -> float:
    """Read the longitude of the middle of one GeoTIFF patch, in degrees east.

    Raises:
        FileFormatError: it is no GeoTIFF, or does not say where it lies.
    """
    from rasterio.warp import transform

    _, place = _read(data, stem)
    if place is None:
        raise FileFormatError(f"{stem} does not say where it lies.", hint="Give the public EuroSAT_MS.zip.")
    crs, x, y = place
    return float(transform(crs, "EPSG:4326", [x], [y])[0][0])


def _read(data: bytes, stem: str) -> tuple[NDArray[np.uint16], tuple[Any, float, float] | None]:
    """Read pixels (bands, H, W) and, where the file has one, coordinate system, x and y of the middle."""
    import warnings

    from rasterio.errors import NotGeoreferencedWarning, RasterioError
    from rasterio.io import MemoryFile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with MemoryFile(data) as memory, memory.open(driver="GTiff") as file:
                x, y = file.transform @ (file.width / 2, file.height / 2)
                return file.read(), (file.crs, x, y) if file.crs else None
    except (RasterioError, ValueError) as e:
        raise FileFormatError(f"{stem} is no readable GeoTIFF ({e}).", hint="Fetch the file again.") from e
