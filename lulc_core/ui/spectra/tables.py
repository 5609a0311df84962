"""Tables of regions of interest as HTML: they read in both themes, on paper and in a screen reader."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from lulc_core.analysis.spectra.indices import INDICES
from lulc_core.analysis.spectra.reference import ReferenceSpectrum, Satellite
from lulc_core.analysis.spectra.separability import rank_matches
from lulc_core.domain.bands import BANDS
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.render.charts.spectra import MATERIAL_COLORS
from lulc_core.render.html_table import Cell, Row, bar_cell, bar_head, html_table
from lulc_core.ui.spectra.curves import known_satellite

SHOWN_MATCHES = 8


def indices(names: Sequence[str], colors: Sequence[str], spectra: Sequence[RoiSpectrum]) -> str:
    """Make the table of every index of every region, with its formula and what the value usually means."""
    rows: list[Row] = []
    for name, index in INDICES.items():
        head = Markup("<strong>{}</strong> {}").format(name, with_note(index.title, f"= {index.formula}"))
        rows.append([Cell(head, colspan=3)])
        for title, color, spectrum in zip(names, colors, spectra, strict=True):
            value = spectrum.indices.get(name)
            meaning = ("", "the imagery lacks a band") if value is None else (f"{value:.2f}", index.meaning(value))
            rows.append([_swatched(title, color), *meaning])
    return html_table(
        "Indices of the picks",
        ("Pick", "Value", "Usually"),
        rows,
        classes=("", "", "lulc-left"),
        wrapper="lulc-wide",
        header_css="lulc-sr",
    )


def bands(names: Sequence[str], colors: Sequence[str], spectra: Sequence[RoiSpectrum]) -> str:
    """Make the table of mean and spread of every region by band."""
    rows: list[Row] = []
    for b in BANDS:
        if any(b.name in s.bands for s in spectra):
            first = spectra[0]
            centre = f"{first.wavelength_nm[first.bands.index(b.name)]:.0f} nm" if b.name in first.bands else ""
            title = with_note(b.name, f"{b.title}{' (air)' if b.atmospheric else ''} {centre}")
            rows.append([title, *(_mean(s, b.name) for s in spectra)])
    rows.append([with_note("Count", "pixels of 10 m"), *(f"{s.n_pixels:,}" for s in spectra)])
    header = ("Band", *map(_swatched, names, colors))
    return html_table("Reflectance of the picks by band", header, rows, wrapper="lulc-wide")


def _mean(spectrum: RoiSpectrum, band: str) -> str:
    if band not in spectrum.bands:
        return "not in it"
    i = spectrum.bands.index(band)
    if not np.isfinite(spectrum.mean[i]):
        return "no data"
    return f"{spectrum.mean[i]:.4f}" + (f" ± {spectrum.std[i]:.3f}" if spectrum.n_pixels > 1 else "")


def materials(chosen: Sequence[ReferenceSpectrum], satellite: Satellite) -> str:
    """Make the table of what each band of a satellite sees of materials."""
    seen = [material.bands(satellite) for material in chosen]
    rows = [
        [
            with_note(b.name, b.title),
            *(f"{values[i]:.3f}" if np.isfinite(values[i]) else "unknown" for values in seen),
        ]
        for i, b in enumerate(BANDS)
    ]
    header = ("Band", *(_swatched(material.title, MATERIAL_COLORS[material.key]) for material in chosen))
    return html_table("Reflectance of materials by band", header, rows, wrapper="lulc-wide")


def matches(spectrum: RoiSpectrum) -> str:
    """Make the table of classes and materials by spectral angle, the most similar first."""
    found = rank_matches(spectrum.bands, spectrum.mean, known_satellite(spectrum.satellite))[:SHOWN_MATCHES]
    if not found:
        return "<p>Too few bands to compare shapes: at least three that see the ground are needed.</p>"
    rows: list[Row] = [
        [with_note(m.title, m.kind), f"{m.angle_deg:.1f}°", bar_cell(m.angle_deg / 30, "#2A8562")] for m in found
    ]
    return html_table("Most similar classes and materials", ("Class or material", "Angle", bar_head()), rows)


def instrument(satellite: str) -> str:
    """Make the table of the 13 bands in words."""
    rows = [
        [
            with_note(b.name, b.title),
            f"{b.centre_nm[satellite]:.1f}",
            f"{b.width_nm[satellite]:.0f}",
            str(b.pixel_m),
            b.use + (" (sees the air)" if b.atmospheric else ""),
        ]
        for b in BANDS
    ]
    header = ("Band", "Centre nm", "Width nm", "Pixel m", "Good for")
    classes = ("", "", "", "", "lulc-left")
    return html_table("Bands of the instrument", header, rows, classes=classes, wrapper="lulc-wide")


def with_note(text: str, note: str) -> Markup:
    """Write a text with a softer note behind it."""
    return Markup("{} <span class='lulc-soft'>{}</span>").format(text, note)


def _swatched(text: str, color: str) -> Markup:
    swatch = "<span class='lulc-swatch' style='background:{}' aria-hidden='true'></span>{}"
    return Markup(swatch).format(color, text)
