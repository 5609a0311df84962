"""One letter a class: what a reader meets on a page, on a map and in a document is the letter of their language."""

from __future__ import annotations

import re
from pathlib import Path

from lulc_core.domain.classes import CLASSES
from lulc_core.language.words import Words
from lulc_core.ui.map.data import options

ROOT = Path(__file__).resolve().parents[2] / "lulc_core"
SHOWN = ("ui", "render", "report/documents", "report/story")
ENGLISH_LETTER = re.compile(r"\b(c|cls|CLASSES\[[^]]*\])\.letter\b")


def test_what_is_shown_takes_no_letter_past_the_reader():
    files = [p for room in SHOWN for p in (ROOT / room).rglob("*") if p.suffix in (".py", ".html")]
    assert [p.name for p in files if ENGLISH_LETTER.search(p.read_text(encoding="utf-8"))] == []


def test_map_and_documents_agree_in_italian():
    words = Words("it")
    letters = {c["id"]: c["letter"] for c in options(words)["classes"]}
    assert letters == {c.id: words.class_letter(c.id) for c in CLASSES}
    assert letters != {c.id: c.letter for c in CLASSES} and len(set(letters.values())) == len(CLASSES)
