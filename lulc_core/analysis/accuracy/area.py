"""How much ground each class covers. On the UTM grid, clipped to the drawn shape; never from Web Mercator."""

from __future__ import annotations

import numpy as np

from lulc_core.domain.classes import CLASSES, N_CLASSES
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.results import ClassArea


def class_areas(land_cover: LandCoverMap) -> tuple[ClassArea, ...]:
    """Sum the areas of the classes that occur, largest first; empty where no tile has a class.

    Tiles that were left out (cloudy, no data, out of distribution) take part neither in hectares nor in the
    per cent: see ``LandCoverMap.left_out_ha``.
    """
    ha = land_cover.class_ha
    tiles = np.bincount(land_cover.class_ids[land_cover.classified], minlength=N_CLASSES)
    total = float(ha.sum())
    found = [
        ClassArea(c, int(tiles[c.id]), float(ha[c.id]), 100 * float(ha[c.id]) / total) for c in CLASSES if tiles[c.id]
    ]
    return tuple(sorted(found, key=lambda a: (-a.ha, a.cls.id)))
