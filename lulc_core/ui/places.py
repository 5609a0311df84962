"""Areas without drawing: example places, and coordinates that a user types."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError

KM_PER_DEGREE = 111.32
"""Of latitude; of longitude times the cosine of latitude. Source: WGS 84, equator; 0.5 % off is no matter here."""
_HINT = "Write W,S,E,N such as 8.80,45.45,8.90,45.52 or one place as latitude, longitude such as 45.488, 8.850."


@dataclass(frozen=True)
class Example:
    """A place to start from."""

    title: str
    what: str
    """What there is to see, few words."""
    lat: float
    lon: float
    size_km: float
    start: date
    """First day of a period that shows it well."""
    end: date

    @property
    def aoi(self) -> Aoi:
        """A square around it."""
        return square(self.lat, self.lon, self.size_km, name=self.title)


EXAMPLES: tuple[Example, ...] = (
    Example("Mesero, Milan", "fields that become warehouses", 45.488, 8.850, 6, date(2021, 7, 25), date(2021, 8, 25)),
    Example("Venice lagoon", "sea, town and salt marsh", 45.440, 12.340, 8, date(2023, 6, 1), date(2023, 6, 30)),
    Example("Black Forest", "woods, pasture, villages", 47.880, 8.100, 8, date(2023, 8, 1), date(2023, 8, 31)),
    Example("Mendoza, Argentina", "vineyards under the Andes", -33.050, -68.700, 8, date(2024, 1, 5), date(2024, 2, 5)),
)


def square(lat: float, lon: float, size_km: float, *, name: str = "") -> Aoi:
    """A box of about ``size_km`` by ``size_km`` kilometres around a place.

    Raises:
        AoiError: out of range.
    """
    if not (abs(lat) <= 90 and abs(lon) <= 540):
        raise AoiError(
            f"Latitude {lat:g}, longitude {lon:g} is no place on Earth: latitude is -90 to 90, longitude -180 to 180.",
            hint=_HINT,
        )
    half_lat = size_km / 2 / KM_PER_DEGREE
    half_lon = half_lat / max(math.cos(math.radians(lat)), 0.05)
    w, s, e, n = (round(v, 5) for v in (lon - half_lon, lat - half_lat, lon + half_lon, lat + half_lat))
    return Aoi.from_bbox(w, s, e, n, name=name)


def parse_coordinates(text: str, size_km: float) -> Aoi:
    """``W,S,E,N`` in degrees, or ``latitude, longitude`` with a size.

    Args:
        text: what a user typed; commas, semicolons or spaces between the numbers, and N S E W signs, are fine.
        size_km: side of the square around a single place.

    Raises:
        AoiError: not two or four numbers, or not on Earth.
    """
    # "45,488 8,850" would be four numbers to us; decimal commas are told from commas by what stands between numbers.
    numbers = re.findall(r"([-+−]?\d+(?:\.\d+)?)\s*°?\s*([NSEWnsew]?)", text)
    rest = re.sub(r"[-+−]?\d+(?:\.\d+)?\s*°?\s*[NSEWnsew]?", "", text)
    if re.sub(r"[\s,;]", "", rest) or len(numbers) not in (2, 4):
        raise AoiError(
            f"{text.strip()[:60]!r} is not understood: two or four numbers in degrees are needed.", hint=_HINT
        )
    values = [float(n.replace("−", "-")) * (-1 if sign.upper() in ("S", "W") else 1) for n, sign in numbers]
    if len(values) == 4:
        return Aoi.from_bbox(*values)
    signs = [sign.upper() for _, sign in numbers]
    lat, lon = values if signs[0] not in ("E", "W") else values[::-1]
    return square(lat, lon, size_km)
