"""The main job without a mouse: focus stays where one works, and squares are walked and chosen on the map."""

from __future__ import annotations

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
