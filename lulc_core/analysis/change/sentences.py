"""A comparison in plain sentences, as a newspaper would print them, with the uncertainty in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.change.evaluation import Counts, level_words, measured_rates
from lulc_core.analysis.change.evaluation import expected_false as expected_false_of
from lulc_core.analysis.change.pairs import date_words
from lulc_core.domain.change import (
    Certainty,
    ChangeMap,
    ClassBalance,
    ProbabilityChange,
    Trajectory,
    TransitionMatrix,
    transition_counts,
)
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.evaluation import wilson
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
FEW_COMPARED = 0.5
"""Where less of the ground than this could be compared, a reader is told so before anything else."""
ADDED = 0.5
"""A class that gained less than this was not added, the mixture only shifted."""


def place_sentence(
    p_before: NDArray[np.floating],
    p_after: NDArray[np.floating],
    probability_change: ProbabilityChange,
    *,
    certainty: Certainty,
    trajectory: Trajectory,
    change: ChangeMap,
    words: Mapping[Certainty, str] | None = None,
) -> str:
    """What happened in one tile, and how sure that is.

    Args:
        p_before: (10,) probabilities on the earlier date.
        p_after: (10,) on the later date.
        shift: of the two.
        certainty: how sure.
        course: what further dates say.
        change: the comparison, for its dates.
        words: ``level_words(change)``, where it is known already.
    """
    first, last = int(p_before.argmax()), int(p_after.argmax())
    old, new = NOUNS[CLASS_NAMES[first]], NOUNS[CLASS_NAMES[last]]
    d_before, d_after = (_day(m) for m in (change.before, change.after))
    text = f"{_capital(old)} ({pct(float(p_before[first]))}) on {d_before}, "
    text += f"{new} ({pct(float(p_after[last]))})"
    if probability_change.remains >= STILL_THERE and first != last:
        text += f" with {old} ({pct(probability_change.remains)})"
    text += f" on {d_after}"
    if certainty >= Certainty.LIKELY:
        if (
            probability_change.remains >= STILL_THERE
            and probability_change.gained_share >= ADDED
            and probability_change.gained.id == last
        ):
            text += f": {new} seems to have been added beside {old}"
        text += f"; {_a_change((words or level_words(change))[certainty])}"
    elif trajectory in (Trajectory.NOT_ASKED, Trajectory.UNCLEAR):
        text += "; too uncertain to count as a change"
    else:
        text += "; not counted as a change"
    return f"{text}.{_trajectory_words(trajectory, len(change.confirm))}"


def _a_change(word: str) -> str:
    return f"{word} a change" if word != "possible" else "possibly a change"


def summary_sentences(change: ChangeMap, matrix: TransitionMatrix, found: tuple[ClassBalance, ...]) -> tuple[str, ...]:
    """Two or three sentences: what changed, from what to what, and how sure.

    Args:
        change: the comparison.
        matrix: transitions that count.
        found: gains and losses of the classes.
    """
    sentences = [_headline(change, matrix)]
    if (share := compared_share(change)) < FEW_COMPARED:
        whole = int(np.count_nonzero(change.grid.inside))
        n = int(np.count_nonzero(change.compared))
        few = f"Only {n:,} of the {whole:,} {change.grid.unit}s, {_fine_pct(share)} of the area, could be compared"
        sentences[0] = f"{few}. {sentences[0]}"
    if matrix.changed_tiles:
        sentences.append(_flows(matrix, found, change))
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
        reasons = [words[name] if len(out) == 1 else f"{n:,} {words[name]}" for name, n in out.items()]
        notes.append(
            f"{_tiles(total, change)} ({hectares(ha)}) could not be compared and {_are(total)} left out: "
            f"{_join(reasons)} on one date or both."
        )
    lost = int(np.count_nonzero(change.before.classified & (change.after.flags & TileFlag.UNLIKE > 0)))
    came = int(np.count_nonzero(change.after.classified & (change.before.flags & TileFlag.UNLIKE > 0)))
    if lost > came and lost >= 2:
        notes.append(
            f"{_tiles(lost, change)} had a name on the earlier date and {_are(lost)} unlike anything the network knows "
            "on the later one: something that the ten classes do not cover, such as fire, snow or a quarry, may have "
            "happened there."
        )
    doubtful = int(np.count_nonzero(change.differs & ~change.changed))
    if doubtful and change.changed.any():  # without a change, the sentences say it already
        why = "too uncertain" if not change.confirm else "too uncertain, or not borne out by the further dates,"
        where = _tiles(doubtful, change)
        notes.append(f"In {where} the named class differs too, but this is {why} and does not count.")
    if measured_rates(change) is not None:
        notes.append(
            "How often the method is mistaken was measured on simulated landscapes and on EuroSAT patches it had not "
            "learnt; real ground can be harder."
        )
    return tuple(notes)


def compared_share(change: ChangeMap) -> float:
    """Share of the drawn shape's ground that could be compared, 0 to 1."""
    ground = change.tile_ha.astype(np.float64)
    return float(ground[change.compared].sum() / max(ground[change.grid.inside].sum(), 1e-9))


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


def false_rate(change: ChangeMap) -> float | None:
    """Share of unchanged tiles that the rule reports in such a comparison, as measured; None where nothing was."""
    rates = measured_rates(change)
    return None if rates is None else rates.false / rates.unchanged


def expected_false(change: ChangeMap) -> tuple[float, float, float] | None:
    """How many of the compared tiles the rule would report without any change: best guess and 95 % interval."""
    rates = measured_rates(change)
    return None if rates is None else expected_false_of(change, rates)


def _headline(change: ChangeMap, matrix: TransitionMatrix) -> str:
    between = f"Between {_day(change.before)} and {_day(change.after)}"
    compared = int(np.count_nonzero(change.compared))
    n = matrix.changed_tiles
    if n == 0:
        return f"{between}, no credible change of land cover was found in the {_tiles(compared, change)} compared."
    share = matrix.changed_ha / float(matrix.ha.sum())
    area = f"{hectares(matrix.changed_ha)}, {_fine_pct(share)}"
    return (
        f"{between}, {n:,} of the {_tiles(compared, change)} compared ({area}) "
        f"{'shows' if n == 1 else 'show'} a credible change of land cover."
    )


def _flows(matrix: TransitionMatrix, found: tuple[ClassBalance, ...], change: ChangeMap) -> str:
    flows = [
        (f"from {NOUNS[matrix.names[r]]} to {NOUNS[matrix.names[c]]}", n, float(matrix.ha[r, c]))
        for (r, c), n in transition_counts(matrix).items()
    ]
    (way, n, ha), *rest = flows
    if not rest:
        return f"{'It' if n == 1 else 'All of them'} went {way}."
    if len(rest) == 1:
        (other, m, other_ha) = rest[0]
        text = f"They went {way} ({_tiles(n, change)}, {hectares(ha)}) and {other} "
        text += f"({_tiles(m, change)}, {hectares(other_ha)})"
    elif n == 1:
        text = f"They went {len(flows)} different ways, such as {way} ({hectares(ha)})"
    else:
        text = f"Most often the land went {way} ({_tiles(n, change)}, {hectares(ha)})"
    gains, losses = net_leaders(found), net_leaders(found, lost=True)
    if gains and losses:
        gained = _join([f"{NOUNS[b.name]} gained {hectares(b.net_ha)}" for b in gains])
        lost = _join([f"{NOUNS[b.name]} lost {hectares(-b.net_ha)}" for b in losses])
        text += (
            f"; on balance {gained}, {lost}" if len(gains) + len(losses) > 2 else f"; on balance {gained} and {lost}"
        )
    return text + "."


def net_leaders(found: Sequence[ClassBalance], *, lost: bool = False) -> tuple[ClassBalance, ...]:
    """The class that gained (or lost) most on balance; both where a second one did as much, as far as a reader can see.

    Args:
        found: gains and losses of the classes.
        lost: those that lost.
    """
    sign = -1 if lost else 1
    ranked = sorted((b for b in found if sign * b.net_ha > 0), key=lambda b: (-sign * b.net_ha, b.id))
    most = [b for b in ranked if hectares(sign * b.net_ha) == hectares(sign * ranked[0].net_ha)]
    return tuple(most if len(most) <= 2 else most[:1])


def _doubt(change: ChangeMap) -> str:
    n = int(np.count_nonzero(change.changed))
    rates = measured_rates(change)
    if n == 0:
        doubtful = int(np.count_nonzero(change.differs))
        if not doubtful:
            text = f"Every {change.grid.unit} compared kept its class"
        elif not change.confirm:
            text = f"In {_tiles(doubtful, change)} the named class differs, but not surely enough to be called a change"
        else:
            text = (
                f"In {_tiles(doubtful, change)} the named class differs, but {_further_dates(change)} not bear it out"
            )
        return f"{text}{_missed(rates)}."
    text = _certainties(change, n)
    text += f"; {_unmeasured(n)}" if rates is None else f"; {_mistaken(change, rates, n)}"
    return f"{text} {_further(change, n)}" if change.confirm else text


def _missed(rates: Counts | None) -> str:
    if rates is None:
        return ""
    low, high = wilson(rates.changed - rates.found, rates.changed)
    return f"; in tests the method missed {_percents(low, high)} of the changed tiles"


def _unmeasured(n: int) -> str:
    what = "it as a place to look at, not as a finding" if n == 1 else "them as places to look at, not as findings"
    return f"how often such a comparison is mistaken has not been measured, so take {what}."


def _mistaken(change: ChangeMap, rates: Counts, n: int) -> str:
    """What tests on unchanged ground let expect: the measured rate, and from how many to how many may be mistaken."""
    low, high = wilson(rates.false, rates.unchanged)
    if rates.false:
        text = (
            f"in tests where nothing had changed, the method still reported about 1 tile in {_tens(1 / _share(rates))} "
            f"(between 1 in {_tens(1 / high)} and 1 in {_tens(1 / low)})"
        )
    else:
        text = (
            f"in tests where nothing had changed, the method reported none of {rates.unchanged:,} tiles, which means "
            f"at most 1 in {_tens(1 / high)}"
        )
    best, least, most = expected_false_of(change, rates)
    if best >= n:
        what = (
            "this as a place to look at, not as a finding" if n == 1 else "these as places to look at, not as findings"
        )
        return f"{text}, which is as many as here: take {what}."
    first, last = round(least), min(math.ceil(most - 0.25), n)
    if last == 0:
        return f"{text}, so {'it is' if n == 1 else 'they are'} probably no mistake{'' if n == 1 else 's'}."
    if n == 1:
        return f"{text}, so it may be mistaken."
    if first == 0:
        return f"{text}, so {'none or one' if last == 1 else f'up to {last:,}'} of them may be mistaken."
    who = f"about {first:,}" if first == last else f"{first:,} to {last:,}"
    return f"{text}, so {who} of them may be mistaken."


def _share(rates: Counts) -> float:
    return rates.false / rates.unchanged


def _tens(tiles: float) -> str:
    """A rate's denominator in two figures: 1,234 becomes 1,200."""
    return f"{round(tiles, 2 - len(str(int(tiles)))):,.0f}" if tiles >= 10 else f"{tiles:.0f}"


def _percents(low: float, high: float) -> str:
    first, last = round(100 * low), max(math.ceil(100 * high - 0.25), 1)
    return f"{first} to {last} %" if first != last else f"about {last} %"


def _certainties(change: ChangeMap, n: int) -> str:
    words = level_words(change)
    upper, lower = words[Certainty.VERY_LIKELY], words[Certainty.LIKELY]
    sure = int(np.count_nonzero(change.changed & (change.certainty == Certainty.VERY_LIKELY)))
    if sure in (0, n) or upper == lower:
        who = "This one is" if n == 1 else "Both are" if n == 2 else f"All {n:,} are"
        word = upper if sure else lower
        return f"{who} {'only possible' if word == 'possible' else word}"
    return f"{sure:,} of the {n:,} {_are(sure)} {upper}, {n - sure:,} {lower}"


def _further(change: ChangeMap, n: int) -> str:
    n_confirmed = int(np.count_nonzero(change.changed & (change.trajectory == Trajectory.PERSISTENT)))
    gone = int(np.count_nonzero(change.trajectory == Trajectory.TRANSIENT))
    seasonal = int(np.count_nonzero(change.trajectory == Trajectory.SEASONAL))
    days = _join([_day(m) for m in change.confirm])
    more = f"A further date ({days}) bears" if len(change.confirm) == 1 else f"Further dates ({days}) bear"
    what = (
        "none of them"
        if not n_confirmed
        else "both"
        if n_confirmed == n == 2
        else "all of them"
        if n_confirmed == n
        else f"{n_confirmed:,} of them"
    )
    text = f"{more} {'it' if n == n_confirmed == 1 else what} out"
    follows = "follows the season" if seasonal == 1 else "follow the season"
    taken_back = ((gone, "came and went"), (seasonal, follows))
    others = [f"{n:,} other {_differences(n)} {words}" for n, words in taken_back if n]
    return f"{text}; {_join(others)} and {_do(gone + seasonal)} not count." if others else f"{text}."


def _further_dates(change: ChangeMap) -> str:
    days = _join([_day(m) for m in change.confirm])
    return f"a further date ({days}) does" if len(change.confirm) == 1 else f"further dates ({days}) do"


def _trajectory_words(trajectory: Trajectory, n_dates: int) -> str:
    dates = "a further date" if n_dates == 1 else "the further dates"
    return {
        Trajectory.NOT_ASKED: "",
        Trajectory.PERSISTENT: f" It lasts, {dates} {'shows' if n_dates == 1 else 'show'}.",
        Trajectory.TRANSIENT: f" It came and went, {dates} {'shows' if n_dates == 1 else 'show'}.",
        Trajectory.SEASONAL: f" It follows the season, {dates} {'shows' if n_dates == 1 else 'show'}.",
        Trajectory.UNCLEAR: f" Whether it lasts, {dates} cannot tell.",
    }[trajectory]


def _day(m: LandCoverMap) -> str:
    return date_words(m.acquisition.datetime.date())


def _fine_pct(share: float) -> str:
    return f"{100 * share:.1f} %" if 0.0005 <= share < 0.0995 else pct(share)


def _tiles(n: int, change: ChangeMap) -> str:
    """``1 tile``, ``2,000 cells``: as the grid calls its parts."""
    return f"1 {change.grid.unit}" if n == 1 else f"{n:,} {change.grid.unit}s"


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
