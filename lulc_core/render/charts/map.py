"""Reflectance of a tile against wavelength, on one date or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lulc_core.domain.bands import band
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.language.words import Words, english
from lulc_core.render.charts.figure import AIR_COLOR, LINE, level_title, new_figure
from lulc_core.render.colors import GAIN_COLOR

if TYPE_CHECKING:
    import plotly.graph_objects as go


def spectrum_chart(spectrum: RoiSpectrum, words: Words | None = None) -> go.Figure:
    """Draw the reflectance of a tile against the wavelengths of the satellite that took it.

    Whiskers are one standard deviation between pixels. B09 and B10 see the air: they are hollow and off the line.
    """
    words = words or english()
    figure = new_figure(300, left=64, showlegend=bool(spectrum.atmospheric.any()))
    ground = ~spectrum.atmospheric
    _add(figure, spectrum, ground, words.translate("chart.ground"), GAIN_COLOR, whiskers=True)
    if not ground.all():
        _add(
            figure,
            spectrum,
            ~ground,
            words.translate("chart.air"),
            AIR_COLOR,
            whiskers=True,
            mode="markers",
            hollow=True,
        )
    who = f"Sentinel-{spectrum.satellite[1:]}" if spectrum.satellite.startswith("S") else "Sentinel-2"
    figure.update_xaxes(title=words.translate("chart.wavelength_nm_of", who=who), linecolor=LINE)
    figure.update_yaxes(title=level_title(spectrum.level, words), linecolor=LINE, rangemode="tozero")
    return figure


def spectrum_pair(
    before: RoiSpectrum, after: RoiSpectrum, *, days: tuple[str, str], words: Words | None = None
) -> go.Figure:
    """Draw the reflectance of one tile on both dates, each at the wavelengths of its own satellite.

    B09 and B10 see the air and not the ground; they are left out.

    Args:
        before: of the earlier date.
        after: of the later date.
        days: how to call the dates.
        words: the reader's language; English where it is not given.
    """
    words = words or english()
    figure = new_figure(300)
    _add(figure, before, ~before.atmospheric, days[0], AIR_COLOR, dash="dash", hollow=True)
    _add(figure, after, ~after.atmospheric, days[1], GAIN_COLOR)
    figure.update_xaxes(title=words.translate("chart.wavelength_nm"))
    levels = dict.fromkeys(level_title(s.level, words) for s in (before, after))
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
