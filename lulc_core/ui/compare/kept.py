"""Comparisons that outlive their tab where their address alone cannot bring them back: of files, of a typed account.

The address then holds a word that nobody can guess. What it stands for stays in the memory of the server, bounded:
whoever has the address sees the comparison, as long as it is kept.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from cachetools import LRUCache

from lulc_core.ui import resources
from lulc_core.ui.forms import SHARED

if TYPE_CHECKING:
    from lulc_core.ui.compare.link import Filter
    from lulc_core.ui.compare.work import Compared

PARAM = "kept"


@dataclass(frozen=True)
class Kept:
    """A comparison, and what of it was looked at."""

    shown: Compared
    filter: Filter
    tile: tuple[int, int] | None
    view: str
    close_up: bool


class Comparisons:
    """Kept comparisons by the word in their address."""

    def __init__(self, max_bytes: int) -> None:
        self._lock = threading.Lock()
        # A single one larger than the bound counts as the whole bound: it stays, alone.
        self._kept: LRUCache[str, Kept] = LRUCache(max_bytes, getsizeof=lambda kept: min(_bytes(kept), max_bytes))

    def put(self, word: str, kept: Kept) -> None:
        """Keep a comparison in the place of the one before."""
        with self._lock:
            self._kept[word] = kept

    def get(self, word: str) -> Kept | None:
        """Return a kept comparison; None where it is gone."""
        with self._lock:
            return self._kept.get(word)


@st.cache_resource(show_spinner=False)
def comparisons() -> Comparisons:
    """Return the kept comparisons of this server."""
    return Comparisons(int(resources.settings().kept_mb * 500_000))


def needs_word(shown: Compared) -> bool:
    """Tell whether the address of a comparison alone cannot bring it back."""
    return any(d.request.source == "geotiff" or d.request.scope != SHARED for d in shown.dates)


def _bytes(kept: Kept) -> int:
    dates = kept.shown.result.dates
    return 1000 + sum(d.scene.reflectance.nbytes + d.land_cover.probabilities.nbytes for d in dates)
