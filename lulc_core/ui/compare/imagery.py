"""Where the two dates of a comparison come from: one service, files of the user's own, or one of each. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError
from lulc_core.pipeline.compare import common_area
from lulc_core.ui import resources
from lulc_core.ui.compare.work import Dated
from lulc_core.ui.explore.state import Explore
from lulc_core.ui.forms import MapRequest
from lulc_core.ui.panels.area_state import AreaState
from lulc_core.ui.panels.own_files import OwnFiles

if TYPE_CHECKING:
    from lulc_core.domain.scene import Acquisition
    from lulc_core.sources.base import ImagerySource

FURTHER = 2
"""Place of the further date among a user's own files."""


@dataclass(kw_only=True)
class PairImagery(AreaState):
    """The imagery of both dates, and the area, which files give where the user gives none."""

    explore: Explore
    """The Explore page's state: account and session are kept there, once."""
    day_before: date
    day_after: date
    source: str = "simulated"
    other: str = ""
    """Where a date without a file comes from while the other has one; empty: from a file that is still to come."""
    own: tuple[OwnFiles, ...] = field(default_factory=lambda: tuple(OwnFiles(f"cmp-image-{i}") for i in range(3)))
    """Files of the earlier date, of the later one and of a further one."""
    area_of_files: bool = False
    """True while the area is what the files cover, and not what the user drew."""
    _services: dict[tuple[Any, ...], ImagerySource] = field(default_factory=dict)

    def source_name(self, side: int) -> str:
        """Where a date comes from: 0 earlier, 1 later, 2 further."""
        if self.source != "geotiff":
            return self.source
        if self.own[side].source is None and self.other and len(self.file_sides) == 1:
            return self.other
        return "geotiff"

    def imagery(self, side: int) -> ImagerySource | None:
        """The source of a date, None while it lacks files or an account."""
        name = self.source_name(side)
        if name == "geotiff":
            return self.own[side].source
        if name == "sentinel-hub" and not self.explore.has_account:
            return None
        key = (name, self.explore.credentials)
        if key not in self._services:
            self._services = {key: resources.make_source(name, self.explore.credentials)}
        return self._services[key]

    @property
    def file_sides(self) -> tuple[int, ...]:
        """Dates that come from files that are there: 0, 1, both or neither."""
        return tuple(i for i in (0, 1) if self.source == "geotiff" and self.own[i].source is not None)

    def scope(self, side: int) -> tuple[str, ...]:
        """What tells one way to look for a date from another."""
        name, own = self.source_name(side), self.own[side].source
        return name, own.info.key if name == "geotiff" and own is not None else str(hash(self.explore.credentials))

    def dated(self, side: int, acquisition: Acquisition) -> Dated | None:
        """One date to be classified; None while its source is not there."""
        source, name = self.imagery(side), self.source_name(side)
        if source is None or self.aoi is None:
            return None
        scope = resources.scope_of(name, self.explore.credentials, self.explore.session)
        model = resources.settings().model
        request = MapRequest(self.aoi.key, name, scope, acquisition.id, acquisition.date, model, self.resolution_m)
        return Dated(source, acquisition, request)

    def take_days_of_files(self) -> None:
        """The days are those of the files."""
        for side in self.file_sides:
            source = self.own[side].source
            moment = source.info.moment if source is not None else None
            if moment is not None and side == 0:
                self.day_before = moment.date()
            elif moment is not None:
                self.day_after = moment.date()

    def area_from_files(self) -> Aoi | None:
        """What the files let be compared: the drawn area, else all that they cover; None where there is no file.

        Raises:
            AoiError: two files have no ground in common, or not where the area was drawn.
        """
        prints = [source.footprint() for source in (self.own[i].source for i in self.file_sides) if source is not None]
        drawn = None if self.area_of_files else self.aoi
        if not prints:
            return drawn
        return common_area(prints[0], prints[-1], drawn)

    def fits_files(self, aoi: Aoi) -> LulcError | None:
        """Why an area cannot be compared with the files that are there; None if it can."""
        prints: Sequence[Aoi] = [s.footprint() for s in (self.own[i].source for i in self.file_sides) if s is not None]
        if not prints:
            return None
        try:
            common_area(prints[0], prints[-1], aoi)
        except LulcError as error:
            return error
        return None
