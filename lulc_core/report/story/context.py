"""What every part of a story needs at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from numpy.typing import NDArray

from lulc_core.analysis.accuracy.evaluation import read_evaluation
from lulc_core.analysis.accuracy.olofsson import UserCheck, user_check
from lulc_core.domain.change import ChangeReport
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.evaluation import Evaluation
from lulc_core.domain.results import DatedMap
from lulc_core.export.bundle import Bundle
from lulc_core.language.words import Words
from lulc_core.render.brightness import brightened
from lulc_core.report.story.comparison import report_of
from lulc_core.report.story.slide import Table

PICTURE_PX = 1600
"""Width of maps: 200 dots an inch over the width of an A4 page."""
SCREEN_PX = (1700, 1120)
"""Width and height of maps on a slide, beside or under whose sentences they stand."""


@dataclass(frozen=True)
class ReportContext:
    """A result, the reader's words, and what both lead to."""

    bundle: Bundle
    """Its pictures are as bright as they are shown."""
    words: Words
    report: ChangeReport | None
    """Of a comparison in which something could be compared."""
    evaluation: Evaluation | None
    """Of the network that made the maps; None where it is not known."""
    evaluation_values: Mapping[str, Any] | None
    """The same as it is stored."""
    corine: bool = False
    check: UserCheck | None = None
    """Of the map of the last date, by the user; None where there was none."""

    @property
    def days(self) -> list[date]:
        """Give the days of all dates, in the order of the bundle."""
        return [day_of(d) for d in self.bundle.dates]

    @property
    def unit(self) -> str:
        """Write the side of a square."""
        return self.words.metres(self.bundle.after.land_cover.grid.cell_m)


def report_context(
    bundle: Bundle,
    words: Words,
    evaluation: Mapping[str, Any] | None,
    *,
    corine: bool = False,
    check: UserCheck | None = None,
) -> ReportContext:
    """Compare where there is something to compare, and read the evaluation if it is of the network used.

    Raises:
        FileFormatError: the evaluation is damaged.
        InputError: the dates do not fit each other, the check is of another map.
    """
    if check is not None:
        check = user_check(check.sample, check.labels, bundle.after.land_cover)
    report = None
    if bundle.before is not None and (bundle.before.land_cover.classified & bundle.after.land_cover.classified).any():
        report = report_of(bundle)
    known, values = None, None
    if evaluation is not None:
        found = read_evaluation(evaluation)
        if found.model.get("sha256") == bundle.after.land_cover.model.sha256:
            known, values = found, evaluation
    dates = brightened(bundle.dates, 1 if bundle.before is None else 2)
    return ReportContext(replace(bundle, dates=dates), words, report, known, values, corine, check)


def day_of(dated: DatedMap) -> date:
    """Give the day of a date, UTC."""
    return dated.acquisition.datetime.date()


def details_of_dates(dates: Sequence[DatedMap], words: Words) -> tuple[str, ...]:
    """List what a specialist asks about each picture, a fact a line."""
    found: list[str] = []
    for dated in dates:
        a, day = dated.acquisition, words.short_date(day_of(dated))
        found.append(words.translate("detail.acquisition", date=day, value=a.id))
        found += [words.translate("detail.product", date=day, value=p) for p in a.products if p != a.id]
        found.append(words.translate(f"detail.level.{a.level}", date=day))
        if a.baseline:
            found.append(words.translate("detail.baseline", date=day, value=a.baseline))
        if a.relative_orbit is not None:
            found.append(words.translate("detail.orbit", date=day, value=int(a.relative_orbit)))
        if a.cloud_cover_pct is not None:
            found.append(words.translate("detail.cloud", date=day, share=words.share(float(a.cloud_cover_pct) / 100)))
    return tuple(found)


def confusion_table(words: Words, caption: str, header: Sequence[str], matrix: NDArray) -> Table:
    """Table a matrix of counts, a class a row: columns are ``header`` without the first, which is over the names."""
    names = [f"{words.class_letter(c.id)}  {words.capital(words.class_name(c.id))}" for c in CLASSES]
    counts = matrix[: len(CLASSES)].tolist()
    rows = tuple((name, *(words.number(int(v)) for v in row)) for name, row in zip(names, counts, strict=True))
    return Table(caption, tuple(header), rows)
