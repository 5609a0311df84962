"""Bars of a story, as numbers and words: documents draw them, slides hold them as charts that can be edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lulc_core.domain.change import ClassBalance
from lulc_core.language.words import Words, area_unit
from lulc_core.render.colors import CONFIDENCE_STEPS, GAIN_COLOR, LOSS_COLOR, class_colors


@dataclass(frozen=True)
class Bar:
    """One bar of a series."""

    value: float
    """In the unit of its chart; what was lost is negative."""
    text: str
    """The same as the reader reads it, with its unit; empty for nothing."""
    color: str
    """``#RRGGBB``."""
    letter: str = ""
    """At the foot of the bar: says what the colour says."""
    low: float | None = None
    """The ends of its 95 % interval, where a check gives one."""
    high: float | None = None
    hatched: bool = False
    """Stripes in its colour on white."""


@dataclass(frozen=True)
class Chart:
    """Horizontal bars, from top to bottom, all in one unit."""

    names: tuple[str, ...]
    """Of the rows."""
    series: tuple[tuple[str, tuple[Bar, ...]], ...]
    """Name and bars of one series, or of two: what was gained, and what was lost."""
    unit: str
    """``ha``, ``km²`` or ``%``."""
    simulated: bool

    @property
    def reach(self) -> float:
        """Give the length of the longest bar or interval, more than 0."""
        ends = [abs(v) for _, bars in self.series for b in bars for v in (b.value, b.high) if v is not None]
        return max(ends, default=0.0) or 1.0


@dataclass(frozen=True)
class ClassGround:
    """The ground of one class."""

    class_id: int
    ha: float
    low_ha: float | None = None
    """The ends of its 95 % interval, where a check gives one."""
    high_ha: float | None = None


def areas_chart(
    grounds: Sequence[ClassGround],
    words: Words,
    *,
    whole_ha: float,
    left_out_ha: float = 0.0,
    simulated: bool = False,
    corine: bool = False,
) -> Chart:
    """Chart the ground of classes, with the interval where there is one.

    Args:
        grounds: classes of land; roads and rivers are no land of the size of their squares.
        words: the reader's language.
        whole_ha: the area drawn: bars have the unit of the table that ends with it.
        left_out_ha: ground without a class: the last bar, hatched; 0 for none.
        simulated: of simulated imagery.
        corine: the colours that CORINE readers expect.
    """
    colors = class_colors(corine=corine)
    unit, size = area_unit(whole_ha)
    bars = [
        Bar(
            g.ha / size,
            words.area(g.ha, like=whole_ha),
            colors[g.class_id],
            words.class_letter(g.class_id),
            low=None if g.low_ha is None else g.low_ha / size,
            high=None if g.high_ha is None else g.high_ha / size,
        )
        for g in grounds
    ]
    names = [words.capital(words.class_name(g.class_id)) for g in grounds]
    if left_out_ha > 0:
        bars.append(Bar(left_out_ha / size, words.area(left_out_ha, like=whole_ha), "#555555", hatched=True))
        names.append(words.translate("table.left_out"))
    return Chart(tuple(names), ((words.translate("table.area"), tuple(bars)),), unit, simulated)


def balance_chart(
    balances: Sequence[ClassBalance], words: Words, *, changed_ha: float, simulated: bool = False
) -> Chart:
    """Chart what each class gained (right) and lost (left).

    Args:
        balances: of the classes of land.
        words: the reader's language.
        changed_ha: all ground that changed: bars have the unit of the table of changes.
        simulated: of simulated imagery.
    """
    unit, size = area_unit(changed_ha)

    def bar(ha: float, sign: str, color: str, *, hatched: bool) -> Bar:
        text = f"{sign}{words.area(ha, like=changed_ha)}" if ha > 0 else ""
        return Bar((ha if sign == "+" else -ha) / size, text, color, hatched=hatched)

    gained = tuple(bar(b.gain_ha, "+", GAIN_COLOR, hatched=False) for b in balances)
    lost = tuple(bar(b.loss_ha, "−", LOSS_COLOR, hatched=True) for b in balances)
    names = tuple(words.capital(words.class_name(b.id)) for b in balances)
    series = ((words.translate("change.gains"), gained), (words.translate("change.losses"), lost))
    return Chart(names, series, unit, simulated)


def confidence_chart(shares: Sequence[float], words: Words, *, simulated: bool = False) -> Chart:
    """Chart how much of the classified ground is named how surely, least sure first.

    Args:
        shares: of the five steps of ``render.colors.CONFIDENCE_STEPS``, 0 to 1.
        words: the reader's language.
        simulated: of simulated imagery.
    """
    bars = tuple(Bar(100 * s, words.share(s, short=True), CONFIDENCE_STEPS[i][1]) for i, s in enumerate(shares))
    names = tuple(words.translate(f"sure.step.{i}") for i in range(len(shares)))
    return Chart(names, ((words.translate("table.share"), bars),), "%", simulated)
