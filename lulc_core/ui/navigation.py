"""Lead from one page to another."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def switch_page(page: str) -> NoReturn:
    """Go to another page, ``pages/NAME.py``, and have nothing of this one run again.

    Until the browser has heard of the new page, what polls on this one (``run_every``) still asks for a run. Streamlit
    would answer that this page starts over, and the browser would drop what it has of the other one.
    """
    if (context := get_script_run_ctx()) is not None:
        context.fragment_storage.clear()  # what asks for a fragment that is not there gets no answer
    st.switch_page(page)
