"""Scenes outside EuroSAT with somebody else's land-cover map: is the network right there, and as sure as it is right?

A folder holds pairs: ``NAME_land_cover.tif`` or ``NAME_labels.tif`` beside (or in ``../scenes``) one or more scenes
whose names begin with NAME. Each scene is mapped as the program maps it for a user, in cells of 160 m. A cell counts
where one label covers most of it and that label has a counterpart among EuroSAT's classes; it is right where the class
named is one of these. Such maps are themselves right perhaps nine times in ten: differences between networks count, not
the last point.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import PIXEL_M, TileGrid
from lulc_core.domain.land_cover import CONTRADICTED
from lulc_core.domain.progress import Cancelled, Progress

if TYPE_CHECKING:
    from lulc_core.model.classifier import Classifier

CELL_M = 160
LEAST_SHARE = 0.6
"""Of a cell that one label must cover for the cell to count."""
SURE = 0.9
"""Cells that are at least so sure are counted apart."""
N_BINS = 15

_WATER, _CROPS = ("River", "SeaLake"), ("AnnualCrop", "PermanentCrop", "Pasture")
_BUILT, _GRASS = ("Residential", "Industrial", "Highway"), ("HerbaceousVegetation", "Pasture")
CROSSWALKS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "_land_cover.tif": {1: _WATER, 2: ("Forest",), 4: _CROPS, 5: _BUILT, 9: _GRASS},
    "_labels.tif": {1: _CROPS, 2: ("Forest", "HerbaceousVegetation"), 4: _WATER, 5: _BUILT, 6: _BUILT},
}
"""Labels with a counterpart, by the end of the file's name: Esri's land cover (1 water, 2 trees, 4 crops, 5 built,
9 rangeland), and a city map after CORINE (1 agricultural, 2 forest and semi-natural, 4 water, 5 urban fabric,
6 industrial and transport). Flooded vegetation, bare ground, snow, mines and urban green have none."""


class Cells(NamedTuple):
    """The N cells of one scene that count."""

    named: NDArray[np.int64]
    """(N,) class ids."""
    probabilities: NDArray[np.float32]
    """(N, 10)."""
    right: NDArray[np.bool_]
    """(N,) True where the class is one that the label stands for."""
    flagged: NDArray[np.bool_]
    """(N,) True where the cell is left out as unlike the training data."""
    contradicted: NDArray[np.bool_]
    """(N,) True where near infrared says otherwise than the name."""

    @property
    def certainty(self) -> NDArray[np.float32]:
        """(N,) the largest probability."""
        return self.probabilities.max(axis=1)

    def where(self, keep: NDArray[np.bool_]) -> Cells:
        """Choose the cells for which ``keep`` (N,) is True."""
        return Cells._make(part[keep] for part in self)


def measure_outside(
    folder: Path, classifier: Classifier, *, on_progress: Progress | None = None, cancelled: Cancelled | None = None
) -> dict[str, Any]:
    """Measure a network on all labelled scenes of a folder.

    Returns:
        JSON-ready: ``cells``, ``right``, ``stated`` and ``ece`` as means over scenes (0 to 1); ``sure`` (``from``,
        ``n`` and share ``right`` of the cells that are so sure; ``roads`` of them are named Highway, which says that a
        road crosses, where the labels say what lies beside it: ``right_but_roads`` is the share of the others);
        ``flagged`` (share); ``auc`` (how well certainty tells right from wrong, over all cells); ``contradicted``
        (``n`` cells by near infrared, how many of them ``right``); ``scenes``, the same of each; ``cell_m`` and
        ``least_share``.

    Raises:
        InputError: no such folder, or no pair in it.
        FileFormatError: a file of labels cannot be read.
        SourceError: a scene cannot be read.
        CancelledError: ``cancelled()`` became True.
    """
    pairs = scene_pairs(folder)
    found: list[tuple[str, Cells]] = []
    for i, (scene, labels) in enumerate(pairs):
        if on_progress is not None:
            on_progress(i / len(pairs), f"{scene.stem}, {i + 1} of {len(pairs)} labelled scenes")
        found.append((scene.stem, cells_of(scene, labels, classifier, cancelled=cancelled)))
    rows = [{"name": name, **summarise(cells)} for name, cells in found if len(cells.right)]
    everything = Cells(*(np.concatenate(parts) for parts in zip(*(cells for _, cells in found), strict=True)))
    whole = summarise(everything)
    means = {key: round(float(np.mean([r[key] for r in rows])), 5) for key in ("right", "stated", "ece", "flagged")}
    pooled = {key: whole[key] for key in ("sure", "auc", "contradicted")}
    settings = {"cell_m": CELL_M, "least_share": LEAST_SHARE}
    return {"cells": whole["cells"], **means, **pooled, "scenes": rows, **settings}


def scene_pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Find the scenes of a folder and the labels of each.

    Raises:
        InputError: no such folder, or no pair in it.
    """
    pairs: list[tuple[Path, Path]] = []
    for end in CROSSWALKS:
        for labels in sorted(folder.glob(f"*{end}")):
            name = labels.name.removesuffix(end)
            for place in (folder, folder.parent / "scenes"):
                pairs += [
                    (s, labels) for s in sorted(place.glob(f"{name}_*.tif")) if not s.name.endswith(tuple(CROSSWALKS))
                ]
    if not pairs:
        raise InputError(
            f"There is no labelled scene in {folder}.",
            hint="It needs pairs such as place_land_cover.tif and place_L2A_12b.tif.",
        )
    return pairs


def cells_of(
    scene: Path, labels: Path, classifier: Classifier, *, cell_m: int = CELL_M, cancelled: Cancelled | None = None
) -> Cells:
    """Map one scene as the program does, in cells finer than tiles, and compare it with its labels."""
    from lulc_core.pipeline.classify import classify
    from lulc_core.sources.geotiff.source import GeoTiffSource

    source = GeoTiffSource([scene])
    grid = TileGrid.from_aoi(source.footprint(), cell_m=cell_m)
    acquisition = source.search(source.footprint(), date(1970, 1, 1), date(2100, 1, 1), previews=False)[0]
    result = classify(source, acquisition, grid, classifier, min_clear_share=0.99, cancelled=cancelled)
    mapped = result.cells
    if mapped is None:
        raise InputError(f"{scene.name} was not mapped in cells.", hint="Report this: it should not happen.")
    accepted = accepted_classes(labels_on(grid, labels), CROSSWALKS[_end_of(labels)], cell_m)  # (R, C, 10)
    probabilities = mapped.probabilities  # (R, C, 10), NaN where the network was not asked
    counts = accepted.any(axis=2) & np.isfinite(probabilities[..., 0]) & (grid.coverage > 0.99)
    named = probabilities[counts].argmax(axis=1)
    return Cells(
        named,
        probabilities[counts],
        accepted[counts][np.arange(len(named)), named],
        ~mapped.classified[counts],
        (mapped.flags[counts] & np.uint8(CONTRADICTED)) > 0,
    )


def labels_on(grid: TileGrid, labels: Path) -> NDArray[np.uint8]:
    """Read labels at the pixels of a grid: uint8 (H, W), 0 where there is none.

    Raises:
        FileFormatError: the file cannot be read.
    """
    from lulc_core.sources.geotiff.on_grid import read_codes

    return read_codes(labels, grid.transform, grid.shape_px, grid.epsg)


def accepted_classes(
    labels: NDArray[np.uint8], crosswalk: Mapping[int, tuple[str, ...]], cell_m: int = CELL_M
) -> NDArray[np.bool_]:
    """Say which classes are right in each cell: (H, W) -> (R, C, 10), nowhere True where the cell does not count."""
    k = cell_m // PIXEL_M
    rows, cols = labels.shape[0] // k, labels.shape[1] // k
    squares = labels.reshape(rows, k, cols, k)  # (R, k, C, k)
    accepted = np.zeros((rows, cols, len(CLASS_NAMES)), bool)
    for label, names in crosswalk.items():
        covered = (squares == label).mean(axis=(1, 3)) >= LEAST_SHARE  # (R, C)
        accepted[covered] = np.isin(CLASS_NAMES, names)
    return accepted


def summarise(cells: Cells) -> dict[str, Any]:
    """Compute the figures of some cells; JSON-ready, shares 0 to 1."""
    sure = cells.certainty >= SURE
    bins = np.minimum((cells.certainty * N_BINS).astype(int), N_BINS - 1)
    gaps = [abs(float((cells.certainty[bins == b] - cells.right[bins == b]).sum())) for b in range(N_BINS)]
    crossed = sure & (cells.named == CLASS_NAMES.index("Highway"))
    return {
        "cells": len(cells.right),
        "right": _rounded(cells.right.mean()),
        "stated": _rounded(cells.certainty.mean()),
        "ece": _rounded(sum(gaps) / len(cells.right)),
        "sure": {
            "from": SURE,
            "n": int(sure.sum()),
            "right": _share_right(cells, sure),
            "roads": int(crossed.sum()),
            "right_but_roads": _share_right(cells, sure & ~crossed),
        },
        "auc": area_under_curve(cells.certainty, cells.right),
        "flagged": _rounded(cells.flagged.mean()),
        "contradicted": {"n": int(cells.contradicted.sum()), "right": int((cells.contradicted & cells.right).sum())},
    }


def area_under_curve(score: NDArray[np.floating], right: NDArray[np.bool_]) -> float | None:
    """Compute how often a right cell has the higher score of a right and a wrong one; None where one kind is absent."""
    from scipy.stats import rankdata

    n_right = int(right.sum())
    if n_right in (0, len(right)):
        return None
    ranks = rankdata(score)
    return _rounded((ranks[right].sum() - n_right * (n_right + 1) / 2) / (n_right * (len(right) - n_right)))


def _share_right(cells: Cells, which: NDArray[np.bool_]) -> float | None:
    return _rounded(cells.right[which].mean()) if which.any() else None


def _end_of(labels: Path) -> str:
    return next(end for end in CROSSWALKS if labels.name.endswith(end))


def _rounded(value: Any) -> float:
    return round(float(value), 5)
