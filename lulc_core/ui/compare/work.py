"""What the Compare page does in the background: classify, compare, draw. No widgets in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lulc_core.analysis.change.detect import select
from lulc_core.analysis.change.pairs import check_dates
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import ChangedTile
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.domain.results import CompareResult
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.compare import compare
from lulc_core.sources.base import ImagerySource
from lulc_core.ui import resources
from lulc_core.ui.compare.link import CERTAINTIES, Filter
from lulc_core.ui.forms import MapRequest
from lulc_core.ui.jobs import take_turn
from lulc_core.ui.server.maps import make_map

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
    changes: dict[Filter, MapLayer] = field(default_factory=dict)
    """Change layers by filter, drawn when asked for."""
    probability_change: MapLayer | None = None
    """Where the class probabilities of a tile changed, whether or not its class did."""
    index_changes: tuple[IndexChange, ...] = ()
    """How NDVI and NBR changed, those whose bands both dates have."""
    index_layers: dict[str, MapLayer] = field(default_factory=dict)
    """The same as pictures, by name in small letters."""

    def passed(self, f: Filter) -> NDArray[np.bool_]:
        """Return (rows, columns) True for tiles that a filter lets through."""
        change = self.result.change
        mask = select(change, from_=f.was or None, to=f.became or None, min_certainty=CERTAINTIES[f.certainty])
        return mask & change.differs

    def places(self, f: Filter) -> tuple[ChangedTile, ...]:
        """Return the places that a filter lets through, most credible first."""
        passed = self.passed(f)
        return tuple(p for p in self.result.report.places if passed[p.row, p.col])

    def change_layer(self, f: Filter) -> MapLayer:
        """Draw what the map shows of the change under a filter."""
        from lulc_core.render.overlays.change_layers import change_layer

        if f not in self.changes:
            self.changes[f] = change_layer(self.result.change, shown=self.passed(f))
        return self.changes[f]


def make_comparison(
    dates: Sequence[CompareDate], aoi: Aoi, grid: TileGrid, *, name: str, on_progress: Progress, cancelled: Cancelled
) -> Compared:
    """Classify what is not known yet, compare, and draw what the map opens with.

    Args:
        dates: before, after and any further ones.
        aoi: the drawn shape.
        grid: tiles, the same for every date.
        name: id of the comparison.
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

        known[d.acquisition.date] = make_map(d.source, d.acquisition, grid, d.request, step, cancelled)
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
    on_progress(_DRAWING, "Drawing both dates")
    from lulc_core.analysis.change.class_probabilities import strongest_gain
    from lulc_core.analysis.change.index_change import index_changes
    from lulc_core.render.overlays.change_layers import (
        change_probability_layer,
        class_pair,
        index_layer,
        picture_pair,
        probability_change_layer,
    )

    first, second = compared.before, compared.after
    pictures = {
        "true_colour": picture_pair(first.scene, second.scene),
        "classes": class_pair(first.land_cover, second.land_cover),
    }
    if all(r.scene.has("B08", "B04", "B03") for r in (first, second)):
        pictures["false_colour"] = picture_pair(first.scene, second.scene, "false_colour")
    change = compared.change
    probability_change = probability_change_layer(change, *strongest_gain(change))
    changes = index_changes(first.scene, second.scene)
    return Compared(
        name,
        compared,
        aoi,
        pictures,
        change_probability_layer(change),
        tuple(dates),
        probability_change=probability_change,
        index_changes=changes,
        index_layers={c.name.lower(): index_layer(second.scene, c.name, c.difference) for c in changes},
    )
