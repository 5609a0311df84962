"""The sample of a blind check: which squares of a map its user is to name, drawn at random within each class.

Strata are the classes on the map that is shown. Half of the sample is spread evenly over the strata, so that rare
classes are seen, and half in proportion to their squares; no stratum gets more than it has. Within a stratum squares
are drawn at random without repetition. They come in an order in which every beginning is itself such a sample, so that
one may stop early.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASS_NAMES, CLASSES, N_CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.land_cover import LandCoverMap

OTHER = N_CLASSES
"""Label of a square that shows none of the ten classes (rock, quarry, wetland ...)."""
CANNOT_TELL = -1
"""Label of a square that the user could not name; it is left out of the estimates and counted."""
LABEL_NAMES: dict[int, str] = {**dict(enumerate(CLASS_NAMES)), OTHER: "other", CANNOT_TELL: "cannot_tell"}
"""Labels as files spell them."""
MIN_LABELS = 50
"""Usable labels from which figures are given."""
MAX_SAMPLE = 1000


@dataclass(frozen=True)
class SampleTile:
    """One square to look at: a tile, or a cell of a finer map."""

    tile_id: str
    row: int
    col: int
    class_id: int
    """Its class on the map: the stratum. Not to be shown before the label is given."""


@dataclass(frozen=True)
class Sample:
    """Squares to be labelled, in the order in which they are to be shown."""

    tiles: tuple[SampleTile, ...]
    stratum_tiles: Mapping[int, int]
    """Squares on the map by class id, only classes that occur."""
    stratum_ha: Mapping[int, float]
    """Hectares on the map by class id, clipped to the drawn shape."""
    result_key: str
    """Names the map that the sample was drawn from; labels of another one are refused."""
    seed: int


def result_key(shown: LandCoverMap) -> str:
    """Make sixteen hexadecimal digits that name a map: its grid, acquisition, network and classes."""
    a = shown.acquisition
    digest = hashlib.sha256(f"{shown.grid.key} {shown.grid.aoi_key} {a.source} {a.id} {shown.model.sha256}".encode())
    digest.update(np.ascontiguousarray(shown.class_ids).tobytes())
    return digest.hexdigest()[:16]


def draw_sample(shown: LandCoverMap, n: int = 100, seed: int = 0) -> Sample:
    """Draw squares to label. The same map, number and seed give the same squares in the same order.

    Args:
        shown: the map that is shown: its cells are drawn, however fine they are.
        n: how many, MIN_LABELS to MAX_SAMPLE; fewer where the map has fewer.
        seed: of the random numbers.

    Raises:
        InputError: a number out of range, or the map has fewer named squares than figures need.
    """
    if not MIN_LABELS <= n <= MAX_SAMPLE:
        raise InputError(f"A sample of {n} squares is asked for; {MIN_LABELS} to {MAX_SAMPLE:,} are allowed.")
    count = np.bincount(shown.class_ids[shown.classified], minlength=N_CLASSES)
    if count.sum() < MIN_LABELS:
        raise InputError(
            f"The map has {int(count.sum())} named {shown.grid.unit}s; a check needs at least {MIN_LABELS}.",
            hint="Choose a larger area.",
        )
    sizes = allocate(count, n)
    rng = np.random.default_rng(seed)
    chosen: list[tuple[float, float, SampleTile]] = []
    for class_id in np.nonzero(count)[0].tolist():
        places = np.argwhere(shown.class_ids == class_id)
        drawn = places[rng.permutation(len(places))[: sizes[class_id]]]
        for k, (row, col) in enumerate(drawn.tolist()):
            tile = SampleTile(shown.grid.tile_id(row, col), row, col, class_id)
            # Even steps within each stratum keep every beginning stratified; chance decides between equals.
            chosen.append(((k + float(rng.random())) / len(drawn), float(rng.random()), tile))
    chosen.sort(key=lambda c: c[:2])
    occurring = [c.id for c in CLASSES if count[c.id]]
    return Sample(
        tuple(t for _, _, t in chosen),
        {i: int(count[i]) for i in occurring},
        {i: float(shown.class_ha[i]) for i in occurring},
        result_key(shown),
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
