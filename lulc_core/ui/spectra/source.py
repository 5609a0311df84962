"""The scenes that the Spectra page looks at: of the map of the Explore page, of the dates of the Compare page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from lulc_core.analysis.spectra.roi import Roi
from lulc_core.domain.aoi import Aoi
from lulc_core.ui import resources
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.explore.state import ExploreState, Shown
from lulc_core.ui.words import day, translate

if TYPE_CHECKING:
    from lulc_core.domain.land_cover import LandCoverMap
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.domain.scene import Scene
    from lulc_core.sources.base import ImagerySource
    from lulc_core.sources.geotiff.source import GeoTiffSource
    from lulc_core.ui.compare.work import Compared
    from lulc_core.ui.forms import MapRequest
    from lulc_core.ui.jobs import Job

P = TypeVar("P", ExploreState, CompareState)


@dataclass(frozen=True)
class DatedScene:
    """One scene over the area."""

    key: str
    label: str
    """Its day, with the satellite where two share one."""
    scene: Scene
    source: ImagerySource | None = None
    """Where it came from, for what the scene does not hold (a file's own pixels); None where that is gone."""


@dataclass(frozen=True)
class AreaScenes:
    """An area with the scenes over it."""

    key: str
    """``explore`` or ``compare``."""
    title: str
    aoi: Aoi
    id: str
    """Of the tiles, for the browser."""
    tiles: LandCoverMap
    """Classes of the 640 m tiles on the main date."""
    scenes: tuple[DatedScene, ...]
    """Oldest first."""
    main: str
    """Key of the scene that is looked at first."""

    @property
    def main_scene(self) -> DatedScene:
        """The scene that is looked at first."""
        return next(dated for dated in self.scenes if dated.key == self.main)


def running_jobs() -> list[Job[Any]]:
    """Return what makes a map or a comparison now."""
    states = (_state("explore", ExploreState), _state("compare", CompareState))
    return [state.running.job for state in states if state is not None and state.running.job is not None]


def find_scenes() -> tuple[AreaScenes, ...]:
    """Find the scenes of the map of the Explore page, then those of the comparison of the Compare page.

    Scenes of the same outline stand together, wherever they were made.
    """
    found = []
    if (explore := _state("explore", ExploreState)) is not None:
        explore.poll_jobs()
        if explore.shown is not None:
            found.append(_of_explore(explore, explore.shown))
    if (compare := _state("compare", CompareState)) is not None:
        compare.poll_jobs()
        if compare.shown is not None:
            found.append(_of_compare(compare.shown))
    if len(found) == 2 and found[0].aoi.key == found[1].aoi.key:
        return (replace(found[0], scenes=_in_order((*found[0].scenes, *found[1].scenes))),)
    return tuple(found)


def native_pixel(dated: DatedScene, roi: Roi) -> dict[str, float] | None:
    """Read the file's own pixel at a point, where the imagery is a file that was put on our grid."""
    source = file_source(dated)
    if roi.kind != "point" or source is None:
        return None
    from lulc_core.sources.geotiff.point import file_pixel

    return file_pixel(source, dated.scene.bands, *roi.center)


def file_source(dated: DatedScene) -> GeoTiffSource | None:
    """Return the user's file behind a scene; None where the imagery is none, or its file is gone."""
    if dated.scene.acquisition.source != "geotiff":
        return None
    from lulc_core.sources.geotiff.source import GeoTiffSource

    source = dated.source
    if isinstance(source, GeoTiffSource) and dated.scene.acquisition.id.endswith(source.info.key):
        return source
    return None


def _state(key: str, kind: type[P]) -> P | None:
    """Return the state of another page; None where that was not opened in this session."""
    state = st.session_state.get(key)
    return state if isinstance(state, kind) else None


def _of_explore(explore: ExploreState, shown: Shown) -> AreaScenes:
    # The map on the screen first, as it stands for its acquisition: its tiles may come from a finer map that is kept.
    made: dict[MapRequest, ClassifyResult] = {shown.request: shown.result}
    made |= resources.results().of_area(shown.request)
    dated = []
    for request, result in made.items():
        source = explore.files_used.get(request.acquisition_id)
        if source is None and request.source == "geotiff":
            source = explore.own.source
        if source is None and request.source in ("sentinel-hub", "open"):
            source = explore.account.service(request.source)
        dated.append(DatedScene(request.id, "", result.scene, source))
    title = translate("spectra.map_of", day=day(shown.result.scene.acquisition.datetime))
    main = shown.request.id
    return AreaScenes("explore", title, shown.aoi, main, shown.result.tiles, _in_order(dated), main)


def _of_compare(shown: Compared) -> AreaScenes:
    before, after = shown.result.before, shown.result.after
    origins = {origin.acquisition.id: origin for origin in shown.dates}
    dated = []
    for result in (before, after, *shown.result.confirm):
        origin = origins[result.scene.acquisition.id]
        dated.append(DatedScene(origin.request.id, "", result.scene, origin.source))
    days = {"before": day(before.scene.acquisition.datetime), "after": day(after.scene.acquisition.datetime)}
    title = translate("spectra.comparison_of", **days)
    return AreaScenes("compare", title, shown.aoi, shown.id, after.tiles, _in_order(dated), dated[1].key)


def _in_order(scenes: Iterable[DatedScene]) -> tuple[DatedScene, ...]:
    """Sort scenes, oldest first, the first of each acquisition, labelled so that no two read alike."""
    by_acquisition: dict[str, DatedScene] = {}
    for dated in scenes:
        by_acquisition.setdefault(dated.scene.acquisition.id, dated)
    ordered = sorted(by_acquisition.values(), key=lambda d: (d.scene.acquisition.datetime, d.key))
    days = [day(dated.scene.acquisition.datetime) for dated in ordered]
    return tuple(
        replace(dated, label=of if days.count(of) == 1 else f"{of} {_distinction(dated.scene)}")
        for dated, of in zip(ordered, days, strict=True)
    )


def _distinction(scene: Scene) -> str:
    """Return what tells a scene from another of its day."""
    a = scene.acquisition
    return " ".join(w for w in (a.datetime.strftime("%H:%M"), a.satellite, a.level, a.source) if w)
