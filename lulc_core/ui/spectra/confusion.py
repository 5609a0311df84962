"""How often the shipped network takes one class for another, from its stored evaluation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import LulcError
from lulc_core.ui import resources


@dataclass(frozen=True)
class Confusions:
    """Counts of one evaluation."""

    split: str
    n: int
    matrix: tuple[tuple[int, ...], ...]
    """(10, 10) reference class in rows, predicted class in columns."""

    def between(self, a: int, b: int) -> tuple[int, int, int, int]:
        """Patches of a named b, patches of a, patches of b named a, patches of b."""
        return self.matrix[a][b], sum(self.matrix[a]), self.matrix[b][a], sum(self.matrix[b])


@st.cache_data(show_spinner=False, ttl=60)
def stored_confusions() -> Confusions | None:
    """Of the network in use; None where no evaluation lies beside its weights."""
    from lulc_core.model.card import load_card, resolve

    name = resources.settings().model
    try:
        weights = resolve(name)
        sha256 = load_card(name).sha256
    except LulcError:
        return None  # the Explore page says what is wrong with the weights
    path = weights.with_name(f"{weights.stem}.evaluation.json")
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(tuple(int(n) for n in row) for row in data["matrix"])
        same = list(data["classes"]) == list(CLASS_NAMES) and data["model"]["sha256"] == sha256
        whole = len(rows) == len(CLASS_NAMES) and all(len(row) == len(CLASS_NAMES) for row in rows)
        return Confusions(str(data["split"]), int(data["n"]), rows) if same and whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none was stored, or it is of other weights
