"""Keep a page and the address bar in step: write what is chosen, notice when the user went back or forward."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lulc_core.ui.language import in_address, without_language

PASSING = "passing"
"""Parameter of an address that the next one takes the place of."""
_HERE = "address-of"
"""In the session: whose page wrote the address last; 0 while another page has been opened since."""
_TOLD = "address-told"
"""In the session: what the browser was last told to show."""
_PAGE = "address-page"
"""In the session: the page that is open."""


def went_through_history() -> bool:
    """Say whether this run is because the user went back or forward in the browser.

    Any other run may report an address that the browser had before it heard of the present one, however late that is.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


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
    _came_bare: bool = False
    """The page was last come to from another one, without parameters: the way back from it goes there."""
    _back_at_bare: bool = False
    """The user has gone back to where the page was come to so, and nothing on it has changed since."""

    def visited(self) -> dict[str, str] | None:
        """Return the query parameters that the user went to, back or forward or from another page; else None.

        A page opened for the first time reads its parameters when its state is made.
        """
        params, went = _of_page(), went_through_history()
        here = st.session_state.get(_HERE)
        if here != id(self):
            went, self._back_at_bare = bool(params), False
            self._came_bare = not params and here is not None
        elif went:
            self._back_at_bare = self._came_bare and not params and bool(self.params)
        if not went:
            return None
        if not params:
            return {} if self.empties and self.params and not self._came_bare else None
        return params if (self.params or self.bare) and params != self.params else None

    def write(self, params: dict[str, str], *, passing: bool = False) -> None:
        """Put what the page shows into the address bar; called at the end of every run.

        Args:
            params: what brings the page back.
            passing: the page is about to go on by itself: what is written next takes the place of this in the history
                of the browser, see address.js.
        """
        if self._back_at_bare and params == self.params:
            return  # one more step back leads to the page before
        self.params, self._back_at_bare = params, False
        st.session_state[_HERE] = id(self)
        wanted = {**params, **({PASSING: "1"} if passing else {}), **in_address()}
        if st.query_params.to_dict() == wanted and st.session_state.get(_TOLD) == wanted:
            return
        # Also where the browser reports what is wanted, but was told otherwise since: then that report is late.
        st.query_params.from_dict(wanted)
        st.session_state[_TOLD] = wanted
