"""What a user does on the Compare page, with a real mouse and a real keyboard in a real browser."""

from __future__ import annotations

import functools
import re

import pytest

from tests.browser.harness import AT_REST, TEST_S, App, Page, expect, nameless, settled, wait_idle

pytestmark = pytest.mark.timeout(TEST_S)

LINK = "/compare?area=8.82,45.47,8.88,45.505&source=simulated&before=2019-07-16&after=2021-08-14"
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
    page.eventually(lambda: shows(page, "true_colour swipe change"))
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
    for name, value in (("Classes", "classes swipe change"), ("Fade", "classes fade change")):
        page.frame.get_by_label(name, exact=True).check()
        page.eventually(functools.partial(shows, page, value))
    page.frame.get_by_label("Nothing", exact=True).check()
    page.eventually(lambda: shows(page, "classes fade none"))
    assert page.settled(VIEW) == view

    # A click on a tile brings both dates beside the map.
    lat, lng = page.js("() => { const g = LULC.view.lattice; return g.corner(g.rows / 2 + 0.5, g.cols / 2 + 0.5); }")
    page.click_map(lat, lng)
    page.page.get_by_alt_text(re.compile("True colour of")).nth(1).wait_for()
    page.page.wait_for_url(re.compile("tile="))
    page.wait_js("() => JSON.parse(LULC.view.selectedText)")  # the answer of the server has reached the map
    wait_idle(page.page)
    assert page.settled(VIEW) == view
    page.eventually(lambda: nameless(page.page) == [])
