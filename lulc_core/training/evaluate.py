"""What a model is worth on patches that it has not learnt from: one dictionary that pages and files show."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASSES, N_CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.evaluation import wilson
from lulc_core.domain.files import write_whole
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.model.card import resolve
from lulc_core.model.classifier import Classifier, load_classifier
from lulc_core.training.calibration import expected_calibration_error, reliability
from lulc_core.training.eurosat import SPLITS, Bands, Patches, Split, load_eurosat
from lulc_core.training.synthetic_ood_tiles import OodTiles, synthetic_ood_tiles


def evaluate(
    data: Path | str,
    *,
    split: Split = "validation",
    model: str | Classifier = "default",
    shifts: bool = True,
    test_time_augmentation: bool = False,
    ground: Sequence[OodTiles] = (),
    against: Classifier | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> dict[str, Any]:
    """Measures a model on one part of EuroSAT.

    Args:
        data: EuroSAT.zip or its folder.
        split: ``train``, ``validation`` or ``test``.
        model: a name for load_classifier(), or a classifier.
        shifts: also under the shift suite (shifts.py) and averaged over the eight symmetries: 34 times as long.
        symmetries: every figure of the mean over the eight turns and mirrors of each patch: 8 times as long.
        ground: real scenes whose share of unlike tiles is wanted, beside the tiles that unlike_tiles.py makes.
        against: another network, measured on the same patches, as they are and shifted: what the first one gave up or
            gained beside it.

    Returns:
        JSON-ready: ``split``, ``n``, ``accuracy``, ``accuracy_95``, ``ece`` (on the ``ece_n`` patches that calibration
        did not see), ``classes``, ``matrix`` (reference in rows), ``per_class``, ``corine_l1_accuracy``,
        ``reliability``, ``confused`` (stem, reference, predicted, probabilities of every wrong patch),
        ``unlike_share``, ``calibration``, ``model``, ``data``, ``made_with``; with ``shifts`` also ``shift_summary``,
        ``symmetries``, and filled ``shifts`` and ``unlike`` (tiles that should or should not be flagged); with
        ``against`` also that: ``name``, ``architecture``, ``sha256``, ``command``, ``accuracy``, ``shifts`` (accuracy
        by name) and ``mean_shift_accuracy`` (None without shifts).

    Raises:
        InputError: no such split, or that part of the split is not in these data.
        FileFormatError: no EuroSAT data.
        ModelError: no such model.
        CancelledError: ``cancelled()`` became True.
    """
    if split not in SPLITS:
        raise InputError(f"There is no split {split!r}; known are {', '.join(SPLITS)}.", hint="Name one of these.")
    say = on_progress or (lambda fraction, message: None)
    classifier = load_classifier(model) if isinstance(model, str) else model
    bands: Bands = "rgb" if classifier.card.bands == RGB else "all"
    if against is not None and against.card.bands != classifier.card.bands:
        raise InputError(
            f"{against.card.name} takes other bands than {classifier.card.name}.", hint="Compare networks of the same."
        )
    if bands != "rgb" and (shifts or ground):
        raise InputError(
            "The shift suite and the scenes are for networks of red, green and blue.", hint="Leave --shifts out."
        )
    everything = load_eurosat(data, bands=bands, on_progress=lambda f, m: say(0.1 * f, m), cancelled=cancelled)
    patches = everything.part(split)
    if len(patches) == 0:
        raise InputError(
            f"None of the {len(everything):,} patches in {Path(data).name} belongs to the {split} part.",
            hint="This copy of EuroSAT leaves that part out; use another --split, or the public zip of 27,000 patches.",
        )
    suite = _suite() if shifts else ()
    steps = 1 + len(suite) + (8 if shifts else 0)

    def predict(
        images: NDArray[np.uint8], step: int, what: str, *, test_time_augmentation: bool = test_time_augmentation
    ) -> tuple[NDArray[np.float32], float]:
        prediction = classifier.predict(
            images,
            test_time_augmentation=test_time_augmentation,
            on_progress=lambda f, m: say(0.1 + 0.9 * (step + f) / steps, f"{what}: {m}"),
            cancelled=cancelled,
        )
        return prediction.probabilities, float(prediction.is_ood.mean())

    probabilities, unlike_share = predict(patches.images, 0, "as they are")
    unseen = _unseen_by_calibration(patches, split)
    truth = patches.class_ids
    result: dict[str, Any] = {
        "split": split,
        "n": len(patches),
        "accuracy": _rounded((probabilities.argmax(1) == truth).mean()),
        "accuracy_95": _interval(int((probabilities.argmax(1) == truth).sum()), len(truth)),
        "ece": _rounded(expected_calibration_error(probabilities[unseen], truth[unseen])),
        "ece_n": int(unseen.sum()),
        "classes": [c.name for c in CLASSES],
        "matrix_axes": ["reference (rows)", "predicted (columns)"],
        "matrix": confusion_matrix(truth, probabilities.argmax(1)).tolist(),
    }
    result["per_class"] = per_class(np.array(result["matrix"]))
    result["corine_l1_accuracy"] = _rounded(corine_l1_accuracy(truth, probabilities.argmax(1)))
    result["reliability"] = [
        {"low": round(b.low, 4), "high": round(b.high, 4), "n": b.n, "confidence": _rounded(b.confidence),
         "accuracy": _rounded(b.accuracy)}
        for b in reliability(probabilities[unseen], truth[unseen])
    ]  # fmt: skip
    predicted = probabilities.argmax(1)
    result["confused"] = [
        [patches.stems[i], int(truth[i]), int(predicted[i]), [round(float(p), 4) for p in probabilities[i]]]
        for i in np.flatnonzero(predicted != truth)
    ]
    result["unlike_share"] = _rounded(unlike_share)
    result["calibration"] = {
        "method": "one temperature",
        "temperature": classifier.card.temperature,
        "n_fitted": int((~unseen).sum()),
        "n_reported": int(unseen.sum()),
    }
    result["symmetries_averaged"] = test_time_augmentation
    others: dict[str, float] = {}

    def ask_other(images: NDArray[np.uint8], name: str) -> None:
        if against is not None:
            answer = against.predict(
                images, test_time_augmentation=test_time_augmentation, cancelled=cancelled
            ).probabilities
            others[name] = _rounded(float((answer.argmax(1) == truth).mean()))

    ask_other(patches.images, "")
    result["shifts"] = {}
    for k, shift in enumerate(suite, start=1):
        images = shift.apply(patches.images)
        ask_other(images, shift.name)
        shifted, flagged = predict(images, k, shift.name)
        result["shifts"][shift.name] = {
            "accuracy": _rounded((shifted.argmax(1) == truth).mean()),
            "ece": _rounded(expected_calibration_error(shifted[unseen], truth[unseen])),
            "unlike_share": _rounded(flagged),
            "used_in_training": shift.used_in_training,
            "cause": shift.cause,
        }
    result["unlike"] = []
    if shifts:
        result["shift_summary"] = shift_summary(result["shifts"])
        averaged, _ = predict(patches.images, 1 + len(suite), "all symmetries", test_time_augmentation=True)
        result["symmetries"] = {
            "accuracy": _rounded((averaged.argmax(1) == truth).mean()),
            "ece": _rounded(expected_calibration_error(averaged[unseen], truth[unseen])),
            "times_the_work": 8,
        }
        for g in (*synthetic_ood_tiles(patches.images), *ground):
            flags = classifier.predict(g.tiles, cancelled=cancelled).is_ood
            share = _rounded(flags.mean()) if len(flags) else None
            row = {"name": g.name, "words": g.words, "n": len(flags), "share": share, "should_flag": g.should_flag}
            result["unlike"].append(row)
    if against is not None:
        accuracy = others.pop("")
        result["against"] = {
            "name": against.card.name,
            "architecture": against.card.architecture,
            "sha256": against.card.sha256,
            "command": against.card.command,
            "accuracy": accuracy,
            "shifts": others,
            "mean_shift_accuracy": _rounded(sum(others.values()) / len(others)) if others else None,
        }
    result["model"] = {
        "name": classifier.card.name,
        "architecture": classifier.card.architecture,
        "sha256": classifier.card.sha256,
        "device": classifier.device,
        "precision": classifier.precision,
    }
    result["data"] = {"patches": len(everything), "split_rule": classifier.card.split}
    result["made_with"] = _versions()
    say(1.0, f"{result['n']:,} patches, {100 * result['accuracy']:.2f} % named right")
    return result


def write_evaluation(result: dict[str, Any], model: str = "default") -> Path:
    """Writes a result beside the weights it belongs to.

    Raises:
        ModelError: no such model.
        InputError: the result belongs to other weights.
    """
    from lulc_core.model.card import load_card

    card = load_card(model)
    if result["model"]["sha256"] != card.sha256:
        raise InputError(f"This evaluation is not of the weights of {card.name}.", hint="Evaluate these weights again.")
    path = evaluation_path(model)
    write_whole(path, (json.dumps(result, indent=1) + "\n").encode())
    return path


def evaluation_path(model: str = "default") -> Path:
    """Where the evaluation of a model lies: ``<name>.evaluation.json`` beside its weights."""
    weights = resolve(model)
    return weights.with_name(f"{weights.stem}.evaluation.json")


def shift_summary(shifts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Means and lowest of a suite: over ``all`` shifts, those ``seen`` in training and those not (``unseen``)."""
    groups = {
        "all": list(shifts.values()),
        "seen": [s for s in shifts.values() if s["used_in_training"]],
        "unseen": [s for s in shifts.values() if not s["used_in_training"]],
    }
    return {
        name: {
            "n": len(group),
            "mean_accuracy": _rounded(np.mean([s["accuracy"] for s in group])),
            "lowest_accuracy": min(s["accuracy"] for s in group),
            "mean_ece": _rounded(np.mean([s["ece"] for s in group])),
            "highest_ece": max(s["ece"] for s in group),
        }
        for name, group in groups.items()
    }


def confusion_matrix(reference: NDArray[np.integer], predicted: NDArray[np.integer]) -> NDArray[np.int64]:
    """Counts (10, 10): row = reference class, column = predicted class."""
    flat = np.bincount(reference.astype(np.int64) * N_CLASSES + predicted, minlength=N_CLASSES**2)
    return flat.reshape(N_CLASSES, N_CLASSES)


def per_class(matrix: NDArray[np.integer]) -> list[dict[str, Any]]:
    """User's and producer's accuracy of every class with 95 % intervals.

    Args:
        matrix: counts (10, 10), reference in rows.

    Returns:
        One dictionary a class: ``class``, ``n`` (reference patches), ``n_predicted``, ``precision`` (user's accuracy),
        ``recall`` (producer's accuracy), each None without patches, ``precision_95`` and ``recall_95``.
    """
    rows = []
    for c in CLASSES:
        right = int(matrix[c.id, c.id])
        n, n_predicted = int(matrix[c.id].sum()), int(matrix[:, c.id].sum())
        rows.append(
            {
                "class": c.name,
                "n": n,
                "n_predicted": n_predicted,
                "precision": _rounded(right / n_predicted) if n_predicted else None,
                "precision_95": _interval(right, n_predicted),
                "recall": _rounded(right / n) if n else None,
                "recall_95": _interval(right, n),
            }
        )
    return rows


def corine_l1_accuracy(reference: NDArray[np.integer], predicted: NDArray[np.integer]) -> float:
    """Share whose CORINE level 1 group is right, 0 to 1."""
    group = np.array([c.corine_l1 for c in CLASSES])
    return float((group[reference] == group[predicted]).mean())


def _interval(right: int, n: int) -> list[float]:
    return [_rounded(end) for end in wilson(right, n)]


def _unseen_by_calibration(patches: Patches, split: Split) -> NDArray[np.bool_]:
    from lulc_core.training.export import calibration_half

    return ~calibration_half(patches) if split == "validation" else np.ones(len(patches), dtype=bool)


def _suite() -> tuple[Any, ...]:
    from lulc_core.training.corruptions import SHIFTS

    return SHIFTS


def _rounded(value: float) -> float:
    return round(float(value), 5)


def _versions() -> dict[str, str]:
    import torch

    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "machine": f"{platform.machine()} {platform.system()}, {torch.get_num_threads()} threads",
    }
