"""Where one user is on the Explore page, and the few ways from one place to the next. No widgets in here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lulc_core.domain.errors import LulcError, SourceError
from lulc_core.pipeline.two_steps import first_bands
from lulc_core.sources.base import Forgetful
from lulc_core.ui import jobs, resources
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.explore.image_choice import ImageChoice
from lulc_core.ui.explore.kept import PARAM, Kept, kept_pages, needs_word
from lulc_core.ui.explore.search import Search
from lulc_core.ui.explore.shown import Shown, other_pictures
from lulc_core.ui.forms import APP_RESOLUTION_M, SHARED, Link
from lulc_core.ui.jobs import Job
from lulc_core.ui.map.data import tiles_json
from lulc_core.ui.panels.area_choice import AreaChoice
from lulc_core.ui.panels.first_source import FirstSource
from lulc_core.ui.server.maps import make_map, megabytes

if TYPE_CHECKING:
    from lulc_core.sources.base import ImagerySource
    from lulc_core.ui.panels.examples import Example

DEFAULT_DAYS = 30
"""Length of the first period: about six passes with two satellites."""
PAINTED_S = 0.7
"""So long a browser takes to fetch and paint a map; what else is drawn waits until the processor is free again."""


@dataclass(kw_only=True)
class ExploreState(ImageChoice):
    """One session's Explore page."""

    files_used: dict[str, ImagerySource] = field(default_factory=dict)
    """The user's files behind maps of this session, by acquisition: for a look at a file's own pixels."""
    on_example: bool = False
    """The area is an example: it is shown whatever happens."""
    run_when_found: bool = False
    """A link to a finished map: make it as soon as its acquisition is known."""
    view: str = "Areas"
    more: bool = False
    """All classes and the spectrum of the selected place are shown, not the leading classes alone."""
    wanted_place: tuple[float, float] | None = None
    """Latitude and longitude that a link looks at, until its map is there."""
    word: str = ""
    """Names the page in the address where the address alone cannot bring it back, see ``ui.explore.kept``."""

    # ---- the area ----

    def __post_init__(self) -> None:
        self.area = AreaChoice(self._area_changed, resolution_m=APP_RESOLUTION_M)

    def _area_changed(self) -> None:
        self.leave_link()
        self.search.forget()
        self.search.wanted_day, self.search.preferred_day, self.run_error, self.on_example = None, None, None, False
        self.wanted_place = None
        self.running.drop()
        self.sight.forget()
        if self.area.aoi is None and self.area.error is None:
            self.shown, self.tile = None, None
        self.open_step = 1 if self.area.aoi is None else 2

    def take_example(self, example: Example) -> None:
        """Go to an example place, in a period that shows it well."""
        self.search.start, self.search.end = example.start, example.end
        self.area.set(example.aoi)
        self.search.preferred_day, self.on_example = example.day, True

    # ---- the map ----

    def classify(self) -> None:
        """Start making the map, or show it at once where it is known."""
        request, acquisition, source = self.map_request(), self.acquisition, self.imagery()
        aoi, grid = self.area.aoi, self.area.grid
        if request is None or acquisition is None or source is None or aoi is None or grid is None:
            return
        self.run_error, self.open_step = None, 3
        if self.sight.loading:
            self.sight.forget()  # what is classified brings the picture, too
        if resources.results().get(request) is None:
            try:
                self.account.allowance.take_area(aoi.area_km2)
            except LulcError as error:
                self.run_error = error
                return
        if self.source == "geotiff":
            self.files_used[acquisition.id] = source
        seen = self.sight.seen if self.sight.asked == self._image else None

        def work(report: Any, stopped: Any) -> Shown:
            from lulc_core.render.overlays.map_layers import bright_colour_layer

            bands = first_bands(source, acquisition, grid)
            result = make_map(source, acquisition, grid, request, report, stopped, bands=bands)
            pictures = (bright_colour_layer(result.scene),) if seen is None else seen.pictures
            return Shown(request, result, aoi, tiles_json(result.land_cover, aoi), pictures)

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
            self.sight.forget()
            self.sight.kept.clear()
            self.classify()

    def _take_map(self, job: Job[Shown]) -> None:
        if job.cancelled:
            self.open_step = 2 if self.area.aoi is not None else 1
        elif job.error is not None:
            self.run_error = as_user_error(job.error)
        else:
            before, self.shown, self.open_step = self.shown, job.result(), 3
            self.tile = self._same_place(before)
            if self.wanted_place is not None:
                lat, lon = self.wanted_place
                self.tile, self.wanted_place = self.shown.result.grid.tile_at(lon, lat), None
                self.view = "Tile"
            if self.tile is None and self.view == "Tile":
                self.view = "Areas"
            result, known = self.shown.result, {p.key for p in self.shown.pictures}
            self.shown.drawing.start(
                "Drawing pictures", lambda *_: other_pictures(result, known), quiet=True, heavy=True, after_s=PAINTED_S
            )
            self.shown.fetch_the_rest(self.imagery())

    def _same_place(self, before: Shown | None) -> tuple[int, int] | None:
        """Find the cell of the new map, of another detail or date, where one was selected in the map before."""
        if before is None or self.tile is None or self.shown is None:
            return None
        return self.shown.result.grid.tile_at(*before.result.grid.tile_center(*self.tile))

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
        source = self.source if self.first.settled else ""  # else the page has not found out yet
        return Link(self.area.aoi, source, search.start, search.end, day, self.area.resolution_m, self._place())

    def _place(self) -> tuple[float, float] | None:
        """Return latitude and longitude of the selected cell, or of that which a link looks at."""
        if self.tile is None or self.shown is None or not self.is_shown:
            return self.wanted_place
        lon, lat = self.shown.result.grid.tile_center(*self.tile)
        return lat, lon

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
        self.link_errors, self.wanted_place = errors, link.place
        self._bring_back(params.get(PARAM, ""))

    def keep(self) -> dict[str, str]:
        """Keep what the address alone cannot bring back, as long as it is there; return what the address says of it."""
        if not needs_word(self.own if self.source == "geotiff" else None, self.shown):
            return {}
        self.word = self.word or secrets.token_urlsafe(16)
        kept = Kept(self.own.copy(), self.area.aoi, self.shown, self.tile, self.view)
        kept_pages().put(self.word, kept)
        return {PARAM: self.word}

    def _bring_back(self, word: str) -> None:
        """Take up a kept page: its files as long as the session lasts that gave them, its map as long as it is kept.

        It gets a word and a scope of its own: nobody who has the old word sees what comes after.
        """
        kept = kept_pages().get(word) if word else None
        if kept is None or word == self.word:
            return
        if self.area.aoi is None and kept.aoi is not None:
            self.area.set(kept.aoi)
        if kept.own.files and self.own.take_over(kept.own):
            with suppress(LulcError):  # the page asks for what the files do not say
                self.own.open()
        self.tile, self.view, self.run_when_found = kept.tile, kept.view, False
        if kept.shown is not None:
            request = kept.shown.request
            scope = request.scope if request.scope == SHARED else self.account.session
            self.shown, self.open_step = replace(kept.shown, request=replace(request, scope=scope)), 3
            if self.own.source is not None:
                self.files_used[kept.shown.result.land_cover.acquisition.id] = self.own.source


def new_state(today: date) -> ExploreState:
    """Make a fresh page: Sentinel Hub where the server has an account, else simulated till the open archive answers."""
    account = resources.settings().has_credentials
    first = FirstSource("account", settled=True) if account else FirstSource()
    search = Search(today - timedelta(days=DEFAULT_DAYS), today)
    return ExploreState(search=search, source="sentinel-hub" if account else "simulated", first=first)
