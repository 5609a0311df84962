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
FALSE_RATE = 0.01
"""Share of unchanged tiles that the rule reported as changed on pairs of known truth, clear and of one season; the
larger of the simulated and the EuroSAT figure, rounded up. Source: benchmarks/change.py, docs/change.md."""
FALSE_RATE_OTHER_SEASON = 0.05
"""The same for simulated pairs of different seasons."""


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
    if shift.remains >= STILL_THERE and first != last:
        text += f"{new} ({pct(float(p_after[last]))}) with {old} ({pct(shift.remains)}) on {d_after}"
        text += f": {new} seems to have been added beside {old}"
    else:
        text += f"{new} ({pct(float(p_after[last]))}) on {d_after}"
    if certainty >= Certainty.LIKELY:
        text += f"; {CERTAINTY_LABELS[certainty]} a change"
    else:
        text += "; too uncertain to count as a change"
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


def expected_false(change: ChangeMap) -> float:
    """How many of the compared tiles the rule would report without any change, by its measured rate."""
    unchanged = int(np.count_nonzero(change.compared & ~change.changed))
    days = [m.acquisition.datetime.date() for m in (change.before, change.after)]
    hard = season_gap_days(*days) > SAME_SEASON_DAYS
    rate = FALSE_RATE_OTHER_SEASON if hard else FALSE_RATE
    return unchanged * rate


def _headline(change: ChangeMap, matrix: TransitionMatrix) -> str:
    between = f"Between {_day(change.before)} and {_day(change.after)}"
    compared = int(np.count_nonzero(change.compared))
    n = matrix.changed_tiles
    if n == 0:
        return f"{between}, no credible change of land cover was found in the {_tiles(compared)} compared."
    share = matrix.changed_ha / float(matrix.ha.sum())
    return (
        f"{between}, {n:,} of the {_tiles(compared)} compared ({hectares(matrix.changed_ha)}, {_fine_pct(share)}) "
        "changed from one land cover to another."
    )


def _flows(matrix: TransitionMatrix, found: tuple[ClassBalance, ...]) -> str:
    (row, col), n = next(iter(transition_counts(matrix).items()))
    old, new = (NOUNS[matrix.names[i]] for i in (row, col))
    ha = hectares(float(matrix.ha[row, col]))
    n_kinds = len(transition_counts(matrix))
    if n_kinds == 1:
        return f"All of it went from {old} to {new}."
    text = f"The commonest change is from {old} to {new} ({_tiles(n)}, {ha})"
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
    wrong = expected_false(change)
    about = f"about {wrong:.0f}" if wrong >= 1.5 else "about one" if wrong >= 0.75 else "fewer than one"
    if n == 0:
        doubtful = int(np.count_nonzero(change.differs))
        if not doubtful:
            return "Every tile compared kept its class."
        return f"In {_tiles(doubtful)} the named class differs, but not surely enough to be called a change."
    sure = int(np.count_nonzero(change.changed & (change.certainty == Certainty.VERY_LIKELY)))
    if sure == n:
        text = "It is very likely real" if n == 1 else f"All {n:,} are very likely real"
    elif sure == 0:
        text = "It is likely, not certain" if n == 1 else "All of them are likely, none is certain"
    else:
        text = f"{sure:,} of them {_are(sure)} very likely and {n - sure:,} likely"
    if wrong >= n:
        text += (
            f"; but the method reports that many tiles by mistake even where nothing changes ({about} here), so it may "
            "be no change at all"
        )
    else:
        text += f"; by the method's measured rate of mistakes, {about} of them would be wrong"
    if not change.confirm:
        return f"{text}; whether it lasts, a further date can tell."
    return f"{text}. {_further(change)}"


def _further(change: ChangeMap) -> str:
    days = _join([_day(m) for m in change.confirm])
    n_borne_out = int(np.count_nonzero(change.changed & (change.course == Course.SUSTAINED)))
    gone = int(np.count_nonzero(change.course == Course.CAME_AND_WENT))
    seasonal = int(np.count_nonzero(change.course == Course.SEASONAL))
    more = "A further date" if len(change.confirm) == 1 else f"{len(change.confirm)} further dates"
    verb = "bears" if len(change.confirm) == 1 else "bear"
    text = f"{more} ({days}) {verb} out {n_borne_out:,} of them"
    follows = "follows the season" if seasonal == 1 else "follow the season"
    taken_back = ((gone, "came and went"), (seasonal, follows))
    others = [f"{n:,} other {_differences(n)} {words}" for n, words in taken_back if n]
    return f"{text}; {_join(others)} and {_do(gone + seasonal)} not count." if others else f"{text}."


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
