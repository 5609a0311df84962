"""Figures that read in a light and in a dark theme: transparent, grey lines, text left to the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lulc_core.domain.bands import band
from lulc_core.domain.spectrum import RoiSpectrum

if TYPE_CHECKING:
    import plotly.graph_objects as go

_CLEAR = "rgba(0,0,0,0)"
_LINE = "rgba(128,128,128,0.75)"
"""Middle grey: 4:1 against white and against near black alike, so that #222222 and #E2F5B0 both keep an outline."""
_GRID = "rgba(128,128,128,0.25)"
_SPECTRUM = "#2E8B57"
_AIR = "#8A8F98"

Y_TITLES = {"L1C": "Top-of-atmosphere reflectance", "L2A": "Surface reflectance"}


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
