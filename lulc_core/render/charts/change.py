"""Figures of a comparison: transition matrix, gains and losses, what moved in one tile.

They carry what was clicked: ``customdata`` of a flow, a
cell or a bar holds the ids of the classes, for ``analysis.change.select``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lulc_core.domain.change import ClassBalance, TransitionMatrix
from lulc_core.domain.classes import LINES, LandCoverClass
from lulc_core.language.words import Words, area_unit, english
from lulc_core.render.charts.figure import LINE, new_figure
from lulc_core.render.colors import GAIN_COLOR, LOSS_COLOR

if TYPE_CHECKING:
    import plotly.graph_objects as go

STAYED, ON_STAYED = "#56605A", "#FFFFFF"
"""Ground and numbers of the diagonal. Opaque, as what is seen through a faint one is dark in one theme and light in the
other: 6.5:1 in both."""
NUMBER_PX = 12
SHADES = [[0.0, "#FBE3E9"], [1.0, "#EC7F98"]]
"""Of what changed, from little to much; black numbers on them have 7.6:1 and more."""
_SIDEWAYS: dict[str, Any] = {"orientation": "h", "textposition": "outside", "cliponaxis": False}


def transition_heatmap(
    matrix: TransitionMatrix,
    *,
    unit: str = "tiles",
    chosen: tuple[int, int] | None = None,
    words: Words | None = None,
) -> go.Figure:
    """Draw the matrix: earlier in rows, later in columns; the diagonal, persistence, is grey.

    Cells of a heat map cannot be selected; a point on each transition that occurs can, unseen, and carries
    ``customdata`` [id before, id after].

    Args:
        matrix: transitions; classes that occur on neither date are left out.
        unit: ``tiles``, ``ha`` (in square kilometres where there are many) or ``pct``.
        chosen: ids of the classes of the cell that is framed; None for none.
        words: the reader's language; None for English.

    Raises:
        KeyError: no such unit.
    """
    values = {"tiles": matrix.tiles.astype(float), "ha": matrix.ha, "pct": matrix.pct}[unit]
    words = words or english()
    whole = float(matrix.ha.sum())
    forms: dict[str, Callable[[float], str]] = {
        "tiles": words.number,
        "ha": partial(words.area_number, like=whole),
        "pct": partial(words.number, digits=1),
    }
    suffix = {"tiles": " " + words.translate("chart.squares"), "ha": f" {area_unit(whole)[0]}", "pct": " %"}[unit]
    stayed = words.translate("chart.stayed")
    present = [i for i in range(len(matrix.ids)) if matrix.tiles[i].sum() + matrix.tiles[:, i].sum() > 0]
    shown = values[np.ix_(present, present)]
    labels = [words.class_name(matrix.ids[i]) for i in present]
    letters = [words.class_letter(matrix.ids[i]) for i in present]  # at the top names would leave no room for numbers
    text = [[forms[unit](v) if v > 0 else "" for v in row] for row in shown]
    ids = [[[matrix.ids[i], matrix.ids[j]] for j in present] for i in present]
    figure = new_figure(84 + 30 * max(len(present), 1), hovermode="closest", hoverdistance=24)
    common: dict[str, Any] = {"x": labels, "y": labels, "customdata": ids, "showscale": False, "xgap": 1, "ygap": 1}
    common |= {"texttemplate": "%{text}"}
    figure.add_heatmap(
        **common,
        z=[[1.0 if i == j else None for j in present] for i in present],
        text=[[t if r == c else "" for c, t in enumerate(row)] for r, row in enumerate(text)],
        colorscale=[[0, STAYED], [1, STAYED]],
        hovertemplate=f"{stayed} %{{y}}: %{{text}}{suffix}<extra></extra>",
        textfont={"color": ON_STAYED, "size": NUMBER_PX},
    )
    figure.add_heatmap(
        **common,
        z=[[None if i == j or not values[i, j] else float(values[i, j]) for j in present] for i in present],
        text=[["" if r == c else t for c, t in enumerate(row)] for r, row in enumerate(text)],
        colorscale=SHADES,
        zmin=0,
        hoverinfo="skip",
        textfont={"color": "#111111", "size": NUMBER_PX},
    )
    cells = [(i, j) for i in range(len(present)) for j in range(len(present)) if i != j and shown[i, j] > 0]
    figure.add_scatter(
        x=[labels[j] for _, j in cells],
        y=[labels[i] for i, _ in cells],
        customdata=[ids[i][j] for i, j in cells],
        text=[text[i][j] for i, j in cells],
        mode="markers",
        marker={"size": 26, "symbol": "square", "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate=f"%{{y}} → %{{x}}: %{{text}}{suffix}<extra></extra>",
        showlegend=False,
    )
    if chosen is not None and all(c in matrix.ids and matrix.ids.index(c) in present for c in chosen):
        row, col = (present.index(matrix.ids.index(c)) for c in chosen)
        frame = {"x0": col - 0.5, "x1": col + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(type="rect", **frame, line={"color": GAIN_COLOR, "width": 4})
    figure.update_xaxes(
        title=words.translate("chart.later"), side="top", automargin=True, showgrid=False, tickangle=0,
        fixedrange=True, categoryorder="array", categoryarray=labels, range=[-0.5, len(present) - 0.5],
        tickvals=labels, ticktext=letters,
    )  # fmt: skip
    figure.update_yaxes(
        title=words.translate("chart.earlier"), automargin=True, showgrid=False, fixedrange=True, categoryorder="array",
        categoryarray=labels, range=[len(present) - 0.5, -0.5], tickvals=labels,
        ticktext=[f"{label}  {letter}" for label, letter in zip(labels, letters, strict=True)],
    )  # fmt: skip
    return figure


def gain_loss_bars(balances: Sequence[ClassBalance], *, words: Words | None = None) -> go.Figure:
    """Draw gross gain to the right, gross loss to the left, net as a mark.

    Classes that kept all are left out, and so are roads and rivers, which are no land of the size of their squares.
    """
    rows = [b for b in balances if (b.gain_ha > 0 or b.loss_ha > 0) and b.name not in LINES]
    words = words or english()
    labels = [words.class_name(b.id) for b in rows]
    ids = [[b.id] for b in rows]
    longest = max((max(b.gain_ha, b.loss_ha) for b in rows), default=0.0)
    unit, size = area_unit(longest)
    digits = 0 if size == 1 else 2
    figure = new_figure(110 + 34 * max(len(rows), 1), barmode="relative", bargap=0.3)
    # The figures stand beyond the ends of the bars, with room for the diamond: on hatching they could not be read.
    for name, values, color, pattern, form in (
        ("chart.gained", [b.gain_ha / size for b in rows], GAIN_COLOR, "", "   {}"),
        ("chart.lost", [-b.loss_ha / size for b in rows], LOSS_COLOR, "/", "{}   "),
    ):
        figure.add_bar(
            x=values,
            y=labels,
            name=words.translate(name),
            customdata=ids,
            marker={"color": color, "line": {"color": LINE, "width": 1}, "pattern": {"shape": pattern}},
            text=[form.format(words.area_number(abs(v) * size, like=longest)) if v else "" for v in values],
            **_SIDEWAYS,
            hovertemplate=f"%{{y}}, {words.translate(name)}: %{{text}} {unit}<extra></extra>",
        )
    figure.add_scatter(
        x=[b.net_ha / size for b in rows],
        y=labels,
        name=words.translate("chart.net"),
        mode="markers",
        marker={"symbol": "diamond", "size": 10, "color": "#FFFFFF", "line": {"color": "#222222", "width": 2}},
        customdata=ids,
        hovertemplate=f"%{{y}}, {words.translate('chart.net')}: %{{x:+,.{digits}f}} {unit}<extra></extra>",
    )
    most, least = (
        max([v / size for v in ha], default=1.0) for ha in ([b.gain_ha for b in rows], [b.loss_ha for b in rows])
    )
    room = 0.25 * (most + least)
    title, reach = words.translate("chart.area", unit=unit), [-least - room, most + room]
    figure.update_xaxes(title=title, range=reach, zeroline=True, zerolinecolor=LINE)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    return figure


def shift_bars(moved: Sequence[tuple[LandCoverClass, float]], words: Words | None = None) -> go.Figure:
    """Draw what each class of one tile gained (right) or lost (left) in probability.

    Args:
        moved: classes with their gain in points of probability, -100 to 100, in the order of the bars.
        words: the reader's language; None for English.
    """
    words = words or english()
    gains = [points > 0 for _, points in moved]
    figure = new_figure(54 + 26 * max(len(moved), 1), showlegend=False, bargap=0.3)
    figure.add_bar(
        x=[points for _, points in moved],
        y=[f"{words.class_name(c.id)} {words.class_letter(c.id)}" for c, _ in moved],
        customdata=[[c.id] for c, _ in moved],
        marker={
            "color": [GAIN_COLOR if gain else LOSS_COLOR for gain in gains],
            "line": {"color": LINE, "width": 1},
            "pattern": {"shape": ["" if gain else "/" for gain in gains]},
        },
        text=[f"{'+' if points > 0 else '−'}{abs(points):.0f}" for _, points in moved],
        **_SIDEWAYS,
        hovertemplate="%{y}: %{text} " + words.translate("chart.points") + "<extra></extra>",
    )
    most = max((abs(points) for _, points in moved), default=1.0)
    figure.update_xaxes(
        range=[-1.45 * most, 1.45 * most], zeroline=True, zerolinecolor=LINE,
        title=words.translate("chart.points_moved"), fixedrange=True,
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False, fixedrange=True)
    return figure
