"""Tables of regions of interest as HTML: they read in both themes, on paper and in a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from markupsafe import Markup

from lulc_core.analysis.spectra.indices import INDICES
from lulc_core.analysis.spectra.reference import ReferenceSpectrum, Satellite
from lulc_core.analysis.spectra.separability import Match, rank_matches
from lulc_core.domain.bands import BANDS
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.render.charts.spectra import MATERIAL_COLORS
from lulc_core.render.html_table import Cell, Row, bar_cell, bar_head, html_table
from lulc_core.ui.spectra.curves import known_satellite
from lulc_core.ui.words import number, page_words, spoken, translate

SHOWN_MATCHES = 8


def indices(names: Sequence[str], colors: Sequence[str], spectra: Sequence[RoiSpectrum]) -> str:
    """Make the table of every index of every region, with its formula and what the value usually means."""
    rows: list[Row] = []
    for name, index in INDICES.items():
        head = Markup("<strong>{}</strong> {}").format(name, with_note(spoken(index.title), f"= {index.formula}"))
        rows.append([Cell(head, colspan=3)])
        for title, color, spectrum in zip(names, colors, spectra, strict=True):
            value = spectrum.indices.get(name)
            meaning = (
                ("", translate("spectra.lacks")) if value is None else (number(value, 2), spoken(index.meaning(value)))
            )
            rows.append([_swatched(title, color), *meaning])
    return html_table(
        translate("spectra.indices.table"),
        (translate("spectra.pick"), translate("spectra.value"), translate("spectra.usually")),
        rows,
        classes=("", "", "lulc-left"),
        wrapper="lulc-wide",
        header_css="lulc-sr",
    )


def bands(names: Sequence[str], colors: Sequence[str], spectra: Sequence[RoiSpectrum]) -> str:
    """Make the table of mean and spread of every region by band."""
    rows: list[Row] = []
    air = f" ({translate('spectra.air')})"
    for b in BANDS:
        if any(b.name in s.bands for s in spectra):
            first = spectra[0]
            centre = f"{first.wavelength_nm[first.bands.index(b.name)]:.0f} nm" if b.name in first.bands else ""
            title = with_note(b.name, f"{spoken(b.title)}{air if b.atmospheric else ''} {centre}")
            rows.append([title, *(_mean(s, b.name) for s in spectra)])
    rows.append(
        [with_note(translate("spectra.count"), translate("spectra.count.what")), *(number(s.n_pixels) for s in spectra)]
    )
    header = (translate("spectra.band"), *map(_swatched, names, colors))
    return html_table(translate("spectra.bands.table"), header, rows, wrapper="lulc-wide")


def _mean(spectrum: RoiSpectrum, band: str) -> str:
    if band not in spectrum.bands:
        return translate("spectra.not_in_it")
    i = spectrum.bands.index(band)
    if not np.isfinite(spectrum.mean[i]):
        return translate("spectra.no_data")
    return number(spectrum.mean[i], 4) + (f" ± {number(spectrum.std[i], 3)}" if spectrum.n_pixels > 1 else "")


def materials(chosen: Sequence[ReferenceSpectrum], satellite: Satellite) -> str:
    """Make the table of what each band of a satellite sees of materials."""
    seen = [material.bands(satellite) for material in chosen]
    rows = [
        [
            with_note(b.name, spoken(b.title)),
            *(number(values[i], 3) if np.isfinite(values[i]) else translate("spectra.unknown") for values in seen),
        ]
        for i, b in enumerate(BANDS)
    ]
    header = (
        translate("spectra.band"),
        *(_swatched(spoken(material.title), MATERIAL_COLORS[material.key]) for material in chosen),
    )
    return html_table(translate("spectra.materials.table"), header, rows, wrapper="lulc-wide")


def matches(spectrum: RoiSpectrum) -> str:
    """Make the table of classes and materials by spectral angle, the most similar first."""
    found = rank_matches(spectrum.bands, spectrum.mean, known_satellite(spectrum.satellite))[:SHOWN_MATCHES]
    if not found:
        return f"<p>{escape(translate('spectra.too_few'))}</p>"
    rows: list[Row] = [
        [with_note(_title(m), spoken(m.kind)), f"{number(m.angle_deg, 1)}°", bar_cell(m.angle_deg / 30, "#2A8562")]
        for m in found
    ]
    return html_table(
        translate("spectra.matches.table"),
        (translate("spectra.matches.what"), translate("spectra.angle"), bar_head()),
        rows,
    )


def instrument(satellite: str) -> str:
    """Make the table of the 13 bands in words."""
    rows = [
        [
            with_note(b.name, spoken(b.title)),
            number(b.centre_nm[satellite], 1),
            number(b.width_nm[satellite]),
            str(b.pixel_m),
            spoken(b.use) + (f" ({translate('spectra.sees_air')})" if b.atmospheric else ""),
        ]
        for b in BANDS
    ]
    header = tuple(translate(f"spectra.{name}") for name in ("band", "centre", "width", "pixel", "good_for"))
    classes = ("", "", "", "", "lulc-left")
    return html_table(translate("spectra.instrument.table"), header, rows, classes=classes, wrapper="lulc-wide")


def _title(m: Match) -> str:
    if m.kind == "class":
        return page_words().class_name(CLASS_NAMES.index(m.key))
    return spoken(m.title)


def with_note(text: str, note: str) -> Markup:
    """Write a text with a softer note behind it."""
    return Markup("{} <span class='lulc-soft'>{}</span>").format(text, note)


def _swatched(text: str, color: str) -> Markup:
    swatch = "<span class='lulc-swatch' style='background:{}' aria-hidden='true'></span>{}"
    return Markup(swatch).format(color, text)
