"""Comparisons that outlive their tab where their address alone cannot bring them back: of files, of a typed account.

The address then holds a word that nobody can guess. What it stands for stays in the memory of the server, bounded:
whoever has the address sees the comparison, as long as it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from lulc_core.ui import resources
from lulc_core.ui.forms import SHARED
from lulc_core.ui.server.kept import KeptByWord

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


@st.cache_resource(show_spinner=False)
def comparisons() -> KeptByWord[Kept]:
    """Return the kept comparisons of this server."""
    return KeptByWord(resources.settings().kept_mb * 5e5, _bytes)


def needs_word(shown: Compared) -> bool:
    """Tell whether the address of a comparison alone cannot bring it back."""
    return any(d.request.source == "geotiff" or d.request.scope != SHARED for d in shown.dates)


def _bytes(kept: Kept) -> int:
    dates = kept.shown.result.dates
    return sum(d.scene.reflectance.nbytes + d.land_cover.probabilities.nbytes for d in dates)
