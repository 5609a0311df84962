"""Sentinel-2 L1C from Sentinel Hub or Copernicus Data Space, with clouds from the L2A product of the same overpass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import CancelledError, CredentialsError, NoAcquisitionError, SourceError
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.domain.radiometry import to_reflectance
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.settings import Settings
from lulc_core.sources.base import (
    FIRST_ACQUISITION,
    Cost,
    Spend,
    check_load,
    check_period,
    in_words,
    spend_freely,
)
from lulc_core.sources.cache import TileCache
from lulc_core.sources.clouds.unmapped import look_for_clouds
from lulc_core.sources.overpasses import to_acquisitions
from lulc_core.sources.sentinel_hub.catalog import find_granules
from lulc_core.sources.sentinel_hub.connection import ConnectionReport, test_connection
from lulc_core.sources.sentinel_hub.errors import service_of
from lulc_core.sources.sentinel_hub.limits import Limits
from lulc_core.sources.sentinel_hub.login import Account, account_for
from lulc_core.sources.sentinel_hub.pixels import BandMosaic, SclMosaic, load_tiles
from lulc_core.sources.sentinel_hub.preview import MAX_PREVIEWS, fetch_preview
from lulc_core.sources.sentinel_hub.requests import (
    SCL_LAYER,
    HubLayer,
    fetch_layer,
    is_clear,
    processing_units,
    reflectance_layer,
)
from lulc_core.sources.tile_plan import plan_rectangles

__all__ = ["ConnectionReport", "Limits", "SentinelHubSource", "test_connection"]

NAME = "sentinel-hub"
WIDER_DAYS = (15, 60, 400)
"""How far beyond an empty period the nearest acquisitions are looked for, step by step."""
WORTH_A_NOTE = 0.005
"""A smaller share of pixels without cloud information (the rim of a swath) is not worth a sentence."""
PREVIEW_UNITS = 0.1
"""Processing units of one preview, about."""
_UNITS_PER_MINUTE = 300.0
"""Of a free CDSE account. Source: CDSE quotas, March 2025."""


class SentinelHubSource:
    """Imagery through the sentinelhub client; see :class:`lulc_core.sources.base.ImagerySource`.

    Args:
        settings: credentials, addresses and the cache folder.
        cache: where downloads are kept; by default the settings' folder.
        limits: how long and how often the service is asked.
        spend: asked before requests are sent.

    Raises:
        CredentialsError: on first use, where credentials are missing or refused.
    """

    name = NAME

    def __init__(
        self,
        settings: Settings,
        *,
        cache: TileCache | None = None,
        limits: Limits | None = None,
        spend: Spend = spend_freely,
    ) -> None:
        self._spend = spend
        self._settings = settings
        self._limits = limits or Limits()
        self._cache = cache if cache is not None else TileCache(settings.cache_dir / "tiles", settings.cache_max_mb)

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

        With ``previews`` the :data:`MAX_PREVIEWS` clearest by granule get their clear share and picture, in small
        requests (about 0.1 processing units each).
        """
        check_period(start, end)
        account = self._account()
        report = stopping_progress(on_progress, cancelled)
        self._spend(1, 0.0)
        report(0.0, "Asking the catalogue")
        found = self._find(account, aoi, max(start, FIRST_ACQUISITION), end, cancelled)
        if not found:
            nearest = self._nearest(account, aoi, start, end, cancelled)
            days = " and ".join(str(day) for day in nearest[:3])
            raise NoAcquisitionError(
                f"Sentinel-2 took no image of the area {in_words(start, end)}.",
                hint=f"The nearest are of {days}." if nearest else "Choose another period or area.",
                nearest=nearest,
            )
        report(0.2, f"{len(found)} acquisition{'' if len(found) == 1 else 's'} found")
        if previews:
            found = self._look_at_clearest(found, aoi, report, cancelled)
        report(1.0, "The list is complete")
        return found

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

        Tiles without ground in the drawn shape are left unobserved.

        Raises:
            NoAcquisitionError: the acquisition has no pixel in the drawn shape.
        """
        check_load(acquisition, bands, source=NAME, available=BAND_NAMES)
        report = stopping_progress(on_progress, cancelled)
        mosaic, clouds = BandMosaic(grid, bands), SclMosaic(grid)
        notes = load_tiles(
            [mosaic, clouds],
            acquisition,
            grid,
            source=f"{NAME}/{service_of(self._settings.sh_base_url)}",
            cache=self._cache,
            login=self._account,
            report=report,
            cancelled=cancelled,
            spend=self._spend,
        )
        observed = mosaic.observed & np.kron(grid.inside, np.ones((TILE_PX, TILE_PX), bool))
        if not observed.any():
            raise NoAcquisitionError(
                f"The image of {acquisition.date} has no pixel in the area: the satellite's swath passed beside it.",
                hint="Choose another date.",
            )
        clear = is_clear(clouds.scl)
        unknown = observed & (clouds.scl == 0)
        share = float(unknown.sum() / observed.sum())
        known = share <= WORTH_A_NOTE
        if not known:
            missing = "the area" if share > 1 - WORTH_A_NOTE else f"{share:.0%} of the area"
            found = look_for_clouds(dict(zip(bands, mosaic.reflectance, strict=True)), observed, "L1C")
            clear &= ~(unknown & found.cloud)
            known = found.known
            notes.append(f"There is no scene classification (L2A product) for {missing} on this date: {found.done}.")
        report(1.0, "Imagery is here")
        return Scene(
            grid=grid,
            acquisition=acquisition,
            bands=tuple(bands),
            reflectance=mosaic.reflectance,
            observed=observed,
            clear=clear,
            notes=tuple(notes),
            clouds_known=known,
        )

    def cost(self, grid: TileGrid, bands: Sequence[str]) -> Cost:
        """Estimate what :meth:`load` takes where nothing is in the cache: L1C bands and the scene classification.

        The seconds are a rough figure: 2 s for each round of requests, 2 s for a megapixel of 13 bands, and no faster
        than 300 processing units a minute.
        """
        layer = reflectance_layer(bands)
        blocks = plan_rectangles(grid.inside)
        units = sum(processing_units(k.bands, grid.window(b).bounds) for k in (layer, SCL_LAYER) for b in blocks)
        requests = 2 * len(blocks)
        megapixels = sum(b.n_tiles for b in blocks) * TILE_PX**2 / 1e6
        rounds = math.ceil(requests / self._limits.parallel)
        seconds = max(2.0 * rounds + 2.0 * megapixels * len(layer.bands) / 13, (units / _UNITS_PER_MINUTE - 1) * 60)
        return Cost(grid.n_tiles, requests, round(units, 4), round(seconds, 1))

    def forget(self, acquisition: Acquisition, grid: TileGrid) -> None:
        """Forget what is kept of an acquisition around a grid, so that it is fetched again."""
        tiles = [(grid.east0 + col, grid.north0 - row) for row, col in np.argwhere(grid.inside).tolist()]
        self._cache.forget(f"{NAME}/{service_of(self._settings.sh_base_url)}", acquisition.id, grid.epsg, tiles)

    def own_pixels(
        self,
        acquisition: Acquisition,
        bands: Sequence[str],
        bounds: tuple[float, float, float, float],
        epsg: int,
        *,
        cancelled: Cancelled | None = None,
    ) -> NDArray[np.float32]:
        """Load a small window of L1C bands with the satellite's own pixels of 10, 20 and 60 m; one request.

        Args:
            acquisition: of this source.
            bands: names.
            bounds: left, bottom, right, top, metres of the zone, on multiples of 10 m.
            epsg: the zone.
            cancelled: asked meanwhile.

        Returns:
            float32 (bands, rows, columns) of 10 m cells, each with the reflectance of the pixel that it lies in; NaN
            where nothing was observed.

        Raises:
            InputError: another source's acquisition, or no such band.
            SourceError: the service failed.
            CancelledError: ``cancelled()`` said so.
        """
        check_load(acquisition, bands, source=NAME, available=BAND_NAMES)
        account = self._account()
        layer = HubLayer("l1c-own", "L1C", tuple(bands), "UINT16", "NEAREST")
        self._spend(1, processing_units(layer.bands, bounds))
        job = partial(fetch_layer, account, layer, epsg, bounds, acquisition.datetime)
        pixels = account.run_one(job, limit_s=self._limits.process_s, cancelled=cancelled)
        # The service has taken the offset of baseline 04.00 off already (harmonizeValues).
        return np.where(pixels[-1] > 0, to_reflectance(pixels[:-1]), np.float32(np.nan)).astype(np.float32)

    def _account(self) -> Account:
        return account_for(self._settings, self._limits)

    def _find(
        self, account: Account, aoi: Aoi, start: date, end: date, cancelled: Cancelled | None
    ) -> tuple[Acquisition, ...]:
        job = partial(find_granules, account, aoi, start, end)
        granules = account.run_one(job, limit_s=self._limits.catalog_s, cancelled=cancelled)
        return to_acquisitions(granules, aoi, NAME)

    def _nearest(
        self, account: Account, aoi: Aoi, start: date, end: date, cancelled: Cancelled | None
    ) -> tuple[date, ...]:
        """Search up to four days with an acquisition near the period, nearest first."""
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
        self._spend(len(chosen), PREVIEW_UNITS * len(chosen))
        jobs = [partial(fetch_preview, account, aoi, found[i]) for i in chosen]
        result = list(found)
        done = 0
        try:
            for position, seen in account.run(jobs, limit_s=self._limits.search_s, cancelled=cancelled):
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
