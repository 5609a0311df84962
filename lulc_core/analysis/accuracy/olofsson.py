"""What a blind check of a map says of its accuracy and areas, with 95 % intervals.

Estimators: Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015. Intervals: Wilson's within each stratum, put together
by the squares of their half-widths (Zou and Donner 2008, doi 10.1002/sim.3095), for producer's accuracy on the scale of
log odds. Of the whole map, where few answers are errors, they are exact ones (Clopper and Pearson 1934): Wilson's held
the truth in 90 to 92 % of checks of 60 to 100 answers. Unlike standard errors they do not vanish where all answers of a
stratum agree. How often they hold the truth: ``python -m benchmarks.check_intervals``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.accuracy.labels import OTHER_MAP, labels_to_json
from lulc_core.analysis.accuracy.sample import CANNOT_TELL, LABEL_NAMES, MIN_LABELS, OTHER, Sample, result_key
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, GROUPS, N_CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.land_cover import LandCoverMap

Z_95 = 1.96
"""Standard errors on either side that hold 95 % of a normal distribution, rounded as in Olofsson et al."""


_TAIL = 0.025
"""Beyond each end of a 95 % interval."""


@dataclass(frozen=True)
class Measure:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int
    """Labels that it rests on."""

    @property
    def exact(self) -> bool:
        """True where every square was looked at, so that there is no interval."""
        return self.low == self.high


@dataclass(frozen=True)
class ClassEstimate:
    """What the labels say of one class."""

    class_id: int
    """0 to 9, or OTHER."""
    name: str
    label: str
    """In plain words."""
    mapped_ha: float
    area_ha: Measure
    users: Measure | None
    """User's accuracy (precision), 0 to 1: how often the map is right where it says so. None where it never does."""
    producers: Measure | None
    """Producer's accuracy (recall), 0 to 1: how much of what is there the map found. None where there is none."""

    @property
    def is_line(self) -> bool:
        """True for squares crossed by a road or river, whose ground is no area of roads."""
        return self.class_id != OTHER and CLASSES[self.class_id].is_line


@dataclass(frozen=True)
class Estimate:
    """What a labelled sample says of a map."""

    overall: Measure
    """Overall accuracy, 0 to 1."""
    classes: tuple[ClassEstimate, ...]
    """Classes that are on the map or among the labels, in their order."""
    groups: Mapping[str, Measure]
    """Hectares of the broad groups of land (``domain.classes.GROUPS``) that are on the map or among the labels."""
    matrix: NDArray[np.int64]
    """(11, 11) counts: rows what the map says, columns what the user says; the last is OTHER; read-only."""
    n: int
    """Labels used."""
    cannot_tell: int
    """Squares that were looked at but could not be named."""


@dataclass(frozen=True)
class UserCheck:
    """A check as documents take it: what was drawn, what was answered, what follows. Made by :func:`user_check`."""

    sample: Sample
    labels: Mapping[str, int]
    """Class id, OTHER or CANNOT_TELL by tile id."""
    found: Estimate

    @property
    def key(self) -> str:
        """Sixteen hexadecimal digits that name these answers about this map."""
        return hashlib.sha256(labels_to_json(self.sample, self.labels).encode()).hexdigest()[:16]


def user_check(sample: Sample, labels: Mapping[str, int], shown: LandCoverMap) -> UserCheck:
    """Gather the check of a map, with its estimates.

    Args:
        sample: what was drawn.
        labels: as of :func:`estimate`.
        shown: the map that the check is said to be of.

    Raises:
        InputError: the sample is of another map, or the labels are too few for figures.
    """
    if sample.result_key != result_key(shown):
        raise InputError("These labels are of another map; they say nothing about this one.", hint=OTHER_MAP)
    return UserCheck(sample, MappingProxyType(dict(labels)), estimate(sample, labels))


def estimate(sample: Sample, labels: Mapping[str, int]) -> Estimate:
    """Estimate accuracy and areas from the labels given so far.

    Args:
        sample: what was drawn.
        labels: class id, OTHER or CANNOT_TELL by tile id; squares that are not in it were not looked at.

    Raises:
        InputError: fewer than MIN_LABELS usable labels, a class of the map with too few, or squares of another sample.
    """
    by_id = {t.tile_id: t for t in sample.tiles}
    unknown = [k for k in labels if k not in by_id]
    if unknown:
        raise InputError(f"The label of {unknown[0]} is of no square of this sample.", hint=OTHER_MAP)
    if any(v not in LABEL_NAMES for v in labels.values()):
        raise InputError(f"A label must be a class id of 0 to {OTHER}, or {CANNOT_TELL} for one that cannot be told.")
    matrix = np.zeros((N_CLASSES + 1, N_CLASSES + 1), np.int64)
    for tile_id, label in labels.items():
        if label != CANNOT_TELL:
            matrix[by_id[tile_id].class_id, label] += 1
    n = int(matrix.sum())
    if n < MIN_LABELS:
        raise InputError(
            f"{n} squares are labelled; figures are given from {MIN_LABELS} on.",
            hint="Label more squares of the sample.",
        )
    for i, there in sample.stratum_tiles.items():
        if matrix[i].sum() < min(2, there):
            raise InputError(
                f"Of the squares named {CLASS_NAMES[i]} only {int(matrix[i].sum())} could be labelled; "
                f"{min(2, there)} are needed.",
                hint="Label more squares of the sample.",
            )
    matrix.setflags(write=False)
    return _estimate(matrix, sample, len(labels) - n)


def _estimate(matrix: NDArray[np.int64], sample: Sample, cannot_tell: int) -> Estimate:
    ha, total = np.zeros(len(matrix)), sum(sample.stratum_ha.values())
    units = np.zeros(len(matrix), np.int64)
    for i, value in sample.stratum_ha.items():
        ha[i], units[i] = value, sample.stratum_tiles[i]
    figures = accuracy(matrix, ha / total, units=units)
    found = []
    for i, name in LABEL_NAMES.items():
        rows, columns = int(matrix[i].sum()), int(matrix[:, i].sum())
        if i == CANNOT_TELL or not (rows or columns or units[i]):
            continue
        found.append(
            ClassEstimate(
                i,
                name,
                "another land cover" if i == OTHER else CLASSES[i].map_label,
                float(ha[i]),
                _measure(total * figures.area[i], columns),
                _measure(figures.users[i], rows) if rows else None,
                _measure(figures.producers[i], columns) if columns else None,
            )
        )
    groups = {}
    for key, ids in GROUPS.items():
        members = [i for i in ids if units[i] or matrix[:, i].any()]
        if members:
            share = np.array(area_share(matrix, ha / total, members, units=units))
            groups[key] = _measure(total * share, int(matrix[:, members].sum()))
    n = int(matrix.sum())
    return Estimate(Measure(*figures.overall, n), tuple(found), MappingProxyType(groups), matrix, n, cannot_tell)


def _measure(ends: NDArray[np.float64], n: int) -> Measure:
    value, low, high = (float(v) for v in ends)
    return Measure(value, low, high, n)


@dataclass(frozen=True)
class Figures:
    """Estimates with the ends of their 95 % intervals, as ``(value, low, high)``, 0 to 1."""

    overall: tuple[float, float, float]
    users: NDArray[np.float64]
    """(classes, 3); NaN for a class without labelled map units."""
    producers: NDArray[np.float64]
    """(classes, 3); NaN for a class without reference units."""
    area: NDArray[np.float64]
    """(classes, 3) share of the ground."""


def accuracy(
    counts: NDArray[np.integer], weights: NDArray[np.float64], *, units: NDArray[np.integer] | None = None
) -> Figures:
    """Compute overall, user's and producer's accuracy, and areas.

    Args:
        counts: (classes, classes) labelled units, map classes in rows, reference classes in columns.
        weights: (classes,) share of the ground by map class, sums to 1.
        units: (classes,) units of the map class that there are; None for so many that a sample takes none away. Where
            every unit was labelled the class adds no uncertainty.

    Source: Olofsson et al. 2014, equations 1 to 4 and 9.
    """
    share, low, high = _within_strata(counts, units)
    users = np.stack([np.diag(share), np.diag(low), np.diag(high)], axis=1)
    area, producers = [], []
    for j, own in enumerate(np.eye(len(weights))):
        column = share[:, j], low[:, j], high[:, j]
        area.append(_Sum(weights, *column).ends)
        found, missed = _Sum(weights * own, *column), _Sum(weights * (1 - own), *column)
        producers.append(_part(found, missed) if counts[:, j].any() else (np.nan,) * 3)
    return Figures(
        _Sum(weights, *_exact_within_strata(counts, units)).ends,
        np.where(counts.sum(axis=1, keepdims=True) > 0, users, np.nan),
        np.array(producers),
        np.array(area),
    )


def area_share(
    counts: NDArray[np.integer],
    weights: NDArray[np.float64],
    members: list[int],
    *,
    units: NDArray[np.integer] | None = None,
) -> tuple[float, float, float]:
    """Estimate the share of the ground that several reference classes cover together, with its 95 % interval.

    Args:
        counts, weights, units: see :func:`accuracy`.
        members: columns of ``counts``.
    """
    together = counts[:, members].sum(axis=1)
    share, low, high = _within_strata(np.stack([together, counts.sum(axis=1) - together], axis=1), units)
    return _Sum(weights, share[:, 0], low[:, 0], high[:, 0]).ends


def _within_strata(counts: NDArray[np.integer], units: Any) -> tuple[NDArray[np.float64], ...]:
    """Share of each column within its row, and the ends of Wilson's interval; (0, 0, 0) in rows without labels.

    A sample that takes a good part of all there is knows more: n counts as n (N - 1) / (N - n), the finite population
    correction.
    """
    n = counts.sum(axis=1, keepdims=True).astype(np.float64)
    worth = _worth(n, None if units is None else np.asarray(units, np.float64)[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, counts / n, 0.0)
        spread = np.where(n > 0, Z_95**2 / worth, 0.0)
        half = Z_95 * np.sqrt(np.where(n > 0, share * (1 - share) / worth, 0.0) + spread**2 / (4 * Z_95**2))
    middle = share + spread / 2
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return share, np.where(share > 0, low, 0.0), np.where((share < 1) & (n > 0), high, share)


def _exact_within_strata(counts: NDArray[np.integer], units: Any) -> tuple[NDArray[np.float64], ...]:
    """Share of the diagonal within each row with the ends of the exact interval; (0, 0, 0) in rows without labels."""
    from scipy.special import betaincinv

    n, right = counts.sum(axis=1).astype(np.float64), np.diag(counts).astype(np.float64)
    worth = _worth(n, None if units is None else np.asarray(units, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, right / n, 0.0)
        low = np.where(right > 0, betaincinv(right, n - right + 1, _TAIL), 0.0)
        high = np.where(right < n, betaincinv(right + 1, n - right, 1 - _TAIL), 1.0)
        narrower = np.where(n > 0, np.sqrt(n / worth), 0.0)
    return share, share - narrower * (share - low), share + narrower * (high - share)


def _worth(n: NDArray[np.float64], there: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Answers that ``n`` of so many units count as: more where they are a good part of all there is, inf where all."""
    if there is None:
        return n
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isinf(there), n, np.where(there > n, n * (there - 1) / (there - n), np.inf))


class _Sum:
    """Weighted sum of independent shares with its interval, by the method of Zou and Donner."""

    def __init__(self, weights: Any, share: Any, low: Any, high: Any) -> None:
        self.value = float((weights * share).sum())
        self.low = max(self.value - float(np.sqrt(((weights * (share - low)) ** 2).sum())), 0.0)
        self.high = min(self.value + float(np.sqrt(((weights * (high - share)) ** 2).sum())), 1.0)

    @property
    def ends(self) -> tuple[float, float, float]:
        return self.value, self.low, self.high


def _part(found: _Sum, missed: _Sum) -> tuple[float, float, float]:
    """``found / (found + missed)`` with its interval, by the logarithms of both."""
    value = found.value / (found.value + missed.value)
    if found.value == 0:
        return 0.0, 0.0, found.high / (found.high + missed.value)
    if missed.value == 0:
        return 1.0, found.value / (found.value + missed.high), 1.0
    odds, log = missed.value / found.value, np.log
    with np.errstate(divide="ignore"):
        down = float(np.hypot(log(found.value / found.low), log(missed.high / missed.value)))
        up = float(np.hypot(log(found.high / found.value), log(missed.value / np.float64(missed.low))))
    return value, float(1 / (1 + odds * np.exp(min(down, 700)))), float(1 / (1 + odds * np.exp(-up)))
