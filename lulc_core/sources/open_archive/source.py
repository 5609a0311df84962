"""Sentinel-2 without an account: L1C from Google's open bucket, clouds from the L2A twin at Earth Search."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.bands import band as band_facts
from lulc_core.domain.errors import CancelledError, NetworkError, NoAcquisitionError, SourceError
from lulc_core.domain.grid import PIXEL_M, TILE_M, TileGrid
from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.domain.radiometry import Level, to_reflectance
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.settings import Settings
from lulc_core.sources.base import FIRST_ACQUISITION, Cost, check_load, check_period, in_words
from lulc_core.sources.byte_store import ByteStore
from lulc_core.sources.cache import TileCache
from lulc_core.sources.clouds.unmapped import look_for_clouds
from lulc_core.sources.deadline_jobs import Control, Job, run_jobs
from lulc_core.sources.open_archive.bucket import Bucket
from lulc_core.sources.open_archive.coverage import bounds_in, outline_of, windows_of
from lulc_core.sources.open_archive.granules import SIDE_M, squares_of
from lulc_core.sources.open_archive.pixels import Clouds, Loaded, Loader
from lulc_core.sources.open_archive.preview import MAX_PREVIEWS, look
from lulc_core.sources.open_archive.search import Finder, Finding
from lulc_core.sources.open_archive.stac import TwinItem, find_twins
from lulc_core.sources.open_archive.web import (
    ASK,
    CONNECTIONS_A_HOST,
    NETWORK_HINT,
    NotThereError,
    Patience,
    Web,
    host_of,
)
from lulc_core.sources.overpasses import SAME_OVERPASS

NAME = "open"
WIDER_DAYS = (15, 60, 400)
"""How far beyond an empty period the nearest acquisitions are looked for, step by step."""
WORTH_A_NOTE = 0.005
"""A smaller share of pixels without cloud information (the rim of a swath) is not worth a sentence."""
_BLOCK_PX = {10: 1024, 20: 640, 60: 192}
"""Sides of the tiles within L1C files, by pixel. Source: jonasviehweger's survey of real products, June 2026."""
_BYTES_A_PX = 1.0
"""Of L1C files: 100 to 130 MB for a 10 m band of 121 million pixels, most of which are ground."""
_INDEX_REQUESTS = 20
"""To find the tiles of a file that has no table of them, and has not been read before."""


@dataclass(frozen=True)
class Limits:
    """How long the services are waited for."""

    search_s: float = 45.0
    """Seconds for each way to a list."""
    preview_s: float = 20.0
    """Seconds for one acquisition's picture and clear share."""
    band_s: float = 180.0
    """Seconds for one band of all granules."""
    patience: Patience = field(default_factory=Patience)
    """With one request."""


@dataclass
class _Speed:
    """What this process has measured."""

    bytes_per_s: float = 6e6  # 50 Mbit/s, until a download has shown another
    request_s: float = 0.06


_speed = _Speed()


class OpenArchiveSource:
    """Imagery from open archives; see :class:`lulc_core.sources.base.ImagerySource`.

    Args:
        settings: addresses and the cache folder.
        cache: where tiles are kept; by default the settings' folder.
        limits: how long the services are waited for.
    """

    name = NAME

    def __init__(self, settings: Settings, *, cache: TileCache | None = None, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._cache = cache if cache is not None else TileCache(settings.cache_dir / "tiles", settings.cache_max_mb)
        self.web = Web(self._limits.patience)
        self._bucket = Bucket(self.web, settings.gcs_url, ByteStore(self._cache.folder / "open-files"))
        self._twins_url = settings.earth_search_url
        self._finder = Finder(self._bucket, settings.cdse_stac_url, self._limits.search_s)

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
        """Search acquisitions over the area, newest first; see the protocol.

        With ``previews`` the :data:`MAX_PREVIEWS` clearest by granule get their clear share and picture from the
        overviews of their L2A products.
        """
        check_period(start, end)
        report = stopping_progress(on_progress, cancelled)
        report(0.0, "Asking the catalogue")
        first = max(start, FIRST_ACQUISITION)
        found, twins = self._find_both(aoi, first, end, previews, cancelled)
        if not found.acquisitions:
            nearest = self._nearest(aoi, start, end, cancelled)
            days = " and ".join(str(day) for day in nearest[:3])
            raise NoAcquisitionError(
                f"The open archive has no image of the area {in_words(start, end)}.",
                hint=f"The nearest are of {days}." if nearest else "Choose another period or area.",
                nearest=nearest,
            )
        listed = found.acquisitions
        report(0.3, f"{len(listed)} acquisition{'' if len(listed) == 1 else 's'} found")
        if previews:
            listed = self._look_at_clearest(listed, aoi, twins, report, cancelled)
        report(1.0, "The list is complete")
        return listed

    def load(
        self,
        acquisition: Acquisition,
        bands: Sequence[str],
        grid: TileGrid,
        *,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Scene:
        """Load pixels of bands on the grid; see the protocol.

        Where L1C cannot be had the scene is of surface reflectance (L2A); its acquisition and its notes say so, and a
        band that L2A lacks (B10) is left out.

        Raises:
            NoAcquisitionError: the acquisition has no pixel in the drawn shape.
        """
        check_load(acquisition, bands, source=NAME, available=acquisition.available_bands)
        report = stopping_progress(on_progress, cancelled)
        report(0.0, "Looking through what is kept")
        begun, before = time.monotonic(), self.web.received
        loader = self._loader(acquisition, grid, report, cancelled)
        loaded = self._load(loader, acquisition, bands)
        clouds = loader.clouds(loaded.held, loaded.parts)
        self._cache.trim()
        _learn_speed(self.web.received - before, time.monotonic() - begun)
        scene = _to_scene(loaded, clouds, acquisition, grid)
        report(1.0, "Imagery is here")
        return scene

    def forget(self, acquisition: Acquisition, grid: TileGrid) -> None:
        """Forget what is kept of an acquisition around a grid; see the protocol ``Forgetful``."""
        self._loader(acquisition, grid, lambda *_: None, None).forget()

    def own_pixels(
        self,
        acquisition: Acquisition,
        bands: Sequence[str],
        bounds: tuple[float, float, float, float],
        epsg: int,
        *,
        cancelled: Cancelled | None = None,
    ) -> NDArray[np.float32]:
        """Load a small window of L1C bands with the satellite's own pixels, as :class:`SentinelHubSource` does.

        Raises:
            InputError: another source's acquisition, or no such band.
            SourceError: the bucket failed, or has no such product.
            CancelledError: ``cancelled()`` said so.
        """
        check_load(acquisition, bands, source=NAME, available=BAND_NAMES)
        grid = _tiles_around(bounds, epsg)
        dn = self._loader(acquisition, grid, lambda *_: None, cancelled).own(bands)
        left, _, _, top = grid.bounds
        row, col = round((top - bounds[3]) / PIXEL_M), round((bounds[0] - left) / PIXEL_M)
        rows, cols = round((bounds[3] - bounds[1]) / PIXEL_M), round((bounds[2] - bounds[0]) / PIXEL_M)
        values = np.stack([dn[band] for band in bands])[:, row : row + rows, col : col + cols]
        return np.where(values > 0, to_reflectance(values), np.float32(np.nan)).astype(np.float32)

    def cost(self, grid: TileGrid, bands: Sequence[str]) -> Cost:
        """Estimate what :meth:`load` takes where nothing is in the cache: whole blocks of the files, no units.

        The seconds are at the rate that this process has measured, 50 Mbit/s before it has.
        """
        squares = [s for s in squares_of(outline_of(grid)) if s.epsg == grid.epsg][:4]
        bytes_, requests = 0.0, 3
        for band in bands:
            pixel = band_facts(band).pixel_m
            side, size = _BLOCK_PX[pixel], SIDE_M // pixel
            left = grid.inside.copy()
            for square in squares:
                origin = float(square.left_m), float(square.top_m)
                windows = windows_of(bounds_in(grid, left, grid.epsg), origin, pixel, (size, size), 0)
                blocks = {
                    (row, col)
                    for r0, c0, r1, c1 in windows
                    for row in range(r0 // side, -(-r1 // side))
                    for col in range(c0 // side, -(-c1 // side))
                }
                if not blocks:
                    continue
                bytes_ += len(blocks) * side * side * _BYTES_A_PX
                requests += 1 + _INDEX_REQUESTS + len({row for row, _ in blocks})
                break  # neighbours overlap: one granule holds most areas, and a rough figure is asked for
        rounds = math.ceil(requests / CONNECTIONS_A_HOST)
        seconds = bytes_ / _speed.bytes_per_s + rounds * _speed.request_s
        return Cost(grid.n_tiles, requests, 0.0, round(seconds, 1), round(bytes_ / 1e6, 1))

    def _loader(
        self, acquisition: Acquisition, grid: TileGrid, report: Progress, cancelled: Cancelled | None
    ) -> Loader:
        return Loader(self._bucket, self._twins_url, self._cache, self._run_bands, acquisition, grid, report, cancelled)

    def _load(self, loader: Loader, acquisition: Acquisition, bands: Sequence[str]) -> Loaded:
        if acquisition.level == "L2A":
            return loader.l2a(bands, "it was loaded so before.")
        try:
            return loader.l1c(bands)
        except SourceError as error:
            failed = error
        try:
            return loader.l2a(bands, failed.message)
        except SourceError as error:
            if isinstance(failed, NotThereError) and isinstance(error, NotThereError):
                raise _no_pixel(acquisition) from error
            message = f"{failed.message} Surface reflectance (L2A) is no way out: {error.message}"
            raise type(failed)(message, hint=failed.hint, option=failed.option) from error

    def _run_bands(self, jobs: Sequence[Job[Any]], *, cancelled: Cancelled | None) -> Iterator[tuple[int, Any]]:
        return self._run(jobs, self._limits.band_s, cancelled)

    def _run(self, jobs: Sequence[Job[Any]], limit_s: float, cancelled: Cancelled | None) -> Iterator[tuple[int, Any]]:
        return run_jobs(
            jobs,
            limit_s=limit_s,
            timeout_error=lambda: NetworkError(
                f"{self._bucket.host} and {host_of(self._twins_url)} did not deliver within {limit_s:g} s.",
                hint=NETWORK_HINT,
                option=ASK,
            ),
            parallel=CONNECTIONS_A_HOST,
            cancelled=cancelled,
        )

    def _find_both(
        self, aoi: Aoi, start: date, end: date, previews: bool, cancelled: Cancelled | None
    ) -> tuple[Finding, list[TwinItem] | SourceError]:
        """Ask the L1C catalogue and, at the same time, that of the L2A twins; the latter may fail."""

        def find(control: Control) -> Finding:
            stopped = lambda: control.stop.is_set() or (cancelled is not None and cancelled())  # noqa: E731
            return self._finder.find(aoi, start, end, NAME, stopped)

        def twins(control: Control) -> list[TwinItem] | SourceError:
            since = datetime.combine(start, clock.min, UTC) - SAME_OVERPASS
            until = datetime.combine(end, clock.max, UTC) + SAME_OVERPASS
            try:
                return find_twins(self.web, self._twins_url, aoi, since, until, control)
            except CancelledError:
                raise
            except SourceError as error:
                return error

        jobs: list[Job[Any]] = [find, twins] if previews else [find]
        results = dict(self._run(jobs, 3 * self._limits.search_s, cancelled))
        return results[0], results.get(1, [])

    def _nearest(self, aoi: Aoi, start: date, end: date, cancelled: Cancelled | None) -> tuple[date, ...]:
        """Search up to four days with an acquisition near the period, nearest first."""
        for days in WIDER_DAYS:
            first = max(start - timedelta(days=days), FIRST_ACQUISITION)
            last = min(end + timedelta(days=days), datetime.now(UTC).date())
            found = self._finder.find(aoi, first, last, NAME, cancelled).acquisitions
            days_found = {a.datetime.date() for a in found}
            if days_found:
                away = sorted(days_found, key=lambda day: (max(start - day, day - end), day))
                return tuple(away[:4])
        return ()

    def _look_at_clearest(
        self,
        found: tuple[Acquisition, ...],
        aoi: Aoi,
        twins: list[TwinItem] | SourceError,
        report: Progress,
        cancelled: Cancelled | None,
    ) -> tuple[Acquisition, ...]:
        result = list(found)
        if isinstance(twins, SourceError):
            note = f"The clear share over the area is not known: {twins.message}"
            return tuple(replace(a, notes=(*a.notes, note)) for a in result)
        ranked = sorted(range(len(found)), key=lambda i: 101.0 if (c := found[i].cloud_cover_pct) is None else c)
        own = {i: [t for t in twins if abs(t.datetime - found[i].datetime) <= SAME_OVERPASS] for i in ranked}
        chosen = [i for i in ranked if any("scl" in item.assets for item in own[i])][:MAX_PREVIEWS]
        for i in set(ranked[:MAX_PREVIEWS]) - set(chosen):
            result[i] = replace(result[i], notes=(*result[i].notes, NO_TWIN))
        jobs: list[Job[Acquisition]] = [partial(_looked, self.web, aoi, found[i], own[i]) for i in chosen]
        for done, (position, seen) in enumerate(self._run(jobs, 2 * self._limits.preview_s, cancelled), 1):
            result[chosen[position]] = seen
            report(0.3 + 0.7 * done / len(jobs), f"Looked at {done} of {len(jobs)} acquisitions")
        return tuple(result)


NO_TWIN = "No cloud information: there is no L2A product of this overpass."


def _looked(web: Web, aoi: Aoi, acquisition: Acquisition, items: list[TwinItem], control: Control) -> Acquisition:
    """Look at one acquisition; where that fails the list is still of use, and says so."""
    try:
        return look(web, aoi, acquisition, items, control)
    except CancelledError:
        raise
    except SourceError as error:
        note = f"The clear share over the area is not known: {error.message}"
        return replace(acquisition, notes=(*acquisition.notes, note))


def _to_scene(loaded: Loaded, clouds: Clouds, acquisition: Acquisition, grid: TileGrid) -> Scene:
    dn = np.stack([loaded.dn[band] for band in loaded.bands])
    observed = np.asarray((dn > 0).all(axis=0))
    if not observed.any():
        raise _no_pixel(acquisition)
    reflectance = to_reflectance(dn)
    reflectance[:, ~observed] = 0
    clear, notes = clouds.clear.copy(), [*loaded.notes, *clouds.notes]
    unknown = observed & ~clouds.known
    share = float(unknown.sum() / observed.sum())
    known = share <= WORTH_A_NOTE
    if not known:
        missing = "the area" if share > 1 - WORTH_A_NOTE else f"{share:.0%} of the area"
        found = look_for_clouds(dict(zip(loaded.bands, reflectance, strict=True)), observed, cast(Level, loaded.level))
        clear &= ~(unknown & found.cloud)
        known = found.known
        notes.append(f"There is no cloud information for {missing} on this date: {found.done}.")
    return Scene(
        grid=grid,
        acquisition=replace(
            acquisition,
            level=cast(Level, loaded.level),
            products=loaded.products,
            baseline=loaded.baseline,
            origin=(*loaded.origin, clouds.origin),
        ),
        bands=loaded.bands,
        reflectance=reflectance,
        observed=observed,
        clear=clear,
        notes=tuple(dict.fromkeys(notes)),
        clouds_known=known,
    )


def _tiles_around(bounds: tuple[float, float, float, float], epsg: int) -> TileGrid:
    left, bottom, right, top = bounds
    east0, south = math.floor(left / TILE_M), math.floor(bottom / TILE_M)
    n_rows, n_cols = math.ceil(top / TILE_M) - south, math.ceil(right / TILE_M) - east0
    return TileGrid(epsg, east0, south + n_rows - 1, n_rows, n_cols)


def _no_pixel(acquisition: Acquisition) -> NoAcquisitionError:
    return NoAcquisitionError(
        f"The image of {acquisition.date} has no pixel in the area: the satellite's swath passed beside it.",
        hint="Choose another date.",
    )


def _learn_speed(bytes_: int, seconds: float) -> None:
    if bytes_ > 2_000_000 and seconds > 0:  # less says more of latency than of the line
        _speed.bytes_per_s = 0.5 * _speed.bytes_per_s + 0.5 * bytes_ / seconds
