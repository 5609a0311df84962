"""An area, where imagery of it comes from, and the acquisition that is taken and lies on the map at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from lulc_core.domain.bands import BAND_NAMES, RGB
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.scene import Acquisition
from lulc_core.ui import resources
from lulc_core.ui.explore.first_sight import FirstSight, Sight, comes_by_itself
from lulc_core.ui.explore.search import Search
from lulc_core.ui.explore.shown import Shown
from lulc_core.ui.forms import MapRequest, SearchRequest
from lulc_core.ui.jobs import JobSlot
from lulc_core.ui.panels.account import Account
from lulc_core.ui.panels.cost import cost_to_classify
from lulc_core.ui.panels.first_source import FirstSource
from lulc_core.ui.panels.map_page import MapPage
from lulc_core.ui.panels.own_files import OwnFiles
from lulc_core.ui.words import day, translate

if TYPE_CHECKING:
    from lulc_core.sources.base import Cost, ImagerySource


@dataclass(kw_only=True)
class ImageChoice(MapPage):
    """A page that looks for imagery of its area, takes one acquisition and makes a map of it."""

    search: Search
    source: str = "simulated"
    """Name of the source."""
    first: FirstSource = field(default_factory=FirstSource)
    """Chooses the source until the user does."""
    account: Account = field(default_factory=Account)
    own: OwnFiles = field(default_factory=lambda: OwnFiles("image"))
    running: JobSlot[Shown] = field(default_factory=JobSlot)
    sight: FirstSight = field(default_factory=FirstSight)
    shown: Shown | None = None

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

    # ---- what is made of it ----

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

    # ---- imagery first ----

    @property
    def on_map(self) -> Shown | Sight | None:
        """What lies on the map: a map of the chosen acquisition, of whatever detail, else its imagery.

        While that is on its way, what lay there before stays.
        """
        if self._shows_chosen:
            return self.shown
        earlier = self.sight.earlier(self.area.aoi) if self.coming else None
        return self.sight.seen or earlier or self.shown

    @property
    def coming(self) -> str:
        """Say what will take the place of what lies on the map; empty where nothing is on its way."""
        if self._shows_chosen or self.sight.seen is not None:
            return ""
        if self.acquisition is not None and (self.sight.loading or self.running):
            return translate("explore.picture.coming", day=day(self.acquisition.datetime))
        return translate("explore.picture.looking") if self.search.job else ""

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
        elif self._shows_chosen:
            self.sight.last = None  # the map has taken its place
        elif self.running:
            return
        elif asked or comes_by_itself(source.cost(grid.tiles, RGB)):
            self.sight.want(image, source, acquisition, aoi, grid)
        elif self.sight.asked != image:
            self.sight.forget()

    def to_put_back(self) -> dict[str, Any]:
        """Return what of the page goes with its area, by attribute."""
        return {**super().to_put_back(), "search": replace(self.search, job=JobSlot())}
