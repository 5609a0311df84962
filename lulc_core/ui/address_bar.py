"""Keep a page and the address bar in step: write what is chosen, notice when the user went back or forward."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import streamlit as st

from lulc_core.ui.language import in_address, without_language

PASSING = "passing"
"""Parameter of an address that the next one takes the place of."""
SETTLES_S = 1.5
"""After a change of the address bar a browser may still report the old one for a moment."""

_HERE = "address-of"
"""In the session: whose page wrote the address last; 0 while another page has been opened since."""
_TOLD = "address-told"
"""In the session: what the browser was last told to show."""
_PAGE = "address-page"
"""In the session: the page that is open."""


def _of_page() -> dict[str, str]:
    """Return what the address says of its page."""
    params = without_language(st.query_params.to_dict())
    params.pop(PASSING, None)
    return params


def opened(page: str) -> None:
    """Note which page is run, also one that writes no address or was left before it could.

    Whoever comes back from it without parameters has not gone back on the page that wrote the address before.
    """
    if st.session_state.get(_PAGE, page) != page:
        st.session_state[_HERE] = 0
    st.session_state[_PAGE] = page


@dataclass
class AddressBar:
    """What one page has written into the address bar; the language beside it is the session's."""

    bare: bool = False
    """True for a page that a user can be sent to from a view without parameters."""
    empties: bool = False
    """True for a page that is emptied where its user goes back to its address without parameters."""
    params: dict[str, str] = field(default_factory=dict)
    """Query parameters at the end of the last run; empty before the first and where there is nothing to keep."""
    _changed_at: float = 0.0
    _came_bare: bool = False
    """The page was last come to from another one, without parameters: the way back from it goes there."""

    def visited(self) -> dict[str, str] | None:
        """Return the query parameters that the user went to, back or forward in the browser; None where they did not.

        A page opened for the first time reads its parameters when its state is made.
        """
        params = _of_page()
        if st.session_state.get(_HERE, id(self)) != id(self):
            self._came_bare = not params
        elif not params:
            return {} if self.empties and self._went_back() and not self._came_bare else None
        settled = time.monotonic() - self._changed_at > SETTLES_S
        return params if params and (self.params or self.bare) and params != self.params and settled else None

    def _went_back(self) -> bool:
        """Whether the address is empty because the user stayed on this page and went back to before it was written."""
        same = st.session_state.get(_HERE) == id(self)
        empty = not _of_page()
        return bool(self.params) and same and empty and time.monotonic() - self._changed_at > SETTLES_S

    def write(self, params: dict[str, str], *, passing: bool = False) -> None:
        """Put what the page shows into the address bar; called at the end of every run.

        Args:
            params: what brings the page back.
            passing: the page is about to go on by itself: what is written next takes the place of this in the history
                of the browser, see address.js.
        """
        if params == self.params and self._came_bare and self._went_back():
            return  # one more step back leads to the page before
        self.params = params
        st.session_state[_HERE] = id(self)
        wanted = {**params, **({PASSING: "1"} if passing else {}), **in_address()}
        if st.query_params.to_dict() != wanted:
            self._changed_at = time.monotonic()
        elif st.session_state.get(_TOLD) == wanted:
            return
        # Also where the browser reports what is wanted, but was told otherwise since: then that report is late.
        st.query_params.from_dict(wanted)
        st.session_state[_TOLD] = wanted
