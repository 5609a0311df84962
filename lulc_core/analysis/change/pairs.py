"""Which two acquisitions to compare, why, and what speaks against a pair; which further date would help most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lulc_core.analysis.change.persistence import SAME_SEASON_DAYS, season_gap_days
from lulc_core.domain.errors import DateError
from lulc_core.domain.scene import LOW_SUN_DEG, Acquisition, sun_elevation_deg
from lulc_core.language.words import Words, english

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


def pair_warnings(
    before: Acquisition, after: Acquisition, *, lat_deg: float | None = None, words: Words | None = None
) -> tuple[str, ...]:
    """Say what in the two acquisitions themselves can look like change, a sentence each, the gravest first.

    Args:
        before: the earlier acquisition.
        after: the later one.
        lat_deg: of the area, for the height of the sun; None to leave that out.
        words: the reader's language; None for English.
    """
    words = words or english()
    return (*grave_warnings(before, after, words), *light_warnings(before, after, lat_deg=lat_deg, words=words))


def grave_warnings(before: Acquisition, after: Acquisition, words: Words) -> tuple[str, ...]:
    """Say what makes every difference between the two doubtful, a sentence each: said where the result is read."""
    found = []
    if before.simulated != after.simulated:
        found.append(words.translate("pair.simulated"))
    if before.level != after.level:
        levels = {side: words.translate(f"pair.level.{a.level}") for side, a in (("first", before), ("second", after))}
        days = {"before": words.short_date(before.datetime.date()), "after": words.short_date(after.datetime.date())}
        found.append(words.translate("pair.levels", **levels, **days))
    return tuple(found)


def light_warnings(before: Acquisition, after: Acquisition, *, lat_deg: float | None, words: Words) -> tuple[str, ...]:
    """Say what else can look like change: season, sun, clouds; arguments as :func:`pair_warnings`."""
    found = []
    gap = season_gap_days(before.datetime.date(), after.datetime.date())
    apart = abs((after.datetime.date() - before.datetime.date()).days)
    if gap > SAME_SEASON_DAYS:
        months = {"before": words.month(before.datetime.date()), "after": words.month(after.datetime.date())}
        found.append(words.translate("pair.seasons", gap, **months))
    elif apart < MIN_GAP_DAYS:
        found.append(words.translate("pair.near", apart))
    if lat_deg is not None:
        found += _sun_warnings(before, after, lat_deg, words)
    return (*found, *_clear_warnings(before, after, words))


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
        Pair(
            b, a, _pair_cost(b, a, target_before, target_after), pair_reason(b, a), pair_warnings(b, a, lat_deg=lat_deg)
        )
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
    day, d_after = a.datetime.date(), after.datetime.date()
    season, away, key = _told_by(a, before, after)
    cost = 4 * (1 - _clear(a)) + (0.3 if a.level != after.level else 0)
    # A single wrong answer on the later date is the commoner error: nothing confirms it yet.
    cost += {"after": 0.0, "before": 0.3, "between": 0.8}[key.partition("_")[0]]
    # The same side twice tells less than a first date on the other side.
    cost += 0.5 * sum((t.datetime.date() > d_after) == (day > d_after) for t in taken)
    cost += season_gap_days(day, season) / 45 + away / 1500 + (0.5 if 0 < away < 5 else 0)
    return Suggestion(a, cost, confirmation_reason(a, before, after))


def confirmation_reason(a: Acquisition, before: Acquisition, after: Acquisition, words: Words | None = None) -> str:
    """Say what a further date would tell of a pair, one sentence; in English without ``words``."""
    words = words or english()
    season, _, key = _told_by(a, before, after)
    other = before if season == before.datetime.date() else after
    gap = season_gap_days(a.datetime.date(), season)
    what = words.translate(f"further.{key}", day=words.date_phrase(other.datetime.date()))
    off = words.translate("further.off", gap) if gap > SAME_SEASON_DAYS else ""
    day = words.capital(words.date_phrase(a.datetime.date()))
    return words.translate("further.reason", day=day, clear=words.clear(a), what=f"{what}{off}")


def _told_by(a: Acquisition, before: Acquisition, after: Acquisition) -> tuple[date, int, str]:
    """Return the season that a further date should show, days from the pair, and what it tells."""
    day, d_before, d_after = (x.datetime.date() for x in (a, before, after))
    seasons_differ = season_gap_days(d_before, d_after) > SAME_SEASON_DAYS
    end = "_season" if seasons_differ else ""
    if day > d_after:
        return (d_before if seasons_differ else d_after), (day - d_after).days, f"after{end}"
    if day < d_before:
        return (d_after if seasons_differ else d_before), (d_before - day).days, f"before{end}"
    return (d_before if seasons_differ else d_after), 0, "between"


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


def pair_reason(before: Acquisition, after: Acquisition, words: Words | None = None) -> str:
    """Say why a pair is proposed, one sentence; in English without ``words``."""
    words = words or english()
    gap = season_gap_days(before.datetime.date(), after.datetime.date())
    shares = [a.clear_share for a in (before, after)]
    if None in shares:
        parts = [words.translate("pair.clear_unknown")]
    else:
        clear = min(s for s in shares if s is not None) >= CLOUDY_BELOW
        said = {"first": words.share(shares[0]), "second": words.share(shares[1])}
        parts = [words.translate("pair.clear" if clear else "pair.clearest", **said)]
    parts.append(words.translate("pair.anniversary" if gap <= NEAR_ANNIVERSARY_DAYS else "pair.apart", gap))
    if before.relative_orbit is not None and before.relative_orbit == after.relative_orbit:
        parts.append(words.translate("pair.orbit", n=before.relative_orbit))
    if before.satellite and before.satellite == after.satellite:
        parts.append(words.translate("pair.satellite", name=before.satellite))
    days = {"before": words.date(before.datetime.date()), "after": words.date(after.datetime.date())}
    return words.translate("pair.reason", **days, parts=", ".join(parts))


def _sun_warnings(before: Acquisition, after: Acquisition, lat_deg: float, words: Words) -> list[str]:
    sun = [sun_elevation_deg(lat_deg, a.datetime.date()) for a in (before, after)]
    height = [words.number(max(s, 0)) for s in sun]
    if abs(sun[0] - sun[1]) >= SUN_GAP_DEG:
        days = {"before": words.short_date(before.datetime.date()), "after": words.short_date(after.datetime.date())}
        return [words.translate("pair.sun", first=height[0], second=height[1], **days)]
    if min(sun) < LOW_SUN_DEG:
        return [words.translate("pair.low_sun", height=words.number(max(min(sun), 0)))]
    return []


def _clear_warnings(before: Acquisition, after: Acquisition, words: Words) -> list[str]:
    if before.clear_share is None or after.clear_share is None:
        days = [words.short_date(a.datetime.date()) for a in (before, after) if a.clear_share is None]
        return [words.translate("pair.clouds_unknown", days=words.join(days))]
    worse = min(before, after, key=lambda a: a.clear_share or 0)
    other = after if worse is before else before
    if abs(before.clear_share - after.clear_share) >= CLEAR_GAP:
        of = {"worse": words.short_date(worse.datetime.date()), "other": words.short_date(other.datetime.date())}
        shares = {"least": words.share(worse.clear_share), "most": words.share(other.clear_share)}
        return [words.translate("pair.cloudier", **of, **shares)]
    if worse.clear_share is not None and worse.clear_share < CLOUDY_BELOW:
        first, second = words.share(before.clear_share), words.share(after.clear_share)
        return [words.translate("pair.cloudy", first=first, second=second)]
    return []


def _clear(a: Acquisition) -> float:
    if a.clear_share is not None:
        return a.clear_share
    return _UNKNOWN_CLEAR if a.cloud_cover_pct is None else 1 - a.cloud_cover_pct / 100


def _days(a: Acquisition, day: date) -> int:
    return abs((a.datetime.date() - day).days)
