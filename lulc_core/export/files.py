"""Files of a result as bytes, and their way to the disk: all of them, or none."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.errors import SourceError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.projection import to_lonlat
from lulc_core.export.cog import Overviews, cog

COORDINATE_DECIMALS = 7
"""Of a degree: about 1 cm."""


def write_files(files: Mapping[str, bytes], folder: Path, *, what: str) -> tuple[Path, ...]:
    """Writes files under temporary names and renames them once all are complete.

    Files of these names are replaced, whatever else lies in the folder is left alone. After a failure, or Ctrl-C,
    nothing half-written and no folder made for it remains.

    Args:
        files: contents by name.
        folder: made where it does not exist.
        what: of them all, for the sentence where it fails: ``the comparison``.

    Returns:
        The paths, in the order given.

    Raises:
        SourceError: the disk is full, the folder must not be written to.
    """
    made = [p for p in (folder, *folder.parents) if not p.exists()]
    temporary = {name: folder / f".{name}.{os.getpid()}.part" for name in files}
    complete = False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            temporary[name].write_bytes(data)
        for name in files:
            temporary[name].replace(folder / name)
        complete = True
    except OSError as error:
        raise SourceError(
            f"{what[:1].upper()}{what[1:]} cannot be written to {folder}: {error.strerror or error}.",
            hint="Give a folder that you may write to, on a disk with room.",
        ) from error
    finally:
        if not complete:  # also after Ctrl-C
            for path in temporary.values():
                with suppress(OSError):
                    path.unlink()
            for path in made:
                with suppress(OSError):  # a folder that holds something stays
                    path.rmdir()
    return tuple(folder / name for name in files)


def tile_raster(
    grid: TileGrid,
    bands: NDArray[Any],
    descriptions: Sequence[str],
    *,
    nodata: float | None,
    tags: Mapping[str, str],
    colors: Mapping[int, tuple[int, int, int, int]] | None = None,
    names: Mapping[str, str] | None = None,
    overviews: Overviews = "NEAREST",
) -> bytes:
    """A cloud-optimised GeoTIFF with one pixel per cell of a grid, on its UTM zone; arguments as of ``cog.cog``.

    Args:
        grid: the cells.
        bands: (bands, rows, columns).
        descriptions: a name for each band.
        nodata: value of pixels without a value.
        tags: metadata of the file.
        colors: RGBA by value.
        names: what the values of the first band mean.
        overviews: how smaller copies are made.
    """
    return cog(
        bands,
        epsg=grid.epsg,
        transform=grid.tile_transform,
        descriptions=descriptions,
        nodata=nodata,
        tags=tags,
        colors=colors,
        names=names,
        overviews=overviews,
    )


class TileOutlines:
    """GeoJSON geometries of the cells of a grid; all corners are projected at once."""

    def __init__(self, grid: TileGrid) -> None:
        left, _, _, top = grid.bounds
        side = grid.cell_m
        x, y = np.meshgrid(left + side * np.arange(grid.n_cols + 1), top - side * np.arange(grid.n_rows + 1))
        self._lon, self._lat = to_lonlat(grid.epsg, x, y)

    def geometry(self, row: int, col: int) -> dict[str, Any]:
        """The whole cell in longitude and latitude, counter-clockwise, cut at the antimeridian (RFC 7946, 3.1.9)."""
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


def zip_files(files: Mapping[str, bytes], folder: str) -> bytes:
    """A zip archive of files in one folder; the same files give the same bytes.

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
