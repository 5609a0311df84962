"""Two acquisitions to one comparison: check, classify both on one grid with one network, compare, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from lulc_core.analysis.change.detect import change_of_dates
from lulc_core.analysis.change.pairs import check_dates
from lulc_core.analysis.change.report import change_report
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError
from lulc_core.domain.grid import PIXEL_M, TileGrid
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled
from lulc_core.domain.results import ClassifyResult, CompareResult
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.classify import classify
from lulc_core.sources.base import ImagerySource

if TYPE_CHECKING:
    from lulc_core.model.classifier import Classifier

_COMPARED = 0.97


def compare(
    source_before: ImagerySource,
    before: Acquisition,
    source_after: ImagerySource,
    after: Acquisition,
    grid: TileGrid,
    classifier: Classifier | Callable[[], Classifier],
    *,
    confirm: Sequence[tuple[ImagerySource, Acquisition]] = (),
    bands: Sequence[str] | None = None,
    min_clear_share: float = 0.5,
    known: Mapping[str, ClassifyResult] = MappingProxyType({}),
    on_classified: Callable[[Acquisition, ClassifyResult], None] | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> CompareResult:
    """Classify both dates, and any further ones, on one grid with one network, and compare them.

    Args:
        source_before: where the earlier acquisition comes from; may be the same as ``source_after``.
        before: the earlier acquisition.
        source_after: where the later acquisition comes from.
        after: the later acquisition.
        grid: tiles, the same for every date.
        classifier: the network, or a function without arguments that makes it; it is made once.
        confirm: further dates with their sources, in any order.
        bands: as ``pipeline.classify`` takes them.
        min_clear_share: 0 to 1; a tile with less clear ground on a date is left out.
        known: by date (``Acquisition.date``), what an earlier call of ``classify`` found on this grid with this
            network; these dates are not classified again.
        on_classified: called with every date that was classified here, as soon as it is.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        DateError: the same date twice, or swapped dates; said before anything is loaded.
        InputError: bands are missing. Where nothing can be compared (one date all cloud) the result says why.
        ModelError: the network cannot be loaded.
        SourceError: fetching failed.
        CancelledError: ``cancelled()`` said so.
    """
    check_dates(before, after, [a for _, a in confirm])
    report = on_progress or (lambda fraction, message: None)
    started = time.perf_counter()
    further = sorted(confirm, key=lambda c: c[1].datetime)
    dates = [(source_before, before), (source_after, after), *further]
    results = []
    network = classifier if hasattr(classifier, "predict") else cache(classifier)  # made once, for the first date
    for i, (source, acquisition) in enumerate(dates):
        check_cancelled(cancelled)

        def step(fraction: float, message: str, i: int = i, day: str = acquisition.date) -> None:
            report(_COMPARED * (i + fraction) / len(dates), f"{message} ({day})" if message != "Done" else day)

        result = known.get(acquisition.date)
        if result is None:
            result = classify(
                source,
                acquisition,
                grid,
                network,
                bands=bands,
                min_clear_share=min_clear_share,
                on_progress=step,
                cancelled=cancelled,
            )
            if on_classified is not None:
                on_classified(acquisition, result)
        results.append(result)
    classified = time.perf_counter()
    check_cancelled(cancelled)
    report(_COMPARED, "Comparing")
    change = change_of_dates([r.land_cover for r in results], [r.scene for r in results])
    found = change_report(change)
    done = time.perf_counter()
    report(1.0, "Done")
    timings = {"classify": classified - started, "compare": done - classified, "total": done - started}
    return CompareResult(results[0], results[1], tuple(results[2:]), found, MappingProxyType(timings))


def common_area(before: Aoi, after: Aoi, aoi: Aoi | None = None) -> Aoi:
    """Find the area in which two images can be compared: for files of the user's own.

    Args:
        before: ground that the earlier image covers.
        after: ground that the later image covers.
        aoi: the drawn shape; None for all that both images cover.

    Returns:
        The drawn shape, or the ground that both images cover.

    Raises:
        AoiError: the images have no ground in common, or none within the drawn shape.
    """
    both = _intersection(before, after)
    if both is None:
        raise AoiError(
            f"The two images have no ground in common: one lies near {_place(before)}, the other near {_place(after)}.",
            hint="Give two images of the same place.",
        )
    if aoi is None:
        half_pixel_deg = 0.5 * PIXEL_M / 111_320  # off every edge, or rounding calls in a rim of tiles without image
        inner = both.geometry.buffer(-half_pixel_deg, join_style="mitre")
        return both if inner.is_empty else Aoi.from_geometry(inner, name=both.name)
    if _intersection(both, aoi) is None:
        raise AoiError(
            f"The area near {_place(aoi)} lies outside the ground near {_place(both)} that both images cover.",
            hint="Draw the area where the images are.",
        )
    return aoi


def _intersection(a: Aoi, b: Aoi) -> Aoi | None:
    import shapely
    from shapely.affinity import translate

    for turn in (0.0, 360.0, -360.0):
        moved = translate(b.geometry, xoff=turn)
        shared = shapely.intersection(a.geometry, moved)
        parts = [p for p in getattr(shared, "geoms", [shared]) if p.geom_type == "Polygon" and not p.is_empty]
        if parts:
            try:
                return Aoi.from_geometry(parts)
            except AoiError:  # less than a pixel in common
                return None
    return None


def _place(aoi: Aoi) -> str:
    lon, lat = aoi.center
    return f"{abs(lat):.3f} {'N' if lat >= 0 else 'S'}, {abs(lon):.3f} {'E' if lon >= 0 else 'W'}"
