"""What every page begins with: title, style, brand. Idempotent, so that a page also works when opened by itself."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from lulc_core.domain.errors import LulcError
from lulc_core.isolation.calls import warm_up
from lulc_core.ui import resources
from lulc_core.ui.errors import guarded, show_error
from lulc_core.version import __version__

TITLE = "LULC Explorer"
_HERE = Path(__file__).parent
_ABOUT = f"""**{TITLE} {__version__}**

What the land is, tile by tile (640 m), and how sure a neural network is of it. Classes: EuroSAT
(Helber et al. 2019). Imagery: Copernicus Sentinel-2, or simulated where it says so."""


def page_setup(title: str = TITLE) -> None:
    """Configure the page; stop it with one sentence where the settings of the server are wrong."""
    if title != TITLE and PagesManager.uses_pages_directory and "routed" not in st.session_state:
        # The first visitor of a fresh server came by a deep link: until app.py has run once, Streamlit takes the folder
        # pages/ for its older kind of app, runs this file alone and hides the links to the other pages. Once a session:
        # a rerun forgets which button was pressed.
        PagesManager.uses_pages_directory = False
        st.session_state["routed"] = True
        st.rerun()
    st.set_page_config(
        page_title=title if title == TITLE else f"{title} · {TITLE}",
        page_icon=str(_HERE / "brand" / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
        menu_items={"About": _ABOUT},
    )
    st.html(_HERE / "page.css")
    if title != TITLE:
        st.html(f"<h1 class='lulc-sr'>{escape(title)}</h1>")  # a heading for screen readers; the logo is none
    st.logo(str(_HERE / "brand" / "logo.svg"), size="large")
    warm_up()  # what reads uploads is there before one comes
    try:
        settings = resources.settings()
    except LulcError as error:
        show_error(error)
        st.stop()
    if settings.login and not st.user.get("is_logged_in", False):
        _ask_to_log_in()
        st.stop()


def _ask_to_log_in() -> None:
    with guarded("the login"), st.container(key="log-in"):
        st.markdown("People of this office use it: log in to go on.")
        if st.button("Log in", key="log-in-button", type="primary", icon=":material/login:"):
            st.login()
