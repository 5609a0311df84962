"""Search the acquisitions that a comparison can be made of, in the background of the page. No widgets in here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import NoAcquisitionError
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled, progress_of_part
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.base import ImagerySource

if TYPE_CHECKING:
    from lulc_core.analysis.change.pairs import Suggestion

AROUND_DAYS = 30
"""Acquisitions are looked for so many days around each day that the user has in mind."""


def look_around(
    source: ImagerySource, aoi: Aoi, days: Sequence[date], today: date, on_progress: Progress, cancelled: Cancelled
) -> tuple[Acquisition, ...]:
    """Search the acquisitions around several days; each comes once, oldest first.

    Raises:
        NoAcquisitionError: none around one of the days.
    """
    found: dict[str, Acquisition] = {}
    for i, day in enumerate(days):
        step = progress_of_part(on_progress, i, len(days))
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
    """Search what both dates can be chosen from; one list for both where they have one source.

    Args:
        sources: of the earlier and of the later date.
        aoi: the area.
        days: that the user has in mind.
        further: days of confirmation dates, looked for where a service is asked.
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
        step = progress_of_part(on_progress, i, 2)
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
    """Search the dates that would confirm most, a year after the later date and a year before the earlier one.

    Raises:
        NoAcquisitionError: none to be had.
    """
    from lulc_core.analysis.change.pairs import suggest_confirmation

    first, last = (a.datetime.date() for a in pair)
    wanted = [last.toordinal() + 365, first.toordinal() - 365]
    # The season of the other date, too: where the two differ in season that tells more.
    wanted += [_same_season(first, last, 1).toordinal(), _same_season(last, first, -1).toordinal()]
    days = [date.fromordinal(d) for d in sorted(set(wanted)) if date(2015, 7, 1).toordinal() < d <= today.toordinal()]
    found: list[Acquisition] = []
    for i, day in enumerate(days):
        check_cancelled(cancelled)
        step = progress_of_part(on_progress, i, len(days))
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
    """Return the day of the year of ``of`` in the first year after (or before) ``beyond``."""
    day = of
    while (day - beyond).days * step < 60:
        day += timedelta(days=365 * step)
    return day
