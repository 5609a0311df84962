"""Numbers, dates and sentences of the pages, which are in English: ``language`` puts them into form."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

from lulc_core.language.words import english

FIXED_SPACE = "\N{NO-BREAK SPACE}"
"""Between a number and its unit where a line could break there."""

_english = english()
translate, has, capital, number = _english.translate, _english.has, _english.capital, _english.number
day, area, hectares, cells, clear, span = (
    _english.short_date,
    _english.area,
    _english.hectares,
    _english.cells,
    _english.clear,
    _english.span,
)
share = partial(_english.share, short=True)
"""Write a share: ``98 %``, ``<1 %``; 0 and 100 only where they are exact."""


def today() -> date:
    """Give the day in UTC, as acquisitions count days."""
    return datetime.now(UTC).date()


def duration(seconds: float) -> str:
    """Write how long something takes: ``about 4 s``, ``about 3 min``."""
    if seconds < 90:
        return f"about {max(seconds, 1):.0f} s"
    return f"about {seconds / 60:.0f} min"
