"""Figures of an evaluation: is it as sure as it says, where it bends, class by class, how it learnt.

Two colours that colour-blind readers tell apart, and a shape for each as well; text and background are the theme's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lulc_core.domain.evaluation import ClassAccuracy, OtherNetwork, ReliabilityBin, ShiftResult
from lulc_core.language.words import Words, english
from lulc_core.render.charts.figure import GRID, LINE, new_figure

BLUE = "#3C82C4"
ORANGE = "#D9772B"
"""At least 3 to 1 against the light and the dark background of the app."""


def reliability_chart(bins: Sequence[ReliabilityBin], words: Words | None = None) -> Any:
    """Draw the share named right against the mean of the probability, and how many patches there are under it.

    Args:
        bins: ranges of the largest probability; those without patches are left out.
        words: of the reader; English without.
    """
    words = words or english()
    filled = [b for b in bins if b.n]
    figure = _figure(430)
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        line={"color": LINE, "width": 1.5, "dash": "dash"},
        name=words.translate("model.chart.even"),
        hoverinfo="skip",
    )
    labels = [
        words.translate("model.chart.range", b.n, low=words.number(100 * b.low), high=words.number(100 * b.high))
        for b in filled
    ]
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
        name=words.translate("model.chart.this"),
        customdata=[f"{label}<br>{_means(b, words)}" for label, b in zip(labels, filled, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.add_bar(
        x=[50 * (b.low + b.high) for b in filled],
        y=[b.n for b in filled],
        width=[100 * (b.high - b.low) for b in filled],
        yaxis="y2",
        marker={"color": BLUE, "line": {"color": LINE, "width": 1}},
        text=[words.number(b.n) for b in filled],
        textposition="outside",
        textangle=0,
        constraintext="none",
        outsidetextfont={"size": 11},
        cliponaxis=False,
        showlegend=False,
        customdata=labels,
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_xaxes(title=words.translate("model.chart.sure"), range=[0, 100], linecolor=LINE, anchor="y2")
    figure.update_layout(
        yaxis={"domain": [0.36, 1.0], "title": words.translate("model.chart.right"), "range": [0, 103]},
        # A few hundred sure patches stand beside a handful of unsure ones: only a logarithm shows both.
        yaxis2={
            "domain": [0.0, 0.24],
            "title": words.translate("model.chart.patches"),
            "type": "log",
            "range": [-0.15, math.log10(max([10, *(b.n for b in filled)])) + 0.75],  # room for the number on the bar
            "dtick": 1,
            "gridcolor": GRID,
            "zeroline": False,
        },
    )
    return figure


def shift_chart(
    shifts: Sequence[ShiftResult], unshifted: float, other: OtherNetwork | None = None, words: Words | None = None
) -> Any:
    """Draw the share named right under each kind of other imagery, the best on top.

    Args:
        shifts: in any order.
        unshifted: share named right of the patches as they are, 0 to 1.
        other: a network that was measured beside it.
        words: of the reader; English without.
    """
    words = words or english()
    right = words.translate("model.chart.shift", share="%{x:.1f}")
    ordered = sorted(shifts, key=lambda s: s.accuracy)
    names = {s.name: words.spoken(s.name) for s in ordered}
    figure = _figure(90 + 27 * max(len(ordered), 1))
    for seen, color, name in (
        (True, BLUE, words.translate("model.chart.seen")),
        (False, ORANGE, words.translate("model.chart.unseen")),
    ):
        rows = [s for s in ordered if s.used_in_training is seen]
        if not rows:
            continue
        figure.add_bar(
            x=[100 * s.accuracy for s in rows],
            y=[names[s.name] for s in rows],
            orientation="h",
            marker={
                "color": color,
                "line": {"color": LINE, "width": 1},
                "pattern": {"shape": "" if seen else "/", "bgcolor": color, "fgcolor": "#F0A868", "solidity": 0.12},
            },
            name=name,
            text=[words.number(100 * s.accuracy, 1) for s in rows],
            textposition="inside",
            insidetextanchor="start",
            insidetextfont={"color": "#FFFFFF" if seen else "#0E1512", "size": 12, "weight": 600},
            constraintext="none",
            customdata=[words.spoken(s.cause) for s in rows],
            hovertemplate=f"<b>%{{y}}</b>: {right}<br>%{{customdata}}<extra></extra>",
        )
    figure.add_scatter(
        x=[100 * unshifted] * 2,
        y=[*names.values()][:: max(len(names) - 1, 1)],
        mode="lines",
        line={"color": LINE, "width": 2, "dash": "dash"},
        name=words.translate("model.chart.as_is", share=words.number(100 * unshifted, 1)),
        hoverinfo="skip",
    )
    known = [] if other is None else [s.name for s in ordered if s.name in other.shifts]
    if other is not None and known:
        said = words.translate("model.chart.other", share="%{x:.1f}", name="%{fullData.name}")
        figure.add_scatter(
            x=[100 * other.shifts[name] for name in known],
            y=[names[name] for name in known],
            mode="markers",
            marker={
                "symbol": "diamond",
                "size": 11,
                "color": "#FFFFFF",
                "line": {"color": "#0E1512", "width": 1.5},
            },
            name=other.name,
            cliponaxis=False,
            hovertemplate=f"<b>%{{y}}</b>: {said}<extra></extra>",
        )
    figure.update_xaxes(title=words.translate("model.chart.right"), range=[0, 100], linecolor=LINE)
    figure.update_yaxes(categoryorder="array", categoryarray=[*names.values()], automargin=True, ticklabelstandoff=4)
    figure.update_layout(bargap=0.22, barmode="overlay")
    return figure


def class_chart(rows: Sequence[ClassAccuracy], words: Words | None = None) -> Any:
    """Draw found (producer's) and right (user's) of every class, with 95 % intervals."""
    words = words or english()
    names = [f"{words.translate(f'patch.{r.cls.name}')} ({words.class_letter(r.cls.id)})" for r in rows]
    figure = _figure(70 + 40 * max(len(rows), 1))
    lowest = 1.0
    between = words.translate("model.chart.interval", low="%{customdata[1]:.1f}", high="%{customdata[2]:.1f}")
    for k, (title, color, symbol, value, value_95) in enumerate(
        (
            (words.translate("model.chart.found"), BLUE, "circle", "producers", "producers_95"),
            (words.translate("model.chart.users"), ORANGE, "diamond", "users", "users_95"),
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
            hovertemplate=f"%{{customdata[0]}}: %{{x:.1f}} %<br>{between}<extra>{title}</extra>",
        )
    figure.update_xaxes(
        title=words.translate("model.chart.per_cent"), range=[max(0.0, 100 * lowest - 2), 100.8], linecolor=LINE
    )
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=names, range=[len(rows) - 0.5, -0.5], automargin=True)
    return figure


def history_chart(
    epochs: Sequence[int],
    loss: Sequence[float | None],
    accuracy: Sequence[float | None],
    words: Words | None = None,
) -> Any:
    """Draw how training went: share of validation patches named right above, the loss it made smaller below.

    Args:
        epochs: numbers of the epochs.
        loss: of the training patches, mixed and changed as they were.
        accuracy: 0 to 1, on validation patches.
        words: of the reader; English without.
    """
    words = words or english()
    right = words.translate("model.chart.shift", share="%{y:.2f}")
    epoch, of_loss = words.translate("model.chart.at_epoch"), words.translate("model.chart.loss")
    figure = _figure(380)
    figure.add_scatter(
        x=list(epochs),
        y=[None if a is None else 100 * a for a in accuracy],
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        marker={"size": 5, "color": BLUE},
        name=words.translate("model.chart.named_right"),
        hovertemplate=f"{epoch} %{{x}}: {right}<extra></extra>",
    )
    figure.add_scatter(
        x=list(epochs),
        y=list(loss),
        yaxis="y2",
        mode="lines+markers",
        line={"color": ORANGE, "width": 2, "dash": "dot"},
        marker={"size": 5, "color": ORANGE, "symbol": "diamond"},
        name=of_loss,
        hovertemplate=f"{epoch} %{{x}}: {of_loss} %{{y:.3f}}<extra></extra>",
    )
    figure.update_xaxes(title=words.translate("model.chart.epoch"), anchor="y2")
    figure.update_layout(
        showlegend=False,
        yaxis={"domain": [0.46, 1.0], "title": words.translate("model.chart.right")},
        yaxis2={
            "domain": [0.0, 0.38],
            "title": words.translate("model.chart.loss_title"),
            "gridcolor": GRID,
            "zeroline": False,
            "rangemode": "tozero",
        },
    )
    return figure


def _means(b: ReliabilityBin, words: Words) -> str:
    low, high = (words.number(100 * end) for end in b.accuracy_95)
    confidence, accuracy = words.share(b.confidence, 1), words.share(b.accuracy, 1)
    return words.translate("model.chart.mean", confidence=confidence, accuracy=accuracy, low=low, high=high)


def _figure(height: float) -> Any:
    return new_figure(height, right=12, bottom=44)


def _whiskers(shares: Sequence[tuple[float, tuple[float, float]]], color: str, thickness: float) -> dict[str, Any]:
    """Error bars of shares from 0 to 1 with their intervals, in per cent."""
    over = [100 * (high - share) for share, (_, high) in shares]
    under = [100 * (share - low) for share, (low, _) in shares]
    whiskers = {"type": "data", "symmetric": False, "array": over, "arrayminus": under}
    return {**whiskers, "color": color, "thickness": thickness, "width": 4}
