"""What rooms that know no reader say in English: found by its English form, said in Italian, its values kept."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError
from lulc_core.language.spoken_english import spoken

ROOT = Path(__file__).resolve().parents[2] / "lulc_core"
TOLD = ("domain/aoi.py", "domain/places.py", "domain/shapes", "sources/area_files", "sources/geotiff", "ui")
"""Where errors come from that a user of the pages causes: all their sentences are said in Italian."""
SERVICES = ("sources/open_archive", "sources/sentinel_hub", "sources/check.py", "sources/cache.py", "sources/base.py")
"""Where reasons come from why a service does not answer, and what is said of its imagery: all of that, too."""
OF_PROTOCOL = re.compile(
    r"^Earth Search$|^Sentinel Hub$|python-requests|\\b\(|\[ _\]|NameResolution|^'status'|^timed out$|evaluatePixel"
    r"|sampleType|max_side is|^Name or service$|^ and (?:the|asks to wait \{\} s)|is of the source|named twice"
    r"|Search the source|none given|Deleted %d files|^a tile is|^python -m "
)
"""Names, what is looked for in others' words, logs, and halves of sentences that are known as a whole."""
NOT_ON_A_PAGE = re.compile(r"(?<![\w-])--[a-z]|python -m|\blulc_core\b")
TECHNICAL = re.compile(
    r"must have shape|^rows must|^no table of values$|RFC 7946|GeometryCollection|is no level; there|^\{\}[^\w]*\{\}$"
    r"|--image|\bpipe or a device|^Name a file in|Addresses on the network|machine that can be read"
    r"|^\{\} holds \{\} \{\}|^Name the|folder without band files|holds \{\} granules|too much to be one product"
    r"|Leave the layer out|arc that is not there|Mend that line|The acquisition \{\} is not that|Name the day"
    r"|page of your account"
)
"""Of the program to itself, or of the command line only."""


@cache
def known() -> dict[str, str]:
    with (ROOT / "language" / "spoken" / "it.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale="it") if m.id}


def template(node: ast.AST) -> str | None:
    """A text with ``{}`` for what is put into it; None where it is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return None


@cache
def said_in_english() -> tuple[dict[str, str], str]:
    """Sentences of errors with where they stand, and all texts of the program."""
    errors, everything = {}, []
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (text := template(node)) is not None:
                everything.append(text)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error"):
                for argument in (*node.args[:1], *(k.value for k in node.keywords if k.arg == "hint")):
                    if (text := template(argument)) and " " in text:
                        errors[text] = path.relative_to(ROOT).as_posix()
    for ending in ("*.csv", "*.evaluation.json"):
        everything += [path.read_text(encoding="utf-8") for path in ROOT.rglob(ending)]
    return errors, "\n".join(everything)


@pytest.mark.parametrize("english", known())
def test_each_has_its_places(english: str) -> None:
    italian = known()[english]
    places = english.count("{}")
    named = [int(n) for n in re.findall(r"{(\d+)}", italian)]
    assert italian.count("{}") == (0 if named else places) and all(n < places for n in named)


def test_what_nobody_says_any_more_goes() -> None:
    """A verb may be put in by number, and a hint be made of two halves; some may stay until the next cleaning."""
    everything = said_in_english()[1]
    begins = {english: re.split(r"; | (?:has|have) used | or ask whoever", english)[0] for english in known()}
    assert len([english for english, begin in begins.items() if begin not in everything]) <= 20


def test_errors_that_a_user_causes_are_said_in_italian() -> None:
    errors, _ = said_in_english()
    left = [
        t
        for t, where in errors.items()
        if where.startswith(TOLD) and not known().get(t) and "may use" not in t and not TECHNICAL.search(t)
    ]
    assert not left


def test_what_services_are_said_to_do_is_said_in_italian() -> None:
    left = []
    for path in ROOT.rglob("*.py"):
        if not path.relative_to(ROOT).as_posix().startswith(SERVICES):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        of_others = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
        of_others |= {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values}
        for node in ast.walk(tree):
            text = template(node) if id(node) not in of_others else None
            if text and re.search("[a-z]{2}", text) and " " in text.strip() and not OF_PROTOCOL.search(text):
                left += [f"{path.name}: {text}"] if not known().get(text) else []
    assert not left


def test_what_to_do_next_can_be_done_on_a_page() -> None:
    """An option of the command line stands in ``option``, which pages leave out."""
    errors, _ = said_in_english()
    asked = ("domain", "sources", "isolation", "pipeline", "ui")
    assert not {text: where for text, where in errors.items() if where.startswith(asked) and NOT_ON_A_PAGE.search(text)}
    assert not [text for text in known() if NOT_ON_A_PAGE.search(text)]


def test_a_reason_of_a_service_is_said_with_what_it_was_asked_for() -> None:
    english = "127.0.0.1:9 was asked for L1C products of the area and answered nothing in time."
    assert spoken(english, "it") == "127.0.0.1:9 ha risposto niente in tempo alla richiesta: i prodotti L1C dell’area."


def test_an_error_is_said_with_its_values_in_the_readers_form() -> None:
    with pytest.raises(AoiError) as caught:
        Aoi.from_bbox(8.0, 45.0, 9.0, 46.0).check_size(1500)
    said = spoken(caught.value.message, "it")
    assert said.startswith("L’area misura 8.") and "al massimo 1.500 km²" in said
    assert spoken(caught.value.message, "en") == caught.value.message


def test_sentences_are_found_inside_a_text_and_what_is_unknown_stays() -> None:
    both = "Try again. There is something else."
    assert spoken(both, "it") == "Riprova. There is something else."
    assert spoken("The link's 'date' is no date.", "it") == "«date» del link non è una data."
    assert spoken("<b>parcels.zip</b> is empty.", "it") == "<b>parcels.zip</b> è vuoto."
