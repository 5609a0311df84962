"""The reader's language: every sentence in every language, whole and with the same places for numbers; their forms."""

from __future__ import annotations

import ast
import io
import re
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from lulc_core.domain.classes import CLASS_NAMES, CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.language.catalogue import LANGUAGES, catalogue
from lulc_core.language.words import Words, area_unit, best_language, english

ROOT = Path(__file__).resolve().parents[2]
SAYING = [
    *(ROOT / "lulc_core" / "report" / "story").glob("*.py"),
    *(ROOT / "lulc_core" / "analysis" / name for name in ("describe.py", "change/sentences.py")),
]
"""Modules that decide what is said."""


@cache
def sentences(language: str) -> dict[str, tuple[str, ...]]:
    """Forms by key, from the files: one form, or two, for one and for any other number."""
    folder = ROOT / "lulc_core" / "language" / "catalogues" / language
    files_of_parts = [read_po(io.BytesIO(path.read_bytes()), locale=language) for path in sorted(folder.glob("*.po"))]
    found: dict[str, tuple[str, ...]] = {}
    for message in (m for part in files_of_parts for m in part if m.id):
        key, text = message.id, message.string
        found[key if isinstance(key, str) else key[0]] = (text,) if isinstance(text, str) else tuple(text or ())
    return found


def placeholders(*forms: str) -> set[str]:
    return {name for form in forms for name in re.findall(r"{(\w+)}", form)}


# --- the catalogues ------------------------------------------------------------------------------------------------


def parts(language: str) -> list[str]:
    folder = files("lulc_core.language") / "catalogues" / language
    return sorted(p.name for p in folder.iterdir() if p.name.endswith(".po"))


def test_every_language_has_the_same_parts():
    assert parts("en") == parts("it") != []


def test_no_key_stands_twice():
    for language in LANGUAGES:
        folder = ROOT / "lulc_core" / "language" / "catalogues" / language
        keys = [k for p in folder.glob("*.po") for k in re.findall(r'^msgid "(.+)"$', p.read_text("utf-8"), re.M)]
        assert len(keys) == len(set(keys)) == len(sentences(language))


def test_every_sentence_exists_in_every_language():
    assert set(sentences("en")) == set(sentences("it")) == catalogue("en").keys == catalogue("it").keys


@pytest.mark.parametrize("key", sorted(sentences("en")))
def test_both_languages_say_the_same_with_the_same_numbers(key):
    english, italian = sentences("en")[key], sentences("it")[key]
    assert placeholders(*english) == placeholders(*italian)
    assert len(english) == len(italian)
    for forms in (english, italian):
        assert all(form.strip() == form and form for form in forms)
        # The plural form holds everything that the singular does, and its number.
        assert not placeholders(forms[0]) - placeholders(forms[-1])


def test_italian_is_not_english_left_over():
    same = {k for k in sentences("en") if sentences("en")[k] == sentences("it")[k]}
    letters = {k for k in same if re.search(r"[A-Za-z]{4,}", re.sub(r"{\w+}", "", sentences("en")[k][0]))}
    assert letters <= {
        *(f"satellite.{s}" for s in ("any", "S2A", "S2B", "S2C")),
        "when.satellite",
        "sheet.simulated_date",
        "position.se",
        "spectra.part.sentinel2",
        "compare.step.area",
        *("panel.source.sentinel-hub", "panel.example.title.3", "panel.account", "panel.account.id"),
        *("panel.account.secret", "explore.fact.satellite", "map.js.base.satellite", "explore.area", "panel.way.File"),
        "package.class_line",
    }


def calls_of_translate() -> list[ast.Call]:
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "lulc_core").rglob("*.py")]
    calls = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call) and n.args]
    return [c for c in calls if "translate" in (getattr(c.func, "attr", ""), getattr(c.func, "id", ""))]


def test_every_key_that_the_program_says_is_there():
    """Keys written out in calls of ``translate``; those made of parts are covered by the tests of stories."""
    leaves = [(call.args[0], leaf) for call in calls_of_translate() for leaf in ast.walk(call.args[0])]
    keys = {
        leaf.value
        for root, leaf in leaves
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) and not _in_joined(root, leaf)
    }
    assert len(keys) > 100
    for template in (ROOT / "lulc_core").rglob("templates/*.html"):
        keys |= set(re.findall(r"translate\([\"']([\w.]+)[\"']", template.read_text("utf-8")))
    assert {k for k in keys if "." in k and " " not in k} <= set(sentences("en"))


def test_every_key_is_said_somewhere():
    """Written out in the program's text, or made by an f-string in a call of ``translate``."""
    paths = [path for ending in ("py", "html") for path in (ROOT / "lulc_core").rglob(f"*.{ending}")]
    text = "\n".join(path.read_text("utf-8") for path in paths)
    made = [leaf for call in calls_of_translate() for leaf in ast.walk(call.args[0]) if isinstance(leaf, ast.JoinedStr)]
    patterns = [
        re.compile("".join(re.escape(v.value) if isinstance(v, ast.Constant) else r"[\w-]+" for v in joined.values))
        for joined in made
    ]
    left = {key for key in sentences("en") if f'"{key}"' not in text and not any(p.fullmatch(key) for p in patterns)}
    left -= {key for key in left if key.startswith("satellite.")}
    left -= {key for key in left if key.startswith("map.js.") and _said_in_a_script(key.removeprefix("map.js."))}
    assert left <= {"share.under", "share.over"} | {f"page.make.{end}" for end in ("pdf", "html", "pptx", "png", "zip")}


def _said_in_a_script(key: str) -> bool:
    """``say("key")``, or ``say("begin." + rest)``."""
    scripts = "".join(p.read_text("utf-8") for p in (ROOT / "lulc_core/ui/map/assets").glob("*.js"))
    begin, dot, _ = key.partition(".")
    return f'"{key}"' in scripts or (bool(dot) and f'"{begin}." +' in scripts)


def _in_joined(root: ast.AST, leaf: ast.AST) -> bool:
    return any(isinstance(n, ast.JoinedStr) and leaf in ast.walk(n) for n in ast.walk(root))


def test_no_sentence_is_put_together_from_pieces():
    """Sentences end with their own full stop, and nothing that is said is joined with + or put into an f-string."""
    for path in SAYING:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            inside = (
                [node.left, node.right]
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)
                else [v.value for v in node.values if isinstance(v, ast.FormattedValue)]
                if isinstance(node, ast.JoinedStr)
                else []
            )
            for piece in inside:
                calls = [n for n in ast.walk(piece) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
                assert not [c for c in calls if c.func.attr == "translate"], f"{path.name}:{node.lineno}"


# --- saying it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "number", "share", "day", "area"),
    [
        ("en", "1,234.5", "42.5\N{NO-BREAK SPACE}%", "14 August 2021", "1,042\N{NO-BREAK SPACE}km²"),
        ("it", "1.234,5", "42,5%", "14 agosto 2021", "1.042\N{NO-BREAK SPACE}km²"),
        ("en-US", "1,234.5", "42.5\N{NO-BREAK SPACE}%", "August 14, 2021", "1,042\N{NO-BREAK SPACE}km²"),
    ],
)
def test_numbers_and_dates_are_in_the_readers_form(lang, number, share, day, area):
    words = Words(lang)
    assert words.number(1234.5, 1) == number
    assert words.share(0.425, 1) == share
    assert words.date(date(2021, 8, 14)) == day
    assert words.area(104_200) == area


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0, 0, "0 %"),
        (1, 0, "100 %"),
        (0.0001, 0, "under 1 %"),
        (0.9999, 0, "over 99 %"),
        (0.9949, 0, "99 %"),
        (0.006, 0, "1 %"),
        (0.0004, 1, "under 0.1 %"),
        (None, 0, "unknown"),
    ],
)
def test_a_share_promises_nothing_that_it_does_not_keep(share, digits, text):
    assert english().share(share, digits).replace("\N{NO-BREAK SPACE}", " ") == text


def test_tables_have_the_same_shares_in_short():
    shares = [english().share(s, short=True).replace("\N{NO-BREAK SPACE}", " ") for s in (0.0049, 0.0051, 0.9951)]
    assert shares == ["<1 %", "1 %", ">99 %"]


@pytest.mark.parametrize(
    ("share", "text"), [(0.0242, "2.4 %"), (0.0996, "10 %"), (0.25, "25 %"), (0.0004, "under 0.1 %")]
)
def test_a_fine_share_has_two_figures(share, text):
    assert english().fine_share(share).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("ha", "text", "beside"),
    [
        (0.2, "0.2 ha", "<0.01 km²"),
        (3.21, "3.2 ha", "0.03 km²"),
        (40.96, "41 ha", "0.41 km²"),
        (1234.5, "12.3 km²", "12.3 km²"),
        (104_200, "1,042 km²", "1,042 km²"),
    ],
)
def test_areas_are_in_the_unit_of_the_largest_beside_them(ha, text, beside):
    words, largest = english(), 120_000
    assert words.area(ha).replace("\N{NO-BREAK SPACE}", " ") == text
    assert words.area(ha, like=largest).replace("\N{NO-BREAK SPACE}", " ") == beside
    assert words.area(ha, like=999) == words.area(ha)
    if ha > 0.5:
        assert f"{words.area_number(ha, like=largest)} {area_unit(largest)[0]}" == beside


def test_parts_of_a_grid_are_counted():
    assert [english().cells(n, m) for n, m in ((1, 640), (110, 640), (1760, 160))] == [
        "1 tile",
        "110 tiles",
        "1,760 cells of 160\N{NO-BREAK SPACE}m",
    ]


def test_singular_and_plural():
    words = Words("en")
    assert words.translate("change.title", 1, area="41 ha") == "What changed: one square, 41 ha"
    assert words.translate("change.title", 1234, area="506 km²") == "What changed: 1,234 squares, 506 km²"
    assert Words("it").translate("change.title", 2, area="82 ha") == "Che cosa è cambiato: 2 quadrati, 82 ha"


def test_italian_dates_have_their_article():
    words = Words("it")
    assert words.date_phrase(date(2021, 8, 8)) == "l’8 agosto 2021"
    assert words.date_phrase(date(2021, 8, 9)) == "il 9 agosto 2021"


def test_a_float_must_come_as_text_so_that_somebody_thought_of_its_digits():
    with pytest.raises(TypeError, match="whole number"):
        Words("en").translate("change.headline", 2, before="a", after="b", total=3.7, area="1 ha", share="1%")


def test_a_plural_needs_its_number():
    with pytest.raises(TypeError, match="plural"):
        Words("en").translate("change.title", area="41 ha")


def test_classes_have_names_in_both_languages():
    for lang in LANGUAGES:
        words = Words(lang)
        names = [words.class_name(i) for i in range(len(CLASSES))]
        assert len(set(names)) == 10 and all(words.class_noun(i) for i in range(10))
    assert [Words("en").class_name(c.id) for c in CLASSES] == [c.map_label for c in CLASSES]
    assert CLASS_NAMES[1] == "Forest" and Words("it").class_name(1) == "bosco"


def test_places_and_times():
    words = Words("it")
    assert words.position(-8.25, -3.5) == "3,500° S, 8,250° O"
    assert Words("en").position(180.2, 10.0) == "10.000° N, 179.800° W"
    assert words.time(datetime(2021, 8, 14, 10, 20, 31, tzinfo=UTC)) == "10:20"
    assert words.days_apart(date(2019, 7, 16), date(2021, 8, 14)) == "2 anni"
    assert Words("en").metres(640) == "640\N{NO-BREAK SPACE}m" and Words("en").metres(1500) == "1.5\N{NO-BREAK SPACE}km"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("it-IT,it;q=0.9,en-US;q=0.8", "it-IT"),
        ("de-DE,de;q=0.9,en;q=0.3,it;q=0.5", "it"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
        ("en-US", "en-US"),
        ("it;q=0, en", "en"),
        (["it", "en"], "it"),
        ("x" * 5000, "en"),
    ],
)
def test_the_language_that_a_browser_asks_for(wanted, found):
    assert best_language(wanted) == found
    Words(found)


@pytest.mark.parametrize("lang", ["de", "", "../../etc", "en/../it"])
def test_an_unknown_language_is_one_sentence(lang):
    with pytest.raises(InputError, match="no language"):
        Words(lang)


def test_a_country_that_does_not_exist_has_the_languages_own_form():
    assert Words("it-ZZ").number(1234.5, 1) == "1.234,5"
