"""Measure a model on patches that it has not learnt from: one dictionary that pages and files show."""

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
from lulc_core.model.card import evaluation_path, load_card, resolve
from lulc_core.model.classifier import Classifier, load_classifier
from lulc_core.training.calibration import expected_calibration_error, reliability
from lulc_core.training.eurosat import SPLITS, Bands, Patches, Split, load_eurosat
from lulc_core.training.synthetic_ood_tiles import OodTiles, synthetic_ood_tiles


def evaluate(
    data: Path | str,
    *,
    split: Split = "validation",
    model: str | Classifier = "default",
    corruptions: bool = True,
    test_time_augmentation: bool = False,
    ood_tiles: Sequence[OodTiles] = (),
    against: Classifier | None = None,
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
    everything = load_eurosat(data, bands=bands, on_progress=lambda f, m: report(0.1 * f, m), cancelled=cancelled)
    patches = everything.part(split)
    if len(patches) == 0:
        raise InputError(
            f"None of the {len(everything):,} patches in {Path(data).name} belongs to the {split} part.",
            hint="This copy of EuroSAT leaves that part out; use another --split, or the public zip of 27,000 patches.",
        )
    suite = _suite() if corruptions else ()
    measure = _Measure(
        classifier,
        patches,
        split,
        test_time_augmentation=test_time_augmentation,
        passes=1 + len(suite) + (8 if corruptions else 0),
        report=report,
        cancelled=cancelled,
    )
    result = measure.as_they_are()
    others = {} if against is None else {"": measure.accuracy_of(against, patches.images)}
    result["shifts"], result["unlike"] = {}, []
    for corruption in suite:
        images = corruption.apply(patches.images)
        if against is not None:
            others[corruption.name] = measure.accuracy_of(against, images)
        result["shifts"][corruption.name] = {
            **measure.corrupted(images, corruption.name),
            "used_in_training": corruption.used_in_training,
            "cause": corruption.cause,
        }
    if corruptions:
        result["shift_summary"] = corruption_summary(result["shifts"])
        result["symmetries"] = {**measure.averaged_over_symmetries(), "times_the_work": 8}
        result["unlike"] = [measure.flagged(tiles) for tiles in (*synthetic_ood_tiles(patches.images), *ood_tiles)]
    if against is not None:
        result["against"] = _against(against, others)
    result["model"] = {
        "name": classifier.card.name,
        "architecture": classifier.card.architecture,
        "sha256": classifier.card.sha256,
        "device": classifier.device,
        "precision": classifier.precision,
    }
    result["data"] = {"patches": len(everything), "split_rule": classifier.card.split}
    result["made_with"] = _versions()
    report(1.0, f"{result['n']:,} patches, {100 * result['accuracy']:.2f} % named right")
    return result


class _Measure:
    """Measures one classifier on one part of EuroSAT, and tells how far it is.

    Attributes:
        reference: (N,) class ids.
        unseen: (N,) True for patches that calibration did not see: figures of calibration come from these.
    """

    def __init__(
        self,
        classifier: Classifier,
        patches: Patches,
        split: Split,
        *,
        test_time_augmentation: bool,
        passes: int,
        report: Progress,
        cancelled: Cancelled | None,
    ) -> None:
        self.classifier, self.patches, self.split = classifier, patches, split
        self.test_time_augmentation = test_time_augmentation
        self.reference = patches.class_ids
        self.unseen = _unseen_by_calibration(patches, split)
        self._passes, self._done = passes, 0
        self._report, self._cancelled = report, cancelled

    def as_they_are(self) -> dict[str, Any]:
        """Measure the patches as they are: accuracy, confusions, classes, calibration."""
        probabilities, ood_share = self._predict(self.patches.images, "as they are")  # (N, 10)
        predicted = probabilities.argmax(1)  # (N,)
        n_right = int((predicted == self.reference).sum())
        matrix = confusion_matrix(self.reference, predicted)
        return {
            "split": self.split,
            "n": len(self.patches),
            "accuracy": self._accuracy(probabilities),
            "accuracy_95": _interval(n_right, len(self.patches)),
            "ece": self._ece(probabilities),
            "ece_n": int(self.unseen.sum()),
            "classes": [c.name for c in CLASSES],
            "matrix_axes": ["reference (rows)", "predicted (columns)"],
            "matrix": matrix.tolist(),
            "per_class": per_class(matrix),
            "corine_l1_accuracy": _rounded(corine_l1_accuracy(self.reference, predicted)),
            "reliability": [
                {
                    "low": round(b.low, 4),
                    "high": round(b.high, 4),
                    "n": b.n,
                    "confidence": _rounded(b.confidence),
                    "accuracy": _rounded(b.accuracy),
                }
                for b in reliability(probabilities[self.unseen], self.reference[self.unseen])
            ],
            "confused": [
                [stem, int(reference), int(top), [round(float(p), 4) for p in row]]
                for stem, reference, top, row in zip(
                    self.patches.stems, self.reference, predicted, probabilities, strict=True
                )
                if top != reference
            ],
            "unlike_share": _rounded(ood_share),
            "calibration": {
                "method": "one temperature",
                "temperature": self.classifier.card.temperature,
                "n_fitted": int((~self.unseen).sum()),
                "n_reported": int(self.unseen.sum()),
            },
            "symmetries_averaged": self.test_time_augmentation,
        }

    def corrupted(self, images: NDArray[np.uint8], name: str) -> dict[str, float]:
        """Measure the patches under one corruption."""
        probabilities, ood_share = self._predict(images, name)
        return {
            "accuracy": self._accuracy(probabilities),
            "ece": self._ece(probabilities),
            "unlike_share": _rounded(ood_share),
        }

    def averaged_over_symmetries(self) -> dict[str, float]:
        """Measure the mean over the eight turns and mirrors of each patch."""
        probabilities, _ = self._predict(self.patches.images, "all symmetries", test_time_augmentation=True)
        return {"accuracy": self._accuracy(probabilities), "ece": self._ece(probabilities)}

    def flagged(self, group: OodTiles) -> dict[str, Any]:
        """Count the tiles of a group that are flagged as out of distribution."""
        flags = self.classifier.predict(group.tiles, cancelled=self._cancelled).is_ood
        share = _rounded(flags.mean()) if len(flags) else None
        return {
            "name": group.name,
            "words": group.words,
            "n": len(flags),
            "share": share,
            "should_flag": group.should_flag,
        }

    def accuracy_of(self, other: Classifier, images: NDArray[np.uint8]) -> float:
        """Measure the accuracy of another network on versions of the same patches."""
        prediction = other.predict(
            images, test_time_augmentation=self.test_time_augmentation, cancelled=self._cancelled
        )
        return self._accuracy(prediction.probabilities)

    def _predict(
        self, images: NDArray[np.uint8], what: str, *, test_time_augmentation: bool | None = None
    ) -> tuple[NDArray[np.float32], float]:
        """Predict versions of the patches: probabilities (N, 10), and the share that is out of distribution."""
        begun = self._done
        prediction = self.classifier.predict(
            images,
            test_time_augmentation=(
                self.test_time_augmentation if test_time_augmentation is None else test_time_augmentation
            ),
            on_progress=lambda f, m: self._report(0.1 + 0.9 * (begun + f) / self._passes, f"{what}: {m}"),
            cancelled=self._cancelled,
        )
        self._done += 1
        return prediction.probabilities, float(prediction.is_ood.mean())

    def _accuracy(self, probabilities: NDArray[np.float32]) -> float:
        return _rounded((probabilities.argmax(1) == self.reference).mean())

    def _ece(self, probabilities: NDArray[np.float32]) -> float:
        return _rounded(expected_calibration_error(probabilities[self.unseen], self.reference[self.unseen]))


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


def _against(other: Classifier, accuracies: Mapping[str, float]) -> dict[str, Any]:
    """Describe another network and its accuracies by corruption; as they are, under the empty name."""
    corrupted = {name: accuracy for name, accuracy in accuracies.items() if name}
    return {
        "name": other.card.name,
        "architecture": other.card.architecture,
        "sha256": other.card.sha256,
        "command": other.card.command,
        "accuracy": accuracies[""],
        "shifts": corrupted,
        "mean_shift_accuracy": _rounded(sum(corrupted.values()) / len(corrupted)) if corrupted else None,
    }


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


def _unseen_by_calibration(patches: Patches, split: Split) -> NDArray[np.bool_]:
    from lulc_core.training.export import calibration_half

    return ~calibration_half(patches) if split == "validation" else np.ones(len(patches), dtype=bool)


def _suite() -> tuple[Any, ...]:
    from lulc_core.training.corruptions import CORRUPTIONS

    return CORRUPTIONS


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
