"""The two dates of a comparison: looked for, proposed, chosen, refused. No widgets in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lulc_core.analysis.change.pairs import Pair, check_dates, pair_warnings, propose_pairs
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import DateError, LulcError
from lulc_core.domain.scene import Acquisition
from lulc_core.language.words import Words
from lulc_core.sources.base import waits_for_network
from lulc_core.ui import words
from lulc_core.ui.compare.pair.imagery import AFTER, BEFORE, PairImagery
from lulc_core.ui.compare.pair.search import AROUND_DAYS, look_for_both
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.jobs import JobSlot

Choices = tuple[tuple[Acquisition, ...], tuple[Acquisition, ...]]


@dataclass
class PairDates:
    """Two days that the user has in mind, what there is around both, and which two of it are compared."""

    days: tuple[date, date]
    """In mind for the earlier and for the later date."""
    asked: tuple[Any, ...] | None = None
    """What :attr:`found` is the answer to, or will be: area, sources, days."""
    job: JobSlot[Choices] = field(default_factory=JobSlot)
    found: Choices = ((), ())
    """What the earlier and what the later date can be chosen from."""
    error: LulcError | None = None
    """Why there is nothing to choose from."""
    pairs: tuple[Pair, ...] = ()
    """Proposed, the best first."""
    chosen: tuple[str, str] = ("", "")
    """Ids of the earlier and of the later acquisition."""

    def forget(self) -> None:
        """Forget what was found; the next run of the page looks again."""
        self.job.drop()
        self.asked, self.found, self.pairs, self.chosen, self.error = None, ((), ()), (), ("", ""), None

    def set_day(self, side: int, day: date) -> None:
        """Have another day in mind for one side."""
        self.days = (day, self.days[AFTER]) if side == BEFORE else (self.days[BEFORE], day)

    def look_if_new(self, aoi: Aoi, imagery: PairImagery, further: Sequence[date]) -> None:
        """Look for acquisitions where area, sources or days are new.

        Args:
            aoi: the area.
            imagery: source of each side; while one is missing there is nothing to choose from.
            further: days of confirmation dates that a link asks for.
        """
        first, second = imagery.source_of(BEFORE), imagery.source_of(AFTER)
        request = (aoi.key, imagery.key_of(BEFORE), imagery.key_of(AFTER), self.days)
        if first is None or second is None:
            if self.asked is not None:
                self.forget()
            return
        if request == self.asked:
            return
        self.forget()
        self.asked, self.error = request, _order_error(self.days, of_files=bool(imagery.file_sides))
        if self.error is not None:
            return
        days, today = self.days, words.today()
        self.job.start(
            words.translate("compare.job.dates"),
            lambda report, stopped: look_for_both((first, second), aoi, days, further, today, report, stopped),
            heavy=not (waits_for_network(first) or waits_for_network(second)),
            can_pause=True,
        )

    def poll(self, lat_deg: float | None) -> bool:
        """Take in what was found, and choose the proposed pair.

        Args:
            lat_deg: latitude of the area; the seasons of a pair depend on it.

        Returns:
            True if there is something new to choose from.
        """
        job = self.job.poll()
        if job is None or job.cancelled:
            return False
        if job.error is not None:
            self.error = as_user_error(job.error)
            return False
        self.found = job.result()
        all_found = {a.id: a for side in self.found for a in side}.values()
        near = [a for a in all_found if min(abs((a.datetime.date() - d).days) for d in self.days) <= AROUND_DAYS]
        self.pairs = propose_pairs(near, *self.days, lat_deg=lat_deg)
        if self.pairs:
            self.chosen = (self.pairs[0].before.id, self.pairs[0].after.id)
        elif all(self.found):
            self.chosen = (self.found[BEFORE][0].id, self.found[AFTER][-1].id)
        return True

    def choose_days(self, days: Sequence[date | None]) -> DateError | None:
        """Choose the clearest acquisitions of the days of a link; without one the choice stays, and why is returned."""
        ids = []
        for found, day in zip(self.found, days, strict=True):
            of_day = [a for a in found if day and a.datetime.date() == day]
            if not of_day:
                said = words.translate("compare.error.no_day", day=words.day(day) if day else "")
                return DateError(said, hint=words.translate("compare.error.other_date"))
            ids.append(max(of_day, key=lambda a: a.clear_share or 0).id)
        self.chosen = (ids[0], ids[1])
        return None

    def choose(self, side: int, acquisition_id: str) -> None:
        """Choose another acquisition for one side."""
        before, after = self.chosen
        self.chosen = (acquisition_id, after) if side == BEFORE else (before, acquisition_id)

    def acquisition(self, side: int) -> Acquisition | None:
        """Return the chosen one of a side."""
        return next((a for a in self.found[side] if a.id == self.chosen[side]), None)

    @property
    def pair(self) -> tuple[Acquisition, Acquisition] | None:
        """Both chosen acquisitions."""
        before, after = self.acquisition(BEFORE), self.acquisition(AFTER)
        return None if before is None or after is None else (before, after)

    def pair_error(self) -> LulcError | None:
        """Return why the chosen pair is no comparison; None if it is one."""
        if self.pair is None:
            return None
        try:
            check_dates(*self.pair)
        except LulcError as error:
            return error
        return None

    def warnings(self, lat_deg: float, reader: Words) -> tuple[str, ...]:
        """Return what speaks against the chosen pair at a latitude, in the reader's words."""
        if self.pair is None or self.pair_error() is not None:
            return ()
        return pair_warnings(*self.pair, lat_deg=lat_deg, words=reader)


def _order_error(days: tuple[date, date], *, of_files: bool) -> DateError | None:
    before, after = days
    if before < after:
        return None
    if before > after:
        said = words.translate("compare.error.order", before=words.day(before), after=words.day(after))
        return DateError(said, hint=words.translate("compare.error.swap"))
    return DateError(
        words.translate("compare.error.same", day=words.day(before)),
        hint=words.translate("compare.error.other_image" if of_files else "compare.error.other_day"),
    )
