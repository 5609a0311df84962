"""Small true-colour pictures of an acquisition, and which of their pixels lie in the area."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.radiometry import to_true_colour


def to_png(reflectance: NDArray[np.float32]) -> bytes:
    """Make a PNG of red, green and blue; transparent where all three are 0.

    Args:
        reflectance: float32 (3, rows, columns), unitless: B04, B03, B02.
    """
    return encode_png(to_true_colour(reflectance), np.asarray((reflectance > 0).any(axis=0)))


def encode_png(rgb: NDArray[np.uint8], observed: NDArray[np.bool_]) -> bytes:
    """Make a PNG of colours (3, rows, columns); transparent where nothing was observed (rows, columns)."""
    from PIL import Image

    alpha = np.where(observed, 255, 0).astype(np.uint8)
    out = BytesIO()
    Image.fromarray(np.dstack([*rgb, alpha])).save(out, "PNG", optimize=True)
    return out.getvalue()


def pixels_inside(aoi: Aoi, bounds: tuple[float, float, float, float], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Mark the pixels whose middle lies in the drawn shape.

    Args:
        aoi: the area.
        bounds: left, bottom, right, top of the picture in metres of the area's zone.
        shape: rows and columns of the picture.

    Returns:
        bool (rows, columns).
    """
    (left, bottom, right, top), (rows, cols) = bounds, shape
    xs = left + (np.arange(cols) + 0.5) * (right - left) / cols
    ys = top - (np.arange(rows) + 0.5) * (top - bottom) / rows
    shapely.prepare(aoi.projected)
    return np.asarray(shapely.contains_xy(aoi.projected, *np.meshgrid(xs, ys)))
