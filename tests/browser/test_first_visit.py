"""The first visitor of a fresh server: our pages in the header at once, and never a list of Streamlit's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.harness import TEST_S, Watch, expect, running_app, wait_idle

pytestmark = pytest.mark.timeout(TEST_S)

WATCH_FOR_A_LIST = """() => {
  window.lists = [];
  const look = () => {
    const list = document.querySelector('[data-testid=stSidebarNav]');
    if (list && list.innerText.trim()) window.lists.push(list.innerText);
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true});
}"""


def test_a_deep_link_is_the_first_visit(browser: Any, tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        watch, page = Watch(context), context.new_page()
        page.add_init_script(f"({WATCH_FOR_A_LIST})()")
        page.goto(f"{app.url}/spectra?part=sentinel2")
        expect(page.get_by_role("link", name="Report")).to_be_visible()
        wait_idle(page)
        assert page.evaluate("window.lists") == []
        assert page.title() == "Spectra · LULC Explorer"
        links = page.locator("[data-testid=stTopNavLink]").all_inner_texts()
        assert [link.split("\n")[-1] for link in links] == ["Explore", "Compare", "Spectra", "Model", "Report"]
        assert not watch.errors and not watch.outside
        context.close()
        said = app.log.read_text(encoding="utf-8").lower()
        assert "watch" not in said and "warning" not in said and "traceback" not in said, said
