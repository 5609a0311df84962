"""The map of the Spectra page: a picture of bands or an index, and the regions of interest on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lulc_core.analysis.spectra.indices import INDICES, scene_index
from lulc_core.analysis.spectra.roi import Roi, roi_outline
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError
from lulc_core.domain.scene import Scene
from lulc_core.render.overlays.band_view import (
    FIXED_RANGES,
    PRESETS,
    Range,
    composite_layer,
    index_layer,
    pointer_values,
)
from lulc_core.render.overlays.layer import MapLayer
from lulc_core.ui.map import data as map_data
from lulc_core.ui.map import view as map_view
from lulc_core.ui.panels.map_page import new_event
from lulc_core.ui.spectra.source import AreaScenes, DatedScene, file_source
from lulc_core.ui.spectra.state import Spectra
from lulc_core.ui.words import spoken, translate

KEY = "spectra-map"
HEIGHT_PX = 480


@dataclass(frozen=True)
class Picture:
    """What is shown: three bands with their stretch, or an index."""

    title: str
    bands: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    index: str = ""


def presets(scene: Scene) -> dict[str, Picture]:
    """Return the pictures with names whose bands a scene has, by key."""
    composites = {
        p.key: Picture(spoken(p.title), p.bands, tuple(FIXED_RANGES[b] for b in p.bands))
        for p in PRESETS
        if scene.has(*p.bands)
    }
    return composites | {
        name: Picture(f"{name}, {spoken(index.title)}", index=name)
        for name, index in INDICES.items()
        if scene.has(*index.bands)
    }


def draw_layer(state: Spectra, dated: DatedScene, picture: Picture, *, side_px: int = 2048) -> MapLayer:
    """Draw the picture as an overlay, once.

    Raises:
        InputError: the stretch is upside down, or a band is missing.
    """

    def draw() -> MapLayer:
        scene = dated.scene
        if picture.index:
            return index_layer(scene, picture.index, scene_index(scene, picture.index), side_px=side_px)
        return composite_layer(scene, picture.bands, picture.ranges, side_px=side_px, title=picture.title)

    return state.cached((dated.key, picture, side_px), draw)


def show_map(state: Spectra, scenes: AreaScenes, dated: DatedScene, picture: Picture) -> None:
    """Show the map with the picture and the regions; what is done on it goes into the state."""
    with state.showing_errors(), st.container(key="spectra-map-frame"):
        map_view.show_map(
            _map_state(state, scenes, dated, picture, draw_layer(state, dated, picture)),
            lambda value: on_map_event(state, value),
            key=KEY,
            start="startRois",
            scripts=("roi.js",),
            height_px=HEIGHT_PX,
        )


def on_map_event(state: Spectra, value: Mapping[str, Any]) -> None:
    """Take in what the user did on the map: only what is newer than the last seen counts.

    Args:
        state: changed where an event is new.
        value: ``{"area": {seq, features}, "click": {seq, lat, lng}}``, either of them missing.
    """
    if (drawn := new_event(state.seen, "area", value)) is not None:
        state.add_drawn(drawn["features"])
    if (click := new_event(state.seen, "click", value)) is not None:
        state.read_click_choice()
        state.add_at(float(click["lng"]), float(click["lat"]))


def _map_state(
    state: Spectra, scenes: AreaScenes, dated: DatedScene, picture: Picture, layer: MapLayer
) -> dict[str, Any]:
    """Return what roi.js applies."""
    scene, aoi = dated.scene, scenes.aoi
    tiles = state.cached((scenes.id, "tiles"), lambda: map_data.tiles_json(scenes.tiles, aoi))
    published = map_view.publish_layer(layer, "spectra-picture", key=f"{dated.key}-{layer.key}", title=picture.title)
    return {
        "result": {
            "id": scenes.id,
            "tiles": map_view.publish(tiles, "application/json", "spectra-tiles"),
            "pictures": [published],
            "attribution": spoken(scene.acquisition.attribution),
        },
        "area_key": aoi.key,
        "bounds": [[aoi.bbox[1], aoi.bbox[0]], [aoi.bbox[3], aoi.bbox[2]]],
        "badge": translate("spectra.simulated") if scene.acquisition.simulated else "",
        "rois": [{"name": r.name, "color": r.color, **_on_map(dated, aoi, r.roi)} for r in state.rois],
        "pointer": _pointer(state, dated, picture),
        "drawn": state.seen.get("area", 0),
    }


def _pointer(state: Spectra, dated: DatedScene, picture: Picture) -> dict[str, Any] | None:
    """Publish the numbers under the pointer; None where the area is too large for that."""

    def encode() -> bytes | None:
        scene = dated.scene
        if picture.index:
            return pointer_values(scene, [scene_index(scene, picture.index)])
        return pointer_values(scene, list(scene.select(picture.bands)))

    numbers = state.cached((dated.key, picture.bands, picture.index, "numbers"), encode)
    if numbers is None:
        return None
    rows, cols = dated.scene.grid.shape_px
    url = map_view.publish(numbers, "application/octet-stream", "spectra-numbers")
    return {"url": url, "rows": rows, "cols": cols, "labels": [picture.index] if picture.index else picture.bands}


def _on_map(dated: DatedScene, aoi: Aoi, roi: Roi) -> dict[str, Any]:
    """Return the mark and the outline of a region, on the turn of the globe that the area is on."""
    west, _, east, _ = aoi.bbox
    middle = (west + east) / 2
    lon, lat = roi.center
    try:
        rings = _outline(dated, roi)
    except LulcError:
        rings = []  # outside this area; the list beside the map says so
    if rings and roi.kind == "tile":  # the mark stands in the middle, not where the click was
        lon, lat = (sum(v) / 4 for v in zip(*rings[0][:4], strict=True))
    outlines = [[[map_data.turn_near(x, middle), y] for x, y in ring] for ring in rings]
    return {"at": [map_data.turn_near(lon, middle), lat], "rings": outlines}


def _outline(dated: DatedScene, roi: Roi) -> list[list[tuple[float, float]]]:
    """Outline the ground that counts; of a point in a user's file the file's own pixel, which may lie askew."""
    source = file_source(dated)
    if roi.kind == "point" and source is not None:
        from lulc_core.sources.geotiff.point import file_pixel_outline

        if ring := file_pixel_outline(source, *roi.center):
            return [ring]
    return roi_outline(roi, dated.scene.grid)
