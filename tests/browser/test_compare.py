"""What a user does on the Compare page, with a real mouse and a real keyboard in a real browser."""

from __future__ import annotations

import re

import pytest

from tests.browser.harness import App, Page

pytestmark = pytest.mark.timeout(240)

LINK = "/compare?area=8.82,45.47,8.88,45.505&source=simulated&before=2019-07-16&after=2021-08-14"
SHOWING = "() => document.getElementById('map_div').dataset.showing"
VIEW = "() => { const c = map.getCenter(); return [map.getZoom(), c.lat, c.lng]; }"


def clips(page: Page) -> list[float]:
    """Where the earlier picture ends and where the later one begins, pixels of the pane."""
    left, right = page.js("() => ['lulc-before', 'lulc-after'].map(n => map.getPane(n).style.clip)")
    numbers = [[float(v) for v in re.findall(r"-?[\d.]+(?=px)", text)] for text in (left, right)]
    return [numbers[0][1], numbers[1][3]]


def test_swipe_by_keyboard_and_mouse_place_kept_and_a_place_by_click(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted(120)
    assert page.js(SHOWING) == "true_colour swipe change"
    assert "SIMULATED" in page.js("() => document.querySelector('.lulc-badge').innerText")
    divider = page.frame.get_by_role("slider", name=re.compile("Divider"))
    assert divider.get_attribute("aria-valuenow") == "50"
    before = clips(page)
    assert before[0] == before[1], "no gap and no overlap between the two dates"
    divider.focus()
    view = page.js(VIEW)
    for _ in range(5):
        page.page.keyboard.press("ArrowRight")
    assert divider.get_attribute("aria-valuenow") == "60"
    assert page.js(VIEW) == view, "the arrow keys move the divider and not the map"
    assert clips(page)[0] > before[0] + 40 and clips(page)[0] == clips(page)[1]
    box = divider.bounding_box()
    page.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] - 150, box["y"] + 200, steps=4)
    page.page.mouse.up()
    assert int(divider.get_attribute("aria-valuenow")) < 50

    # Every switch keeps zoom and place.
    page.js("() => { map.setZoom(map.getZoom() + 1, {animate: false}); }")
    view = page.js(VIEW)
    page.frame.locator(".lulc-ways summary").click()
    for name, value in (("Classes", "classes swipe change"), ("Fade", "classes fade change")):
        page.frame.get_by_label(name, exact=True).check()
        assert page.js(SHOWING) == value
    page.frame.get_by_label("Nothing", exact=True).check()
    assert page.js(SHOWING) == "classes fade none"
    assert page.js(VIEW) == view

    # A click on a tile brings both dates beside the map.
    lat, lng = page.js("() => { const g = LULC.view.lattice; return g.corner(g.rows / 2 + 0.5, g.cols / 2 + 0.5); }")
    page.page.mouse.click(*page.xy(lat, lng))
    page.page.get_by_alt_text(re.compile("True colour of")).nth(1).wait_for()
    page.page.wait_for_url(re.compile("tile="))
    assert page.js(VIEW) == view
    nameless = page.page.evaluate(
        "() => [...document.querySelectorAll('button')].filter(b => b.offsetParent && !(b.innerText.trim() ||"
        " b.ariaLabel || b.title)).map(b => b.outerHTML.slice(0, 200))"
    )
    assert nameless == []
