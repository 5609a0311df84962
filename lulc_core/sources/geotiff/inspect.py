"""Looks into a user's Sentinel-2 files: which bands, level, date, scale and offset, and what must be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import FileFormatError, InputError, NoAcquisitionError
from lulc_core.domain.radiometry import BASELINE_04_OFFSET, QUANTIFICATION, Level
from lulc_core.sources.geotiff import names, radiometry
from lulc_core.sources.geotiff.files import content_key, find_files
from lulc_core.sources.geotiff.info import GeoTiffInfo, Question, UnansweredError
from lulc_core.sources.geotiff.read import Layer, open_raster, pixel_size_m, sample


@dataclass
class _Found:
    """What is gathered while the files are open."""

    layers: list[Layer]
    facts: list[names.NameFacts]
    questions: list[Question]
    notes: list[str]
    samples: dict[str, NDArray[np.float32]]
    crs: str = ""
    size_px: tuple[int, int] = (0, 0)


def inspect(
    files: Sequence[Path | str],
    *,
    level: Level | None = None,
    bands: Sequence[str] | None = None,
    offset: float | None = None,
    scale: float | None = None,
    date: Date | datetime | str | None = None,
    satellite: str = "",
) -> GeoTiffInfo:
    """Looks into Sentinel-2 files: one with many bands, or one per band.

    Args:
        files: GeoTIFF or JPEG 2000 files of one acquisition.
        level: ``L1C`` or ``L2A``, where the files do not say.
        bands: names in the order of the bands of the file (or of the files, one band each); ``-`` skips one.
        offset: added to every value; -1000 where ESA's offset is still in, else 0.
        scale: what reflectance 1 is in the files.
        date: of sensing, where the files do not say.
        satellite: ``S2A``, ``S2B`` or ``S2C``, where the files do not say.

    Raises:
        FileFormatError: a file is missing, damaged, no Sentinel-2 raster, without coordinates.
        InputError: an answer does not fit the files; the same band twice; no band known.
        DateError: ``date`` is malformed.
        NoAcquisitionError: the files say for sure that they were taken on another day than ``date``.
    """
    paths = find_files(files)
    if level is not None and level not in get_args(Level):
        raise InputError(f"{level!r} is no level; there are L1C and L2A.")
    if scale is not None and not (np.isfinite(scale) and scale > 0):
        raise InputError(f"The scale is {scale:g}; it must be above 0.", hint="10000 for DN, 1 for reflectance.")
    found = _Found([], [], [], [], {})
    _gather(paths, None if bands is None else [names.to_band(b) for b in bands], found)
    layers = _finest(found)
    if all(layer.band == names.SCL for layer in layers):
        raise _bands_unknown(f"No spectral band was recognised in {paths[0].name}.")
    moment, is_day = _moment(date, found)
    found_level, level_sure = _known_level(level, layers, found)
    scale = _scale(scale, layers, found)
    offset = _offset(offset, scale, layers, found_level, moment, found)
    final = found_level if level_sure and found_level else _guess_level(offset, scale, found)
    baseline = next((f.baseline for f in found.facts if f.baseline), "")
    answers = (
        final,
        offset,
        scale,
        moment,
        satellite,
        [(layer.band, layer.path.name, layer.index) for layer in layers],
    )
    return GeoTiffInfo(
        layers=tuple(layers),
        level=final,
        offset=offset,
        scale=scale,
        moment=moment,
        moment_is_day=is_day,
        satellite=satellite or next((f.satellite for f in found.facts if f.satellite), ""),
        baseline=baseline,
        products=tuple(sorted({f.product for f in found.facts if f.product})),
        crs=found.crs,
        size_px=found.size_px,
        questions=tuple(found.questions),
        notes=tuple(found.notes),
        key=content_key(paths, answers),
    )


def _gather(paths: list[Path], wanted: list[str] | None, found: _Found) -> None:
    single = len(paths) > 1
    for number, path in enumerate(paths):
        with open_raster(path) as dataset:
            if dataset.count == 0:
                raise FileFormatError(f"{path.name} holds no band.")
            _check_type(path, dataset)
            pixel_m = pixel_size_m(dataset, path)
            if not number:
                found.crs, found.size_px = dataset.crs.to_string()[:80], (dataset.height, dataset.width)
            if single and wanted is not None and (len(wanted) != len(paths) or dataset.count > 1):
                raise InputError(
                    f"{len(wanted)} bands were named for {len(paths)} files; with several files each must hold one "
                    "band, and each needs one name."
                )
            chosen = None if wanted is None else [wanted[number]] if single else wanted
            layers = _layers(path, dataset, pixel_m, chosen, found)
            facts = names.read_names(path, dataset.tags())
            if layers and all(layer.band == names.SCL for layer in layers):
                # L1C carries no scene classification: it may well come from the L2A product of the same overpass.
                facts = replace(facts, level=None, baseline="", offset=None, product="")
            found.facts.append(facts)
            found.layers += layers


def _check_type(path: Path, dataset: Any) -> None:
    kinds = set(dataset.dtypes)
    if "uint8" in kinds and band_count_without_scl(dataset, path) > 0:
        raise FileFormatError(
            f"{path.name} has 8 bits a pixel: brightness made for the eye, from which reflectance cannot be told.",
            hint="Export it with 16 bits or as reflectance (32-bit float); for a mere picture use the picture source.",
        )
    if any(k.startswith("complex") for k in kinds):
        raise FileFormatError(f"{path.name} holds complex numbers (radar), not reflectance.")


def band_count_without_scl(dataset: Any, path: Path) -> int:
    """Bands of 8 bits that are no scene classification, which is 8 bits by nature."""
    described = [
        names.band_of(d) or (names.band_of_file(path) if dataset.count == 1 else None) for d in dataset.descriptions
    ]
    return sum(kind == "uint8" and band != names.SCL for kind, band in zip(dataset.dtypes, described, strict=True))


def _layers(path: Path, dataset: Any, pixel_m: float, wanted: list[str] | None, found: _Found) -> list[Layer]:
    if wanted is not None and len(wanted) != dataset.count:
        raise InputError(
            f"{len(wanted)} bands were named ({', '.join(wanted)}), but {path.name} holds {dataset.count}.",
            hint="Name every band in the order of the file; - skips one.",
        )
    described: list[str | None] = list(wanted) if wanted else [names.band_of(d) for d in dataset.descriptions]
    if wanted is None and dataset.count == 1 and described[0] is None:
        described = [names.band_of_file(path)]
    numbers = [
        Layer(
            band or names.SKIP, path, i + 1, pixel_m, dataset.nodatavals[i], "float" in dataset.dtypes[i],
            dataset.scales[i], dataset.offsets[i],
        )
        for i, band in enumerate(described)
    ]  # fmt: skip
    if wanted is None and not any(described):
        numbers = _by_convention(path, dataset, numbers, found)
    layers = [n for n in numbers if n.band != names.SKIP]
    for layer in layers:
        if layer.band not in found.samples:
            found.samples[layer.band] = _values(sample(layer, dataset))
    return layers


def _by_convention(path: Path, dataset: Any, layers: list[Layer], found: _Found) -> list[Layer]:
    if dataset.count == 1 or not radiometry.ORDERS.get(dataset.count):
        raise _bands_unknown(
            f"The {dataset.count} bands of {path.name} have no names, and no usual order has {dataset.count} bands."
            if dataset.count > 1
            else f"Which band {path.name} holds is not written in it, nor in its name."
        )
    values = np.stack([sample(layer, dataset) for layer in layers])
    values = values[:, np.isfinite(values).all(axis=0)]
    order = radiometry.order_of(values)
    if order is None:  # the table of orders was asked above
        raise _bands_unknown(f"The bands of {path.name} have no names.")
    chosen: tuple[str, ...] = tuple(order.value)  # type: ignore[arg-type]
    text = f"The {dataset.count} bands of {path.name} have no names; taken as {', '.join(chosen)}: {order.reason}."
    found.notes.append(text)
    if not order.sure:
        found.questions.append(
            Question(
                "bands",
                f"In which order are the {dataset.count} bands of {path.name}?",
                tuple((o, ", ".join(o)) for o in radiometry.ORDERS[dataset.count]),
                chosen,
                text,
            )
        )
    return [replace(layer, band=band) for layer, band in zip(layers, chosen, strict=True)]


def _bands_unknown(message: str) -> UnansweredError:
    text = "Which bands are they, in the order of the file (or of the files)?"
    return UnansweredError(
        message,
        hint="Name them in the order of the file, such as B02,B03,B04,B08; - skips one (--bands on the command line).",
        question=Question("bands", text, (), None, message),
    )


def _values(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values[np.isfinite(values)]


def _finest(found: _Found) -> list[Layer]:
    """One layer a band: of several resolutions of a product the finest."""
    best: dict[str, Layer] = {}
    for layer in found.layers:
        known = best.get(layer.band)
        if known is not None and abs(known.pixel_m - layer.pixel_m) < 1:
            raise InputError(
                f"Band {layer.band} is there twice: in {known.path.name} and in {layer.path.name}.",
                hint="Give the files of one granule and one date only, or merge granules first.",
            )
        if known is None or layer.pixel_m < known.pixel_m:
            best[layer.band] = layer
    if all(not len(found.samples[layer.band]) for layer in best.values()):
        raise FileFormatError(f"{found.layers[0].path.name} holds no measurement: every pixel is no-data.")
    return [best[b] for b in (*BAND_NAMES, names.SCL) if b in best]


def _spectral(found: _Found) -> dict[str, NDArray[np.float32]]:
    return {b: v for b, v in found.samples.items() if b in BAND_NAMES and len(v)}


def _moment(given: Date | datetime | str | None, found: _Found) -> tuple[datetime | None, bool]:
    moments: dict[str, datetime] = {}
    for fact in found.facts:
        for moment in fact.moments:
            day = moment.date().isoformat()
            moments[day] = max(moment, moments.get(day, moment))  # a time of day tells more than a bare day
    if given is not None:
        moment = names.to_moment(given if isinstance(given, str) else given.isoformat())
        known = moments.get(moment.date().isoformat())
        told = next((f.moments_from for f in found.facts if f.moments_from), "")
        if moments and known is None:
            days = ", ".join(sorted(moments))
            if told:
                raise NoAcquisitionError(
                    f"{found.layers[0].path.name} was taken on {days} ({told}), not on {moment.date()}.",
                    hint=f"Leave the date out, or choose {days}.",
                    nearest=tuple(m.date() for m in moments.values()),
                )
            found.notes.append(f"Taken as of {moment.date()}, as you said; the name of the file holds {days}.")
        if known is not None and _is_day(moment):
            moment = known
        return moment, _is_day(moment)
    if len(moments) == 1:
        moment = next(iter(moments.values()))
        return moment, _is_day(moment)
    what = f"The files name several dates: {', '.join(sorted(moments))}." if moments else "No date is written in it."
    options = tuple((day, day) for day in sorted(moments))
    found.questions.append(Question("date", "When was it taken?", options, None, what))
    return None, True


def _is_day(moment: datetime) -> bool:
    return moment.hour == moment.minute == moment.second == 0


def _known_level(given: Level | None, layers: list[Layer], found: _Found) -> tuple[Level | None, bool]:
    if given is not None:
        return given, True
    told = {f.level: f.level_from for f in found.facts if f.level}
    if len(told) > 1:
        raise InputError("The files mix L1C and L2A.", hint="Give files of one product, or name it with --level.")
    if told:
        return next(iter(told)), True
    if any(layer.band == "B10" for layer in layers):
        return "L1C", True
    if any(layer.band == names.SCL for layer in layers):
        return "L2A", True
    return None, False


def _guess_level(offset: float, scale: float, found: _Found) -> Level:
    level = radiometry.level_of(_spectral(found), offset=offset, scale=scale)
    value: Level = "L2A" if level.value == "L2A" else "L1C"
    reason = f"Taken as {value}: {level.reason}."
    found.notes.append(reason)
    if not level.sure:
        options = (("L1C", "L1C, top of the atmosphere"), ("L2A", "L2A, surface reflectance"))
        found.questions.append(Question("level", "Is it L1C or L2A?", options, value, reason))
    return value


def _scale(given: float | None, layers: list[Layer], found: _Found) -> float:
    if given is not None:
        return float(given)
    tags = {layer.tag_scale for layer in layers if layer.band != names.SCL}
    if len(tags) == 1 and 1e-6 < (tag := tags.pop()) < 0.1:
        return round(1 / tag, 6)
    spectral = [layer for layer in layers if layer.band != names.SCL]
    scale = radiometry.scale_of(
        _spectral(found),
        is_float=all(layer.is_float for layer in spectral),
        is_export=all("(raw)" in layer.path.name.lower() for layer in spectral),
    )
    value = float(scale.value)  # type: ignore[arg-type]
    if not scale.sure:
        reason = f"Reflectance 1 is taken as {value:g}: {scale.reason}."
        options = ((10000.0, "10000 (ESA's DN)"), (65535.0, "65535 (16-bit export)"), (1.0, "1 (reflectance)"))
        found.notes.append(reason)
        found.questions.append(Question("scale", "Which number stands for a reflectance of 1?", options, value, reason))
    return value


def _offset(
    given: float | None,
    scale: float,
    layers: list[Layer],
    level: Level | None,
    moment: datetime | None,
    found: _Found,
) -> float:
    if given is not None:
        return float(given)
    written = {layer.tag_offset / layer.tag_scale for layer in layers if layer.tag_offset}
    written |= {float(f.offset) for f in found.facts if f.offset is not None}
    if not written:
        written = names.offsets_of_product(layer.path for layer in layers)
    if len(written) == 1:
        value = float(written.pop())
        found.notes.append(f"The file says that {value:g} is to be added to its numbers.") if value else None
        return value
    if scale != QUANTIFICATION:
        return 0.0  # who rescales, harmonises first: an offset inside fractions is unheard of
    day = moment.date() if moment else None
    baseline = next((f.baseline for f in found.facts if f.baseline), "")
    offset = radiometry.offset_of(_spectral(found), level=level, day=day, baseline=baseline)
    value = float(offset.value)  # type: ignore[arg-type]
    what = "is still in and was taken off" if value else "is not in, or was taken off before"
    reason = f"The offset of +1000 {what}: {offset.reason}."
    if value or not offset.sure:
        found.notes.append(reason if offset.sure else f"Assumed: {reason[0].lower()}{reason[1:]}")
    if not offset.sure:
        options = ((float(BASELINE_04_OFFSET), "still in: take 1000 off"), (0.0, "not in, or taken off before"))
        found.questions.append(Question("offset", "Is ESA's offset of +1000 still in it?", options, value, reason))
    return value
