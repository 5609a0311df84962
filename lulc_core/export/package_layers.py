"""The layers of the package's GeoPackage: cells, tiles, changes and the drawn shape, with their styles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.change import (
    CERTAINTY_LABELS,
    CERTAINTY_NAMES,
    Certainty,
    ChangeReport,
)
from lulc_core.domain.interchange import change_columns, map_columns, ordered_cells
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.projection import to_utm
from lulc_core.export.bundle import Bundle
from lulc_core.export.geopackage import VectorLayer
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
) -> list[VectorLayer]:
    """Make all layers, the most telling first.

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
    layers.append(VectorLayer(f"{prefix}area", grid.epsg, shape, columns, outline_qml()))
    return layers


def _map(land_cover: LandCoverMap, name: str, style: str) -> VectorLayer:
    grid = land_cover.grid
    return VectorLayer(name, grid.epsg, grid.cell_boxes(*np.nonzero(grid.inside)), map_columns(land_cover), style)


def _changes(report: ChangeReport, name: str, words: Mapping[Certainty, str], *, simulated: bool) -> VectorLayer:
    grid = report.change.grid
    columns: dict[str, NDArray[Any]] = {}
    for key, values in change_columns(report).items():
        columns[key] = values
        if key == "certainty":
            labels = {CERTAINTY_NAMES[level]: text for level, text in words.items()}
            columns["certainty_in_words"] = np.array([labels[v] for v in values], object)
    mark = " (SIMULATED)" if simulated else ""
    categories: list[Category] = [
        (CERTAINTY_NAMES[level], color, words[level] + mark) for level, color in _CERTAINTY_COLORS.items()
    ]
    style = vector_qml("certainty", categories, other="not compared")
    return VectorLayer(name, grid.epsg, grid.cell_boxes(*ordered_cells(report)), columns, style)
