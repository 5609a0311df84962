"""Which picture lies under the picks, and the state of the map that shows both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from lulc_core.analysis.spectra.indices import INDICES, scene_index
from lulc_core.analysis.spectra.roi import Roi, roi_outline
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError
from lulc_core.domain.scene import Scene
from lulc_core.render.overlays.band_view import (
    PRESETS,
    Plane,
    Range,
    composite_layer,
    fixed_range,
    index_layer,
    pointer_values,
)
from lulc_core.render.overlays.layer import MapLayer
from lulc_core.ui.map import data as map_data
from lulc_core.ui.map import view as map_view
from lulc_core.ui.spectra import map as spectra_map
from lulc_core.ui.spectra.source import Dated, Ground, file_source
from lulc_core.ui.spectra.state import Spectra


@dataclass(frozen=True)
class Picture:
    """What is shown: three bands with their stretch, or an index."""

    title: str
    bands: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    index: str = ""
    reading: str = ""


def presets(scene: Scene) -> dict[str, Picture]:
    """The pictures with names whose bands a scene has, by key."""
    found = {
        p.key: Picture(p.title, p.bands, tuple(fixed_range(b) for b in p.bands), reading=p.reading)
        for p in PRESETS
        if scene.has(*p.bands)
    }
    for name, index in INDICES.items():
        if scene.has(*index.bands):
            found[name] = Picture(f"{name}, {index.title}", index=name, reading=f"{name} = {index.formula}")
    return found


def layer(page: Spectra, dated: Dated, picture: Picture, *, side_px: int = 2048) -> MapLayer:
    """The picture as an overlay, drawn once.

    Raises:
        InputError: the stretch is upside down, or a band is missing.
    """

    def make() -> MapLayer:
        if picture.index:
            values = scene_index(dated.scene, picture.index)
            return index_layer(dated.scene, picture.index, values, side_px=side_px)
        return composite_layer(dated.scene, picture.bands, picture.ranges, side_px=side_px, title=picture.title)

    return page.kept((dated.key, picture, side_px), make)


def show_map(page: Spectra, ground: Ground, dated: Dated, picture: Picture) -> None:
    """The map with the picture and the picks; what is done on it goes into ``page``."""
    try:
        drawn = layer(page, dated, picture)
    except LulcError as error:
        page.error = error
        return
    numbers = page.kept((dated.key, picture.bands, picture.index, "numbers"), lambda: _numbers(dated.scene, picture))
    scene, aoi = dated.scene, ground.aoi
    pointer = None
    if numbers is not None:
        labels = [picture.index] if picture.index else list(picture.bands)
        rows, cols = scene.grid.shape_px
        url = map_view.publish(numbers, "application/octet-stream", "spectra-numbers")
        pointer = {"url": url, "rows": rows, "cols": cols, "labels": labels}
    tiles = page.kept((ground.id, "tiles"), lambda: map_data.tiles_json(ground.tiles, aoi))
    rois = [{"name": p.name, "color": p.color, **_where(dated, aoi, p.roi)} for p in page.rois]
    state = {
        "result": {
            "id": ground.id,
            "tiles": map_view.publish(tiles, "application/json", "spectra-tiles"),
            "pictures": [
                {
                    "key": f"{dated.key}-{drawn.key}",
                    "title": picture.title,
                    "url": map_view.publish(drawn.data, drawn.mime, "spectra-picture"),
                    "bounds": drawn.bounds,
                    "legend": drawn.legend,
                }
            ],
            "attribution": scene.acquisition.attribution,
        },
        "area_key": aoi.key,
        "bounds": [[aoi.bbox[1], aoi.bbox[0]], [aoi.bbox[3], aoi.bbox[2]]],
        "badge": "SIMULATED imagery" if scene.acquisition.simulated else "",
        "rois": rois,
        "pointer": pointer,
        "drawn": page.seen.get("area", 0),
    }
    with st.container(key="spectra-map-frame"):
        spectra_map.show_map(state, lambda value: _take(page, value))


def _numbers(scene: Scene, picture: Picture) -> bytes | None:
    if picture.index:
        return pointer_values(scene, [Plane(picture.index, scene_index(scene, picture.index))])
    return pointer_values(scene, [Plane(b, scene.reflectance[scene.bands.index(b)]) for b in picture.bands])


def _where(dated: Dated, aoi: Aoi, roi: Roi) -> dict[str, Any]:
    west, _, east, _ = aoi.bbox
    middle = (west + east) / 2

    def turn(lon: float) -> float:
        return lon + 360 * round((middle - lon) / 360)

    lon, lat = roi.center
    try:
        rings = _outline(dated, roi)
    except LulcError:
        rings = []  # outside this area; the list beside the map says so
    if rings and roi.kind == "tile":  # the mark stands in the middle, not where the click was
        lon, lat = (sum(v) / 4 for v in zip(*rings[0][:4], strict=True))
    return {"at": [turn(lon), lat], "rings": [[[turn(x), y] for x, y in ring] for ring in rings]}


def _outline(dated: Dated, roi: Roi) -> list[list[tuple[float, float]]]:
    """The ground that counts; of a point in a user's file the file's own pixel, which may lie askew."""
    rings = roi_outline(roi, dated.scene.grid)
    source = file_source(dated)
    if roi.kind != "point" or source is None:
        return rings
    from lulc_core.sources.geotiff.point import file_pixel_outline

    own = file_pixel_outline(source, *roi.center)
    return [own] if own else rings


def _take(page: Spectra, value: dict[str, Any]) -> None:
    """What the user did on the map: only what is newer than the last seen counts."""
    for kind in ("area", "click"):
        event = value.get(kind)
        if not isinstance(event, dict) or event.get("seq", 0) <= page.seen.get(kind, 0):
            continue
        page.seen[kind] = event["seq"]
        if kind == "area":
            page.add_area(event["features"])
        else:
            page.hear_choice()
            page.add_at(float(event["lng"]), float(event["lat"]))
