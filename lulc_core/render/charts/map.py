"""Reflectance of a tile against wavelength, on one date or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lulc_core.domain.bands import band
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.render.charts.figure import AIR_COLOR, LEVEL_TITLES, LINE, new_figure
from lulc_core.render.colors import GAIN_COLOR

if TYPE_CHECKING:
    import plotly.graph_objects as go


def spectrum_chart(spectrum: RoiSpectrum) -> go.Figure:
    """Draw the reflectance of a tile against the wavelengths of the satellite that took it.

    Whiskers are one standard deviation between pixels. B09 and B10 see the air: they are hollow and off the line.
    """
    figure = new_figure(300, left=64, showlegend=bool(spectrum.atmospheric.any()))
    ground = ~spectrum.atmospheric
    _add(figure, spectrum, ground, "ground", GAIN_COLOR, whiskers=True)
    if not ground.all():
        _add(figure, spectrum, ~ground, "air (not ground)", AIR_COLOR, whiskers=True, mode="markers", hollow=True)
    who = f"Sentinel-{spectrum.satellite[1:]}" if spectrum.satellite.startswith("S") else "Sentinel-2"
    figure.update_xaxes(title=f"Wavelength (nm, {who})", linecolor=LINE)
    figure.update_yaxes(title=LEVEL_TITLES[spectrum.level], linecolor=LINE, rangemode="tozero")
    return figure


def spectrum_pair(before: RoiSpectrum, after: RoiSpectrum, *, days: tuple[str, str]) -> go.Figure:
    """Draw the reflectance of one tile on both dates, each at the wavelengths of its own satellite.

    B09 and B10 see the air and not the ground; they are left out.

    Args:
        before: of the earlier date.
        after: of the later date.
        days: how to call the dates.
    """
    figure = new_figure(300)
    _add(figure, before, ~before.atmospheric, days[0], AIR_COLOR, dash="dash", hollow=True)
    _add(figure, after, ~after.atmospheric, days[1], GAIN_COLOR)
    figure.update_xaxes(title="Wavelength (nm)")
    levels = dict.fromkeys(LEVEL_TITLES[s.level] for s in (before, after))
    figure.update_yaxes(title=" / ".join(levels), rangemode="tozero", automargin=True)
    return figure


def _add(
    figure: go.Figure,
    spectrum: RoiSpectrum,
    chosen: np.ndarray,
    name: str,
    color: str,
    *,
    whiskers: bool = False,
    hollow: bool = False,
    mode: str = "lines+markers",
    dash: str = "solid",
) -> None:
    """Add some bands of a spectrum: ``chosen`` is (bands,) bool."""
    spread = {"type": "data", "array": spectrum.std[chosen].astype(float).tolist(), "thickness": 1, "width": 2}
    figure.add_scatter(
        x=spectrum.wavelength_nm[chosen].tolist(),
        y=[None if np.isnan(v) else float(v) for v in spectrum.mean[chosen]],
        error_y={**spread, "color": LINE} if whiskers else None,
        mode=mode,
        name=name,
        line={"color": color, "width": 2, "dash": dash},
        marker={"size": 8, "color": color, "symbol": "circle-open" if hollow else "circle"},
        customdata=[[n, band(n).title] for n, keep in zip(spectrum.bands, chosen, strict=True) if keep],
        hovertemplate=f"{name}, %{{customdata[0]}} %{{customdata[1]}}<br>%{{x:.0f}} nm: %{{y:.3f}}<extra></extra>",
    )
