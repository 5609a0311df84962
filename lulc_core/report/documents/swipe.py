"""Both dates of a comparison as two pictures of one size, for a divider that is drawn over them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lulc_core.domain.errors import InputError
from lulc_core.export.bundle import Bundle, DatedMap
from lulc_core.language.words import Words
from lulc_core.render.sheet.cell_picture import draw_outline, ground, stamp
from lulc_core.render.sheet.map_sheet import date_words
from lulc_core.report.documents.pictures import fit, mark_cells
from lulc_core.report.story.comparison import report_of

SIDE_PX = 1400
"""Longer side; a projector shows little more."""


@dataclass(frozen=True)
class SwipeSide:
    """One of two pictures that lie over each other."""

    picture: bytes
    """JPEG."""
    label: str
    """Date and satellite, in the reader's words."""


def swipe_sides(bundle: Bundle, words: Words, side_px: int = SIDE_PX) -> tuple[SwipeSide, SwipeSide]:
    """The earlier and the later date, true colour in the same fixed stretch, with the drawn outline and what changed.

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
    changed = [] if report is None else [(int(r), int(c)) for r, c in np.argwhere(report.change.changed)]
    first, second = (_side(d, bundle, changed, words, side_px) for d in (bundle.before, bundle.after))
    return first, second


def _side(dated: DatedMap, bundle: Bundle, changed: Sequence[tuple[int, int]], words: Words, side_px: int) -> SwipeSide:
    from PIL import Image

    grid = dated.land_cover.grid
    high, wide = fit(dated.picture.shape, side_px)
    picture = draw_outline(ground(dated.picture, high, wide), grid, bundle.aoi)
    if changed:
        picture = mark_cells(picture, changed, grid, wide / dated.picture.shape[1])
    out = io.BytesIO()
    marked = stamp(picture) if dated.land_cover.simulated else picture
    Image.fromarray(marked).save(out, "JPEG", quality=88)
    return SwipeSide(out.getvalue(), date_words(dated.acquisition, words))
