"""The language of a session: the link's, else the user's, else the browser's; on every page, and kept."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lulc_core.language.words import Words
from lulc_core.ui import language, words
from lulc_core.ui.language import SessionLanguage
from tests.pages.driver import open_page, param, press

PAGES = ("explore", "compare", "spectra", "model", "report")


def name(at: AppTest) -> str:
    """The page's heading for screen readers."""
    return next(h.proto.body for h in at.get("html") if "lulc-sr" in h.proto.body)


def test_a_link_opens_every_page_in_its_language_and_a_press_changes_it() -> None:
    for page in PAGES:
        app = open_page(lang="it")
        at = app.switch_page(f"pages/{page}.py").run()
        assert not at.exception
        assert Words("it").translate(f"app.page.{page}") in name(at) and "lang = 'it-IT'" in name(at)
    at = press(app.switch_page("pages/spectra.py").run(), "English")
    assert "Spectra" in name(at) and param(at, "lang") == "en" and param(at, "part") == "reference"
    at = at.switch_page("pages/model.py").run()
    assert "Model" in name(at) and param(at, "lang") == "en", "kept from page to page"


def test_nobodys_choice_is_in_no_address() -> None:
    at = open_page().switch_page("pages/spectra.py").run()
    assert "lang" not in at.query_params and "Spectra" in name(at)


def test_the_address_is_followed_once_the_browser_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    now, params = [100.0], dict[str, str]()
    monkeypatch.setattr(language.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(language.st, "query_params", params)
    here = SessionLanguage("en")
    here.choose("it")
    assert params == {"lang": "it"}
    here.follow("en")
    assert here.code == "it", "a browser may still report the address before"
    now[0] += 2
    here.follow("xx")
    here.follow("")
    assert here.code == "it", "neither an unknown language nor an address without one says anything"
    here.follow("en")
    assert here.code == here.address == "en"


def test_outside_of_a_page_words_are_english() -> None:
    assert words.page_words().lang == "en" and words.duration(200) == "about 3 min"
