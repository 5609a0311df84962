"""Flows between classes as ribbons that can be picked: the Sankey chart of the page.

Plotly's own Sankey reports no selection to Streamlit. So the ribbons are drawn as filled curves, and points that are
not seen lie on them: a click on a ribbon picks the nearest of its points, which knows its flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lulc_core.domain.change import TransitionMatrix
from lulc_core.language.words import Words, english
from lulc_core.render.charts.figure import LINE, faint, new_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

MAX_HEIGHT_PX = 460
_NODE = 0.03
_GAP_PX, _MIN_PX, _ROW_PX = 14, 3, 46
_POINT_EVERY_PX = 16
_ALONG = 14


def flow_ribbons(
    matrix: TransitionMatrix, *, chosen: tuple[int, int] | None = None, words: Words | None = None
) -> go.Figure:
    """Draw what became what, earlier classes on the left and later ones on the right, as wide as they have hectares.

    Args:
        matrix: transitions; persistence is left out, it mostly dwarfs what changed.
        chosen: ids of the classes of the one flow that stands out; None for none.
        words: the reader's language; None for English.

    Returns:
        A figure whose selectable points carry ``customdata`` [id before, id after, tiles, hectares].
    """
    words = words or english()
    labels = [words.class_name(i) for i in matrix.ids]
    ha = np.where(matrix.off_diagonal, matrix.ha, 0.0)
    rows, cols = (sorted({int(i) for i in found}) for found in np.nonzero(ha > 0))
    height = min(MAX_HEIGHT_PX, 60 + _ROW_PX * max(len(rows), len(cols), 1))
    left, right = _stack([ha[r].sum() for r in rows], height), _stack([ha[:, c].sum() for c in cols], height)
    figure = new_figure(height, left=4, right=4, showlegend=False, hovermode="closest", hoverdistance=24)
    used_left, used_right = [top for top, _ in left], [top for top, _ in right]
    picks: dict[str, list[Any]] = {"x": [], "y": [], "customdata": [], "text": []}
    for i, r in enumerate(rows):
        for j, c in enumerate(cols):
            if ha[r, c] <= 0:
                continue
            first = left[i][1] * float(ha[r, c] / ha[r].sum())
            second = right[j][1] * float(ha[r, c] / ha[:, c].sum())
            y0, y1 = used_left[i], used_right[j]
            used_left[i], used_right[j] = y0 + first, y1 + second
            pair = (matrix.ids[r], matrix.ids[c])
            strength = 0.5 if chosen is None else 0.9 if pair == chosen else 0.15
            x, upper, lower = _curve(y0, y1, first, second)
            figure.add_scatter(
                x=[*x, *x[::-1]],
                y=[*upper, *lower[::-1]],
                mode="lines",
                line={"width": 2 if pair == chosen else 0.5, "color": LINE},
                fill="toself",
                fillcolor=faint(matrix.colors[c], strength),
                hoverinfo="skip",
            )
            n, area = int(matrix.tiles[r, c]), float(ha[r, c])
            counted = words.translate("count.squares", n)
            text = f"{labels[r]} → {labels[c]}: {words.area(area, like=float(ha.sum()))}, {counted}"
            _add_picks(picks, x, upper, lower, [*pair, n, area], text)
    for nodes, at, ids in ((left, 0.0, rows), (right, 1.0 - _NODE, cols)):
        for (top, size), i in zip(nodes, ids, strict=True):
            figure.add_shape(
                type="rect", x0=at, x1=at + _NODE, y0=top, y1=top + size, fillcolor=matrix.colors[i],
                line={"color": LINE, "width": 1},
            )  # fmt: skip
            figure.add_annotation(
                x=_NODE * 1.5 if at == 0 else 1 - _NODE * 1.5,
                y=top + size / 2,
                text=labels[i],
                xanchor="left" if at == 0 else "right",
                showarrow=False,
                font={"color": "#1c2421"},
                bgcolor="rgba(255,255,255,0.82)",  # a label lies over ribbons of every colour, in both themes
                borderpad=1,
            )
    figure.add_scatter(
        **picks,
        mode="markers",
        marker={"size": 12, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[height, 0], fixedrange=True)
    return figure


def _stack(sums: Sequence[float], height: int) -> list[tuple[float, float]]:
    """Top and size in pixels of the classes of one side, one below the other, in the middle of the height."""
    room = height - 12 - _GAP_PX * max(len(sums) - 1, 0)
    sizes = [max(room * s / max(sum(sums), 1e-9), _MIN_PX) for s in sums]
    sizes = [s * min(1.0, room / max(sum(sizes), 1e-9)) for s in sizes]
    top, found = 6.0, []
    for size in sizes:
        found.append((top, size))
        top += size + _GAP_PX
    return found


def _curve(y0: float, y1: float, first: float, second: float) -> tuple[list[float], list[float], list[float]]:
    t = np.linspace(0, 1, 25)
    bend = t * t * (3 - 2 * t)
    upper = y0 + (y1 - y0) * bend
    x = _NODE + (1 - 2 * _NODE) * t
    return x.tolist(), upper.tolist(), (upper + first + (second - first) * bend).tolist()


def _add_picks(
    picks: dict[str, list[Any]],
    x: list[float],
    upper: list[float],
    lower: list[float],
    data: list[Any],
    words: str,
) -> None:
    across = max(1, round(max(b - a for a, b in zip(upper, lower, strict=True)) / _POINT_EVERY_PX))
    for k in np.linspace(0, len(x) - 1, _ALONG).round().astype(int).tolist():
        for step in range(across):
            picks["x"].append(x[k])
            picks["y"].append(upper[k] + (lower[k] - upper[k]) * (step + 0.5) / across)
            picks["customdata"].append(data)
            picks["text"].append(words)
