"""What rooms that know no reader say in English (errors, progress, names of bands), in the reader's language.

``spoken/<language>.po`` holds them by their English form. ``{}`` stands for a value, in the same order in both forms,
or ``{0}``, ``{1}`` where a translation turns them round. What is not there stays English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+\.\d+")
"""As English writes it, with a comma between thousands."""
_KEPT = 4096
_PLACE = re.compile(r"{(\d*)}")


@lru_cache(maxsize=_KEPT)
def spoken(text: str, language: str) -> str:
    """Say an English sentence of the program in another language, its values in the form of that language.

    Args:
        text: whole, as the program says it; sentences inside it, such as a reason, are said too.
        language: ``en`` gives it back.
    """
    whole, templates = _catalogue(language)
    if text in whole:
        return whole[text]
    for matches, say in templates:
        if found := matches(text):
            return say([_value(value, language) for value in found])
    return _by_sentences(text, language) if language != "en" else text


def _by_sentences(text: str, language: str) -> str:
    """Say a text of several sentences one by one, where the whole is not known."""
    parts = re.split(r"(?<=[.:;])( +|\n+)(?=[A-Z(])", text)
    return (
        "".join(spoken(part, language) if i % 2 == 0 else part for i, part in enumerate(parts)) if parts[1:] else text
    )


def _value(value: str, language: str) -> str:
    if _NUMBER.fullmatch(value):
        return value.replace(",", " ").replace(".", ",").replace(" ", ".")
    return spoken(value, language) if re.search(r"[a-z]", value) else value


@lru_cache(maxsize=8)
def _catalogue(
    language: str,
) -> tuple[dict[str, str], tuple[tuple[Callable[[str], tuple[str, ...] | None], Callable[[list[str]], str]], ...]]:
    """Read a catalogue: sentences without values by their English form; the others as what finds and what says them."""
    path = files("lulc_core.language") / "spoken" / f"{language}.po"
    if not path.is_file():
        return {}, ()
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        known = {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id and m.string}
    whole = {english: said for english, said in known.items() if "{}" not in english}
    # The more of a sentence is given, the surer it is the one that is meant.
    longest = sorted((e for e in known if e not in whole), key=lambda e: -len(e.replace("{}", "")))
    return whole, tuple((_finder(english), _sayer(known[english])) for english in longest)


def _finder(english: str) -> Callable[[str], tuple[str, ...] | None]:
    parts = english.split("{}")
    pattern = re.compile("(.+?)".join(map(re.escape, parts)), re.S)
    first, last = parts[0], parts[-1]

    def find(text: str) -> tuple[str, ...] | None:
        if not text.startswith(first) or not text.endswith(last):
            return None
        found = pattern.fullmatch(text)
        return found.groups() if found else None

    return find


def _sayer(said: str) -> Callable[[list[str]], str]:
    def say(values: list[str]) -> str:
        rest = iter(values)
        return _PLACE.sub(lambda m: values[int(m[1])] if m[1] else next(rest), said)

    return say
