"""Bars of a story as drawings. They say by letter, side or hatching what colour says."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from lulc_core.render.colors import is_dark
from lulc_core.render.overlays.lettering import SIMULATED_TEXT
from lulc_core.render.sheet.drawing import GREY, INK, Drawing, Screen, new_figure
from lulc_core.report.story.chart import Bar, Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI = 200
_PAPER_PT, _SCREEN_PT = 460.0, 400.0
"""Width of a chart: letters of 11 points in it are as large as those of a page, or legible from the last row."""
_BAR_PT, _HEAD_PT = 23.0, 18.0
_SCREEN_RATIO = 0.46
"""Height to width of a chart that fills a slide under its sentences; fewer bars are thicker."""
_LETTER_FROM = 0.06
"""A bar of this part of the longest has room for its letter."""


def draw_chart(chart: Chart, *, screen: bool = False) -> Drawing:
    """Draw bars from top to bottom, each with its value; intervals as a fine line.

    Args:
        chart: what to draw; SIMULATED is written across where its imagery was.
        screen: in the shape of a slide, with letters for the last row.
    """
    width, two = _SCREEN_PT if screen else _PAPER_PT, len(chart.series) > 1
    rows = max(len(chart.names), 2)
    height = _BAR_PT * rows + 10 + (_HEAD_PT if two else 0)
    if screen:
        height = max(height, _SCREEN_RATIO * width)
    figure = new_figure(width, height, _DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.invert_yaxis()
    for _, bars in chart.series:
        for row, bar in enumerate(bars):
            _draw_bar(axes, row, bar, chart.reach)
    axes.set_yticks(range(len(chart.names)), list(chart.names), fontsize=11)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(GREY)
    axes.tick_params(left=False, bottom=False, labelbottom=False)
    if two:
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_xlim(-1.45 * chart.reach, 1.45 * chart.reach)
        axes.spines["left"].set_visible(False)
        for (name, _), side in zip(chart.series, (0.7, -0.7), strict=True):
            axes.text(side * chart.reach, -0.75, name, ha="center", va="bottom", fontsize=11, color=GREY)
    else:
        axes.set_xlim(0, chart.reach * 1.25)
    if chart.simulated:
        for x in (0.3, 0.75):
            figure.text(
                x, 0.5, SIMULATED_TEXT, fontsize=26, color="#000000", alpha=0.14, rotation=16,
                ha="center", va="center", fontweight="bold", zorder=10,
            )  # fmt: skip
    # Laid out once: a second layout moves axes by a hair, and equal stories give equal bytes.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return Drawing(figure)


@lru_cache(maxsize=64)
def screen_chart(chart: Chart) -> Screen:
    """Give the bars for a slide on the screen."""
    return Screen(partial(draw_chart, chart, screen=True))


def _draw_bar(axes: Axes, row: int, bar: Bar, reach: float) -> None:
    style: dict[str, Any]
    if bar.hatched:
        style = {"color": "white", "edgecolor": bar.color, "hatch": "////", "linewidth": 0.8}
    else:
        style = {"color": bar.color, "edgecolor": INK, "linewidth": 0.6}
    axes.barh(row, bar.value, height=0.72, **style)
    if bar.low is not None and bar.high is not None:
        axes.plot([bar.low, bar.high], [row, row], color=INK, linewidth=2.2, solid_capstyle="butt")
        axes.plot([bar.low, bar.high], [row, row], color="white", linewidth=0.9, solid_capstyle="butt")
    if bar.letter and bar.value > _LETTER_FROM * reach:
        ink = "white" if is_dark(bar.color) else INK
        axes.text(0.012 * reach, row, bar.letter, va="center", fontsize=11, fontweight="bold", color=ink)
    left = bar.value < 0
    end = bar.value if left else max(bar.value, bar.high or 0)
    at, side = (end - 0.02 * reach, "right") if left else (end + 0.02 * reach, "left")
    axes.text(at, row, bar.text, va="center", ha=side, fontsize=10, color=INK)
