"""Measure a model on patches kept out of its training: one dictionary that pages and files show."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASSES, N_CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.evaluation import wilson
from lulc_core.domain.files import write_whole
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.model.card import evaluation_path, load_card, resolve
from lulc_core.model.classifier import Classifier, Prediction, load_classifier
from lulc_core.training.calibration import expected_calibration_error, reliability
from lulc_core.training.corruptions import CORRUPTIONS
from lulc_core.training.eurosat import SPLITS, Bands, PatchCache, Patches, Split, load_eurosat
from lulc_core.training.export import calibration_half
from lulc_core.training.synthetic_ood_tiles import OodTiles, synthetic_ood_tiles

_TEMPERATURE_OF_THE_WEST = "one temperature, in the middle of Europe with a network that learnt from the west alone"


def evaluate(
    data: Path | str,
    *,
    split: Split = "validation",
    model: str | Classifier = "default",
    corruptions: bool = True,
    test_time_augmentation: bool = False,
    ood_tiles: Sequence[OodTiles] = (),
    against: Classifier | None = None,
    cache: PatchCache | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> dict[str, Any]:
    """Measure a model on one part of EuroSAT.

    Args:
        data: EuroSAT.zip or its folder.
        split: ``train``, ``validation`` or ``test``.
        model: a name for load_classifier(), or a classifier.
        corruptions: also under all corruptions (corruptions.py) and averaged over the eight symmetries: 34 times as
            long.
        test_time_augmentation: every figure of the mean over the eight turns and mirrors of each patch: 8 times as
            long.
        ood_tiles: real scenes whose share of out-of-distribution tiles is wanted, beside the tiles that
            synthetic_ood_tiles.py makes.
        against: another network, measured on the same patches, as they are and corrupted: what the first one gave up
            or gained beside it.
        cache: where decoded patches are kept for the next run; None to keep none.

    Returns:
        JSON-ready: ``split``, ``n``, ``accuracy``, ``accuracy_95``, ``ece`` (on the ``ece_n`` patches that calibration
        did not see), ``classes``, ``matrix`` (reference in rows), ``per_class``, ``corine_l1_accuracy``,
        ``reliability``, ``confused`` (stem, reference, predicted, probabilities of every wrong patch),
        ``unlike_share``, ``calibration``, ``model``, ``data``, ``made_with``; with ``corruptions`` also
        ``shift_summary``, ``symmetries``, and filled ``shifts`` and ``unlike`` (tiles that should or should not be
        flagged); with ``against`` also that: ``name``, ``architecture``, ``sha256``, ``command``, ``accuracy``,
        ``shifts`` (accuracy by name) and ``mean_shift_accuracy`` (None without corruptions).

    Raises:
        InputError: no such split, or that part of the split is not in these data.
        FileFormatError: no EuroSAT data.
        ModelError: no such model.
        CancelledError: ``cancelled()`` became True.
    """
    report = on_progress or (lambda fraction, message: None)
    classifier = load_classifier(model) if isinstance(model, str) else model
    bands = _checked_bands(classifier, against, split, rgb_only=corruptions or bool(ood_tiles))
    everything = load_eurosat(
        data, bands=bands, cache=cache, on_progress=lambda f, m: report(0.1 * f, m), cancelled=cancelled
    )
    patches = everything.part(split)
    if len(patches) == 0:
        raise InputError(
            f"None of the {len(everything):,} patches in {Path(data).name} belongs to the {split} part.",
            hint="This copy of EuroSAT leaves that part out; use another --split, or the public zip of 27,000 patches.",
        )
    suite = CORRUPTIONS if corruptions else ()
    fitted_here = split == "validation" and "certainty_of_sha256" not in classifier.card.training
    unseen = ~calibration_half(patches) if fitted_here else np.ones(len(patches), dtype=bool)
    passes = 1 + len(suite) + (8 if corruptions else 0)
    measure = _Measure(classifier, patches, unseen, test_time_augmentation, passes, report, cancelled)
    result: dict[str, Any] = {"split": split, "n": len(patches), **measure.as_they_are()}
    result["shifts"], result["unlike"] = {}, []
    other = {} if against is None else {"": measure.accuracy_of(against, patches.images)}
    for corruption in suite:
        images = corruption.apply(patches.images)
        if against is not None:
            other[corruption.name] = measure.accuracy_of(against, images)
        prediction = measure.predict(images, corruption.name)
        result["shifts"][corruption.name] = {
            **measure.accuracy_and_ece(prediction.probabilities),
            "unlike_share": _rounded(prediction.is_ood.mean()),
            "used_in_training": corruption.used_in_training,
            "cause": corruption.cause,
        }
    if corruptions:
        result["shift_summary"] = corruption_summary(result["shifts"])
        averaged = measure.predict(patches.images, "all symmetries", test_time_augmentation=True)
        result["symmetries"] = {**measure.accuracy_and_ece(averaged.probabilities), "times_the_work": 8}
        result["unlike"] = [measure.flagged(tiles) for tiles in (*synthetic_ood_tiles(patches.images), *ood_tiles)]
    if against is not None:
        accuracy = other.pop("")
        result["against"] = {
            **{key: getattr(against.card, key) for key in ("name", "architecture", "sha256", "command")},
            "accuracy": accuracy,
            "shifts": other,
            "mean_shift_accuracy": _rounded(sum(other.values()) / len(other)) if other else None,
        }
    result["model"] = {
        **{key: getattr(classifier.card, key) for key in ("name", "architecture", "sha256")},
        "origin": classifier.card.settings.get("origin", ""),
        "device": classifier.device,
        "precision": classifier.precision,
    }
    result["data"] = {"patches": len(everything), "split_rule": classifier.card.split}
    result["made_with"] = _versions()
    report(1.0, f"{result['n']:,} patches, {100 * result['accuracy']:.2f} % named right")
    return result


@dataclass
class _Measure:
    """Measures one classifier on one part of EuroSAT, and reports the progress."""

    classifier: Classifier
    patches: Patches
    unseen: NDArray[np.bool_]
    """(N,) True for patches that calibration did not see: figures of calibration come from these."""
    test_time_augmentation: bool
    passes: int
    """Passes over the patches, of which ``done`` are over."""
    report: Progress
    cancelled: Cancelled | None
    done: int = 0

    def as_they_are(self) -> dict[str, Any]:
        """Measure the patches as they are: accuracy, confusions, classes, calibration."""
        prediction = self.predict(self.patches.images, "as they are")
        probabilities, reference = prediction.probabilities, self.patches.class_ids  # (N, 10), (N,)
        predicted = probabilities.argmax(1)  # (N,)
        matrix = confusion_matrix(reference, predicted)
        figures = self.accuracy_and_ece(probabilities)
        n_unseen = int(self.unseen.sum())
        bins = reliability(probabilities[self.unseen], reference[self.unseen])
        return {
            "accuracy": figures["accuracy"],
            "accuracy_95": _interval(int(np.trace(matrix)), len(reference)),
            "ece": figures["ece"],
            "ece_n": n_unseen,
            "classes": [c.name for c in CLASSES],
            "matrix_axes": ["reference (rows)", "predicted (columns)"],
            "matrix": matrix.tolist(),
            "per_class": per_class(matrix),
            "corine_l1_accuracy": _rounded(corine_l1_accuracy(reference, predicted)),
            "reliability": [
                {
                    "low": round(b.low, 4),
                    "high": round(b.high, 4),
                    "n": b.n,
                    "confidence": _rounded(b.confidence),
                    "accuracy": _rounded(b.accuracy),
                }
                for b in bins
            ],
            "confused": [
                [self.patches.stems[i], int(reference[i]), int(predicted[i]), [round(float(p), 4) for p in row]]
                for i, row in enumerate(probabilities)
                if predicted[i] != reference[i]
            ],
            "unlike_share": _rounded(prediction.is_ood.mean()),
            "calibration": {
                "method": "one temperature" if n_unseen < len(reference) else _TEMPERATURE_OF_THE_WEST,
                "temperature": self.classifier.card.temperature,
                "n_fitted": len(reference) - n_unseen,
                "n_reported": n_unseen,
            },
            "symmetries_averaged": self.test_time_augmentation,
        }

    def predict(self, images: NDArray[np.uint8], what: str, *, test_time_augmentation: bool = False) -> Prediction:
        """Predict versions of the patches; ``what`` they are goes before the progress."""
        begun = self.done
        prediction = self.classifier.predict(
            images,
            test_time_augmentation=test_time_augmentation or self.test_time_augmentation,
            on_progress=lambda f, m: self.report(0.1 + 0.9 * (begun + f) / self.passes, f"{what}: {m}"),
            cancelled=self.cancelled,
        )
        self.done += 1
        return prediction

    def accuracy_and_ece(self, probabilities: NDArray[np.float32]) -> dict[str, float]:
        """Compute accuracy over all patches, and calibration error over those that calibration did not see."""
        reference = self.patches.class_ids
        ece = expected_calibration_error(probabilities[self.unseen], reference[self.unseen])
        return {"accuracy": _rounded((probabilities.argmax(1) == reference).mean()), "ece": _rounded(ece)}

    def accuracy_of(self, other: Classifier, images: NDArray[np.uint8]) -> float:
        """Measure the accuracy of another network on versions of the same patches."""
        prediction = other.predict(images, test_time_augmentation=self.test_time_augmentation, cancelled=self.cancelled)
        return self.accuracy_and_ece(prediction.probabilities)["accuracy"]

    def flagged(self, group: OodTiles) -> dict[str, Any]:
        """Count the tiles of a group that are flagged as out of distribution."""
        flags = self.classifier.for_level(group.level).predict(group.tiles, cancelled=self.cancelled).is_ood
        return {
            "name": group.name,
            "words": group.words,
            "n": len(flags),
            "share": _rounded(flags.mean()) if len(flags) else None,
            "should_flag": group.should_flag,
            "level": group.level,
        }


def _checked_bands(classifier: Classifier, against: Classifier | None, split: str, *, rgb_only: bool) -> Bands:
    """Choose the bands to read, or refuse what cannot be measured together."""
    if split not in SPLITS:
        raise InputError(f"There is no split {split!r}; known are {', '.join(SPLITS)}.", hint="Name one of these.")
    if against is not None and against.card.bands != classifier.card.bands:
        raise InputError(
            f"{against.card.name} takes other bands than {classifier.card.name}.", hint="Compare networks of the same."
        )
    if classifier.card.bands == RGB:
        return "rgb"
    if rgb_only:
        raise InputError(
            "The shift suite and the scenes are for networks of red, green and blue.", hint="Leave --shifts out."
        )
    return "all"


def write_evaluation(result: dict[str, Any], model: str = "default") -> Path:
    """Write a result beside the weights it belongs to.

    Raises:
        ModelError: no such model.
        InputError: the result belongs to other weights.
    """
    card = load_card(model)
    if result["model"]["sha256"] != card.sha256:
        raise InputError(f"This evaluation is not of the weights of {card.name}.", hint="Evaluate these weights again.")
    path = evaluation_path(resolve(model))
    write_whole(path, (json.dumps(result, indent=1) + "\n").encode())
    return path


def corruption_summary(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Summarise a suite: means and worst over ``all`` corruptions, those ``seen`` in training and those ``unseen``."""
    groups = {
        "all": list(rows.values()),
        "seen": [s for s in rows.values() if s["used_in_training"]],
        "unseen": [s for s in rows.values() if not s["used_in_training"]],
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
    """Count patches by class (10, 10): row = reference class, column = predicted class."""
    flat = np.bincount(reference.astype(np.int64) * N_CLASSES + predicted, minlength=N_CLASSES**2)
    return flat.reshape(N_CLASSES, N_CLASSES)  # (100,) -> (10, 10)


def per_class(matrix: NDArray[np.integer]) -> list[dict[str, Any]]:
    """Compute user's and producer's accuracy of every class with 95 % intervals.

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
    """Compute the share whose CORINE level 1 group is right, 0 to 1."""
    group = np.array([c.corine_l1 for c in CLASSES])
    return float((group[reference] == group[predicted]).mean())


def _interval(right: int, n: int) -> list[float]:
    return [_rounded(end) for end in wilson(right, n)]


def _rounded(value: float) -> float:
    return round(float(value), 5)


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "machine": f"{platform.machine()} {platform.system()}, {torch.get_num_threads()} threads",
    }
