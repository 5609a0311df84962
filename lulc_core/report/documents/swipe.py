"""Both dates of a comparison as two pictures of one size, for a divider that is drawn over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import InputError
from lulc_core.domain.results import DatedMap
from lulc_core.export.bundle import Bundle
from lulc_core.language.words import Words
from lulc_core.render.brightness import brightened
from lulc_core.render.sheet.cells import draw_marks, draw_outline
from lulc_core.render.sheet.drawing import Drawing, new_figure
from lulc_core.render.sheet.map_sheet import date_words
from lulc_core.report.documents.pictures import photo_axes
from lulc_core.report.story.comparison import report_of

SIDE_PX = 1400
"""Longer side; a projector shows little more."""
_SIDE_PT = 480.0


@dataclass(frozen=True)
class SwipeSide:
    """One of two pictures that lie over each other."""

    picture: bytes
    """JPEG."""
    label: str
    """Date and satellite in the reader's words."""
    ratio: float
    """Width to height."""


def swipe_sides(bundle: Bundle, words: Words, side_px: int = SIDE_PX) -> tuple[SwipeSide, SwipeSide]:
    """Draw the earlier and the later date, brightened alike, with the drawn outline and what changed.

    Args:
        bundle: a comparison.
        words: the reader's language.
        side_px: the longer side.

    Raises:
        InputError: the result has one date only.
    """
    if bundle.before is None:
        raise InputError("This result has one date; a swipe needs two.", hint="Compare two dates first.")
    report = report_of(bundle)
    changed = np.zeros(bundle.after.land_cover.grid.shape, bool) if report is None else report.change.changed
    dates = brightened(bundle.dates[:2], 2)
    first, second = (_side(d, bundle, changed, words, side_px) for d in dates)
    return first, second


def _side(dated: DatedMap, bundle: Bundle, changed: NDArray[np.bool_], words: Words, side_px: int) -> SwipeSide:
    grid = dated.land_cover.grid
    rows, cols = grid.shape_px
    width, height = (_SIDE_PT * n / max(rows, cols) for n in (cols, rows))
    figure = new_figure(width, height, 72 * side_px / _SIDE_PT)
    axes = photo_axes(figure, dated, (0, 0, width, height))
    draw_outline(axes, grid, bundle.aoi)
    draw_marks(axes, grid, changed)
    picture, _ = Drawing(figure, photo=True).compact
    return SwipeSide(picture, date_words(dated.acquisition, words), width / height)
