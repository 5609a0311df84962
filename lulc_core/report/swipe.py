"""Both dates of a comparison as two pictures of one size, for a divider that is drawn over them."""

from __future__ import annotations

import io
from dataclasses import dataclass

from lulc_core.domain.errors import InputError
from lulc_core.language.words import Words
from lulc_core.render.bundle import Bundle, Dated
from lulc_core.render.cell_picture import draw_outline, ground, stamp
from lulc_core.render.map_sheet import date_words
from lulc_core.report.pictures import fit

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
    """The earlier and the later date, true colour in the same fixed stretch, with the drawn outline.

    Args:
        bundle: a comparison.
        words: the reader's language.
        side_px: the longer side.

    Raises:
        InputError: the result has one date only.
    """
    if bundle.before is None:
        raise InputError("This result has one date; a swipe needs two.", hint="Compare two dates first.")
    return _side(bundle.before, bundle, words, side_px), _side(bundle.after, bundle, words, side_px)


def _side(dated: Dated, bundle: Bundle, words: Words, side_px: int) -> SwipeSide:
    from PIL import Image

    high, wide = fit(dated.picture.shape, side_px)
    picture = draw_outline(ground(dated.picture, high, wide), dated.land_cover.grid, bundle.aoi)
    out = io.BytesIO()
    marked = stamp(picture) if dated.land_cover.simulated else picture
    Image.fromarray(marked).save(out, "JPEG", quality=88)
    return SwipeSide(out.getvalue(), date_words(dated.acquisition, words))
