"""The main job without a mouse: from nothing to a report; focus stays where one works; squares are walked."""

from __future__ import annotations

import re

import pytest

from tests.browser.harness import TEST_S, WORK_S, App, Page, expect, wait_idle

pytestmark = pytest.mark.timeout(TEST_S)


def test_from_an_example_to_a_square_by_keyboard(app: App, page: Page) -> None:
    page.open(f"{app.url}/?source=simulated")
    example = page.page.locator(".st-key-example-0 button").first
    example.focus()
    page.page.keyboard.press("Enter")
    classify = page.page.locator(".st-key-classify button")
    expect(classify).to_be_enabled(timeout=1000 * WORK_S)
    expect(classify).to_be_focused()
    page.page.keyboard.press("Enter")
    page.wait_painted()
    wait_idle(page.page)
    box = page.frame.locator("#map_div")
    box.focus()
    said, center = page.frame.locator(".lulc-said"), "() => [map.getCenter().lat, map.getCenter().lng]"
    page.page.keyboard.press("ArrowRight")
    expect(said).not_to_be_empty()
    first, before = said.inner_text(), page.js(center)
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("ArrowDown")
    assert page.js(center) == before, "the squares beside the middle are in sight: the map stays"
    page.page.keyboard.press("Enter")
    page.wait_js("() => !!LULC.view.marked")
    expect(page.page.locator(".st-key-tile-words")).to_be_visible()
    page.page.keyboard.press("ArrowUp")
    page.page.keyboard.press("ArrowUp")
    expect(said).to_have_text(first)
    page.page.keyboard.press("Escape")
    expect(said).to_be_empty()
    page.page.keyboard.press("Shift+ArrowRight")
    page.wait_js(f"() => map.getCenter().lng !== {before[1]}")


FOCUSED = """selector => { let e = document.activeElement;
  if (e.tagName === 'IFRAME') e = e.contentDocument.activeElement;
  return Boolean(e && e.closest(selector)); }"""


def tab_to(page: Page, selector: str, most: int) -> None:
    """Press Tab until the focus is within something; fail where that takes more than so often."""
    for _ in range(most + 1):
        if page.page.evaluate(FOCUSED, selector):
            return
        page.page.keyboard.press("Tab")
        page.page.wait_for_timeout(50)
    pytest.fail(f"{selector} was not reached in {most} Tabs")


def test_from_nothing_to_a_report_of_a_searched_place(app: App, page: Page) -> None:
    page.open(f"{app.url}/?source=simulated")
    keys = page.page.keyboard
    tab_to(page, ".lulc-search", 12)
    keys.type("Mesero", delay=30)
    page.frame.locator("#lulc-places [role=option]").first.wait_for()
    keys.press("Enter")
    expect(page.frame.locator(".lulc-place .lulc-go")).to_be_focused()
    keys.press("Enter")
    classify = page.page.locator(".st-key-classify button")
    expect(classify).to_be_enabled(timeout=1000 * WORK_S)
    expect(classify).to_be_focused()
    keys.press("Enter")
    page.wait_painted()
    expect(page.page.locator(".st-key-to-compare button")).to_be_focused()
    tab_to(page, ".st-key-to-report", 1)
    keys.press("Enter")
    title = page.page.locator(".stage h2")
    expect(title).to_have_text("Mesero", timeout=1000 * WORK_S)
    keys.press("ArrowRight")
    expect(page.page.locator(".stage .told")).to_contain_text(re.compile(r"^2 "))
