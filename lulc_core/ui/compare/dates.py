"""The two dates of a comparison: looked for, proposed, chosen, refused. No widgets in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lulc_core.analysis.change.pairs import Pair, pair_warnings, propose_pairs
from lulc_core.domain.errors import DateError, LulcError
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.compare import check_dates
from lulc_core.ui import jobs, words
from lulc_core.ui.compare.imagery import PairImagery
from lulc_core.ui.compare.link import CompareLink
from lulc_core.ui.compare.work import AROUND_DAYS, look_for_both
from lulc_core.ui.errors import as_user_error

if TYPE_CHECKING:
    from lulc_core.analysis.change.pairs import Suggestion

Choices = tuple[tuple[Acquisition, ...], tuple[Acquisition, ...]]


@dataclass(kw_only=True)
class PairDates(PairImagery):
    """What there is around both days, and which two of it are compared."""

    asked: tuple[Any, ...] | None = None
    """What was last looked for: area, source, days."""
    looking: jobs.Job[Choices] | None = None
    found: Choices = ((), ())
    """What the earlier and what the later date can be chosen from."""
    look_error: LulcError | None = None
    pairs: tuple[Pair, ...] = ()
    chosen: tuple[str, str] = ("", "")
    """Ids of the earlier and of the later acquisition."""
    confirm: tuple[Acquisition, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    """Further dates that would tell most about the chosen pair."""
    run_error: LulcError | None = None
    link_errors: tuple[LulcError, ...] = ()
    wanted: CompareLink | None = None
    """A link that is still being restored."""

    def look_if_needed(self) -> None:
        """Starts looking where area, source or days are new."""
        aoi = self.aoi
        first, second = (self.imagery(side) if aoi is not None else None for side in (0, 1))
        if aoi is None or first is None or second is None:
            return
        request = (aoi.key, self.scope(0), self.scope(1), self.day_before, self.day_after)
        if request == self.asked:
            return
        if self.looking is not None:
            self.looking.cancel()
        self.asked, self.found, self.pairs, self.chosen, self.look_error = request, ((), ()), (), ("", ""), None
        if self.day_before >= self.day_after:
            self.looking = None
            same = self.day_before == self.day_after
            self.look_error = DateError(
                f"Both days are {words.day(self.day_before)}; a comparison needs two different ones."
                if same
                else f"The earlier day ({words.day(self.day_before)}) lies after the later one "
                f"({words.day(self.day_after)}).",
                hint=(
                    ("Give an image of another day." if self.file_sides else "Choose another day.")
                    if same
                    else "Swap the two."
                ),
            )
            return
        days, today = (self.day_before, self.day_after), words.today()
        further = self.wanted.confirm if self.wanted else ()
        self.looking = jobs.start(
            "Looking for acquisitions",
            lambda report, stopped: look_for_both((first, second), aoi, days, further, today, report, stopped),
        )

    def swap_days(self) -> None:
        """The earlier day for the later one; files change places too."""
        self.day_before, self.day_after = self.day_after, self.day_before
        if self.source == "geotiff":
            self.own = (self.own[1], self.own[0], *self.own[2:])

    def _looked(self, job: jobs.Job[Choices]) -> None:
        if job.cancelled:
            return
        if job.error is not None:
            self.look_error = as_user_error(job.error)
            return
        self.found = job.result()
        lat, days = self.aoi.center[1] if self.aoi else None, (self.day_before, self.day_after)
        all_found = {a.id: a for side in self.found for a in side}.values()
        near = [a for a in all_found if min(abs((a.datetime.date() - d).days) for d in days) <= AROUND_DAYS]
        self.pairs = propose_pairs(near, self.day_before, self.day_after, lat_deg=lat)
        if self.wanted is not None:
            self._restore_dates(self.wanted)
        elif self.pairs:
            self.chosen = (self.pairs[0].before.id, self.pairs[0].after.id)
        elif all(self.found):
            self.chosen = (self.found[0][0].id, self.found[1][-1].id)

    def _restore_dates(self, link: CompareLink) -> None:
        ids = []
        for side, day in enumerate((link.before, link.after)):
            best = max(
                (a for a in self.found[side] if day and a.datetime.date() == day),
                key=lambda a: a.clear_share or 0,
                default=None,
            )
            if best is None:
                self.link_errors += (
                    DateError(f"There is no acquisition on {day} as the link has it.", hint="Choose another date."),
                )
                self.wanted = None
                if self.pairs:
                    self.chosen = (self.pairs[0].before.id, self.pairs[0].after.id)
                return
            ids.append(best.id)
        self.chosen = (ids[0], ids[1])
        by_day = {a.datetime.date(): a for side in self.found for a in side}
        self.confirm = tuple(by_day[day] for day in link.confirm if day in by_day)
        self.link_errors += tuple(
            DateError(f"There is no acquisition on {day} to confirm with.", hint="Add another further date.")
            for day in link.confirm
            if day not in by_day
        )

    def acquisition(self, side: int) -> Acquisition | None:
        """The chosen one, 0 for the earlier date and 1 for the later."""
        return next((a for a in self.found[side] if a.id == self.chosen[side]), None)

    @property
    def pair(self) -> tuple[Acquisition, Acquisition] | None:
        """Both chosen acquisitions."""
        before, after = self.acquisition(0), self.acquisition(1)
        return None if before is None or after is None else (before, after)

    def choose(self, side: int, acquisition_id: str) -> None:
        """Another acquisition for one side; further dates go, as they were chosen for the pair before."""
        self.chosen = (acquisition_id, self.chosen[1]) if side == 0 else (self.chosen[0], acquisition_id)
        self.confirm, self.suggestions, self.run_error = (), (), None

    def choose_both(self, before_id: str, after_id: str) -> None:
        """Another pair."""
        self.choose(0, before_id)
        self.choose(1, after_id)

    def pair_error(self) -> LulcError | None:
        """Why the chosen pair is no comparison; None if it is one."""
        if self.pair is None:
            return None
        try:
            check_dates(*self.pair)
        except LulcError as error:
            return error
        return None

    def warnings(self) -> tuple[str, ...]:
        """What speaks against the chosen pair."""
        if self.pair is None or self.aoi is None or self.pair_error() is not None:
            return ()
        return pair_warnings(*self.pair, lat_deg=self.aoi.center[1])
