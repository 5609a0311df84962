"""Sentences by key, read from the .po files of a language.

Every file ``catalogues/<language>/<part>.po`` is read; parts keep the sentences of one place of the program together.
The key is the ``msgid``; it stays, whatever becomes of the wording. A sentence with a plural has the same key as
``msgid_plural``, its first form is for one, its second for any other number.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from lulc_core.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: tuple[str, ...] = ("en", "it")
"""The first is the default."""
LANGUAGE_NAMES: dict[str, str] = {"en": "English", "it": "Italiano"}
"""Each in its own words, for a switch."""


@dataclass(frozen=True)
class Sentence:
    """One whole sentence or label of the catalogue."""

    key: str
    forms: tuple[str, ...]
    """One form; or two, for one and for any other number."""

    @property
    def placeholders(self) -> frozenset[str]:
        """Names in braces, of all forms together."""
        found = (name for form in self.forms for _, name, _, _ in string.Formatter().parse(form))
        return frozenset(name for name in found if name is not None)


@lru_cache(maxsize=len(LANGUAGES))
def sentences(language: str) -> Mapping[str, Sentence]:
    """All sentences of a language by key.

    Args:
        language: one of LANGUAGES.

    Raises:
        InputError: no such language.
    """
    from babel.messages.pofile import read_po

    if language not in LANGUAGES:
        raise InputError(
            f"There is no language {language!r} here; there are {', '.join(LANGUAGES)}.", hint="Choose one of them."
        )
    found: dict[str, Sentence] = {}
    folder = files("lulc_core.language") / "catalogues" / language
    for part in sorted(folder.iterdir(), key=lambda p: p.name):
        if not part.name.endswith(".po"):
            continue
        with part.open("rb") as file:
            for message in read_po(file, locale=language, abort_invalid=True):
                if not message.id:
                    continue
                key = message.id if isinstance(message.id, str) else message.id[0]
                text = message.string or ""
                found[key] = Sentence(key, (text,) if isinstance(text, str) else tuple(text))
    return MappingProxyType(found)
