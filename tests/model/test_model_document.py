"""The figures of docs/model.md are those of the stored evaluations."""

from __future__ import annotations

import pytest

from benchmarks.model_tables import DOCUMENT, stored, tables, written
from lulc_core.model.card import available_models


def test_the_tables_of_the_document_say_what_was_measured():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count("<!-- table: ") == len(tables())
    assert written(text, tables()) == text, "run python -m benchmarks.model_tables --write"


@pytest.mark.parametrize("name", available_models())
def test_the_evaluation_is_of_the_shipped_weights(name):
    evaluation, card = stored(name)
    assert evaluation["model"]["sha256"] == card.sha256
    # The card's figure is of the processor that trained: with other instructions for 8 bits a patch or two differ.
    assert evaluation["accuracy"] == pytest.approx(card.figures["accuracy"], abs=1e-3)
    assert sum(not s["used_in_training"] for s in evaluation["shifts"].values()) >= 4
    assert {"symmetries", "shift_summary", "unlike", "confused", "calibration"} <= set(evaluation)


def test_resnet50_is_shipped_beside_the_default():
    assert set(available_models()) == {"lite0", "lite0-accurate", "compact", "resnet50"}
