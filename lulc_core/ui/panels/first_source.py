"""Which imagery a page opens with: an account, else the open archive where it answers, else simulated; and why."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from lulc_core.ui import resources, words
from lulc_core.ui.errors import as_user_error, plain
from lulc_core.ui.jobs import JobSlot
from lulc_core.ui.words import spoken, translate


@dataclass
class FirstSource:
    """The choice that a page makes by itself, until its user or a link makes one."""

    chose: str = ""
    """``looking``, ``open``, ``account`` or ``simulated``; empty once somebody has chosen."""
    settled: bool = False
    """True once nothing is to be chosen any more."""
    reason: str = ""
    """Why the open archive cannot be used."""
    looking: JobSlot[str] = field(default_factory=JobSlot)

    @property
    def why(self) -> str:
        """Say which imagery was chosen and why; empty once somebody has chosen."""
        if not self.chose:
            return ""
        why = translate(f"panel.origin.{self.chose}")
        return f"{why} {spoken(self.reason)}" if self.chose == "simulated" and self.reason else why

    def settle(self) -> None:
        """Leave it to the user, who has chosen."""
        self.looking.drop()
        self.chose, self.settled = "", True

    def poll(self) -> bool:
        """Look in the background whether the open archive answers.

        Returns:
            True once: when it does, and nobody has chosen meanwhile.
        """
        if self.settled:
            return False
        job = self.looking.poll()
        if job is None:
            if not self.looking:
                self.chose = "looking"
                self.looking.start("Looking for open imagery", lambda *_: resources.why_no_open_archive(), quiet=True)
            return False
        self.settled = True
        if job.error is not None or job.cancelled:
            self.reason = as_user_error(job.error).message if job.error is not None else "It was not asked."
        else:
            self.reason = job.result()
        self.chose = "simulated" if self.reason else "open"
        return not self.reason


_ANSWERS = "services-answers"


def _ask() -> None:
    """Ask all services; in a callback, which no rerun of the page cuts short."""
    from lulc_core.sources.check import check_sources

    st.session_state[_ANSWERS] = check_sources(resources.settings())


def show_origin(key: str) -> None:
    """Offer to ask every service, and show what each answered."""
    st.caption(translate("panel.origin.text"))
    st.button(translate("panel.origin.ask"), key=key, width="stretch", on_click=_ask, icon=":material/network_check:")
    for a in st.session_state.get(_ANSWERS, ()):
        color, word = ("gray", "not_asked") if not a.asked else ("green", "works") if a.ok else ("red", "fails")
        said = translate(f"panel.origin.{word}")
        mark = f":{color}-badge[{said}]"
        service, question, answer = spoken(a.service), spoken(a.question), spoken(a.answer)
        hint = "" if a.ok else f" {spoken(a.hint)}"
        st.markdown(f"{mark} **{service}**, {question} ({words.number(a.seconds, 1)} s): {plain(answer + hint)}")
