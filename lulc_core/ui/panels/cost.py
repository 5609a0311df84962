"""Say what the next step costs before it is pressed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lulc_core.ui import tables, words


def show_cost(what: Sequence[tuple[str, str]], requests: int, processing_units: float, seconds: float) -> None:
    """Show short facts in a row: what is fetched, then requests, processing units and time."""
    st.html(
        tables.facts(
            [
                *what,
                ("Requests", f"{requests:,}"),
                ("Processing units", f"{processing_units:,.1f}"),
                ("Time", words.duration(seconds)),
            ]
        )
    )
