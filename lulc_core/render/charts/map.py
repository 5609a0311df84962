"""Figures that read in a light and in a dark theme: transparent, grey lines, text left to the theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import band
from lulc_core.domain.classes import CLASSES, N_CLASSES, LandCoverClass
from lulc_core.domain.results import ClassArea
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.language.words import english

if TYPE_CHECKING:
    import plotly.graph_objects as go

_CLEAR = "rgba(0,0,0,0)"
_LINE = "rgba(128,128,128,0.75)"
"""Middle grey: 4:1 against white and against near black alike, so that #222222 and #E2F5B0 both keep an outline."""
_GRID = "rgba(128,128,128,0.25)"
_SPECTRUM = "#2E8B57"
_AIR = "#8A8F98"

Y_TITLES = {"L1C": "Top-of-atmosphere reflectance", "L2A": "Surface reflectance"}


def probability_bar(probabilities: NDArray[np.floating]) -> go.Figure:
    """The ten class probabilities of a tile or picture, largest on top.

    Args:
        probabilities: (10,) in the order of class ids, 0 to 1.

    Raises:
        ValueError: not ten finite numbers; a tile that the network was not asked about has none to show.
    """
    values = np.asarray(probabilities, np.float64)
    if values.shape != (N_CLASSES,) or not np.isfinite(values).all():
        raise ValueError(f"ten finite probabilities are needed, got shape {values.shape}")
    order = np.argsort(-values, kind="stable")
    rows = [(CLASSES[int(i)], float(values[i])) for i in order]
    texts = [english().share(p, short=True) for _, p in rows]
    figure = _bars([c for c, _ in rows], [100 * p for _, p in rows], texts, "%{y}: %{text}<extra></extra>")
    figure.update_xaxes(range=[0, 118], visible=False)
    return figure


def area_bar(areas: Sequence[ClassArea]) -> go.Figure:
    """Hectares of each class, in the order given (class_areas gives the largest first), with the share in text."""
    texts = [f"{english().area(a.ha)} ({english().share(a.pct / 100, short=True)})" for a in areas]
    figure = _bars([a.cls for a in areas], [a.ha for a in areas], texts, "%{y}: %{text}<extra></extra>")
    top = max((a.ha for a in areas), default=0.0) or 1.0
    figure.update_xaxes(range=[0, 1.65 * top], visible=False)
    return figure


def spectrum_chart(spectrum: RoiSpectrum) -> go.Figure:
    """Reflectance of a tile against the wavelengths of the satellite that took it.

    Whiskers are one standard deviation between pixels. B09 and B10 see the air: they are hollow and off the line.
    """
    go_ = _plotly()
    figure = go_.Figure()
    ground = ~spectrum.atmospheric
    for chosen, name, mode in ((ground, "ground", "lines+markers"), (~ground, "air (not ground)", "markers")):
        if not chosen.any():
            continue
        names = [n for n, keep in zip(spectrum.bands, chosen, strict=True) if keep]
        is_ground = mode != "markers"
        color = _SPECTRUM if is_ground else _AIR
        figure.add_trace(
            go_.Scatter(
                x=spectrum.wavelength_nm[chosen].tolist(),
                y=spectrum.mean[chosen].astype(float).tolist(),
                error_y={
                    "type": "data",
                    "array": spectrum.std[chosen].astype(float).tolist(),
                    "color": _LINE,
                    "thickness": 1,
                    "width": 2,
                },
                mode=mode,
                name=name,
                line={"color": color, "width": 2},
                marker={"size": 8, "color": color, "symbol": "circle" if is_ground else "circle-open"},
                customdata=[[n, band(n).title] for n in names],
                hovertemplate="%{customdata[0]} %{customdata[1]}<br>%{x:.0f} nm: %{y:.3f}<extra></extra>",
            )
        )
    figure.update_layout(
        **_layout(height=300, left=64),
        showlegend=bool(spectrum.atmospheric.any()),
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "bgcolor": _CLEAR},
    )
    who = f"Sentinel-{spectrum.satellite[1:]}" if spectrum.satellite.startswith("S") else "Sentinel-2"
    figure.update_xaxes(title=f"Wavelength (nm, {who})", gridcolor=_GRID, linecolor=_LINE, zeroline=False)
    figure.update_yaxes(
        title=Y_TITLES[spectrum.level], gridcolor=_GRID, linecolor=_LINE, zeroline=False, rangemode="tozero"
    )
    return figure


def _bars(classes: Sequence[LandCoverClass], values: Sequence[float], texts: Sequence[str], hover: str) -> go.Figure:
    go_ = _plotly()
    figure = go_.Figure(
        go_.Bar(
            x=list(values),
            y=[f"{c.label} ({c.letter})" for c in classes],
            orientation="h",
            marker={"color": [c.color for c in classes], "line": {"color": _LINE, "width": 1}},
            text=list(texts),
            textposition="outside",
            cliponaxis=False,
            hovertemplate=hover,
        )
    )
    figure.update_layout(**_layout(height=40 + 26 * max(len(classes), 1), left=8), showlegend=False, bargap=0.25)
    figure.update_yaxes(autorange="reversed", automargin=True, ticks="", ticklabelstandoff=4, showgrid=False)
    return figure


def _layout(*, height: int, left: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": left, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
    }


def _plotly() -> Any:
    import plotly.graph_objects

    return plotly.graph_objects
