"""Where one user is on the Compare page, and the few ways from one place to the next. No widgets in here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import InputError, LulcError, SourceError
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.base import Forgetful, waits_for_network
from lulc_core.ui import resources, words
from lulc_core.ui.compare.kept import PARAM
from lulc_core.ui.compare.link import CompareLink, Filter
from lulc_core.ui.compare.looking import PlaceChoice
from lulc_core.ui.compare.pair.confirmation import ConfirmationDates
from lulc_core.ui.compare.pair.dates import PairDates
from lulc_core.ui.compare.pair.imagery import AFTER, BEFORE, FURTHER, PairImagery
from lulc_core.ui.compare.work import Compared, CompareDate, make_comparison
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.explore.state import ExploreState
from lulc_core.ui.forms import MapRequest
from lulc_core.ui.jobs import Job, JobSlot
from lulc_core.ui.panels.area_choice import AreaChoice
from lulc_core.ui.panels.cost import cost_to_classify
from lulc_core.ui.panels.examples import EXAMPLES, Example
from lulc_core.ui.server.maps import megabytes

EXAMPLE_DAYS = (date(2019, 7, 16), date(2021, 8, 14))
"""Of the first example place: fields, then warehouses."""
YEARS_APART = 2
"""Between the two days that a page begins with."""


@dataclass
class CompareState(PlaceChoice):
    """One session's Compare page.

    Its parts can each be read alone; what concerns several of them (another area drops dates and running jobs) is here.
    """

    explore: ExploreState
    """The Explore page: its area is offered here."""
    imagery: PairImagery
    dates: PairDates
    follows_explore: bool = True
    """Takes the source that Explore chooses by itself, until one is chosen here."""
    on_example: bool = False
    """The area is an example: it is shown whatever happens."""
    area_of_files: bool = False
    """True while the area is what the files cover, and not what the user drew."""
    confirmation: ConfirmationDates = field(default_factory=ConfirmationDates)
    running: JobSlot[Compared] = field(default_factory=JobSlot)
    wanted: CompareLink | None = None
    """A link that is still being restored."""

    # ---- area, source, days ----

    def __post_init__(self) -> None:
        self.area = AreaChoice(self._area_changed, check=self.imagery.area_of_files)

    def _area_changed(self) -> None:
        self.leave_link()
        self._forget_dates()
        self.on_example = False
        self.wanted, self.open_step = None, 1
        if self.area.aoi is not None:
            self.area_of_files, self.open_step = False, 2
        elif self.area.error is None:
            self.shown, self.tile = None, None
            if self.imagery.file_sides:
                self.files_changed()

    @property
    def imagery_word(self) -> str:
        """Which imagery the page has chosen by itself, and why."""
        return self.explore.first.why if self.follows_explore else ""

    def take_example(self, example: Example) -> None:
        """Go to an example place, on its days; simulated where there is neither an account nor the open archive."""
        if self.imagery.source == "geotiff":
            self.imagery.source = "simulated"
        after = example.start + (example.end - example.start) / 2
        self.dates.days = EXAMPLE_DAYS if example == EXAMPLES[0] else (years_before(after), after)
        self.area.set(example.aoi)
        self.on_example = True

    def set_source(self, name: str) -> None:
        """Take another source for both dates."""
        self.follows_explore = False
        if name != self.imagery.source:
            self.imagery.source, self.wanted = name, None
            self.files_changed()

    def set_other_source(self, name: str) -> None:
        """Take a source for the date without a file."""
        if name != self.imagery.other:
            self.imagery.other = name
            self.files_changed()

    def files_changed(self) -> None:
        """Take days, and where nothing was drawn the area, of other files or of none."""
        self.leave_link()
        self._forget_dates()
        self.area.error = None
        for side, day in self.imagery.days_of_files().items():
            self.dates.set_day(side, day)
        drawn = None if self.area_of_files else self.area.aoi
        try:
            aoi = self.imagery.area_of_files(drawn)
        except LulcError as error:
            self.area.refuse(error, [] if drawn is None else [drawn.to_geojson()])
            return
        if aoi is not None and drawn is None:
            self.area.keep(aoi)
            self.area_of_files = bool(self.imagery.file_sides)

    def set_day(self, side: int, day: date) -> None:
        """Look around another day for one side."""
        if day == self.dates.days[side]:
            return
        self.dates.set_day(side, day)
        self.leave_link()

    def swap_days(self) -> None:
        """Let the earlier day and the later one change places, and so their files."""
        self.leave_link()
        self.dates.days = self.dates.days[::-1]
        self.imagery.swap_files()

    def _forget_dates(self) -> None:
        self.running.drop()
        self.dates.forget()
        self.confirmation.forget()
        self.run_error = None

    # ---- the comparison ----

    def choose(self, side: int, acquisition_id: str) -> None:
        """Choose another acquisition for one side; confirmation dates go, as they were chosen for the pair before."""
        if acquisition_id == self.dates.chosen[side]:
            return
        self.leave_link()
        self.dates.choose(side, acquisition_id)
        self.confirmation.forget()
        self.run_error = None

    def choose_both(self, before_id: str, after_id: str) -> None:
        """Choose another pair."""
        self.choose(BEFORE, before_id)
        self.choose(AFTER, after_id)

    def dated(self) -> tuple[CompareDate, ...]:
        """Return what Compare would classify now; empty while something is missing."""
        pair, aoi, account = self.dates.pair, self.area.aoi, self.imagery.account
        if pair is None or aoi is None:
            return ()
        model, found = resources.settings().model, []
        for side, a in [(BEFORE, pair[0]), (AFTER, pair[1]), *((FURTHER, a) for a in self.confirmation.chosen)]:
            source, name = self.imagery.source_of(side), self.imagery.name_of(side)
            if source is None:
                return ()
            scope = account.scope(name)
            request = MapRequest(aoi.key, name, scope, a.id, a.date, model, self.area.resolution_m)
            found.append(CompareDate(source, a, request))
        return tuple(found)

    @property
    def is_shown(self) -> bool:
        """True if what is on the screen is what Compare would make."""
        dates = self.dated()
        return self.shown is not None and bool(dates) and self.shown.id == _name(dates)

    def compare(self) -> None:
        """Start the comparison."""
        dates, aoi, grid = self.dated(), self.area.aoi, self.area.grid
        if not dates or aoi is None or grid is None or self.dates.pair_error() is not None:
            return
        self.run_error, self.open_step = None, 3
        new = [d for d in dates if resources.results().get(d.request) is None]
        try:
            self.imagery.account.allowance.take_area(len(new) * aoi.area_km2)
        except LulcError as error:
            self.run_error = error
            return

        reader = words.page_words()  # a thread knows no language

        def work(report: Any, stopped: Any) -> Compared:
            return make_comparison(
                dates, aoi, grid, name=_name(dates), reader=reader, on_progress=report, cancelled=stopped
            )

        needed = sum(megabytes(d.acquisition, grid) for d in dates)
        self.running.start(
            words.translate("compare.job.comparing"), work, heavy=True, megabytes=needed, can_pause=True, turn=False
        )

    @property
    def can_fetch_again(self) -> bool:
        """True if what is on the screen is of a service that may answer otherwise today."""
        return self.is_shown and any(isinstance(d.source, Forgetful) for d in self.dated())

    def fetch_again(self) -> None:
        """Make the comparison on the screen from new imagery: forget what is kept of it, here and on disk."""
        shown = self.shown
        if shown is None or not self.can_fetch_again:
            return
        grid, scenes = shown.result.grid, {r.scene.acquisition.date: r.scene for r in shown.result.dates}
        for d in shown.dates:
            if isinstance(d.source, Forgetful):
                for tiles in (grid.tiles, *([] if grid.tiles is grid else [grid.surroundings])):
                    d.source.forget(scenes[d.acquisition.date].acquisition, tiles)
                resources.results().forget(d.request)
        self.compare()

    def _take_comparison(self, job: Job[Compared]) -> None:
        shown, same = self.shown, None
        if shown is not None and tuple(d.acquisition.id for d in shown.dates[:2]) == self.dates.chosen:
            same = shown  # with other further dates
        if job.cancelled or job.error is not None:
            self.run_error = as_user_error(job.error) if job.error is not None else None
            self.open_step = 2 if self.shown is None and self.run_error is None else 3
            if self.shown is not None:
                self.confirmation.chosen = tuple(d.acquisition for d in same.dates[2:]) if same is not None else ()
            return
        self.shown, self.open_step, self.confirmation.suggestions = job.result(), 3, ()
        self.shown.fetch_the_rest(words.translate("compare.job.bands"))
        if same is None:
            self.tile, self.view, self.go, self.close_up = None, "Summary", "", False
            if self.wanted is None:
                self.filter = Filter()

    # ---- confirmation dates ----

    def suggest_confirmations(self) -> None:
        """Start looking for a further date."""
        aoi, source, pair = self.area.aoi, self.imagery.source_of(FURTHER), self.dates.pair
        if aoi is not None and source is not None and pair is not None:
            self.confirmation.look(aoi, source, pair)

    def add_confirmation(self, acquisition: Acquisition) -> None:
        """Fetch a further date, and compare again with it."""
        self.confirmation.choose((*self.confirmation.chosen, acquisition))
        self.compare()

    def take_file_confirmation(self) -> None:
        """Take a file of a further date, just given: compare again with it, or say why it cannot confirm."""
        source, aoi = self.imagery.own[FURTHER].source, self.area.aoi
        self.confirmation.error = None
        if source is not None and aoi is not None and self.confirmation.choose_file(aoi, source, self.dates.pair):
            self.compare()

    def drop_confirmations(self) -> None:
        """Go back to the two dates."""
        self.confirmation.choose(())
        self.compare()

    # ---- every run ----

    def jobs(self) -> Sequence[Job[Any]]:
        """Return what runs in the background, the most important first."""
        slots: tuple[JobSlot[Any], ...] = (
            self.running,
            self.dates.job,
            self.confirmation.job,
            *([self.shown.fetching] if self.shown is not None else []),
            self.explore.first.looking,
        )
        return [slot.job for slot in slots if slot.job is not None]

    def _follow_explore(self) -> None:
        """Take the source that Explore has chosen by itself; an example goes on simulated where the archive fails."""
        self.explore.look_for_source()
        imagery, theirs = self.imagery, self.explore.source
        if not (self.follows_explore and self.explore.first.why) or self.shown is not None or self.running:
            return
        if self.on_example and imagery.source == "open" and isinstance(self.dates.error, SourceError):
            imagery.source, self.follows_explore = "simulated", False
            self._forget_dates()
        elif "geotiff" not in (imagery.source, theirs) and imagery.source != theirs:
            imagery.source = theirs
            self._forget_dates()

    def poll_jobs(self) -> None:
        """Take in what background work has brought, and start what follows from it."""
        self._follow_explore()
        aoi = self.area.aoi
        if self.dates.poll(aoi.center[1] if aoi is not None else None) and self.wanted is not None:
            missing = self.dates.choose_days((self.wanted.before, self.wanted.after))
            if missing is not None:
                self.link_errors, self.wanted = (*self.link_errors, missing), None
            else:
                self.link_errors += self.confirmation.choose_days(self.wanted.confirm, self.dates.found)
        if (made := self.running.poll()) is not None:
            self._take_comparison(made)
            self._restore_tile()
        if self.shown is not None:
            self.shown.take_the_rest(words.translate("compare.stopped"))
        self.confirmation.poll()
        if aoi is not None:
            self.dates.look_if_new(aoi, self.imagery, self.wanted.confirm if self.wanted else ())
        if self.wanted is not None and self.dates.pair is not None and not self.running and self.shown is None:
            # A link never spends somebody's processing units by being opened, nor the server's time without bound;
            # what is known, or free and short, is shown at once.
            new, grid = [d for d in self.dated() if resources.results().get(d.request) is None], self.area.grid
            free = grid is not None and not any(waits_for_network(d.source) for d in new)
            seconds = sum(cost_to_classify(d.source, grid, BAND_NAMES).seconds for d in new) if free and grid else 0.0
            if (
                free
                and seconds <= resources.settings().link_s
                and self.run_error is None
                and self.dates.pair_error() is None
            ):
                self.compare()
            else:
                self.wanted = None

    # ---- the address bar ----

    def to_link(self) -> CompareLink:
        """Return what the address bar should hold."""
        if self.wanted is not None:
            return self.wanted
        if self.area.aoi is None:
            return CompareLink()
        pair = self.dates.pair
        before, after = [a.datetime.date() for a in pair] if pair is not None else self.dates.days
        return CompareLink(
            self.area.aoi,
            self.imagery.source,
            before,
            after,
            tuple(a.datetime.date() for a in self.confirmation.chosen),
            self.filter,
            self.shown.result.grid.tile_id(*self.tile) if self.tile is not None and self.shown else "",
            self.area.resolution_m,
        )

    def open_link(self, params: dict[str, str]) -> None:
        """Go to where query parameters point; what is damaged in them is said on the page.

        The dates and the tile of a link follow in :meth:`poll_jobs`, when they are there.
        """
        link, errors = CompareLink.from_params(params, tuple(resources.SOURCES))
        self.shown, self.tile = None, None
        if link.source:
            self.imagery.source, self.follows_explore = link.source, False
        if link.before and link.after:
            self.dates.days = (link.before, link.after)
        self.filter = link.filter
        if link.resolution_m or link.area is not None or link.tile:  # links from before there was a choice: 640 m tiles
            self.area.set_resolution(link.resolution_m or TILE_M)
        if link.area is not None:
            self.area.set(link.area)
        self.link_errors = errors
        self.bring_back(params.get(PARAM, ""))
        if link.source == "geotiff" and not self.imagery.file_sides and self.shown is None:
            missing = words.translate("compare.link.of_files")
            self.link_errors += (InputError(missing, hint=words.translate("compare.link.give_files")),)
        complete = self.area.aoi is not None and link.before is not None and link.after is not None
        self.wanted = link if complete else None

    def _restore_tile(self) -> None:
        link, self.wanted = self.wanted, None
        if link is None or self.shown is None or not link.tile:
            return
        grid = self.shown.result.grid
        tile = next((rc for rc in np.ndindex(*grid.shape) if grid.tile_id(*rc) == link.tile), None)
        if tile is not None:
            self.select(tile, go=True)


def _name(dates: Sequence[CompareDate]) -> str:
    """Name a comparison: twelve hexadecimal digits."""
    return hashlib.sha256("|".join(d.request.id for d in dates).encode()).hexdigest()[:12]


def years_before(day: date) -> date:
    """Return the same season, :data:`YEARS_APART` years earlier."""
    return day - timedelta(days=round(365.25 * YEARS_APART))


def new_state(explore: ExploreState, today: date) -> CompareState:
    """Make a fresh page: the area, the detail, the imagery and the date of Explore, and two years before it."""
    acquisition = explore.acquisition
    after = acquisition.datetime.date() if acquisition else today - timedelta(days=10)
    source = explore.source if explore.source != "geotiff" else "simulated"
    state = CompareState(explore, PairImagery(explore.account, source), PairDates((years_before(after), after)))
    state.area.set_resolution(explore.area.resolution_m)
    if explore.area.aoi is not None:
        state.area.set(explore.area.aoi)
    return state
