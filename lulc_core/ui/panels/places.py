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

_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_MINUTES = re.compile(r"([-+−]?)(\d+)\s*°\s*(\d+(?:\.\d+)?)\s*['′’](?:\s*(\d+(?:\.\d+)?)\s*(?:\"|″|”|''|′′))?")


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
    simulated: bool = False
    """The simulated landscape shows it, too; elsewhere that is invented ground."""

    @property
    def aoi(self) -> Aoi:
        """A square around it."""
        return square(self.lat, self.lon, self.size_km, name=self.title)


EXAMPLES: tuple[Example, ...] = (
    Example(
        "Mesero, Milan",
        "fields that become warehouses",
        45.488,
        8.850,
        6,
        date(2021, 7, 25),
        date(2021, 8, 25),
        simulated=True,
    ),
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


def _is_with_decimal_commas(text: str) -> bool:
    """Two or four groups with one comma inside each: read as whole degrees, that would be far too large an area."""
    groups = [g for g in re.split(r"[;\s]+|,\s+", text.strip()) if g]
    return len(groups) in (2, 4) and all(re.fullmatch(r"[-+−]?\d+,\d+°?[NSEWnsew]?", g) for g in groups)


def _to_degrees(found: re.Match[str]) -> str:
    """Degrees with decimals for degrees, minutes and seconds."""
    sign, whole, minutes, seconds = found.groups()
    return f"{sign}{int(whole) + float(minutes) / 60 + float(seconds or 0) / 3600:.7f}"


def parse_coordinates(text: str, size_km: float) -> Aoi:
    """``W,S,E,N`` in degrees, or ``latitude, longitude`` with a size.

    Args:
        text: what a user typed; commas, semicolons or spaces between the numbers, N S E W signs, minutes and seconds
            (45°29'17"N 8°51'0"E), and decimal commas (45,488 8,850) are fine.
        size_km: side of the square around a single place.

    Raises:
        AoiError: not two or four numbers, or not on Earth.
    """
    degrees = _DECIMAL_COMMA.sub(".", text) if _is_with_decimal_commas(text) else text
    degrees = _MINUTES.sub(_to_degrees, degrees)
    numbers = re.findall(r"([-+−]?\d+(?:\.\d+)?)\s*°?\s*([NSEWnsew]?)", degrees)
    rest = re.sub(r"[-+−]?\d+(?:\.\d+)?\s*°?\s*[NSEWnsew]?", "", degrees)
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
