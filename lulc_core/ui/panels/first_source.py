"""Which imagery a page opens with: an account, else the open archive where it answers, else simulated; and why."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from lulc_core.ui import resources
from lulc_core.ui.errors import plain
from lulc_core.ui.jobs import JobSlot

LOOKING = "Simulated for now; looking whether the open archive answers …"
OPEN = "Real imagery from the open archive, which answers; no account is needed."
ACCOUNT = "Real imagery through Sentinel Hub, since this server has an account."
SIMULATED = "Simulated imagery, since the open archive cannot be reached."


@dataclass
class FirstSource:
    """The choice that a page makes by itself, until its user or a link makes one."""

    why: str = ""
    """A sentence for the user; empty once somebody has chosen."""
    settled: bool = False
    """True once nothing is to be chosen any more."""
    reason: str = ""
    """Why the open archive cannot be used."""
    looking: JobSlot[str] = field(default_factory=JobSlot)

    def settle(self) -> None:
        """Leave it to the user, who has chosen."""
        self.looking.drop()
        self.why, self.settled = "", True

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
                self.why = LOOKING
                self.looking.start("Looking for open imagery", lambda *_: resources.why_no_open_archive(), quiet=True)
            return False
        self.settled = True
        self.reason = "" if job.error is None and not job.cancelled else str(job.error or "It was not asked.")
        if not self.reason:
            self.reason = job.result()
        self.why = f"{SIMULATED} {self.reason}" if self.reason else OPEN
        return not self.reason


_ANSWERS = "services-answers"


def _ask() -> None:
    """Ask all services; in a callback, which no rerun of the page cuts short."""
    from lulc_core.sources.check import check_sources

    st.session_state[_ANSWERS] = check_sources(resources.settings())


def show_origin(key: str) -> None:
    """Offer to ask every service, and show what each answered."""
    with st.popover("Where does imagery come from?", icon=":material/help:", width="stretch"):
        st.caption(
            "**Open archive**: Sentinel-2 as ESA delivers it (L1C) from Google's public bucket, listed by Copernicus' "
            "catalogue; clouds from Earth Search. No account, no cost. **Sentinel Hub**: the same through an account. "
            "**My own GeoTIFF**: your files. **Simulated**: invented ground, for trying things out without a network."
        )
        st.button("Ask every service", key=key, width="stretch", on_click=_ask)
        for a in st.session_state.get(_ANSWERS, ()):
            mark = ":gray-badge[not asked]" if not a.asked else ":green-badge[works]" if a.ok else ":red-badge[fails]"
            hint = "" if a.ok else f" {a.hint}"
            st.markdown(f"{mark} **{a.service}**, {a.question} ({a.seconds:.1f} s): {plain(a.answer + hint)}")
