"""The search of the Explore page: which acquisitions a period brought, and which one is taken. No widgets in here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError, NoAcquisitionError
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.classify import choose_acquisition
from lulc_core.sources.base import waits_for_network
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.forms import SearchRequest
from lulc_core.ui.jobs import JobSlot

if TYPE_CHECKING:
    from lulc_core.sources.base import ImagerySource


@dataclass(frozen=True)
class Found:
    """What a search brought."""

    acquisitions: tuple[Acquisition, ...] = ()
    error: LulcError | None = None


@dataclass
class Search:
    """A period, the acquisitions in it and the chosen one."""

    start: date
    end: date
    wanted_day: date | None = None
    """Day that a link asks for, until a search has brought its acquisition."""
    preferred_day: date | None = None
    """Day of an example: its acquisition is taken where there is one."""
    asked: SearchRequest | None = None
    """What :attr:`found` is the answer to, or will be."""
    found: Found | None = None
    chosen: str = ""
    """Id of the chosen acquisition."""
    job: JobSlot[tuple[Acquisition, ...]] = field(default_factory=JobSlot)

    def forget(self) -> None:
        """Forget what was found; the next run of the page searches again."""
        self.job.drop()
        self.asked, self.found, self.chosen = None, None, ""

    def start_if_new(self, request: SearchRequest, source: ImagerySource, aoi: Aoi) -> None:
        """Start a search that differs from the one before, which is dropped."""
        if request == self.asked:
            return
        self.forget()
        self.asked = request
        self.job.start(
            "Looking for acquisitions",
            lambda report, stopped: source.search(
                aoi, request.start, request.end, on_progress=report, cancelled=stopped
            ),
            heavy=not waits_for_network(source),
            can_pause=True,
        )

    def poll(self) -> NoAcquisitionError | None:
        """Take in what the search has brought, and choose from it.

        Returns:
            Why the day of a link could not be chosen; then the clearest acquisition is.
        """
        job = self.job.poll()
        if job is None:
            return None
        if job.cancelled:
            self.asked = None
            return None
        missing, day, self.wanted_day = None, self.wanted_day, None
        if job.error is not None:
            self.found = Found(error=as_user_error(job.error))
            return None
        self.found = Found(job.result())
        days = {a.datetime.date() for a in self.found.acquisitions}
        try:
            preferred = self.preferred_day if day is None and self.preferred_day in days else day
            best = choose_acquisition(self.found.acquisitions, day=preferred)
        except NoAcquisitionError as error:
            missing, best = error, choose_acquisition(self.found.acquisitions, day=None)
        self.chosen = best.id
        return missing

    @property
    def acquisition(self) -> Acquisition | None:
        """The chosen one."""
        if self.found is None:
            return None
        return next((a for a in self.found.acquisitions if a.id == self.chosen), None)

    @property
    def proposed(self) -> Acquisition | None:
        """The clearest one."""
        if self.found is None or not self.found.acquisitions:
            return None
        return choose_acquisition(self.found.acquisitions, day=None)
