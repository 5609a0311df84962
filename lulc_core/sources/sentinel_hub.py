"""Sentinel-2 L1C from Sentinel Hub or Copernicus Data Space, with clouds from the L2A product of the same overpass."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import (
    CancelledError,
    CredentialsError,
    InputError,
    NoAcquisitionError,
    SourceError,
)
from lulc_core.domain.grid import Block, TileGrid
from lulc_core.domain.radiometry import to_reflectance
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.settings import Settings
from lulc_core.sources.background import Control, run_jobs, run_one
from lulc_core.sources.base import FIRST_ACQUISITION, Cancelled, Cost, Progress, check_cancelled, check_period
from lulc_core.sources.cache import BlockCache, LatticeTile, Shelf
from lulc_core.sources.sentinel_hub_catalog import find_granules, to_acquisitions
from lulc_core.sources.sentinel_hub_client import fetch
from lulc_core.sources.sentinel_hub_connection import ConnectionReport, test_connection
from lulc_core.sources.sentinel_hub_errors import host_of, too_slow
from lulc_core.sources.sentinel_hub_login import Account, Limits, account_for
from lulc_core.sources.sentinel_hub_preview import MAX_PREVIEWS, preview_job
from lulc_core.sources.sentinel_hub_requests import (
    SCL_LAYER,
    SETTLED,
    Layer,
    is_clear,
    layer_request,
    layer_units,
    max_reply_bytes,
    read_layer,
    reflectance_layer,
)
from lulc_core.sources.tile_plan import plan_rectangles

__all__ = ["ConnectionReport", "Limits", "SentinelHubSource", "test_connection"]

NAME = "sentinel-hub"
WIDER_DAYS = (15, 60, 400)
"""How far beyond an empty period the nearest acquisitions are looked for, step by step."""
_UNITS_PER_MINUTE = 300.0
"""Of a free CDSE account. Source: CDSE quotas, March 2025."""


class SentinelHubSource:
    """Imagery through the sentinelhub client; see :class:`lulc_core.sources.base.ImagerySource`.

    Args:
        settings: credentials, addresses and the cache folder.
        cache: where downloads are kept; by default the settings' folder.
        limits: how long and how often the service is asked.

    Raises:
        CredentialsError: on first use, where credentials are missing or refused.
    """

    def __init__(self, settings: Settings, *, cache: BlockCache | None = None, limits: Limits | None = None) -> None:
        self._settings = settings
        self._limits = limits or Limits()
        self._cache = cache if cache is not None else BlockCache(settings.cache_dir / "tiles", settings.cache_max_mb)

    def __repr__(self) -> str:
        return f"SentinelHubSource({host_of(self._settings.sh_base_url)})"

    @property
    def name(self) -> str:
        """``sentinel-hub``."""
        return NAME

    def search(
        self,
        aoi: Aoi,
        start: date,
        end: date,
        *,
        previews: bool = True,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> tuple[Acquisition, ...]:
        """Acquisitions over the area, newest first; see the protocol.

        With ``previews`` the :data:`MAX_PREVIEWS` clearest by granule get their clear share and picture, in small
        requests (about 0.1 processing units each); :meth:`look` gets them for any other.
        """
        check_period(start, end)
        account = self._account()
        report = on_progress or _silent
        report(0.0, "Asking the catalogue")
        found = self._find(account, aoi, max(start, FIRST_ACQUISITION), end, cancelled)
        if not found:
            nearest = self._nearest(account, aoi, start, end, cancelled)
            days = " and ".join(str(day) for day in nearest[:3])
            raise NoAcquisitionError(
                f"Sentinel-2 took no image of the area from {start} to {end}.",
                hint=f"The nearest are of {days}." if nearest else "Choose another period or area.",
                nearest=nearest,
            )
        if previews:
            found = self._look_at_clearest(found, aoi, report, cancelled)
        report(1.0, f"{len(found)} acquisition{'' if len(found) == 1 else 's'} found")
        return found

    def look(self, aoi: Aoi, acquisition: Acquisition, *, cancelled: Cancelled | None = None) -> Acquisition:
        """The acquisition with its clear share over the area and a small picture.

        Raises:
            SourceError: the service failed.
            CancelledError: ``cancelled()`` said so.
        """
        check_cancelled(cancelled)
        account = self._account()
        job = preview_job(account, aoi, acquisition)
        return run_one(job, limit_s=self._limits.search_s, late=lambda: self._late(account), cancelled=cancelled)

    def load(
        self,
        acquisition: Acquisition,
        bands: Sequence[str],
        grid: TileGrid,
        *,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Scene:
        """Pixels of the named bands on the grid; see the protocol.

        Tiles without ground in the drawn shape are left unobserved.

        Raises:
            NoAcquisitionError: the acquisition has no pixel in the drawn shape.
        """
        self._check_load(acquisition, bands)
        check_cancelled(cancelled)
        report = on_progress or _silent
        layer = self._best_layer(acquisition, bands, grid)
        picture = _Canvas(grid, tuple(bands), layer)
        clouds = _Clouds(grid)
        notes = self._fill([(layer, picture), (SCL_LAYER, clouds)], acquisition, grid, report, cancelled)
        observed, clear = picture.observed, clouds.clear()
        inside = np.repeat(np.repeat(grid.inside, 64, axis=0), 64, axis=1)
        if not (observed & inside).any():
            raise NoAcquisitionError(
                f"The image of {acquisition.date} has no pixel in the area: the satellite's swath passed beside it.",
                hint="Choose another date.",
            )
        unknown = float((observed & inside & ~clouds.known).sum() / (observed & inside).sum())
        if unknown > 0.995:
            notes.append(
                "No cloud information: there is no L2A product of this overpass, so every pixel counts as clear."
            )
        elif unknown > 0.005:
            notes.append(f"No cloud information for {unknown:.0%} of the area, which counts as clear.")
        report(1.0, "Imagery is here")
        return Scene(
            grid=grid,
            acquisition=acquisition,
            bands=tuple(bands),
            reflectance=picture.reflectance,
            observed=observed,
            clear=clear,
            notes=tuple(notes),
        )

    def cost(self, grid: TileGrid, bands: Sequence[str]) -> Cost:
        """What :meth:`load` takes where nothing has been kept: L1C bands and the scene classification.

        The seconds are a rough figure: 2 s for each round of requests, 2 s for a megapixel of 13 bands, and no faster
        than 300 processing units a minute.
        """
        layer = reflectance_layer(bands)
        blocks = plan_rectangles(grid.inside)
        shapes = [(b.row1 - b.row0, b.col1 - b.col0) for b in blocks]
        units = sum(layer_units(kind, *shape) for kind in (layer, SCL_LAYER) for shape in shapes)
        requests = 2 * len(blocks)
        megapixels = sum(rows * cols for rows, cols in shapes) * 64 * 64 / 1e6
        rounds = math.ceil(requests / self._limits.parallel)
        seconds = max(2.0 * rounds + 2.0 * megapixels * len(layer.bands) / 13, (units / _UNITS_PER_MINUTE - 1) * 60)
        return Cost(grid.n_tiles, requests, round(units, 4), round(seconds, 1))

    def _account(self) -> Account:
        return account_for(self._settings, self._limits)

    def _late(self, account: Account) -> SourceError:
        return too_slow(host_of(account.base_url), self._limits.search_s)

    def _find(
        self, account: Account, aoi: Aoi, start: date, end: date, cancelled: Cancelled | None
    ) -> tuple[Acquisition, ...]:
        granules = run_one(
            lambda control: find_granules(account, aoi, start, end, control),
            limit_s=self._limits.search_s,
            late=lambda: self._late(account),
            cancelled=cancelled,
        )
        return to_acquisitions(granules, aoi, NAME)

    def _nearest(
        self, account: Account, aoi: Aoi, start: date, end: date, cancelled: Cancelled | None
    ) -> tuple[date, ...]:
        """Up to four days with an acquisition near the period, nearest first."""
        for days in WIDER_DAYS:
            first = max(start - timedelta(days=days), FIRST_ACQUISITION)
            last = min(end + timedelta(days=days), datetime.now(UTC).date())
            days_found = {a.datetime.date() for a in self._find(account, aoi, first, last, cancelled)}
            if days_found:
                away = sorted(days_found, key=lambda day: (max(start - day, day - end), day))
                return tuple(away[:4])
        return ()

    def _look_at_clearest(
        self, found: tuple[Acquisition, ...], aoi: Aoi, report: Progress, cancelled: Cancelled | None
    ) -> tuple[Acquisition, ...]:
        account = self._account()
        ranked = sorted(range(len(found)), key=lambda i: 101.0 if (c := found[i].cloud_cover_pct) is None else c)
        chosen = sorted(ranked[:MAX_PREVIEWS])
        jobs = [preview_job(account, aoi, found[i]) for i in chosen]
        result = list(found)
        done = 0
        try:
            for position, seen in run_jobs(
                jobs,
                limit_s=self._limits.search_s,
                late=lambda: self._late(account),
                parallel=self._limits.parallel,
                cancelled=cancelled,
            ):
                result[chosen[position]] = seen
                done += 1
                report(0.2 + 0.8 * done / len(jobs), f"Looked at {done} of {len(jobs)} acquisitions")
        except (CancelledError, CredentialsError):
            raise
        except SourceError as error:
            # The list is still of use; what it lacks, and why, is said on every acquisition that lacks it.
            note = f"The clear share over the area is not known: {error.message}"
            for i in chosen:
                if result[i].clear_share is None:
                    result[i] = replace(result[i], notes=(*result[i].notes, note))
        return tuple(result)

    def _check_load(self, acquisition: Acquisition, bands: Sequence[str]) -> None:
        if acquisition.source != NAME:
            raise InputError(f"The acquisition is of the source {acquisition.source}, not of {NAME}.")
        unknown = [b for b in bands if b not in BAND_NAMES]
        if unknown or not bands:
            raise InputError(
                f"There is no band {', '.join(unknown) or '(none given)'}; there are {', '.join(BAND_NAMES)}."
            )
        if len(set(bands)) != len(bands):
            raise InputError(f"A band is named twice in {', '.join(bands)}.")

    def _shelf(self, acquisition: Acquisition, layer: Layer, grid: TileGrid) -> Shelf:
        host = host_of(self._settings.sh_base_url)
        return Shelf(f"{NAME}/{host}", acquisition.id, layer.name, grid.epsg, layer.channels, layer.dtype.name)

    def _best_layer(self, acquisition: Acquisition, bands: Sequence[str], grid: TileGrid) -> Layer:
        """All 13 bands where they are kept already for every tile, else just the bands asked for."""
        exact, full = reflectance_layer(bands), reflectance_layer(BAND_NAMES)
        if exact == full:
            return full
        tiles = _lattice_tiles(grid)
        kept = {tile for tile, _ in self._cache.read(self._shelf(acquisition, full, grid), tiles)}
        return full if kept.issuperset(tiles) else exact

    def _fill(
        self,
        targets: list[tuple[Layer, _Canvas | _Clouds]],
        acquisition: Acquisition,
        grid: TileGrid,
        report: Progress,
        cancelled: Cancelled | None,
    ) -> list[str]:
        """Fills the targets from the disk, then from the service; returns notes for the user."""
        report(0.0, "Looking through what is kept")
        work: list[tuple[Layer, _Canvas | _Clouds, Block]] = []
        total = len(targets) * max(grid.n_tiles, 1)
        for layer, target in targets:
            held = np.zeros(grid.shape, bool)
            for tile, pixels in self._cache.read(self._shelf(acquisition, layer, grid), _lattice_tiles(grid)):
                check_cancelled(cancelled)
                row, col = grid.north0 - tile[1], tile[0] - grid.east0
                target.put(row, col, pixels)
                held[row, col] = True
            work += [(layer, target, block) for block in plan_rectangles(grid.inside & ~held, held)]
        if not work:
            return []
        # Large pictures first: they are what the user waits for.
        work.sort(key=lambda item: -item[2].n_tiles * item[0].channels)
        missing = sum(int(grid.inside[b.row0 : b.row1, b.col0 : b.col1].sum()) for _, _, b in work)
        done = total - missing
        account = self._account()
        notes: list[str] = []

        def fraction() -> float:
            return 0.02 + 0.96 * done / total

        def on_wait() -> None:
            if account.held_s > 1:
                report(fraction(), f"The service asks to wait {account.held_s:.0f} s (rate limit)")

        report(fraction(), "Fetching imagery")
        jobs = [_layer_job(account, layer, grid.window(block), acquisition.datetime) for layer, _, block in work]
        for index, pixels in run_jobs(
            jobs,
            limit_s=self._limits.process_s,
            late=account.late,
            parallel=self._limits.parallel,
            cancelled=cancelled,
            on_wait=on_wait,
        ):
            layer, target, block = work[index]
            notes += self._keep(acquisition, layer, target, grid, block, pixels)
            done += int(grid.inside[block.row0 : block.row1, block.col0 : block.col1].sum())
            report(fraction(), f"Fetched {done * grid.n_tiles // total} of {grid.n_tiles} tiles")
        return list(dict.fromkeys(notes))

    def _keep(
        self,
        acquisition: Acquisition,
        layer: Layer,
        target: _Canvas | _Clouds,
        grid: TileGrid,
        block: Block,
        pixels: NDArray[Any],
    ) -> list[str]:
        settled = datetime.now(UTC) - acquisition.datetime > SETTLED
        tiles: dict[LatticeTile, NDArray[Any]] = {}
        for row in range(block.row0, block.row1):
            for col in range(block.col0, block.col1):
                rows, cols = grid.tile_slices(row - block.row0, col - block.col0)
                tile = pixels[:, rows, cols]
                if grid.inside[row, col]:  # the others are kept, but a scene must not depend on what was kept when
                    target.put(row, col, tile)
                if settled or tile[-1].any():
                    tiles[grid.east0 + col, grid.north0 - row] = tile
        try:
            self._cache.write(self._shelf(acquisition, layer, grid), tiles)
        except SourceError as error:
            return [error.message]
        return []


class _Canvas:
    """Reflectance that is filled tile by tile."""

    def __init__(self, grid: TileGrid, bands: tuple[str, ...], layer: Layer) -> None:
        self.grid = grid
        self.channels = [layer.bands.index(b) for b in bands]
        self.reflectance = np.zeros((len(bands), *grid.shape_px), np.float32)
        self.observed = np.zeros(grid.shape_px, bool)

    def put(self, row: int, col: int, pixels: NDArray[Any]) -> None:
        """Takes one tile's digital numbers and mask; the service has harmonised them already."""
        rows, cols = self.grid.tile_slices(row, col)
        self.reflectance[:, rows, cols] = to_reflectance(pixels[self.channels])
        self.observed[rows, cols] = pixels[-1] > 0


class _Clouds:
    """Scene classes that are filled tile by tile."""

    def __init__(self, grid: TileGrid) -> None:
        self.grid = grid
        self.scl = np.zeros(grid.shape_px, np.uint8)

    def put(self, row: int, col: int, pixels: NDArray[Any]) -> None:
        """Takes one tile's classes and mask."""
        rows, cols = self.grid.tile_slices(row, col)
        self.scl[rows, cols] = pixels[0] * (pixels[-1] > 0)

    @property
    def known(self) -> NDArray[np.bool_]:
        """True where the L2A product says anything."""
        return self.scl > 0

    def clear(self) -> NDArray[np.bool_]:
        """True where no cloud or shadow is known."""
        return is_clear(self.scl)


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


def _silent(fraction: float, message: str) -> None:
    """Progress that nobody watches."""
