"""Where one user is on the Explore page, and the few ways from one place to the next. No widgets in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import LulcError, SourceError
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.two_steps import first_bands, missing_bands, with_all_bands
from lulc_core.sources.base import Forgetful, waits_for_network
from lulc_core.ui import jobs, resources
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.explore.search import Search
from lulc_core.ui.forms import APP_RESOLUTION_M, Link, MapRequest, SearchRequest
from lulc_core.ui.jobs import Job, JobSlot
from lulc_core.ui.map.data import tiles_json
from lulc_core.ui.panels.account import Account
from lulc_core.ui.panels.area_choice import AreaChoice
from lulc_core.ui.panels.cost import cost_to_classify
from lulc_core.ui.panels.first_source import ACCOUNT, SIMULATED, FirstSource
from lulc_core.ui.panels.map_page import MapPage
from lulc_core.ui.panels.own_files import OwnFiles
from lulc_core.ui.server.maps import make_map, megabytes

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.render.overlays.layer import MapLayer
    from lulc_core.sources.base import Cost, ImagerySource
    from lulc_core.ui.panels.examples import Example

DEFAULT_DAYS = 30
"""Length of the first period: about six passes with two satellites."""


@dataclass
class Shown:
    """A finished map on the screen."""

    request: MapRequest
    result: ClassifyResult
    aoi: Aoi
    tiles: bytes
    """The tiles as the browser draws them, see ui.map.data."""
    pictures: tuple[MapLayer, ...] = ()
    drawing: JobSlot[tuple[MapLayer, ...]] = field(default_factory=JobSlot)
    """The pictures that were not needed for the first sight."""
    fetching: JobSlot[ClassifyResult] = field(default_factory=JobSlot)
    """The bands that the map did not need."""
    without: str = ""
    """Why they did not come, a sentence."""


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
    on_example: bool = False
    """The area is an example: it is shown whatever happens."""
    run_when_found: bool = False
    """A link to a finished map: make it as soon as its acquisition is known."""
    shown: Shown | None = field(default=None, kw_only=True)
    view: str = field(default="Areas", kw_only=True)

    # ---- the area ----

    def __post_init__(self) -> None:
        self.area = AreaChoice(self._area_changed, resolution_m=APP_RESOLUTION_M)

    def _area_changed(self) -> None:
        self.leave_link()
        self.search.forget()
        self.search.wanted_day, self.search.preferred_day, self.run_error, self.on_example = None, None, None, False
        self.running.drop()
        if self.area.aoi is None and self.area.error is None:
            self.shown, self.tile = None, None
        self.open_step = 1 if self.area.aoi is None else 2

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
        if source is None or aoi is None:
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
        if resources.results().get(request) is None:
            try:
                self.account.allowance.take_area(aoi.area_km2)
            except LulcError as error:
                self.run_error = error
                return
        if self.source == "geotiff":
            self.files_used[acquisition.id] = source

        def work(report: Any, stopped: Any) -> Shown:
            from lulc_core.render.overlays.map_layers import true_colour_layer

            bands = first_bands(source, acquisition, grid)
            result = make_map(source, acquisition, grid, request, report, stopped, bands=bands)
            first = (true_colour_layer(result.scene),)
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
            self.shown, self.tile, self.open_step, self.view = job.result(), None, 3, "Areas"
            result = self.shown.result
            self.shown.drawing.start("Drawing pictures", lambda *_: other_pictures(result), quiet=True, heavy=True)
            self._fetch_the_rest(self.shown)

    def _fetch_the_rest(self, shown: Shown) -> None:
        """Fetch the bands that the map did not need, while it is on the screen."""
        source, result = self.imagery(), shown.result
        acquisition = result.scene.acquisition
        if source is None or source.name != acquisition.source or not waits_for_network(source):
            return
        if missing_bands(result):
            shown.fetching.start(
                "Fetching the other bands",
                lambda report, stopped: with_all_bands(source, result, on_progress=report, cancelled=stopped),
                heavy=True,
                megabytes=megabytes(acquisition, result.scene.grid),
                turn=False,
            )

    def _take_the_rest(self) -> None:
        shown = self.shown
        job = shown.fetching.poll() if shown is not None else None
        if shown is None or job is None:
            return
        if job.error is not None or job.cancelled:
            why = as_user_error(job.error).message if job.error is not None else "You stopped it."
            shown.without = f"Only the bands that the map needs are here: {why}"
        else:
            shown.result = job.result()
            resources.results().put(shown.request, shown.result)

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
        running = (self.running.job, self.search.job.job, drawing, fetching, self.first.looking.job)
        return [job for job in running if job is not None]

    def look_for_source(self) -> None:
        """Take the open archive where it answers and nobody has chosen; an example goes on simulated where it fails."""
        if self.first.poll() and self.source == "simulated" and self.shown is None and not self.running:
            self.source = "open"
            self.search.forget()
        error = self.search.found.error if self.search.found is not None else None
        if self.on_example and self.first.why and self.source == "open" and isinstance(error, SourceError):
            self.source, self.first.why = "simulated", f"{SIMULATED} {error.message}"
            self.search.forget()

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
        self._take_the_rest()
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
    first = FirstSource(ACCOUNT, settled=True) if account else FirstSource()
    search = Search(today - timedelta(days=DEFAULT_DAYS), today)
    return ExploreState(search, "sentinel-hub" if account else "simulated", first)


def other_pictures(result: ClassifyResult) -> tuple[MapLayer, ...]:
    """Draw the pictures that can wait; those whose bands are missing are left out."""
    from lulc_core.render.overlays.map_layers import FALSE_COLOUR, false_colour_layer, ndvi_layer

    scene, made = result.scene, []
    if scene.has(*FALSE_COLOUR):
        made.append(false_colour_layer(scene))
    if scene.has("B08", "B04"):
        made.append(ndvi_layer(scene))
    return tuple(made)
