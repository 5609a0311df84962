"""The language of a session: what its link says, or its user chose, or its browser asks for; for every page."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from lulc_core.language.catalogue import LANGUAGE_NAMES, LANGUAGES
from lulc_core.language.words import best_language

PARAM = "lang"
"""In the address bar, beside the parameters of the page; only where somebody chose the language."""
SETTLES_S = 1.5
"""After a choice a browser may still report the address before for a moment."""


@dataclass
class SessionLanguage:
    """The language of one session. Lives in ``st.session_state``."""

    code: str
    """One of ``LANGUAGES``."""
    address: str = ""
    """What the address bar says of it; empty where nobody chose."""
    _chosen_at: float = 0.0

    def choose(self, code: str) -> None:
        """Take the language that the user presses."""
        self.code = self.address = code
        self._chosen_at = time.monotonic()
        st.query_params[PARAM] = code

    def follow(self, asked: str) -> None:
        """Take the language of an address that the user went to: a link, back or forward."""
        settled = time.monotonic() - self._chosen_at > SETTLES_S
        if asked in LANGUAGES and asked != self.address and settled:
            self.code = self.address = asked


def session_language() -> SessionLanguage:
    """Return this session's language; on its first run that of the address, else the browser's."""
    if "language" not in st.session_state:
        new = SessionLanguage(best_language(st.context.locale).partition("-")[0])
        new.follow(st.query_params.get(PARAM, ""))
        st.session_state["language"] = new
    return st.session_state["language"]


def in_address() -> dict[str, str]:
    """Return what the address bar holds of the language: nothing where it is the browser's."""
    chosen = session_language().address
    return {PARAM: chosen} if chosen else {}


def without_language(params: Mapping[str, str]) -> dict[str, str]:
    """Return query parameters without that of the language."""
    return {name: value for name, value in params.items() if name != PARAM}


def show_switch() -> None:
    """Show a button for each other language, in its own words; pressing it keeps the focus where it is."""
    here = session_language()
    others = [code for code in LANGUAGES if code != here.code]
    for place, code in enumerate(others):
        choose = partial(here.choose, code)
        st.button(LANGUAGE_NAMES[code], key=f"language-{place}", type="tertiary", on_click=choose)
