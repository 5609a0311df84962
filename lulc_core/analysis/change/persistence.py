"""The persistence check: do further dates confirm a difference between two dates, or does it come and go?

Every further date votes in every tile whose class differs: for the land as it was before (B), for the land as it became
after (A), or for neither. What a vote means depends on where the date lies:

    further date lies          votes B                     votes A        votes neither
    before the earlier date    supports                    contradicts    -
    between the two            supports; contradicts if    supports       -
                               a date before it, also
                               between, voted A
    after the later date       contradicts                 supports       -

A date that did not see a tile well enough to name it (cloud, no data, unlike the training data) has no vote there, and
says nothing for or against. The trajectory of a tile follows from all its further dates (the first line that fits):

    seen on none                                                                   NOT_SEEN
    contradicted by some, each explained by the season                             SEASONAL
    the earliest vote before the pair is A, or the latest vote after it is B       TRANSIENT
    contradicted by some                                                           UNCLEAR
    supported by one at least, and by half of those that saw the tile              PERSISTENT
    otherwise                                                                      UNCLEAR

What lies outermost in time decides about TRANSIENT: A B B A went away again, A B A B is anybody's guess. A date's
contradiction is explained by the season if it is of the season of the side that it looks like, and that the two sides
are of different seasons (:func:`_season_explains`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import NamedTuple

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
    """Result of the persistence check; arrays are (rows, columns)."""

    trajectory: NDArray[np.uint8]
    """:class:`Trajectory` of every checked tile, NOT_ASKED elsewhere."""
    change_probability: NDArray[np.float32]
    """Probability of change from all dates together: those of each side pooled; NaN where not checked."""
    contradicted: NDArray[np.bool_]
    """True where a further date contradicts the difference: it shows the other side's land, or the season's."""
    unconfirmed: NDArray[np.bool_]
    """True where a further date saw the tile and the difference is not PERSISTENT, contradicted or not."""


class _Position(Enum):
    """Where a further date lies."""

    EARLIER = "before the earlier date"
    BETWEEN = "between the two"
    LATER = "after the later date"


class _DateVotes(NamedTuple):
    """Votes of one further date on n tiles."""

    position: _Position
    season_explains: bool
    """True if the season explains what contradicts on this date."""
    votes: NDArray[np.int64]
    """(n,) -1 as before, 1 as after, 0 neither."""
    sees: NDArray[np.bool_]
    """(n,) True where the date has a class at all."""
    log: NDArray[np.float64]
    """(n, 10) logarithms of its probabilities, 0 where it does not see the tile."""


def season_gap_days(a: date, b: date) -> int:
    """Count the days between two dates in the calendar, whatever the year: 0 to 183.

    Less than half a year apart it is the days between them: ``b`` is moved to the year that brings it nearest.
    """
    return min(abs((a - _in_year(b, a.year + step)).days) for step in (-1, 0, 1))


def _in_year(day: date, year: int) -> date:
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) and year % 4 else day.replace(year=year)


def follow_up(
    before: LandCoverMap, after: LandCoverMap, confirm: Sequence[LandCoverMap], checked: NDArray[np.bool_]
) -> FollowUp:
    """Let further dates vote on the tiles whose class differs; the tables are at the top of this module.

    Args:
        before: the earlier map of the pair.
        after: the later map.
        confirm: further maps of the same grid, oldest first.
        checked: (rows, columns) True where the class differs; n tiles.
    """
    dates = [_date_votes(before, after, m, checked) for m in confirm]
    contradicts = _contradictions(dates, int(np.count_nonzero(checked)))  # (dates, n)
    trajectory = _trajectories(dates, contradicts)  # (n,)
    seen = np.any([d.sees for d in dates], axis=0)  # (n,)
    not_persistent = trajectory != Trajectory.PERSISTENT
    shape = before.grid.shape
    return FollowUp(
        _spread(trajectory, checked, np.full(shape, Trajectory.NOT_ASKED, np.uint8)),
        _spread(_pooled_probability(before, after, dates, checked), checked, np.full(shape, np.nan, np.float32)),
        _spread(contradicts.any(axis=0) & not_persistent, checked, np.zeros(shape, bool)),
        _spread(seen & not_persistent, checked, np.zeros(shape, bool)),
    )


def _date_votes(before: LandCoverMap, after: LandCoverMap, m: LandCoverMap, checked: NDArray[np.bool_]) -> _DateVotes:
    """Votes of one further date on the checked tiles."""
    day = m.acquisition.datetime
    position = _Position.BETWEEN
    if day < before.acquisition.datetime:
        position = _Position.EARLIER
    elif day > after.acquisition.datetime:
        position = _Position.LATER
    sees = m.classified[checked]
    p1, p2, p = (x.probabilities[checked].astype(np.float64) for x in (before, after, m))  # (n, 10) each
    p = np.where(sees[:, None], p, 0.0)
    fine = np.stack([np.einsum("ik,ik->i", p, q) for q in (p1, p2)])  # (2 sides, n)
    coarse = np.stack([np.einsum("ik,ik->i", p @ _GROUPS, q @ _GROUPS) for q in (p1, p2)])  # (2 sides, n)
    # From field to factory it does not matter whether a third date says factory or houses; from one crop to another
    # only the classes themselves can tell.
    group = _GROUPS.argmax(axis=1)
    crosses = group[before.class_ids[checked]] != group[after.class_ids[checked]]
    agreement = np.where(crosses, coarse, fine)
    total = agreement.sum(axis=0)
    share_after = np.divide(agreement[1], total, out=np.full(len(p), 0.5), where=total >= LEAST_AGREEMENT)
    votes = (share_after >= CLEAR_VOTE).astype(np.int64) - (share_after <= 1 - CLEAR_VOTE)
    explains = _season_explains(before, after, m, looks_like_after=position is _Position.EARLIER)
    log = np.where(sees[:, None], _log(m.probabilities[checked]), 0.0)
    return _DateVotes(position, explains, votes, sees, log)


def _contradictions(dates: Sequence[_DateVotes], n: int) -> NDArray[np.bool_]:
    """(dates, n) True where a date contradicts the difference: the first table."""
    contradicts = np.zeros((len(dates), n), bool)
    changed_already = np.zeros(n, bool)
    for row, d in zip(contradicts, dates, strict=True):
        if d.position is _Position.EARLIER:
            row[:] = d.votes > 0
        elif d.position is _Position.LATER:
            row[:] = d.votes < 0
        else:  # either state fits between the two; only going back does not
            row[:] = (d.votes < 0) & changed_already
            changed_already |= d.votes > 0
    return contradicts


def _trajectories(dates: Sequence[_DateVotes], contradicts: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(n,) of :class:`Trajectory`: the second table."""
    supports = np.stack([d.votes != 0 for d in dates]) & ~contradicts  # (dates, n)
    n_supports, n_seen = supports.sum(axis=0), np.sum([d.sees for d in dates], axis=0)
    contradicted = contradicts.any(axis=0)
    seasonal = contradicted & ~contradicts[[not d.season_explains for d in dates]].any(axis=0)
    earliest = _first_vote([d.votes for d in dates if d.position is _Position.EARLIER], contradicted.shape)
    latest = _first_vote([d.votes for d in reversed(dates) if d.position is _Position.LATER], contradicted.shape)
    transient = (earliest > 0) | (latest < 0)
    persistent = (n_supports > 0) & (2 * n_supports >= n_seen)
    return np.select(
        [n_seen == 0, seasonal, transient, contradicted, persistent],
        [Trajectory.NOT_SEEN, Trajectory.SEASONAL, Trajectory.TRANSIENT, Trajectory.UNCLEAR, Trajectory.PERSISTENT],
        Trajectory.UNCLEAR,
    ).astype(np.uint8)


def _first_vote(votes: Sequence[NDArray[np.int64]], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """(n,) the first vote that is not 0, 0 where there is none."""
    first = np.zeros(shape, np.int64)
    for vote in votes:
        first = np.where(first == 0, vote, first)
    return first


def _pooled_probability(
    before: LandCoverMap, after: LandCoverMap, dates: Sequence[_DateVotes], checked: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(n,) probability of change, further dates pooled with the side they lie on, or vote for if they lie between."""
    side_before, side_after = _log(before.probabilities[checked]), _log(after.probabilities[checked])  # (n, 10)
    for d in dates:
        between = d.position is _Position.BETWEEN
        with_before = (d.votes < 0) if between else np.full(len(d.votes), d.position is _Position.EARLIER)
        with_after = (d.votes > 0) if between else np.full(len(d.votes), d.position is _Position.LATER)
        side_before += d.log * with_before[:, None]
        side_after += d.log * with_after[:, None]
    return 1 - np.einsum("ik,ik->i", _normal(side_before), _normal(side_after))


def _season_explains(before: LandCoverMap, after: LandCoverMap, m: LandCoverMap, *, looks_like_after: bool) -> bool:
    """Say whether a date that looks like one side is of that side's season, and the seasons of the two differ."""
    days = [x.acquisition.datetime.date() for x in (before, after, m)]
    same_side, other_side = (days[1], days[0]) if looks_like_after else (days[0], days[1])
    return (
        season_gap_days(same_side, other_side) > SAME_SEASON_DAYS
        and season_gap_days(days[2], same_side) <= SAME_SEASON_DAYS
        and season_gap_days(days[2], same_side) < season_gap_days(days[2], other_side)
    )


def _log(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.log(np.maximum(probabilities.astype(np.float64), FLOOR))


def _normal(log: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.exp(log - log.max(axis=1, keepdims=True, initial=-np.inf))
    return p / p.sum(axis=1, keepdims=True)


def _spread(values: NDArray, checked: NDArray[np.bool_], on: NDArray) -> NDArray:
    on[checked] = values
    return on
