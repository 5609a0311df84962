"""Reports that outlive their tab: reloading the page brings back the result, the words and the answers of a check.

The address of the page holds a word that nobody can guess. What it stands for stays in the memory of the server,
bounded: whoever has the address sees the report, as long as it is kept.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st
from cachetools import LRUCache

from lulc_core.ui import resources
from lulc_core.ui.language import in_address, session_language
from lulc_core.ui.report.link import params_of
from lulc_core.ui.report.state import Choice, ReportState

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassifyResult, DatedMap

PARAM = "report"
_KEPT = ("kind", "view", "corine", "size_px", "edits")


class Reports:
    """Kept reports by the word in their address."""

    def __init__(self, max_bytes: int) -> None:
        self._lock = threading.Lock()
        # One report larger than the bound counts as the whole bound: it stays, alone.
        self._kept: LRUCache[str, ReportState] = LRUCache(
            max_bytes, getsizeof=lambda state: min(_bytes(state), max_bytes)
        )

    def keep(self, word: str, state: ReportState) -> None:
        """Keep a copy of what a report is about and of what its user said."""
        copy = copy_of(state)
        with self._lock:
            self._kept[word] = copy

    def get(self, word: str) -> ReportState | None:
        """Return a copy of a kept report; None where it is gone."""
        with self._lock:
            found = self._kept.get(word)
        return None if found is None else copy_of(found)


@st.cache_resource(show_spinner=False)
def reports() -> Reports:
    """Return the kept reports of this server."""
    return Reports(int(resources.settings().kept_mb * 500_000))


def reporting() -> ReportState:
    """Return this session's Report page; on its first run that of the address, or a new one."""
    if "report" not in st.session_state:
        st.session_state["report"] = restored() or ReportState()
    here: ReportState = st.session_state["report"]
    here.lang = session_language().code
    return here


def restored() -> ReportState | None:
    """Return the report that the address names; None where it names none, or one that is gone."""
    word = st.query_params.get(PARAM, "")
    return reports().get(word) if word else None


def keep(state: ReportState, choice: Choice) -> None:
    """Keep the report as it is now, and put its word and its request into the address."""
    if not state.word:
        state.word = secrets.token_urlsafe(16)
    reports().keep(state.word, state)
    wanted = {PARAM: state.word, **params_of(choice), **in_address()}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def copy_of(state: ReportState) -> ReportState:
    """Copy what of a report is worth keeping; jobs and pictures are not."""
    checks = {key: replace(check, labels=dict(check.labels)) for key, check in state.checks.items()}
    values = {name: getattr(state, name) for name in _KEPT}
    return type(state)(
        **{**values, "edits": dict(state.edits)}, checks=checks, word=state.word, results=state.choices()
    )


def _bytes(state: ReportState) -> int:
    dates: dict[int, ClassifyResult | DatedMap] = {id(d): d for c in state.results for d in c.result.dates}
    return 1000 + sum(_pixels(d) + d.land_cover.probabilities.nbytes for d in dates.values())


def _pixels(dated: ClassifyResult | DatedMap) -> int:
    return int(dated.picture.nbytes if hasattr(dated, "picture") else dated.scene.reflectance.nbytes)
