"""When the simulated satellites pass, and how their granules are named."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from lulc_core.domain.projection import from_lonlat, utm_epsg
from lulc_core.sources.base import FIRST_ACQUISITION

SWATH_DEG = 3.0
"""Places in one such strip of longitude are seen on the same days."""
_PHASE_OF_STRIP_2 = 1
"""Day number modulo 5 of strip 2, in which Mesero lies: 2019-07-16 and 2021-08-14 are overpasses there."""
S2B_SINCE = date(2017, 7, 1)
"""Second satellite in service: every five days instead of ten. Source: ESA (launch 2017-03-07, data since summer)."""


def _strip(lon: float) -> int:
    return math.floor((lon + 180) % 360 / SWATH_DEG) - 60


def _phase(lon: float) -> int:
    return (_PHASE_OF_STRIP_2 + 3 * (_strip(lon) - 2)) % 5


def relative_orbit(lon: float) -> int:
    """Find the relative orbit of a place, 1 to 143."""
    return (_strip(lon) * 43) % 143 + 1


def satellite_of(lon: float, day: date) -> str:
    """Find which satellite passes on a day: ``S2A`` or ``S2B``, in turn."""
    return "S2A" if (day.toordinal() - _phase(lon)) // 5 % 2 == 0 else "S2B"


def overpasses(lon: float, start: date, end: date) -> list[date]:
    """List the days on which a place is seen, oldest first."""
    start = max(start, FIRST_ACQUISITION)
    first = start.toordinal() + (_phase(lon) - start.toordinal()) % 5
    days = map(date.fromordinal, range(first, end.toordinal() + 1, 5))
    return [day for day in days if day >= S2B_SINCE or satellite_of(lon, day) == "S2A"]


@dataclass(frozen=True)
class Granule:
    """ESA's 110 km unit that holds a place."""

    name: str
    """MGRS, such as ``32TMR``."""
    x: float
    """Western edge, metres in the zone."""
    y: float
    """Southern edge."""
    size_m: float = 109_800.0


def granule_of(lon: float, lat: float) -> Granule:
    """Find the granule that holds a place. Source: MGRS (NGA.STND.0037), letters of zones, bands and squares."""
    epsg = utm_epsg(lon, lat)
    zone = epsg % 100
    x, y = from_lonlat(epsg, lon, lat)
    band = "CDEFGHJKLMNPQRSTUVWX"[min(19, max(0, math.floor((lat + 80) / 8)))]
    column = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")[zone % 3][min(7, max(0, int(x // 100_000) - 1))]
    row = "ABCDEFGHJKLMNPQRSTUV"[(int(y // 100_000) + (5 if zone % 2 == 0 else 0)) % 20]
    return Granule(f"{zone:02d}{band}{column}{row}", x // 100_000 * 100_000, (y // 100_000 + 1) * 100_000 - 109_800)
