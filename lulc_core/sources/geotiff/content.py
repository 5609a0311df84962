"""What one file holds: its bands with their names, and what must not be read as reflectance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.domain.grid import PIXEL_M
from lulc_core.sources.geotiff.band_names import SCL, SKIP, band_of_file, bands_of, counts_bands
from lulc_core.sources.geotiff.decisions import Decision, check_numbers, decide_order
from lulc_core.sources.geotiff.fills import with_fills
from lulc_core.sources.geotiff.names import NameFacts, read_names
from lulc_core.sources.geotiff.other_data import refuse_other_satellites
from lulc_core.sources.geotiff.radiometry import ORDERS
from lulc_core.sources.geotiff.read import RasterLayer, open_raster, pixel_size_m, sample

_NAME_TAGS = ("long_name", "band_name", "bandname", "name", "common_name")
_MASKS = re.compile(r"alpha|data ?mask|valid ?mask", re.IGNORECASE)
_WHOLLY_THERE = 0.5
"""Share of the pixels with a measurement at which a band marked as alpha has its largest value."""
_COLOURS = ("red", "green", "blue", "coastal", "rededge", "nir", "swir")


@dataclass(frozen=True)
class FileContent:
    """What one file holds."""

    layers: tuple[RasterLayer, ...]
    """Its bands, without those to be skipped."""
    facts: NameFacts
    """What its names and tags say."""
    order: Decision[tuple[str, ...]] | None
    """Which bands they are, where the file has no names for them."""
    crs: str
    """Empty where the file has no coordinates."""
    notes: tuple[str, ...] = ()
    """What was left out, and what counts as no-data though the file does not say so."""


def read_content(
    path: Path, names: list[str] | None, *, n_files: int = 1, number: int = 0, on_earth: bool = True
) -> FileContent:
    """Read what a file holds, the ``number``-th of ``n_files``.

    Args:
        path: of the file.
        names: those that the user gives the bands, of all files.
        n_files: of the acquisition.
        number: of this file, from 0.
        on_earth: refuse a file without coordinates; else its pixels are taken to be of 10 m.

    Raises:
        FileFormatError: the file is damaged, holds something else, or lies nowhere.
        UnansweredError: which bands it holds cannot be told.
    """
    with open_raster(path) as dataset:
        if dataset.count == 0:
            raise FileFormatError(f"{path.name} holds no band.")
        texts = [_text(dataset, i) for i in range(dataset.count)]
        refuse_other_satellites(path, dataset.tags(), texts)
        bands: list[str | None] = bands_of(texts)
        if bands == [None]:
            bands = [band_of_file(path)]
        for kind, band in zip(dataset.dtypes, bands, strict=True):
            _check_type(path, kind, band)
        pixel_m = pixel_size_m(dataset, path) if on_earth else float(PIXEL_M)
        if names is not None:
            bands = [*_names_of_file(path, names, n_bands=dataset.count, n_files=n_files, number=number)]
        layers = [
            RasterLayer(
                band=band or SKIP,
                path=path,
                index=i + 1,
                pixel_m=pixel_m,
                nodata=dataset.nodatavals[i],
                is_float="float" in dataset.dtypes[i],
                shape=dataset.shape,
                tag_scale=dataset.scales[i],
                tag_offset=dataset.offsets[i],
            )
            for i, band in enumerate(bands)
        ]
        masks = _masks(layers, texts, dataset, named=any(bands))
        layers = [replace(layer, mask_index=masks[0].index) if masks else layer for layer in layers]
        held = [layer for layer in layers if layer.index not in {mask.index for mask in masks}]
        order, notes = None, []
        if not any(bands):
            held = list(with_fills(held)) if len(held) > 1 else held
            colours = bands_of([c if (c := dataset.colorinterp[x.index - 1].name) in _COLOURS else None for x in held])
            order = decide_order(held, dataset, colours)
            held = [replace(layer, band=band) for layer, band in zip(held, order.value, strict=True)]
        elif names is None:
            if counts_bands(texts):
                check_numbers(held, dataset)
            left_out = [f"{x.index} ({texts[x.index - 1] or 'no name'})" for x in held if x.band == SKIP]
            if left_out:
                notes.append(
                    f"Left out of {path.name}: band {', '.join(left_out)}; no band of Sentinel-2 is known by that name."
                )
        used = tuple(layer for layer in held if layer.band != SKIP)
        if order is None and len(used) > 1:
            used = with_spectral_fills(used)
        facts = read_names(path, dataset.tags())
        if used and all(layer.band == SCL for layer in used):
            # L1C carries no scene classification: it may well come from the L2A product of the same overpass.
            facts = replace(facts, level=None, baseline="", offset=None, product="")
        crs = dataset.crs.to_string()[:80] if dataset.crs else ""
        return FileContent(used, facts, order, crs, tuple(notes))


def with_spectral_fills(layers: Sequence[RasterLayer]) -> tuple[RasterLayer, ...]:
    """Note the fill values of spectral layers (fills.py); a scene classification stays as it is.

    Raises:
        FileFormatError: a file breaks.
    """
    found = {(x.path, x.index): x for x in with_fills([x for x in layers if x.band != SCL])}
    return tuple(found.get((x.path, x.index), x) for x in layers)


def _text(dataset: Any, i: int) -> str | None:
    """What a band is called: its description, or a tag that programs use in place of one."""
    if dataset.descriptions[i]:
        return str(dataset.descriptions[i])
    tags = {k.lower(): str(v) for k, v in dataset.tags(i + 1).items()}
    whole = {k.lower(): str(v) for k, v in dataset.tags().items()}
    return next((tags[t] for t in _NAME_TAGS if tags.get(t)), whole.get(f"band_{i + 1}"))


def _masks(
    layers: Sequence[RasterLayer], texts: Sequence[str | None], dataset: Any, *, named: bool
) -> list[RasterLayer]:
    """Bands that only say where there is a measurement: marked so, or the last of nameless ones and of one value.

    A near infrared band is often marked as alpha, since GDAL marks a fourth band so of itself; what says how much of a
    pixel is there has its largest value in most places.
    """
    found = []
    for layer, text in zip(layers, texts, strict=True):
        marked = dataset.colorinterp[layer.index - 1].name == "alpha" or bool(text and _MASKS.search(text))
        last = not named and layer is layers[-1] and len(layers) - 1 in ORDERS
        if layer.band == SKIP and len(layers) > 1 and (marked or last):
            values = sample(layer, dataset)
            values = values[np.isfinite(values)]
            if not len(values) or (values == values.max()).mean() >= (_WHOLLY_THERE if marked else 1):
                found.append(layer)
    return found


def _check_type(path: Path, kind: str, band: str | None) -> None:
    if kind == "uint8" and band != SCL:  # a scene classification has 8 bits by nature
        raise FileFormatError(
            f"{path.name} has 8 bits a pixel: brightness made for the eye, from which reflectance cannot be told.",
            hint="Export it with 16 bits or as 32-bit reflectance; a single patch can be classified as a picture.",
        )
    if kind.startswith("complex"):
        raise FileFormatError(f"{path.name} holds complex numbers (radar), not reflectance.")


def _names_of_file(path: Path, names: list[str], *, n_bands: int, n_files: int, number: int) -> list[str]:
    """Of the names that the user gives, those of one file."""
    if n_files > 1:
        if len(names) != n_files or n_bands > 1:
            raise InputError(
                f"{len(names)} bands were named for {n_files} files; with several files each must hold one "
                "band, and each needs one name."
            )
        return [names[number]]
    if len(names) != n_bands:
        raise InputError(
            f"{len(names)} bands were named ({', '.join(names)}), but {path.name} holds {n_bands}.",
            hint="Name every band in the order of the file; - skips one.",
        )
    return names
