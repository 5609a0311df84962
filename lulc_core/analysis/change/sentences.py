"""A comparison in plain sentences of the reader's language, with the uncertainty in them.

Pages, files and documents say the same: each function decides what is said of one subject, the catalogues how.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.change.detect import strongest_probability_change
from lulc_core.analysis.change.evaluation import Counts, expected_false, level_words, measured_rates
from lulc_core.analysis.change.plausible import LEAST_DAYS, too_fast_transitions
from lulc_core.domain.change import (
    Certainty,
    ChangeMap,
    ClassBalance,
    Trajectory,
    TransitionMatrix,
    Verdict,
    transition_counts,
)
from lulc_core.domain.classes import CLASSES, LINES
from lulc_core.domain.evaluation import wilson
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.land_cover import LandCoverMap, TileFlag, left_out_of
from lulc_core.language.coverage import reasons
from lulc_core.language.words import Words

STILL_THERE = 0.15
"""From this share on, the class of the earlier date is said to be still there beside the new one."""
FEW_COMPARED = 0.5
"""Where less of the ground than this could be compared, a reader is told so before anything else."""
ADDED = 0.5
"""A class that gained less than this was not added, the mixture only shifted."""
LISTED_TRANSITIONS = 2
"""As many transitions are all named in one sentence; of more, the one with most tiles."""
_TRAJECTORY_KEYS = {
    Trajectory.PERSISTENT: "place.sustained",
    Trajectory.TRANSIENT: "place.transient",
    Trajectory.SEASONAL: "place.seasonal",
    Trajectory.UNCLEAR: "place.unclear",
    Trajectory.NOT_SEEN: "place.not_seen",
}


def summary_sentences(
    change: ChangeMap, matrix: TransitionMatrix, balances: Sequence[ClassBalance], words: Words
) -> tuple[str, ...]:
    """Say what changed, from what to what, and how sure: a paragraph each.

    Args:
        change: the comparison.
        matrix: transitions that count.
        balances: gains and losses of the classes.
        words: the reader's language.
    """
    simulated = [words.translate("simulated.first")] if change.simulated else []
    paragraphs = (
        [*simulated, *headline_sentences(change, matrix, words)],
        [*flow_sentences(matrix, balances, words), *crossed_sentences(balances, words)],
        doubt_sentences(change, words),
    )
    return tuple(" ".join(sentences) for sentences in paragraphs if sentences)


def headline_sentences(change: ChangeMap, matrix: TransitionMatrix, words: Words) -> list[str]:
    """Say how much changed of how much that could be compared; the latter first where it is little."""
    n, compared = matrix.changed_tiles, _count(change.compared)
    if not compared:
        return nothing_compared(change.before, change.after, words)
    sentences = []
    if (share := compared_share(change)) < FEW_COMPARED:
        whole = _count(change.grid.inside)
        sentences.append(words.translate("change.few", compared, total=whole, share=words.fine_share(share)))
    before, after = (words.date_phrase(m.acquisition.datetime.date()) for m in (change.before, change.after))
    if not n:
        return [*sentences, words.translate("change.none", compared, before=before, after=after)]
    ground = {
        "area": words.area(matrix.changed_ha),
        "share": words.fine_share(matrix.changed_ha / float(matrix.ha.sum())),
    }
    return [*sentences, words.translate("change.headline", n, before=before, after=after, total=compared, **ground)]


def nothing_compared(before: LandCoverMap, after: LandCoverMap, words: Words) -> list[str]:
    """Say why nothing could be compared: on which date nothing has a name, and why."""
    why = reasons(left_out_of(before, after), words)
    sentences = [words.translate("change.not_compared", reasons=why)]
    for m in (before, after):
        if not m.classified.any():
            day = words.date_phrase(m.acquisition.datetime.date())
            sentences.append(words.translate("change.none_named", day=day, reasons=reasons(m.left_out(), words)))
    return sentences


def flow_sentences(matrix: TransitionMatrix, balances: Sequence[ClassBalance], words: Words) -> list[str]:
    """Say what became what; of many transitions the commonest, and who gained and lost most on balance."""
    flows = [(r, c, n, float(matrix.ha[r, c])) for (r, c), n in transition_counts(matrix).items()]
    if not flows:
        return []
    r, c, n, ha = flows[0]
    classes = {"old": words.class_noun(r), "new": words.class_noun(c)}
    if len(flows) == 1:
        return [words.translate("change.single_flow", n, **classes)]
    if len(flows) <= LISTED_TRANSITIONS:  # then it can be seen what was gained and lost
        listed = words.join([flow_phrase(r, c, n, ha, words, like=matrix.changed_ha) for r, c, n, ha in flows])
        return [words.translate("change.flows", list=listed)]
    sentences = [words.translate("change.flow", n, area=words.area(ha, like=matrix.changed_ha), **classes)]
    sides = net_leaders(balances, words), net_leaders(balances, words, lost=True)
    if all(sides):
        gained, lost = (
            words.join([words.noun_area(b.id, abs(b.net_ha), like=matrix.changed_ha) for b in side]) for side in sides
        )
        sentences.append(words.translate("change.balance", gains=gained, losses=lost))
    return sentences


def crossed_sentences(balances: Sequence[ClassBalance], words: Words) -> list[str]:
    """Say how many squares came to be crossed by a road or river, or ceased to be: they are in no area of land."""
    found = [b for b in balances if b.name in LINES and (b.gain_tiles or b.loss_tiles)]
    return [words.translate(f"change.crossed.{b.name}", gained=b.gain_tiles, lost=b.loss_tiles) for b in found]


def flow_phrase(from_id: int, to_id: int, n: int, ha: float, words: Words, *, like: float) -> str:
    """Name a transition with its area, to and from roads and rivers with squares: ``forest to pasture (41 ha)``.

    Args:
        from_id, to_id: classes.
        n: squares.
        ha: hectares.
        words: the reader's language.
        like: all hectares that changed, whose unit it has.
    """
    old, new = words.class_noun(from_id), words.class_noun(to_id)
    crossed = CLASSES[from_id].is_line or CLASSES[to_id].is_line
    ground = words.translate("count.squares", n) if crossed else words.area(ha, like=like)
    return words.translate("change.way", old=old, new=new, area=ground)


def net_leaders(balances: Sequence[ClassBalance], words: Words, *, lost: bool = False) -> tuple[ClassBalance, ...]:
    """Find the class of land that gained (or lost) most on balance; both where a second one did as much, to the eye.

    Args:
        balances: gains and losses of the classes.
        words: the reader's language, which rounds areas.
        lost: those that lost.
    """
    sign = -1 if lost else 1
    land = (b for b in balances if sign * b.net_ha > 0 and b.name not in LINES)
    ranked = sorted(land, key=lambda b: (-sign * b.net_ha, b.id))
    most = [b for b in ranked if words.area(sign * b.net_ha) == words.area(sign * ranked[0].net_ha)]
    return tuple(most if len(most) <= 2 else most[:1])


def doubt_sentences(change: ChangeMap, words: Words) -> list[str]:
    """Say how sure the changes are; where there is none, what differs nevertheless and what the method overlooks."""
    n, rates = _count(change.changed), measured_rates(change)
    if not change.compared.any():
        return []
    if n:
        return [_certainties(change, n, words), *_mistaken(change, rates, n, words), *_confirmed(change, n, words)]
    sentences = [] if change.differs.any() else [words.translate("change.kept")]
    sentences += _differences(change, words)
    if rates is not None:
        low, high = (words.share(s) for s in wilson(rates.changed - rates.found, rates.changed))
        sentences.append(words.translate("change.missed", low=low, high=high))
    return sentences


def limit_sentences(change: ChangeMap, words: Words) -> list[str]:
    """Say what was not counted or not compared, and what the ten classes may not cover."""
    sentences = _differences(change, words) if change.changed.any() else []
    skipped = change.grid.inside & ~change.compared
    if skipped.any() and change.compared.any():  # else it is the first that is said
        area, why = words.area(float(change.tile_ha[skipped].sum())), reasons(change.left_out(), words)
        sentences.append(words.translate("change.left_out", _count(skipped), area=area, reasons=why))
    lost = _count(change.before.classified & ((change.after.flags & TileFlag.OOD) > 0))
    came = _count(change.after.classified & ((change.before.flags & TileFlag.OOD) > 0))
    if lost > came and lost >= 2:
        sentences.append(words.translate("change.became_unlike", lost))
    return sentences


def change_notes(change: ChangeMap, words: Words) -> tuple[str, ...]:
    """Say what limits the comparison, and on what its rates of error were measured."""
    spoken = change.compared.any() and measured_rates(change) is not None
    measured = [measured_sentence(change, words)] if spoken else []
    return (*limit_sentences(change, words), *measured)


def measured_sentence(change: ChangeMap, words: Words) -> str:
    """Say on what the rates of error were measured."""
    return words.translate("change.measured" if change.grid.cell_m == TILE_M else "change.measured_cells")


def place_sentences(
    from_id: int,
    to_id: int,
    p_before: NDArray[np.floating],
    p_after: NDArray[np.floating],
    *,
    certainty: Certainty,
    trajectory: Trajectory,
    change: ChangeMap,
    words: Words,
    seen: int | None = None,
    levels: Mapping[Certainty, str] | None = None,
) -> list[str]:
    """Say what happened in one place, how sure that is, and what further dates say.

    Args:
        from_id: class on the earlier date.
        to_id: class on the later date.
        p_before: (10,) probabilities on the earlier date.
        p_after: (10,) on the later date.
        certainty: how sure.
        trajectory: what further dates say.
        change: the comparison, for its dates.
        words: the reader's language.
        seen: how many of the further dates saw it (``change.seen_by``); None for all of them.
        levels: ``level_words(change)``, where it is known already.
    """
    before, after = (words.date_phrase(m.acquisition.datetime.date()) for m in (change.before, change.after))
    old, new = words.class_noun(from_id), words.class_noun(to_id)
    p_old, p_new = words.share(float(p_before[from_id])), words.share(float(p_after[to_id]))
    sentences = [words.translate("place.saw", old=old, new=new, p_old=p_old, p_new=p_new, before=before, after=after)]
    counts = certainty >= Certainty.LIKELY
    remains = float(p_after[from_id])
    if remains >= STILL_THERE and from_id != to_id:
        moved = strongest_probability_change(p_before, p_after)
        if counts and moved.gained_share >= ADDED and moved.gained.id == to_id:
            sentences.append(words.translate("place.beside", old=old, new=new, share=words.share(remains)))
        else:
            sentences.append(words.translate("place.still", old=old, share=words.share(remains)))
    if counts:
        sentences.append(words.translate(f"place.{_level_key(levels or level_words(change), certainty)}"))
    elif change.days_apart < (least := int(LEAST_DAYS[from_id, to_id])):
        spans = {"span": words.span(change.days_apart), "least": words.span(least)}
        sentences.append(words.translate("place.too_fast", old=old, new=new, **spans))
    elif trajectory in (Trajectory.NOT_ASKED, Trajectory.UNCLEAR, Trajectory.NOT_SEEN):
        sentences.append(words.translate("place.too_uncertain"))
    else:
        sentences.append(words.translate("place.not_counted"))
    if trajectory in _TRAJECTORY_KEYS:
        sentences.append(words.translate(_TRAJECTORY_KEYS[trajectory], len(change.confirm)))
    if seen and seen < len(change.confirm):
        sentences.append(words.translate("place.seen_by", seen, total=len(change.confirm)))
    return sentences


def compared_share(change: ChangeMap) -> float:
    """Share of the drawn shape's ground that could be compared, 0 to 1."""
    ground = change.tile_ha.astype(np.float64)
    return float(ground[change.compared].sum() / max(ground[change.grid.inside].sum(), 1e-9))


def one_in(share: float, words: Words) -> str:
    """Write the denominator of a rate in two figures: 1,234 becomes 1,200."""
    n = 1 / share
    return words.number(round(n, 2 - len(str(int(n)))) if n >= 10 else round(n))


def _certainties(change: ChangeMap, n: int, words: Words) -> str:
    levels = level_words(change)
    upper, lower = _level_key(levels, Certainty.VERY_LIKELY), _level_key(levels, Certainty.LIKELY)
    sure = _count(change.changed & (change.certainty == Certainty.VERY_LIKELY))
    if sure in (0, n) or upper == lower:
        return words.translate(f"change.all.{upper if sure else lower}", n)
    return words.translate(f"change.some.{upper}_{lower}", sure, total=n)


def _level_key(levels: Mapping[Certainty, str], level: Certainty) -> str:
    return levels[level].replace(" ", "_")


def _mistaken(change: ChangeMap, rates: Counts | None, n: int, words: Words) -> list[str]:
    """Say what tests on unchanged ground let expect: the measured rate, and how many may be mistaken."""
    if rates is None:
        return [words.translate("change.unmeasured", n)]
    low, high = wilson(rates.false, rates.unchanged)
    if rates.false:
        ends = {"most": one_in(high, words), "least": one_in(low, words)}
        tests = words.translate("change.rate", one_in=one_in(rates.false / rates.unchanged, words), **ends)
    else:
        tests = words.translate("change.rate_none", tested=rates.unchanged, one_in=one_in(high, words))
    best, least, most = expected_false(change, rates)
    first, last = round(least), min(math.ceil(most - 0.25), n)
    if best >= n:
        return [tests, words.translate("change.mistaken_all", n)]
    if last == 0:
        return [tests, words.translate("change.mistaken_none", n)]
    if n == 1:
        return [tests, words.translate("change.mistaken_this")]
    if first == 0:
        return [tests, words.translate("change.mistaken_up_to", last)]
    if first == last:
        return [tests, words.translate("change.mistaken_about", first)]
    return [tests, words.translate("change.mistaken_range", first=first, last=last)]


def _confirmed(change: ChangeMap, n: int, words: Words) -> list[str]:
    if not change.confirm:
        return []
    days = words.join([words.date(m.acquisition.datetime.date()) for m in change.confirm])
    lasting = _count(change.changed & (change.trajectory == Trajectory.PERSISTENT))
    unseen = _count(change.changed & (change.trajectory == Trajectory.NOT_SEEN))
    if unseen == n:
        return [words.translate("change.unseen_all", n, days=days)]
    rest = [words.translate("change.unseen", unseen)] if unseen else []
    if lasting in (0, n):
        return [words.translate("change.confirmed_all" if lasting else "change.confirmed_none", n, days=days), *rest]
    return [words.translate("change.confirmed", lasting, total=n, days=days), *rest]


def _differences(change: ChangeMap, words: Words) -> list[str]:
    """Say how many cells differ without being counted: what passed again, takes longer, or is too uncertain."""
    verdict, end = change.verdict, "" if change.changed.any() else "_only"
    counts = {"passing": _count(verdict == Verdict.PASSING), "doubtful": _count(verdict == Verdict.UNCERTAIN)}
    sentences = [words.translate(f"change.{key}{end}", n) for key, n in counts.items() if n]
    return [*_too_fast(change, words), *sentences]


def _too_fast(change: ChangeMap, words: Words) -> list[str]:
    """Say how many differences no land could have made in the time, with the commonest of them."""
    if not (fast := change.verdict == Verdict.TOO_FAST).any():
        return []
    from_id, to_id = (int(i) for i in too_fast_transitions(change)[0])
    return [
        words.translate(
            "change.too_fast",
            _count(fast),
            span=words.span(change.days_apart),
            old=words.class_noun(from_id),
            new=words.class_noun(to_id),
            least=words.span(int(LEAST_DAYS[from_id, to_id])),
        )
    ]


def _count(cells: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(cells))
