"""Whose scenes the Spectra page looks at: the map of the Explore page, the dates of the Compare page. No widgets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from lulc_core.analysis.spectra.roi import Roi
from lulc_core.domain.aoi import Aoi
from lulc_core.ui import resources
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.explore.state import ExploreState, Shown

if TYPE_CHECKING:
    from lulc_core.domain.land_cover import LandCoverMap
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.domain.scene import Scene
    from lulc_core.sources.base import ImagerySource
    from lulc_core.sources.geotiff.source import GeoTiffSource
    from lulc_core.ui.compare.work import Compared
    from lulc_core.ui.forms import MapRequest
    from lulc_core.ui.jobs import Job


@dataclass(frozen=True)
class Dated:
    """One scene over the ground that is looked at."""

    key: str
    label: str
    """Its day, with the satellite where two share one."""
    scene: Scene
    source: ImagerySource | None = None
    """Where it came from, for what the scene does not hold (a file's own pixels); None where that is gone."""


@dataclass(frozen=True)
class Ground:
    """An area with the scenes over it."""

    key: str
    """``explore`` or ``compare``."""
    title: str
    aoi: Aoi
    id: str
    """Of the tiles, for the browser."""
    tiles: LandCoverMap
    """Classes of the 640 m tiles on the main date."""
    dates: tuple[Dated, ...]
    """Oldest first."""
    main: str
    """Key of the date that is looked at first."""

    @property
    def main_date(self) -> Dated:
        """The date that is looked at first."""
        return next(d for d in self.dates if d.key == self.main)


def explore_state() -> ExploreState | None:
    """Where the user is on the Explore page; None where that was not opened in this session."""
    here = st.session_state.get("explore")
    return here if isinstance(here, ExploreState) else None


def compare_state() -> CompareState | None:
    """Where the user is on the Compare page; None where that was not opened in this session."""
    here = st.session_state.get("compare")
    return here if isinstance(here, CompareState) else None


def running() -> list[Job[Any]]:
    """Return what makes a map or a comparison now."""
    states = (explore_state(), compare_state())
    return [state.running.job for state in states if state is not None and state.running.job is not None]


def grounds() -> tuple[Ground, ...]:
    """What there is to look at: the map of the Explore page, then the comparison of the Compare page.

    Dates of the same outline stand together, wherever they were made; then there is one.
    """
    found = []
    explore, compare = explore_state(), compare_state()
    for here in (explore, compare):
        if here is not None:
            here.poll_jobs()
    if explore is not None and explore.shown is not None:
        found.append(_of_explore(explore, explore.shown))
    if compare is not None and compare.shown is not None:
        second = _of_compare(compare.shown)
        if found and found[0].aoi.key == second.aoi.key:
            found[0] = replace(found[0], dates=_in_order((*found[0].dates, *second.dates)))
        else:
            found.append(second)
    return tuple(found)


def native_pixel(dated: Dated, roi: Roi) -> dict[str, float] | None:
    """The file's own pixel at a point, where the imagery is a file that was put on our grid."""
    source = file_source(dated)
    if roi.kind != "point" or source is None:
        return None
    from lulc_core.sources.geotiff.point import file_pixel

    return file_pixel(source, dated.scene.bands, *roi.center)


def file_source(dated: Dated) -> GeoTiffSource | None:
    """The user's file behind a date; None where the imagery is none, or its file is gone."""
    if dated.scene.acquisition.source != "geotiff":
        return None
    from lulc_core.sources.geotiff.source import GeoTiffSource

    source = dated.source
    mine = isinstance(source, GeoTiffSource) and dated.scene.acquisition.id.endswith(source.info.key)
    return source if isinstance(source, GeoTiffSource) and mine else None


def _of_explore(here: ExploreState, shown: Shown) -> Ground:
    # The map on the screen first, as it stands for its acquisition: its tiles may come from a finer map that is kept.
    made: dict[MapRequest, ClassifyResult] = {shown.request: shown.result}
    made |= resources.results().of_area(shown.request)
    dates = []
    for request, result in made.items():
        source = here.files_used.get(request.acquisition_id)
        if source is None and request.source == "geotiff":
            source = here.own.source
        if source is None and request.source == "sentinel-hub":
            source = here.account.service("sentinel-hub")
        dates.append(_dated(request, result, source))
    title = f"Map of {shown.result.scene.acquisition.date}"
    return Ground("explore", title, shown.aoi, shown.request.id, shown.result.tiles, _in_order(dates), shown.request.id)


def _of_compare(shown: Compared) -> Ground:
    results = (shown.result.before, shown.result.after, *shown.result.confirm)
    by_id = {d.acquisition.id: d for d in shown.dates}
    dates = []
    for result in results:
        asked = by_id[result.scene.acquisition.id]
        dates.append(_dated(asked.request, result, asked.source))
    before, after = results[:2]
    title = f"Comparison of {before.scene.acquisition.date} and {after.scene.acquisition.date}"
    return Ground("compare", title, shown.aoi, shown.id, after.tiles, _in_order(dates), dates[1].key)


def _dated(request: MapRequest, result: ClassifyResult, source: ImagerySource | None) -> Dated:
    return Dated(request.id, request.source, result.scene, source)


def _in_order(dates: Iterable[Dated]) -> tuple[Dated, ...]:
    """Oldest first, each acquisition once, labelled so that no two read alike."""
    once: dict[str, Dated] = {}
    for d in dates:
        once.setdefault(d.scene.acquisition.id, d)
    ordered = sorted(once.values(), key=lambda d: (d.scene.acquisition.datetime, d.key))
    days = [d.scene.acquisition.date for d in ordered]
    return tuple(
        replace(d, label=day if days.count(day) == 1 else f"{day} {_which(d.scene)}")
        for d, day in zip(ordered, days, strict=True)
    )


def _which(scene: Scene) -> str:
    a = scene.acquisition
    return " ".join(w for w in (a.datetime.strftime("%H:%M"), a.satellite, a.level, a.source) if w)
