"""Pixels of one acquisition on a grid: from the cache first, then from the service, each tile once.

:func:`load_tiles` puts what the cache holds into the mosaics, covers the rest with rectangles (tile_plan), fetches
several of these at once, and puts and keeps the tiles of each as it comes. What another session is fetching already it
waits for.
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
from lulc_core.sources.base import Spend, spend_freely
from lulc_core.sources.cache import CacheKey, LatticeTile, TileCache
from lulc_core.sources.deadline_jobs import Job
from lulc_core.sources.in_flight import InFlight
from lulc_core.sources.sentinel_hub.login import Account
from lulc_core.sources.sentinel_hub.requests import (
    SCL_LAYER,
    SETTLED,
    HubLayer,
    fetch_layer,
    processing_units,
    reflectance_layer,
)
from lulc_core.sources.tile_plan import plan_rectangles


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


_Claim = tuple[Any, ...]
"""Folder of the cache, key, lattice indices of a tile."""
_IN_FLIGHT = InFlight()
_WAIT_S = 1.0
"""How often what another session fetches is looked for where nothing is said."""

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
    spend: Spend = spend_freely,
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
        spend: asked before anything is fetched.

    Returns:
        Notes for the user.

    Raises:
        QuotaError: ``spend`` said so.
        SourceError: the service failed. What had come until then is kept.
        CancelledError: ``cancelled()`` said so.
    """

    held = [np.zeros(grid.shape, bool) for _ in mosaics]  # (rows, columns) of tiles that are in the mosaic
    notes: list[str] = []

    def key(layer: HubLayer) -> CacheKey:
        return CacheKey(source, acquisition.id, layer.name, grid.epsg, layer.channels, layer.dtype.name)

    def claim(which: int) -> tuple[set[_Claim], NDArray[np.bool_]]:
        """Claim what a mosaic lacks; return the claims, and where they are."""
        of = (str(cache.folder), key(mosaics[which].layers[0]))
        lacking = np.argwhere(grid.inside & ~held[which]).tolist()
        claims = _IN_FLIGHT.claim((*of, grid.east0 + col, grid.north0 - row) for row, col in lacking)
        mine = np.zeros(grid.shape, bool)
        for *_, east, north in claims:
            mine[grid.north0 - north, east - grid.east0] = True
        return claims, mine

    report(0.0, "Looking through what is kept")
    while True:
        missing: list[tuple[int, Block]] = []  # number of the mosaic, tiles
        claimed: set[_Claim] = set()
        others = False  # fetch something of it
        try:
            for which, mosaic in enumerate(mosaics):
                claims, mine = claim(which)
                claimed |= claims
                # Read after claiming: what another has fetched until now is there.
                _put_kept(mosaic, held[which], grid, cache, key, cancelled)
                needed = grid.inside & ~held[which]
                others = others or bool((needed & ~mine).any())
                missing += [(which, block) for block in plan_rectangles(needed & mine, held[which] | (needed & ~mine))]
            if missing:
                notes += _fetch(missing, mosaics, held, acquisition, grid, cache, key, login, spend, report, cancelled)
        finally:
            _IN_FLIGHT.let_go(claimed)
        if not others:
            return list(dict.fromkeys(notes))
        report(_share(held, grid), "Another session is fetching the same ground")
        check_cancelled(cancelled)
        _IN_FLIGHT.wait(_WAIT_S)


def _put_kept(
    mosaic: Mosaic,
    held: NDArray[np.bool_],
    grid: TileGrid,
    cache: TileCache,
    key: Callable[[HubLayer], CacheKey],
    cancelled: Cancelled | None,
) -> None:
    """Put what the cache has into a mosaic."""
    for layer in mosaic.layers:
        needed = np.argwhere(grid.inside & ~held).tolist()
        places = {(grid.east0 + col, grid.north0 - row): (row, col) for row, col in needed}
        for tile, pixels in cache.read(key(layer), places):
            check_cancelled(cancelled)
            mosaic.put(*places[tile], pixels, layer)
            held[places[tile]] = True


def _share(held: Sequence[NDArray[np.bool_]], grid: TileGrid) -> float:
    """Return how much of the progress has been made."""
    return 0.02 + 0.96 * float(np.mean([(h & grid.inside).sum() / max(1, grid.inside.sum()) for h in held]))


def _fetch(
    missing: list[tuple[int, Block]],
    mosaics: Sequence[Mosaic],
    held: Sequence[NDArray[np.bool_]],
    acquisition: Acquisition,
    grid: TileGrid,
    cache: TileCache,
    key: Callable[[HubLayer], CacheKey],
    login: Callable[[], Account],
    spend: Spend,
    report: Progress,
    cancelled: Cancelled | None,
) -> list[str]:
    """Fetch rectangles of mosaics, the largest pictures first: they are what the user waits for; return notes."""
    missing.sort(key=lambda item: -item[1].n_tiles * mosaics[item[0]].layers[0].channels)
    account = login()
    jobs: list[Job[NDArray[Any]]] = []
    units = 0.0
    for which, block in missing:
        window, layer = grid.window(block), mosaics[which].layers[0]
        units += processing_units(layer.bands, window.bounds)
        jobs.append(partial(fetch_layer, account, layer, window.epsg, window.bounds, acquisition.datetime))
    spend(len(jobs), units)
    notes: list[str] = []

    def on_wait() -> None:
        if account.gate.paused_s > 1:
            report(_share(held, grid), f"The service asks to wait {account.gate.paused_s:.0f} s (rate limit)")

    report(_share(held, grid), "Fetching imagery")
    try:
        for index, pixels in account.run(jobs, limit_s=account.limits.process_s, cancelled=cancelled, on_wait=on_wait):
            which, block = missing[index]
            tiles = _put_rectangle(mosaics[which], acquisition, grid, block, pixels)
            held[which][block.row0 : block.row1, block.col0 : block.col1] = True
            try:
                cache.write(key(mosaics[which].layers[0]), tiles)
            except SourceError as error:  # the pixels are here; that they cannot be kept is worth a note, no more
                notes.append(error.message)
            done = sum((h & grid.inside).sum() for h in held) // len(held)
            report(_share(held, grid), f"Fetched {done} of {grid.n_tiles} tiles")
    finally:
        cache.trim()
    return notes


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
