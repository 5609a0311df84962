"""The L2A twin of an acquisition at Earth Search: scene classification; surface reflectance where L1C is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.radiometry import BASELINE_04_OFFSET
from lulc_core.sources.byte_store import ByteStore
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.geotiff.on_grid import to_grid
from lulc_core.sources.geotiff.read import RasterLayer
from lulc_core.sources.open_archive.cog import open_cog
from lulc_core.sources.open_archive.coverage import Part, plan_parts
from lulc_core.sources.open_archive.granules import GranuleSquare, square_of
from lulc_core.sources.open_archive.l1c import harmonise
from lulc_core.sources.open_archive.stac import L2A, TwinItem
from lulc_core.sources.open_archive.web import NotThereError, Web

ASSETS = {
    "B01": "coastal",
    "B02": "blue",
    "B03": "green",
    "B04": "red",
    "B05": "rededge1",
    "B06": "rededge2",
    "B07": "rededge3",
    "B08": "nir",
    "B8A": "nir08",
    "B09": "nir09",
    "B11": "swir16",
    "B12": "swir22",
}
"""Keys of the assets by band. Source: Earth Search items; names in ``eo:bands`` differ between years, keys do not."""
_GROUND = (4, 5, 6)  # SCL: vegetation, bare, water
_SAMPLE_PX = 400
_DARKEST_PERCENTILE = 1.0


@dataclass(frozen=True)
class Offset:
    """What must be added to an item's numbers, and how that is known."""

    value: int
    why: str


def best_twins(items: Sequence[TwinItem], needed: Sequence[str]) -> list[tuple[GranuleSquare, TwinItem]]:
    """Choose one item for each granule: Collection 1 first, then the newest baseline; items without assets are none."""
    best: dict[str, tuple[GranuleSquare, TwinItem]] = {}
    for item in sorted(items, key=lambda i: (i.collection == L2A[0], i.baseline, i.id)):
        square = square_of(item.tile)
        if square is not None and all(key in item.assets for key in needed):
            best[item.tile] = square, item
    return [best[tile] for tile in sorted(best)]


def plan(grid: TileGrid, wanted: NDArray[np.bool_], twins: Sequence[tuple[GranuleSquare, TwinItem]]) -> list[Part]:
    """Share out the tiles of a grid among items; see :func:`plan_parts`."""
    return plan_parts(grid, wanted, [(square, item.footprint) for square, item in twins])


def read_asset(
    web: Web,
    store: ByteStore,
    twins: Sequence[tuple[GranuleSquare, TwinItem]],
    parts: Sequence[Part],
    grid: TileGrid,
    key: str,
    control: Control,
    *,
    offsets: Sequence[Offset] | None = None,
) -> NDArray[np.uint16]:
    """Read one asset of the planned tiles.

    Args:
        web, store: client, and where the parts of files are kept.
        twins, parts: items, and which tiles each gives.
        grid: of whole tiles.
        key: of the asset.
        control: deadline and stop.
        offsets: of each item, for bands; None for classes, which are taken from the nearest pixel.

    Returns:
        uint16 (rows, columns) of the grid: classes, or 10,000 times reflectance; 0 where there is nothing.

    Raises:
        NotThereError: an item lacks the asset.
        SourceError: bytes did not come, or are damaged.
    """
    out = np.zeros(grid.shape_px, np.uint16)
    for part in parts:
        item = twins[part.index][1]
        if key not in item.assets:
            raise NotThereError(f"The item {item.id} has no asset {key}.", hint="Choose another date.")
        with open_cog(web, item.assets[key], control, store) as dataset:
            pixel_m = abs(dataset.transform.a)
            layer = RasterLayer("", Path(key), 1, pixel_m, dataset.nodata, is_float=False)
            dn = to_grid(layer, dataset, grid.bounds, grid.shape_px, grid.epsg, nearest=offsets is None)
        fresh = (out == 0) & np.kron(part.tiles, np.ones((TILE_PX, TILE_PX), bool))
        values = harmonise(dn, offsets[part.index].value if offsets is not None else 0)
        out[fresh] = values[fresh]
    return out


def offset_of(web: Web, store: ByteStore, item: TwinItem, control: Control) -> Offset:
    """Decide what must be added to an item's numbers: -1000, or nothing where that has been done.

    Collection 1 keeps the offset. In the older collection it was taken off when the files were made, mostly, and the
    flag that says so is at times wrong; where it says no, the pixels are asked: ground is never so bright in all bands
    that the darkest hundredth of every one lies above 1000.

    Raises:
        SourceError: bytes did not come.
    """
    if item.collection == L2A[0]:
        return Offset(BASELINE_04_OFFSET, "Collection 1 keeps it")
    if item.baseline < 4.0:
        return Offset(0, f"baseline {item.baseline:05.2f} has none")
    if item.offset_removed:
        return Offset(0, "the catalogue says that it was taken off")
    darkest = min(_darkest(web, store, item, key, control) for key in ASSETS.values() if key in item.assets)
    if not np.isfinite(darkest):
        return Offset(BASELINE_04_OFFSET, "the catalogue says that it is in the pixels, which show no ground")
    if darkest > -BASELINE_04_OFFSET:
        return Offset(BASELINE_04_OFFSET, f"the darkest ground of all bands is {darkest:,.0f}, so it is in the pixels")
    return Offset(0, f"the darkest ground of all bands is {darkest:,.0f}, so it is not in the pixels")


def _darkest(web: Web, store: ByteStore, item: TwinItem, key: str, control: Control) -> float:
    """The first percentile of a band over ground, from an overview; infinite where there is no ground."""
    classes = _overview(web, store, item.assets["scl"], control)
    values = _overview(web, store, item.assets[key], control)
    ground = np.isin(classes, _GROUND) & (values > 0)
    return float(np.percentile(values[ground], _DARKEST_PERCENTILE)) if ground.any() else float("inf")


def _overview(web: Web, store: ByteStore, url: str, control: Control) -> NDArray[np.uint16]:
    with open_cog(web, url, control, store) as dataset:
        pixels: NDArray[np.uint16] = dataset.read(1, out_shape=(_SAMPLE_PX, _SAMPLE_PX))
    return pixels
