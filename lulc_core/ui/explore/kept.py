"""Explore pages that outlive their tab where their address alone cannot bring them back: of files, of a typed account.

The address then holds a word that nobody can guess. What it stands for stays in the memory of the server, bounded; the
files themselves lie there as long as the session that gave them: two minutes after its tab was closed or reloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from lulc_core.domain.aoi import Aoi
from lulc_core.ui import resources
from lulc_core.ui.forms import SHARED
from lulc_core.ui.server.kept import KeptByWord

if TYPE_CHECKING:
    from lulc_core.ui.explore.shown import Shown
    from lulc_core.ui.panels.own_files import OwnFiles

PARAM = "kept"


@dataclass(frozen=True)
class Kept:
    """What a page was about, and what of it was looked at."""

    own: OwnFiles
    aoi: Aoi | None
    shown: Shown | None
    tile: tuple[int, int] | None
    view: str


@st.cache_resource(show_spinner=False)
def kept_pages() -> KeptByWord[Kept]:
    """Return the kept pages of this server."""
    return KeptByWord(resources.settings().kept_mb * 5e5, _bytes)


def needs_word(own: OwnFiles | None, shown: Shown | None) -> bool:
    """Tell whether the address alone cannot bring back a page, whose imagery may come from ``own`` files."""
    return (own is not None and bool(own.files)) or (shown is not None and shown.request.scope != SHARED)


def _bytes(kept: Kept) -> int:
    if kept.shown is None:
        return 0
    result = kept.shown.result
    return result.scene.reflectance.nbytes + result.land_cover.probabilities.nbytes
