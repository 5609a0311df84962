"""Figures of an evaluation: is it as sure as it says, where it bends, class by class, how it learnt.

Two colours that colour-blind readers tell apart, and a shape for each as well; text and background are the theme's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lulc_core.domain.evaluation import ClassAccuracy, OtherNetwork, ReliabilityBin, ShiftResult
from lulc_core.language.words import english
from lulc_core.render.charts.figure import GRID, LINE, new_figure

BLUE = "#3C82C4"
ORANGE = "#D9772B"
"""At least 3 to 1 against the light and the dark background of the app."""


def reliability_chart(bins: Sequence[ReliabilityBin]) -> Any:
    """Draw the share named right against the mean of the probability, and how many patches there are under it.

    Args:
        bins: ranges of the largest probability; those without patches are left out.
    """
    filled = [b for b in bins if b.n]
    figure = _figure(430)
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        line={"color": LINE, "width": 1.5, "dash": "dash"},
        name="as sure as it is right",
        hoverinfo="skip",
    )
    labels = [f"{b.n:,} patches, {100 * b.low:.0f} to {100 * b.high:.0f} % sure" for b in filled]
    figure.add_scatter(
        x=[100 * b.confidence for b in filled],
        y=[100 * b.accuracy for b in filled],
        mode="markers",
        error_y=_whiskers([(b.accuracy, b.accuracy_95) for b in filled], BLUE, 1.5),
        # The fewer patches, the smaller the point: four of them prove nothing.
        marker={
            "size": [6 + 4 * math.log10(b.n) for b in filled],
            "color": BLUE,
            "opacity": 1,
            "line": {"color": LINE, "width": 1},
        },
        cliponaxis=False,
        name="this network, with 95 % interval",
        customdata=[
            f"{label}<br>on average {english().share(b.confidence, 1)} sure, {english().share(b.accuracy, 1)} right"
            f" (95 % interval {100 * b.accuracy_95[0]:.0f} to {100 * b.accuracy_95[1]:.0f})"
            for label, b in zip(labels, filled, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.add_bar(
        x=[50 * (b.low + b.high) for b in filled],
        y=[b.n for b in filled],
        width=[100 * (b.high - b.low) for b in filled],
        yaxis="y2",
        marker={"color": BLUE, "line": {"color": LINE, "width": 1}},
        text=[f"{b.n:,}" for b in filled],
        textposition="outside",
        textangle=0,
        constraintext="none",
        outsidetextfont={"size": 11},
        cliponaxis=False,
        showlegend=False,
        customdata=labels,
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_xaxes(title="How sure it says it is (%)", range=[0, 100], linecolor=LINE, anchor="y2")
    figure.update_layout(
        yaxis={"domain": [0.36, 1.0], "title": "Named right (%)", "range": [0, 103]},
        # A few hundred sure patches stand beside a handful of unsure ones: only a logarithm shows both.
        yaxis2={
            "domain": [0.0, 0.24],
            "title": "Patches",
            "type": "log",
            "range": [-0.15, math.log10(max([10, *(b.n for b in filled)])) + 0.75],  # room for the number on the bar
            "dtick": 1,
            "gridcolor": GRID,
            "zeroline": False,
        },
    )
    return figure


def shift_chart(shifts: Sequence[ShiftResult], unshifted: float, other: OtherNetwork | None = None) -> Any:
    """Draw the share named right under each kind of other imagery, the best on top.

    Args:
        shifts: in any order.
        unshifted: share named right of the patches as they are, 0 to 1.
        other: a network that was measured beside it.
    """
    ordered = sorted(shifts, key=lambda s: s.accuracy)
    figure = _figure(90 + 27 * max(len(ordered), 1))
    for seen, color, name in (
        (True, BLUE, "kind seen in training"),
        (False, ORANGE, "kind never seen"),
    ):
        rows = [s for s in ordered if s.used_in_training is seen]
        if not rows:
            continue
        figure.add_bar(
            x=[100 * s.accuracy for s in rows],
            y=[s.name for s in rows],
            orientation="h",
            marker={
                "color": color,
                "line": {"color": LINE, "width": 1},
                "pattern": {"shape": "" if seen else "/", "bgcolor": color, "fgcolor": "#F0A868", "solidity": 0.12},
            },
            name=name,
            text=[f"{100 * s.accuracy:.1f}" for s in rows],
            textposition="inside",
            insidetextanchor="start",
            insidetextfont={"color": "#FFFFFF" if seen else "#0E1512", "size": 12, "weight": 600},
            constraintext="none",
            customdata=[s.cause for s in rows],
            hovertemplate="<b>%{y}</b>: %{x:.1f} % right<br>%{customdata}<extra></extra>",
        )
    figure.add_scatter(
        x=[100 * unshifted] * 2,
        y=[ordered[0].name, ordered[-1].name] if ordered else [],
        mode="lines",
        line={"color": LINE, "width": 2, "dash": "dash"},
        name=f"as they are: {100 * unshifted:.1f}",
        hoverinfo="skip",
    )
    known = [] if other is None else [s.name for s in ordered if s.name in other.shifts]
    if other is not None and known:
        figure.add_scatter(
            x=[100 * other.shifts[name] for name in known],
            y=known,
            mode="markers",
            marker={
                "symbol": "diamond",
                "size": 11,
                "color": "#FFFFFF",
                "line": {"color": "#0E1512", "width": 1.5},
            },
            name=other.name,
            cliponaxis=False,
            hovertemplate="<b>%{y}</b>: %{x:.1f} % right by %{fullData.name}<extra></extra>",
        )
    figure.update_xaxes(title="Named right (%)", range=[0, 100], linecolor=LINE)
    figure.update_yaxes(
        categoryorder="array", categoryarray=[s.name for s in ordered], automargin=True, ticklabelstandoff=4
    )
    figure.update_layout(bargap=0.22, barmode="overlay")
    return figure


def class_chart(rows: Sequence[ClassAccuracy]) -> Any:
    """Draw found (producer's) and right (user's) of every class, with 95 % intervals."""
    names = [f"{r.cls.label} ({r.cls.letter})" for r in rows]
    figure = _figure(70 + 40 * max(len(rows), 1))
    lowest = 1.0
    for k, (title, color, symbol, value, value_95) in enumerate(
        (
            ("found (producer's accuracy)", BLUE, "circle", "producers", "producers_95"),
            ("right when named (user's accuracy)", ORANGE, "diamond", "users", "users_95"),
        )
    ):
        known = [(i, getattr(r, value), getattr(r, value_95)) for i, r in enumerate(rows)]
        known = [row for row in known if row[1] is not None]
        lowest = min([lowest, *(low for _, _, (low, _) in known)])
        figure.add_scatter(
            x=[100 * v for _, v, _ in known],
            y=[i + (0.14 if k else -0.14) for i, _, _ in known],
            error_x=_whiskers([(v, interval) for _, v, interval in known], color, 2),
            mode="markers",
            marker={"color": color, "size": 10, "symbol": symbol, "line": {"color": LINE, "width": 1}},
            name=title,
            customdata=[[names[i], 100 * low, 100 * high] for i, _, (low, high) in known],
            hovertemplate="%{customdata[0]}: %{x:.1f} %<br>95 % interval %{customdata[1]:.1f} to %{customdata[2]:.1f} %"
            f"<extra>{title}</extra>",
        )
    figure.update_xaxes(title="Per cent of patches", range=[max(0.0, 100 * lowest - 2), 100.8], linecolor=LINE)
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=names, range=[len(rows) - 0.5, -0.5], automargin=True)
    return figure


def history_chart(epochs: Sequence[int], loss: Sequence[float | None], accuracy: Sequence[float | None]) -> Any:
    """Draw how training went: share of validation patches named right above, the loss it made smaller below.

    Args:
        epochs: numbers of the epochs.
        loss: of the training patches, mixed and changed as they were.
        accuracy: 0 to 1, on validation patches.
    """
    figure = _figure(380)
    figure.add_scatter(
        x=list(epochs),
        y=[None if a is None else 100 * a for a in accuracy],
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        marker={"size": 5, "color": BLUE},
        name="named right",
        hovertemplate="epoch %{x}: %{y:.2f} % right<extra></extra>",
    )
    figure.add_scatter(
        x=list(epochs),
        y=list(loss),
        yaxis="y2",
        mode="lines+markers",
        line={"color": ORANGE, "width": 2, "dash": "dot"},
        marker={"size": 5, "color": ORANGE, "symbol": "diamond"},
        name="loss",
        hovertemplate="epoch %{x}: loss %{y:.3f}<extra></extra>",
    )
    figure.update_xaxes(title="Epoch (once through all training patches)", anchor="y2")
    figure.update_layout(
        showlegend=False,
        yaxis={"domain": [0.46, 1.0], "title": "Named right (%)"},
        yaxis2={"domain": [0.0, 0.38], "title": "Loss", "gridcolor": GRID, "zeroline": False, "rangemode": "tozero"},
    )
    return figure


def _figure(height: float) -> Any:
    return new_figure(height, right=12, bottom=44)


def _whiskers(shares: Sequence[tuple[float, tuple[float, float]]], color: str, thickness: float) -> dict[str, Any]:
    """Error bars of shares from 0 to 1 with their intervals, in per cent."""
    over = [100 * (high - share) for share, (_, high) in shares]
    under = [100 * (share - low) for share, (low, _) in shares]
    whiskers = {"type": "data", "symmetric": False, "array": over, "arrayminus": under}
    return {**whiskers, "color": color, "thickness": thickness, "width": 4}
