"""A made model on disk: weights that are none, their card, their evaluation, and a EuroSAT that goes with it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES
from lulc_core.domain.evaluation import wilson
from lulc_core.model.card import ModelCard
from lulc_core.training.calibration import reliability
from lulc_core.training.eurosat import SPLIT_RULE, split_of
from lulc_core.training.evaluate import corine_l1_accuracy, per_class
from tests.training.conftest import jpeg, patch

WRONG = {("PermanentCrop", "HerbaceousVegetation"): 3, ("River", "Highway"): 1}
"""Truth, named: patches of the made evaluation."""
PER_CLASS = 15


def validation_stems(name: str, n: int = PER_CLASS) -> list[str]:
    """The first stems of a class that fall into the validation part."""
    return [s for s in (f"{name}_{i}" for i in range(1, 3000)) if split_of(s) == "validation"][:n]


def eurosat_folder(folder: Path) -> Path:
    """Validation patches of every class, and some training ones, unpacked as the public zip unpacks."""
    for class_id, name in enumerate(CLASS_NAMES):
        (folder / "2750" / name).mkdir(parents=True)
        training = [s for s in (f"{name}_{i}" for i in range(1, 40)) if split_of(s) == "train"][:2]
        for number, stem in enumerate([*validation_stems(name), *training]):
            (folder / "2750" / name / f"{stem}.jpg").write_bytes(jpeg(patch(class_id, number)))
    return folder


def named_probabilities(reference: int, predicted: int, sure: float = 0.7) -> list[float]:
    """Ten that sum to 1: ``sure`` for the named class, most of the rest for the true one."""
    p = np.full(N_CLASSES, 0.01)
    p[reference] = 1 - sure - 0.08
    p[predicted] = sure if reference != predicted else 0.91
    return [round(float(v), 4) for v in p / p.sum()]


def evaluation_values(sha256: str = "ab", **changes: Any) -> dict[str, Any]:
    """What ``evaluate`` stores, made of its own functions; ``changes`` replace parts, None takes one away."""
    ids = {name: i for i, name in enumerate(CLASS_NAMES)}
    matrix = np.eye(N_CLASSES, dtype=int) * PER_CLASS
    confused = []
    for (truth, said), n in WRONG.items():
        matrix[ids[truth], ids[truth]] -= n
        matrix[ids[truth], ids[said]] += n
        for k, stem in enumerate(validation_stems(truth)[:n]):
            row = named_probabilities(ids[truth], ids[said], 0.5 + 0.1 * k)
            confused.append([stem, ids[truth], ids[said], row])
    reference, predicted = (np.repeat(i.ravel(), matrix.ravel()) for i in np.indices(matrix.shape))
    sure = np.full((len(reference), N_CLASSES), 0.05)
    sure[np.arange(len(reference)), predicted] = 0.55
    n, right = int(matrix.sum()), int(matrix.trace())
    values: dict[str, Any] = {
        "split": "validation",
        "n": n,
        "accuracy": round(right / n, 5),
        "accuracy_95": list(wilson(right, n)),
        "ece": 0.0123,
        "ece_n": n // 2,
        "classes": list(CLASS_NAMES),
        "matrix": matrix.tolist(),
        "per_class": per_class(matrix),
        "corine_l1_accuracy": round(corine_l1_accuracy(reference, predicted), 5),
        "reliability": [
            {"low": b.low, "high": b.high, "n": b.n, "confidence": b.confidence, "accuracy": b.accuracy}
            for b in reliability(sure, reference)
        ],
        "calibration": {"method": "one temperature", "n_fitted": 75},
        "unlike_share": 0.05,
        "shifts": {
            "haze": {"accuracy": 0.91, "ece": 0.02, "unlike_share": 0.1, "used_in_training": True, "cause": "haze"},
            "blur": {"accuracy": 0.6, "used_in_training": False, "cause": "a <resampling>"},
        },
        "unlike": [
            {"name": "snow", "words": "snow", "n": 72, "share": 1.0, "should_flag": True},
            {"name": "fields", "words": "fields", "n": 34, "share": 0.06, "should_flag": False},
        ],
        "confused": confused,
        "model": {"name": "made", "architecture": "compact", "sha256": sha256},
        "data": {},
        "made_with": {},
    }  # fmt: skip
    values.update(changes)
    return {k: v for k, v in values.items() if v is not None}


def write_model(folder: Path, **changes: Any) -> Path:
    """Weights, card and evaluation; gives the path for ``LULC_MODEL``. ``evaluation=False`` leaves that out."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "made.safetensors"
    weights.write_bytes(b"no network")
    sha256 = hashlib.sha256(b"no network").hexdigest()
    card = ModelCard(
        "made", "compact", RGB, "eurosat-rgb-l1c", CLASS_NAMES, 64, 1.0, 1.0, sha256, SPLIT_RULE,
        "python -m lulc_core train --name made",
        training={"epochs": 2, "history": [[1, 1.5, 0.5], [2, 1.0, 0.75]], "seconds": 90},
    )  # fmt: skip
    weights.with_suffix(".json").write_text(card.to_json())
    if changes.pop("evaluation", True):
        values = evaluation_values(changes.pop("sha256", sha256), **changes)
        (folder / "made.evaluation.json").write_text(json.dumps(values))
    return weights
