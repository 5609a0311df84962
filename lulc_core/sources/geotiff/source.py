"""A user's own Sentinel-2 file or files as a source of imagery: one acquisition, any CRS, L1C or L2A."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES, RGB
from lulc_core.domain.errors import InputError, NoAcquisitionError
from lulc_core.domain.grid import PIXEL_M, TileGrid
from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.domain.radiometry import SCL_CLEAR, Level
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.sources.base import Cost, check_period
from lulc_core.sources.clouds import detect
from lulc_core.sources.clouds.bright import CLOUD_BANDS, bright_clouds
from lulc_core.sources.clouds.trees import BANDS as DETECTOR_BANDS
from lulc_core.sources.geotiff.band_names import SCL
from lulc_core.sources.geotiff.decisions import Question, UnansweredError
from lulc_core.sources.geotiff.footprint import trace_footprint
from lulc_core.sources.geotiff.inspect import GeoTiffInfo, inspect
from lulc_core.sources.geotiff.names import is_day
from lulc_core.sources.geotiff.on_grid import read_on_grid, read_step
from lulc_core.sources.geotiff.read import RasterLayer
from lulc_core.sources.preview import pixels_inside, to_png

__all__ = ["GeoTiffInfo", "GeoTiffSource", "Question", "UnansweredError", "inspect"]

PREVIEW_PX = 256
SECONDS_PER_MPX = 0.15
"""Reading and resampling a million pixels of one band on a slow core, measured: 0.13 of a GeoTIFF."""
NO_CLOUDS_NOTE = "Nothing is known about clouds: the file has no map of them (band SCL)."
GUESSED_CLOUDS_NOTE = (
    "The file has no map of clouds (band SCL): bright clouds were looked for; thin cloud and shadow are not known, so "
    "how much of the area is clear is not known."
)
DETECTED_CLOUDS_NOTE = (
    "The file has no map of clouds (band SCL): s2cloudless (Sentinel Hub) looked for them in ten of its bands; shadows "
    "of clouds are not known."
)


class GeoTiffSource:
    """One acquisition from files of the user.

    What the files do not say is guessed and noted; :attr:`info` has the open questions.
    """

    name = "geotiff"

    def __init__(
        self,
        files: Sequence[Path | str],
        *,
        level: Level | None = None,
        bands: Sequence[str] | None = None,
        offset: float | None = None,
        scale: float | None = None,
        date: Date | datetime | str | None = None,
        satellite: str = "",
    ) -> None:
        """Inspect the files; see :func:`inspect` for the arguments and errors."""
        self.info = inspect(files, level=level, bands=bands, offset=offset, scale=scale, date=date, satellite=satellite)
        self._layers = {layer.band: layer for layer in self.info.layers}
        self._footprint: Aoi | None = None

    def footprint(self) -> Aoi:
        """Trace the ground that the file has measurements of: the area to take where the user names none.

        Raises:
            FileFormatError: the file breaks, or holds no measurement.
        """
        if self._footprint is None:
            layer = self._layers[self._shown_band]
            self._footprint = trace_footprint(layer, name=layer.path.stem)
        return self._footprint

    def search(
        self,
        aoi: Aoi,
        start: Date,
        end: Date,
        *,
        previews: bool = True,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> tuple[Acquisition, ...]:
        """Search: the one acquisition, if it lies over the area and in the period; see :class:`ImagerySource`.

        Raises:
            InputError: nobody says when it was taken.
            NoAcquisitionError: another day, or another place; says where and when the file is.
        """
        check_period(start, end)
        step = stopping_progress(on_progress, cancelled)
        moment = self._moment()
        if not start <= moment.date() <= end:
            raise NoAcquisitionError(
                f"{self.title} was taken on {moment.date()}, which is not in {start} to {end}.",
                hint=f"Choose a period with {moment.date()} in it.",
                nearest=(moment.date(),),
            )
        extent = self.footprint().geometry
        turns = [shapely.transform(extent, lambda c, t=turn: c + np.array([t, 0])) for turn in (0, 360, -360)]
        if not shapely.intersects(aoi.geometry, turns).any():
            west, south, east, north = self.footprint().bbox
            raise NoAcquisitionError(
                f"The area does not touch {self.title}, which lies at longitude {west:.4f} to {east:.4f}, "
                f"latitude {south:.4f} to {north:.4f}.",
                hint="Draw the area there, or leave it out to take the whole file.",
            )
        info = self.info
        preview, clear_share = self._preview(aoi, stopping_progress(None, cancelled)) if previews else (None, None)
        step(1.0, f"Looked into {self.title}")
        notes = list(info.notes)
        if is_day(moment):
            notes.append("Of the time of the image only the day is known.")
        notes += self._cloud_notes
        return (
            Acquisition(
                id=f"{(*info.products, info.layers[0].path.stem)[0][:100]}-{info.key}",
                datetime=moment,
                source=self.name,
                level=info.level,
                satellite=info.satellite,
                clear_share=clear_share,
                products=info.products,
                baseline=info.baseline,
                preview=preview,
                notes=tuple(notes),
                bands=info.bands,
            ),
        )

    def load(
        self,
        acquisition: Acquisition,
        bands: Sequence[str],
        grid: TileGrid,
        *,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Scene:
        """Load pixels of some bands on the grid; see :class:`ImagerySource`.

        Raises:
            InputError: a band that the file does not have; an acquisition of another file.
            FileFormatError: the file breaks.
        """
        if acquisition.source != self.name or not acquisition.id.endswith(self.info.key):
            raise InputError(f"The acquisition {acquisition.id} is not that of {self.title}.", hint="Search again.")
        layers = self._layers_of(bands)
        reflectance = np.zeros((len(layers), *grid.shape_px), np.float32)
        missing = np.zeros((len(layers), *grid.shape_px), np.bool_)
        planes: dict[str, NDArray[np.float32]] = dict(zip(bands, reflectance, strict=True))  # views
        wanted = (*bands, *(b for b in self._cloud_bands if b not in bands))
        step = stopping_progress(on_progress, cancelled)
        margin = detect.MARGIN_M // PIXEL_M if self._detects else 0
        bounds, shape = _widened(grid.bounds, grid.shape_px, margin)
        inner = tuple(slice(margin, margin + n) for n in grid.shape_px)
        for number, (band, whole) in enumerate(self._read(wanted, bounds, shape, grid.epsg, step)):
            values = whole[inner]
            if number < len(layers):
                missing[number] = np.isnan(values)
                reflectance[number] = self._reflectance(values)
            if band in self._cloud_bands and (self._detects or number >= len(layers)):
                planes[band] = self._for_clouds(band, whole, PIXEL_M)
        observed = self._observed(layers, missing)
        clear = self._clear(planes, shape, PIXEL_M)[inner]
        reflectance[:, ~observed] = 0
        step(1.0, f"Read {self.title}")
        return Scene(
            grid=grid,
            acquisition=acquisition,
            bands=tuple(bands),
            reflectance=reflectance,
            observed=observed,
            clear=clear,
            notes=self._notes(grid, layers),
            clouds_known=self._knows_clouds,
        )

    def cost(self, grid: TileGrid, bands: Sequence[str]) -> Cost:
        """Estimate what :meth:`load` will take; nothing is charged."""
        rows, cols = grid.shape_px
        seconds = 0.2 + SECONDS_PER_MPX * len(bands) * rows * cols / 1e6
        return Cost(grid.n_tiles, 0, 0.0, round(seconds, 1))

    @property
    def title(self) -> str:
        """The name of the file, or of the first with the number of the others."""
        names = sorted({layer.path.name for layer in self.info.layers})
        return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"

    @property
    def _shown_band(self) -> str:
        return next(b for b in (*RGB, *BAND_NAMES) if b in self._layers)

    def _moment(self) -> datetime:
        if self.info.moment is None:
            reason = next((q.reason for q in self.info.questions if q.key == "date"), "")
            raise InputError(
                f"When {self.title} was taken is not known. {reason}".strip(),
                hint="Name the day, for example 2019-07-16.",
                option="--date",
            )
        check_period(self.info.moment.date(), self.info.moment.date())
        return self.info.moment

    def _layers_of(self, bands: Sequence[str]) -> list[RasterLayer]:
        unknown = [b for b in bands if b not in self.info.bands]
        if unknown or not bands:
            raise InputError(
                f"{self.title} has no band {', '.join(unknown) or '(none given)'}; "
                f"it has {', '.join(self.info.bands)}.",
                hint="If the file has it under another name, say which bands it holds.",
            )
        return [self._layers[b] for b in bands]

    def _read(
        self,
        bands: Sequence[str],
        bounds: tuple[float, float, float, float],
        shape: tuple[int, int],
        epsg: int,
        step: Progress,
        *,
        nearest: bool = False,
    ) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Bands one by one, in the files' own numbers, NaN without a measurement; see :func:`read_on_grid`."""
        layers = [self._layers[band] for band in bands]
        arrays = cast(Generator[NDArray[np.float32], None, None], read_on_grid(layers, bounds, shape, epsg, nearest))
        with closing(arrays):  # at once, not whenever memory is cleared: a child and its descriptors hang on it
            for number, layer in enumerate(layers):
                step(number / len(layers), f"Reading {layer.band} of {layer.path.name}")
                yield layer.band, next(arrays)

    def _reflectance(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.nan_to_num(self.info.to_reflectance(values), copy=False)

    def _observed(self, layers: Sequence[RasterLayer], missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Where there is a measurement.

        At the edge of the swath the bands end a few pixels apart. At the top of the atmosphere no band of the ground
        is ever 0, so one missing band is enough; surface reflectance of water may have been cut at 0 by the program
        that wrote the file, so there most bands must be missing, or one of those that have a fill value of their own.
        """
        if self.info.level == "L1C":
            deciding = [i for i, layer in enumerate(layers) if layer.band not in ("B09", "B10", "B11", "B12")]
        else:
            fills = [{*layer.fills, *layer.fills_within} for layer in layers]
            of_all = fills[0].intersection(*fills)
            deciding = [i for i, own in enumerate(fills) if own - of_all]
        any_missing = missing[deciding].any(axis=0)
        return np.asarray(~any_missing & (missing.mean(axis=0) <= 0.5))

    def _preview(self, aoi: Aoi, step: Progress) -> tuple[bytes | None, float | None]:
        """A small true-colour picture of the area, and the share of it that is observed and clear."""
        left, bottom, right, top = aoi.projected.bounds
        pixel_m = max((right - left) / PREVIEW_PX, (top - bottom) / PREVIEW_PX, PIXEL_M)
        shape = max(math.ceil((top - bottom) / pixel_m), 1), max(math.ceil((right - left) / pixel_m), 1)
        bounds = (left, top - shape[0] * pixel_m, left + shape[1] * pixel_m, top)
        wanted = [b for b in RGB if b in self._layers]
        if len(wanted) < len(RGB):
            wanted = [self._shown_band] * 3
        small: dict[str, NDArray[np.float32]] = {}
        clouds: dict[str, NDArray[np.float32]] = {}
        observed = np.ones(shape, np.bool_)
        bands = tuple(dict.fromkeys((*wanted, *self._cloud_bands)))
        for band, values in self._read(bands, bounds, shape, aoi.epsg, step, nearest=True):
            if band in wanted:
                observed &= ~np.isnan(values)
                small[band] = self._reflectance(values)
            if band in self._cloud_bands:
                clouds[band] = self._for_clouds(band, values, pixel_m)
        picture = to_png(np.stack([small[b] for b in wanted]))
        inside = pixels_inside(aoi, bounds, shape)
        if not self._knows_clouds or not inside.any():
            return picture, None
        return picture, float((observed & self._clear(clouds, shape, pixel_m))[inside].mean())

    @property
    def _detects(self) -> bool:
        """True where there is no map of clouds, but all bands that the detector looks at."""
        return not self.info.has_scl and self.info.level == "L1C" and set(DETECTOR_BANDS) <= set(self._layers)

    @property
    def _knows_clouds(self) -> bool:
        """True where a clear share can be told: a map of clouds or the detector; a guess at bright ones is neither."""
        return self.info.has_scl or self._detects

    @property
    def _cloud_bands(self) -> tuple[str, ...]:
        """What must be read to look for clouds; empty where nothing can be found out."""
        if self.info.has_scl:
            return (SCL,)
        if self._detects:
            return DETECTOR_BANDS
        wanted = (*CLOUD_BANDS, *(b for b in ("B01", "B10") if b in self._layers))
        return wanted if all(b in self._layers for b in CLOUD_BANDS) else ()

    @property
    def _cloud_notes(self) -> tuple[str, ...]:
        if self.info.has_scl:
            return ()
        if self._detects:
            return (DETECTED_CLOUDS_NOTE,)
        return (GUESSED_CLOUDS_NOTE if self._cloud_bands else NO_CLOUDS_NOTE,)

    def _for_clouds(self, band: str, values: NDArray[np.float32], pixel_m: float) -> NDArray[np.float32]:
        """A band as looking for clouds wants it: classes, means of blocks, or reflectance."""
        if band == SCL:
            return values
        if self._detects:
            return detect.block_means(self.info.to_reflectance(values), pixel_m)
        return self._reflectance(values)

    def _clear(
        self, planes: Mapping[str, NDArray[np.float32]], shape: tuple[int, int], pixel_m: float
    ) -> NDArray[np.bool_]:
        if self.info.has_scl:
            return np.isin(planes[SCL], SCL_CLEAR)
        if not self._cloud_bands:
            return np.ones(shape, np.bool_)
        if self._detects:
            return ~detect.detect_clouds(planes, shape, pixel_m)
        return ~bright_clouds(planes, pixel_m=pixel_m)

    def _notes(self, grid: TileGrid, layers: Sequence[RasterLayer]) -> tuple[str, ...]:
        notes = []
        coarse = [layer.band for layer in layers if layer.pixel_m > 1.5 * PIXEL_M]
        if coarse:
            notes.append(f"{', '.join(coarse)} are coarser than 10 m in the file and were interpolated.")
        step = read_step(layers, grid.bounds, grid.shape_px, grid.epsg)
        if step > 1:
            notes.append(
                f"The area is large for a file with pixels of {min(x.pixel_m for x in layers):.2g} m: one in {step**2} "
                "of them was read, evenly spread. Smaller areas are read in full."
            )
        if self.info.crs != f"EPSG:{grid.epsg}":
            notes.append(f"Reprojected from {self.info.crs} to EPSG:{grid.epsg}.")
        return (*notes, *self._cloud_notes)


def _widened(
    bounds: tuple[float, float, float, float], shape: tuple[int, int], margin: int
) -> tuple[tuple[float, float, float, float], tuple[int, int]]:
    """Bounds and shape of a raster of 10 m pixels with a margin of pixels on every side."""
    left, bottom, right, top = bounds
    away = margin * PIXEL_M
    return (left - away, bottom - away, right + away, top + away), (shape[0] + 2 * margin, shape[1] + 2 * margin)
