"""A check of a map by its user: a stratified random sample of tiles, and what the labels say of accuracy and areas.

Strata are the classes on the map. Half of the sample is spread evenly over the strata, so that rare classes are seen,
and half in proportion to their tiles; no stratum gets more than it has. Within a stratum tiles are drawn at random
without repetition. Tiles come in an order in which every beginning is itself such a sample, so that one may stop early.
Estimators: Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.accuracy.area_uncertainty import Z_95, adjusted_shares
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, N_CLASSES
from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.domain.land_cover import LandCoverMap

OTHER = N_CLASSES
"""Label of a tile that shows none of the ten classes (rock, quarry, wetland ...)."""
CANNOT_TELL = -1
"""Label of a tile that the user could not name; it is left out of the estimates and counted."""
LABEL_NAMES: dict[int, str] = {**dict(enumerate(CLASS_NAMES)), OTHER: "other", CANNOT_TELL: "cannot_tell"}
"""Labels as files spell them."""
MIN_LABELS = 50
"""Usable labels from which figures are given."""
MAX_SAMPLE = 1000
_FORMAT, _VERSION = "lulc-explorer-labels", 1


@dataclass(frozen=True)
class SampleTile:
    """One tile to look at."""

    tile_id: str
    row: int
    col: int
    class_id: int
    """Its class on the map: the stratum. Not to be shown before the label is given."""


@dataclass(frozen=True)
class Sample:
    """Tiles to be labelled, in the order in which they are to be shown."""

    tiles: tuple[SampleTile, ...]
    stratum_tiles: Mapping[int, int]
    """Tiles on the map by class id, only classes that occur."""
    stratum_ha: Mapping[int, float]
    """Hectares on the map by class id, clipped to the drawn shape."""
    result_key: str
    """Names the map that the sample was drawn from; labels of another one are refused."""
    seed: int


@dataclass(frozen=True)
class Measure:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int
    """Labels that it rests on."""


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


@dataclass(frozen=True)
class Estimate:
    """What a labelled sample says of a map."""

    overall: Measure
    """Overall accuracy, 0 to 1."""
    classes: tuple[ClassEstimate, ...]
    """Classes that are on the map or among the labels, in their order."""
    matrix: NDArray[np.int64]
    """(11, 11) counts: rows what the map says, columns what the user says; the last is OTHER; read-only."""
    n: int
    """Labels used."""
    cannot_tell: int
    """Tiles that were looked at but could not be named."""


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


def user_check(sample: Sample, labels: Mapping[str, int], tiles: LandCoverMap) -> UserCheck:
    """Gather the check of a map, with its estimates.

    Args:
        sample: what was drawn.
        labels: as of :func:`estimate`.
        tiles: the map of 640 m tiles that the check is said to be of.

    Raises:
        InputError: the sample is of another map, or the labels are too few for figures.
    """
    if sample.result_key != result_key(tiles):
        raise InputError("These labels are of another map; they say nothing about this one.", hint=_OTHER_MAP)
    return UserCheck(sample, MappingProxyType(dict(labels)), estimate(sample, labels))


def result_key(tiles: LandCoverMap) -> str:
    """Make sixteen hexadecimal digits that name a map: its tiles, acquisition, network and classes."""
    a = tiles.acquisition
    digest = hashlib.sha256(f"{tiles.grid.key} {tiles.grid.aoi_key} {a.source} {a.id} {tiles.model.sha256}".encode())
    digest.update(np.ascontiguousarray(tiles.class_ids).tobytes())
    return digest.hexdigest()[:16]


def draw_sample(tiles: LandCoverMap, n: int = 100, seed: int = 0) -> Sample:
    """Draw tiles to label. The same map, number and seed give the same tiles in the same order.

    Args:
        tiles: the map of 640 m tiles.
        n: how many, MIN_LABELS to MAX_SAMPLE; fewer where the map has fewer.
        seed: of the random numbers.

    Raises:
        InputError: a number out of range, or the map has fewer named tiles than figures need.
    """
    if not MIN_LABELS <= n <= MAX_SAMPLE:
        raise InputError(f"A sample of {n} tiles is asked for; {MIN_LABELS} to {MAX_SAMPLE:,} are allowed.")
    count = np.bincount(tiles.class_ids[tiles.classified], minlength=N_CLASSES)
    if count.sum() < MIN_LABELS:
        raise InputError(
            f"The map has {int(count.sum())} named tiles; a check needs at least {MIN_LABELS}.",
            hint="Choose a larger area.",
        )
    sizes = allocate(count, n)
    rng = np.random.default_rng(seed)
    chosen: list[tuple[float, float, SampleTile]] = []
    for class_id in np.nonzero(count)[0].tolist():
        places = np.argwhere(tiles.class_ids == class_id)
        drawn = places[rng.permutation(len(places))[: sizes[class_id]]]
        for k, (row, col) in enumerate(drawn.tolist()):
            tile = SampleTile(tiles.grid.tile_id(row, col), row, col, class_id)
            # Even steps within each stratum keep every beginning stratified; chance decides between equals.
            chosen.append(((k + float(rng.random())) / len(drawn), float(rng.random()), tile))
    chosen.sort(key=lambda c: c[:2])
    occurring = [c.id for c in CLASSES if count[c.id]]
    return Sample(
        tuple(t for _, _, t in chosen),
        {i: int(count[i]) for i in occurring},
        {i: float(tiles.class_ha[i]) for i in occurring},
        result_key(tiles),
        seed,
    )


def allocate(available: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Decide how many units to draw from each stratum: half evenly, half in proportion, never more than there are.

    Args:
        available: (strata,) units there are.
        n: how many in all.

    Returns:
        (strata,) that sum to n, or to all that there are.
    """
    available = available.astype(np.int64)
    n = min(n, int(available.sum()))
    occurs = available > 0
    wished = np.where(occurs, n / 2 / occurs.sum(), 0) + n / 2 * available / available.sum()
    sizes = np.minimum(np.floor(wished).astype(np.int64), available)
    sizes = np.maximum(sizes, np.minimum(2, available))  # two give a spread, one does not
    while sizes.sum() > n:
        sizes[int(np.argmax(sizes - wished))] -= 1
    while sizes.sum() < n:  # what full strata could not take goes to those that lack most
        sizes[int(np.argmax(np.where(sizes < available, wished - sizes, -np.inf)))] += 1
    return sizes


def estimate(sample: Sample, labels: Mapping[str, int]) -> Estimate:
    """Estimate accuracy and areas from the labels given so far.

    Args:
        sample: what was drawn.
        labels: class id, OTHER or CANNOT_TELL by tile id; tiles that are not in it were not looked at.

    Raises:
        InputError: fewer than MIN_LABELS usable labels, a class of the map with too few, or tiles of another sample.
    """
    by_id = {t.tile_id: t for t in sample.tiles}
    unknown = [k for k in labels if k not in by_id]
    if unknown:
        raise InputError(f"The label of {unknown[0]} is of no tile of this sample.", hint=_OTHER_MAP)
    if any(v not in LABEL_NAMES for v in labels.values()):
        raise InputError(f"A label must be a class id of 0 to {OTHER}, or {CANNOT_TELL} for one that cannot be told.")
    matrix = np.zeros((N_CLASSES + 1, N_CLASSES + 1), np.int64)
    for tile_id, label in labels.items():
        if label != CANNOT_TELL:
            matrix[by_id[tile_id].class_id, label] += 1
    n = int(matrix.sum())
    if n < MIN_LABELS:
        raise InputError(
            f"{n} tiles are labelled; figures are given from {MIN_LABELS} on.", hint="Label more tiles of the sample."
        )
    for i, n_tiles in sample.stratum_tiles.items():
        if matrix[i].sum() < min(2, n_tiles):
            raise InputError(
                f"Of the tiles named {CLASS_NAMES[i]} only {int(matrix[i].sum())} could be labelled; "
                f"{min(2, n_tiles)} are needed.",
                hint="Label more tiles of the sample.",
            )
    matrix.setflags(write=False)
    return _estimate(matrix, sample, len(labels) - n)


def _estimate(matrix: NDArray[np.int64], sample: Sample, cannot_tell: int) -> Estimate:
    ha, total = np.zeros(len(matrix)), sum(sample.stratum_ha.values())
    n_tiles = np.zeros(len(matrix), np.int64)
    for i, value in sample.stratum_ha.items():
        ha[i], n_tiles[i] = value, sample.stratum_tiles[i]
    figures = accuracy(matrix, ha / total, complete=(n_tiles > 0) & (matrix.sum(axis=1) == n_tiles))
    found = []
    for i, name in LABEL_NAMES.items():
        rows, columns = int(matrix[i].sum()), int(matrix[:, i].sum())
        if i == CANNOT_TELL or not (rows or columns or n_tiles[i]):
            continue
        area, low, high = (total * float(v) for v in figures.area[i])
        found.append(
            ClassEstimate(
                i,
                name,
                "another land cover" if i == OTHER else CLASSES[i].label,
                float(ha[i]),
                Measure(area, max(low, 0.0), min(high, total), columns),
                Measure(*_within(figures.users[i]), rows) if rows else None,
                Measure(*_within(figures.producers[i]), columns) if columns else None,
            )
        )
    n = int(matrix.sum())
    return Estimate(Measure(*_within(figures.overall), n), tuple(found), matrix, n, cannot_tell)


@dataclass(frozen=True)
class Figures:
    """Estimates with the ends of their 95 % intervals, as ``(value, low, high)``; not cut at 0 or 1."""

    overall: tuple[float, float, float]
    users: NDArray[np.float64]
    """(classes, 3); NaN for a class without labelled map units."""
    producers: NDArray[np.float64]
    """(classes, 3); NaN for a class without reference units."""
    area: NDArray[np.float64]
    """(classes, 3) share of the ground."""


def accuracy(
    counts: NDArray[np.integer], weights: NDArray[np.float64], *, complete: NDArray[np.bool_] | None = None
) -> Figures:
    """Compute the estimators: overall, user's and producer's accuracy, and areas.

    Args:
        counts: (classes, classes) labelled units, map classes in rows, reference classes in columns.
        weights: (classes,) share of the ground by map class, sums to 1.
        complete: (classes,) True where every unit of the map class was labelled: it adds no uncertainty.

    Source: Olofsson et al. 2014, equations 4 to 10.
    """
    n = counts.sum(axis=1).astype(np.float64)
    used = weights > 0
    exact = np.zeros(len(weights), bool) if complete is None else complete
    p_of_row = np.divide(counts, n[:, None], out=np.zeros(counts.shape), where=n[:, None] > 0)
    # Variance of each cell's share within its row; a complete row has none.
    spread = np.divide(p_of_row * (1 - p_of_row), (n - 1)[:, None], out=np.zeros(counts.shape), where=n[:, None] > 1)
    spread[exact] = 0
    hit = np.diag(p_of_row)
    overall = float((weights * hit).sum())
    overall_se = float(np.sqrt((weights**2 * np.diag(spread)).sum()))
    _, area_se = adjusted_shares(np.where(exact, 0, weights), counts)
    area = (weights[used, None] * p_of_row[used]).sum(axis=0)
    users = np.where(n > 0, hit, np.nan)
    users_se = np.sqrt(np.diag(spread))
    with np.errstate(invalid="ignore", divide="ignore"):
        producers = np.where(counts.sum(axis=0) > 0, weights * hit / area, np.nan)
        misses = weights[:, None] ** 2 * spread
        own_stratum = (weights * (1 - producers)) ** 2 * np.diag(spread)
        others = producers**2 * (misses.sum(axis=0) - np.diag(misses))
        producers_se = np.sqrt((own_stratum + others) / area**2)
    return Figures(
        (overall, overall - Z_95 * overall_se, overall + Z_95 * overall_se),
        _interval(users, users_se),
        _interval(producers, producers_se),
        _interval(area, area_se),
    )


def labels_to_json(sample: Sample, labels: Mapping[str, int]) -> str:
    """Write labels as a small JSON text, from which :func:`labels_from_json` goes on."""
    return json.dumps(
        {
            "format": _FORMAT,
            "version": _VERSION,
            "result": sample.result_key,
            "seed": sample.seed,
            "sample": len(sample.tiles),
            "labels": {t.tile_id: LABEL_NAMES[labels[t.tile_id]] for t in sample.tiles if t.tile_id in labels},
        },
        indent=1,
    )


def labels_from_json(text: str | bytes, tiles: LandCoverMap) -> tuple[Sample, dict[str, int]]:
    """Read the sample and the labels of a saved check.

    Args:
        text: what :func:`labels_to_json` gave.
        tiles: the map on the screen.

    Raises:
        FileFormatError: not such a file, or a damaged one.
        InputError: its labels are of another map.
    """
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError("This file holds no labels: it is not JSON.", hint=_SAVED) from error
    if not isinstance(data, dict) or data.get("format") != _FORMAT or data.get("version") != _VERSION:
        raise FileFormatError("This file holds no labels of a check.", hint=_SAVED)
    if data.get("result") != result_key(tiles):
        raise InputError("These labels are of another map; they say nothing about this one.", hint=_OTHER_MAP)
    ids = {name: i for i, name in LABEL_NAMES.items()}
    try:
        sample = draw_sample(tiles, int(data["sample"]), int(data["seed"]))
        labels = {str(k): ids[v] for k, v in data["labels"].items()}
    except (KeyError, TypeError, AttributeError, OverflowError, ValueError) as error:
        raise FileFormatError("The file with the labels is damaged.", hint=_SAVED) from error
    if not set(labels) <= {t.tile_id for t in sample.tiles}:
        raise FileFormatError("The file with the labels is damaged: it names tiles that were not drawn.", hint=_SAVED)
    return sample, labels


def _interval(value: NDArray[np.float64], se: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([value, value - Z_95 * se, value + Z_95 * se], axis=1)


def _within(values: Any) -> tuple[float, float, float]:
    value, low, high = (float(v) for v in values)
    return value, max(low, 0.0), min(high, 1.0)


_OTHER_MAP = "Open the map that the labels were given for, or begin a new check."
_SAVED = "Give the file that was saved during a check."
