"""How much ground each class covers. On the UTM grid, clipped to the drawn shape; never from Web Mercator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASSES, GROUPS, N_CLASSES
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.results import AreaAccount, ClassArea, GroupArea


def class_areas(land_cover: LandCoverMap) -> tuple[ClassArea, ...]:
    """Sum the areas of the classes that occur, largest first; empty where no tile has a class.

    Shares are of the drawn shape: what was left out (cloudy, no data, out of distribution) has a share of its own, see
    :func:`area_account`.
    """
    ha, total = land_cover.class_ha, land_cover.total_ha
    tiles = np.bincount(land_cover.class_ids[land_cover.classified], minlength=N_CLASSES)
    found = [
        ClassArea(c, int(tiles[c.id]), float(ha[c.id]), 100 * float(ha[c.id]) / total) for c in CLASSES if tiles[c.id]
    ]
    return tuple(sorted(found, key=lambda a: (-a.ha, a.cls.id)))


def area_account(land_cover: LandCoverMap) -> AreaAccount:
    """Part the drawn shape into land by broad groups, squares crossed by a road or river, and ground left out."""
    areas = class_areas(land_cover)
    groups = [GroupArea(key, tuple(a for a in areas if a.cls.id in ids)) for key, ids in GROUPS.items()]
    return AreaAccount(
        tuple(sorted((g for g in groups if g.classes), key=lambda g: -g.ha)),
        tuple(a for a in areas if a.cls.is_line),
        sum(land_cover.left_out().values()),
        land_cover.left_out_ha,
        land_cover.total_ha,
    )


def weighted_ha(land_cover: LandCoverMap) -> NDArray[np.float64]:
    """Divide each cell among the classes by its calibrated probabilities: (10,) hectares, in all the named ground."""
    classified = land_cover.classified
    ha = land_cover.grid.coverage[classified].astype(np.float64) * land_cover.grid.cell_ha
    return ha @ land_cover.probabilities[classified].astype(np.float64)
