"""Where one user is on the Explore page, and the few ways from one place to the next. No widgets in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lulc_core.domain.bands import BAND_NAMES, RGB
from lulc_core.domain.errors import LulcError, SourceError
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.two_steps import first_bands
from lulc_core.sources.base import Forgetful
from lulc_core.ui import jobs, resources
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.explore.first_sight import FirstSight, Sight, comes_by_itself
from lulc_core.ui.explore.search import Search
from lulc_core.ui.explore.shown import Shown, other_pictures
from lulc_core.ui.forms import APP_RESOLUTION_M, Link, MapRequest, SearchRequest
from lulc_core.ui.jobs import Job, JobSlot
from lulc_core.ui.map.data import tiles_json
from lulc_core.ui.panels.account import Account
from lulc_core.ui.panels.area_choice import AreaChoice
from lulc_core.ui.panels.cost import cost_to_classify
from lulc_core.ui.panels.first_source import FirstSource
from lulc_core.ui.panels.map_page import MapPage
from lulc_core.ui.panels.own_files import OwnFiles
from lulc_core.ui.server.maps import make_map, megabytes

if TYPE_CHECKING:
    from lulc_core.sources.base import Cost, ImagerySource
    from lulc_core.ui.panels.examples import Example

DEFAULT_DAYS = 30
"""Length of the first period: about six passes with two satellites."""


@dataclass
class ExploreState(MapPage):
    """One session's Explore page."""

    search: Search
    source: str = "simulated"
    """Name of the source."""
    first: FirstSource = field(default_factory=FirstSource)
    """Chooses the source until the user does."""
    account: Account = field(default_factory=Account)
    own: OwnFiles = field(default_factory=lambda: OwnFiles("image"))
    files_used: dict[str, ImagerySource] = field(default_factory=dict)
    """The user's files behind maps of this session, by acquisition: for a look at a file's own pixels."""
    running: JobSlot[Shown] = field(default_factory=JobSlot)
    sight: FirstSight = field(default_factory=FirstSight)
    on_example: bool = False
    """The area is an example: it is shown whatever happens."""
    run_when_found: bool = False
    """A link to a finished map: make it as soon as its acquisition is known."""
    shown: Shown | None = field(default=None, kw_only=True)
    view: str = field(default="Areas", kw_only=True)
    more: bool = field(default=False, kw_only=True)
    """All classes and the spectrum of the selected place are shown, not the leading classes alone."""

    # ---- the area ----

    def __post_init__(self) -> None:
        self.area = AreaChoice(self._area_changed, resolution_m=APP_RESOLUTION_M)

    def _area_changed(self) -> None:
        self.leave_link()
        self.search.forget()
        self.search.wanted_day, self.search.preferred_day, self.run_error, self.on_example = None, None, None, False
        self.running.drop()
        self.sight.forget()
        if self.area.aoi is None and self.area.error is None:
            self.shown, self.tile = None, None
        self.open_step = 1 if self.area.aoi is None else 2

    def to_put_back(self) -> dict[str, Any]:
        """Return what of the page goes with its area, by attribute."""
        return {**super().to_put_back(), "search": replace(self.search, job=JobSlot())}

    def take_example(self, example: Example) -> None:
        """Go to an example place, in a period that shows it well."""
        self.search.start, self.search.end = example.start, example.end
        self.area.set(example.aoi)
        self.search.preferred_day, self.on_example = example.day, True

    # ---- the source ----

    def set_source(self, name: str) -> None:
        """Take another source; what the one before has found does not count for it."""
        self.first.settle()
        if name != self.source:
            self.source, self.run_error = name, None
            self.search.forget()
            self.leave_link()

    def imagery(self) -> ImagerySource | None:
        """Return the chosen source, None while it lacks files or an account."""
        return self.own.source if self.source == "geotiff" else self.account.service(self.source)

    @property
    def imagery_word(self) -> str:
        """Which imagery the page has chosen by itself, and why."""
        return self.first.why

    @property
    def scope(self) -> str:
        """Who may share what the source answers."""
        return self.account.scope(self.source)

    def files_changed(self) -> None:
        """Take the acquisition of other files of one's own, and where no area is given, their ground too."""
        source = self.own.source
        self.search.forget()
        if source is None:
            return
        if source.info.moment is not None:
            self.search.start = self.search.end = source.info.moment.date()
        if self.area.aoi is None and self.area.error is None:
            self.area.set(source.footprint())

    # ---- acquisitions ----

    @property
    def acquisition(self) -> Acquisition | None:
        """The chosen one."""
        return self.search.acquisition

    def set_period(self, start: date, end: date) -> None:
        """Look between two other days."""
        if (start, end) == (self.search.start, self.search.end):
            return
        self.search.start, self.search.end, self.run_error = start, end, None
        self.leave_link()

    def choose(self, acquisition_id: str) -> None:
        """Choose another acquisition; why a map of the one before could not be made does not concern it."""
        self.search.chosen, self.run_error = acquisition_id, None
        self.leave_link()

    def search_if_needed(self) -> None:
        """Start a search where area, source or period are new; forget what was found where a source is missing."""
        source, aoi = self.imagery(), self.area.aoi
        if source is None and self.search.asked is not None:
            self.search.forget()
        if source is None or aoi is None or (self.source == "geotiff" and self.own.undated):
            return
        scope = self.scope if self.source != "geotiff" else f"{self.account.session}-{id(self.own.source)}"
        request = SearchRequest(aoi.key, self.source, scope, self.search.start, self.search.end)
        self.search.start_if_new(request, source, aoi)

    # ---- the map ----

    def cost(self) -> Cost | None:
        """Return what classifying the area takes; None while area or source are missing."""
        source, grid, acquisition = self.imagery(), self.area.grid, self.acquisition
        if grid is None or source is None:
            return None
        return cost_to_classify(source, grid, acquisition.available_bands if acquisition else BAND_NAMES)

    def map_request(self) -> MapRequest | None:
        """Return what Classify would make now; None while something is missing."""
        acquisition, aoi = self.acquisition, self.area.aoi
        if aoi is None or acquisition is None:
            return None
        model = resources.settings().model
        return MapRequest(
            aoi.key, self.source, self.scope, acquisition.id, acquisition.date, model, self.area.resolution_m
        )

    @property
    def is_shown(self) -> bool:
        """True if the map on the screen is what Classify would make."""
        return self.shown is not None and self.shown.request == self.map_request()

    def classify(self) -> None:
        """Start making the map, or show it at once where it is known."""
        request, acquisition, source = self.map_request(), self.acquisition, self.imagery()
        aoi, grid = self.area.aoi, self.area.grid
        if request is None or acquisition is None or source is None or aoi is None or grid is None:
            return
        self.run_error, self.open_step = None, 3
        self.sight.loading.drop()
        if resources.results().get(request) is None:
            try:
                self.account.allowance.take_area(aoi.area_km2)
            except LulcError as error:
                self.run_error = error
                return
        if self.source == "geotiff":
            self.files_used[acquisition.id] = source

        def work(report: Any, stopped: Any) -> Shown:
            from lulc_core.render.overlays.map_layers import bright_colour_layer

            bands = first_bands(source, acquisition, grid)
            result = make_map(source, acquisition, grid, request, report, stopped, bands=bands)
            first = (bright_colour_layer(result.scene),)
            return Shown(request, result, aoi, tiles_json(result.land_cover, aoi), first)

        self.running.start(
            "Classifying",
            work,
            heavy=True,
            megabytes=megabytes(acquisition, grid),
            can_pause=True,
            turn=False,
        )

    @property
    def can_fetch_again(self) -> bool:
        """True if the map on the screen is of a service that may answer otherwise today."""
        return self.is_shown and isinstance(self.imagery(), Forgetful)

    def fetch_again(self) -> None:
        """Make the map on the screen from new imagery: forget what is kept of it, here and on disk."""
        source, request, shown = self.imagery(), self.map_request(), self.shown
        if isinstance(source, Forgetful) and request is not None and shown is not None:
            grid = shown.result.land_cover.grid
            for tiles in (grid.tiles, *([] if grid.tiles is grid else [grid.surroundings])):
                source.forget(shown.result.scene.acquisition, tiles)
            resources.results().forget(request)
            self.classify()

    def _take_map(self, job: Job[Shown]) -> None:
        if job.cancelled:
            self.open_step = 2 if self.area.aoi is not None else 1
        elif job.error is not None:
            self.run_error = as_user_error(job.error)
        else:
            before, self.shown, self.open_step = self.shown, job.result(), 3
            self.tile = self._same_place(before)
            if self.tile is None and self.view == "Tile":
                self.view = "Areas"
            result = self.shown.result
            self.shown.drawing.start("Drawing pictures", lambda *_: other_pictures(result), quiet=True, heavy=True)
            self.shown.fetch_the_rest(self.imagery())

    def _same_place(self, before: Shown | None) -> tuple[int, int] | None:
        """Find the cell of the new map, of another detail or date, where one was selected in the map before."""
        if before is None or self.tile is None or self.shown is None:
            return None
        return self.shown.result.grid.tile_at(*before.result.grid.tile_center(*self.tile))

    # ---- imagery first ----

    @property
    def on_map(self) -> Shown | Sight | None:
        """What lies on the map: a map of the chosen acquisition, of whatever detail, else its imagery."""
        seen = self.sight.seen
        return self.shown if self._shows_chosen or seen is None else seen

    @property
    def _image(self) -> MapRequest | None:
        """The chosen image of the area, whatever the detail of a map of it; None while something is missing."""
        request = self.map_request()
        return None if request is None else replace(request, resolution_m=TILE_M)

    @property
    def _shows_chosen(self) -> bool:
        return self.shown is not None and replace(self.shown.request, resolution_m=TILE_M) == self._image

    def cost_of_sight(self) -> Cost | None:
        """Return what the picture of the chosen acquisition takes where it does not come by itself; else None."""
        source, grid = self.imagery(), self.area.grid
        if source is None or grid is None or self._image is None or self._shows_chosen or self.sight.asked:
            return None
        cost = source.cost(grid.tiles, RGB)
        return None if comes_by_itself(cost) else cost

    def look(self, *, asked: bool = False) -> None:
        """Fetch the picture of the chosen acquisition; one that costs something only when it is ``asked`` for."""
        image, source, acquisition = self._image, self.imagery(), self.acquisition
        aoi, grid = self.area.aoi, self.area.grid
        if image is None or source is None or acquisition is None or aoi is None or grid is None:
            self.sight.forget()
        elif self.running or self._shows_chosen:
            return
        elif asked or comes_by_itself(source.cost(grid.tiles, RGB)):
            self.sight.want(image, source, acquisition, aoi, grid)
        elif self.sight.asked != image:
            self.sight.forget()

    def pick_least_sure(self) -> None:
        """Select the classified tile with the smallest probability; a way to a tile without a mouse, too."""
        import numpy as np

        if self.shown is None:
            return
        land_cover = self.shown.result.land_cover
        sure = np.where(land_cover.classified, land_cover.confidence, np.inf)
        if np.isfinite(sure).any():
            row, col = divmod(int(sure.argmin()), land_cover.grid.n_cols)
            self.select((row, col))

    def select(self, tile: tuple[int, int] | None) -> None:
        """Select a tile, or none, and turn to it beside the map."""
        self.tile, self.open_step = tile, 3
        self.view = "Areas" if tile is None else "Tile"

    # ---- every run ----

    def jobs(self) -> Sequence[Job[Any]]:
        """Return what runs in the background, the most important first."""
        drawing = self.shown.drawing.job if self.shown is not None else None
        fetching = self.shown.fetching.job if self.shown is not None else None
        running = (
            self.running.job,
            self.search.job.job,
            self.sight.loading.job,
            drawing,
            fetching,
            self.first.looking.job,
        )
        return [job for job in running if job is not None]

    def look_for_source(self) -> None:
        """Take the open archive where it answers and nobody has chosen; an example goes on simulated where it fails."""
        if self.first.poll() and self.source == "simulated" and self.shown is None and not self.running:
            self.source = "open"
            self.search.forget()
        error = self.search.found.error if self.search.found is not None else None
        if self.on_example and self.first.chose and self.source == "open" and isinstance(error, SourceError):
            self.source, self.first.chose, self.first.reason = "simulated", "simulated", error.message
            self.search.forget()

    @property
    def is_settling(self) -> bool:
        """True while the page itself is still choosing an acquisition or a source for the area."""
        return self.area.aoi is not None and bool(self.search.job or self.first.looking)

    def poll_jobs(self) -> None:
        """Take in what background work has brought, and start what follows from it."""
        acquisition = self.acquisition
        missing_day = self.search.poll()
        self.look_for_source()
        if missing_day is not None:
            self.link_errors, self.run_when_found = (missing_day,), False
        if acquisition is None and self.acquisition is not None:
            # Classify will be pressed next.
            cell_m = self.area.resolution_m
            jobs.start("Loading the network", lambda *_: resources.load_ahead(cell_m))
        if (made := self.running.poll()) is not None:
            self._take_map(made)
        if self.shown is not None and (drawn := self.shown.drawing.poll()) is not None:
            if drawn.error is not None:
                self.run_error = as_user_error(drawn.error)
            elif not drawn.cancelled:
                self.shown.pictures += drawn.result()
        if self.shown is not None:
            self.shown.take_the_rest()
        self.sight.poll()
        self.search_if_needed()
        if self.run_when_found and self.acquisition is not None and not self.running:
            self.run_when_found = False
            request = self.map_request()
            # A link never spends somebody's processing units by being opened, nor the server's time without bound;
            # what is known, or free and short, is shown at once.
            cost = self.cost() if self.source == "simulated" else None
            short = cost is not None and cost.seconds <= resources.settings().link_s
            if short or (request is not None and resources.results().get(request) is not None):
                self.classify()
        self.look()

    # ---- the address bar ----

    def to_link(self) -> Link:
        """Return what the address bar should hold."""
        if self.area.aoi is None:
            return Link()
        search, acquisition = self.search, self.acquisition
        day = acquisition.datetime.date() if acquisition else search.wanted_day
        return Link(self.area.aoi, self.source, search.start, search.end, day, self.area.resolution_m)

    def open_link(self, params: dict[str, str]) -> None:
        """Go to where query parameters point; what is damaged in them is said on the page."""
        link, errors = Link.from_params(params, tuple(resources.SOURCES))
        if link.source:
            self.source = link.source
            self.first.settle()
        if link.resolution_m:
            self.area.set_resolution(link.resolution_m)
        if link.start and link.end:
            self.search.start, self.search.end = link.start, link.end
        elif link.day:
            self.search.start = self.search.end = link.day
        if link.area is not None:
            self.area.set(link.area, f"link-{link.area.key}")
        self.search.wanted_day, self.run_when_found = link.day, link.day is not None and link.area is not None
        self.link_errors = errors


def new_state(today: date) -> ExploreState:
    """Make a fresh page: Sentinel Hub where the server has an account, else simulated till the open archive answers."""
    account = resources.settings().has_credentials
    first = FirstSource("account", settled=True) if account else FirstSource()
    search = Search(today - timedelta(days=DEFAULT_DAYS), today)
    return ExploreState(search, "sentinel-hub" if account else "simulated", first)
