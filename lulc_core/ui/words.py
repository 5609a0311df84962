"""Numbers, dates and sentences of the pages, in the language of the session: ``language`` puts them into form.

``page_words()`` gives all of them; the functions beside it say the same in short. Work in a thread of its own knows no
session: it is handed the words of the page that starts it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.scene import Acquisition
from lulc_core.language.words import Words, english
from lulc_core.ui.language import session_language

FIXED_SPACE = "\N{NO-BREAK SPACE}"
"""Between a number and its unit where a line could break there."""


def page_words() -> Words:
    """Return the words of this session's pages; English outside of a page, as in a thread."""
    inside = get_script_run_ctx(suppress_warning=True) is not None
    return _words_of(session_language().code) if inside else english()


def translate(key: str, n: int | None = None, /, **values: Any) -> str:
    """Say a whole sentence of the catalogue, as :meth:`Words.translate` does."""
    return page_words().translate(key, n, **values)


def spoken(text: str) -> str:
    """Say in the reader's language what a room below says in English."""
    return page_words().spoken(text)


def has(key: str) -> bool:
    """Tell whether the catalogue has a sentence of that key."""
    return page_words().has(key)


def class_letter(i: int) -> str:
    """Give the letter that stands for a class, as on the maps."""
    return page_words().class_letter(i)


def patch_class(i: int) -> str:
    """Name the class of a EuroSAT patch, lower case."""
    return translate(f"patch.{CLASS_NAMES[i]}")


def capital(text: str) -> str:
    """Put a capital letter at the start."""
    return page_words().capital(text)


def number(value: float, digits: int = 0) -> str:
    """Write a number: ``1,234.5`` or ``1.234,5``."""
    return page_words().number(value, digits)


def share(value: float | None, digits: int = 0) -> str:
    """Write a share in short: ``98 %``, ``<1 %``; 0 and 100 only where they are exact."""
    return page_words().share(value, digits, short=True)


def day(of: date) -> str:
    """Write a day in short: ``14 Aug 2021``."""
    return page_words().short_date(of)


def span(days: int) -> str:
    """Say how long something takes: ``2 years``, ``40 days``."""
    return page_words().span(days)


def duration(seconds: float) -> str:
    """Say how long something takes that is not yet done: ``about 4 s``, ``about 3 min``."""
    if seconds < 90:
        return translate("app.about_seconds", n=number(max(seconds, 1)))
    return translate("app.about_minutes", n=number(seconds / 60))


def area(ha: float, *, like: float | None = None) -> str:
    """Write hectares or square kilometres, with their unit."""
    return page_words().area(ha, like=like)


def area_number(ha: float, *, like: float) -> str:
    """Write an area without its unit, for tables whose header names that of the largest."""
    return page_words().area_number(ha, like=like)


def cells(n: int, cell_m: int = TILE_M) -> str:
    """Count the parts of a grid: ``110 tiles``, ``1,760 cells of 160 m``."""
    return page_words().cells(n, cell_m)


def clear(acquisition: Acquisition) -> str:
    """Say how clear the drawn area is: ``98 % clear``."""
    return page_words().clear(acquisition)


def today() -> date:
    """Give the day in UTC, as acquisitions count days."""
    return datetime.now(UTC).date()


@cache
def _words_of(code: str) -> Words:
    return Words(code)
