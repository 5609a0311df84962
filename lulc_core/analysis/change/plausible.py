"""The least time that a change of land cover takes: what is reported of a shorter time is no credible change.

Two dates a few weeks apart can differ in light, haze and season as much as grassland does from forest, and a network
that is sure of both is mistaken in one. The figures are the least, not the usual: where they err they let a change in.
docs/change.md has the table with its sources.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import ChangeMap, Verdict
from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES, class_by_name
from lulc_core.domain.land_cover import LandCoverMap

WATER = ("River", "SeaLake")
"""Floods, tides and reservoirs come and go within days, over whatever the ground is."""
BECOMING_DAYS: dict[str, int] = {
    "AnnualCrop": 1,
    "Forest": 730,
    "HerbaceousVegetation": 14,
    "Highway": 60,
    "Industrial": 60,
    "Pasture": 30,
    "PermanentCrop": 365,
    "Residential": 60,
}
"""Least days until ground looks like a class. Ploughing and harvest: days; fallow ground turns green: weeks; sown
grass: a month; building: two months until it shows; orchards and vineyards: the first year; forest: the fastest
plantations close their canopy in the third year. Source: docs/change.md."""
CLEARING_DAYS: dict[str, int] = {"Highway": 30, "Industrial": 30, "Residential": 30}
"""Least days until 41 ha of these are gone. Everything else can be felled, burnt, grubbed up or mown within days."""

LEAST_DAYS: NDArray[np.int64] = np.zeros((N_CLASSES, N_CLASSES), np.int64)
"""(10, 10) least days from a class (row) to another (column)."""
for _from in CLASS_NAMES:
    for _to in CLASS_NAMES:
        if _from != _to:
            _days = 1 if {_from, _to} & set(WATER) else max(BECOMING_DAYS[_to], CLEARING_DAYS.get(_from, 1))
            LEAST_DAYS[class_by_name(_from).id, class_by_name(_to).id] = _days
LEAST_DAYS.setflags(write=False)


def too_fast(before: LandCoverMap, after: LandCoverMap) -> NDArray[np.bool_]:
    """Find the cells (rows, columns) whose class cannot have become the other in the time between the dates.

    Args:
        before: the earlier map.
        after: the later map.
    """
    last = N_CLASSES - 1  # any valid index: cells without a class are not compared anyway
    days = (after.acquisition.datetime.date() - before.acquisition.datetime.date()).days
    least = LEAST_DAYS[np.minimum(before.class_ids, last), np.minimum(after.class_ids, last)]
    return before.classified & after.classified & (least > days)


def too_fast_transitions(change: ChangeMap) -> list[tuple[int, int]]:
    """List the transitions (class ids, from and to) that took too little time, the commonest first."""
    fast = change.verdict == Verdict.TOO_FAST
    pairs, counts = np.unique(
        np.stack([change.from_ids[fast], change.to_ids[fast]], axis=1).astype(int), axis=0, return_counts=True
    )
    return [(int(a), int(b)) for a, b in pairs[np.argsort(-counts, kind="stable")]]
