"""``Words``: everything a reader sees, in the reader's language and form of numbers, dates and units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date as Date
from datetime import datetime
from numbers import Integral
from typing import Any

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.land_cover import FLAG_NAMES, TileFlag
from lulc_core.language.catalogue import LANGUAGES, sentences

_HOME = {"en": "en_GB", "it": "it_IT"}
"""Whose numbers and dates a language without a country has."""
_KM2_FROM_HA = 1000.0
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}))?(?:[-_;.@].*)?")


class Words:
    """The words of one language.

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
        self._sentences = sentences(self.lang)
        country = (match.group(2) or "").upper() if match else ""
        try:
            self._locale = Locale.parse(f"{self.lang}_{country}" if country else _HOME[self.lang])
        except (UnknownLocaleError, ValueError):  # no such country for this language
            self._locale = Locale.parse(_HOME[self.lang])

    @property
    def tag(self) -> str:
        """For ``lang`` attributes (BCP 47): ``en-GB``, ``it-IT``."""
        return str(self._locale).replace("_", "-")

    @property
    def key(self) -> str:
        """Tells two ``Words`` apart; for cache keys."""
        return self.tag

    def translate(self, key: str, n: int | None = None, /, **values: Any) -> str:
        """A whole sentence of the catalogue.

        Args:
            key: of the sentence.
            n: the number that decides between singular and plural; also the value of ``{n}``.
            **values: of the placeholders. Whole numbers and dates are put into the reader's form; other numbers must
                come as text, from :meth:`number`, :meth:`share` and their like, which know the digits.

        Raises:
            KeyError: no such sentence, or a placeholder without a value.
            TypeError: a float, or a plural without its number.
        """
        sentence = self._sentences[key]
        form = sentence.forms[0]
        if len(sentence.forms) > 1:
            if n is None:
                raise TypeError(f"the sentence {key!r} has a plural and needs its number")
            form = sentence.forms[0 if self._locale.plural_form(n) == "one" else 1]
        if n is not None:
            values["n"] = n
        return form.format_map({name: self._text(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """True where the catalogue has a sentence of that key."""
        return key in self._sentences

    def number(self, value: float, digits: int = 0) -> str:
        """A number with ``digits`` decimals: ``1,234.5`` or ``1.234,5``."""
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(value, format=pattern, locale=self._locale))

    def share(self, share: float, digits: int = 0) -> str:
        """A share (0 to 1) in per cent. 0 and 100 % are promises that only exact ones get."""
        from babel.numbers import format_percent

        step = 0.5 * 10.0 ** (-2 - digits)
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        if 0 < share < step:
            return self.translate("share.under", value=self._percent(2 * step, pattern))
        if 1 - step <= share < 1:
            return self.translate("share.over", value=self._percent(1 - 2 * step, pattern))
        return str(format_percent(share, format=pattern, locale=self._locale))

    def area(self, ha: float) -> str:
        """Hectares, or square kilometres from 1,000 ha on, with the digits that help."""
        if abs(ha) >= _KM2_FROM_HA:
            return self._unit(ha / 100, "area-square-kilometer", 0 if abs(ha) >= 10_000 else 1)
        return self._unit(ha, "area-hectare", 0 if abs(ha) >= 10 else 1)

    def metres(self, metres: float) -> str:
        """A length: metres, or kilometres from 1,000 m on."""
        if abs(metres) < 1000:
            return self._unit(metres, "length-meter", 0)
        km = metres / 1000
        return self._unit(km, "length-kilometer", 0 if abs(km - round(km)) < 0.05 else 1)

    def days_apart(self, a: Date, b: Date) -> str:
        """How long two days are apart, in the unit that fits: ``2 years``, ``5 months``, ``12 days``."""
        from babel.dates import format_timedelta

        return str(format_timedelta(abs(b - a), threshold=1.2, granularity="day", locale=self._locale))

    def date(self, day: Date) -> str:
        """A day in full: ``14 August 2021``, ``14 agosto 2021``."""
        from babel.dates import format_date

        return str(format_date(day, format="long", locale=self._locale))

    def date_phrase(self, day: Date) -> str:
        """A day as it stands in a sentence: ``14 August 2021``, but ``il 14 agosto 2021`` and ``l’8 agosto 2021``."""
        return self.translate("day.the_elided" if day.day in (8, 11) else "day.the", date=self.date(day))

    def short_date(self, day: Date) -> str:
        """A day for tables and legends: ``14 Aug 2021``, ``14 ago 2021``."""
        from babel.dates import format_date

        return str(format_date(day, format="medium", locale=self._locale))

    def time(self, moment: datetime) -> str:
        """A time of day, UTC: ``10:20``."""
        from babel.dates import format_time

        return str(format_time(moment, format="short", tzinfo=None, locale=self._locale))

    def join(self, items: Sequence[str]) -> str:
        """A list of things in a sentence: ``a, b and c``."""
        from babel.lists import format_list

        return str(format_list(list(items), locale=self._locale)) if items else ""

    def position(self, lon: float, lat: float, digits: int = 3) -> str:
        """A place in degrees: ``45.485° N, 8.850° E``."""
        return self.translate(
            f"position.{'n' if lat >= 0 else 's'}{'e' if (lon + 180) % 360 >= 180 else 'w'}",
            lat=self.number(abs(lat), digits),
            lon=self.number(abs((lon + 180) % 360 - 180), digits),
        )

    def class_name(self, i: int) -> str:
        """A class as legends and tables call it, lower case.

        Raises:
            IndexError: no such class.
        """
        return self.translate(f"class.{CLASS_NAMES[i]}")

    def class_noun(self, i: int) -> str:
        """A class as it stands in a sentence: ``industrial ground``.

        Raises:
            IndexError: no such class.
        """
        return self.translate(f"noun.{CLASS_NAMES[i]}")

    def group_name(self, corine_l1: int) -> str:
        """A CORINE level-1 group, 1 to 5.

        Raises:
            KeyError: no such group.
        """
        return self.translate(f"group.{corine_l1}")

    def flag_name(self, flag: TileFlag) -> str:
        """Why a square has no name, or is read with care.

        Raises:
            KeyError: not a single flag.
        """
        return self.translate(f"flag.{FLAG_NAMES[flag]}")

    def capital(self, text: str) -> str:
        """The same with a capital letter at its start, for headings and legends."""
        return text[:1].upper() + text[1:]

    def _unit(self, value: float, unit: str, digits: int) -> str:
        from babel.units import format_unit

        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_unit(value, unit, length="short", format=pattern, locale=self._locale))

    def _percent(self, share: float, pattern: str) -> str:
        from babel.numbers import format_percent

        return str(format_percent(share, format=pattern, locale=self._locale))

    def _text(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, Integral | Date):
            raise TypeError(f"{value!r} is neither text, nor a whole number, nor a date; give it as text")
        return self.number(int(value)) if isinstance(value, Integral) else self.date(value)


def best_language(wanted: str | Iterable[str] | None) -> str:
    """The language for a reader, from what a browser asks for; with the country where one is named.

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
