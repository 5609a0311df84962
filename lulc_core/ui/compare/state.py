"""Where one user is on the Compare page, and the few ways from one place to the next. No widgets in here."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import ChangedTile
from lulc_core.domain.errors import InputError, LulcError
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.compare import check_dates
from lulc_core.ui import jobs, resources, words
from lulc_core.ui.compare.dates import PairDates
from lulc_core.ui.compare.imagery import FURTHER
from lulc_core.ui.compare.link import CompareLink, Filter
from lulc_core.ui.compare.work import Compared, Dated, find_confirmation_dates, make_comparison
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.panels.area_state import AreaState
from lulc_core.ui.panels.places import EXAMPLES, Example

if TYPE_CHECKING:
    from lulc_core.analysis.change.pairs import Suggestion

EXAMPLE_DAYS = (date(2019, 7, 16), date(2021, 8, 14))
"""Of the first example place: fields, then warehouses."""
YEARS_APART = 2
"""Between the two days that a page begins with."""


@dataclass(kw_only=True)
class CompareState(PairDates):
    """One session's Compare page. Lives in ``st.session_state``; survives reruns and page changes."""

    open_step: int = 1
    running: jobs.Job[Compared] | None = None
    shown: Compared | None = None
    asking: jobs.Job[tuple[Suggestion, ...]] | None = None
    suggest_error: LulcError | None = None
    filter: Filter = field(default_factory=Filter)
    tile: tuple[int, int] | None = None
    go: str = ""
    """The tile that the map moves to; empty where it was clicked on the map."""
    view: str = "Summary"
    link: dict[str, str] = field(default_factory=dict)

    # ---- area, source, days ----

    def set_area(self, aoi: Aoi, *, rev: str = "", advance: bool = True) -> None:
        """Takes an area, or keeps none and says why not."""
        self._forget_dates()
        misfit = self.fits_files(aoi)
        if misfit is not None:
            self.refuse_area(misfit, rev or f"misfit-{time.time_ns() // 1_000_000}", [aoi.to_geojson()])
        elif not self.keep_area(aoi, rev):
            self.open_step = 1
        else:
            self.area_of_files, self.wanted = False, None
            self.open_step = 2 if advance else self.open_step

    def refuse_area(self, error: LulcError, rev: str, drawings: list[dict[str, Any]]) -> None:
        """A drawing that is no area: it stays on the map, dashed, and the sentence says why."""
        super().refuse_area(error, rev, drawings)
        self.open_step = 1

    def clear_area(self) -> None:
        """No area any more; a finished comparison goes with it."""
        super().clear_area()
        self._forget_dates()
        self.shown, self.tile, self.open_step, self.wanted = None, None, 1, None
        if self.file_sides:
            self.files_changed()

    def take_example(self, example: Example) -> None:
        """Goes to an example place: simulated, because any two dates of it are there."""
        self.source = "simulated"
        after = example.start + (example.end - example.start) / 2
        self.day_before, self.day_after = years_before(after), after
        if example == EXAMPLES[0]:
            self.day_before, self.day_after = EXAMPLE_DAYS
        self.set_area(example.aoi)

    def files_changed(self) -> None:
        """Other files, or none: days and, where nothing was drawn, the area are theirs."""
        self._forget_dates()
        self.take_days_of_files()
        try:
            aoi = self.area_from_files()
        except LulcError as error:
            drawn = [] if self.aoi is None or self.area_of_files else [self.aoi.to_geojson()]
            AreaState.refuse_area(self, error, f"misfit-{time.time_ns() // 1_000_000}", drawn)
            return
        theirs = self.area_of_files or self.aoi is None
        if aoi is None or (self.aoi is not None and not theirs):
            return
        if self.keep_area(aoi):
            self.area_of_files = theirs and bool(self.file_sides)

    def _forget_dates(self) -> None:
        self.stop_all()
        self.area_error = self.look_error = self.run_error = None
        self.found, self.pairs, self.chosen, self.confirm = ((), ()), (), ("", ""), ()
        self.suggestions, self.suggest_error = (), None

    def stop_all(self) -> None:
        """Stops what runs in the background."""
        for job in (self.looking, self.running, self.asking):
            if job is not None:
                job.cancel()
        self.looking = self.running = self.asking = self.asked = None

    # ---- the comparison ----

    def dates(self) -> tuple[Dated, ...]:
        """What Compare would classify now; empty while something is missing."""
        if self.pair is None or self.aoi is None:
            return ()
        sides = [(0, self.pair[0]), (1, self.pair[1]), *((FURTHER, a) for a in self.confirm)]
        found = [self.dated(side, acquisition) for side, acquisition in sides]
        return () if None in found else tuple(d for d in found if d is not None)

    @property
    def name(self) -> str:
        """Twelve hexadecimal digits that name the comparison that Compare would make."""
        return hashlib.sha256("|".join(d.request.id for d in self.dates()).encode()).hexdigest()[:12]

    @property
    def is_shown(self) -> bool:
        """True if what is on the screen is what Compare would make."""
        return self.shown is not None and bool(self.dates()) and self.shown.id == self.name

    def compare(self) -> None:
        """Starts the comparison."""
        dates, aoi, grid, name = self.dates(), self.aoi, self.grid, self.name
        if not dates or aoi is None or grid is None or self.pair_error() is not None:
            return
        if self.running is not None:
            self.running.cancel()
        self.run_error, self.open_step = None, 3
        share = resources.settings().min_clear_share

        def work(report: Any, stopped: Any) -> Compared:
            return make_comparison(
                dates, aoi, grid, name=name, min_clear_share=share, on_progress=report, cancelled=stopped
            )

        self.running = jobs.start("Comparing", work, heavy=True)

    def _made(self, job: jobs.Job[Compared]) -> None:
        if job.cancelled or job.error is not None:
            self.run_error = as_user_error(job.error) if job.error is not None else None
            self.open_step = 2 if self.shown is None and self.run_error is None else 3
            if self.shown is not None:
                self.confirm = tuple(d.acquisition for d in self.shown.dates[2:]) if self._same_pair() else ()
            return
        same = self.shown is not None and self._same_pair()
        self.shown, self.open_step, self.suggestions = job.result(), 3, ()
        if not same:
            self.tile, self.view, self.go = None, "Summary", ""
            if self.wanted is None:
                self.filter = Filter()

    def _same_pair(self) -> bool:
        if self.shown is None or self.pair is None:
            return False
        return tuple(d.acquisition.id for d in self.shown.dates[:2]) == self.chosen

    def suggest_confirmations(self) -> None:
        """Starts looking for a further date."""
        aoi, source, pair, taken = self.aoi, self.imagery(FURTHER), self.pair, self.confirm
        if aoi is None or source is None or pair is None:
            return
        self.suggest_error, today = None, words.today()
        self.asking = jobs.start(
            "Looking for a further date",
            lambda report, stopped: find_confirmation_dates(source, aoi, pair, taken, today, report, stopped),
        )

    def add_confirmation(self, acquisition: Acquisition) -> None:
        """Fetches a further date and compares again with it."""
        self.confirm = (*self.confirm, acquisition)
        self.suggestions = ()
        self.compare()

    def take_file_confirmation(self) -> None:
        """A file of a further date, just given: compares again with it, or says why it cannot confirm."""
        source, self.suggest_error = self.own[FURTHER].source, None
        if source is None or source.info.moment is None or self.aoi is None:
            return
        day = source.info.moment.date()
        try:
            (found,) = source.search(self.aoi, day, day, previews=False)
            if self.pair is not None:
                check_dates(*self.pair, [found])
        except LulcError as error:
            self.suggest_error = error
            return
        self.confirm = (found,)
        self.compare()

    def drop_confirmations(self) -> None:
        """Back to the two dates."""
        self.confirm, self.suggestions = (), ()
        self.compare()

    # ---- looking at it ----

    def places(self) -> tuple[ChangedTile, ...]:
        """Changed places that the filter lets through, most credible first."""
        return self.shown.places(self.filter) if self.shown is not None else ()

    def select(self, tile: tuple[int, int] | None, *, go: bool = False) -> None:
        """Selects a tile, or none, and turns to it beside the map."""
        self.tile, self.open_step, self.view = tile, 3, "Places"
        self.go = f"{time.time_ns()}" if go else ""

    def step(self, by: int) -> None:
        """To the next or the previous changed place, round and round."""
        places = self.places()
        if not places:
            return
        at = next((i for i, p in enumerate(places) if (p.row, p.col) == self.tile), -1 if by > 0 else 0)
        place = places[(at + by) % len(places)]
        self.select((place.row, place.col), go=True)

    # ---- every run ----

    @property
    def in_background(self) -> list[jobs.Job[Any]]:
        """What runs in the background."""
        return [job for job in (self.looking, self.running, self.asking) if job is not None]

    def settle(self) -> None:
        """Takes in what background work has brought, and starts what follows from it."""
        if self.looking is not None and self.looking.done:
            looked, self.looking = self.looking, None
            self._looked(looked)
        if self.running is not None and self.running.done:
            made, self.running = self.running, None
            self._made(made)
            self._restore_rest()
        if self.asking is not None and self.asking.done:
            asked, self.asking = self.asking, None
            if asked.error is not None:
                self.suggest_error = as_user_error(asked.error)
            elif not asked.cancelled:
                self.suggestions = asked.result()
        self.look_if_needed()
        if self.wanted is not None and self.pair is not None and self.running is None and self.shown is None:
            # A link never spends somebody's processing units by being opened; what is known or free is shown at once.
            free = self.source in ("simulated", "geotiff") or all(
                resources.results().get(d.request) for d in self.dates()
            )
            if free and self.run_error is None and self.pair_error() is None:
                self.compare()
            else:
                self.wanted = None

    # ---- the address bar ----

    def to_link(self) -> CompareLink:
        """What the address bar should hold."""
        if self.wanted is not None:
            return self.wanted
        if self.aoi is None:
            return CompareLink()
        days = [a.datetime.date() for a in self.pair] if self.pair else [self.day_before, self.day_after]
        confirm = tuple(a.datetime.date() for a in self.confirm)
        tile = self.shown.result.change.grid.tile_id(*self.tile) if self.tile is not None and self.shown else ""
        return CompareLink(self.aoi, self.source, days[0], days[1], confirm, self.filter, tile, self.resolution_m)

    def restore(self, link: CompareLink) -> None:
        """Goes to where a link points."""
        self.shown, self.tile = None, None
        if link.source:
            self.source = link.source
        if link.before and link.after:
            self.day_before, self.day_after = link.before, link.after
        self.filter = link.filter
        if link.resolution_m or link.tile:  # links from before there was a choice name tiles of 640 m
            self.set_resolution(link.resolution_m or TILE_M)
        if link.area is not None:
            self.set_area(link.area)
        if link.source == "geotiff" and not self.file_sides:
            self.link_errors += (
                InputError(
                    "The link is of a comparison of files, which a link cannot hold.",
                    hint="Give the files of both dates in step 2.",
                ),
            )
        complete = self.aoi is not None and link.before is not None and link.after is not None
        self.wanted = link if complete else None

    def _restore_rest(self) -> None:
        """The tile of a link, once its comparison is there."""
        link, self.wanted = self.wanted, None
        if link is None or self.shown is None:
            return
        grid = self.shown.result.change.grid
        rows, cols = grid.shape
        by_id = {grid.tile_id(r, c): (r, c) for r in range(rows) for c in range(cols)} if link.tile else {}
        if link.tile in by_id:
            self.select(by_id[link.tile], go=True)


def years_before(day: date) -> date:
    """The same season, so many years earlier."""
    return day - timedelta(days=round(365.25 * YEARS_APART))
