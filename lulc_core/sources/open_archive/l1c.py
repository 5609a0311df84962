"""Top-of-atmosphere reflectance (L1C) of one acquisition from the bucket: which products are there, bands on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import band as band_facts
from lulc_core.domain.errors import ServiceError
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.radiometry import QUANTIFICATION
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.geotiff.on_grid import to_grid
from lulc_core.sources.geotiff.read import RasterLayer
from lulc_core.sources.open_archive.bucket import Bucket
from lulc_core.sources.open_archive.coverage import Part, bounds_in, plan_parts, windows_of
from lulc_core.sources.open_archive.granules import GranuleSquare
from lulc_core.sources.open_archive.jp2 import Header
from lulc_core.sources.open_archive.jp2_file import Jp2File
from lulc_core.sources.open_archive.products import Metadata, Product, newest_first
from lulc_core.sources.open_archive.web import NotThereError

MAX_LOST_SHARE = 0.05
"""Of a product's pixels well inside its footprint: more zeros than this are lost bytes, not the edge of a swath."""
_MARGIN_PX = 3
"""Pixels around that resampling looks at, and one for rounding."""


@dataclass(frozen=True)
class Held:
    """A product of the bucket with its metadata."""

    product: Product
    square: GranuleSquare
    metadata: Metadata


def find_products(
    bucket: Bucket, acquisition: Acquisition, square: GranuleSquare, control: Control
) -> tuple[list[Held], list[str]]:
    """Find what the bucket has of an overpass over one granule: the newest baseline, whole or in parts.

    Returns:
        Products of one baseline, and notes on those that could not be used.

    Raises:
        SourceError: the bucket does not answer.
    """
    products = newest_first(bucket.products_at(square, acquisition.satellite, acquisition.datetime, control))
    held: list[Held] = []
    notes: list[str] = []
    for product in products:
        if held and product.baseline != held[0].product.baseline:
            break
        try:
            held.append(Held(product, square, bucket.metadata(product, control)))
        except ServiceError as error:  # a folder without metadata: of what offset its numbers have nobody knows
            notes.append(f"The product {product.name} was left out: {error.message}")
    return held, notes


def plan(grid: TileGrid, wanted: NDArray[np.bool_], held: Sequence[Held]) -> list[Part]:
    """Share out the tiles of a grid among products; see :func:`plan_parts`."""
    return plan_parts(grid, wanted, [(h.square, h.metadata.footprint) for h in held])


def read_band(
    bucket: Bucket,
    held: Sequence[Held],
    parts: Sequence[Part],
    grid: TileGrid,
    band: str,
    control: Control,
    *,
    nearest: bool = False,
) -> NDArray[np.uint16]:
    """Read a band of the planned tiles; with ``nearest`` each pixel of the grid is the satellite's that it lies in.

    Returns:
        uint16 (rows, columns) of the grid: 10,000 times reflectance, the offset taken off; 0 where not observed.

    Raises:
        NotThereError: a product has no file of this band.
        SourceError: bytes did not come, or are damaged.
    """
    out = np.zeros(grid.shape_px, np.uint16)
    for part in parts:
        one = held[part.index]
        files = bucket.bands(one.product, control)
        if band not in files:
            raise NotThereError(
                f"The product {one.product.name} has no file of band {band}.", hint="Choose another date."
            )
        path = files[band]
        file = Jp2File(bucket.web, bucket.url(path), path, bucket.store)
        dn = _on_grid(file, one.square, grid, part.tiles, band_facts(band).pixel_m, control, nearest=nearest)
        _check_lost(dn, part.sure, grid, band, one)
        fresh = (out == 0) & np.kron(part.tiles, np.ones((TILE_PX, TILE_PX), bool))
        out[fresh] = harmonise(dn, one.metadata.offsets[band], one.metadata.quantification)[fresh]
    return out


def harmonise(dn: NDArray[np.float32], offset: int, quantification: float = QUANTIFICATION) -> NDArray[np.uint16]:
    """Take a product's offset off: 10,000 times reflectance, at least 1 where there is a measurement (not 0 or NaN)."""
    valid = np.isfinite(dn) & (dn > 0)
    scaled = (np.where(valid, dn, 0) + offset) * (QUANTIFICATION / quantification)
    return np.where(valid, np.clip(np.rint(scaled), 1, 65535), 0).astype(np.uint16)


def read_classes(
    bucket: Bucket, one: Held, path: str, grid: TileGrid, tiles: NDArray[np.bool_], control: Control
) -> NDArray[np.float32]:
    """Read a mask of several channels (``MSK_CLASSI_B00.jp2``) with nearest pixels.

    Returns:
        float32 (channels, rows, columns), NaN where there is none.
    """
    file = Jp2File(bucket.web, bucket.url(path), path, bucket.store)
    return _on_grid(file, one.square, grid, tiles, 60, control, classes=True)


def _on_grid(
    file: Jp2File,
    square: GranuleSquare,
    grid: TileGrid,
    tiles: NDArray[np.bool_],
    pixel_m: float,
    control: Control,
    *,
    classes: bool = False,
    nearest: bool = False,
) -> NDArray[np.float32]:
    header = file.header(control)
    pixel_m = header.pixel_m or pixel_m
    origin = _origin(header, square, pixel_m)
    blocks = set()
    for window in windows_of(
        bounds_in(grid, tiles, square.epsg), origin, pixel_m, (header.height, header.width), _MARGIN_PX
    ):
        r0, c0, r1, c1 = header.tiles_of(*window)
        blocks |= {(row, col) for row in range(r0, r1) for col in range(c0, c1)}
    if not blocks:
        return np.full(grid.shape_px, np.nan, np.float32)
    pixels = file.read(blocks, control)
    row0, col0 = min(r for r, _ in blocks), min(c for _, c in blocks)
    row1, col1 = max(r for r, _ in blocks) + 1, max(c for _, c in blocks) + 1
    top, left = row0 * header.tile_h, col0 * header.tile_w
    shape = min(row1 * header.tile_h, header.height) - top, min(col1 * header.tile_w, header.width) - left
    any_block = next(iter(pixels.values()))
    mosaic = np.zeros((*any_block.shape[:-2], *shape), any_block.dtype)
    for (row, col), block in pixels.items():
        y, x = row * header.tile_h - top, col * header.tile_w - left
        mosaic[..., y : y + block.shape[-2], x : x + block.shape[-1]] = block
    corner = origin[0] + left * pixel_m, origin[1] - top * pixel_m
    resample = partial(_resample, corner=corner, pixel_m=pixel_m, epsg=square.epsg, grid=grid)
    if not classes:
        return resample(mosaic, nearest=nearest)
    planes = mosaic if mosaic.ndim == 3 else mosaic[np.newaxis]
    # Classes begin at 0, which readers take for no-data: they travel one higher.
    return np.stack([resample(plane.astype(np.uint16) + 1, nearest=True) - 1 for plane in planes])


def _resample(
    values: NDArray[Any], *, corner: tuple[float, float], pixel_m: float, epsg: int, grid: TileGrid, nearest: bool
) -> NDArray[np.float32]:
    """Put a raster in memory on the grid as files of the user's are put on it."""
    from affine import Affine
    from rasterio.io import MemoryFile

    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": values.dtype.name,
        "crs": f"EPSG:{epsg}",
        "transform": Affine(pixel_m, 0.0, corner[0], 0.0, -pixel_m, corner[1]),
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as writer:
            writer.write(values, 1)
        with memory.open(driver="GTiff") as dataset:
            layer = RasterLayer("", Path(), 1, pixel_m, None, is_float=False)
            return to_grid(layer, dataset, grid.bounds, grid.shape_px, grid.epsg, nearest=nearest)


def _origin(header: Header, square: GranuleSquare, pixel_m: float) -> tuple[float, float]:
    """The corner that the file names; that of the granule where it names none, or the same within a pixel."""
    expected = float(square.left_m), float(square.top_m)
    named = header.origin
    if named is None or max(abs(named[0] - expected[0]), abs(named[1] - expected[1])) <= pixel_m:
        return expected
    return named


def _check_lost(dn: NDArray[np.float32], sure: NDArray[np.bool_], grid: TileGrid, band: str, one: Held) -> None:
    inside = np.kron(sure, np.ones((TILE_PX, TILE_PX), bool))
    if not inside.any():
        return
    lost = float(np.isnan(dn[inside]).mean())
    if lost > MAX_LOST_SHARE:
        raise ServiceError(
            f"{lost:.0%} of band {band} of {one.product.name} is empty where the satellite looked; "
            "such a map would show holes as land.",
            hint="Try again; if it stays so, choose another date.",
        )
