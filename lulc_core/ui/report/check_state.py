"""Answers of one user about one map: the sample, what was answered, where to go on. No widgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lulc_core.domain.errors import LulcError

if TYPE_CHECKING:
    from lulc_core.analysis.accuracy.olofsson import Sample, UserCheck

SIZES = (60, 100, 150, 200)
"""Squares of a sample that can be chosen."""


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

    def draw(self, tiles: Any) -> None:
        """Draws the sample, or says why not."""
        from lulc_core.analysis.accuracy.olofsson import draw_sample

        try:
            self.sample, self.labels, self.at, self.error = draw_sample(tiles, self.size, self.seed), {}, 0, None
        except LulcError as error:
            self.error = error

    def load(self, text: bytes, tiles: Any) -> None:
        """Takes over saved answers and goes on where they stop, or says why not."""
        from lulc_core.analysis.accuracy.olofsson import labels_from_json

        try:
            self.sample, self.labels = labels_from_json(text, tiles)
        except LulcError as error:
            self.error = error
            return
        self.error = None
        order = [t.tile_id in self.labels for t in self.sample.tiles]
        self.at = order.index(False) if False in order else len(order)

    def answer(self, label: int) -> None:
        """Keeps an answer and goes on to the next square without one."""
        if self.sample is None or self.at >= len(self.sample.tiles):
            return
        self.labels[self.sample.tiles[self.at].tile_id] = label
        self.at += 1
        while self.at < len(self.sample.tiles) and self.sample.tiles[self.at].tile_id in self.labels:
            self.at += 1

    def finished(self, tiles: Any) -> UserCheck | None:
        """What documents take in: None until there are answers enough for figures."""
        from lulc_core.analysis.accuracy.olofsson import MIN_LABELS, user_check

        if self.sample is None or len(self.labels) < MIN_LABELS:
            return None
        try:
            return user_check(self.sample, self.labels, tiles)
        except LulcError:  # the page of the check says what is missing
            return None

    def back(self) -> None:
        """The square before; its answer can be given again."""
        self.at = max(0, self.at - 1)
        if self.sample is not None:
            self.labels.pop(self.sample.tiles[self.at].tile_id, None)
