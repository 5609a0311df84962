"""What of a comparison its user looks at: the filter, a place, from how near. No widgets in here."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lulc_core.ui.compare.kept import PARAM, Kept, comparisons, needs_word
from lulc_core.ui.compare.link import Filter
from lulc_core.ui.panels.map_page import MapPage

if TYPE_CHECKING:
    from lulc_core.analysis.change.sites import Site
    from lulc_core.ui.compare.work import Compared


@dataclass(kw_only=True)
class PlaceChoice(MapPage):
    """A page with a comparison on it, and one of its places looked at."""

    shown: Compared | None = None
    view: str = "Summary"
    filter: Filter = field(default_factory=Filter)
    go: str = ""
    """Changes when the map is to move, to the selected place or to the whole area; empty where nothing was asked."""
    close_up: bool = False
    """One place is looked at from near: both pictures of it lie side by side."""
    more: bool = False
    """The evidence of a place is shown with pictures, spectrum and indices of its tile."""
    unit: str = "tiles"
    """What the matrix counts: ``tiles``, ``ha`` or ``pct``."""
    word: str = ""
    """Names the comparison in the address, see :mod:`lulc_core.ui.compare.kept`."""

    def keep(self) -> dict[str, str]:
        """Keep what is looked at where the address alone cannot bring it back; return what the address says of it."""
        if self.shown is None or not needs_word(self.shown):
            return {}
        self.word = self.word or secrets.token_urlsafe(16)
        comparisons().put(self.word, Kept(self.shown, self.filter, self.tile, self.view, self.close_up))
        return {PARAM: self.word}

    def bring_back(self, word: str) -> None:
        """Look at a kept comparison again, under a word of this page's own; without one nothing happens."""
        kept = comparisons().get(word) if word else None
        if kept is not None:
            self.shown, self.filter, self.tile = kept.shown, kept.filter, kept.tile
            self.view, self.close_up, self.open_step = kept.view, kept.close_up, 3
            self.go = f"{time.time_ns()}" if kept.tile is not None else ""

    def places(self) -> tuple[Site, ...]:
        """Return the changed places that the filter lets through, the strongest first."""
        return self.shown.places(self.filter) if self.shown is not None else ()

    def place_at(self) -> int:
        """Return which of :meth:`places` the selected cell belongs to, from 0; -1 for none."""
        return next((i for i, p in enumerate(self.places()) if self.tile in p.cells), -1)

    def select(self, tile: tuple[int, int] | None, *, go: bool = False) -> None:
        """Select a tile, or none, and turn to it beside the map."""
        self.tile, self.open_step, self.view = tile, 3, "Places"
        if go:
            self.go, self.close_up = f"{time.time_ns()}", True

    def leave_place(self) -> None:
        """Look at the whole area again."""
        self.tile, self.close_up, self.go = None, False, f"{time.time_ns()}"

    def step(self, by: int) -> None:
        """Go to the next or the previous changed place, round and round."""
        places = self.places()
        if not places:
            return
        at = self.place_at()
        at = (0 if by > 0 else -1) if at < 0 else at + by
        self.select(places[at % len(places)].cells[0], go=True)
