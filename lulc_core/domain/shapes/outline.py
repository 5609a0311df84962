"""Outlines that cross or touch themselves: mended where it is clear what was meant."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from lulc_core.domain.errors import AoiError

MAX_LOOP_SHARE = 0.01
"""What an outline may enclose by crossing itself, as a share of its area, to pass for a slip of the hand."""
_MAX_FACES = 500


def mend(polygon: Polygon) -> tuple[Any, str]:
    """Make a valid shape of one that is not, and the sentence that says so.

    The outline's lines part the plane into faces. How often it goes round a face, holes counted off, is 1 for ground
    inside; what it goes round otherwise (a loop of a few metres, the wrong way round or twice) is a slip of the hand
    up to :data:`MAX_LOOP_SHARE` of the area, and left out or counted once. Beyond that nobody knows what was meant.

    Raises:
        AoiError: beyond that.
    """
    reason = shapely.is_valid_reason(polygon)
    spot = re.search(r"\[(\S+) (\S+)\]", reason)
    place = f" near longitude, latitude {float(spot[1]):.5f}, {float(spot[2]):.5f}" if spot else ""
    rings = [polygon.exterior, *polygon.interiors]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(rings)]))
    if 0 < len(faces) <= _MAX_FACES:
        points = shapely.get_coordinates(shapely.point_on_surface(faces))
        turns = sum((1 if i == 0 else -1) * _turns(ring, points) for i, ring in enumerate(rings))
        inside = shapely.area(faces[turns > 0]).sum()
        loops = shapely.area(faces[(turns < 0) | (turns > 1)]).sum()
        if inside > 0 and loops <= MAX_LOOP_SHARE * inside:
            share = 100 * loops / inside
            size = "less than 0.01" if share < 0.01 else f"{share:.1g}"
            what = f"crossed itself{place} by a loop of {size} % of it" if share > 1e-9 else f"touched itself{place}"
            return shapely.union_all(faces[turns > 0]), f"The outline {what}; it was mended."
    what = "crosses itself" if "ntersection" in reason else f"is not valid ({reason.split('[')[0]})"
    raise AoiError(
        f"The outline {what}{place}; an area must have a simple outline.", hint="Draw it again without crossing lines."
    )


def _turns(ring: Any, points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count how often a ring goes round each point, int (n), positive in the sense in which it encloses most."""
    x, y = shapely.get_coordinates(ring).T
    x0, y0, x1, y1 = x[:-1], y[:-1], x[1:], y[1:]
    around = []
    for px, py in points:  # one by one: a long outline times many faces would not fit into memory
        left = (x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)
        around.append(((y0 <= py) & (y1 > py) & (left > 0)).sum() - ((y0 > py) & (y1 <= py) & (left < 0)).sum())
    signed_area = ((x0 - x[0]) * (y1 - y[0]) - (x1 - x[0]) * (y0 - y[0])).sum()
    return np.sign(signed_area) * np.array(around)
