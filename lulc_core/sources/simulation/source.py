"""Simulated imagery: any place, every five days, without credentials or network. Marked as simulated everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import starmap

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES, RGB
from lulc_core.domain.errors import NoAcquisitionError
from lulc_core.domain.grid import PIXEL_M, TILE_PX, TileGrid
from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.sources.base import FIRST_ACQUISITION, Cost, check_load, check_period, in_words
from lulc_core.sources.preview import to_png
from lulc_core.sources.simulation import optics, texture
from lulc_core.sources.simulation.air import MASK_CELL_M, Sky, Veil
from lulc_core.sources.simulation.changes import CALM, ChangeRate, cover_on
from lulc_core.sources.simulation.layout import Layout, lay_out
from lulc_core.sources.simulation.optics import repeat_pixels
from lulc_core.sources.simulation.orbit import granule_of, overpasses, relative_orbit, satellite_of
from lulc_core.sources.tile_plan import plan_rectangles

NAME = "simulated"
NOTE = "Simulated imagery: an invented landscape, not a real observation."
PREVIEWS = 12
"""Pictures are made for the clearest so many acquisitions of a search."""
PREVIEW_PX = 104
BLOCK_TILES = 20
"""Drawn at once; 200 MB of arrays."""
_CELL_PX = MASK_CELL_M // PIXEL_M
MAX_SHAPE_PX = 40_000_000
"""Larger shapes are weighed on cells of the cloud mask, not on pixels."""


class SimulatedSource:
    """An invented landscape, seen from orbit. A pure function of place, date, seed and rate of change.

    Args:
        seed, rate: of the invention.
        pictures: so many acquisitions of a search get a small picture.
    """

    name = NAME

    def __init__(self, *, seed: int = 0, rate: ChangeRate = CALM, pictures: int = PREVIEWS) -> None:
        self.seed = seed
        self.rate = rate
        self._pictures = pictures
        self._suffix = (f"-{seed}" if seed else "") + (f"-{rate.name}" if rate.name else "")

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
        """Search acquisitions over the area, newest first; see ImagerySource.search."""
        check_period(start, end)
        end = min(end, datetime.now(UTC).date())
        lon, lat = aoi.center
        days = overpasses(lon, start, end)
        if not days:
            raise _nothing(lon, start, end)
        step = stopping_progress(on_progress, cancelled)
        granule = granule_of(lon, lat)
        window = _Window.of(TileGrid.from_aoi(aoi), aoi) if previews else None
        found = []
        for n, day in enumerate(days):
            step(n / len(days), f"Looking at {day}")
            sky = Sky.on(day, aoi.epsg, self.seed)
            found.append(
                Acquisition(
                    id=f"SIM-{granule.name}-{day:%Y%m%d}{self._suffix}",
                    datetime=datetime.combine(day, _time_of(lon), UTC),
                    source=NAME,
                    level="L1C",
                    satellite=satellite_of(lon, day),
                    simulated=True,
                    cloud_cover_pct=round(100 * sky.cloud_cover(granule.x, granule.y, granule.size_m), 1),
                    clear_share=None if window is None else window.clear_share(sky),
                    relative_orbit=relative_orbit(lon),
                    notes=(NOTE,),
                )
            )
        found.sort(key=lambda a: a.datetime, reverse=True)
        if window is not None and self._pictures:
            layout = lay_out(window.xs, window.ys, aoi.epsg, self.seed, self.rate)
            for i in sorted(range(len(found)), key=lambda i: -(found[i].clear_share or 0))[: self._pictures]:
                step(1.0, f"Drawing {found[i].date}")
                found[i] = replace(found[i], preview=self._preview(found[i], layout, aoi.epsg))
        step(1.0, f"{len(found)} acquisitions")
        return tuple(found)

    def load(
        self,
        acquisition: Acquisition,
        bands: Sequence[str],
        grid: TileGrid,
        *,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Scene:
        """Load pixels of some bands on the grid; see ImagerySource.load.

        Tiles without ground in the drawn shape are left unobserved, as by the services.
        """
        check_load(acquisition, bands, source=NAME, available=BAND_NAMES)
        step = stopping_progress(on_progress, cancelled)
        day = acquisition.datetime.date()
        reflectance = np.zeros((len(bands), *grid.shape_px), np.float32)
        clear = np.zeros(grid.shape_px, bool)
        observed = grid.inside.repeat(TILE_PX, axis=0).repeat(TILE_PX, axis=1)
        parts = plan_rectangles(grid.inside, max_side=BLOCK_TILES)
        for n, part in enumerate(parts):
            step(n / len(parts), f"Simulating {day}")
            window = grid.window(part)
            rows = slice(part.row0 * TILE_PX, part.row1 * TILE_PX)
            cols = slice(part.col0 * TILE_PX, part.col1 * TILE_PX)
            self._draw(window, day, bands, reflectance[:, rows, cols])
            left, _, _, top = window.bounds
            cells = Sky.on(day, grid.epsg, self.seed).clear_cells(
                left, top, *(n_px // _CELL_PX for n_px in window.shape_px)
            )
            clear[rows, cols] = repeat_pixels(cells, _CELL_PX)
        for rows, cols in starmap(grid.tile_slices, np.argwhere(~grid.inside).tolist()):
            reflectance[:, rows, cols] = 0  # drawn where a rectangle held it; a scene must not depend on that
        step(1.0, "Simulated")
        return Scene(grid, acquisition, tuple(bands), reflectance, observed, clear & observed, (NOTE,))

    def cost(self, grid: TileGrid, bands: Sequence[str]) -> Cost:
        """Estimate what load() will take: nothing but time, about a microsecond a pixel for all bands."""
        seconds = grid.n_tiles * (0.0012 + 0.00012 * len(bands))
        return Cost(grid.n_tiles, 0, 0.0, round(seconds, 2))

    def _draw(self, grid: TileGrid, day: date, bands: Sequence[str], out: NDArray[np.float32]) -> None:
        """Fill ``out`` (bands, rows, columns). Works on a window that begins on 60 m, since B01, B09, B10 do."""
        left, bottom, right, top = grid.bounds
        # One cell of 60 m more on each side: the blur spoils the outermost ring of pixels.
        west, south = (math.floor(v / 60) * 60 - 60 for v in (left, bottom))
        east, north = (math.ceil(v / 60) * 60 + 60 for v in (right, top))
        xs, ys = pixel_centres(west, south, east, north, PIXEL_M)
        rows = slice(int(north - top) // PIXEL_M, int(north - bottom) // PIXEL_M)
        cols = slice(int(left - west) // PIXEL_M, int(right - west) // PIXEL_M)
        surface, veil = self._ground_and_air(lay_out(xs, ys, grid.epsg, self.seed, self.rate), day, grid.epsg)
        for n, (band, pixels) in enumerate(optics.radiance(surface, bands)):
            pixels = veil.over(pixels, band)
            pixels = optics.to_native(optics.blur(pixels), band)
            pixels = optics.add_noise(pixels, surface.grain, band)
            out[n] = optics.to_numbers(pixels[rows, cols])

    def _preview(self, acquisition: Acquisition, layout: Layout, epsg: int) -> bytes:
        surface, veil = self._ground_and_air(layout, acquisition.datetime.date(), epsg)
        colours = np.stack([veil.over(pixels, band) for band, pixels in optics.radiance(surface, RGB)])
        height, width = colours.shape[1] // 2 * 2, colours.shape[2] // 2 * 2
        halves = colours[:, :height, :width].reshape(3, height // 2, 2, width // 2, 2)
        return to_png(halves.mean((2, 4)))

    def _ground_and_air(self, layout: Layout, day: date, epsg: int) -> tuple[texture.SurfaceModel, Veil]:
        cls, site = cover_on(layout.cls, layout.xs, layout.ys, layout.changes, day)
        surface = texture.paint(layout, cls, site, day, epsg=epsg, seed=self.seed)
        return surface, Sky.on(day, epsg, self.seed).veil(layout.xs, layout.ys)


@dataclass(frozen=True)
class _Window:
    """An area on the cells of the cloud mask, and the sparse points of its preview."""

    left: float
    top: float
    weights: NDArray[np.float64]
    """(rows, columns) pixels of the drawn shape in each cell of the mask."""
    xs: NDArray[np.float64]
    ys: NDArray[np.float64]

    @classmethod
    def of(cls, grid: TileGrid, aoi: Aoi) -> _Window:
        from affine import Affine
        from rasterio.features import rasterize

        rows, cols = (n_px // _CELL_PX for n_px in grid.shape_px)
        n = _CELL_PX if math.prod(grid.shape_px) <= MAX_SHAPE_PX else 1  # points of the shape along a cell
        step = MASK_CELL_M / n
        left, bottom, right, top = grid.bounds
        transform = Affine(step, 0, left, 0, -step, top)
        shape = (rows * n, cols * n)
        inside = rasterize([(aoi.projected, 1)], shape, transform=transform, dtype="uint8", all_touched=n == 1)
        weights = inside.reshape(rows, n, cols, n).sum((1, 3), dtype=np.float64)
        if not weights.any():
            weights[:] = 1
        pixel = max((right - left) / (2 * PREVIEW_PX), (top - bottom) / (2 * PREVIEW_PX), PIXEL_M)
        xs, ys = pixel_centres(left, bottom, right, top, pixel)
        return cls(left, top, weights, xs, ys)

    def clear_share(self, sky: Sky) -> float:
        clear = sky.clear_cells(self.left, self.top, *self.weights.shape)
        return float((self.weights * clear).sum() / self.weights.sum())


def pixel_centres(
    west: float, south: float, east: float, north: float, pixel: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute eastings (ascending) and northings (descending) of pixel centres, metres."""
    xs = west + pixel * (np.arange(math.ceil((east - west) / pixel), dtype=np.float64) + 0.5)
    ys = north - pixel * (np.arange(math.ceil((north - south) / pixel), dtype=np.float64) + 0.5)
    return xs, ys


def _time_of(lon: float) -> time:
    """UTC of the overpass: half past ten by the sun. Source: Sentinel-2 orbit, mean local solar time 10:30."""
    minutes = int((10.5 - lon / 15) * 60) % 1440
    return time(minutes // 60, minutes % 60, 21)


def _nothing(lon: float, start: date, end: date) -> NoAcquisitionError:
    nearest = []
    for days in range(1, 12):
        before, after = start - timedelta(days=days), end + timedelta(days=days)
        nearest += overpasses(lon, before, before) if before >= FIRST_ACQUISITION else []
        nearest += overpasses(lon, after, after) if after <= datetime.now(UTC).date() else []
    nearest = nearest or overpasses(lon, FIRST_ACQUISITION, FIRST_ACQUISITION + timedelta(days=11))[:1]
    dates = " and ".join(str(d) for d in nearest[:2])
    return NoAcquisitionError(
        f"Nothing was acquired here {in_words(start, end)}.",
        hint=f"The nearest {'dates are' if len(nearest) > 1 else 'date is'} {dates}.",
        nearest=tuple(nearest),
    )
