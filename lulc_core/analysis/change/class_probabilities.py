"""Changes of class probability in one tile: which classes gained and which lost between two dates, in points.

A tile keeps its class while a warehouse is built beside the highway; its probabilities show the change all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import ChangeMap
from lulc_core.domain.classes import CLASSES, NO_DATA, LandCoverClass
from lulc_core.language.words import Words, english

AT_LEAST_POINTS = 3.0
"""Classes that moved less are not named."""
SHOWN_FROM = 0.2
"""A class that gained so much probability is shown in its tile: a fifth of the tile, about 8 ha of 41."""


@dataclass(frozen=True)
class ClassPoints:
    """How far one class moved in one tile."""

    cls: LandCoverClass
    before: float
    """Probability on the earlier date, 0 to 1."""
    after: float
    """The same on the later date."""

    @property
    def points(self) -> float:
        """What it gained (positive) or lost, -100 to 100 points."""
        return 100 * (self.after - self.before)

    @property
    def words(self) -> str:
        """``+62`` or ``−58``."""
        return f"{'+' if self.points > 0 else '−'}{abs(self.points):.0f}"


def probability_points(
    before: NDArray[np.floating], after: NDArray[np.floating], *, at_least: float = AT_LEAST_POINTS
) -> tuple[ClassPoints, ...]:
    """List the classes that moved, the largest gain first, the largest loss last.

    Args:
        before: (10,) probabilities on the earlier date, 0 to 1.
        after: (10,) on the later date.
        at_least: points; what moved less is left out.
    """
    found = [ClassPoints(c, float(before[c.id]), float(after[c.id])) for c in CLASSES]
    return tuple(sorted((c for c in found if abs(c.points) >= at_least), key=lambda c: (-c.points, c.cls.id)))


def probability_sentence(before: NDArray[np.floating], after: NDArray[np.floating], words: Words | None = None) -> str:
    """Say which classes moved: ``The mixture of the tile: industrial +62 points, annual crop −58.``

    Args:
        before: (10,) probabilities on the earlier date, 0 to 1.
        after: (10,) on the later date.
        words: the reader's language; None for English.
    """
    words = words or english()
    moved = probability_points(before, after)
    if not moved:
        return words.translate("mixture.same")
    named = [(words.class_name(c.cls.id), c.words) for c in sorted(moved, key=lambda c: -abs(c.points))[:4]]
    first = words.translate("mixture.points", name=named[0][0], points=named[0][1])
    text = words.translate(
        "mixture.moved", list=", ".join([first, *(f"{name} {points}" for name, points in named[1:])])
    )
    likeliest = int(np.argmax(before))
    if likeliest == int(np.argmax(after)) and moved[0].points >= 100 * SHOWN_FROM:
        stays = words.capital(words.class_noun(likeliest))
        text += " " + words.translate("mixture.beside", stays=stays, came=words.class_noun(moved[0].cls.id))
    return text


def strongest_gain(change: ChangeMap) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Find the class that gained most in every tile, and how much.

    Args:
        change: the comparison.

    Returns:
        (rows, columns) class ids, 255 where nothing gained :data:`SHIFTED` or the tile was not compared; and
        (rows, columns) the gain, 0 to 1, 0 where there is no class.
    """
    gain = np.nan_to_num(change.after.probabilities.astype(np.float32) - change.before.probabilities)
    most = gain.max(axis=-1)
    shown = change.compared & (most >= SHOWN_FROM)
    return np.where(shown, gain.argmax(axis=-1), NO_DATA).astype(np.uint8), np.where(shown, most, 0).astype(np.float32)
