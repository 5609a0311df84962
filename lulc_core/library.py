"""The three functions of the library: search acquisitions, classify one date, compare two. See docs/library.md.

Areas are ``(west, south, east, north)`` in degrees, GeoJSON, shapely polygons, paths of area files or Aoi. Dates are
``date`` or ``"YYYY-MM-DD"`` in UTC. Sources are ``"sentinel-hub"``, ``"simulated"``, paths of GeoTIFF files or anything
that keeps :class:`lulc_core.sources.base.ImagerySource`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lulc_core.domain.errors import DateError, InputError
from lulc_core.settings import Settings, load_settings

if TYPE_CHECKING:
    from lulc_core.domain.aoi import Aoi
    from lulc_core.domain.progress import Cancelled, Progress
    from lulc_core.domain.results import ClassifyResult, CompareResult
    from lulc_core.domain.scene import Acquisition
    from lulc_core.model.classifier import Classifier
    from lulc_core.sources.base import ImagerySource

Day = date | str


def search(
    area: Any,
    start: Day,
    end: Day,
    *,
    source: ImagerySource | Sequence[Path | str] | Path | str = "sentinel-hub",
    settings: Settings | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Acquisition, ...]:
    """Search the acquisitions of an area in a period, newest first, one per overpass.

    Args:
        area: see the module.
        start: first day, inclusive.
        end: last day, inclusive.
        source: see the module.
        settings: account and limits; None for those of the environment.
        on_progress: called with 0 to 1 and what is being done.
        cancelled: asked between steps; True stops the work.

    Raises:
        InputError: not an area, not a date, no such source.
        SourceError: the service cannot be reached or refuses.

    >>> import lulc_core
    >>> found = lulc_core.search((8.80, 45.45, 8.90, 45.52), "2021-08-01", "2021-08-31", source="simulated")
    >>> found[0].date > found[-1].date, found[0].simulated
    (True, True)
    """
    settings = settings or load_settings()
    opened = _source_of(source, settings)
    aoi = _area_of(area)
    aoi.check_size(settings.max_area_km2)
    return opened.search(aoi, _day_of(start), _day_of(end), on_progress=on_progress, cancelled=cancelled)


def classify(
    area: Any,
    day: Day | Acquisition,
    *,
    source: ImagerySource | Sequence[Path | str] | Path | str = "sentinel-hub",
    resolution_m: int = 640,
    bands: Sequence[str] | None = None,
    settings: Settings | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ClassifyResult:
    """Classify the land of an area on one day.

    Args:
        area: see the module.
        day: an acquisition that :func:`search` returned, or its day.
        source: see the module.
        resolution_m: side of a cell, metres: 640 (the tile that the network was trained on), 320, 160 or 80.
        bands: bands to load; None for all that there are.
        settings: account, limits and model; None for those of the environment.
        on_progress: called with 0 to 1 and what is being done.
        cancelled: asked between steps; True stops the work.

    Returns:
        The map. ``land_cover`` holds classes, probabilities (0 to 1) and flags as arrays; ``to_xarray()`` and
        ``to_geodataframe()`` give them georeferenced.

    Raises:
        InputError: not an area, not a date, no such source, a resolution that is not offered.
        NoAcquisitionError: there is none of that day; carries the nearest days.
        SourceError: the service cannot be reached or refuses.

    >>> import lulc_core
    >>> result = lulc_core.classify((8.80, 45.46, 8.83, 45.48), "2021-08-14", source="simulated")
    >>> result.land_cover.class_ids.shape
    (5, 5)
    >>> sorted(result.to_xarray().data_vars)
    ['class_id', 'clear_share', 'confidence', 'flags', 'probabilities']
    >>> result.to_geodataframe().crs.to_epsg()
    32632
    """
    from lulc_core.domain.grid import TileGrid
    from lulc_core.pipeline.classify import classify as classify_acquisition

    settings = settings or load_settings()
    opened, aoi = _source_of(source, settings), _area_of(area)
    aoi.check_size(settings.max_area_km2)
    grid = TileGrid.from_aoi(aoi, cell_m=_resolution_of(resolution_m))
    return classify_acquisition(
        opened,
        _acquisition_of(opened, aoi, day, cancelled),
        grid,
        network_of(settings),
        bands=bands,
        min_clear_share=settings.min_clear_share,
        on_progress=on_progress,
        cancelled=cancelled,
    )


def compare(
    area: Any,
    before: Day | Acquisition,
    after: Day | Acquisition,
    *,
    confirm: Sequence[Day | Acquisition] = (),
    source: ImagerySource | Sequence[Path | str] | Path | str = "sentinel-hub",
    resolution_m: int = 640,
    settings: Settings | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> CompareResult:
    """Compare the land of an area on two days.

    Args:
        area: see the module.
        before: the earlier acquisition, or its day.
        after: the later one.
        confirm: further days that confirm or contradict what differs.
        source: see the module.
        resolution_m: side of a cell, metres: 640, 320, 160 or 80.
        settings: account, limits and model; None for those of the environment.
        on_progress: called with 0 to 1 and what is being done.
        cancelled: asked between steps; True stops the work.

    Returns:
        Both maps, the change of every cell and what follows from it; ``report.places`` lists the cells whose class
        differs, the most credible first.

    Raises:
        InputError: not an area, not a date, twice the same day, no such source.
        NoAcquisitionError: there is none of a day; carries the nearest days.
        SourceError: the service cannot be reached or refuses.

    >>> import lulc_core
    >>> area = (8.80, 45.46, 8.83, 45.48)
    >>> result = lulc_core.compare(area, "2019-07-16", "2021-08-14", source="simulated")
    >>> result.change.change_probability.shape
    (5, 5)
    >>> list(result.to_geodataframe().columns[:4])
    ['rank', 'tile_id', 'from', 'to']
    """
    from lulc_core.domain.grid import TileGrid
    from lulc_core.pipeline.compare import compare as compare_acquisitions

    settings = settings or load_settings()
    opened, aoi = _source_of(source, settings), _area_of(area)
    aoi.check_size(settings.max_area_km2)
    grid = TileGrid.from_aoi(aoi, cell_m=_resolution_of(resolution_m))
    first, last, *further = [_acquisition_of(opened, aoi, day, cancelled) for day in (before, after, *confirm)]
    return compare_acquisitions(
        opened,
        first,
        opened,
        last,
        grid,
        network_of(settings),
        confirm=[(opened, acquisition) for acquisition in further],
        min_clear_share=settings.min_clear_share,
        on_progress=on_progress,
        cancelled=cancelled,
    )


def _source_of(source: Any, settings: Settings) -> ImagerySource:
    if hasattr(source, "search") and hasattr(source, "load"):
        opened: ImagerySource = source
        return opened
    from lulc_core.sources.registry import NAMES, open_source

    if source in NAMES:
        return open_source(source, settings)
    files = [source] if isinstance(source, Path | str) else list(source)
    if len(files) == 1 and isinstance(files[0], str) and not Path(files[0]).exists():
        raise InputError(
            f"The source {files[0]!r} is neither {' nor '.join(NAMES)} nor a file.", hint="Name one of them."
        )
    from lulc_core.sources.geotiff.source import GeoTiffSource

    return GeoTiffSource(files)


def _area_of(area: Any) -> Aoi:
    aoi = _read_area(area)
    for note in aoi.notes:  # what was mended, left out or taken together
        warnings.warn(note, stacklevel=3)
    return aoi


def _read_area(area: Any) -> Aoi:
    from lulc_core.domain.aoi import Aoi

    if isinstance(area, Aoi):
        return area
    if isinstance(area, Path | str):
        from lulc_core.sources.area_files.reader import read_area_path

        return read_area_path(area)
    if isinstance(area, Mapping):
        from lulc_core.sources.area_files.json_texts import found_in_geojson
        from lulc_core.sources.area_files.shapes import area_of

        return area_of(found_in_geojson(area, "the GeoJSON"), "the GeoJSON", "")
    if hasattr(area, "geom_type"):
        return Aoi.from_geometry(area)
    try:
        west, south, east, north = (float(v) for v in area)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{area!r} is not an area.", hint="Give (west, south, east, north), GeoJSON, a polygon or a file."
        ) from error
    return Aoi.from_bbox(west, south, east, north)


def _day_of(day: Day) -> date:
    if isinstance(day, date):
        return day
    try:
        return date.fromisoformat(day)
    except (TypeError, ValueError) as error:
        raise DateError(f"{day!r} is not a date.", hint="Write YYYY-MM-DD.") from error


def _acquisition_of(source: ImagerySource, aoi: Aoi, day: Any, cancelled: Cancelled | None) -> Acquisition:
    from lulc_core.domain.scene import Acquisition
    from lulc_core.pipeline.classify import choose_acquisition

    if isinstance(day, Acquisition):
        return day
    wanted = _day_of(day)
    return choose_acquisition(source.search(aoi, wanted, wanted, previews=False, cancelled=cancelled), day=wanted)


def _resolution_of(resolution_m: int) -> int:
    from lulc_core.domain.grid import RESOLUTIONS_M

    if resolution_m not in RESOLUTIONS_M:
        allowed = ", ".join(map(str, RESOLUTIONS_M))
        raise InputError(f"resolution_m is {resolution_m!r}; it must be one of {allowed}.")
    return resolution_m


def network_of(settings: Settings, device: str | None = None) -> Callable[[], Classifier]:
    """Return what loads the network, so that it can load in a thread of its own while pixels arrive."""

    def load() -> Classifier:
        from lulc_core.model.classifier import load_classifier

        return load_classifier(settings.model, device=device)

    return load
