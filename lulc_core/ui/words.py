"""Numbers and dates of the pages, which are in English: ``language`` puts them into form."""

from __future__ import annotations

from datetime import UTC, date, datetime

from lulc_core.domain.grid import TILE_M
from lulc_core.domain.scene import Acquisition
from lulc_core.language.words import english

FIXED_SPACE = "\N{NO-BREAK SPACE}"
"""Between a number and its unit where a line could break there."""


def today() -> date:
    """Give the day in UTC, as acquisitions count days."""
    return datetime.now(UTC).date()


def day(value: date) -> str:
    """Write a day: ``14 Aug 2021``."""
    return english().short_date(value)


def area(ha: float) -> str:
    """Write an area with its unit: ``492 ha``, ``36.0 km²``."""
    return english().area(ha)


def hectares(ha: float) -> str:
    """Write hectares without their unit: ``1,234`` or ``2.3``."""
    return english().hectares(ha)


def cells(n: int, cell_m: int = TILE_M) -> str:
    """Count the parts of a grid: ``110 tiles``, ``1,760 cells of 160 m``."""
    return english().cells(n, cell_m)


def duration(seconds: float) -> str:
    """Write how long something takes: ``about 4 s``, ``about 3 min``."""
    if seconds < 90:
        return f"about {max(seconds, 1):.0f} s"
    return f"about {seconds / 60:.0f} min"


def share(value: float | None, digits: int = 0) -> str:
    """Write a share: ``98 %``, ``<1 %``; 0 and 100 only where they are exact."""
    return english().share(value, digits, short=True)


def clear(acquisition: Acquisition) -> str:
    """Say how clear the area is: ``98 % clear``, or what else is known."""
    return english().clear(acquisition)
