"""Charts of a story. Bars say by letter or hatching what colour says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import ClassBalance
from lulc_core.domain.classes import CLASSES
from lulc_core.language.words import Words
from lulc_core.render.colors import CONFIDENCE_STEPS, GAIN_COLOR, LOSS_COLOR, class_colors, is_dark
from lulc_core.render.overlays.lettering import SIMULATED_TEXT
from lulc_core.render.sheet.drawing import GREY, INK, Drawing, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 200
_WIDTH_PT, _BAR_PT = 538.0, 23.0


@dataclass(frozen=True)
class Bar:
    """One class."""

    class_id: int
    ha: float
    low_ha: float | None = None
    """The ends of its 95 % interval, where a check gives one."""
    high_ha: float | None = None


def area_chart(
    bars: Sequence[Bar], words: Words, *, left_out_ha: float = 0.0, simulated: bool, corine: bool = False
) -> Drawing:
    """Draw hectares of the classes as bars, the letter of the class at the foot, its interval as a line.

    Args:
        bars: classes of land; roads and rivers are no land of the size of their squares.
        words: the reader's language.
        left_out_ha: ground without a class: the last bar, hatched; 0 for none.
        simulated: write SIMULATED across.
        corine: the colours that CORINE readers expect.
    """
    colors = class_colors(corine=corine)
    names = _class_names([b.class_id for b in bars], words)
    axes = _axes(len(bars) + (left_out_ha > 0))
    longest = max([max(b.ha, b.high_ha or 0) for b in bars] + [left_out_ha], default=1.0) or 1.0
    for i, b in enumerate(bars):
        axes.barh(i, b.ha, color=colors[b.class_id], edgecolor=INK, linewidth=0.6, height=0.72)
        if b.low_ha is not None and b.high_ha is not None:
            axes.plot([b.low_ha, b.high_ha], [i, i], color=INK, linewidth=2.2, solid_capstyle="butt")
            axes.plot([b.low_ha, b.high_ha], [i, i], color="white", linewidth=0.9, solid_capstyle="butt")
        if b.ha > 0.06 * longest:
            letter, ink = CLASSES[b.class_id].letter, "white" if is_dark(colors[b.class_id]) else INK
            axes.text(0.012 * longest, i, letter, va="center", fontsize=11, fontweight="bold", color=ink)
        end = max(b.ha, b.high_ha or 0)
        axes.text(end + 0.015 * longest, i, words.area(b.ha), va="center", fontsize=10, color=INK)
    if left_out_ha > 0:
        axes.barh(len(bars), left_out_ha, color="white", edgecolor=GREY, hatch="////", linewidth=0.8, height=0.72)
        at = left_out_ha + 0.015 * longest
        axes.text(at, len(bars), words.area(left_out_ha), va="center", fontsize=10, color=INK)
        names.append(words.translate("table.left_out"))
    axes.set_xlim(0, longest * 1.2)
    return _finish(axes, names, simulated)


def balance_chart(balances: Sequence[ClassBalance], words: Words, *, simulated: bool) -> Drawing:
    """Draw what each class gained (right) and lost (left), hectares."""
    axes = _axes(len(balances), extra_pt=18)
    longest = max([max(b.gain_ha, b.loss_ha) for b in balances], default=1.0) or 1.0
    for i, b in enumerate(balances):
        axes.barh(i, b.gain_ha, color=GAIN_COLOR, edgecolor=INK, linewidth=0.6, height=0.72)
        axes.barh(i, -b.loss_ha, color="white", edgecolor=LOSS_COLOR, hatch="////", linewidth=0.8, height=0.72)
        for ha, direction, sign, side in ((b.gain_ha, 1, "+", "left"), (b.loss_ha, -1, "−", "right")):
            if ha > 0:
                at = direction * (ha + 0.02 * longest)
                axes.text(at, i, f"{sign}{words.area(ha)}", va="center", ha=side, fontsize=10, color=INK)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlim(-1.4 * longest, 1.4 * longest)
    for at, key in ((-0.7 * longest, "change.losses"), (0.7 * longest, "change.gains")):
        axes.text(at, -0.75, words.translate(key), ha="center", va="bottom", fontsize=11, color=GREY)
    axes.spines["left"].set_visible(False)
    return _finish(axes, _class_names([b.id for b in balances], words), simulated)


def confidence_chart(shares: Sequence[float], words: Words, *, simulated: bool) -> Drawing:
    """Draw shares of the classified ground by how surely it is classified, least sure first.

    Args:
        shares: of the five steps of ``render.colors.CONFIDENCE_STEPS``, 0 to 1.
        words: the reader's language.
        simulated: write SIMULATED across.
    """
    axes = _axes(len(shares))
    for i, share in enumerate(shares):
        axes.barh(i, share, color=CONFIDENCE_STEPS[i][1], edgecolor=INK, linewidth=0.6, height=0.72)
        axes.text(share + 0.01, i, words.share(share), va="center", fontsize=10, color=INK)
    axes.set_xlim(0, max(shares, default=1) * 1.2 or 1)
    return _finish(axes, [words.translate(f"sure.step.{i}") for i in range(len(shares))], simulated)


def confidence_shares(confidence: NDArray[np.floating], ha: NDArray[np.floating]) -> tuple[float, ...]:
    """Give the share of the ground in each of the five steps of confidence, 0 to 1.

    Args:
        confidence: (N,) of the named squares, 0 to 1.
        ha: (N,) their ground.
    """
    edges = np.array([*(least for least, _, _ in CONFIDENCE_STEPS), np.inf], np.float32)
    found, _ = np.histogram(confidence.astype(np.float32), edges, weights=ha)
    return tuple((found / max(float(ha.sum()), 1e-9)).tolist())


def _axes(n: int, *, extra_pt: float = 0.0) -> Axes:
    figure = new_figure(_WIDTH_PT, _BAR_PT * max(n, 2) + 10 + extra_pt, _DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.invert_yaxis()
    return axes


def _class_names(ids: Sequence[int], words: Words) -> list[str]:
    return [f"{words.capital(words.class_name(i))} ({CLASSES[i].letter})" for i in ids]


def _finish(axes: Axes, names: Sequence[str], simulated: bool) -> Drawing:
    figure = cast("Figure", axes.figure)
    axes.set_yticks(range(len(names)), names, fontsize=11)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(GREY)
    axes.tick_params(left=False, bottom=False, labelbottom=False)
    if simulated:
        for x in (0.3, 0.75):
            figure.text(
                x, 0.5, SIMULATED_TEXT, fontsize=26, color="#000000", alpha=0.14, rotation=16,
                ha="center", va="center", fontweight="bold", zorder=10,
            )  # fmt: skip
    # Laid out once: a second layout moves axes by a hair, and equal stories give equal bytes.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return Drawing(figure)
