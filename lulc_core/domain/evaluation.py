"""What is known of how often a network is right: one stored evaluation, class by class and in other imagery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import LandCoverClass

Interval = tuple[float, float]
"""Lower and upper end of a 95 % interval, 0 to 1."""


def wilson(k: int, n: int) -> tuple[float, float]:
    """Compute the 95 % interval of a share ``k / n``, both ends in 0 to 1; (0, 1) when nothing was counted.

    Source: Wilson 1927, doi 10.1080/01621459.1927.10502953.
    """
    if n == 0:
        return 0.0, 1.0
    z = 1.959964
    share, spread = k / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * (share * (1 - share) / n + spread / (4 * n)) ** 0.5
    return (0.0 if k == 0 else middle - half), (1.0 if k == n else middle + half)


@dataclass(frozen=True)
class ClassAccuracy:
    """One class of an evaluation."""

    cls: LandCoverClass
    n: int
    """Patches that are of this class."""
    n_predicted: int
    """Patches that were named so."""
    producers: float | None
    """Share of the class that was found (recall), 0 to 1; None without patches."""
    producers_95: Interval
    users: float | None
    """Share of what was named so that is so (precision), 0 to 1; None where nothing was named so."""
    users_95: Interval


@dataclass(frozen=True)
class ReliabilityBin:
    """Patches whose largest probability lies in one range."""

    low: float
    high: float
    n: int
    confidence: float
    """Mean of the largest probability, 0 where there are no patches."""
    accuracy: float
    """Share that was classified right, 0 where there are no patches."""

    @property
    def accuracy_95(self) -> Interval:
        """95 % interval of that share: wide where there are few patches."""
        return wilson(round(self.accuracy * self.n), self.n)


@dataclass(frozen=True)
class ShiftResult:
    """The same patches in other light, from another sensor or another export."""

    name: str
    cause: str
    accuracy: float
    ece: float | None
    """Expected calibration error, 0 to 1."""
    ood_share: float | None
    """Share that was flagged as unlike the training data."""
    used_in_training: bool


@dataclass(frozen=True)
class OodCase:
    """Ground that was shown to the detector of tiles unlike the training data."""

    words: str
    n: int
    share: float
    """Share that was flagged, 0 to 1."""
    should_flag: bool | None
    """True where it ought to be flagged, False where it ought to pass; None where the file does not say."""


@dataclass(frozen=True)
class ClassifiedPatch:
    """What the network said about one patch."""

    stem: str
    """File name without folder and suffix."""
    reference: int
    predicted: int
    probabilities: tuple[float, ...]
    """Ten, in the order of class ids."""


@dataclass(frozen=True)
class OtherNetwork:
    """Another network on the same patches."""

    name: str
    command: str
    """What made its weights."""
    accuracy: float
    """Share named right of the patches as they are, 0 to 1."""
    shifts: Mapping[str, float]
    """The same by name of the shift."""


@dataclass(frozen=True)
class RegionTest:
    """Patches of a region where the network has never been."""

    n: int
    accuracy: float
    """Share named right, 0 to 1."""
    accuracy_95: Interval
    stated: float
    """Mean of its largest probability."""
    ece: float


@dataclass(frozen=True)
class SpatialTest:
    """A network that the same recipe made from the west of Europe alone, asked further east."""

    middle: RegionTest
    east: RegionTest
    model: Mapping[str, Any]
    """Of that network: ``name``, ``sha256``, ``command``."""


@dataclass(frozen=True)
class OutsideTest:
    """Cells of scenes outside the training data, against others' land-cover maps; shares are means over scenes."""

    scenes: int
    cells: int
    cell_m: int
    right: float
    stated: float
    """Mean of its largest probability."""
    sure_from: float
    sure_n: int
    """Cells whose largest probability is at least that."""
    sure_right: float | None
    """Share of these that is right; None where there are none."""
    sure_roads: int
    """Of these, named Highway: that says a road crosses, where such maps say what lies beside it."""
    sure_right_but_roads: float | None
    """Share of the others that is right."""


@dataclass(frozen=True)
class SpeedTest:
    """Tiles a second of whole calls, beside the loop that one would write first; measured in one run."""

    tiles_per_s: float
    baseline_tiles_per_s: float
    """Of a ResNet-50 in float32, one tile at a time."""
    precision: str
    machine: str


@dataclass(frozen=True)
class Evaluation:
    """One stored evaluation of one set of weights."""

    split: str
    n: int
    accuracy: float
    accuracy_95: Interval
    matrix: NDArray[np.int64]
    """(10, 10) counts, reference class in rows, predicted class in columns; read-only."""
    classes: tuple[ClassAccuracy, ...]
    ece: float | None = None
    ece_n: int | None = None
    """Patches on which calibration was measured."""
    corine_l1_accuracy: float | None = None
    reliability: tuple[ReliabilityBin, ...] = ()
    calibration: Mapping[str, Any] = field(default_factory=dict)
    """How its probabilities were fitted: ``method``, ``n_fitted``, where the file says so."""
    ood_share: float | None = None
    shifts: tuple[ShiftResult, ...] = ()
    ood: tuple[OodCase, ...] = ()
    confused: tuple[ClassifiedPatch, ...] | None = None
    """Every patch that was named wrong; None where the file does not list them."""
    against: OtherNetwork | None = None
    """A network that was measured beside it, where there was one."""
    spatial: SpatialTest | None = None
    outside: OutsideTest | None = None
    speed: SpeedTest | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    made_with: Mapping[str, Any] = field(default_factory=dict)
