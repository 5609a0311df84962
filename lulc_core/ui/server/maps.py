"""Make the map of a request: known, being made for somebody else, or new; downloads leave the turn to others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from lulc_core.domain.grid import TILE_PX
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.pipeline.classify import MAX_SCENE_BYTES, classify
from lulc_core.sources.base import waits_for_network
from lulc_core.ui import resources
from lulc_core.ui.jobs import off_turn, take_turn
from lulc_core.ui.server.shared import SharedWork

if TYPE_CHECKING:
    from lulc_core.domain.grid import TileGrid
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.domain.scene import Acquisition, Scene
    from lulc_core.sources.base import ImagerySource
    from lulc_core.ui.forms import MapRequest

_BYTES_OF_VALUE = 6
"""Reflectance of one pixel in one band, 4 bytes, and half as much again while it is put together."""
_making: SharedWork[ClassifyResult] = SharedWork()


def megabytes(acquisition: Acquisition, grid: TileGrid) -> float:
    """Estimate the memory that making a map takes."""
    pixels = grid.tiles.shape[0] * grid.tiles.shape[1] * TILE_PX**2
    return min(pixels * len(acquisition.available_bands) * _BYTES_OF_VALUE, MAX_SCENE_BYTES * 1.5) / 1e6


def make_map(
    source: ImagerySource,
    acquisition: Acquisition,
    grid: TileGrid,
    request: MapRequest,
    on_progress: Progress,
    cancelled: Cancelled,
    *,
    bands: Sequence[str] | None = None,
) -> ClassifyResult:
    """Return the map of a request; call it in a heavy job.

    Args:
        source: where imagery comes from.
        acquisition: of that source.
        grid: tiles or cells.
        request: under which the map is kept.
        on_progress: called with 0 to 1 and what is being done.
        cancelled: asked between steps.
        bands: that are fetched; None for all.

    Raises:
        LulcError: as ``pipeline.classify.classify``.
    """
    known = resources.results().get(request)
    if known is not None:
        return known

    def make() -> ClassifyResult:
        patient = cast("ImagerySource", _Patient(source)) if waits_for_network(source) else source
        if patient is source:
            take_turn()
        result = classify(
            patient,
            acquisition,
            grid,
            resources.classifier,
            bands=bands,
            min_clear_share=resources.settings().min_clear_share,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        resources.keep_result(request, result)
        return result

    def wait(done: Callable[[], None]) -> None:
        on_progress(0.0, "The same map is being made for another session")
        with off_turn(needs_memory=False):
            done()

    return _making.get(request, make, wait=wait, cancelled=cancelled)


class _Patient:
    """A source whose downloads leave the turn at computing to others."""

    def __init__(self, source: ImagerySource) -> None:
        self._source = source
        self.name = source.name

    def load(self, *args: Any, **options: Any) -> Scene:
        with off_turn():
            return self._source.load(*args, **options)
