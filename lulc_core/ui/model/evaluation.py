"""Models to choose from, each with its card and its stored evaluation, read again when a file changes. No widgets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from lulc_core.analysis.accuracy.evaluation import read_evaluation
from lulc_core.domain.errors import FileFormatError, LulcError
from lulc_core.domain.evaluation import Evaluation
from lulc_core.model.card import (
    DEFAULT_MODEL,
    TRIALS_DIR,
    ModelCard,
    available_models,
    evaluation_path,
    load_card,
    read_card,
    resolve,
)
from lulc_core.ui import resources


@dataclass(frozen=True)
class Stored:
    """What is known of one model."""

    name: str
    """For ``--model``."""
    card: ModelCard | None = None
    evaluation: Evaluation | None = None
    error: LulcError | None = None
    """Why card or evaluation is missing, and what to do."""
    weights: Path | None = None
    """None where there are none, as of networks that were only tried."""

    @property
    def title(self) -> str:
        """Name for people."""
        return self.card.name if self.card is not None else Path(self.name).stem


def model_names() -> tuple[str, ...]:
    """Return the models that are there; first the one that the app uses."""
    used = resources.settings().model
    used = DEFAULT_MODEL if used == "default" else used
    return tuple(dict.fromkeys((used, *available_models())))


def stored(name: str) -> Stored:
    """Return card and evaluation of a model; never raises, since the page must say what is missing."""
    try:
        weights = resolve(name)
        times = tuple(_changed(p) for p in (weights, weights.with_suffix(".json"), evaluation_path(weights)))
    except LulcError as error:
        return Stored(name, error=error)
    return _read(name, str(weights), times)


def tried() -> tuple[Stored, ...]:
    """Return networks that were trained for comparison and are not shipped: cards and evaluations without weights."""
    cards = [read_card(path) for path in sorted(TRIALS_DIR.glob("*.json")) if "." not in path.stem]
    return tuple(Stored(c.name, c, _evaluation_of(c, TRIALS_DIR / f"{c.name}.evaluation.json")) for c in cards)


def how_to_make_it(name: str) -> str:
    """Return the command that makes the evaluation of a model."""
    model = "" if name in ("default", DEFAULT_MODEL) else f" --model {name}"
    return f"python -m lulc_core evaluate --data EuroSAT.zip{model} --shifts --write"


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(name: str, weights: str, times: tuple[int, ...]) -> Stored:
    del times  # part of the key only
    card = evaluation = problem = None
    try:
        card = load_card(name)
        evaluation = _evaluation_of(card, evaluation_path(Path(weights)))
    except LulcError as error:
        problem = error
    return Stored(name, card, evaluation, problem, Path(weights))


def _evaluation_of(card: ModelCard, path: Path) -> Evaluation:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError("no table of values")
        evaluation = read_evaluation(values)
    except LulcError:
        raise
    except FileNotFoundError as error:
        text = f"No evaluation lies beside the weights of {card.name}, so its worth is not known here."
        raise FileFormatError(text) from error
    except (OSError, ValueError) as error:
        raise FileFormatError(f"The evaluation {path.name} cannot be read ({error}).") from error
    if evaluation.model.get("sha256") != card.sha256:
        raise FileFormatError(f"The evaluation {path.name} is of other weights than those of {card.name}.")
    return evaluation


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
