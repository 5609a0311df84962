"""The imagery of the chosen acquisition, on the map before anything is said of it. No widgets in here."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import LulcError
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.base import Cost, ImagerySource, waits_for_network
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.jobs import JobSlot, off_turn, take_turn

if TYPE_CHECKING:
    from lulc_core.render.overlays.layer import MapLayer

MOST_MB = 80.0
"""Larger pictures are fetched when they are asked for."""
MAX_KEPT = 6
"""Pictures kept for a session, so that going back to a date shows it at once."""
_BYTES_OF_PIXEL = 3 * 4 * 2
"""Of three bands as numbers, and once more while they become a picture."""


@dataclass(frozen=True)
class Sight:
    """What lies on the map."""

    acquisition: Acquisition
    aoi: Aoi
    pictures: tuple[MapLayer, ...]
    """Brightened for this image, and the same for every date."""


@dataclass
class FirstSight:
    """The picture of the chosen acquisition, fetched as soon as it is chosen where that costs nothing."""

    kept: LRUCache[Hashable, Sight] = field(default_factory=lambda: LRUCache(MAX_KEPT))
    asked: Hashable = None
    """Which picture is wanted; None for none."""
    error: LulcError | None = None
    """Why it did not come."""
    loading: JobSlot[Sight] = field(default_factory=JobSlot)
    last: Sight | None = None
    """The picture that was on the map last."""

    @property
    def seen(self) -> Sight | None:
        """The picture that is wanted; None until it is there."""
        return self.kept.get(self.asked)

    def earlier(self, aoi: Aoi | None) -> Sight | None:
        """Return the last picture of an area, which stays on the map until the next one is there."""
        return self.last if self.last is not None and aoi is not None and self.last.aoi.key == aoi.key else None

    def forget(self) -> None:
        """Want none."""
        self.loading.drop()
        self.asked, self.error = None, None

    def want(self, key: Hashable, source: ImagerySource, acquisition: Acquisition, aoi: Aoi, grid: TileGrid) -> None:
        """Fetch a picture unless it is there or on its way.

        Args:
            key: of area, source, scope and acquisition.
            source: where it comes from.
            acquisition: of that source.
            aoi: the area.
            grid: of the area.
        """
        if key == self.asked:
            return
        self.forget()
        self.asked = key
        if key in self.kept:
            self.last = self.kept[key]
            return
        tiles = grid.tiles
        megabytes = tiles.shape[0] * tiles.shape[1] * TILE_PX**2 * _BYTES_OF_PIXEL / 1e6

        def work(report: Any, stopped: Any) -> Sight:
            from lulc_core.render.overlays.map_layers import bright_colour_layer, true_colour_layer

            if waits_for_network(source):
                with off_turn():
                    scene = source.load(acquisition, RGB, tiles, on_progress=report, cancelled=stopped)
            else:
                take_turn()
                scene = source.load(acquisition, RGB, tiles, on_progress=report, cancelled=stopped)
            return Sight(scene.acquisition, aoi, (bright_colour_layer(scene), true_colour_layer(scene)))

        self.loading.start("The picture", work, heavy=True, megabytes=megabytes, can_pause=True, turn=False)

    def poll(self) -> None:
        """Take in the picture that has come."""
        job = self.loading.poll()
        if job is None or self.asked is None:
            return
        if job.error is not None:
            self.error = as_user_error(job.error)
        elif not job.cancelled:
            self.kept[self.asked] = self.last = job.result()


def comes_by_itself(cost: Cost) -> bool:
    """Tell whether a picture is fetched without being asked for: it costs nothing and is not large."""
    return cost.processing_units == 0 and cost.megabytes <= MOST_MB
