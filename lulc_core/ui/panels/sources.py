"""Choose where imagery comes from; the same on Explore and Compare."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from lulc_core.ui import resources

FIRST_DAY = date(2015, 6, 23)
"""Launch of Sentinel-2A; there is nothing before."""


def show_sources(current: str, key: str, on_change: Callable[[str], None]) -> None:
    """Ask for one of the sources.

    Args:
        current: name of the one in use.
        key: of the widget.
        on_change: called with a name. Streamlit also calls it when the page itself has set the value, as for a link
            while a slow page is loading: the same name must change nothing.
    """

    def change() -> None:
        on_change(st.session_state[key])

    st.session_state[key] = current
    names = list(resources.SOURCES)
    st.selectbox("Imagery", names, key=key, format_func=resources.SOURCES.__getitem__, on_change=change)
