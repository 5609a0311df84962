"""What every page begins with: title, style, brand. Idempotent, so that a page also works when opened by itself."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import streamlit as st

from lulc_core.domain.errors import LulcError
from lulc_core.isolation.calls import warm_up
from lulc_core.ui import resources
from lulc_core.ui.address_bar import opened
from lulc_core.ui.errors import guarded, show_error
from lulc_core.ui.language import PARAM, session_language, show_switch
from lulc_core.ui.page_help import show_help
from lulc_core.ui.words import page_words, translate
from lulc_core.version import __version__

TITLE = "LULC Explorer"
_HERE = Path(__file__).parent
_SCRIPTS = tuple(_HERE / name for name in ("address.js", "focus.js"))


def page_setup(page: str = "") -> None:
    """Configure the page; stop it with one sentence where the settings of the server are wrong.

    Args:
        page: its name in the address, such as ``explore``; empty for the router, which shows nothing itself.
    """
    session_language().follow(st.query_params.get(PARAM, ""))
    words = page_words()
    about = words.translate("app.about")
    title = words.translate(f"app.page.{page}") if page else TITLE
    st.set_page_config(
        page_title=f"{title} · {TITLE}" if page else TITLE,
        page_icon=str(_HERE / "brand" / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
        menu_items={"About": f"**{TITLE} {__version__}**\n\n{about}"},
    )
    st.html(_HERE / "page.css")
    if page:
        opened(page)
        # A heading for screen readers, since the logo is none; and what they speak.
        own = "\n".join(path.read_text(encoding="utf-8") for path in _SCRIPTS)
        script = f"document.documentElement.lang = '{words.tag}';\n{own}"
        heading = f"<h1 class='lulc-sr'>{TITLE}</h1><h2 class='lulc-sr'>{escape(title)}</h2>"
        st.html(f"{heading}<script>{script}</script>", unsafe_allow_javascript=True)
    st.logo(str(_HERE / "brand" / "logo.svg"), size="large")
    warm_up()  # what reads uploads is there before one comes
    try:
        settings = resources.settings()
    except LulcError as error:
        show_error(error)
        st.stop()
    refused = json.dumps(translate("app.upload_refused", most=words.number(settings.uploads_mb)), ensure_ascii=False)
    st.html(f"<style>:root {{ --lulc-refused: {refused}; }}</style>")
    if settings.login and not st.user.get("is_logged_in", False):
        _ask_to_log_in()
        st.stop()
    if page:
        with st.container(key="page-tools", horizontal=True, gap="small"):
            show_help(page)
            show_switch()


def _ask_to_log_in() -> None:
    with guarded("the login"), st.container(key="log-in"):
        st.markdown(translate("app.log_in.why"))
        if st.button(translate("app.log_in"), key="log-in-button", type="primary", icon=":material/login:"):
            st.login()
