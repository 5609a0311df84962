"""Two land-cover maps of the same tiles: which tiles changed, and how credible that is.

Two single dates overstate lasting change several times over (season, cloud, haze, noise), so a tile with another
class is not yet a change. The probability of change weighs both vectors of class probabilities; a difference counts
only from a threshold on, a higher one for classes that the network confuses; further dates can take a difference
back. The thresholds and what they were measured to do: docs/change.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.change.edge_similarity import edge_similarity_between
from lulc_core.analysis.change.pairs import check_dates
from lulc_core.analysis.change.persistence import follow_up
from lulc_core.analysis.change.plausible import too_fast
from lulc_core.domain.change import NOT_COMPARED, Certainty, ChangeMap, ChangeRule, ProbabilityChange, Trajectory
from lulc_core.domain.classes import CLASSES, N_CLASSES, class_by_name
from lulc_core.domain.errors import InputError
from lulc_core.domain.land_cover import LandCoverMap, TileFlag
from lulc_core.domain.scene import Scene

RULE = ChangeRule(
    min_probability=0.7,
    min_probability_confused=0.85,
    very_likely=0.93,
    similar_edges=0.5,
    min_probability_similar=0.95,
    dissimilar_edges=0.35,
    min_probability_dissimilar=0.65,
)
"""The thresholds in use. Source: benchmarks/change.py, figures in docs/change.md."""

_CONFUSED_NAMES = (
    ("AnnualCrop", "PermanentCrop"),
    ("AnnualCrop", "Pasture"),
    ("AnnualCrop", "HerbaceousVegetation"),
    ("Forest", "HerbaceousVegetation"),
    ("Forest", "Pasture"),
    ("Forest", "SeaLake"),
    ("HerbaceousVegetation", "Pasture"),
    ("HerbaceousVegetation", "PermanentCrop"),
    ("Highway", "River"),
    ("Industrial", "Residential"),
    ("Pasture", "PermanentCrop"),
)
CONFUSED_PAIRS = np.zeros((N_CLASSES, N_CLASSES), bool)
"""(10, 10) True for pairs of classes that networks confuse on EuroSAT, either way round. Source: the largest
confusions of a ResNet-50 on 5,400 validation patches, and the vegetation classes that a season turns into
one another (docs/change.md)."""
for _a, _b in _CONFUSED_NAMES:
    _i, _j = class_by_name(_a).id, class_by_name(_b).id
    CONFUSED_PAIRS[_i, _j] = CONFUSED_PAIRS[_j, _i] = True
CONFUSED_PAIRS.setflags(write=False)


def change_probability_of(before: NDArray[np.floating], after: NDArray[np.floating]) -> NDArray[np.float32]:
    """Probability that the class differs, if the two predictions err independently: ``1 - sum_k p1(k) p2(k)``.

    Args:
        before: (..., classes) calibrated probabilities, each vector sums to 1.
        after: the same for the later date.

    Returns:
        float32 (...), 0 to 1; NaN where either vector is NaN.
    """
    same = np.einsum("...k,...k->...", before.astype(np.float64), after.astype(np.float64))
    return np.clip(1 - same, 0, 1).astype(np.float32)


def change_map(
    before: LandCoverMap,
    after: LandCoverMap,
    *,
    confirm: Sequence[LandCoverMap] = (),
    rule: ChangeRule = RULE,
    edge_similarity: NDArray[np.float32] | None = None,
) -> ChangeMap:
    """Compare two maps of the same grid, made by the same network.

    A tile without a class on either date (no data, cloudy, out of distribution) is left out and counted; all may be. A
    difference of class counts as a change if its probability reaches the rule's threshold, if such a change is
    possible in the time between (``plausible.py``), and if no further date contradicts it; a difference below the
    threshold is taken in where further dates confirm it.

    Args:
        before: the earlier map.
        after: the later map.
        confirm: maps of further dates, in any order; they may lie before, between or after the two.
        rule: the thresholds.
        edge_similarity: (rows, columns) how far the edges of both pictures agree (``edge_similarity.py``); where
            they do, more is asked of a difference. None where there are no pictures.

    Raises:
        DateError: the dates are equal or swapped, or a further date repeats one.
        InputError: other tiles or another network.
    """
    confirm = tuple(sorted(confirm, key=lambda m: m.acquisition.datetime))
    check_maps(before, after, confirm)
    differs = differing(before, after)
    compared = before.classified & after.classified & before.grid.inside
    change_probability = np.full(before.grid.shape, np.nan, np.float32)
    change_probability[compared] = change_probability_of(before.probabilities[compared], after.probabilities[compared])
    threshold = thresholds(before, after, rule, edge_similarity)
    trajectory = np.where(compared, np.uint8(Trajectory.NOT_ASKED), np.uint8(NOT_COMPARED))
    credible, refused = change_probability, np.zeros(before.grid.shape, bool)
    if confirm:
        found = follow_up(before, after, confirm, differs)
        trajectory[differs] = found.trajectory[differs]
        # Further dates may lift a doubtful difference, but not where the ground itself looks the same.
        confirmed = (found.trajectory == Trajectory.PERSISTENT) & ~_similar(edge_similarity, threshold.shape, rule)
        credible = np.where(confirmed, found.change_probability, change_probability)
        # A date that shows something third takes back what was doubtful, not what was plain.
        plain_threshold = np.float32(max(rule.min_probability, rule.min_probability_dissimilar))
        plain = (change_probability >= rule.very_likely) & (threshold <= plain_threshold)
        refused = found.contradicted | (found.unconfirmed & ~plain)
    fast = differs & too_fast(before, after)
    changed = differs & (credible >= threshold) & ~refused & ~fast
    certainty = np.where(compared, np.uint8(Certainty.SAME), np.uint8(NOT_COMPARED))
    certainty[differs] = Certainty.POSSIBLE
    certainty[changed] = Certainty.LIKELY
    certainty[changed & (credible >= np.maximum(rule.very_likely, threshold))] = Certainty.VERY_LIKELY
    decided = compared, change_probability, changed, certainty, trajectory
    return ChangeMap(before, after, *decided, rule, confirm, edge_similarity, fast)


def change_of_dates(
    maps: Sequence[LandCoverMap], sources: Sequence[Scene | NDArray[np.uint8]], *, rule: ChangeRule = RULE
) -> ChangeMap:
    """Compare dates with the pictures they were made from: what the project does wherever it has them.

    Args:
        maps: the earlier map, the later one, then further ones in any order.
        sources: their scenes, or their true-colour pictures (H, W, 3) as ``radiometry.to_true_colour`` makes them, in
            the same order; both give the same.
        rule: the thresholds.

    Raises:
        DateError, InputError: as :func:`change_map`.
    """
    before, after, *confirm = maps
    check_maps(before, after, confirm)
    edge_similarity = edge_similarity_between(maps, sources, differing(before, after))
    return change_map(before, after, confirm=confirm, rule=rule, edge_similarity=edge_similarity)


def differing(before: LandCoverMap, after: LandCoverMap) -> NDArray[np.bool_]:
    """Find the cells (rows, columns) that have a class on both dates, and not the same."""
    return before.classified & after.classified & before.grid.inside & (before.class_ids != after.class_ids)


def thresholds(
    before: LandCoverMap,
    after: LandCoverMap,
    rule: ChangeRule = RULE,
    edge_similarity: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Look up the probability from which a difference counts in each tile, float32 (rows, columns), 0 to 1.

    The first line that fits:

        edges of both pictures similar                                          min_probability_similar
        classes that the network confuses, and edges dissimilar                 min_probability_dissimilar
        classes that the network confuses                                       min_probability_confused
        otherwise                                                               min_probability

    And at least min_probability_confused where the tile is partly cloudy on either date: clouds hide edges as change
    does, there the pictures prove nothing. Without pictures, edges are neither similar nor dissimilar.
    """
    last = N_CLASSES - 1  # any valid index: tiles without a class are not compared anyway
    confused = CONFUSED_PAIRS[np.minimum(before.class_ids, last), np.minimum(after.class_ids, last)]
    similar = _similar(edge_similarity, confused.shape, rule)
    dissimilar = np.zeros(confused.shape, bool)
    if edge_similarity is not None:
        dissimilar = edge_similarity < rule.dissimilar_edges  # NaN is not
    threshold = np.full(confused.shape, rule.min_probability, np.float32)
    threshold[confused] = rule.min_probability_confused
    threshold[confused & dissimilar] = rule.min_probability_dissimilar
    threshold[similar] = rule.min_probability_similar
    partly_cloudy = ((before.flags | after.flags) & TileFlag.PARTLY_CLOUDY) > 0
    threshold[partly_cloudy] = np.maximum(threshold[partly_cloudy], np.float32(rule.min_probability_confused))
    return threshold


def _similar(
    edge_similarity: NDArray[np.float32] | None, shape: tuple[int, ...], rule: ChangeRule
) -> NDArray[np.bool_]:
    """(rows, columns) True where the edges of both pictures are similar: the ground looks the same."""
    return np.zeros(shape, bool) if edge_similarity is None else edge_similarity >= rule.similar_edges  # NaN is not


def select(
    change: ChangeMap,
    *,
    from_: str | None = None,
    to: str | None = None,
    min_certainty: Certainty = Certainty.LIKELY,
) -> NDArray[np.bool_]:
    """Choose the tiles to show: the filter behind the change layer, the list of places and a clicked flow or cell.

    Args:
        change: the comparison.
        from_: EuroSAT name of the class on the earlier date; None for any.
        to: the same for the later date.
        min_certainty: ``LIKELY`` for what counts, ``POSSIBLE`` for every difference, ``SAME`` for all compared tiles.

    Returns:
        (rows, columns) bool.

    Raises:
        KeyError: no such class.
    """
    shown = change.compared & (change.certainty >= min_certainty)
    if from_ is not None:
        shown &= change.from_ids == class_by_name(from_).id
    if to is not None:
        shown &= change.to_ids == class_by_name(to).id
    return shown


def strongest_probability_change(before: NDArray[np.floating], after: NDArray[np.floating]) -> ProbabilityChange:
    """Find which class gained and which lost most probability in one tile.

    Args:
        before: (10,) probabilities on the earlier date.
        after: (10,) on the later date.
    """
    difference = after.astype(np.float64) - before.astype(np.float64)
    gained, lost = int(difference.argmax()), int(difference.argmin())
    remains = float(after[int(before.argmax())])
    return ProbabilityChange(
        CLASSES[gained], float(difference[gained]), CLASSES[lost], float(-difference[lost]), remains
    )


def check_maps(before: LandCoverMap, after: LandCoverMap, confirm: Sequence[LandCoverMap]) -> None:
    """Refuse maps that cannot be compared.

    Raises:
        DateError: equal or swapped dates, or a further date that repeats one.
        InputError: other tiles, another network.
    """
    check_dates(before.acquisition, after.acquisition, [m.acquisition for m in confirm])
    for m in (after, *confirm):
        if m.grid != before.grid:
            raise InputError(
                "The maps cover different tiles and cannot be compared.", hint="Classify every date on the same area."
            )
        if m.model.sha256 != before.model.sha256:
            raise InputError(
                f"The maps were made by different networks ({before.model.name} and {m.model.name}).",
                hint="Classify every date with the same model.",
            )
