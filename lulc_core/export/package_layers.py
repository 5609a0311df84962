"""The layers of the package's GeoPackage: cells, tiles, changes and the drawn shape, with their styles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.change import CERTAINTY_LABELS, Certainty, ChangeReport, Trajectory
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, NO_DATA
from lulc_core.domain.land_cover import LandCoverMap, flag_names
from lulc_core.domain.projection import to_utm
from lulc_core.export.bundle import Bundle
from lulc_core.export.change_files import CERTAINTY_NAMES, TRAJECTORY_NAMES
from lulc_core.export.geopackage import Layer, cell_boxes
from lulc_core.export.qgis import Category, class_categories, outline_qml, vector_qml
from lulc_core.render.overlays.change_layers import PROBABILITY_STEPS

_CERTAINTY_COLORS = {
    Certainty.VERY_LIKELY: PROBABILITY_STEPS[4][1],
    Certainty.LIKELY: PROBABILITY_STEPS[3][1],
    Certainty.POSSIBLE: PROBABILITY_STEPS[1][1],
    Certainty.SAME: "",  # what lies beneath stays visible
}


def layers_of(
    bundle: Bundle,
    report: ChangeReport | None,
    *,
    words: Mapping[Certainty, str] = CERTAINTY_LABELS,
    prefix: str = "",
    corine: bool = False,
) -> list[Layer]:
    """All layers, the most telling first.

    Args:
        bundle: the result.
        report: of a comparison.
        words: what each level of certainty may be called in it.
        prefix: for the names of layers, such as ``SIMULATED_``.
        corine: the colours that CORINE readers expect.
    """
    layers = []
    style = vector_qml("class", class_categories(corine=corine, simulated=bundle.simulated))
    if report is not None:
        layers.append(_changes(report, f"{prefix}changes", words, simulated=bundle.simulated))
    for stem, dated in zip(bundle.stems, bundle.dates, strict=True):
        layers.append(_map(dated.land_cover, f"{prefix}{stem}land_cover", style))
        if dated.tiles is not dated.land_cover:
            layers.append(_map(dated.tiles, f"{prefix}{stem}tiles", style))
    grid = bundle.after.land_cover.grid
    shape = np.array([to_utm(bundle.aoi.geometry, grid.epsg)], object)
    columns: dict[str, NDArray[Any]] = {
        "name": np.array([bundle.aoi.name or None], object),
        "ha": shapely.area(shape) / 10_000,
    }
    layers.append(Layer(f"{prefix}area", grid.epsg, shape, columns, outline_qml()))
    return layers


def _map(land_cover: LandCoverMap, name: str, style: str) -> Layer:
    grid = land_cover.grid
    rows, cols = np.nonzero(grid.inside)
    ids = land_cover.class_ids[rows, cols]
    probabilities = land_cover.probabilities[rows, cols]
    named = ids != NO_DATA
    confidence = np.where(named, probabilities.max(axis=1), np.float32(np.nan))
    columns: dict[str, NDArray[Any]] = {
        "tile_id": _ids(land_cover, rows, cols),
        "class": _text(CLASS_NAMES[i] if i != NO_DATA else None for i in ids.tolist()),
        "label": _text(CLASSES[i].label if i != NO_DATA else None for i in ids.tolist()),
        "letter": _text(CLASSES[i].letter if i != NO_DATA else None for i in ids.tolist()),
        "probability": confidence.astype(np.float32),
        "clear_share": land_cover.clear_share[rows, cols],
        "flags": _text(" ".join(flag_names(f)) or None for f in land_cover.flags[rows, cols].tolist()),
        "ha": grid.coverage[rows, cols].astype(np.float64) * grid.cell_ha,
        **{f"p_{c.name}": np.ascontiguousarray(probabilities[:, c.id]) for c in CLASSES},
    }
    return Layer(name, grid.epsg, cell_boxes(grid, rows, cols), columns, style)


def _changes(report: ChangeReport, name: str, words: Mapping[Certainty, str], *, simulated: bool) -> Layer:
    change = report.change
    rows, cols = (np.array(v, np.int64) for v in zip(*report.order, strict=True))
    said = {(p.row, p.col): p.sentence for p in report.places}
    sentences = [said.get(place) for place in report.order]
    certainty = [Certainty(int(v)) for v in change.certainty[rows, cols]]
    columns: dict[str, NDArray[Any]] = {
        "rank": np.arange(1, len(rows) + 1, dtype=np.int32),
        "tile_id": _ids(change.before, rows, cols),
        "from": _text(CLASS_NAMES[i] for i in change.from_ids[rows, cols].tolist()),
        "to": _text(CLASS_NAMES[i] for i in change.to_ids[rows, cols].tolist()),
        "chance": change.change_probability[rows, cols],
        "counted": change.changed[rows, cols].astype(np.int32),
        "certainty": _text(CERTAINTY_NAMES[c] for c in certainty),
        "certainty_in_words": _text(words[c] for c in certainty),
        "course": _text(TRAJECTORY_NAMES[Trajectory(int(v))] for v in change.trajectory[rows, cols]),
        "ha": change.tile_ha[rows, cols],
        "sentence": _text(sentences),
    }
    mark = " (SIMULATED)" if simulated else ""
    categories: list[Category] = [
        (CERTAINTY_NAMES[level], color, words[level] + mark) for level, color in _CERTAINTY_COLORS.items()
    ]
    style = vector_qml("certainty", categories, other="not compared")
    return Layer(name, change.grid.epsg, cell_boxes(change.grid, rows, cols), columns, style)


def _ids(land_cover: LandCoverMap, rows: NDArray[np.integer], cols: NDArray[np.integer]) -> NDArray[Any]:
    grid = land_cover.grid
    return _text(grid.tile_id(r, c) for r, c in zip(rows.tolist(), cols.tolist(), strict=True))


def _text(values: Any) -> NDArray[Any]:
    return np.array(list(values), dtype=object)
