"""Further dates that confirm a comparison: looked for, chosen, or given as a file. No widgets in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from lulc_core.analysis.change.pairs import check_dates
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import DateError, LulcError
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.base import waits_for_network
from lulc_core.ui import words
from lulc_core.ui.compare.pair.search import find_confirmation_dates
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.jobs import JobSlot

if TYPE_CHECKING:
    from lulc_core.analysis.change.pairs import Suggestion
    from lulc_core.sources.base import ImagerySource
    from lulc_core.sources.geotiff.source import GeoTiffSource

AcquisitionPair = tuple[Acquisition, Acquisition]


@dataclass
class ConfirmationDates:
    """The chosen confirmation dates of the chosen pair, and the proposed ones."""

    chosen: tuple[Acquisition, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    """Dates that would confirm most."""
    error: LulcError | None = None
    job: JobSlot[tuple[Suggestion, ...]] = field(default_factory=JobSlot)

    def forget(self) -> None:
        """Forget all: they were chosen for another pair."""
        self.job.drop()
        self.chosen, self.suggestions, self.error = (), (), None

    def look(self, aoi: Aoi, source: ImagerySource, pair: AcquisitionPair) -> None:
        """Start looking for dates that would confirm a pair."""
        taken, today, self.error = self.chosen, words.today(), None
        self.job.start(
            words.translate("compare.job.further"),
            lambda report, stopped: find_confirmation_dates(source, aoi, pair, taken, today, report, stopped),
            heavy=not waits_for_network(source),
            can_pause=True,
        )

    def poll(self) -> None:
        """Take in what was found."""
        job = self.job.poll()
        if job is None:
            return
        if job.error is not None:
            self.error = as_user_error(job.error)
        elif not job.cancelled:
            self.suggestions = job.result()

    def choose(self, chosen: Sequence[Acquisition]) -> None:
        """Confirm with these dates, or with none; proposals go, as they were made beside others."""
        self.chosen, self.suggestions = tuple(chosen), ()

    def choose_file(self, aoi: Aoi, source: GeoTiffSource, pair: AcquisitionPair | None) -> bool:
        """Confirm with a file of a further date; False, with the reason kept, where it cannot confirm."""
        self.error, moment = None, source.info.moment
        if moment is None:
            return False
        try:
            (found,) = source.search(aoi, moment.date(), moment.date(), previews=False)
            if pair is not None:
                check_dates(*pair, [found])
        except LulcError as error:
            self.error = error
            return False
        self.chosen = (found,)
        return True

    def choose_days(self, days: Sequence[date], found: Sequence[Sequence[Acquisition]]) -> tuple[DateError, ...]:
        """Choose the dates of a link from what was found for both sides; return what is missing."""
        by_day = {a.datetime.date(): a for side in found for a in side}
        self.chosen = tuple(by_day[day] for day in days if day in by_day)
        return tuple(
            DateError(
                words.translate("compare.error.no_further", day=words.day(day)),
                hint=words.translate("compare.error.other_further"),
            )
            for day in days
            if day not in by_day
        )
