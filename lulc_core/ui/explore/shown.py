"""A finished map on the screen of the Explore page, and what comes to it while it is there. No widgets in here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lulc_core.domain.aoi import Aoi
from lulc_core.pipeline.two_steps import missing_bands, with_all_bands
from lulc_core.sources.base import waits_for_network
from lulc_core.ui import resources
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.forms import MapRequest
from lulc_core.ui.jobs import JobSlot
from lulc_core.ui.server.maps import megabytes
from lulc_core.ui.words import translate

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.render.overlays.layer import MapLayer
    from lulc_core.sources.base import ImagerySource


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

    def fetch_the_rest(self, source: ImagerySource | None) -> None:
        """Fetch the bands that the map did not need, while it is on the screen."""
        result = self.result
        acquisition = result.scene.acquisition
        if source is None or source.name != acquisition.source or not waits_for_network(source):
            return
        if missing_bands(result):
            self.fetching.start(
                "Fetching the other bands",
                lambda report, stopped: with_all_bands(source, result, on_progress=report, cancelled=stopped),
                heavy=True,
                megabytes=megabytes(acquisition, result.scene.grid),
                turn=False,
            )

    def take_the_rest(self) -> None:
        """Take in the other bands, or why they did not come."""
        job = self.fetching.poll()
        if job is None:
            return
        if job.error is not None or job.cancelled:
            why = as_user_error(job.error).message if job.error is not None else translate("explore.stopped")
            self.without = translate("explore.without", why=why)
        else:
            self.result = job.result()
            resources.results().put(self.request, self.result)


def other_pictures(result: ClassifyResult, known: Collection[str]) -> tuple[MapLayer, ...]:
    """Draw the pictures that can wait; those that are ``known`` or whose bands are missing are left out."""
    from lulc_core.render.overlays.map_layers import FALSE_COLOUR, false_colour_layer, ndvi_layer, true_colour_layer

    scene = result.scene
    made = [] if "true_colour" in known else [true_colour_layer(scene)]
    if scene.has(*FALSE_COLOUR):
        made.append(false_colour_layer(scene))
    if scene.has("B08", "B04"):
        made.append(ndvi_layer(scene))
    return tuple(made)
