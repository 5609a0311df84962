"""A comparison in plain sentences, as a newspaper would print them, with the uncertainty in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.confirm import SAME_SEASON_DAYS, season_gap_days
from lulc_core.analysis.pairs import date_words
from lulc_core.domain.change import (
    CERTAINTY_LABELS,
    Certainty,
    ChangeMap,
    ClassBalance,
    Course,
    Shift,
    TransitionMatrix,
    transition_counts,
)
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.land_cover import LandCoverMap, TileFlag

NOUNS: dict[str, str] = {
    "AnnualCrop": "annual crops",
    "Forest": "forest",
    "HerbaceousVegetation": "herbaceous vegetation",
    "Highway": "highway",
    "Industrial": "industrial ground",
    "Pasture": "pasture",
    "PermanentCrop": "permanent crops",
    "Residential": "residential ground",
    "River": "river",
    "SeaLake": "sea or lake",
}
"""The classes as nouns that stand in a sentence."""
STILL_THERE = 0.15
"""From this share on, the class of the earlier date is said to be still there beside the new one."""
ADDED = 0.5
"""A class that gained less than this was not added, the mixture only shifted."""
FALSE_RATE = 0.006
"""Share of unchanged tiles that the rule reported as changed on pairs of known truth, of one season, clear or hazy: the
larger of the simulated and the EuroSAT figure, rounded up. Pairs that show another patch of the class instead of the
same ground again (1.87 %) are not counted in. Source: benchmarks/change.py, docs/change.md."""
FALSE_RATE_OTHER_SEASON = 0.006
"""The same for pairs of different seasons; measured lower (0.002), but a simulation knows only its own seasons."""
FALSE_RATE_CONFIRMED = 0.002
"""The same with one further date."""


def place_sentence(
    p_before: NDArray[np.floating],
    p_after: NDArray[np.floating],
    shift: Shift,
    *,
    certainty: Certainty,
    course: Course,
    change: ChangeMap,
) -> str:
    """What happened in one tile, and how sure that is.

    Args:
        p_before: (10,) probabilities on the earlier date.
        p_after: (10,) on the later date.
        shift: of the two.
        certainty: how sure.
        course: what further dates say.
        change: the comparison, for its dates.
    """
    first, last = int(p_before.argmax()), int(p_after.argmax())
    old, new = NOUNS[CLASS_NAMES[first]], NOUNS[CLASS_NAMES[last]]
    d_before, d_after = (_day(m) for m in (change.before, change.after))
    text = f"{_capital(old)} ({pct(float(p_before[first]))}) on {d_before}, "
    text += f"{new} ({pct(float(p_after[last]))})"
    if shift.remains >= STILL_THERE and first != last:
        text += f" with {old} ({pct(shift.remains)})"
    text += f" on {d_after}"
    if certainty >= Certainty.LIKELY:
        if shift.remains >= STILL_THERE and shift.gained_share >= ADDED and shift.gained.id == last:
            text += f": {new} seems to have been added beside {old}"
        text += f"; {CERTAINTY_LABELS[certainty]} a change"
    elif course in (Course.NOT_ASKED, Course.UNCLEAR):
        text += "; too uncertain to count as a change"
    else:
        text += "; not counted as a change"
    return f"{text}.{_course_words(course, len(change.confirm))}"


def summary_sentences(change: ChangeMap, matrix: TransitionMatrix, found: tuple[ClassBalance, ...]) -> tuple[str, ...]:
    """Two or three sentences: what changed, from what to what, and how sure.

    Args:
        change: the comparison.
        matrix: transitions that count.
        found: gains and losses of the classes.
    """
    sentences = [_headline(change, matrix)]
    if matrix.changed_tiles:
        sentences.append(_flows(matrix, found))
    sentences.append(_doubt(change))
    if change.simulated:
        sentences[0] = f"SIMULATED imagery: {sentences[0]}"
    return tuple(sentences)


def change_notes(change: ChangeMap) -> tuple[str, ...]:
    """What limits the comparison: tiles left out, differences that do not count, things the classes do not cover."""
    notes = []
    out = {name: n for name, n in change.left_out().items() if n}
    if out:
        words = {"no_data": "without data", "cloudy": "too cloudy", "unlike": "unlike anything the network knows"}
        total = sum(out.values())
        ha = float(change.tile_ha[change.grid.inside & ~change.compared].sum())
        notes.append(
            f"{_tiles(total)} ({hectares(ha)}) could not be compared and {_are(total)} left out: "
            f"{_join([f'{n:,} {words[name]}' for name, n in out.items()])} on one date or both."
        )
    lost = int(np.count_nonzero(change.before.named & (change.after.flags & TileFlag.UNLIKE > 0)))
    came = int(np.count_nonzero(change.after.named & (change.before.flags & TileFlag.UNLIKE > 0)))
    if lost > came and lost >= 2:
        notes.append(
            f"{_tiles(lost)} had a name on the earlier date and {_are(lost)} unlike anything the network knows on the "
            "later one: something that the ten classes do not cover, such as fire, snow or a quarry, may have happened "
            "there."
        )
    doubtful = int(np.count_nonzero(change.differs & ~change.changed))
    if doubtful:
        why = "too uncertain" if not change.confirm else "too uncertain, or not borne out by the further dates"
        notes.append(f"In {_tiles(doubtful)} the named class differs too, but this is {why} and does not count.")
    return tuple(notes)


def pct(share: float) -> str:
    """A share in per cent; 0 and 100 are promises that only exact ones get."""
    value = 100 * share
    if 0 < value < 0.5:
        return "under 1 %"
    if 99.5 <= value < 100:
        return "over 99 %"
    return f"{value:.0f} %"


def hectares(ha: float) -> str:
    """Hectares with two figures or more, square kilometres from 1,000 ha on."""
    return f"{ha / 100:,.1f} km2" if ha >= 1000 else f"{ha:,.0f} ha" if ha >= 10 else f"{ha:,.1f} ha"


def false_rate(change: ChangeMap) -> float:
    """Share of unchanged tiles that the rule reports in such a comparison, as measured."""
    if change.confirm:
        return FALSE_RATE_CONFIRMED
    days = [m.acquisition.datetime.date() for m in (change.before, change.after)]
    return FALSE_RATE_OTHER_SEASON if season_gap_days(*days) > SAME_SEASON_DAYS else FALSE_RATE


def expected_false(change: ChangeMap) -> float:
    """How many of the compared tiles the rule would report without any change, by its measured rate."""
    return int(np.count_nonzero(change.compared & ~change.changed)) * false_rate(change)


def _headline(change: ChangeMap, matrix: TransitionMatrix) -> str:
    between = f"Between {_day(change.before)} and {_day(change.after)}"
    compared = int(np.count_nonzero(change.compared))
    n = matrix.changed_tiles
    if n == 0:
        return f"{between}, no credible change of land cover was found in the {_tiles(compared)} compared."
    share = matrix.changed_ha / float(matrix.ha.sum())
    return (
        f"{between}, {n:,} of the {_tiles(compared)} compared ({hectares(matrix.changed_ha)}, {_fine_pct(share)}) "
        f"{'shows' if n == 1 else 'show'} a credible change of land cover."
    )


def _flows(matrix: TransitionMatrix, found: tuple[ClassBalance, ...]) -> str:
    flows = [
        (f"from {NOUNS[matrix.names[r]]} to {NOUNS[matrix.names[c]]}", n, float(matrix.ha[r, c]))
        for (r, c), n in transition_counts(matrix).items()
    ]
    (way, n, ha), *rest = flows
    if not rest:
        return f"{'It' if n == 1 else 'All of them'} went {way}."
    if len(rest) == 1:
        text = f"They went {way} ({_tiles(n)}, {hectares(ha)}) and {rest[0][0]} ({_tiles(rest[0][1])})"
    elif n == 1:
        text = f"They went {len(flows)} different ways, such as {way} ({hectares(ha)})"
    else:
        text = f"Most often the land went {way} ({_tiles(n)}, {hectares(ha)})"
    gain = max(found, key=lambda b: (b.net_ha, -b.id))
    loss = min(found, key=lambda b: (b.net_ha, b.id))
    if gain.net_ha > 0 > loss.net_ha:
        text += (
            f"; on balance {NOUNS[gain.name]} gained {hectares(gain.net_ha)} and {NOUNS[loss.name]} lost "
            f"{hectares(-loss.net_ha)}"
        )
    return text + "."


def _doubt(change: ChangeMap) -> str:
    n = int(np.count_nonzero(change.changed))
    if n == 0:
        doubtful = int(np.count_nonzero(change.differs))
        if not doubtful:
            return "Every tile compared kept its class."
        if not change.confirm:
            return f"In {_tiles(doubtful)} the named class differs, but not surely enough to be called a change."
        return f"In {_tiles(doubtful)} the named class differs, but {_further_dates(change)} not bear it out."
    wrong = expected_false(change)
    text = f"{_certainties(change, n)}; in tests where nothing had changed, the method still reported "
    text += _one_in(false_rate(change))
    if wrong >= n:
        look = (
            "this as a place to look at, not as a finding" if n == 1 else "these as places to look at, not as findings"
        )
        text += f", which is as many as here: take {look}."
    elif wrong >= 0.75:
        text += f", so about {max(wrong, 1):.0f} of them may be mistaken."
    else:
        text += ", so none or one of them may be mistaken."
    return f"{text} {_further(change, n)}" if change.confirm else text


def _certainties(change: ChangeMap, n: int) -> str:
    sure = int(np.count_nonzero(change.changed & (change.certainty == Certainty.VERY_LIKELY)))
    if sure in (0, n):
        who = "This one is" if n == 1 else "Both are" if n == 2 else f"All {n:,} are"
        return f"{who} {CERTAINTY_LABELS[Certainty.VERY_LIKELY if sure else Certainty.LIKELY]}"
    return f"{sure:,} of the {n:,} {_are(sure)} very likely, {n - sure:,} likely"


def _one_in(rate: float) -> str:
    """``about 1 tile in 140``."""
    tiles = 1 / rate
    return f"about 1 tile in {round(tiles, -1 if tiles >= 100 else 0):,.0f}"


def _further(change: ChangeMap, n: int) -> str:
    n_borne_out = int(np.count_nonzero(change.changed & (change.course == Course.SUSTAINED)))
    gone = int(np.count_nonzero(change.course == Course.CAME_AND_WENT))
    seasonal = int(np.count_nonzero(change.course == Course.SEASONAL))
    days = _join([_day(m) for m in change.confirm])
    more = f"A further date ({days}) bears" if len(change.confirm) == 1 else f"Further dates ({days}) bear"
    what = (
        "none of them"
        if not n_borne_out
        else "both"
        if n_borne_out == n == 2
        else "all of them"
        if n_borne_out == n
        else f"{n_borne_out:,} of them"
    )
    text = f"{more} {'it' if n == n_borne_out == 1 else what} out"
    follows = "follows the season" if seasonal == 1 else "follow the season"
    taken_back = ((gone, "came and went"), (seasonal, follows))
    others = [f"{n:,} other {_differences(n)} {words}" for n, words in taken_back if n]
    return f"{text}; {_join(others)} and {_do(gone + seasonal)} not count." if others else f"{text}."


def _further_dates(change: ChangeMap) -> str:
    days = _join([_day(m) for m in change.confirm])
    return f"a further date ({days}) does" if len(change.confirm) == 1 else f"further dates ({days}) do"


def _course_words(course: Course, n_dates: int) -> str:
    dates = "a further date" if n_dates == 1 else "the further dates"
    return {
        Course.NOT_ASKED: "",
        Course.SUSTAINED: f" It lasts, {dates} {'shows' if n_dates == 1 else 'show'}.",
        Course.CAME_AND_WENT: f" It came and went, {dates} {'shows' if n_dates == 1 else 'show'}.",
        Course.SEASONAL: f" It follows the season, {dates} {'shows' if n_dates == 1 else 'show'}.",
        Course.UNCLEAR: f" Whether it lasts, {dates} cannot tell.",
    }[course]


def _day(m: LandCoverMap) -> str:
    return date_words(m.acquisition.datetime.date())


def _fine_pct(share: float) -> str:
    return f"{100 * share:.1f} %" if 0.0005 <= share < 0.0995 else pct(share)


def _tiles(n: int) -> str:
    return "1 tile" if n == 1 else f"{n:,} tiles"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _do(n: int) -> str:
    return "does" if n == 1 else "do"


def _differences(n: int) -> str:
    return "difference" if n == 1 else "differences"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
