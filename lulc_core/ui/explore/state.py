"""Where one user is on the Explore page, and the few ways from one place to the next. No widgets in here."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError, NoAcquisitionError
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.classify import choose_acquisition, classify, cost_of
from lulc_core.ui import jobs, resources
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.forms import APP_RESOLUTION_M, Link, MapRequest, SearchRequest, default_period
from lulc_core.ui.map.data import tiles_json
from lulc_core.ui.panels.area_state import AreaState
from lulc_core.ui.panels.own_files import OwnFiles
from lulc_core.ui.resources import Credentials

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.render.overlays.map_layers import MapLayer
    from lulc_core.sources.base import Cost, ImagerySource
    from lulc_core.ui.panels.places import Example


@dataclass
class Shown:
    """A finished map on the screen."""

    request: MapRequest
    result: ClassifyResult
    aoi: Aoi
    tiles: bytes
    """The tiles as the browser draws them, see ui.map_data."""
    pictures: tuple[MapLayer, ...] = ()
    rest: jobs.Job[tuple[MapLayer, ...]] | None = None
    """The pictures that were not needed for the first sight, being drawn."""


@dataclass
class Found:
    """What a search brought."""

    request: SearchRequest
    acquisitions: tuple[Acquisition, ...] = ()
    error: LulcError | None = None


@dataclass
class Explore(AreaState):
    """One session's Explore page. Lives in ``st.session_state``; survives reruns and page changes."""

    start: date
    end: date
    resolution_m: int = field(default=APP_RESOLUTION_M, kw_only=True)
    source: str = "simulated"
    session: str = field(default_factory=lambda: f"session-{uuid.uuid4().hex[:12]}")
    open_step: int = 1
    credentials: Credentials | None = None
    own: OwnFiles = field(default_factory=lambda: OwnFiles("image"))
    files_used: dict[str, ImagerySource] = field(default_factory=dict)
    """The user's files behind maps of this session, by acquisition: whoever looks at a pixel wants the file's own."""
    found: Found | None = None
    searching: jobs.Job[tuple[Acquisition, ...]] | None = None
    asked: SearchRequest | None = None
    chosen: str = ""
    wanted_day: date | None = None
    """Day that a link asks for."""
    run_when_found: bool = False
    """A link to a finished map: make it as soon as its acquisition is known."""
    running: jobs.Job[Shown] | None = None
    run_error: LulcError | None = None
    shown: Shown | None = None
    tile: tuple[int, int] | None = None
    view: str = "Areas"
    """What is read beside the map: ``Areas``, ``Tile`` or ``Files and link``."""
    link: dict[str, str] = field(default_factory=dict)
    link_errors: tuple[LulcError, ...] = ()
    _source: tuple[tuple[str, Credentials | None], ImagerySource] | None = None
    _cost: tuple[tuple[str, str], Cost] | None = None
    _clicked_at: float = 0.0

    # ---- the area ----

    def set_area(self, aoi: Aoi, *, rev: str = "", advance: bool = True) -> None:
        """Takes an area, or keeps none and says why not."""
        self.found, self.chosen, self.wanted_day, self.run_error = None, "", None, None
        if self.running is not None:
            self.running.cancel()
            self.running = None  # not waited for: it could still end well, and show the area before
        if not self.keep_area(aoi, rev):
            self.open_step = 1
        elif advance:
            self.open_step = 2

    def refuse_area(self, error: LulcError, rev: str, drawings: list[dict[str, Any]]) -> None:
        """A drawing that is no area: it stays on the map, dashed, and the sentence says why."""
        super().refuse_area(error, rev, drawings)
        self.found, self.open_step = None, 1

    def clear_area(self) -> None:
        """No area any more; a finished map goes with it."""
        super().clear_area()
        self.found, self.chosen, self.shown, self.tile, self.run_error, self.open_step = None, "", None, None, None, 1
        self.stop_all()

    def take_example(self, example: Example) -> None:
        """Goes to an example place, in a period that shows it well."""
        self.start, self.end = example.start, example.end
        self.set_area(example.aoi)

    def stop_all(self) -> None:
        """Stops what runs in the background."""
        for job in (self.searching, self.running):
            if job is not None:
                job.cancel()
        self.searching = self.running = self.asked = None

    # ---- the source ----

    @property
    def has_account(self) -> bool:
        """True if Sentinel Hub can be asked."""
        return self.credentials is not None or resources.settings().has_credentials

    def imagery(self) -> ImagerySource | None:
        """The chosen source, None while it lacks files or an account."""
        if self.source == "geotiff":
            return self.own.source
        if self.source == "sentinel-hub" and not self.has_account:
            return None
        key = (self.source, self.credentials)
        if self._source is None or self._source[0] != key:
            self._source = (key, resources.make_source(self.source, self.credentials))
        return self._source[1]

    @property
    def scope(self) -> str:
        """Who may share what the source answers."""
        return resources.scope_of(self.source, self.credentials, self.session)

    def cost(self) -> Cost | None:
        """What classifying the area takes; None while area or source are missing."""
        from lulc_core.domain.bands import BAND_NAMES

        source = self.imagery()
        if self.grid is None or source is None:
            return None
        acquisition = self.acquisition
        bands = acquisition.available_bands if acquisition else BAND_NAMES
        key = (f"{self.grid.key}-{self.grid.aoi_key}", f"{self.source}-{id(source)}-{bands}")
        if self._cost is None or self._cost[0] != key:
            cost = cost_of(source, self.grid, bands)
            network_s = resources.seconds_to_classify(self.grid)
            self._cost = (key, replace(cost, seconds=cost.seconds + network_s))
        return self._cost[1]

    def files_changed(self) -> None:
        """Other files of one's own, or none: the acquisition is theirs, and where no area is given, the ground too."""
        source = self.own.source
        self.found = self.asked = None
        if source is None:
            return
        if source.info.moment is not None:
            self.start = self.end = source.info.moment.date()
        if self.aoi is None and self.area_error is None:
            self.set_area(source.footprint())

    # ---- acquisitions ----

    def search_request(self) -> SearchRequest | None:
        """What would be searched now; None while something is missing."""
        if self.aoi is None or self.imagery() is None:
            return None
        scope = self.scope if self.source != "geotiff" else f"{self.session}-{id(self.own.source)}"
        return SearchRequest(self.aoi.key, self.source, scope, self.start, self.end)

    def search_if_needed(self) -> None:
        """Starts a search where area, source or period are new; the one before is stopped."""
        request, source, aoi = self.search_request(), self.imagery(), self.aoi
        if request is None or source is None or aoi is None:
            return
        if request == self.asked or (self.found is not None and self.found.request == request):
            return
        if self.searching is not None:
            self.searching.cancel()
        start, end = self.start, self.end
        self.asked, self.found, self.chosen = request, None, ""
        self.searching = jobs.start(
            "Looking for acquisitions",
            lambda report, stopped: source.search(aoi, start, end, on_progress=report, cancelled=stopped),
        )

    def search_again(self) -> None:
        """Forgets what a search brought; the next run starts it anew."""
        self.found = self.asked = None

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

    def _found(self, job: jobs.Job[tuple[Acquisition, ...]]) -> None:
        if self.asked is None or job.cancelled:
            self.asked = None
            return
        if job.error is not None:
            self.found = Found(self.asked, error=as_user_error(job.error))
        else:
            self.found = Found(self.asked, job.result())
            try:
                best = choose_acquisition(self.found.acquisitions, day=self.wanted_day)
            except NoAcquisitionError as error:
                self.link_errors, self.run_when_found = (error,), False
                best = choose_acquisition(self.found.acquisitions, day=None)
            self.chosen = best.id
            # Whoever has an acquisition will press Classify next.
            cell_m = self.grid.cell_m if self.grid is not None else 0
            jobs.start("Loading the network", lambda *_: resources.load_ahead(cell_m))
        self.asked = self.wanted_day = None

    # ---- the map ----

    def map_request(self) -> MapRequest | None:
        """What Classify would make now; None while something is missing."""
        acquisition = self.acquisition
        if self.aoi is None or acquisition is None:
            return None
        model = resources.settings().model
        return MapRequest(
            self.aoi.key, self.source, self.scope, acquisition.id, acquisition.date, model, self.resolution_m
        )

    @property
    def is_shown(self) -> bool:
        """True if the map on the screen is what Classify would make."""
        return self.shown is not None and self.shown.request == self.map_request()

    def classify(self) -> None:
        """Starts making the map, or shows it at once where it is known."""
        request, acquisition, source = self.map_request(), self.acquisition, self.imagery()
        aoi, grid = self.aoi, self.grid
        if request is None or acquisition is None or source is None or aoi is None or grid is None:
            return
        if self.running is not None:
            self.running.cancel()
        self.run_error, self.open_step, self._clicked_at = None, 3, time.monotonic()
        if self.source == "geotiff":
            self.files_used[acquisition.id] = source
        share = resources.settings().min_clear_share

        def work(report: Any, stopped: Any) -> Shown:
            known = resources.results().get(request)
            result = known or classify(
                source,
                acquisition,
                grid,
                resources.classifier,
                min_clear_share=share,
                on_progress=report,
                cancelled=stopped,
            )
            if known is None:
                resources.results().put(request, result)
                resources.note_speed(grid, result.timings_s.get("predict", 0.0))
            return Shown(request, result, aoi, tiles_json(result.land_cover, aoi), first_pictures(result))

        self.running = jobs.start("Classifying", work, heavy=True)

    def _made(self, job: jobs.Job[Shown]) -> None:
        if job.cancelled:
            self.open_step = 2 if self.aoi is not None else 1
        elif job.error is not None:
            self.run_error = as_user_error(job.error)
        else:
            self.shown, self.tile, self.open_step, self.view = job.result(), None, 3, "Areas"
            result = self.shown.result
            self.shown.rest = jobs.start("Drawing pictures", lambda *_: other_pictures(result))

    def pick_least_sure(self) -> None:
        """Selects the named tile with the smallest probability; a way to a tile without a mouse, too."""
        import numpy as np

        if self.shown is None:
            return
        land_cover = self.shown.result.land_cover
        sure = np.where(land_cover.classified, land_cover.confidence, np.inf)
        if np.isfinite(sure).any():
            row, col = divmod(int(sure.argmin()), land_cover.grid.n_cols)
            self.select((row, col))

    def select(self, tile: tuple[int, int] | None) -> None:
        """Selects a tile, or none, and turns to it beside the map."""
        self.tile, self.open_step = tile, 3
        self.view = "Areas" if tile is None else "Tile"

    # ---- every run ----

    @property
    def waiting(self) -> bool:
        """True while something runs in the background that will change the page."""
        rest = self.shown.rest if self.shown else None
        return any(job is not None for job in (self.searching, self.running, rest))

    @property
    def something_done(self) -> bool:
        """True if :meth:`settle` has something to take in."""
        rest = self.shown.rest if self.shown else None
        return any(job is not None and job.done for job in (self.searching, self.running, rest))

    def settle(self) -> None:
        """Takes in what background work has brought, and starts what follows from it."""
        if self.searching is not None and self.searching.done:
            job, self.searching = self.searching, None
            self._found(job)
        if self.running is not None and self.running.done:
            made, self.running = self.running, None
            self._made(made)
        if self.shown is not None and self.shown.rest is not None and self.shown.rest.done:
            rest, self.shown.rest = self.shown.rest, None
            if rest.error is not None:
                self.run_error = as_user_error(rest.error)
            elif not rest.cancelled:
                self.shown.pictures += rest.result()
        self.search_if_needed()
        if self.run_when_found and self.acquisition is not None and self.running is None:
            self.run_when_found = False
            request = self.map_request()
            # A link never spends somebody's processing units by being opened; what is known or free is shown at once.
            if self.source == "simulated" or (request is not None and resources.results().get(request) is not None):
                self.classify()

    # ---- the address bar ----

    def to_link(self) -> Link:
        """What the address bar should hold."""
        acquisition = self.acquisition
        day = acquisition.datetime.date() if acquisition else self.wanted_day
        return Link(self.aoi, self.source, self.start, self.end, day, self.resolution_m) if self.aoi else Link()

    def restore(self, link: Link) -> None:
        """Goes to where a link points."""
        if link.source:
            self.source = link.source
        if link.resolution_m:
            self.set_resolution(link.resolution_m)
        if link.start and link.end:
            self.start, self.end = link.start, link.end
        elif link.day:
            self.start = self.end = link.day
        if link.area is not None:
            self.set_area(link.area, rev=f"link-{link.area.key}")
        self.wanted_day, self.run_when_found = link.day, link.day is not None and link.area is not None


def new_state(today: date) -> Explore:
    """A fresh page: Sentinel Hub where the server has an account, else simulated imagery."""
    start, end = default_period(today)
    return Explore(start, end, source="sentinel-hub" if resources.settings().has_credentials else "simulated")


def first_pictures(result: ClassifyResult) -> tuple[MapLayer, ...]:
    """The one picture that the map opens with."""
    from lulc_core.render.overlays.map_layers import true_colour_layer

    return (true_colour_layer(result.scene),)


def other_pictures(result: ClassifyResult) -> tuple[MapLayer, ...]:
    """The pictures that can wait; those whose bands are missing are left out."""
    from lulc_core.render.overlays.map_layers import FALSE_COLOUR, false_colour_layer, ndvi_layer

    scene = result.scene
    made = []
    if scene.has(*FALSE_COLOUR):
        made.append(false_colour_layer(scene))
    if scene.has("B08", "B04"):
        made.append(ndvi_layer(scene))
    return tuple(made)
