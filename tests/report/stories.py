"""Stories of real results made of arrays, told once for all tests of this room."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lulc_core.export.bundle import Bundle, bundle_of
from lulc_core.language.words import Words
from lulc_core.model.card import DEFAULT_MODEL, WEIGHTS_DIR
from lulc_core.report.story.build import build_story
from lulc_core.report.story.slide import Edits, Story
from tests.render.results import AOI, compare_result, fine_result, map_result


@lru_cache(maxsize=8)
def bundle(kind: str = "compare", *, simulated: bool = False) -> Bundle:
    """A result: ``map``, ``fine`` (160 m), ``compare``, ``two`` (a comparison without a further date)."""
    makers: dict[str, Callable[[], Any]] = {
        "map": lambda: map_result(simulated=simulated),
        "fine": lambda: fine_result(),
        "compare": lambda: compare_result(simulated=simulated),
        "two": lambda: compare_result(confirm=False, simulated=simulated),
    }
    made = makers[kind]()
    return bundle_of(made, aoi=AOI, request={"source": "arrays", "bbox": [8.8, 45.45, 8.83, 45.475]})


def evaluation(of: Bundle) -> dict[str, Any]:
    """The stored evaluation of the project's network, as if it were of the network that made this result."""
    values = json.loads((WEIGHTS_DIR / f"{DEFAULT_MODEL}.evaluation.json").read_text("utf-8"))
    return {**values, "model": {**values["model"], "sha256": of.after.land_cover.model.sha256}}


@lru_cache(maxsize=16)
def story(kind: str = "compare", lang: str = "en", *, simulated: bool = False) -> Story:
    """The story of such a result, with the evaluation."""
    made = bundle(kind, simulated=simulated)
    return build_story(made, Words(lang), evaluation=evaluation(made))


AWKWARD = {
    "html": "<script>alert('x')</script> & <b>\"bold\"</b> </title><img src=x onerror=alert(1)>",
    "right to left": "مرحبا بالعالم، هذا تعليق. שלום עולם",
    "emoji": "Great 😀🌲 👩‍👩‍👧 👍🏽 🇮🇹",
    "han": "東京の土地被覆",
    "controls": "a\u0000b\u0007c\u202edcba\u2066x\ufffe y\ud800z",
    "long": "word " * 1000,
    "one word": "x" * 5000,
    "lines": "first\n\nsecond\r\nthird",
}
"""What users paste."""


@lru_cache(maxsize=4)
def awkward(kind: str = "compare") -> Story:
    """A story with awkward text in every title and comment."""
    texts = list(AWKWARD.values())
    keys = [s.key for s in story(kind).slides]
    edits = Edits(
        title=AWKWARD["html"],
        titles={k: texts[i % len(texts)] for i, k in enumerate(keys)},
        comments={k: texts[(i + 3) % len(texts)] for i, k in enumerate(keys)},
    )
    made = bundle(kind)
    return build_story(made, Words("en"), edits=edits, evaluation=evaluation(made))
