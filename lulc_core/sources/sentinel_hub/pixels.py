"""Pixels of one acquisition on a grid: from the cache first, then from the service, each tile once.

:func:`load_tiles` puts what the cache holds into the mosaics, covers the rest with rectangles (tile_plan), fetches
several of these at once, and puts and keeps the tiles of each as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import SourceError
from lulc_core.domain.grid import Block, TileGrid
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled
from lulc_core.domain.radiometry import to_reflectance
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.cache import CacheKey, LatticeTile, TileCache
from lulc_core.sources.deadline_jobs import Job
from lulc_core.sources.sentinel_hub.login import Account
from lulc_core.sources.sentinel_hub.requests import (
    SCL_LAYER,
    SETTLED,
    HubLayer,
    fetch_layer,
    reflectance_layer,
)
from lulc_core.sources.sentinel_hub.tile_plan import plan_rectangles


class BandMosaic:
    """Reflectance of the bands asked for.

    Attributes:
        reflectance: float32 (bands, rows, columns), unitless, 0 where not observed.
        observed: bool (rows, columns).
    """

    def __init__(self, grid: TileGrid, bands: Sequence[str]) -> None:
        self._grid = grid
        exact, full = reflectance_layer(bands), reflectance_layer(BAND_NAMES)
        # Tiles of which all 13 bands are kept serve any choice of bands.
        self.layers = (exact,) if exact == full else (exact, full)
        self._channels = {layer: [layer.bands.index(b) for b in bands] for layer in self.layers}
        self.reflectance = np.zeros((len(bands), *grid.shape_px), np.float32)
        self.observed = np.zeros(grid.shape_px, bool)

    def put(self, row: int, col: int, pixels: NDArray[Any], layer: HubLayer) -> None:
        """Put in one tile's digital numbers and mask, (channels, 64, 64); the service has harmonised them already."""
        rows, cols = self._grid.tile_slices(row, col)
        self.reflectance[:, rows, cols] = to_reflectance(pixels[self._channels[layer]])
        self.observed[rows, cols] = pixels[-1] > 0


class SclMosaic:
    """The scene classification.

    Attributes:
        scl: uint8 (rows, columns), 0 where nothing is known.
    """

    layers = (SCL_LAYER,)

    def __init__(self, grid: TileGrid) -> None:
        self._grid = grid
        self.scl = np.zeros(grid.shape_px, np.uint8)

    def put(self, row: int, col: int, pixels: NDArray[Any], layer: HubLayer) -> None:
        """Put in one tile's classes and mask, (2, 64, 64)."""
        rows, cols = self._grid.tile_slices(row, col)
        self.scl[rows, cols] = pixels[0] * (pixels[-1] > 0)


Mosaic = BandMosaic | SclMosaic
"""Arrays on a grid that are filled tile by tile."""


def load_tiles(
    mosaics: Sequence[Mosaic],
    acquisition: Acquisition,
    grid: TileGrid,
    *,
    source: str,
    cache: TileCache,
    login: Callable[[], Account],
    report: Progress,
    cancelled: Cancelled | None,
) -> list[str]:
    """Fill the tiles of the mosaics that have ground in the drawn shape.

    Args:
        mosaics: arrays on ``grid``.
        acquisition: whose pixels.
        grid: the tiles.
        source: of the cache keys, without anything secret.
        cache: read first; gets what was fetched.
        login: called only where something must be fetched.
        report: gets progress, 0 to 0.98.
        cancelled: asked all the time.

    Returns:
        Notes for the user.

    Raises:
        SourceError: the service failed. What had come until then is kept.
        CancelledError: ``cancelled()`` said so.
    """

    def key(layer: HubLayer) -> CacheKey:
        return CacheKey(source, acquisition.id, layer.name, grid.epsg, layer.channels, layer.dtype.name)

    # 1. From the cache.
    report(0.0, "Looking through what is kept")
    missing: list[tuple[Mosaic, Block]] = []
    for mosaic in mosaics:
        held = np.zeros(grid.shape, bool)  # (rows, columns) of tiles
        for layer in mosaic.layers:
            needed = np.argwhere(grid.inside & ~held).tolist()
            places = {(grid.east0 + col, grid.north0 - row): (row, col) for row, col in needed}
            for tile, pixels in cache.read(key(layer), places):
                check_cancelled(cancelled)
                mosaic.put(*places[tile], pixels, layer)
                held[places[tile]] = True
        missing += [(mosaic, block) for block in plan_rectangles(grid.inside & ~held, held)]
    if not missing:
        return []

    # 2. From the service, the largest pictures first: they are what the user waits for.
    missing.sort(key=lambda item: -item[1].n_tiles * item[0].layers[0].channels)
    account = login()
    jobs: list[Job[NDArray[Any]]] = []
    for mosaic, block in missing:
        window = grid.window(block)
        jobs.append(partial(fetch_layer, account, mosaic.layers[0], window.epsg, window.bounds, acquisition.datetime))
    total = len(mosaics) * grid.n_tiles
    done = total - sum(grid.window(block).n_tiles for _, block in missing)
    notes: list[str] = []

    def report_done(message: str) -> None:
        report(0.02 + 0.96 * done / total, message)

    def on_wait() -> None:
        if account.gate.paused_s > 1:
            report_done(f"The service asks to wait {account.gate.paused_s:.0f} s (rate limit)")

    report_done("Fetching imagery")
    try:
        for index, pixels in account.run(jobs, limit_s=account.limits.process_s, cancelled=cancelled, on_wait=on_wait):
            mosaic, block = missing[index]
            tiles = _put_rectangle(mosaic, acquisition, grid, block, pixels)
            try:
                cache.write(key(mosaic.layers[0]), tiles)
            except SourceError as error:  # the pixels are here; that they cannot be kept is worth a note, no more
                notes.append(error.message)
            done += grid.window(block).n_tiles
            report_done(f"Fetched {done * grid.n_tiles // total} of {grid.n_tiles} tiles")
    finally:
        cache.trim()
    return list(dict.fromkeys(notes))


def _put_rectangle(
    mosaic: Mosaic, acquisition: Acquisition, grid: TileGrid, block: Block, pixels: NDArray[Any]
) -> dict[LatticeTile, NDArray[Any]]:
    """Put a fetched rectangle (channels, rows, columns) into its mosaic; return the tiles that may be kept."""
    settled = datetime.now(UTC) - acquisition.datetime > SETTLED
    tiles: dict[LatticeTile, NDArray[Any]] = {}
    for row, col in product(range(block.row0, block.row1), range(block.col0, block.col1)):
        rows, cols = grid.tile_slices(row - block.row0, col - block.col0)
        tile = pixels[:, rows, cols]
        if grid.inside[row, col]:  # the others are kept, but a scene must not depend on what was kept when
            mosaic.put(row, col, tile, mosaic.layers[0])
        if settled or tile[-1].any():
            tiles[grid.east0 + col, grid.north0 - row] = tile
    return tiles
