"""Where one user is on the Compare page, and the few ways from one place to the next. No widgets in here."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from lulc_core.analysis.pairs import Pair, pair_warnings, propose_pairs
from lulc_core.comparison import check_dates
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import ChangedPlace
from lulc_core.domain.errors import DateError, LulcError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.ui import jobs, permalink, store, words
from lulc_core.ui.compare_link import CompareLink, Filter
from lulc_core.ui.compare_work import AROUND_DAYS, Compared, Dated, look_around, look_for_witnesses, make_comparison
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.forms import MapRequest
from lulc_core.ui.state import Explore

if TYPE_CHECKING:
    from lulc_core.analysis.pairs import Suggestion
    from lulc_core.sources.base import ImagerySource

EXAMPLE_DAYS = (date(2019, 7, 16), date(2021, 8, 14))
"""Of the first example place: fields, then warehouses."""


@dataclass
class Comparing:
    """One session's Compare page. Lives in ``st.session_state``; survives reruns and page changes."""

    explore: Explore
    """The Explore page's state: account, files and the scope of results are kept there, once."""
    day_before: date
    day_after: date
    source: str = "simulated"
    open_step: int = 1
    aoi: Aoi | None = None
    grid: TileGrid | None = None
    area_rev: str = ""
    area_error: LulcError | None = None
    asked: tuple[Any, ...] | None = None
    """What was last looked for: area, source, days."""
    looking: jobs.Job[tuple[Acquisition, ...]] | None = None
    found: tuple[Acquisition, ...] = ()
    look_error: LulcError | None = None
    pairs: tuple[Pair, ...] = ()
    chosen: tuple[str, str] = ("", "")
    """Ids of the earlier and of the later acquisition."""
    confirm: tuple[Acquisition, ...] = ()
    running: jobs.Job[Compared] | None = None
    run_error: LulcError | None = None
    shown: Compared | None = None
    asking: jobs.Job[tuple[Suggestion, ...]] | None = None
    suggestions: tuple[Suggestion, ...] = ()
    suggest_error: LulcError | None = None
    filter: Filter = field(default_factory=Filter)
    tile: tuple[int, int] | None = None
    go: str = ""
    """The tile that the map moves to; empty where it was clicked on the map."""
    view: str = "Summary"
    seen: dict[str, int] = field(default_factory=dict)
    link: dict[str, str] = field(default_factory=dict)
    link_errors: tuple[LulcError, ...] = ()
    wanted: CompareLink | None = None
    """A link that is still being restored."""

    # ---- area, source, days ----

    def set_area(self, aoi: Aoi) -> None:
        """Takes an area, or keeps none and says why not."""
        self.stop_all()
        aoi = permalink.canonical(aoi)
        self.area_error = self.look_error = self.run_error = None
        self.found, self.pairs, self.chosen, self.confirm = (), (), ("", ""), ()
        self.suggestions, self.suggest_error = (), None
        try:
            aoi.check_size(store.settings().max_area_km2)
            grid = TileGrid.from_aoi(aoi)
        except LulcError as error:
            self.aoi, self.grid, self.area_error, self.open_step = None, None, error, 1
            return
        self.aoi, self.grid, self.open_step = aoi, grid, 2
        self.area_rev = f"compare-{aoi.key}-{time.time_ns() // 1_000_000}"

    def stop_all(self) -> None:
        """Stops what runs in the background."""
        for job in (self.looking, self.running, self.asking):
            if job is not None:
                job.cancel()
        self.looking = self.running = self.asking = self.asked = None

    def imagery(self) -> ImagerySource | None:
        """The chosen source, None while it lacks an account."""
        if self.source == "sentinel-hub" and not self.explore.has_account:
            return None
        key = ("compare", self.source, self.explore.credentials)
        cached = self.seen_source
        if cached is None or cached[0] != key:
            cached = self.seen_source = (key, store.make_source(self.source, self.explore.credentials))
        return cached[1]

    seen_source: tuple[Any, ImagerySource] | None = None

    # ---- acquisitions ----

    def look_if_needed(self) -> None:
        """Starts looking where area, source or days are new."""
        aoi, source = self.aoi, self.imagery() if self.aoi is not None else None
        if aoi is None or source is None:
            return
        request = (aoi.key, self.source, self.explore.credentials, self.day_before, self.day_after)
        if request == self.asked:
            return
        if self.looking is not None:
            self.looking.cancel()
        self.asked, self.found, self.pairs, self.chosen, self.look_error = request, (), (), ("", ""), None
        if self.day_before >= self.day_after:
            self.looking = None
            same = self.day_before == self.day_after
            self.look_error = DateError(
                f"Both days are {words.day(self.day_before)}; a comparison needs two different ones."
                if same
                else f"The earlier day ({words.day(self.day_before)}) lies after the later one "
                f"({words.day(self.day_after)}).",
                hint="Choose another day." if same else "Swap the two days.",
            )
            return
        days, today = (self.day_before, self.day_after, *(self.wanted.confirm if self.wanted else ())), words.today()
        self.looking = jobs.start(
            "Looking for acquisitions", lambda report, stopped: look_around(source, aoi, days, today, report, stopped)
        )

    def swap_days(self) -> None:
        """The earlier day for the later one."""
        self.day_before, self.day_after = self.day_after, self.day_before

    def _looked(self, job: jobs.Job[tuple[Acquisition, ...]]) -> None:
        if job.cancelled:
            return
        if job.error is not None:
            self.look_error = as_user_error(job.error)
            return
        self.found = job.result()
        lat, days = self.aoi.center[1] if self.aoi else None, (self.day_before, self.day_after)
        near = [a for a in self.found if min(abs((a.datetime.date() - d).days) for d in days) <= AROUND_DAYS]
        self.pairs = propose_pairs(near, self.day_before, self.day_after, lat_deg=lat)
        if self.wanted is not None:
            self._restore_dates(self.wanted)
        elif self.pairs:
            self.chosen = (self.pairs[0].before.id, self.pairs[0].after.id)

    def _restore_dates(self, link: CompareLink) -> None:
        ids = []
        for day in (link.before, link.after):
            best = max(
                (a for a in self.found if day and a.datetime.date() == day),
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
        by_day = {a.datetime.date(): a for a in self.found}
        self.confirm = tuple(by_day[day] for day in link.confirm if day in by_day)
        self.link_errors += tuple(
            DateError(f"There is no acquisition on {day} to confirm with.", hint="Add another further date.")
            for day in link.confirm
            if day not in by_day
        )

    def acquisition(self, side: int) -> Acquisition | None:
        """The chosen one, 0 for the earlier date and 1 for the later."""
        return next((a for a in self.found if a.id == self.chosen[side]), None)

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

    # ---- the comparison ----

    def dates(self) -> tuple[Dated, ...]:
        """What Compare would classify now; empty while something is missing."""
        source = self.imagery() if self.aoi is not None else None
        if self.pair is None or source is None or self.aoi is None:
            return ()
        scope = store.scope_of(self.source, self.explore.credentials, self.explore.session)
        model, area = store.settings().model, self.aoi.key
        return tuple(
            Dated(source, a, MapRequest(area, self.source, scope, a.id, a.date, model))
            for a in (*self.pair, *self.confirm)
        )

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
        share = store.settings().min_clear_share

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

    def ask_for_witness(self) -> None:
        """Starts looking for a further date."""
        aoi, source, pair, taken = self.aoi, self.imagery(), self.pair, self.confirm
        if aoi is None or source is None or pair is None:
            return
        self.suggest_error, today = None, words.today()
        self.asking = jobs.start(
            "Looking for a further date",
            lambda report, stopped: look_for_witnesses(source, aoi, pair, taken, today, report, stopped),
        )

    def add_witness(self, acquisition: Acquisition) -> None:
        """Fetches a further date and compares again with it."""
        self.confirm = (*self.confirm, acquisition)
        self.suggestions = ()
        self.compare()

    def drop_witnesses(self) -> None:
        """Back to the two dates."""
        self.confirm, self.suggestions = (), ()
        self.compare()

    # ---- looking at it ----

    def places(self) -> tuple[ChangedPlace, ...]:
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
            free = self.source == "simulated" or all(store.results().get(d.request) for d in self.dates())
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
        tile = self.grid.tile_id(*self.tile) if self.grid is not None and self.tile is not None and self.shown else ""
        return CompareLink(self.aoi, self.source, days[0], days[1], confirm, self.filter, tile)

    def restore(self, link: CompareLink) -> None:
        """Goes to where a link points."""
        self.shown, self.tile = None, None
        if link.source and link.source != "geotiff":
            self.source = link.source
        if link.before and link.after:
            self.day_before, self.day_after = link.before, link.after
        self.filter = link.filter
        if link.area is not None:
            self.set_area(link.area)
        complete = self.aoi is not None and link.before is not None and link.after is not None
        self.wanted = link if complete else None

    def _restore_rest(self) -> None:
        """The tile of a link, once its comparison is there."""
        link, self.wanted = self.wanted, None
        if link is None or self.shown is None or self.grid is None:
            return
        rows, cols = self.grid.shape
        by_id = {self.grid.tile_id(r, c): (r, c) for r in range(rows) for c in range(cols)} if link.tile else {}
        if link.tile in by_id:
            self.select(by_id[link.tile], go=True)
