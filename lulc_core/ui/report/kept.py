"""Reports that outlive their tab: reloading the page brings back the result, the words and the answers of a check.

The address of the page holds a word that nobody can guess. What it stands for stays in the memory of the server,
bounded: whoever has the address sees the report, as long as it is kept.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from lulc_core.ui import resources
from lulc_core.ui.language import in_address, session_language
from lulc_core.ui.report.link import params_of
from lulc_core.ui.report.state import Choice, ReportState
from lulc_core.ui.server.kept import KeptByWord

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassifyResult, DatedMap

PARAM = "report"
_KEPT = ("kind", "view", "corine", "size_px", "edits")


@st.cache_resource(show_spinner=False)
def reports() -> KeptByWord[ReportState]:
    """Return the kept reports of this server; what goes in and comes out is copied by :func:`copy_of`."""
    return KeptByWord(resources.settings().kept_mb * 5e5, _bytes)


def reporting() -> ReportState:
    """Return this session's Report page; on its first run that of the address, or a new one."""
    if "report" not in st.session_state:
        st.session_state["report"] = restored() or ReportState()
    here: ReportState = st.session_state["report"]
    here.lang = session_language().code
    return here


def restored() -> ReportState | None:
    """Return the report that the address names, under no word yet; None where it names none, or one that is gone.

    So two who have one address do not write over each other.
    """
    word = st.query_params.get(PARAM, "")
    found = reports().get(word) if word else None
    return None if found is None else replace(copy_of(found), word="")


def keep(state: ReportState, choice: Choice) -> None:
    """Keep the report as it is now, and put its word and its request into the address."""
    if not state.word:
        state.word = secrets.token_urlsafe(16)
    reports().put(state.word, copy_of(state))
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
    return sum(_pixels(d) + d.land_cover.probabilities.nbytes for d in dates.values())


def _pixels(dated: ClassifyResult | DatedMap) -> int:
    return int(dated.picture.nbytes if hasattr(dated, "picture") else dated.scene.reflectance.nbytes)
