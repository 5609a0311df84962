"""Pixels of one acquisition on a grid: what is kept on disk first, then what the service has, each tile once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import SourceError
from lulc_core.domain.grid import Block, TileGrid
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled
from lulc_core.domain.radiometry import to_reflectance
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.cache import CacheKey, LatticeTile, TileCache
from lulc_core.sources.deadline_jobs import Control, run_jobs
from lulc_core.sources.sentinel_hub.client import fetch
from lulc_core.sources.sentinel_hub.login import Account
from lulc_core.sources.sentinel_hub.requests import (
    SCL_LAYER,
    SETTLED,
    Layer,
    is_clear,
    layer_request,
    max_reply_bytes,
    read_layer,
    reflectance_layer,
)
from lulc_core.sources.sentinel_hub.tile_plan import plan_rectangles


class Target(Protocol):
    """Arrays that are filled tile by tile."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Layers it can be filled from; the first is the one to fetch."""

    def put(self, row: int, col: int, pixels: NDArray[Any], layer: Layer) -> None:
        """Takes a tile (channels, 64, 64) of one of its layers."""


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

    def put(self, row: int, col: int, pixels: NDArray[Any], layer: Layer) -> None:
        """Takes one tile's digital numbers and mask; the service has harmonised them already."""
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

    def put(self, row: int, col: int, pixels: NDArray[Any], layer: Layer) -> None:
        """Takes one tile's classes and mask."""
        rows, cols = self._grid.tile_slices(row, col)
        self.scl[rows, cols] = pixels[0] * (pixels[-1] > 0)

    @property
    def clear(self) -> NDArray[np.bool_]:
        """True where no cloud or shadow is known."""
        return is_clear(self.scl)


def fill(
    targets: Sequence[Target],
    acquisition: Acquisition,
    grid: TileGrid,
    *,
    source: str,
    cache: TileCache,
    login: Callable[[], Account],
    report: Progress,
    cancelled: Cancelled | None,
) -> list[str]:
    """Fills the targets' tiles that have ground in the drawn shape.

    Args:
        targets: arrays on ``grid``.
        acquisition: whose pixels.
        grid: the tiles.
        source: first part of the shelves' names, without anything secret.
        cache: looked through first; gets what was fetched.
        login: called only where something must be fetched.
        report: told of progress, 0 to 0.98.
        cancelled: asked all the time.

    Returns:
        Notes for the user.

    Raises:
        SourceError: the service failed. What had come until then is kept.
        CancelledError: ``cancelled()`` said so.
    """
    report(0.0, "Looking through what is kept")
    wanted = _lattice_tiles(grid)
    work: list[tuple[Target, Block]] = []
    for target in targets:
        held = np.zeros(grid.shape, bool)
        for layer in target.layers:
            missing = [tile for tile in wanted if not held[_place(grid, tile)]]
            for tile, pixels in cache.read(_shelf(source, acquisition, layer, grid), missing):
                check_cancelled(cancelled)
                target.put(*_place(grid, tile), pixels, layer)
                held[_place(grid, tile)] = True
        work += [(target, block) for block in plan_rectangles(grid.inside & ~held, held)]
    if not work:
        return []
    # Large pictures first: they are what the user waits for.
    work.sort(key=lambda item: -item[1].n_tiles * item[0].layers[0].channels)
    total = len(targets) * grid.n_tiles
    done = total - sum(_inside(grid, block) for _, block in work)
    account = login()
    limit_s = account.limits.process_s
    notes: list[str] = []

    def fraction() -> float:
        return 0.02 + 0.96 * done / total

    def on_wait() -> None:
        if account.held_s > 1:
            report(fraction(), f"The service asks to wait {account.held_s:.0f} s (rate limit)")

    report(fraction(), "Fetching imagery")
    jobs = [_layer_job(account, target.layers[0], grid.window(block), acquisition.datetime) for target, block in work]
    try:
        for index, pixels in run_jobs(
            jobs,
            limit_s=limit_s,
            late=lambda: account.late(limit_s),
            parallel=account.limits.parallel,
            cancelled=cancelled,
            on_wait=on_wait,
        ):
            target, block = work[index]
            tiles = _hand_over(target, acquisition, grid, block, pixels)
            try:
                cache.write(_shelf(source, acquisition, target.layers[0], grid), tiles)
            except SourceError as error:  # the pixels are here; that they cannot be kept is worth a note, no more
                notes.append(error.message)
            done += _inside(grid, block)
            report(fraction(), f"Fetched {done * grid.n_tiles // total} of {grid.n_tiles} tiles")
    finally:
        cache.trim()
    return list(dict.fromkeys(notes))


def _hand_over(
    target: Target, acquisition: Acquisition, grid: TileGrid, block: Block, pixels: NDArray[Any]
) -> dict[LatticeTile, NDArray[Any]]:
    """Puts a fetched rectangle's tiles into the target; returns those that may be kept."""
    settled = datetime.now(UTC) - acquisition.datetime > SETTLED
    tiles: dict[LatticeTile, NDArray[Any]] = {}
    for row in range(block.row0, block.row1):
        for col in range(block.col0, block.col1):
            rows, cols = grid.tile_slices(row - block.row0, col - block.col0)
            tile = pixels[:, rows, cols]
            if grid.inside[row, col]:  # the others are kept, but a scene must not depend on what was kept when
                target.put(row, col, tile, target.layers[0])
            if settled or tile[-1].any():
                tiles[grid.east0 + col, grid.north0 - row] = tile
    return tiles


def _shelf(source: str, acquisition: Acquisition, layer: Layer, grid: TileGrid) -> CacheKey:
    return CacheKey(source, acquisition.id, layer.name, grid.epsg, layer.channels, layer.dtype.name)


def _place(grid: TileGrid, tile: LatticeTile) -> tuple[int, int]:
    return grid.north0 - tile[1], tile[0] - grid.east0


def _inside(grid: TileGrid, block: Block) -> int:
    return int(np.count_nonzero(grid.inside[block.row0 : block.row1, block.col0 : block.col1]))


def _layer_job(account: Account, layer: Layer, window: TileGrid, when: datetime) -> Callable[[Control], NDArray[Any]]:
    def job(control: Control) -> NDArray[Any]:
        request = layer_request(layer, window, when, base_url=account.base_url, config=account.config)
        reply = fetch(account, request, control, max_bytes=max_reply_bytes(layer, window))
        return read_layer(reply, layer, window, account.base_url)

    return job


def _lattice_tiles(grid: TileGrid) -> list[LatticeTile]:
    """Lattice indices of the tiles with ground in the drawn shape."""
    rows, cols = np.nonzero(grid.inside)
    return [(grid.east0 + int(c), grid.north0 - int(r)) for r, c in zip(rows, cols, strict=True)]
