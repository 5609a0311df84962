"""Choose where imagery comes from; the same on Explore and Compare."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from lulc_core.ui.resources import SOURCES
from lulc_core.ui.widgets import bound


def show_sources(key: str, current: str, on_change: Callable[[str], None]) -> None:
    """Ask for one of the sources; arguments as :func:`bound` takes them."""
    st.selectbox("Imagery", list(SOURCES), format_func=SOURCES.__getitem__, **bound(key, current, on_change))
