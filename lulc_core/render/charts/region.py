"""The blocks of a region on a plain map, coloured by how far they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lulc_core.language.words import Words
from lulc_core.render.charts.figure import GRID, LINE, new_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

STATE_COLORS = {
    "done": "#2E8B57",
    "running": "#E0A030",
    "failed": "#C0392B",
    "no data": "#5D7A99",
    "waiting": "rgba(128,128,128,0.25)",
}
"""By state, in the order of the legend."""


def blocks_chart(
    outlines: Mapping[str, Sequence[tuple[float, float]]], states: Mapping[str, str], words: Words
) -> go.Figure:
    """Draw the blocks by longitude and latitude, a colour for each state.

    Args:
        outlines: corners of each block, longitude and latitude in degrees, by its name.
        states: ``done``, ``running``, ``failed`` or ``no data`` by name; all others wait.
        words: the reader's language.
    """
    figure = new_figure(340, left=48, bottom=36)
    lats = [lat for ring in outlines.values() for _, lat in ring]
    for state, color in STATE_COLORS.items():
        names = [name for name in outlines if states.get(name, "waiting") == state]
        if not names:
            continue
        x: list[float | None] = []
        y: list[float | None] = []
        for name in names:
            ring = [*outlines[name], outlines[name][0]]
            x += [*(lon for lon, _ in ring), None]
            y += [*(lat for _, lat in ring), None]
        title = words.translate(f"region.state.{state.replace(' ', '_')}")
        label = f"{title} ({words.number(len(names))})"
        figure.add_scatter(
            x=x,
            y=y,
            name=label,
            mode="lines",
            fill="toself",
            fillcolor=color,
            hoverinfo="name",
            line={"color": LINE, "width": 0.6},
        )
    stretch = 1 / max(math.cos(math.radians(sum(lats) / len(lats))), 0.1) if lats else 1.0
    figure.update_yaxes(scaleanchor="x", scaleratio=stretch, ticksuffix="°", gridcolor=GRID)
    figure.update_xaxes(ticksuffix="°", gridcolor=GRID)
    return figure
