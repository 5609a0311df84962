"""How often the network is right: the stored evaluation, read once and checked, and what follows from its matrix.

Intervals, per-class figures and the CORINE level 1 share are those that ``training.evaluate`` stored; only what it does
not store is counted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASS_NAMES, CLASSES, CORINE_L1, N_CLASSES, LandCoverClass, class_by_name
from lulc_core.domain.errors import FileFormatError
from lulc_core.domain.evaluation import (
    ClassAccuracy,
    ClassifiedPatch,
    Evaluation,
    Interval,
    OodCase,
    OtherNetwork,
    OutsideTest,
    RegionTest,
    ReliabilityBin,
    ShiftResult,
    SpatialTest,
    SpeedTest,
)
from lulc_core.language.words import Words, english


@dataclass(frozen=True)
class Pair:
    """Patches of one class that were named as another."""

    reference: LandCoverClass
    predicted: LandCoverClass
    n: int
    of_reference: float
    """Share of the patches that are of the class ``reference``, 0 to 1."""
    of_predicted: float
    """Share of the patches that were named ``predicted``, 0 to 1."""


def read_evaluation(values: Mapping[str, Any]) -> Evaluation:
    """Read what ``evaluate --write`` stored.

    Args:
        values: the parsed JSON. ``split``, ``n``, ``accuracy``, ``accuracy_95``, ``classes``, ``matrix`` and
            ``per_class`` must be there; everything else may be missing.

    Raises:
        FileFormatError: a part is missing, or does not fit the others.
    """
    try:
        return _read(values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileFormatError(
            f"The stored evaluation is damaged ({type(error).__name__}: {error}).",
            hint="Make it again with `python -m lulc_core evaluate --data EuroSAT.zip --shifts --write`.",
        ) from error


def confused_pairs(evaluation: Evaluation) -> tuple[Pair, ...]:
    """List all pairs of classes that were mixed up at least once, the most frequent first."""
    pairs = [cell(evaluation, a, b) for a in CLASSES for b in CLASSES if a is not b and evaluation.matrix[a.id, b.id]]
    return tuple(sorted(pairs, key=lambda p: (-p.n, -p.of_reference, p.reference.id, p.predicted.id)))


def cell(evaluation: Evaluation, reference: LandCoverClass, predicted: LandCoverClass) -> Pair:
    """Look up one cell of the matrix; on the diagonal, those that were classified right."""
    matrix = evaluation.matrix
    n = int(matrix[reference.id, predicted.id])
    row, column = int(matrix[reference.id].sum()), int(matrix[:, predicted.id].sum())
    return Pair(reference, predicted, n, n / row if row else 0.0, n / column if column else 0.0)


def shares(evaluation: Evaluation, norm: str) -> NDArray[np.float64]:
    """Give the matrix as counts or as shares.

    Args:
        norm: ``counts``, ``rows`` (of each reference class) or ``columns`` (of each predicted class).

    Returns:
        (10, 10), reference in rows; shares 0 to 1, NaN where the class has no patches.
    """
    matrix = evaluation.matrix.astype(np.float64)
    if norm == "counts":
        return matrix
    totals = matrix.sum(axis=1, keepdims=True) if norm == "rows" else matrix.sum(axis=0, keepdims=True)
    return np.divide(matrix, totals, out=np.full_like(matrix, np.nan), where=totals > 0)


def level1(evaluation: Evaluation) -> tuple[tuple[int, ...], NDArray[np.int64]]:
    """Roll the matrix up to the CORINE level 1 groups that the ten classes belong to.

    Returns:
        Numbers of the groups, and counts (groups, groups), reference in rows.
    """
    groups = tuple(g for g in CORINE_L1 if any(c.corine_l1 == g for c in CLASSES))
    member = np.array([[c.corine_l1 == g for c in CLASSES] for g in groups], dtype=np.int64)
    return groups, member @ evaluation.matrix @ member.T


def mean_accuracy(shifts: Iterable[ShiftResult]) -> float | None:
    """Average their accuracies, 0 to 1; None of none."""
    values = [s.accuracy for s in shifts]
    return sum(values) / len(values) if values else None


def mean_confidence(evaluation: Evaluation) -> tuple[float, float, int] | None:
    """Average the largest probability and the share that was right over the reliability bins; None without any."""
    n = sum(b.n for b in evaluation.reliability)
    if not n:
        return None
    confidence = sum(b.n * b.confidence for b in evaluation.reliability) / n
    return confidence, sum(b.n * b.accuracy for b in evaluation.reliability) / n, n


def in_a_hundred(share: float, words: Words | None = None) -> str:
    """Write ``about 98``; ``more than 99`` and ``fewer than 1`` where rounding would say all or none."""
    say = (words or english()).translate
    if share >= 0.995:
        return "100" if share == 1 else say("hundred.more")
    if share < 0.005:
        return say("hundred.none") if share == 0 else say("hundred.fewer")
    return say("hundred.about", n=round(100 * share))


def summary(evaluation: Evaluation, words: Words | None = None) -> str:
    """Write one sentence for somebody who has never seen a matrix."""
    words = words or english()
    pairs, right = confused_pairs(evaluation), in_a_hundred(evaluation.accuracy, words)
    if not pairs:
        return words.translate("model.lead.perfect", right=right)
    truth, said = (words.translate(f"patch.{c.name}") for c in (pairs[0].reference, pairs[0].predicted))
    return words.translate("model.lead.beside", right=right, truth=truth, said=said)


TALK_N = 5400
PUBLISHED_CONFUSIONS: tuple[tuple[str, str, int], ...] = (
    ("AnnualCrop", "PermanentCrop", 15),
    ("Industrial", "Residential", 12),
    ("SeaLake", "Forest", 11),
    ("HerbaceousVegetation", "PermanentCrop", 9),
    ("Highway", "River", 7),
    ("HerbaceousVegetation", "Forest", 6),
    ("HerbaceousVegetation", "Pasture", 6),
    ("PermanentCrop", "HerbaceousVegetation", 6),
    ("Pasture", "Forest", 5),
    ("Pasture", "HerbaceousVegetation", 5),
)
"""Truth, named, patches of TALK_N: the ten commonest confusions of the ResNet-50 that this work grew out of.

Source: the author's talk (fastai, ResNet-50 with ImageNet weights, 20 epochs, its own random validation part).
"""


@dataclass(frozen=True)
class RankedPair:
    """A pair of classes in this evaluation and in the talk's."""

    pair: Pair
    rank: int | None
    """1 for the most frequent of this evaluation; None where it never happened."""
    talk_n: int | None
    """Patches in the talk's list; None where it is not among its ten."""


def compare_with_published(evaluation: Evaluation) -> tuple[RankedPair, ...]:
    """Compare the ten most frequent pairs of this evaluation, and those of the talk, with the published ones."""
    pairs = confused_pairs(evaluation)
    talk = {(a, b): count for a, b, count in PUBLISHED_CONFUSIONS}
    ranks = {(p.reference.name, p.predicted.name): k for k, p in enumerate(pairs, start=1)}
    first = [(p.reference.name, p.predicted.name) for p in pairs[:10]]
    published_only = sorted((key for key in talk if key not in first), key=lambda key: ranks.get(key, N_CLASSES**2))
    return tuple(
        RankedPair(cell(evaluation, class_by_name(a), class_by_name(b)), ranks.get((a, b)), talk.get((a, b)))
        for a, b in first + published_only
    )


def _read(values: Mapping[str, Any]) -> Evaluation:
    if list(values["classes"]) != list(CLASS_NAMES):
        raise ValueError("its classes are not EuroSAT's ten in alphabetical order")
    matrix = np.array(values["matrix"], dtype=np.int64)
    if matrix.shape != (N_CLASSES, N_CLASSES) or (matrix < 0).any():
        raise ValueError("its matrix is not 10 x 10 counts")
    n = int(values["n"])
    if n < 1 or int(matrix.sum()) != n:
        raise ValueError(f"its matrix holds {int(matrix.sum())} patches, n is {n}")
    matrix.flags.writeable = False
    by_name = {row["class"]: row for row in values["per_class"]}
    return Evaluation(
        split=str(values["split"]),
        n=n,
        accuracy=float(values["accuracy"]),
        accuracy_95=_interval(values["accuracy_95"]),
        matrix=matrix,
        classes=tuple(_class(c, by_name[c.name]) for c in CLASSES),
        ece=_optional(values.get("ece")),
        ece_n=None if values.get("ece_n") is None else int(values["ece_n"]),
        corine_l1_accuracy=_optional(values.get("corine_l1_accuracy")),
        reliability=tuple(
            ReliabilityBin(float(b["low"]), float(b["high"]), int(b["n"]), float(b["confidence"]), float(b["accuracy"]))
            for b in values.get("reliability") or ()
        ),
        ood_share=_optional(values.get("unlike_share")),
        shifts=tuple(_shift(name, s) for name, s in (values.get("shifts") or {}).items()),
        ood=tuple(_ood_case(u) for u in values.get("unlike") or ()),
        confused=None if values.get("confused") is None else tuple(_patch(p) for p in values["confused"]),
        against=_other(values["against"]) if values.get("against") else None,
        spatial=_spatial(values["spatial"]) if values.get("spatial") else None,
        outside=_outside(values["outside"]) if values.get("outside") else None,
        speed=_speed(values["speed"]) if values.get("speed") else None,
        **{k: MappingProxyType(dict(values.get(k) or {})) for k in ("calibration", "model", "data", "made_with")},
    )


def _class(cls: LandCoverClass, row: Mapping[str, Any]) -> ClassAccuracy:
    return ClassAccuracy(
        cls,
        int(row["n"]),
        int(row["n_predicted"]),
        _optional(row["recall"]),
        _interval(row["recall_95"]),
        _optional(row["precision"]),
        _interval(row["precision_95"]),
    )


def _shift(name: str, row: Mapping[str, Any]) -> ShiftResult:
    return ShiftResult(
        str(name),
        str(row.get("cause", "")),
        float(row["accuracy"]),
        _optional(row.get("ece")),
        _optional(row.get("unlike_share")),
        bool(row["used_in_training"]),
    )


def _other(row: Mapping[str, Any]) -> OtherNetwork:
    shifts = {str(name): float(accuracy) for name, accuracy in row["shifts"].items()}
    return OtherNetwork(str(row["name"]), str(row["command"]), float(row["accuracy"]), MappingProxyType(shifts))


def _spatial(row: Mapping[str, Any]) -> SpatialTest:
    middle, east = (
        RegionTest(int(r["n"]), float(r["accuracy"]), _interval(r["accuracy_95"]), float(r["stated"]), float(r["ece"]))
        for r in (row["middle"], row["east"])
    )
    return SpatialTest(middle, east, MappingProxyType(dict(row["model"])))


def _outside(row: Mapping[str, Any]) -> OutsideTest:
    sure = row["sure"]
    return OutsideTest(
        len(row["scenes"]),
        int(row["cells"]),
        int(row["cell_m"]),
        float(row["right"]),
        float(row["stated"]),
        float(sure["from"]),
        int(sure["n"]),
        _optional(sure["right"]),
        int(sure.get("roads", 0)),
        _optional(sure.get("right_but_roads")),
    )


def _speed(row: Mapping[str, Any]) -> SpeedTest:
    numbers = float(row["tiles_per_s"]), float(row["baseline_tiles_per_s"])
    return SpeedTest(*numbers, str(row["precision"]), str(row["machine"]))


def _ood_case(row: Mapping[str, Any]) -> OodCase:
    expected = row.get("should_flag")
    words = str(row.get("words") or row["name"])
    return OodCase(words, int(row["n"]), float(row["share"]), None if expected is None else bool(expected))


def _patch(row: Any) -> ClassifiedPatch:
    stem, reference, predicted, *numbers = row
    numbers = numbers[0] if len(numbers) == 1 else numbers  # one list of ten, or ten more values
    probabilities = tuple(float(p) for p in numbers)
    if len(probabilities) != N_CLASSES:
        raise ValueError(f"{stem} has {len(probabilities)} probabilities instead of {N_CLASSES}")
    ids = [CLASS_NAMES.index(v) if isinstance(v, str) else int(v) for v in (reference, predicted)]
    if not all(0 <= i < N_CLASSES for i in ids):
        raise ValueError(f"{stem} has a class that is none of the ten")
    return ClassifiedPatch(str(stem), ids[0], ids[1], probabilities)


def _interval(ends: Any) -> Interval:
    low, high = map(float, ends)
    return low, high


def _optional(value: Any) -> float | None:
    return None if value is None else float(value)
