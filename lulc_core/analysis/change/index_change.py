"""How two spectral indices changed between two dates: what can be seen of change where nothing can be named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import TILE_PX
from lulc_core.domain.radiometry import normalized_difference
from lulc_core.domain.scene import Scene

BANDS: dict[str, tuple[str, str]] = {"NDVI": ("B08", "B04"), "NBR": ("B08", "B12")}
"""Normalised differences: how green the ground is; how much of it is plants and not char or bare soil."""
NOTABLE: dict[str, float] = {"NDVI": 0.2, "NBR": 0.27}
"""Change from which ground is counted. NDVI: about from green to sparse plants. NBR: moderate severity of a burn, from
Key and Benson 2006, FIREMON landscape assessment, USDA RMRS-GTR-164."""


@dataclass(frozen=True)
class IndexChange:
    """One index on both dates."""

    name: str
    difference: NDArray[np.float32]
    """(rows, columns) of 10 m pixels, later less earlier, -2 to 2; NaN where a date has no clear measurement."""
    seen: float
    """Share of the drawn ground with a difference, 0 to 1."""
    fell: float
    """Share of that ground on which it fell by NOTABLE or more, 0 to 1."""
    rose: float
    """The same where it rose."""


def index_changes(before: Scene, after: Scene) -> tuple[IndexChange, ...]:
    """Compute the differences of the indices whose bands both scenes have.

    Args:
        before: the earlier date.
        after: the later date, on the same grid.
    """
    both = before.valid & after.valid
    drawn = before.grid.coverage.repeat(TILE_PX, axis=0).repeat(TILE_PX, axis=1)
    found = []
    for name, bands in BANDS.items():
        if not (before.has(*bands) and after.has(*bands)):
            continue
        values = [normalized_difference(*(s.reflectance[s.bands.index(b)] for b in bands)) for s in (before, after)]
        difference = np.where(both, values[1] - values[0], np.float32(np.nan))
        weights = np.where(np.isfinite(difference), drawn, 0)
        ground = max(float(weights.sum()), 1e-9)
        fell, rose = (float(weights[step >= NOTABLE[name]].sum()) / ground for step in (-difference, difference))
        found.append(IndexChange(name, difference, ground / max(float(drawn.sum()), 1e-9), fell, rose))
    return tuple(found)
