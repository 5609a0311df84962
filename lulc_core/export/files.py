"""Parts that several files of a result share: rasters of cells, outlines of cells, archives."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.projection import to_lonlat
from lulc_core.export.cog import cog
from lulc_core.export.provenance import licence

COORDINATE_DECIMALS = 7
"""Of a degree: about 1 cm."""


def tile_raster(grid: TileGrid, bands: NDArray[Any], descriptions: Sequence[str], **options: Any) -> bytes:
    """Make a cloud-optimised GeoTIFF with one pixel per cell of a grid, on its UTM zone.

    Args:
        grid: the cells.
        bands: (bands, rows, columns).
        descriptions: a name for each band.
        **options: further arguments of ``cog.cog``.
    """
    return cog(bands, epsg=grid.epsg, transform=grid.tile_transform, descriptions=descriptions, **options)


class TileOutlines:
    """GeoJSON geometries of the cells of a grid; all corners are projected at once."""

    def __init__(self, grid: TileGrid) -> None:
        left, _, _, top = grid.bounds
        side = grid.cell_m
        x, y = np.meshgrid(left + side * np.arange(grid.n_cols + 1), top - side * np.arange(grid.n_rows + 1))
        self._lon, self._lat = to_lonlat(grid.epsg, x, y)

    def geometry(self, row: int, col: int) -> dict[str, Any]:
        """Outline the whole cell in longitude and latitude, counter-clockwise, cut at the antimeridian (RFC 7946)."""
        corners = [(row + 1, col), (row + 1, col + 1), (row, col + 1), (row, col), (row + 1, col)]
        ring = [(float(self._lon[k]), float(self._lat[k])) for k in corners]
        lons = [x for x, _ in ring]
        if max(lons) - min(lons) <= 180:
            return {"type": "Polygon", "coordinates": [_rounded(ring)]}
        whole = shapely.Polygon([(x % 360, y) for x, y in ring])
        parts = []
        for west, shift in ((0, 0), (180, -360)):
            part = shapely.intersection(whole, shapely.box(west, -90, west + 180, 90))
            if part.area > 0:
                outline = shapely.get_coordinates(shapely.orient_polygons(part))
                parts.append([_rounded([(x + shift, y) for x, y in outline])])
        return {"type": "MultiPolygon", "coordinates": parts}


def _rounded(ring: Sequence[tuple[float, float]]) -> list[list[float]]:
    return [[round(float(x), COORDINATE_DECIMALS), round(float(y), COORDINATE_DECIMALS)] for x, y in ring]


def probabilities_by_class(land_cover: LandCoverMap, row: int, col: int) -> dict[str, float]:
    """Return the ten probabilities of a cell by the names of their classes, six decimals."""
    return {n: round(float(p), 6) for n, p in zip(CLASS_NAMES, land_cover.probabilities[row, col], strict=True)}


def feature_collection(name: str, features: Iterable[Mapping[str, Any]], *, attribution: str, simulated: bool) -> str:
    """Write a GeoJSON FeatureCollection, one feature a line."""
    head = {
        "type": "FeatureCollection",
        "name": name,
        "attribution": attribution,
        "licence": licence(simulated),
        "simulated": simulated,
    }
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, allow_nan=False) for f in features)
    return json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + lines + "\n]}\n"


def json_bytes(value: Mapping[str, Any], *, indent: int = 1) -> bytes:
    """Write a JSON file: UTF-8, no NaN, a line feed at the end."""
    return (json.dumps(dict(value), indent=indent, ensure_ascii=False, allow_nan=False) + "\n").encode()


def zip_files(files: Mapping[str, bytes], folder: str) -> bytes:
    """Pack files into a zip archive, in one folder; the same files give the same bytes.

    Args:
        files: content by name.
        folder: name of the folder inside the archive.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files.items():
            # ZipInfo without a date carries a fixed one.
            bundle.writestr(zipfile.ZipInfo(f"{folder}/{name}"), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
