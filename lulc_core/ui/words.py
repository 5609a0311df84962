"""Numbers and dates as a reader wants them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from lulc_core.domain.grid import TILE_M
from lulc_core.domain.scene import Acquisition

FIXED_SPACE = "\N{NO-BREAK SPACE}"
"""Between a number and its unit where a line could break there."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def today() -> date:
    """The day in UTC, as acquisitions count days."""
    return datetime.now(UTC).date()


def day(value: date | datetime) -> str:
    """``14 Aug 2021``, in English whatever the server's language."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def km2(value: float) -> str:
    """``36.0 km²``."""
    return f"{value:,.2f} km²" if value < 1 else f"{value:,.1f} km²" if value < 1000 else f"{value:,.0f} km²"


def hectares(value: float) -> str:
    """``1,234`` or ``12.3``."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def tiles(n: int) -> str:
    """``110 tiles``."""
    return f"{n:,} tile" + ("" if n == 1 else "s")


def cells(n: int, cell_m: int) -> str:
    """``110 tiles``, ``1,760 cells of 160 m``."""
    return tiles(n) if cell_m == TILE_M else f"{n:,} cell{'' if n == 1 else 's'} of {cell_m} m"


def duration(seconds: float) -> str:
    """``about 4 s``, ``about 3 min``."""
    if seconds < 90:
        return f"about {max(seconds, 1):.0f} s"
    return f"about {seconds / 60:.0f} min"


def share(value: float | None) -> str:
    """``98 %``; 0 and 100 only where they are exact."""
    if value is None:
        return "unknown"
    pct = 100 * value
    if 0 < pct < 1:
        return "<1 %"
    if 99 < pct < 100:
        return ">99 %"
    return f"{pct:.0f} %"


def clear(acquisition: Acquisition) -> str:
    """``98 % clear``, or what else is known."""
    if acquisition.clear_share is not None:
        return f"{share(acquisition.clear_share)} clear"
    if acquisition.cloud_cover_pct is not None:
        return f"granule {acquisition.cloud_cover_pct:.0f} % cloud"
    return "cloud unknown"
