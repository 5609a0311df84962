"""Tables of picks as HTML: they read in both themes, on paper and in a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.spectra.indices import INDICES
from lulc_core.analysis.spectra.reference import SATELLITES
from lulc_core.analysis.spectra.separability import rank_matches
from lulc_core.domain.bands import BANDS
from lulc_core.domain.spectrum import RoiSpectrum

SHOWN_MATCHES = 8


def indices(names: Sequence[str], colors: Sequence[str], spectra: Sequence[RoiSpectrum]) -> str:
    """Every index of every pick, with its formula and what the value usually means."""
    rows = []
    for name, index in INDICES.items():
        rows.append(
            f"<tr><th scope='rowgroup' colspan='3'><strong>{name}</strong> {escape(index.title)} "
            f"<span class='lulc-soft'>= {escape(index.formula)}</span></th></tr>"
        )
        for title, color, spectrum in zip(names, colors, spectra, strict=True):
            value = spectrum.indices.get(name)
            said = ("", "the imagery lacks a band") if value is None else (f"{value:.2f}", index.meaning(value))
            rows.append(
                f"<tr><th scope='row'>{_swatch(color)}{escape(title)}</th><td>{said[0]}</td>"
                f"<td class='lulc-left'>{escape(said[1])}</td></tr>"
            )
    return (
        "<div class='lulc-wide'><table class='lulc-table'><caption>Indices of the picks</caption>"
        "<thead class='lulc-sr'>"
        "<tr><th scope='col'>Pick</th><th scope='col'>Value</th><th scope='col'>Usually</th></tr></thead><tbody>"
        f"{''.join(rows)}</tbody></table></div>"
    )


def bands(names: Sequence[str], colors: Sequence[str], spectra: Sequence[RoiSpectrum]) -> str:
    """Mean and spread of every pick by band."""
    head = "".join(f"<th scope='col'>{_swatch(c)}{escape(n)}</th>" for n, c in zip(names, colors, strict=True))
    rows = []
    for b in BANDS:
        if not any(b.name in s.bands for s in spectra):
            continue
        cells = []
        for s in spectra:
            if b.name not in s.bands:
                cells.append("<td>not in it</td>")
                continue
            i = s.bands.index(b.name)
            if not np.isfinite(s.mean[i]):
                cells.append("<td>no data</td>")
                continue
            spread = f" ± {s.std[i]:.3f}" if s.n_pixels > 1 else ""
            cells.append(f"<td>{s.mean[i]:.4f}{spread}</td>")
        air = " (air)" if b.atmospheric else ""
        centre = (
            f"{spectra[0].wavelength_nm[spectra[0].bands.index(b.name)]:.0f} nm" if b.name in spectra[0].bands else ""
        )
        title = f"{b.name} <span class='lulc-soft'>{escape(b.title)}{air} {centre}</span>"
        rows.append(f"<tr><th scope='row'>{title}</th>{''.join(cells)}</tr>")
    counts = "".join(f"<td>{s.n_pixels:,}</td>" for s in spectra)
    rows.append(f"<tr><th scope='row'>Count <span class='lulc-soft'>pixels of 10 m</span></th>{counts}</tr>")
    return (
        "<div class='lulc-wide'><table class='lulc-table'><caption>Reflectance of the picks by band</caption>"
        "<thead><tr>"
        f"<th scope='col'>Band</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def materials(seen: Sequence[tuple[str, str, NDArray[np.float64]]]) -> str:
    """What each band sees of materials.

    Args:
        seen: title, colour, (13,) reflectance in wavelength order, NaN where unknown.
    """
    head = "".join(f"<th scope='col'>{_swatch(color)}{escape(title)}</th>" for title, color, _ in seen)
    rows = "".join(
        f"<tr><th scope='row'>{b.name} <span class='lulc-soft'>{escape(b.title)}</span></th>"
        + "".join(
            f"<td>{values[i]:.3f}</td>" if np.isfinite(values[i]) else "<td>unknown</td>" for _, _, values in seen
        )
        + "</tr>"
        for i, b in enumerate(BANDS)
    )
    return (
        "<div class='lulc-wide'><table class='lulc-table'><caption>Reflectance of materials by band</caption>"
        f"<thead><tr><th scope='col'>Band</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def matches(spectrum: RoiSpectrum) -> str:
    """Classes and materials by spectral angle, the most similar first."""
    satellite = next((s for s in SATELLITES if s == spectrum.satellite), SATELLITES[0])
    found = rank_matches(spectrum.bands, spectrum.mean, satellite)
    rows = "".join(
        f"<tr><th scope='row'>{escape(m.title)} <span class='lulc-soft'>{'class' if m.kind == 'class' else 'material'}"
        f"</span></th><td>{m.angle_deg:.1f}°</td><td class='lulc-bar-cell' aria-hidden='true'><span class='lulc-bar' "
        f"style='width:{min(m.angle_deg / 30, 1) * 100:.0f}%;background:#2A8562'></span></td></tr>"
        for m in found[:SHOWN_MATCHES]
    )
    if not rows:
        return "<p>Too few bands to compare shapes: at least three that see the ground are needed.</p>"
    return (
        "<table class='lulc-table'><caption>Most similar classes and materials</caption><thead><tr><th scope='col'>"
        "Class or material</th><th scope='col'>Angle</th><th><span class='lulc-sr'>bar</span></th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def instrument(satellite: str) -> str:
    """The 13 bands in words."""
    rows = "".join(
        f"<tr><th scope='row'>{b.name} <span class='lulc-soft'>{escape(b.title)}</span></th>"
        f"<td>{b.centre_nm[satellite]:.1f}</td><td>{b.width_nm[satellite]:.0f}</td><td>{b.pixel_m}</td>"
        f"<td class='lulc-left'>{escape(b.use)}{' (sees the air)' if b.atmospheric else ''}</td></tr>"
        for b in BANDS
    )
    return (
        "<div class='lulc-wide'><table class='lulc-table'><caption>Bands of the instrument</caption><thead><tr>"
        "<th scope='col'>Band</th><th scope='col'>Centre nm</th><th scope='col'>Width nm</th>"
        "<th scope='col'>Pixel m</th>"
        f"<th scope='col' class='lulc-left'>Good for</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _swatch(color: str) -> str:
    return f"<span class='lulc-swatch' style='background:{escape(color, quote=True)}' aria-hidden='true'></span>"
