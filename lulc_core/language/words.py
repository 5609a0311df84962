"""``Words``: everything a reader sees, in the reader's language and form of numbers, dates and units."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date as Date
from datetime import datetime, timedelta
from functools import cache, lru_cache
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.scene import Acquisition
from lulc_core.language.catalogue import LANGUAGES, catalogue
from lulc_core.language.spoken_english import spoken

if TYPE_CHECKING:
    from babel import Locale

_HOME = {"en": "en_GB", "it": "it_IT"}
"""Whose numbers and dates a language without a country has."""
_KM2_FROM_HA, _HA_OF_KM2 = 1000.0, 100.0
_PERCENT = {"en": "\N{NO-BREAK SPACE}%"}
"""How per cents end: in English as ISO 80000-1 has it and this project writes it, else as the locale does."""
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}))?(?:[-_;.@].*)?")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = re.compile(rf"\b([1-9]|[12]\d|3[01]) ({'|'.join(_MONTHS)}) (20\d\d)\b")
"""A day in a sentence of the program, as ``Words("en").short_date`` writes it."""
_SPANS: tuple[tuple[Literal["year", "month", "day"], int], ...] = (("year", 700), ("month", 60), ("day", 0))
"""Unit, and from how many days on it is used: what is told to the day elsewhere is told to the day here."""


class Words:
    """Say everything a reader sees in one language.

    Args:
        lang: ``en`` or ``it``, or with a country whose numbers and dates are wanted, such as ``en-US``.

    Raises:
        InputError: no such language.
    """

    def __init__(self, lang: str = "en") -> None:
        from babel import Locale, UnknownLocaleError

        match = _TAG.fullmatch(lang.strip())
        self.lang: str = match.group(1).lower() if match else lang
        """``en`` or ``it``."""
        self._catalogue = catalogue(self.lang)
        self._phrases: dict[Date, str] = {}
        country = (match.group(2) or "").upper() if match else ""
        try:
            self._locale = Locale.parse(f"{self.lang}_{country}" if country else _HOME[self.lang])
        except (UnknownLocaleError, ValueError):  # no such country for this language
            self._locale = Locale.parse(_HOME[self.lang])

    @property
    def tag(self) -> str:
        """Give the tag for ``lang`` attributes (BCP 47): ``en-GB``, ``it-IT``."""
        return str(self._locale).replace("_", "-")

    @property
    def key(self) -> str:
        """Tell two ``Words`` apart, in cache keys."""
        return self.tag

    def translate(self, key: str, n: int | None = None, /, **values: Any) -> str:
        """Say a whole sentence of the catalogue.

        Args:
            key: of the sentence.
            n: the number that decides between singular and plural; also the value of ``{n}``.
            **values: of the placeholders. Whole numbers and dates are put into the reader's form; other numbers must
                come as text, from :meth:`number`, :meth:`share` and their like, which know the digits.

        Raises:
            KeyError: no such sentence, or a placeholder without a value.
            TypeError: a float, or a plural without its number.
        """
        form = self._catalogue.form(key, n)
        if n is not None:
            values["n"] = n
        return form.format_map({name: self._text(value) for name, value in values.items()}) if values else form

    def spoken(self, text: str) -> str:
        """Say in the reader's language what a room below says in English: an error, what is being done, a band."""
        return _DAY.sub(self._day, spoken(text, self.lang))

    def _day(self, found: re.Match[str]) -> str:
        try:
            return self.short_date(Date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1])))
        except ValueError:  # 31 Feb, in the name of a file
            return found[0]

    def sentences(self, prefix: str) -> dict[str, str]:
        """Give all sentences whose key begins with a prefix, by the rest of their key; their placeholders stay."""
        keys = sorted(k for k in self._catalogue.keys - self._catalogue.plural_keys if k.startswith(prefix))
        return {key.removeprefix(prefix): self._catalogue.form(key, None) for key in keys}

    def has(self, key: str) -> bool:
        """Tell whether the catalogue has a sentence of that key."""
        return key in self._catalogue.keys

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with ``digits`` decimals: ``1,234.5`` or ``1.234,5``."""
        return _decimal(round(value, digits + 2), _pattern(digits), self._locale)

    def share(self, share: float | None, digits: int = 0, *, short: bool = False) -> str:
        """Write a share in per cent; 0 and 100 % only where they are exact, ``unknown`` for None.

        Args:
            share: 0 to 1.
            digits: decimals.
            short: ``<1 %`` in place of ``under 1 %``, for tables, charts and buttons.
        """
        if share is None:
            return self.translate("share.unknown")
        step, end = 0.5 * 10.0 ** (-2 - digits), "_short" if short else ""
        if 0 < share < step:
            return self.translate(f"share.under{end}", value=self._percent(2 * step, digits))
        if 1 - step <= share < 1:
            return self.translate(f"share.over{end}", value=self._percent(1 - 2 * step, digits))
        return self._percent(share, digits)

    def fine_share(self, share: float) -> str:
        """Write a share in per cent with two figures: a decimal below 10 %."""
        return self.share(share, 1 if share < 0.0995 else 0)

    def area(self, ha: float, *, like: float | None = None) -> str:
        """Write an area in the unit of :func:`area_unit`, with the digits that help.

        Args:
            ha: hectares.
            like: the largest area of the table, chart or sentence that it stands in.
        """
        _, size = area_unit(max(abs(ha), abs(like or 0.0)))
        name = "area-hectare" if size == 1 else "area-square-kilometer"
        if size > 1 and 0 < ha < 0.5:
            return self.translate("share.under_short", value=self._unit(0.01, name, 2))
        return self._unit(ha / size, name, _area_digits(ha, size))

    def area_number(self, ha: float, *, like: float) -> str:
        """Write an area without its unit, for tables whose header names that of :func:`area_unit`."""
        _, size = area_unit(like)
        return self.number(ha / size, _area_digits(ha, size))

    def metres(self, metres: float) -> str:
        """Write a length: metres, or kilometres from 1,000 m on."""
        if abs(metres) < 1000:
            return self._unit(metres, "length-meter", 0)
        km = metres / 1000
        return self._unit(km, "length-kilometer", 0 if abs(km - round(km)) < 0.05 else 1)

    def days_apart(self, a: Date, b: Date) -> str:
        """Say how far two days are apart, as :meth:`span` does."""
        return self.span(abs((b - a).days))

    def span(self, days: int) -> str:
        """Say how long something takes, in the unit that fits: ``2 years``, ``5 months``, ``40 days``."""
        from babel.dates import format_timedelta

        unit = next(unit for unit, least in _SPANS if days >= least)  # the first that is long enough, and no other
        length = timedelta(days=days)
        return str(format_timedelta(length, unit, threshold=math.inf, locale=self._locale))

    def date(self, day: Date) -> str:
        """Write a day in full: ``14 August 2021``, ``14 agosto 2021``."""
        return _date(day, "long", self._locale)

    def date_phrase(self, day: Date) -> str:
        """Write a day as a sentence does: ``14 August 2021``, but ``il 14 agosto 2021``, ``l’8 agosto 2021``."""
        if day not in self._phrases:
            elided = day.day in (8, 11)
            self._phrases[day] = self.translate("day.the_elided" if elided else "day.the", date=self.date(day))
        return self._phrases[day]

    def short_date(self, day: Date) -> str:
        """Write a day for tables and legends: ``14 Aug 2021``, ``14 ago 2021``."""
        return _date(day, "medium", self._locale)

    def month(self, day: Date) -> str:
        """Name the month of a day: ``August``."""
        return _date(day, "LLLL", self._locale)

    def time(self, moment: datetime) -> str:
        """Write a time of day, UTC: ``10:20``."""
        from babel.dates import format_time

        return str(format_time(moment, format="short", tzinfo=None, locale=self._locale))

    def join(self, items: Sequence[str]) -> str:
        """Join things as a sentence does: ``a, b and c``."""
        from babel.lists import format_list

        return str(format_list(list(items), locale=self._locale)) if items else ""

    def position(self, lon: float, lat: float, digits: int = 3) -> str:
        """Write a position in degrees: ``45.485° N, 8.850° E``."""
        return self.translate(
            f"position.{'n' if lat >= 0 else 's'}{'e' if (lon + 180) % 360 >= 180 else 'w'}",
            lat=self.number(abs(lat), digits),
            lon=self.number(abs((lon + 180) % 360 - 180), digits),
        )

    def cells(self, n: int, cell_m: int = TILE_M) -> str:
        """Count the parts of a grid: ``110 tiles``, ``1,760 cells of 160 m``."""
        if cell_m == TILE_M:
            return self.translate("count.tiles", n)
        return self.translate("count.cells", n, side=self.metres(cell_m))

    def clear(self, acquisition: Acquisition) -> str:
        """Say how clear the drawn area is: ``98 % clear``, or what else is known."""
        if acquisition.clear_share is not None:
            return self.translate("clear.share", share=self.share(acquisition.clear_share))
        if acquisition.cloud_cover_pct is not None:
            return self.translate("clear.granule", share=self.share(acquisition.cloud_cover_pct / 100))
        return self.translate("clear.unknown")

    def class_name(self, i: int) -> str:
        """Name a class as legends and tables do, lower case.

        Raises:
            IndexError: no such class.
        """
        return self.translate(f"class.{CLASS_NAMES[i]}")

    def class_letter(self, i: int) -> str:
        """Give the letter that stands for a class in this language; files for other programs keep the English one.

        Raises:
            IndexError: no such class.
        """
        return self.translate(f"letter.{CLASS_NAMES[i]}")

    def class_noun(self, i: int) -> str:
        """Name a class as a sentence does: ``industrial ground``.

        Raises:
            IndexError: no such class.
        """
        return self.translate(f"noun.{CLASS_NAMES[i]}")

    def class_share(self, i: int, share: float) -> str:
        """Name a class with its share or probability: ``industrial (12 %)``."""
        return self.translate("class.share", name=self.class_name(i), share=self.share(share))

    def noun_share(self, i: int, share: float) -> str:
        """Name a class as a sentence does, with its share: ``industrial ground (12 %)``."""
        return self.translate("class.share", name=self.class_noun(i), share=self.share(share))

    def noun_area(self, i: int, ha: float, *, like: float | None = None) -> str:
        """Name a class as a sentence does, with an area: ``industrial ground (41 ha)``."""
        return self.translate("class.share", name=self.class_noun(i), share=self.area(ha, like=like))

    def group_share(self, key: str, share: float) -> str:
        """Name a broad group of land, one of ``domain.classes.GROUPS``, with its share: ``farmland (54 %)``."""
        return self.translate("class.share", name=self.translate(f"group.{key}"), share=self.share(share))

    def capital(self, text: str) -> str:
        """Put a capital letter at the start, for headings and legends."""
        return text[:1].upper() + text[1:]

    def _unit(self, value: float, unit: str, digits: int) -> str:
        from babel.units import format_unit

        text = str(format_unit(value, unit, length="short", format=_pattern(digits), locale=self._locale))
        return text.replace(" ", "\N{NO-BREAK SPACE}")  # a line never parts a number from its unit

    def _percent(self, share: float, digits: int) -> str:
        pattern = _pattern(digits) + _PERCENT.get(self.lang, "%")
        return _percent(round(share, digits + 4), pattern, self._locale)

    def _text(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, Integral | Date):
            raise TypeError(f"{value!r} is neither text, nor a whole number, nor a date; give it as text")
        return self.number(int(value)) if isinstance(value, Integral) else self.date(value)


def area_unit(largest_ha: float) -> tuple[str, float]:
    """Choose the unit of all areas of a table, chart or sentence by the largest of them.

    Args:
        largest_ha: hectares.

    Returns:
        The sign, and how many hectares it is: ``("ha", 1.0)``, from 1,000 ha on ``("km²", 100.0)``.
    """
    return ("km²", _HA_OF_KM2) if abs(largest_ha) >= _KM2_FROM_HA else ("ha", 1.0)


@cache
def english() -> Words:
    """Give the words of pages, files and the command line, which are in English."""
    return Words("en")


def best_language(wanted: str | Iterable[str] | None) -> str:
    """Choose the language for a reader from what a browser asks for; with the country where one is named.

    Args:
        wanted: an ``Accept-Language`` header, one language tag, or several, most wanted first; None where unknown.

    Returns:
        Something that ``Words`` takes, such as ``it`` or ``en-US``; the default where nothing fits.
    """
    if wanted is None:
        return LANGUAGES[0]
    parts = wanted.split(",") if isinstance(wanted, str) else list(wanted)
    weighed = []
    for place, part in enumerate(parts):
        tag, _, weight = part.partition(";")
        match = re.search(r"q\s*=\s*([01](?:\.\d*)?)", weight)
        weighed.append((-float(match.group(1)) if match else -1.0, place, tag.strip()))
    for negative, _, tag in sorted(weighed):
        found = _TAG.fullmatch(tag)
        if negative < 0 and found and found.group(1).lower() in LANGUAGES:
            language, country = found.group(1).lower(), found.group(2)
            return f"{language}-{country.upper()}" if country else language
    return LANGUAGES[0]


def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")


def _area_digits(ha: float, size: float) -> int:
    """Decimals of an area in a unit of so many hectares."""
    if size == 1:
        return 0 if abs(ha) >= 10 or not ha else 1
    return 0 if abs(ha) >= 10_000 or not ha else 1 if abs(ha) >= 100 else 2


# A comparison in fine cells has a sentence for each of many thousand places: the same shares and days come again.
@lru_cache(maxsize=4096)
def _decimal(value: float, pattern: str, locale: Locale) -> str:
    from babel.numbers import format_decimal

    return str(format_decimal(value, format=pattern, locale=locale))


@lru_cache(maxsize=4096)
def _percent(share: float, pattern: str, locale: Locale) -> str:
    from babel.numbers import format_percent

    return str(format_percent(share, format=pattern, locale=locale))


@lru_cache(maxsize=1024)
def _date(day: Date, form: str, locale: Locale) -> str:
    from babel.dates import format_date

    return str(format_date(day, format=form, locale=locale))
