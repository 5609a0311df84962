"""The question mark of every page: half a page on what it shows, how to read it and what it cannot say."""

from __future__ import annotations

import streamlit as st

from lulc_core.ui.words import translate


def show_help(page: str) -> None:
    """Show the button, which opens the text beside it.

    Args:
        page: its name in the address, such as ``explore``.
    """
    with st.popover(translate("help.open"), icon=":material/help:", type="tertiary", key="page-help"):
        text = st.container(key="page-help-text")
        for part in ("shows", "read", "cannot"):
            title = translate(f"help.{part}")
            text.markdown(f"**{title}**\n\n" + translate(f"help.{page}.{part}"))
