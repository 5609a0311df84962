"""A small map of the countries around a place, drawn without a network.

Source: Natural Earth, 1:110m countries, public domain (borders.json, hundredths of a degree).
"""

from __future__ import annotations

import json
import math
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from lulc_core.render.sheet.cell_picture import Rgb

HALF_HEIGHT_DEG = 9.0
"""Degrees of latitude from the middle to the edge: some 1,000 km, so that a reader finds a coast or a border."""
_SEA, _LAND, _LINE, _MARK = (214, 229, 240), (247, 245, 238), (140, 140, 140), (190, 20, 30)


def locator(lon: float, lat: float, side_px: int) -> Rgb:
    """Where in the world a place lies.

    Args:
        lon: degrees, continuous (may pass 180).
        lat: degrees.
        side_px: of the square picture.

    Returns:
        (side, side, 3): countries, a ring and a point on the place.
    """
    from PIL import Image, ImageDraw

    scale = 2  # drawn twice as large, then reduced, for smooth lines
    side = side_px * scale
    middle = float(np.clip(lat, -90 + HALF_HEIGHT_DEG, 90 - HALF_HEIGHT_DEG))
    px_per_deg = side / (2 * HALF_HEIGHT_DEG)
    squeeze = max(math.cos(math.radians(middle)), 0.1)
    image = Image.new("RGB", (side, side), _SEA)
    draw = ImageDraw.Draw(image)
    half_width = HALF_HEIGHT_DEG / squeeze
    for ring in _rings():
        if ring[:, 1].max() < middle - HALF_HEIGHT_DEG or ring[:, 1].min() > middle + HALF_HEIGHT_DEG:
            continue
        for turn in (-360.0, 0.0, 360.0):
            x = ring[:, 0] + turn - lon
            if x.max() < -half_width or x.min() > half_width:
                continue
            path = np.column_stack([side / 2 + x * squeeze * px_per_deg, side / 2 + (middle - ring[:, 1]) * px_per_deg])
            draw.polygon([tuple(p) for p in path.tolist()], fill=_LAND, outline=_LINE, width=scale)
    centre_x, centre_y = side / 2, side / 2 + (middle - lat) * px_per_deg
    radius, dot = side / 14, side / 80
    ring_box = (centre_x - radius, centre_y - radius, centre_x + radius, centre_y + radius)
    draw.ellipse(ring_box, outline=_MARK, width=max(2, side // 80))
    draw.ellipse((centre_x - dot, centre_y - dot, centre_x + dot, centre_y + dot), fill=_MARK)
    draw.rectangle((0, 0, side - 1, side - 1), outline=(85, 85, 85), width=scale)
    return np.asarray(image.resize((side_px, side_px), Image.Resampling.LANCZOS))


@lru_cache(maxsize=1)
def _rings() -> tuple[NDArray[np.float64], ...]:
    data = json.loads((files("lulc_core.render.sheet") / "borders.json").read_text(encoding="utf-8"))
    return tuple(np.asarray(r, np.float64).reshape(-1, 2) * data["unit_deg"] for r in data["rings"])
