"""What all figures share: they read in a light and in a dark theme, with grey lines and text left to the theme."""

from __future__ import annotations

from typing import Any

from lulc_core.language.words import Words
from lulc_core.render.colors import rgb

CLEAR = "rgba(0,0,0,0)"
LINE = "rgba(128,128,128,0.8)"
"""Middle grey: 4:1 against white and against near black alike, so that #222222 and #E2F5B0 both keep an outline."""
GRID = "rgba(128,128,128,0.22)"
AIR_COLOR = "#8A8F98"
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "bgcolor": CLEAR, "font": {"size": 12}}


def new_figure(height: float, *, left: int = 8, right: int = 8, bottom: int = 8, **layout: Any) -> Any:
    """Make a transparent Plotly figure with its legend above.

    Args:
        height: pixels.
        left: margin, pixels.
        right: margin, pixels.
        bottom: margin, pixels.
        **layout: of ``update_layout``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": left, "r": right, "t": 8, "b": bottom},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        legend=_LEGEND,
        hoverlabel={"align": "left"},
        dragmode=False,
        **layout,
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False)
    figure.update_yaxes(gridcolor=GRID, zeroline=False)
    return figure


def faint(color: str, opacity: float) -> str:
    """Give ``#RRGGBB`` in the form of CSS with an opacity of 0 to 1."""
    red, green, blue = rgb(color)
    return f"rgba({red},{green},{blue},{opacity})"


def level_title(level: str, words: Words) -> str:
    """Name reflectance by its level: ``L1C``, ``L2A``, ``lab`` or ``mixed``."""
    return words.translate(f"chart.level.{level}")
