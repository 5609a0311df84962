"""Which two acquisitions to compare, why, and what speaks against a pair; which further date would help most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lulc_core.analysis.change.persistence import SAME_SEASON_DAYS, season_gap_days
from lulc_core.domain.errors import DateError
from lulc_core.domain.scene import LOW_SUN_DEG, Acquisition, sun_elevation_deg
from lulc_core.language.words import english

NEAR_ANNIVERSARY_DAYS = 30
"""Two dates closer than this in the calendar are called near-anniversary."""
SUN_GAP_DEG = 10.0
"""From this difference on, shadows and brightness differ to the eye: 50 against 40 degrees darkens flat ground by 16 %
(the ratio of the sines)."""
CLEAR_GAP = 0.2
"""Difference of the clear shares that is worth a sentence."""
CLOUDY_BELOW = 0.7
"""Clear share below which a date is called cloudy."""
MIN_GAP_DAYS = 180
"""Two dates closer than this cannot tell lasting change from a season."""
MAX_PROPOSED, MAX_SUGGESTED = 5, 3
"""Pairs and confirmation dates that are offered at once."""
MAX_PROPOSED_FROM = 40
"""Per side, only the acquisitions nearest to the wish are paired; more would change nothing at the top."""

_UNKNOWN_CLEAR = 0.6


@dataclass(frozen=True)
class Pair:
    """Two acquisitions worth comparing."""

    before: Acquisition
    after: Acquisition
    cost: float
    """The lower, the better; 0 is a clear near-anniversary pair of one orbit on the days asked for."""
    reason: str
    """Why it is proposed, one sentence."""
    warnings: tuple[str, ...]
    """What speaks against it, a sentence each."""


@dataclass(frozen=True)
class Suggestion:
    """A further acquisition that would help to tell lasting change from passing change."""

    acquisition: Acquisition
    cost: float
    """The lower, the better."""
    reason: str
    """What it would tell, one sentence."""


def check_dates(before: Acquisition, after: Acquisition, confirm: Sequence[Acquisition] = ()) -> None:
    """Refuse acquisitions whose dates cannot be compared; see :func:`check_days`."""
    check_days(*(a.datetime.date() for a in (before, after, *confirm)))


def check_days(before: date, after: date, *confirm: date) -> None:
    """Refuse days that cannot be compared.

    Raises:
        DateError: the same day twice, swapped days, or a further day that repeats one.
    """
    if before == after:
        raise DateError(f"Both dates are {before}; a comparison needs two different ones.", hint="Choose another date.")
    if before > after:
        raise DateError(f"The earlier date ({before}) lies after the later one ({after}).", hint="Swap the two dates.")
    used = {before, after}
    for day in confirm:
        if day in used:
            raise DateError(
                f"The further date {day} is in use already; it must be another than those compared.",
                hint="Choose another date.",
            )
        used.add(day)


def pair_warnings(before: Acquisition, after: Acquisition, *, lat_deg: float | None = None) -> tuple[str, ...]:
    """Say what in the two acquisitions themselves can look like change, a sentence each, the gravest first.

    Args:
        before: the earlier acquisition.
        after: the later one.
        lat_deg: of the area, for the height of the sun; None to leave that out.
    """
    found = []
    if before.simulated != after.simulated:
        found.append("One of the two is SIMULATED imagery and the other is real: what differs says nothing.")
    if before.level != after.level:
        found.append(
            f"The levels differ ({before.date} is {_level(before)}, {after.date} is {_level(after)}): the air alone "
            "makes the same ground look different, so expect false changes."
        )
    gap = season_gap_days(before.datetime.date(), after.datetime.date())
    apart = abs((after.datetime.date() - before.datetime.date()).days)
    if gap > SAME_SEASON_DAYS:
        found.append(
            f"The seasons differ ({_month(before)} and {_month(after)}, {gap} days apart in the calendar): crops and "
            "leaves change with them, so part of what differs may be the season."
        )
    elif apart < MIN_GAP_DAYS:
        found.append(f"The dates are only {apart} days apart: what differs may pass again; a year shows what lasts.")
    if lat_deg is not None:
        found += _sun_warnings(before, after, lat_deg)
    found += _clear_warnings(before, after)
    return tuple(found)


def propose_pairs(
    acquisitions: Sequence[Acquisition],
    target_before: date,
    target_after: date,
    *,
    lat_deg: float | None = None,
) -> tuple[Pair, ...]:
    """Propose pairs to compare: clear on both dates, near-anniversary, one orbit, near the days asked for.

    Args:
        acquisitions: what searches around both days returned, in any order.
        target_before: the earlier day that the user has in mind.
        target_after: the later day.
        lat_deg: of the area, for warnings of the sun; None to leave them out.

    Returns:
        MAX_PROPOSED at most, best first; empty where there are no two dates, one nearer to each target.

    Raises:
        DateError: the targets are equal or swapped.
    """
    check_days(target_before, target_after)
    sides: tuple[list[Acquisition], list[Acquisition]] = ([], [])
    for a in acquisitions:
        sides[_days(a, target_after) < _days(a, target_before)].append(a)
    befores, afters = _best(sides[0], target_before), _best(sides[1], target_after)
    pairs = [
        Pair(b, a, _pair_cost(b, a, target_before, target_after), _reason(b, a), pair_warnings(b, a, lat_deg=lat_deg))
        for b in befores
        for a in afters
        if b.date < a.date
    ]
    return tuple(sorted(pairs, key=lambda p: (p.cost, p.before.id, p.after.id))[:MAX_PROPOSED])


def suggest_confirmation(
    acquisitions: Sequence[Acquisition],
    before: Acquisition,
    after: Acquisition,
    *,
    taken: Sequence[Acquisition] = (),
) -> tuple[Suggestion, ...]:
    """Suggest the confirmation dates that would tell most about the differences between two dates.

    Where the two are of different seasons, the season of the earlier date after the later one (or the other way
    round) tells season from change. Where they are of one season, a clear date of that season after the later
    date tells whether the change lasts, and one before the earlier date whether it was one at all.

    Args:
        acquisitions: candidates, in any order.
        before: the earlier acquisition of the pair.
        after: the later one.
        taken: further dates that are in use already.

    Returns:
        MAX_SUGGESTED at most, best first; empty where no other date is there.
    """
    used = {a.date for a in (before, after, *taken)}
    found = [_suggestion(a, before, after, taken) for a in acquisitions if a.date not in used]
    best: dict[str, Suggestion] = {}
    for s in sorted(found, key=lambda s: (s.cost, s.acquisition.id)):
        best.setdefault(s.acquisition.date, s)
    return tuple(best.values())[:MAX_SUGGESTED]


def _suggestion(a: Acquisition, before: Acquisition, after: Acquisition, taken: Sequence[Acquisition]) -> Suggestion:
    day, d_before, d_after = (x.datetime.date() for x in (a, before, after))
    seasons_differ = season_gap_days(d_before, d_after) > SAME_SEASON_DAYS
    cost = 4 * (1 - _clear(a)) + (0.3 if a.level != after.level else 0)
    if day > d_after:
        season = d_before if seasons_differ else d_after
        away = (day - d_after).days
        what = (
            f"shows the season of {_day(before)} again, after the change: it tells a season from a lasting change"
            if seasons_differ
            else "shows the same season after the later date: it tells what lasted from what passed"
        )
    elif day < d_before:
        season = d_after if seasons_differ else d_before
        away = (d_before - day).days
        cost += 0.3  # a single wrong answer on the later date is the commoner error: nothing confirms it yet
        what = (
            f"shows the season of {_day(after)} before the change: it tells a season from a lasting change"
            if seasons_differ
            else "shows the same season before the earlier date: it tells whether the land was so to begin with"
        )
    else:
        season, away = d_before if seasons_differ else d_after, 0
        cost += 0.8
        what = "lies between the two: it tells when it happened and backs one of them"
    # The same side twice tells less than a first date on the other side.
    cost += 0.5 * sum((t.datetime.date() > d_after) == (day > d_after) for t in taken)
    gap = season_gap_days(day, season)
    cost += gap / 45 + away / 1500 + (0.5 if away < 5 and not d_before < day < d_after else 0)
    fits = "" if gap <= SAME_SEASON_DAYS else f", though {gap} days off that season"
    return Suggestion(a, cost, f"{_day(a)} ({english().clear(a)}) {what}{fits}.")


def _best(side: Sequence[Acquisition], target: date) -> list[Acquisition]:
    def key(a: Acquisition) -> tuple[float, str]:
        return _days(a, target) / 30 + 3 * (1 - _clear(a)), a.id

    return sorted(side, key=key)[:MAX_PROPOSED_FROM]


def _pair_cost(before: Acquisition, after: Acquisition, target_before: date, target_after: date) -> float:
    season = season_gap_days(before.datetime.date(), after.datetime.date())
    cost = 3 * (1 - _clear(before)) + 3 * (1 - _clear(after)) + max(season - 10, 0) / 45
    cost += (_days(before, target_before) + _days(after, target_after)) / 45
    cost += 1.0 if before.level != after.level else 0.0
    if before.relative_orbit is not None and after.relative_orbit is not None:
        cost += 0.0 if before.relative_orbit == after.relative_orbit else 0.2
    return cost + (0.05 if before.satellite != after.satellite else 0.0)


def _reason(before: Acquisition, after: Acquisition) -> str:
    gap = season_gap_days(before.datetime.date(), after.datetime.date())
    shares = [a.clear_share for a in (before, after)]
    if None in shares:
        clear = "how clear the area is on both dates is not known"
    elif min(s for s in shares if s is not None) >= CLOUDY_BELOW:
        clear = f"clear over the area on both dates ({_share(before)} and {_share(after)})"
    else:
        clear = f"the clearest to be had ({_share(before)} and {_share(after)} clear)"
    season = (
        f"near-anniversary ({_apart(gap)} apart in the calendar)"
        if gap <= NEAR_ANNIVERSARY_DAYS
        else f"{_apart(gap)} apart in the calendar"
    )
    parts = [clear, season]
    if before.relative_orbit is not None and before.relative_orbit == after.relative_orbit:
        parts.append(f"same orbit ({before.relative_orbit})")
    if before.satellite and before.satellite == after.satellite:
        parts.append(f"same satellite ({before.satellite})")
    return f"{_day(before)} and {_day(after)}: {', '.join(parts)}."


def _sun_warnings(before: Acquisition, after: Acquisition, lat_deg: float) -> list[str]:
    sun = [sun_elevation_deg(lat_deg, a.datetime.date()) for a in (before, after)]
    if abs(sun[0] - sun[1]) >= SUN_GAP_DEG:
        return [
            f"The sun stood at about {max(sun[0], 0):.0f} degrees on {before.date} and {max(sun[1], 0):.0f} on "
            f"{after.date}: shadows and brightness differ."
        ]
    if min(sun) < LOW_SUN_DEG:
        return [f"The sun stood low on both dates (about {max(min(sun), 0):.0f} degrees): long shadows hide ground."]
    return []


def _clear_warnings(before: Acquisition, after: Acquisition) -> list[str]:
    if before.clear_share is None or after.clear_share is None:
        days = " and ".join(a.date for a in (before, after) if a.clear_share is None)
        return [
            f"What clouds hid on {days} is not known: thin cloud and haze look like change, so look at the pictures."
        ]
    worse = min(before, after, key=lambda a: a.clear_share or 0)
    other = after if worse is before else before
    if abs(before.clear_share - after.clear_share) >= CLEAR_GAP:
        return [
            f"{worse.date} is cloudier than {other.date} ({_share(worse)} against {_share(other)} clear): cloud edges "
            "and haze can look like change, and cloudy tiles are left out."
        ]
    if worse.clear_share is not None and worse.clear_share < CLOUDY_BELOW:
        return [f"Both dates are cloudy ({_share(before)} and {_share(after)} clear): many tiles will be left out."]
    return []


def _clear(a: Acquisition) -> float:
    if a.clear_share is not None:
        return a.clear_share
    return _UNKNOWN_CLEAR if a.cloud_cover_pct is None else 1 - a.cloud_cover_pct / 100


def _share(a: Acquisition) -> str:
    return english().share(a.clear_share)


def _days(a: Acquisition, day: date) -> int:
    return abs((a.datetime.date() - day).days)


def _apart(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _day(a: Acquisition) -> str:
    return english().date(a.datetime.date())


def _month(a: Acquisition) -> str:
    return english().month(a.datetime.date())


def _level(a: Acquisition) -> str:
    return "top-of-atmosphere, L1C" if a.level == "L1C" else "surface reflectance, L2A"
