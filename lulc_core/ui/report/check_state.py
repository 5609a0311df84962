"""Answers of one user about one map: the sample, what was answered, where to go on. No widgets."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lulc_core.domain.errors import LulcError

if TYPE_CHECKING:
    from lulc_core.analysis.accuracy.olofsson import UserCheck
    from lulc_core.analysis.accuracy.sample import Sample
    from lulc_core.domain.land_cover import LandCoverMap
    from lulc_core.render.brightness import Stretch

SIZES = (60, 100, 150, 200)
"""Squares of a sample that can be chosen."""
LEAST_LOOK_S = 0.4
"""An answer that comes sooner after its square appeared was not given to what is in it."""


@dataclass
class Check:
    """The answers of one user about one map; kept in the session, saved to a file on request."""

    size: int = SIZES[1]
    seed: int = 0
    sample: Sample | None = None
    labels: dict[str, int] = field(default_factory=dict)
    at: int = 0
    error: LulcError | None = None
    loaded: str = ""
    """File that was taken over, so that it is read once."""
    stretch: Stretch | None = None
    """How bright its pictures are; found once for the map."""
    too_early: bool = False
    """The last answer came before its square could be seen."""
    _seen: tuple[str, float] = ("", 0.0)
    """The square on the screen, and since when."""

    def draw(self, shown: LandCoverMap) -> None:
        """Draws the sample of the map that is shown, or says why not."""
        from lulc_core.analysis.accuracy.sample import draw_sample

        try:
            self.sample, self.labels, self.at, self.error = draw_sample(shown, self.size, self.seed), {}, 0, None
        except LulcError as error:
            self.error = error

    def load(self, text: str | bytes, shown: LandCoverMap, tiles: LandCoverMap) -> None:
        """Takes over saved answers and goes on where they stop, or says why not."""
        from lulc_core.analysis.accuracy.labels import labels_from_json

        try:
            self.sample, self.labels = labels_from_json(text, shown, tiles)
        except LulcError as error:
            self.error = error
            return
        self.error = None
        order = [t.tile_id in self.labels for t in self.sample.tiles]
        self.at = order.index(False) if False in order else len(order)

    def show(self, tile_id: str) -> None:
        """Notes that a square is on the screen now; one that was there already keeps its time."""
        if self._seen[0] != tile_id:
            self._seen = (tile_id, time.monotonic())

    def answer(self, label: int, tile_id: str) -> None:
        """Keeps the answer to a square and goes on to the next without one.

        A second click or a key that is held down reaches the program after the square has changed: what was answered
        for another square, or before this one could be looked at, is not taken.
        """
        if self.sample is None or self.at >= len(self.sample.tiles):
            return
        now = self.sample.tiles[self.at].tile_id
        self.too_early = tile_id == now and time.monotonic() - self._seen[1] < LEAST_LOOK_S
        if tile_id != now or self._seen[0] != now or self.too_early:
            return
        self.labels[now] = label
        self.at += 1
        while self.at < len(self.sample.tiles) and self.sample.tiles[self.at].tile_id in self.labels:
            self.at += 1

    def finished(self, shown: LandCoverMap) -> UserCheck | None:
        """What documents take in: None until there are answers enough for figures."""
        from lulc_core.analysis.accuracy.olofsson import user_check
        from lulc_core.analysis.accuracy.sample import MIN_LABELS

        if self.sample is None or len(self.labels) < MIN_LABELS:
            return None
        try:
            return user_check(self.sample, self.labels, shown)
        except LulcError:  # the page of the check says what is missing
            return None

    def back(self) -> None:
        """The square before; its answer can be given again."""
        self.at = max(0, self.at - 1)
        if self.sample is not None:
            self.labels.pop(self.sample.tiles[self.at].tile_id, None)
