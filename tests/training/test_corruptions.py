"""Shifts of light, air and files: what the Model page says of them."""

from __future__ import annotations

import json

from lulc_core.language.spoken_english import spoken
from lulc_core.model.card import WEIGHTS_DIR
from lulc_core.training.corruptions import CORRUPTIONS


def test_what_the_model_page_takes_from_the_evaluations_is_said_in_italian() -> None:
    """Shifts with their causes, and scenes that are none of the ten classes, whatever network they are of."""
    told = {text for c in CORRUPTIONS for text in (c.name, c.cause)}
    for path in WEIGHTS_DIR.parent.rglob("*.evaluation.json"):
        values = json.loads(path.read_text(encoding="utf-8"))
        told |= {text for name, shift in values["shifts"].items() for text in (name, shift["cause"])}
        told |= {case["words"] for case in values["unlike"]} | {values["calibration"]["method"], values["split"]}
    assert [text for text in sorted(told) if spoken(text, "it") == text] == []
