"""Example places to start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.places import square_around


@dataclass(frozen=True)
class Example:
    """A place to start from."""

    title: str
    """In English; what a reader sees, and what there is to see, say the catalogues (``panel.example``)."""
    lat: float
    lon: float
    size_km: float
    start: date
    """First day of a period that shows it well."""
    end: date
    day: date | None = None
    """The one that is taken where an acquisition of it is found; else the clearest."""
    simulated: bool = False
    """The simulated landscape shows it, too; elsewhere that is invented ground."""

    @property
    def aoi(self) -> Aoi:
        """A square around it."""
        return square_around(self.lon, self.lat, self.size_km, name=self.title)


EXAMPLES: tuple[Example, ...] = (
    Example(
        "Mesero, Milan",
        45.488,
        8.850,
        6,
        date(2021, 7, 25),
        date(2021, 8, 25),
        day=date(2021, 8, 14),
        simulated=True,
    ),
    Example("Venice lagoon", 45.440, 12.340, 8, date(2023, 6, 1), date(2023, 6, 30)),
    Example("Black Forest", 47.880, 8.100, 8, date(2023, 8, 1), date(2023, 8, 31)),
    Example("Mendoza, Argentina", -33.050, -68.700, 8, date(2024, 1, 5), date(2024, 2, 5)),
)
