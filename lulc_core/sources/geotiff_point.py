"""The file's own pixel under a place: nothing resampled, whatever the coordinate system."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lulc_core.domain.radiometry import to_reflectance
from lulc_core.sources.geotiff import GeoTiffSource
from lulc_core.sources.geotiff_read import open_raster, read_values


def file_pixel(source: GeoTiffSource, bands: Sequence[str], lon: float, lat: float) -> dict[str, float]:
    """Reflectance of the pixel of the file that a place lies in.

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
    from pyproj import Transformer
    from rasterio.windows import Window

    found: dict[str, float] = {}
    info = source.info
    for layer in info.layers:
        if layer.band not in bands:
            continue
        with open_raster(layer.path) as dataset:
            forward = Transformer.from_crs("EPSG:4326", dataset.crs.to_wkt(), always_xy=True)
            x, y = forward.transform((lon + 180) % 360 - 180, lat)
            for turn in (0, 360, -360) if dataset.crs.is_geographic else (0,):
                col, row = ~dataset.transform @ (x + turn, y)
                if not (math.isfinite(col) and math.isfinite(row)):
                    continue
                i, j = math.floor(row), math.floor(col)
                if 0 <= i < dataset.height and 0 <= j < dataset.width:
                    dn = read_values(layer, dataset, Window(j, i, 1, 1))
                    if math.isfinite(dn[0, 0]):
                        found[layer.band] = float(
                            to_reflectance(dn, offset=info.offset, quantification=info.scale)[0, 0]
                        )
                    break
    return found
