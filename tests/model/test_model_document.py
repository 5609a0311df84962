"""The figures of docs/model.md are those of the stored evaluation."""

from __future__ import annotations

import json

import pytest

from benchmarks.model_tables import DOCUMENT, tables, written
from lulc_core.model.card import load_card
from lulc_core.training.evaluate import evaluation_path


def test_the_tables_of_the_document_say_what_was_measured():
    evaluation = json.loads(evaluation_path().read_text(encoding="utf-8"))
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count("<!-- table: ") == 6
    assert written(text, tables(evaluation, load_card())) == text, "run python -m benchmarks.model_tables --write"


def test_the_evaluation_is_of_the_shipped_weights():
    evaluation = json.loads(evaluation_path().read_text(encoding="utf-8"))
    assert evaluation["model"]["sha256"] == load_card().sha256
    assert evaluation["accuracy"] == pytest.approx(load_card().figures["accuracy"], abs=1e-5)
    assert sum(not s["used_in_training"] for s in evaluation["shifts"].values()) >= 4
    assert {"symmetries", "shift_summary", "unlike", "confused", "calibration"} <= set(evaluation)
