"""What the Compare page does in the background: classify, compare, draw. No widgets in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lulc_core.analysis.change.detect import select
from lulc_core.analysis.change.pairs import check_dates
from lulc_core.analysis.change.sites import Site, strongest_sites
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.progress import Cancelled, Progress, progress_of_part
from lulc_core.domain.results import CompareResult
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.language.words import Words
from lulc_core.pipeline.compare import compare
from lulc_core.pipeline.two_steps import first_bands, missing_bands, with_all_bands
from lulc_core.sources.base import ImagerySource, waits_for_network
from lulc_core.ui import resources
from lulc_core.ui.compare.link import CERTAINTIES, Filter
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.forms import MapRequest
from lulc_core.ui.jobs import JobSlot, take_turn
from lulc_core.ui.server.maps import make_map, megabytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lulc_core.analysis.change.index_change import IndexChange
    from lulc_core.render.overlays.layer import MapLayer

_MAPPED, _DRAWING = 0.91, 0.94  # shares of the progress bar before the comparison and before the drawing


@dataclass(frozen=True)
class CompareDate:
    """One date to be classified: where from, what, and under which name its map is kept."""

    source: ImagerySource
    acquisition: Acquisition
    request: MapRequest


@dataclass(frozen=True)
class Whole:
    """A comparison with all bands of its dates, and what more can be said with them."""

    result: CompareResult
    index_changes: tuple[IndexChange, ...]
    index_layers: dict[str, MapLayer]


@dataclass
class Compared:
    """A finished comparison on the screen."""

    id: str
    result: CompareResult
    aoi: Aoi
    pictures: dict[str, tuple[MapLayer, MapLayer]]
    """Both dates as ``true_colour`` and as ``classes``, and more once they are drawn."""
    change_probability: MapLayer
    dates: tuple[CompareDate, ...]
    """Before, after and the further dates."""
    reader: Words
    """Whose letters the classes have in the pictures."""
    changes: dict[Filter, MapLayer] = field(default_factory=dict)
    """Change layers by filter, drawn when asked for."""
    sites: dict[Filter, tuple[Site, ...]] = field(default_factory=dict)
    """Places by filter, found when asked for."""
    probability_change: MapLayer | None = None
    """Where the class probabilities of a tile changed, whether or not its class did."""
    index_changes: tuple[IndexChange, ...] = ()
    """How NDVI and NBR changed, those whose bands both dates have."""
    index_layers: dict[str, MapLayer] = field(default_factory=dict)
    """The same as pictures, by name in small letters."""
    fetching: JobSlot[Whole] = field(default_factory=JobSlot)
    """The bands that the comparison did not need."""
    without: str | None = None
    """Why they did not come, a sentence."""

    def passed(self, f: Filter) -> NDArray[np.bool_]:
        """Return (rows, columns) True for tiles that a filter lets through."""
        change = self.result.change
        mask = select(change, from_=f.was or None, to=f.became or None, min_certainty=CERTAINTIES[f.certainty])
        return mask & change.differs

    def places(self, f: Filter) -> tuple[Site, ...]:
        """Return the places that a filter lets through, the strongest first: neighbouring cells that changed alike."""
        if f not in self.sites:
            self.sites[f] = strongest_sites(self.result.change, None, shown=self.passed(f))
        return self.sites[f]

    def fetch_the_rest(self, title: str) -> None:
        """Fetch the bands that the comparison did not need, while it is on the screen."""
        by_day = {r.scene.acquisition.date: r for r in self.result.dates}
        waiting = {
            d.acquisition.date: d
            for d in self.dates
            if waits_for_network(d.source) and missing_bands(by_day[d.acquisition.date])
        }
        if not waiting:
            return

        def work(on_progress: Progress, cancelled: Cancelled) -> Whole:
            for i, (day, d) in enumerate(waiting.items()):
                step = progress_of_part(on_progress, i, len(waiting))
                by_day[day] = with_all_bands(d.source, by_day[day], on_progress=step, cancelled=cancelled)
                resources.results().put(d.request, by_day[day])
            before, after, *confirm = (by_day[r.scene.acquisition.date] for r in self.result.dates)
            result = replace(self.result, before=before, after=after, confirm=tuple(confirm))
            return Whole(result, *_indices(before.scene, after.scene))

        needed = sum(megabytes(d.acquisition, self.result.grid) for d in waiting.values())
        self.fetching.start(title, work, heavy=True, megabytes=needed, turn=False)

    def take_the_rest(self, stopped: str) -> None:
        """Take in the bands that have come, or why they did not; ``stopped`` is said where the user wanted no more."""
        job = self.fetching.poll()
        if job is None:
            return
        if job.error is not None or job.cancelled:
            self.without = as_user_error(job.error).message if job.error is not None else stopped
        else:
            whole = job.result()
            self.result, self.index_changes, self.index_layers = whole.result, whole.index_changes, whole.index_layers

    def change_layer(self, f: Filter) -> MapLayer:
        """Draw what the map shows of the change under a filter."""
        from lulc_core.render.overlays.change_layers import change_layer

        if f not in self.changes:
            self.changes[f] = change_layer(self.result.change, shown=self.passed(f), words=self.reader)
        return self.changes[f]


def make_comparison(
    dates: Sequence[CompareDate],
    aoi: Aoi,
    grid: TileGrid,
    *,
    name: str,
    reader: Words,
    on_progress: Progress,
    cancelled: Cancelled,
) -> Compared:
    """Classify what is not known yet, compare, and draw what the map opens with.

    Args:
        dates: before, after and any further ones.
        aoi: the drawn shape.
        grid: tiles, the same for every date.
        name: id of the comparison.
        reader: whose letters the pictures have.
        on_progress: called with 0 to 1 and what is being done.
        cancelled: asked between steps.

    Raises:
        LulcError: as ``pipeline.compare.compare``.
    """
    before, after, *further = dates
    check_dates(before.acquisition, after.acquisition, [d.acquisition for d in further])
    known = {}
    for i, d in enumerate(dates):

        def step(fraction: float, message: str, i: int = i, day: str = d.acquisition.date) -> None:
            on_progress(_MAPPED * (i + fraction) / len(dates), f"{message} ({day})")

        known[d.acquisition.date] = make_map(
            d.source, d.acquisition, grid, d.request, step, cancelled, bands=first_bands(d.source, d.acquisition, grid)
        )
    take_turn()
    compared = compare(
        before.source,
        before.acquisition,
        after.source,
        after.acquisition,
        grid,
        resources.classifier,
        confirm=[(d.source, d.acquisition) for d in further],
        min_clear_share=resources.settings().min_clear_share,
        known=known,
        on_progress=lambda fraction, message: on_progress(_MAPPED + (_DRAWING - _MAPPED) * fraction, message),
        cancelled=cancelled,
    )
    on_progress(_DRAWING, reader.translate("compare.job.drawing"))
    from lulc_core.analysis.change.class_probabilities import strongest_gain
    from lulc_core.render.overlays.change_layers import (
        change_probability_layer,
        class_pair,
        picture_pair,
        probability_change_layer,
    )

    first, second = compared.before, compared.after
    pictures = {
        "true_colour": picture_pair(first.scene, second.scene),
        "classes": class_pair(first.land_cover, second.land_cover, reader),
    }
    if all(r.scene.has("B08", "B04", "B03") for r in (first, second)):
        pictures["false_colour"] = picture_pair(first.scene, second.scene, "false_colour")
    change = compared.change
    probability_change = probability_change_layer(change, *strongest_gain(change), words=reader)
    changes, index_layers = _indices(first.scene, second.scene)
    return Compared(
        name,
        compared,
        aoi,
        pictures,
        change_probability_layer(change),
        tuple(dates),
        reader,
        probability_change=probability_change,
        index_changes=changes,
        index_layers=index_layers,
    )


def _indices(first: Scene, second: Scene) -> tuple[tuple[IndexChange, ...], dict[str, MapLayer]]:
    """Compute and draw the indices whose bands both dates have."""
    from lulc_core.analysis.change.index_change import index_changes
    from lulc_core.render.overlays.change_layers import index_layer

    changes = index_changes(first, second)
    return changes, {c.name.lower(): index_layer(second, c.name, c.difference) for c in changes}
