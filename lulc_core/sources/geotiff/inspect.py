"""Inspect a user's Sentinel-2 files: which bands, level, date, scale and offset, and what must be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES, RGB
from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.domain.radiometry import Level, to_reflectance
from lulc_core.isolation.calls import isolated
from lulc_core.isolation.limits import HEADER
from lulc_core.sources.geotiff.band_names import SCL, to_band
from lulc_core.sources.geotiff.content import read_content, with_spectral_fills
from lulc_core.sources.geotiff.decisions import (
    Decision,
    Question,
    bands_unknown,
    decide_level,
    decide_moment,
    decide_offset,
    decide_scale,
    find_level,
)
from lulc_core.sources.geotiff.files import content_key, find_files
from lulc_core.sources.geotiff.names import metadata_of_product
from lulc_core.sources.geotiff.other_data import refuse_pictures
from lulc_core.sources.geotiff.radiometry import Samples
from lulc_core.sources.geotiff.read import RasterLayer, open_raster, sample

_FINER_M, _COARSER_M = 7.0, 15.0
"""Of pixels that may pass for 10 m: coordinates in degrees are some per cent off."""
POSSIBLE = (-0.2, 6.5)
"""Least and largest reflectance that a file can mean. Corrections of the air go a little below 0 in shadow; clouds,
glint and fire reach 2 to 3; 65535, the largest DN, stands for saturated."""


@dataclass(frozen=True)
class GeoTiffInfo:
    """What was found in the files."""

    layers: tuple[RasterLayer, ...]
    """The bands, one each, in wavelength order, and ``SCL`` last where there is one."""
    level: Level
    offset: float
    """Added to every value: 0 or -1000 for DN."""
    scale: float
    """What reflectance 1 is in the files: 10000 for DN, 1 for reflectance, 65535 for 16-bit exports."""
    moment: datetime | None
    """Sensing time, UTC; None where nobody says."""
    satellite: str
    baseline: str
    products: tuple[str, ...]
    crs: str
    """Coordinate system in words, such as ``EPSG:32632``."""
    questions: tuple[Question, ...]
    """What the files do not say for sure; empty where all is settled."""
    notes: tuple[str, ...]
    """Sentences for the user."""
    key: str
    """Twelve hexadecimal digits that name content and answers; for ids and cache keys."""

    @property
    def bands(self) -> tuple[str, ...]:
        """Bands there are, in wavelength order, without ``SCL``."""
        return tuple(layer.band for layer in self.layers if layer.band != SCL)

    @property
    def has_scl(self) -> bool:
        """True if the scene classification is among them."""
        return any(layer.band == SCL for layer in self.layers)

    def to_reflectance(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert numbers of the files to reflectance; NaN, where there is no measurement, stays NaN."""
        return to_reflectance(values, offset=self.offset, quantification=self.scale)


def inspect(
    files: Sequence[Path | str],
    *,
    level: Level | None = None,
    bands: Sequence[str] | None = None,
    offset: float | None = None,
    scale: float | None = None,
    date: Date | datetime | str | None = None,
    satellite: str = "",
    on_earth: bool = True,
) -> GeoTiffInfo:
    """Inspect Sentinel-2 files: one with many bands, or one per band.

    Args:
        files: GeoTIFF or JPEG 2000 files of one acquisition.
        level: ``L1C`` or ``L2A``, where the files do not say.
        bands: names in the order of the bands of the file (or of the files, one band each); ``-`` skips one.
        offset: added to every value; -1000 where ESA's offset is still in, else 0.
        scale: what reflectance 1 is in the files.
        date: of sensing, where the files do not say.
        satellite: ``S2A``, ``S2B`` or ``S2C``, where the files do not say.
        on_earth: refuse files without coordinates; single patches need none.

    Raises:
        FileFormatError: a file is missing, damaged, no Sentinel-2 raster, without coordinates, a picture for the eye.
        InputError: an answer does not fit the files; the same band twice; no band known.
        DateError: ``date`` is malformed.
        NoAcquisitionError: the files say for sure that they were taken on another day than ``date``.
    """
    given = [Path(file) for file in ([files] if isinstance(files, str | Path) else files)]
    return _inspect(given, metadata_of_product(given), level, bands, offset, scale, date, satellite, on_earth)


@isolated(HEADER, name=lambda given, *_: given[0].name if given else "The file")
def _inspect(
    given: list[Path],
    beside: list[Path],  # named, so that they may be read
    level: Level | None,
    bands: Sequence[str] | None,
    offset: float | None,
    scale: float | None,
    date: Date | datetime | str | None,
    satellite: str,
    on_earth: bool,
) -> GeoTiffInfo:
    paths = find_files(given)
    if level is not None and level not in get_args(Level):
        raise InputError(f"{level!r} is no level; there are L1C and L2A.")
    if scale is not None and not (np.isfinite(scale) and scale > 0):
        raise InputError(f"The scale is {scale:g}; it must be above 0.", hint="10000 for DN, 1 for reflectance.")

    # What the files hold, and what their names say.
    names = None if bands is None else [to_band(b) for b in bands]
    if scale is None:
        for path in paths:
            refuse_pictures(path)
    contents = [
        read_content(path, names, n_files=len(paths), number=i, on_earth=on_earth) for i, path in enumerate(paths)
    ]
    facts = [content.facts for content in contents]
    layers = _finest_layers([layer for content in contents for layer in content.layers])
    if all(layer.band == SCL for layer in layers):
        raise bands_unknown(f"No spectral band was recognised in {paths[0].name}.")

    if len(layers) > 1 and all(len(content.layers) <= 1 for content in contents):
        layers = list(with_spectral_fills(layers))

    # What the numbers say, and what follows from all that; each decision needs those above it.
    samples = _sample_bands(layers)
    moment = decide_moment(date, facts, paths[0].name)
    known_level = find_level(level, facts, layers)
    day = moment.value.date() if moment.value else None
    scaled = decide_scale(scale, layers, samples)
    shifted = decide_offset(offset, facts, layers, samples, scale=scaled.value, level=known_level, day=day)
    levelled = Decision(known_level) if known_level else decide_level(samples, offset=shifted.value, scale=scaled.value)

    layers = [_within_limits(layer, scale=scaled.value, offset=shifted.value) for layer in layers]
    orders = [content.order for content in contents if content.order is not None]
    decisions: list[Decision[Any]] = [*orders, moment, scaled, shifted, levelled]
    used = [(layer.band, layer.path.name, layer.index) for layer in layers]
    notes = [*(note for content in contents for note in content.notes), *_fill_notes(layers), *_pixel_notes(layers)]
    answers = (levelled.value, shifted.value, scaled.value, moment.value, satellite, used)
    return GeoTiffInfo(
        layers=tuple(layers),
        level=levelled.value,
        offset=shifted.value,
        scale=scaled.value,
        moment=moment.value,
        satellite=satellite or next((f.satellite for f in facts if f.satellite), ""),
        baseline=next((f.baseline for f in facts if f.baseline), ""),
        products=tuple(sorted({f.product for f in facts if f.product})),
        crs=contents[0].crs,
        questions=tuple(d.question for d in decisions if d.question),
        notes=tuple(dict.fromkeys([*(d.note for d in decisions if d.note), *notes])),
        key=content_key(paths, answers),
    )


def _finest_layers(layers: Sequence[RasterLayer]) -> list[RasterLayer]:
    """One layer a band, in wavelength order: of several resolutions of a product the finest."""
    best: dict[str, RasterLayer] = {}
    for layer in layers:
        known = best.get(layer.band)
        if known is not None and abs(known.pixel_m - layer.pixel_m) < 1:
            raise InputError(
                f"Band {layer.band} is there twice: in {known.path.name} and in {layer.path.name}.",
                hint="Give the files of one granule and one date only, or merge granules first.",
            )
        if known is None or layer.pixel_m < known.pixel_m:
            best[layer.band] = layer
    return [best[b] for b in (*BAND_NAMES, SCL) if b in best]


def _within_limits(layer: RasterLayer, *, scale: float, offset: float) -> RasterLayer:
    """Note on a layer which of its numbers can be a reflectance."""
    if layer.band == SCL:
        return layer
    low, high = (reflectance * scale - offset for reflectance in POSSIBLE)
    return replace(layer, limits=(low, high))


def _fill_notes(layers: Sequence[RasterLayer]) -> list[str]:
    values = sorted({value for layer in layers for value in (*layer.fills, *layer.fills_within)})
    if not values:
        return []
    named = ", ".join(f"{value:.7g}" for value in values)
    return [f"Pixels of the value {named} are taken as no data: areas have it, which no ground does."]


def _pixel_notes(layers: Sequence[RasterLayer]) -> list[str]:
    """Say where the bands that show most have pixels of another size than Sentinel-2's."""
    sizes = [layer.pixel_m for layer in layers if layer.band in RGB] or [x.pixel_m for x in layers if x.band != SCL]
    if max(sizes) < _FINER_M:
        return [
            f"Its pixels of {max(sizes):.2g} m are finer than Sentinel-2 sees (10 m): it was resampled, or is of "
            "another instrument, whose numbers the network does not know."
        ]
    if min(sizes) > _COARSER_M:
        return [
            f"Its pixels of {min(sizes):.2g} m are coarser than those that the network learned from (10 m): expect "
            "more mistakes."
        ]
    return []


def _sample_bands(layers: Sequence[RasterLayer]) -> Samples:
    """Values by spectral band, spread over the files; bands without a measurement are left out."""
    samples = {}
    for path in dict.fromkeys(layer.path for layer in layers):
        with open_raster(path) as dataset:
            for layer in layers:
                if layer.path == path and layer.band != SCL:
                    values = sample(layer, dataset)
                    samples[layer.band] = values[np.isfinite(values)]
    samples = {band: values for band, values in samples.items() if len(values)}
    if not samples:
        fills = _fill_notes(layers)
        raise FileFormatError(
            " ".join([f"{layers[0].path.name} holds no measurement: every pixel is no-data.", *fills])
        )
    return samples
