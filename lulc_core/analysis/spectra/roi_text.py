"""Places and areas as a user types them."""

from __future__ import annotations

import re

import shapely

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import InputError

HINT = "One place: 8.8502, 45.4801. Two opposite corners: 8.850, 45.480; 8.853, 45.482. Or all corners in turn."


def read_place(text: str) -> tuple[float, float] | Aoi:
    """What was typed: a place, or an area by its corners.

    Args:
        text: pairs of longitude and latitude in degrees, numbers parted by commas or blanks. One pair is a place; two
            pairs (or west, south, east, north) are opposite corners of a rectangle; three and more are the corners of
            an area in turn.

    Raises:
        InputError: no numbers, or an odd count of them.
        AoiError: the corners enclose no ground.
    """
    parts = [p for p in re.split(r"[\s,;()\[\]]+", text.strip()) if p]
    try:
        numbers = [float(p) for p in parts]
    except ValueError as error:
        raise InputError(
            "A place is two numbers with a comma between them: longitude, latitude; an area is several such pairs.",
            hint=HINT,
        ) from error
    if not numbers:
        raise InputError("Nothing is typed.", hint=HINT)
    if len(numbers) % 2:
        count = "1 number is" if len(numbers) == 1 else f"{len(numbers)} numbers are"
        raise InputError(f"{count} typed; each corner needs two, longitude and latitude.", hint=HINT)
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    if len(pairs) == 1:
        return pairs[0]
    if len(pairs) == 2:
        (x0, y0), (x1, y1) = pairs
        return (
            Aoi.from_bbox(x0, min(y0, y1), x1, max(y0, y1))
            if x1 - x0 < -180
            else Aoi.from_bbox(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        )
    return Aoi.from_geometry(shapely.Polygon(pairs))
