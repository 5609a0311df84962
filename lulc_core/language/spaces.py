"""Spaces at which no line may break: between a number and its unit, and inside a date."""

from __future__ import annotations

import re
from functools import cache

from lulc_core.language.catalogue import LANGUAGES

FIXED = "\N{NO-BREAK SPACE}"
_COUNTRIES = ("en_GB", "en_US", "en_AU", "it_CH")
"""Whose short names of months differ from those of the language alone: ``Sept``."""
_NUMBER = r"(?<![\w.,-])[+−<>]?\d[\d.,]*"
_UNITS = "ha|km²|km|m|%|MB|kB|UTC"
_COUNTED = (
    "years?|months?|days?|squares?|places?|pixels?|times|ann[oi]|mes[ei]|giorn[oi]|quadrat[oi]|luogh?[oi]|volt[ae]"
)


def bound(text: str) -> str:
    """Put fixed spaces where a number would be parted from its unit or what it counts, and into dates.

    Args:
        text: one or more sentences, in any of the languages.
    """
    text = _quantity().sub(lambda m: m.group().replace(" ", FIXED), text)
    return _day().sub(lambda m: m.group().replace(" ", FIXED), text)


@cache
def _quantity() -> re.Pattern[str]:
    return re.compile(rf"{_NUMBER}(?: (?:{_UNITS})(?!\w)| (?:{_COUNTED})\b)|{_NUMBER}° [NESWO]\b")


@cache
def _day() -> re.Pattern[str]:
    from babel.dates import get_month_names

    names: set[str] = set()
    for language in (*LANGUAGES, *_COUNTRIES):
        for width in ("wide", "abbreviated"):
            names |= {name.rstrip(".") for name in get_month_names(width, locale=language).values()}
    months = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.compile(rf"\b\d{{1,2}} (?:{months})\b\.?(?: \d{{4}}\b)?")
