"""From page to page while the first still polls, and a browser hears late of what the server does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.browser.harness import expect, running_app

PAGES = """
import time

import streamlit as st
import streamlit.runtime.runtime as runtime
from types import SimpleNamespace

from lulc_core.ui.navigation import switch_page
from lulc_core.ui.panels.progress import show_progress

runtime.MESSAGE_FLUSH_INTERVAL_SECS = 1.5  # between two deliveries to the browser, which polls every 0.4 s

@st.fragment
def first():
    st.title("First")
    show_progress(lambda: [SimpleNamespace(done=False, quiet=False, stopping=False, fraction=0.5, message="Working")])
    if st.button("Go on"):
        switch_page(SECOND)

@st.fragment
def second():
    time.sleep(1)
    for number in range(3):
        st.write(f"Line {number}")
    show_progress(lambda: [SimpleNamespace(done=False, quiet=False, stopping=False, fraction=0.5, message="More")])

SECOND = st.Page(second, title="Second")
st.navigation([st.Page(first, title="First", default=True), SECOND]).run()
"""


def test_a_page_that_still_polls_is_left_for_another(tmp_path: Path, new_page: Callable, chromium: str) -> None:
    script = tmp_path / "pages.py"
    script.write_text(PAGES, encoding="utf-8")
    with running_app(tmp_path, script=script) as app:
        _, page = new_page()
        page.page.goto(app.url)
        expect(page.page.get_by_text("Working")).to_be_visible()
        page.page.get_by_role("button", name="Go on").click()
        expect(page.page.get_by_text("Line 2")).to_be_visible()
        page.page.wait_for_timeout(5_000)  # polls that were asked for before that have come and gone
        expect(page.page.get_by_text("More")).to_be_visible()
        expect(page.page.get_by_text("Line 2")).to_be_visible()
        expect(page.page.get_by_role("heading", name="First")).to_have_count(0)
        assert not app.tracebacks()
