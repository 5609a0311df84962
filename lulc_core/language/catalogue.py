"""Sentences by key, from the .po files of a language, looked up by gettext.

Every file ``catalogues/<language>/<part>.po`` is read; parts keep the sentences of one place of the program together.
The key is the ``msgid``; it stays, whatever becomes of the wording. A sentence with a plural has the same key as
``msgid_plural``.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations
from importlib.resources import files

from lulc_core.domain.errors import InputError

LANGUAGES: tuple[str, ...] = ("en", "it")
"""The first is the default."""
LANGUAGE_NAMES: dict[str, str] = {"en": "English", "it": "Italiano"}
"""Each in its own words, for a switch."""


@dataclass(frozen=True)
class Catalogue:
    """All sentences of a language."""

    translations: GNUTranslations
    keys: frozenset[str]
    plural_keys: frozenset[str]
    """Of the sentences whose form depends on a number."""

    def form(self, key: str, n: int | None) -> str:
        """Look up a sentence, in the form that goes with a number.

        Raises:
            KeyError: no such sentence.
            TypeError: a plural without its number.
        """
        if key not in self.keys:
            raise KeyError(key)
        if key not in self.plural_keys:
            return self.translations.gettext(key)
        if n is None:
            raise TypeError(f"the sentence {key!r} has a plural and needs its number")
        return self.translations.ngettext(key, key, n)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Catalogue:
    """Read the catalogue of a language.

    Args:
        language: one of LANGUAGES.

    Raises:
        InputError: no such language.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    if language not in LANGUAGES:
        raise InputError(
            f"There is no language {language!r} here; there are {', '.join(LANGUAGES)}.", hint="Choose one of them."
        )
    merged = Catalog(locale=language)
    for part in sorted((files("lulc_core.language") / "catalogues" / language).iterdir(), key=lambda p: p.name):
        if part.name.endswith(".po"):
            with part.open("rb") as file:
                for message in read_po(file, locale=language, abort_invalid=True):
                    if message.id:
                        merged[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    messages = [m for m in merged if m.id]
    keys = frozenset(m.id if isinstance(m.id, str) else m.id[0] for m in messages)
    return Catalogue(GNUTranslations(compiled), keys, frozenset(m.id[0] for m in messages if m.pluralizable))
