"""Cloud-optimised GeoTIFFs in memory: tiled, compressed, with overviews; the same arrays give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Overviews = Literal["MODE", "AVERAGE", "NEAREST"]
"""How smaller copies of a raster are made: ``MODE`` for classes, ``AVERAGE`` for measures, ``NEAREST`` for codes."""


def cog(
    bands: NDArray[Any],
    *,
    epsg: int,
    transform: Sequence[float],
    descriptions: Sequence[str] = (),
    nodata: float | None = None,
    tags: Mapping[str, str] | None = None,
    colors: Mapping[int, tuple[int, int, int, int]] | None = None,
    names: Mapping[str, str] | None = None,
    overviews: Overviews = "NEAREST",
) -> bytes:
    """Make a cloud-optimised GeoTIFF.

    Args:
        bands: (bands, rows, columns). Three bands of uint8 become red, green, blue.
        epsg: of the raster's plane.
        transform: affine ``(a, b, c, d, e, f)`` of the pixels.
        descriptions: a name for each band.
        nodata: value of pixels without a value; None where all have one.
        tags: metadata of the file.
        colors: RGBA by value, for the colour table of the first band.
        names: tags of the first band that say what its values mean, such as ``class_1: Forest``. GDAL keeps category
            names in a file of its own beside a GeoTIFF (see ``qgis.aux_xml``); tags travel inside it.
        overviews: how smaller copies are made; there are none below 512 pixels a side.
    """
    from rasterio.crs import CRS
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy
    from rasterio.transform import Affine

    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": bands.shape[1],
        "width": bands.shape[2],
        "count": len(bands),
        "dtype": bands.dtype.name,
        "crs": CRS.from_epsg(epsg),
        "transform": Affine(*transform),
        "nodata": nodata,
        "interleave": "band",
    }
    if len(bands) == 3 and bands.dtype == np.uint8:
        profile["photometric"] = "RGB"
    with MemoryFile(ext=".tif") as plain, MemoryFile(ext=".tif") as optimised:
        with plain.open(**profile) as file:
            file.write(bands)
            for i, text in enumerate(descriptions, start=1):
                file.set_band_description(i, text)
            if colors is not None:
                file.write_colormap(1, dict(colors))
            if names is not None:
                file.update_tags(1, **names)
            file.update_tags(**(tags or {}))
        with plain.open() as file:
            copy(
                file,
                optimised.name,
                driver="COG",
                compress="DEFLATE",
                predictor="YES",
                overview_resampling=overviews,
            )
        return bytes(optimised.getbuffer())


def cog_of_file(plain: Path, optimised: Path, *, overviews: Overviews) -> None:
    """Make a cloud-optimised GeoTIFF of a plain one on disk, in pieces: it may be larger than memory.

    Args:
        plain: a GeoTIFF.
        optimised: is written; of any name.
        overviews: as in :func:`cog`.
    """
    import rasterio
    from rasterio.shutil import copy

    with rasterio.Env(GDAL_CACHEMAX=128), rasterio.open(plain, driver="GTiff") as file:
        copy(
            file,
            str(optimised),
            driver="COG",
            compress="DEFLATE",
            predictor="YES",
            overview_resampling=overviews,
            bigtiff="IF_SAFER",
        )


def read_cog(data: bytes) -> NDArray[Any]:
    """Read all bands of a GeoTIFF in memory, (bands, rows, columns).

    Raises:
        ValueError: it is none, or damaged.
    """
    from rasterio.errors import RasterioError
    from rasterio.io import MemoryFile

    try:
        with MemoryFile(data) as memory, memory.open(driver="GTiff") as file:
            bands: NDArray[Any] = file.read()
    except (RasterioError, MemoryError) as error:
        raise ValueError(f"not a readable GeoTIFF ({type(error).__name__})") from error
    return bands
