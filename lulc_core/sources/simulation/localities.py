"""Places whose story is fixed: what a visitor is promised to find there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lulc_core.domain.grid import TILE_M

WORLD = 2
"""Which of all possible worlds: one with a plain around the fixed localities."""
QUIET_RADIUS_M = 6000.0
"""Around a fixed locality nothing else changes."""
LAND_RADIUS_M = 2000.0
"""Around a fixed locality there are fields: no town, no water."""


@dataclass(frozen=True)
class Locality:
    """A warehouse that was built beside a highway."""

    epsg: int
    x: float
    """Middle of the tile that holds it, metres in the zone."""
    y: float
    works: date
    """Since then a building site."""
    built: date
    """Since then industrial."""


MESERO = Locality(32632, (762 + 0.5) * TILE_M, (7870 + 0.5) * TILE_M, date(2020, 3, 1), date(2020, 9, 15))
"""Near 45.488 N 8.850 E, west of Milan: fields beside the highway until 2020, then a warehouse."""
LOCALITIES = (MESERO,)


def localities_in(epsg: int) -> tuple[Locality, ...]:
    """Find the fixed localities of a zone."""
    return tuple(locality for locality in LOCALITIES if locality.epsg == epsg)
