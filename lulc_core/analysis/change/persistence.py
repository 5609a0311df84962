"""Further dates: does a difference between two dates last, does it come and go, or is it a season?

Every further date votes in every tile whose class differs: for the land as it was before, for the land as it became,
or for neither. Votes that fit one single change in time bear it out; others speak against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import Trajectory
from lulc_core.domain.classes import CLASSES, CORINE_L1, N_CLASSES
from lulc_core.domain.land_cover import LandCoverMap

SAME_SEASON_DAYS = 45
"""Dates closer than this in the calendar, whatever the year, are of one season: half of three months."""
CLEAR_VOTE = 0.75
"""A date votes for a side if that side holds at least this part of its agreement with both."""
LEAST_AGREEMENT = 0.1
"""Below this, a date agrees with neither side: the tile is something third."""
FLOOR = 0.01
"""No class of a pooled vector starts lower: one date's certainty must not silence the others."""

_GROUPS = np.zeros((N_CLASSES, max(CORINE_L1)), np.float64)
for _c in CLASSES:
    _GROUPS[_c.id, _c.corine_l1 - 1] = 1


@dataclass(frozen=True)
class FollowUp:
    """What further dates say; arrays are (rows, columns)."""

    trajectory: NDArray[np.uint8]
    """:class:`Trajectory` of every tile that was asked about, NOT_ASKED elsewhere."""
    change_probability: NDArray[np.float32]
    """Chance of change from all dates together: those of each side pooled; NaN where not asked about."""
    against: NDArray[np.bool_]
    """True where a further date speaks against the difference: it shows the other side's land, or the season's."""
    unconfirmed: NDArray[np.bool_]
    """True where a further date saw the tile and does not bear the difference out, for or against."""


def season_gap_days(a: date, b: date) -> int:
    """Days between two dates in the calendar, whatever the year: 0 to 183."""
    apart = abs(a.timetuple().tm_yday - b.timetuple().tm_yday)
    return min(apart, 366 - apart)


def follow_up(
    before: LandCoverMap, after: LandCoverMap, confirm: Sequence[LandCoverMap], asked: NDArray[np.bool_]
) -> FollowUp:
    """Lets further dates vote on the tiles whose class differs.

    Args:
        before: the earlier map of the pair.
        after: the later map.
        confirm: further maps of the same grid, oldest first.
        asked: (rows, columns) True where the class differs.
    """
    n = int(np.count_nonzero(asked))
    supports, contradicts, seen, outer_earlier, outer_later = np.zeros((5, n), np.int64)
    seasonal, changed_already = np.ones(n, bool), np.zeros(n, bool)
    pool_before, pool_after = _log(before.probabilities[asked]), _log(after.probabilities[asked])
    for m in confirm:
        votes, sees = _votes(before, after, m, asked)
        day = m.acquisition.datetime
        earlier, later = day < before.acquisition.datetime, day > after.acquisition.datetime
        if earlier:
            against = votes > 0
            outer_earlier = np.where(outer_earlier == 0, votes, outer_earlier)
        elif later:
            against = votes < 0
            outer_later = np.where(votes != 0, votes, outer_later)
        else:
            # Between the two, either state fits; only going back does not.
            against = (votes < 0) & changed_already
            changed_already |= votes > 0
        if not _season_explains(before, after, m, looks_like_after=earlier):
            seasonal &= ~against
        seen += sees
        contradicts += against
        supports += (votes != 0) & ~against
        log = np.where(sees[:, None], _log(m.probabilities[asked]), 0.0)
        pool_before += log * ((votes < 0) if not (earlier or later) else np.full(n, earlier))[:, None]
        pool_after += log * ((votes > 0) if not (earlier or later) else np.full(n, later))[:, None]
    # What lies outermost in time decides: A B B A went away again, A B A B is anybody's guess.
    reverted = (outer_earlier > 0) | (outer_later < 0)
    trajectory = np.full(n, Trajectory.UNCLEAR, np.uint8)
    trajectory[(contradicts == 0) & (supports > 0) & (2 * supports >= seen)] = Trajectory.PERSISTENT
    trajectory[reverted] = Trajectory.TRANSIENT
    trajectory[(contradicts > 0) & seasonal] = Trajectory.SEASONAL
    pooled = 1 - np.einsum("ik,ik->i", _normal(pool_before), _normal(pool_after))
    shape = before.grid.shape
    return FollowUp(
        _spread(trajectory, asked, np.full(shape, Trajectory.NOT_ASKED, np.uint8)),
        _spread(pooled, asked, np.full(shape, np.nan, np.float32)),
        _spread((contradicts > 0) & (trajectory != Trajectory.PERSISTENT), asked, np.zeros(shape, bool)),
        _spread((seen > 0) & (trajectory != Trajectory.PERSISTENT), asked, np.zeros(shape, bool)),
    )


def _votes(
    before: LandCoverMap, after: LandCoverMap, m: LandCoverMap, asked: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(n,) -1 as before, 1 as after, 0 neither; and whether the date could see the tile at all."""
    sees = m.classified[asked]
    p1, p2, p = (x.probabilities[asked].astype(np.float64) for x in (before, after, m))
    p = np.where(sees[:, None], p, 0.0)
    fine = np.stack([np.einsum("ik,ik->i", p, q) for q in (p1, p2)])
    coarse = np.stack([np.einsum("ik,ik->i", p @ _GROUPS, q @ _GROUPS) for q in (p1, p2)])
    # From field to factory it does not matter whether a third date says factory or houses; from one crop to another
    # only the classes themselves can tell.
    group = _GROUPS.argmax(axis=1)
    crosses = group[before.class_ids[asked]] != group[after.class_ids[asked]]
    agreement = np.where(crosses, coarse, fine)
    total = agreement.sum(axis=0)
    share_after = np.divide(agreement[1], total, out=np.full(len(p), 0.5), where=total >= LEAST_AGREEMENT)
    votes = (share_after >= CLEAR_VOTE).astype(np.int64) - (share_after <= 1 - CLEAR_VOTE)
    return votes, sees


def _season_explains(before: LandCoverMap, after: LandCoverMap, m: LandCoverMap, *, looks_like_after: bool) -> bool:
    """True if a date that looks like one side is of that side's season, and the two seasons differ."""
    days = [x.acquisition.datetime.date() for x in (before, after, m)]
    like, unlike = (days[1], days[0]) if looks_like_after else (days[0], days[1])
    return (
        season_gap_days(like, unlike) > SAME_SEASON_DAYS
        and season_gap_days(days[2], like) <= SAME_SEASON_DAYS
        and season_gap_days(days[2], like) < season_gap_days(days[2], unlike)
    )


def _log(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.log(np.maximum(probabilities.astype(np.float64), FLOOR))


def _normal(log: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.exp(log - log.max(axis=1, keepdims=True, initial=-np.inf))
    return p / p.sum(axis=1, keepdims=True)


def _spread(values: NDArray, asked: NDArray[np.bool_], on: NDArray) -> NDArray:
    on[asked] = values
    return on
