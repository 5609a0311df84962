"""What became of the land between two dates: probability of change, decision, certainty, trajectory of every tile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import NO_DATA, LandCoverClass
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import LandCoverMap, left_out_of
from lulc_core.domain.scene import attribution_of

NOT_COMPARED = 255
"""Value of the uint8 arrays of a ChangeMap where a tile was not compared."""


class Certainty(IntEnum):
    """How sure it is that a tile changed its class."""

    SAME = 0
    """The same class on both dates."""
    POSSIBLE = 1
    """The class differs, but not credibly so: not counted as a change."""
    LIKELY = 2
    """Counted."""
    VERY_LIKELY = 3
    """Counted."""


CERTAINTY_LABELS: dict[Certainty, str] = {
    Certainty.SAME: "no change",
    Certainty.POSSIBLE: "possible, not counted",
    Certainty.LIKELY: "likely",
    Certainty.VERY_LIKELY: "very likely",
}
"""The levels in plain words."""


class Trajectory(IntEnum):
    """What further dates say about a difference."""

    NOT_ASKED = 0
    """No further date was given, or there is no difference to ask about."""
    PERSISTENT = 1
    """The further dates confirm it."""
    TRANSIENT = 2
    """A further date shows the land as it was on the other side of the change, with no season to explain it."""
    SEASONAL = 3
    """The land looks the same again in the same season of another year."""
    UNCLEAR = 4
    """The further dates cannot tell."""
    NOT_SEEN = 5
    """No further date saw the tile well enough to name it: they say nothing of it, neither for nor against."""


TRAJECTORY_LABELS: dict[Trajectory, str] = {
    Trajectory.NOT_ASKED: "not checked with a further date",
    Trajectory.PERSISTENT: "sustained",
    Trajectory.TRANSIENT: "came and went",
    Trajectory.SEASONAL: "seasonal",
    Trajectory.UNCLEAR: "unclear",
    Trajectory.NOT_SEEN: "not seen on a further date",
}
"""The trajectories in plain words."""


class Verdict(IntEnum):
    """Whether a difference counts as a change, and if not, why."""

    SAME = 0
    """The same class on both dates."""
    COUNTED = 1
    UNCERTAIN = 2
    """Not sure enough, or not borne out by further dates."""
    TOO_FAST = 3
    """Such a change takes longer than the time between the dates (``analysis.change.plausible``)."""
    PASSING = 4
    """It came and went, or follows the season, as further dates show."""


VERDICT_NAMES: dict[Verdict, str] = {v: v.name.lower() for v in Verdict}
"""The verdicts as files spell them."""

CERTAINTY_NAMES: dict[Certainty, str] = {c: c.name.lower() for c in Certainty}
"""The levels as files spell them."""
TRAJECTORY_NAMES: dict[Trajectory, str] = {
    Trajectory.NOT_ASKED: "not_asked",
    Trajectory.PERSISTENT: "sustained",
    Trajectory.TRANSIENT: "came_and_went",
    Trajectory.SEASONAL: "seasonal",
    Trajectory.UNCLEAR: "unclear",
    Trajectory.NOT_SEEN: "not_seen",
}
"""The trajectories as files spell them."""


@dataclass(frozen=True)
class ChangeRule:
    """When a difference of class counts as a change. The figures behind the defaults: docs/change.md."""

    min_probability: float
    """Probability of change from which a difference counts, 0 to 1."""
    min_probability_confused: float
    """The same for pairs of classes that the network confuses (``analysis.change.CONFUSED_PAIRS``) or when a tile is
    partly cloudy on either date, 0 to 1."""
    very_likely: float
    """Probability from which a counted difference is called very likely, 0 to 1."""
    similar_edges: float = 0.5
    """From this agreement of the edges of both pictures on (``analysis.change.edge_similarity``) the ground looks the
    same."""
    min_probability_similar: float = 0.985
    """Probability from which a difference counts where the ground looks the same, 0 to 1."""
    dissimilar_edges: float = 0.35
    """Below this agreement of edges the ground looks like other ground."""
    min_probability_dissimilar: float = 0.8
    """Probability from which a difference of classes that the network confuses counts where the ground looks other."""

    def to_json(self) -> dict[str, float]:
        """Write the thresholds under the keys that stored results have."""
        return {key: getattr(self, field) for field, key in _RULE_KEYS.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, float]) -> ChangeRule:
        """Read thresholds from a stored result.

        Raises:
            TypeError: a key is missing or unknown.
        """
        fields = {key: field for field, key in _RULE_KEYS.items()}
        return cls(**{fields.get(key, key): value for key, value in values.items()})


_RULE_KEYS = {
    "min_probability": "min_chance",
    "min_probability_confused": "min_chance_alike",
    "very_likely": "very_likely",
    "similar_edges": "same_structure",
    "min_probability_similar": "min_chance_same",
    "dissimilar_edges": "other_structure",
    "min_probability_dissimilar": "min_chance_other",
}
"""Fields by the keys that files have had since before the fields were renamed."""


@dataclass(frozen=True)
class ChangeMap:
    """Two land-cover maps of one grid compared, tile by tile. Make one with ``analysis.change.change_map``.

    All arrays are (rows, columns) and read-only.
    """

    before: LandCoverMap
    after: LandCoverMap
    compared: NDArray[np.bool_]
    """True where the tile has a class on both dates."""
    change_probability: NDArray[np.float32]
    """Chance that the class differs, ``1 - sum_k p1(k) p2(k)``, 0 to 1; NaN where not compared."""
    changed: NDArray[np.bool_]
    """The decision: the class differs, credibly, in the time that such a change takes at least, and no further date
    speaks against it."""
    certainty: NDArray[np.uint8]
    """:class:`Certainty`; 255 where not compared."""
    trajectory: NDArray[np.uint8]
    """:class:`Trajectory`; 255 where not compared."""
    rule: ChangeRule
    confirm: tuple[LandCoverMap, ...] = ()
    """Further dates, oldest first."""
    edge_similarity: NDArray[np.float32] | None = None
    """Agreement of the edges of both pictures, -1 to 1 (``edge_similarity.py``); NaN where the class does not differ,
    None where it was not looked at."""
    too_fast: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), bool))
    """True where the class differs and such a change takes longer than the time between the dates; else nowhere."""

    def __post_init__(self) -> None:
        shape = self.grid.shape
        if not self.too_fast.size:
            object.__setattr__(self, "too_fast", np.zeros(shape, bool))
        looked = () if self.edge_similarity is None else (self.edge_similarity,)
        for array in (
            self.compared,
            self.change_probability,
            self.changed,
            self.certainty,
            self.trajectory,
            self.too_fast,
            *looked,
        ):
            if array.shape != shape:
                raise ValueError(f"per-tile arrays must have shape {shape}, got {array.shape}")
            array.setflags(write=False)

    @property
    def grid(self) -> TileGrid:
        """The grid of both maps."""
        return self.before.grid

    @property
    def from_ids(self) -> NDArray[np.uint8]:
        """Class on the earlier date, 255 where not compared."""
        return np.where(self.compared, self.before.class_ids, np.uint8(NO_DATA))

    @property
    def to_ids(self) -> NDArray[np.uint8]:
        """Class on the later date, 255 where not compared."""
        return np.where(self.compared, self.after.class_ids, np.uint8(NO_DATA))

    @property
    def differs(self) -> NDArray[np.bool_]:
        """True where the class differs, credibly or not."""
        return self.compared & (self.before.class_ids != self.after.class_ids)

    @property
    def days_apart(self) -> int:
        """Whole days between the two dates."""
        return (self.after.acquisition.datetime.date() - self.before.acquisition.datetime.date()).days

    @property
    def verdict(self) -> NDArray[np.uint8]:
        """:class:`Verdict` of every tile; 255 where not compared."""
        passing = (self.trajectory == Trajectory.TRANSIENT) | (self.trajectory == Trajectory.SEASONAL)
        why_not = np.where(self.too_fast, Verdict.TOO_FAST, np.where(passing, Verdict.PASSING, Verdict.UNCERTAIN))
        found = np.where(self.differs, np.where(self.changed, Verdict.COUNTED, why_not), Verdict.SAME)
        return np.where(self.compared, found, NOT_COMPARED).astype(np.uint8)

    def seen_by(self, rows: Any, cols: Any) -> int:
        """Count the further dates that saw one of some cells at least well enough to name it."""
        return sum(bool(m.classified[rows, cols].any()) for m in self.confirm)

    @property
    def tile_ha(self) -> NDArray[np.float64]:
        """Hectares of each cell on the UTM grid, clipped to the drawn shape."""
        return self.grid.coverage.astype(np.float64) * self.grid.cell_ha

    @property
    def simulated(self) -> bool:
        """True if any of the imagery was simulated, which every picture and file must say."""
        return any(m.simulated for m in (self.before, self.after, *self.confirm))

    @property
    def attribution(self) -> str:
        """What every picture and file made from it must say."""
        return attribution_of([m.acquisition for m in (self.before, self.after, *self.confirm)])

    def left_out(self) -> dict[str, int]:
        """Count tiles inside the drawn shape that were not compared, by reason (no_data, beyond, cloudy, unlike).

        A tile that fails on both dates counts once, under the first of these reasons that holds on either.
        """
        return left_out_of(self.before, self.after)


@dataclass(frozen=True)
class TransitionMatrix:
    """From what to what. Earlier classes in rows, later ones in columns, persistence on the diagonal."""

    ids: tuple[int, ...]
    """Class ids, or CORINE level-1 numbers, of rows and columns."""
    names: tuple[str, ...]
    """As files spell them."""
    labels: tuple[str, ...]
    """In plain words."""
    colors: tuple[str, ...]
    """``#RRGGBB``."""
    tiles: NDArray[np.int64]
    """(n, n) tiles, or cells of a finer map."""
    ha: NDArray[np.float64]
    """(n, n) hectares, clipped to the drawn shape."""
    unit: str = "tile"
    """What is counted: ``tile``, or ``cell`` where the map is finer."""

    def __post_init__(self) -> None:
        self.tiles.setflags(write=False)
        self.ha.setflags(write=False)

    @property
    def pct(self) -> NDArray[np.float64]:
        """(n, n) share of the compared ground, per cent; sums to 100 (all 0 where nothing was compared)."""
        total = float(self.ha.sum())
        return self.ha * (100 / total) if total else np.zeros_like(self.ha)

    @property
    def off_diagonal(self) -> NDArray[np.bool_]:
        """(n, n) True for transitions, False for persistence."""
        return ~np.eye(len(self.ids), dtype=bool)

    @property
    def changed_tiles(self) -> int:
        """Tiles off the diagonal."""
        return int(self.tiles[self.off_diagonal].sum())

    @property
    def changed_ha(self) -> float:
        """Hectares off the diagonal."""
        return float(self.ha[self.off_diagonal].sum())


@dataclass(frozen=True)
class ClassBalance:
    """What one class won and lost between the dates, hectares of compared ground."""

    id: int
    name: str
    label: str
    color: str
    before_ha: float
    after_ha: float
    gain_ha: float
    """Gross: what became this class."""
    loss_ha: float
    """Gross: what ceased to be this class."""
    gain_tiles: int
    loss_tiles: int

    @property
    def net_ha(self) -> float:
        """Gain less loss."""
        return self.gain_ha - self.loss_ha


@dataclass(frozen=True)
class ProbabilityChange:
    """The strongest change of class probability in a tile: which class gained most, which lost most."""

    gained: LandCoverClass
    gained_share: float
    """How much, 0 to 1."""
    lost: LandCoverClass
    lost_share: float
    """How much, 0 to 1, positive."""
    remains: float
    """Share that the earlier class still has on the later date, 0 to 1."""


@dataclass(frozen=True)
class ChangedTile:
    """One tile whose class differs, with what a reader needs to judge it."""

    rank: int
    """1 is the most credible."""
    row: int
    col: int
    tile_id: str
    lon: float
    lat: float
    from_class: LandCoverClass
    to_class: LandCoverClass
    change_probability: float
    certainty: Certainty
    trajectory: Trajectory
    changed: bool
    """Counted as a change."""
    ha: float
    probability_change: ProbabilityChange
    sentence: str
    """What happened here and how sure that is."""


@dataclass(frozen=True)
class ChangeReport:
    """Everything the comparison says, in numbers and words; what pages, charts and files are made from."""

    change: ChangeMap
    transitions: TransitionMatrix
    """Counted changes off the diagonal. A tile whose class differs without being counted is on the diagonal, under
    the class that both dates together find likeliest."""
    label_transitions: TransitionMatrix
    """The classes of the two maps as they are, credible or not."""
    corine: TransitionMatrix
    """Counted changes between the CORINE level-1 groups."""
    balances: tuple[ClassBalance, ...]
    """Classes that occur, largest exchange first."""
    corine_balances: tuple[ClassBalance, ...]
    places: tuple[ChangedTile, ...]
    """Tiles whose class differs, most credible first; those that count come before those that do not."""
    order: tuple[tuple[int, int], ...]
    """Row and column of every compared tile, most credible change first."""
    sentences: tuple[str, ...]
    """Two or three for the newspaper."""
    notes: tuple[str, ...]
    """What limits the answer: season, sun, clouds, levels, what was left out."""

    @property
    def changed_places(self) -> tuple[ChangedTile, ...]:
        """Those that count."""
        return tuple(p for p in self.places if p.changed)


def transition_counts(matrix: TransitionMatrix) -> Mapping[tuple[int, int], int]:
    """Count tiles by (from, to), only transitions that occur, largest first; for Sankey charts and lists."""
    rows, cols = np.nonzero((matrix.tiles > 0) & matrix.off_diagonal)
    found = {(int(r), int(c)): int(matrix.tiles[r, c]) for r, c in zip(rows, cols, strict=True)}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
