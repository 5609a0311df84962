"""What a planner would not say does not come back: in catalogues, in the program's own sentences, in documents."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.language.test_words import sentences

ROOT = Path(__file__).resolve().parents[2]
NEVER = {
    r"cells of the map": "how fine the map is",
    r"\bgranule\b.*\bcloud|\bcloud.*\bgranule": "cloud in the whole image",
    r"named in all": "the whole area was classified",
    r"\bcells of (\{\}|\d+) ?m? of (\{\}|\d)": "a share of the area, or a number of the whole",
    r"than its card says": "expect more mistakes",
    r"smallest ground that": "nothing smaller is told apart",
    r"\bsomebody (named|else)": "who it was, or the passive",
    r"qualcuno ha dato un nome": "sono stati riconosciuti",
    r"(?<![_\w])km2(?!\w)": "km²",
    r"(?<=\d) (%|km²|ha\b)": "a space that does not break, U+00A0",
}
"""What must not be read, and what to say."""
READ = ("ui", "report", "analysis", "render", "pipeline", "export")
"""Rooms whose sentences a planner reads beside the catalogues."""
SPACES = r"(?<=\d) (%|km²|ha\b)"


@pytest.mark.parametrize("never", NEVER)
@pytest.mark.parametrize("language", ["en", "it"])
def test_no_sentence_of_the_catalogues_says_it(never: str, language: str) -> None:
    said = {key: form for key, forms in sentences(language).items() for form in forms if re.search(never, form, re.I)}
    assert not said, f"say: {NEVER[never]}"


@pytest.mark.parametrize("never", [n for n in NEVER if n != SPACES])
def test_no_sentence_of_the_program_says_it(never: str) -> None:
    """Texts of two words and more that are no docstrings; an f-string with its values as ``{}``."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for room in READ
        for path in (ROOT / "lulc_core" / room).rglob("*.py")
        for line, text in texts(path)
        if " " in text and re.search(never, text, re.I)
    ]
    assert not found, f"say: {NEVER[never]}"


@pytest.mark.parametrize("never", [n for n in NEVER if n not in (SPACES, r"\bgranule\b.*\bcloud|\bcloud.*\bgranule")])
def test_no_document_says_it(never: str) -> None:
    paths = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    found = [p.name for p in paths if re.search(never, p.read_text(encoding="utf-8"), re.I)]
    assert not found, f"say: {NEVER[never]}"


@cache
def texts(path: Path) -> list[tuple[int, str]]:
    """The texts of a module with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    joined = [n for n in ast.walk(tree) if isinstance(n, ast.JoinedStr)]
    inside = {id(part) for n in joined for part in n.values}
    found = [
        (n.lineno, "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in n.values)) for n in joined
    ]
    return found + [
        (n.lineno, n.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docs | inside
    ]
