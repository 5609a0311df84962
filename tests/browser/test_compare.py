"""What a user does on the Compare page, with a real mouse and a real keyboard in a real browser."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import pytest

from tests.browser.harness import AT_REST, MAP_FRAME, TEST_S, App, Page, expect, nameless, settled, wait_idle

pytestmark = pytest.mark.timeout(TEST_S)

LINK = "/compare?area=8.82,45.47,8.88,45.505&source=simulated&before=2019-07-16&after=2021-08-14"
TWO_PLACES = "/compare?area=8.8115,45.461,8.8885,45.515&source=simulated&before=2019-08-15&after=2021-08-14&detail=160"
SHOWING = "() => document.getElementById('map_div').dataset.showing"
VIEW = "() => { const c = map.getCenter(); return [map.getZoom(), c.lat, c.lng]; }"


def clips(page: Page) -> list[float]:
    """Where the earlier picture ends and where the later one begins, pixels of the pane."""
    left, right = page.js("() => ['lulc-before', 'lulc-after'].map(n => map.getPane(n).style.clip)")
    numbers = [[float(v) for v in re.findall(r"-?[\d.]+(?=px)", text)] for text in (left, right)]
    return [numbers[0][1], numbers[1][3]]


def shows(page: Page, what: str) -> None:
    assert page.js(SHOWING) == what


def test_swipe_by_keyboard_and_mouse_place_kept_and_a_place_by_click(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted()
    page.eventually(lambda: shows(page, "true_colour swipe none"))
    expect(page.frame.locator(".lulc-badge").first).to_contain_text("SIMULATED")
    divider = page.frame.get_by_role("slider", name=re.compile("Divider"))
    expect(divider).to_have_attribute("aria-valuenow", "50")
    before = settled(page.page, lambda: clips(page))
    assert before[0] == before[1], "no gap and no overlap between the two dates"
    divider.focus()
    expect(divider).to_be_focused()
    view = page.settled(VIEW)
    for _ in range(5):
        page.page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "60")
    assert page.settled(VIEW) == view, "the arrow keys move the divider and not the map"
    after = settled(page.page, lambda: clips(page))
    assert after[0] > before[0] + 40 and after[0] == after[1]
    box = settled(page.page, divider.bounding_box)
    page.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] - 150, box["y"] + 200, steps=4)
    page.page.mouse.up()
    page.eventually(lambda: int(divider.get_attribute("aria-valuenow")) < 50)

    # Every switch keeps zoom and place.
    page.js("(zoom) => { map.setZoom(zoom, {animate: false}); }", view[0] + 1)
    page.wait_js(AT_REST)
    view = page.settled(VIEW)
    page.frame.locator(".lulc-ways summary").click()
    turns = {"Classes": "classes swipe none", "Fade": "classes fade none", "Changes, filled": "classes fade change"}
    for name, value in turns.items():
        page.frame.get_by_label(name, exact=True).check()
        page.eventually(functools.partial(shows, page, value))
    page.frame.get_by_label("Nothing", exact=True).check()
    page.eventually(lambda: shows(page, "classes fade none"))
    assert page.settled(VIEW) == view

    # A click on a square brings its probabilities on both dates beside the map, and moves no map.
    lat, lng = page.js("() => { const g = LULC.view.lattice; return g.corner(g.rows / 2 + 0.5, g.cols / 2 + 0.5); }")
    page.click_map(lat, lng)
    page.page.locator(".lulc-both").wait_for()
    page.page.wait_for_url(re.compile("tile="))
    page.wait_js("() => JSON.parse(LULC.view.selectedText)")  # the answer of the server has reached the map
    wait_idle(page.page)
    assert page.settled(VIEW) == view
    page.eventually(lambda: nameless(page.page) == [])


PLACE = """() => { const b = map.getBounds();
  return [LULC.view.side ? 2 : 1, map.getZoom() % 1 !== 0, 111200 * (b.getNorth() - b.getSouth())]; }"""
PANES = "() => ['lulc-places', 'lulc-select', 'lulc-change'].map(n => map.getPane(n).style.display)"
INSIDE = """selectors => selectors.map(s => {
  const r = document.querySelector(s).getBoundingClientRect(); return [s, r.top >= 0 && r.bottom <= innerHeight]; })"""


def test_a_place_from_near_on_both_pictures_and_beside_it_all_without_scrolling(app: App, page: Page) -> None:
    page.open(app.url + TWO_PLACES)
    page.wait_painted()
    page.wait_js("() => Number(document.getElementById('map_div').dataset.places) > 1")
    assert page.frame.locator(".lulc-letter:visible").first.inner_text() == "I"
    page.button(re.compile("Show the first place")).click()
    page.page.wait_for_url(re.compile("tile="))
    wait_idle(page.page)
    two, between, height_m = page.settled(PLACE)
    assert two == 2 and between and 2000 <= height_m < 5000, "both pictures, from about two kilometres"
    beside = [".st-key-cmp-next", ".st-key-cmp-places", ".st-key-cmp-sentence", ".lulc-both"]
    seen = settled(page.page, lambda: page.page.evaluate(INSIDE, beside))
    assert all(inside for _, inside in seen), seen
    # The arrow keys go on, and the keys of the map do wherever one works.
    first = page.page.url
    page.page.keyboard.press("ArrowRight")
    page.page.wait_for_url(lambda url: url != first)
    wait_idle(page.page)
    page.frame.locator("#map_div").focus()
    second = page.page.url
    page.page.keyboard.press("p")
    page.page.wait_for_url(lambda url: url != second)
    wait_idle(page.page)
    page.frame.locator("#map_div").focus()
    # One key shows nothing but the pictures, the same one all again; so does the button.
    page.page.keyboard.press("h")
    page.eventually(lambda: page.js(PANES) == ["none"] * 3)
    page.frame.get_by_role("button", name=re.compile("Show changes")).click()
    page.eventually(lambda: page.js(PANES) == [""] * 3)
    # Back to the whole area: one map, as it was before.
    page.page.locator(".st-key-cmp-whole button").first.click()
    page.wait_js("() => !LULC.view.side && map.getBounds().contains(LULC.view.drawn.getBounds())")


def test_a_thumb_moves_the_divider(app: App, new_page: Callable) -> None:
    _, page = new_page(390, 844, touch=True)
    page.open(app.url + LINK)
    page.wait_painted()
    wait_idle(page.page)
    view = page.settled(VIEW)
    divider = page.frame.get_by_role("slider", name=re.compile("Divider"))
    box = settled(page.page, divider.bounding_box)
    assert box["width"] >= 44, "as wide as a thumb"
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.page.context.new_cdp_session(page.page)
    for kind, at in (("touchStart", x), ("touchMove", x - 40), ("touchMove", x - 90)):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.eventually(lambda: int(divider.get_attribute("aria-valuenow")) < 35)
    assert page.settled(VIEW) == view, "the map stays where it was"
    # A place is shown where it can be seen: the map lies above the button, out of sight.
    first = page.page.locator(".st-key-cmp-first button")
    first.scroll_into_view_if_needed()
    first.click()  # a tap that a busy machine makes slow would be a long press
    page.page.wait_for_url(re.compile("tile="))
    page.eventually(lambda: 0 <= page.page.locator(MAP_FRAME).bounding_box()["y"] < 120)
