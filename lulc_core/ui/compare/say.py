"""What the Compare page says of certainty, places and ground, in the reader's words. No widgets in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lulc_core.analysis.change.evaluation import level_words
from lulc_core.analysis.change.sentences import FEW_COMPARED, compared_share
from lulc_core.domain.change import TRAJECTORY_NAMES, Certainty, ChangeMap, Trajectory
from lulc_core.domain.classes import CLASSES
from lulc_core.ui import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lulc_core.analysis.change.sites import Site


def level_word(change: ChangeMap, level: Certainty) -> str:
    """Say how sure a level is in this comparison: ``very likely``."""
    return words.translate(f"level.{level_words(change)[level].partition(',')[0].replace(' ', '_')}")


def trajectory_word(trajectory: Trajectory) -> str:
    """Say what further dates say: ``sustained``."""
    return words.translate(f"trajectory.{TRAJECTORY_NAMES[trajectory]}")


def way(from_id: int, to_id: int) -> str:
    """Name a transition for buttons and tables: ``permanent crops → industrial``."""
    return f"{words.page_words().class_name(from_id)} → {words.page_words().class_name(to_id)}"


def class_labels() -> dict[str, str]:
    """Return what the classes are called by their EuroSAT names, with any class under the empty one."""
    names = {c.name: words.page_words().class_name(c.id) for c in CLASSES}
    return {"": words.translate("compare.filter.any"), **names}


def is_crossed(from_id: int, to_id: int) -> bool:
    """Tell whether a transition is to or from roads or rivers, whose squares are no area of them."""
    return CLASSES[from_id].is_line or CLASSES[to_id].is_line


def size_of(place: Site, *, like: float) -> str:
    """Say how large a place is: its area, or squares where a road or river crosses them.

    Args:
        place: one of several.
        like: hectares of the largest.
    """
    if is_crossed(place.from_id, place.to_id):
        return words.translate("count.squares", len(place.cells))
    return words.area(place.ha, like=like)


def how_sure(change: ChangeMap, places: Sequence[Site]) -> str:
    """Say how sure the places of a comparison are, all together: ``very likely``, ``9 very likely``."""
    said = [level_word(change, p.certainty) for p in places]
    if not said:
        return ""
    best = level_word(change, max(p.certainty for p in places))
    n = said.count(best)
    return best if n == len(said) else words.translate("compare.card.some", n, level=best)


def headline(change: ChangeMap, changed_ha: float, places: Sequence[Site]) -> str:
    """Give the answer of a comparison in a line: ``82 ha · 2 places · very likely``."""
    if not change.compared.any():
        return words.translate("compare.label.nothing")
    if not places:
        share = compared_share(change)
        if share >= FEW_COMPARED:
            return words.translate("compare.card.none")
        return words.translate("compare.card.none_of_few", share=words.share(share))
    counted = words.translate("compare.card.places", len(places))
    return " · ".join((words.area(changed_ha), counted, how_sure(change, places)))
