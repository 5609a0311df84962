"""What the Compare page does in the background: look for acquisitions, classify, compare, draw. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from lulc_core.analysis.change.detect import select
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import ChangedTile
from lulc_core.domain.errors import NoAcquisitionError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled
from lulc_core.domain.results import ClassifyResult, CompareResult
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.compare import compare
from lulc_core.sources.base import ImagerySource
from lulc_core.ui import resources
from lulc_core.ui.compare.link import CERTAINTIES, Filter
from lulc_core.ui.forms import MapRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lulc_core.analysis.change.pairs import Suggestion
    from lulc_core.render.overlays.map_layers import MapLayer

AROUND_DAYS = 30
"""Acquisitions are looked for so many days around each day that the user has in mind."""
_DRAWING = 0.94  # share of the progress bar before the drawing


@dataclass(frozen=True)
class Dated:
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
    dates: tuple[Dated, ...]
    """Before, after and the further dates."""
    changes: dict[Filter, MapLayer] = field(default_factory=dict)
    """Change layers by filter, drawn when asked for."""
    probability_change: MapLayer | None = None
    """Where the mixture of a tile shifted, whether or not its class did."""

    def passed(self, f: Filter) -> NDArray[np.bool_]:
        """(rows, columns) True for tiles that a filter lets through."""
        change = self.result.change
        mask = select(change, from_=f.was or None, to=f.became or None, min_certainty=CERTAINTIES[f.certainty])
        return mask & change.differs

    def places(self, f: Filter) -> tuple[ChangedTile, ...]:
        """Places that a filter lets through, most credible first."""
        passed = self.passed(f)
        return tuple(p for p in self.result.report.places if passed[p.row, p.col])

    def change_layer(self, f: Filter) -> MapLayer:
        """What the map shows of the change under a filter."""
        from lulc_core.render.overlays.change_layers import change_layer

        if f not in self.changes:
            self.changes[f] = change_layer(self.result.change, shown=self.passed(f))
        return self.changes[f]


def look_around(
    source: ImagerySource, aoi: Aoi, days: Sequence[date], today: date, on_progress: Progress, cancelled: Cancelled
) -> tuple[Acquisition, ...]:
    """Acquisitions around several days, each once, oldest first.

    Raises:
        NoAcquisitionError: none around one of the days.
    """
    found: dict[str, Acquisition] = {}
    for i, day in enumerate(days):

        def step(fraction: float, message: str, i: int = i) -> None:
            on_progress((i + fraction) / len(days), message)

        start, end = day - timedelta(days=AROUND_DAYS), min(day + timedelta(days=AROUND_DAYS), today)
        for a in source.search(aoi, start, end, on_progress=step, cancelled=cancelled):
            found[a.id] = a
    return tuple(sorted(found.values(), key=lambda a: (a.datetime, a.id)))


def look_for_both(
    sources: tuple[ImagerySource, ImagerySource],
    aoi: Aoi,
    days: tuple[date, date],
    further: Sequence[date],
    today: date,
    on_progress: Progress,
    cancelled: Cancelled,
) -> tuple[tuple[Acquisition, ...], tuple[Acquisition, ...]]:
    """What the earlier and what the later date can be chosen from; one list for both where they have one source.

    Args:
        sources: of the earlier and of the later date.
        aoi: the area.
        days: that the user has in mind.
        further: days of confirming dates, looked for where a service is asked.
        today: nothing is later.
        on_progress: called with 0 to 1 and what is being done.
        cancelled: asked between steps.

    Raises:
        NoAcquisitionError: none around one of the days.
    """
    if sources[0] is sources[1]:
        found = look_around(sources[0], aoi, (*days, *further), today, on_progress, cancelled)
        return found, found
    sides = []
    for i, (source, day) in enumerate(zip(sources, days, strict=True)):

        def step(fraction: float, message: str, i: int = i) -> None:
            on_progress((i + fraction) / 2, message)

        if source.name == "geotiff":
            sides.append(source.search(aoi, day, day, on_progress=step, cancelled=cancelled))
        else:
            sides.append(look_around(source, aoi, (day, *further), today, step, cancelled))
    return sides[0], sides[1]


def find_confirmation_dates(
    source: ImagerySource,
    aoi: Aoi,
    pair: tuple[Acquisition, Acquisition],
    taken: Sequence[Acquisition],
    today: date,
    on_progress: Progress,
    cancelled: Cancelled,
) -> tuple[Suggestion, ...]:
    """Which further dates would tell most, looked for a year after the later date and a year before the earlier one.

    Raises:
        NoAcquisitionError: none to be had.
    """
    from lulc_core.analysis.change.pairs import suggest_confirmation

    first, last = (a.datetime.date() for a in pair)
    wanted = [last.toordinal() + 365, first.toordinal() - 365]
    # The season of the other date, too: where the two differ in season that is the telling one.
    wanted += [_same_season(first, last, 1).toordinal(), _same_season(last, first, -1).toordinal()]
    days = [date.fromordinal(d) for d in sorted(set(wanted)) if date(2015, 7, 1).toordinal() < d <= today.toordinal()]
    found: list[Acquisition] = []
    for i, day in enumerate(days):
        check_cancelled(cancelled)

        def step(fraction: float, message: str, i: int = i) -> None:
            on_progress((i + fraction) / len(days), message)

        try:
            found += look_around(source, aoi, [day], today, step, cancelled)
        except NoAcquisitionError:
            continue  # one year may have nothing; the other may
    suggestions = suggest_confirmation(found, *pair, taken=taken)
    if not suggestions:
        raise NoAcquisitionError(
            "No further date was found in the years before and after.", hint="Compare two other dates."
        )
    return suggestions


def _same_season(of: date, beyond: date, step: int) -> date:
    """The day of the year of ``of`` in the first year after (or before) ``beyond``."""
    day = of
    while (day - beyond).days * step < 60:
        day += timedelta(days=365 * step)
    return day


def make_comparison(
    dates: Sequence[Dated],
    aoi: Aoi,
    grid: TileGrid,
    *,
    name: str,
    min_clear_share: float,
    on_progress: Progress,
    cancelled: Cancelled,
    classifier: Callable[[], object] = resources.classifier,
) -> Compared:
    """Classifies what is not known yet, compares, and draws what the map opens with.

    Args:
        dates: before, after and any further ones.
        aoi: the drawn shape.
        grid: tiles, the same for every date.
        name: id of the comparison.
        min_clear_share: 0 to 1.
        on_progress: called with 0 to 1 and what is being done.
        cancelled: asked between steps.
        classifier: makes the network, or gives the one made before.

    Raises:
        LulcError: as ``pipeline.compare.compare``.
    """
    requests = {d.acquisition.date: d.request for d in dates}
    stored = {day: resources.results().get(request) for day, request in requests.items()}

    def keep(acquisition: Acquisition, result: ClassifyResult) -> None:
        resources.results().put(requests[acquisition.date], result)
        resources.note_speed(grid, result.timings_s.get("predict", 0.0))

    before, after, *further = dates
    compared = compare(
        before.source,
        before.acquisition,
        after.source,
        after.acquisition,
        grid,
        classifier,  # type: ignore[arg-type]
        confirm=[(d.source, d.acquisition) for d in further],
        min_clear_share=min_clear_share,
        known={day: result for day, result in stored.items() if result is not None},
        on_classified=keep,
        on_progress=lambda f, m: on_progress(_DRAWING * f, m),
        cancelled=cancelled,
    )
    on_progress(_DRAWING, "Drawing both dates")
    from lulc_core.analysis.change.class_probabilities import shifted
    from lulc_core.render.overlays.change_layers import (
        change_probability_layer,
        class_pair,
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
    probability_change = probability_change_layer(change, *shifted(change))
    return Compared(
        name,
        compared,
        aoi,
        pictures,
        change_probability_layer(change),
        tuple(dates),
        probability_change=probability_change,
    )
