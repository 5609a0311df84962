"""Small true-colour pictures of an acquisition."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.radiometry import to_true_colour


def to_png(reflectance: NDArray[np.float32]) -> bytes:
    """A PNG of red, green and blue; transparent where all three are 0.

    Args:
        reflectance: float32 (3, rows, columns), unitless: B04, B03, B02.
    """
    from PIL import Image

    colour = to_true_colour(reflectance).transpose(1, 2, 0)
    seen = (reflectance > 0).any(axis=0)
    rgba = np.dstack([colour, np.where(seen, 255, 0).astype(np.uint8)])
    out = BytesIO()
    Image.fromarray(rgba).save(out, "PNG", optimize=True)
    return out.getvalue()
