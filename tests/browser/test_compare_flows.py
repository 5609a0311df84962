"""Compare in a real browser: two maps that move as one, flows picked by mouse and keyboard, a phone, the link."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from lulc_core.domain.classes import CLASSES
from tests.browser.harness import AT_REST, MAP_FRAME, TEST_S, App, Page, expect, settled, wait_idle

pytestmark = pytest.mark.timeout(TEST_S)

LINK = "/compare?area=8.80,45.45,8.90,45.52&source=simulated&before=2019-07-16&after=2021-08-14"
SHOWING = "() => document.getElementById('map_div').dataset.showing"
VIEWS = """() => [map, LULC.view.side.map].map(m => {
  const c = m.getCenter(); return [m.getZoom(), c.lat, c.lng, m.getSize().x]; })"""
PICTURES = "(pane) => [map, LULC.view.side.map].map(m => m.getPane(pane).querySelectorAll('img').length)"
LETTERS = "() => [map, LULC.view.side.map].map(m => m.getPane('lulc-places').querySelectorAll('.lulc-letter').length)"
CROSS = """() => { const c = LULC.view.side.crosses, said = LULC.view.side.box.querySelector('.lulc-readout');
  return [c.map(e => e.hidden), [c[0].style.left, c[0].style.top].map(parseFloat), said ? said.innerText : '']; }"""
WAYS = """() => { const b = document.querySelector('.lulc-ways').getBoundingClientRect();
  return [b.left, b.right, b.width * b.height / window.innerWidth / window.innerHeight, window.innerWidth]; }"""
# Where a flow is on the page, and which drawing of the chart that is true of.
POINT = """([chart, was, became]) => {
  const plot = document.querySelector('.st-key-' + chart + ' .js-plotly-plot');
  const drawings = window.lulcDrawings || (window.lulcDrawings = new Map());
  if (!drawings.has(plot._fullData)) drawings.set(plot._fullData, drawings.size);
  const data = plot._fullData[plot._fullData.length - 1], box = plot.getBoundingClientRect();
  const ids = data.customdata, all = [...ids.keys()].filter(i => ids[i][0] === was && ids[i][1] === became);
  const i = all[Math.floor(all.length / 2)], x = plot._fullLayout.xaxis, y = plot._fullLayout.yaxis;
  return [box.x + x._offset + x.d2p(data.x[i]), box.y + y._offset + y.d2p(data.y[i]), drawings.get(plot._fullData)];
}"""
FLOWS = """() => { const plot = document.querySelector('.st-key-cmp-matrix .js-plotly-plot');
  return plot && plot._fullData && plot._fullData[plot._fullData.length - 1].customdata; }"""


def one_place(first: list[float], second: list[float]) -> bool:
    """Both maps look at one place: within two pixels, as a map keeps to whole ones."""
    pixel = 360 / 256 / 2 ** first[0]
    return first[0] == second[0] and all(abs(a - b) < 2 * pixel for a, b in zip(first[1:3], second[1:3], strict=True))


def test_two_maps_side_by_side_move_as_one(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted()
    view = page.settled("() => [map.getZoom(), map.getCenter().lat, map.getCenter().lng]")
    page.frame.get_by_label("Side by side").check()
    page.wait_js("() => document.getElementById('map_div').dataset.showing === 'true_colour side none'")
    page.wait_js(AT_REST)
    first, second = page.settled(VIEWS)
    assert one_place(first, second) and one_place(view, first), "place and zoom survive the switch"
    assert abs(first[3] - second[3]) <= 4 and first[3] < 430
    # The later picture is on the second map only, the outlines of what changed are on both.
    assert page.settled(PICTURES, "lulc-after") == [0, 1]
    letters = page.settled(LETTERS)
    assert letters[0] == letters[1] > 0
    expect(page.frame.locator(".lulc-side-day")).to_have_text(["16 Jul 2019", "14 Aug 2021"])
    # Dragging either map moves both; so does the keyboard on the second.
    x, y = page.xy(45.485, 8.85)
    other = page.settled("() => LULC.view.side.box.getBoundingClientRect().x")
    left = settled(page.page, page.page.locator(MAP_FRAME).bounding_box)["x"]
    for at in (x, left + other + 200):
        before = page.settled(VIEWS)[0]
        page.page.mouse.move(at, y)
        page.page.mouse.down()
        page.page.mouse.move(at + 60, y + 40, steps=5)
        page.page.mouse.up()
        page.wait_js(AT_REST)  # it glides on after a drag
        first, second = page.settled(VIEWS)
        assert one_place(first, second) and first[1:3] != before[1:3]
    page.frame.get_by_role("button", name="Zoom in").click()
    page.wait_js(f"() => map.getZoom() === {view[0] + 1}")
    page.wait_js(AT_REST)
    first, second = page.settled(VIEWS)
    assert first[0] == view[0] + 1 and one_place(first, second)
    # The pointer on the second map is marked on the first, and its tile is read out beside it.
    lat, lng = page.js("() => { const g = LULC.view.lattice; return g.corner(g.rows / 2 + 0.5, g.cols / 2 + 0.5); }")
    page.js("([lat, lng]) => { map.setView([lat, lng], map.getZoom(), {animate: false}); }", [lat, lng])
    page.wait_js(AT_REST)
    point = page.js(
        "([lat, lng]) => { const p = LULC.view.side.map.latLngToContainerPoint([lat, lng]),"
        " b = LULC.view.side.box.getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; }",
        [lat, lng],
    )
    box = settled(page.page, page.page.locator(MAP_FRAME).bounding_box)
    spot = (box["x"] + point[0], box["y"] + point[1])
    there = page.js(
        "([lat, lng]) => { const p = map.latLngToContainerPoint([lat, lng]); return [p.x, p.y]; }", [lat, lng]
    )

    def marked() -> None:
        page.page.mouse.move(spot[0] - 2, spot[1])  # again and again: a busy browser swallows single moves
        page.page.mouse.move(*spot)
        hidden, cross, readout = page.js(CROSS)
        assert hidden == [False, True]
        assert cross == pytest.approx(there, abs=3)
        assert readout in ("not compared",) or "no change" in readout or "→" in readout

    page.eventually(marked)
    # A click there selects, and both maps outline the tile.
    page.page.mouse.click(*spot)
    page.page.wait_for_url(re.compile("tile="))
    page.wait_js("() => LULC.view.side.outlines.getLayers().length === 3")
    page.frame.get_by_label("Swipe", exact=True).check()
    page.wait_js("() => !document.querySelector('.lulc-second') && map.getSize().x > 700")


def test_a_cell_a_ribbon_and_a_button_isolate_a_flow_and_the_link_restores_it(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted()
    page.page.locator(".st-key-panel").get_by_role("radio", name="Flows").click()
    for key in ("cmp-matrix", "cmp-ribbons"):
        page.page.locator(f".st-key-{key} .js-plotly-plot").last.wait_for()
    page.page.wait_for_function(FLOWS)
    flows = settled(page.page, lambda: page.page.evaluate(FLOWS))
    assert flows, "the example has changes"

    (was, became), last = flows[0], flows[-1]
    pick(page, "cmp-matrix", was, became)
    page.page.wait_for_url(re.compile(f"was={CLASSES[was].name}&became={CLASSES[became].name}"))
    expect(page.frame.locator(".lulc-legend:visible")).to_contain_text(f"now {CLASSES[became].map_label}")
    if len(flows) > 1:
        pick(page, "cmp-ribbons", *last)
        page.page.wait_for_url(re.compile(f"was={CLASSES[last[0]].name}&became={CLASSES[last[1]].name}"))
    # The same ribbon once more shows all again; the button does the same by the keyboard.
    pick(page, "cmp-ribbons", *(last if len(flows) > 1 else flows[0]))
    page.page.wait_for_url(lambda url: "was=" not in url)
    button = page.page.locator(".st-key-cmp-flows button").first
    button.focus()
    page.page.keyboard.press("Enter")
    page.page.wait_for_url(re.compile("was="))
    wait_idle(page.page)
    address = page.page.url
    page.page.goto("about:blank")
    page.open(address)
    page.wait_painted()
    wait_idle(page.page)
    expect(page.page).to_have_url(address)
    page.page.locator(".st-key-panel").get_by_role("radio", name="Flows").click()
    page.page.get_by_role("button", name=re.compile("Filter: .*→")).wait_for()


def pick(page: Page, chart: str, was: int, became: int) -> None:
    """Clicks where a chart shows a flow."""
    plot = page.page.locator(f".st-key-{chart} .js-plotly-plot")
    plot.wait_for()
    wait_idle(page.page)
    plot.scroll_into_view_if_needed()
    # The chart is drawn anew after every pick; one in the middle of that would not hear the click.
    page.page.wait_for_function(FLOWS)
    x, y, _ = settled(page.page, lambda: page.page.evaluate(POINT, [chart, was, became]), for_s=0.8)
    # Plotly clicks what it hovers: the pointer changes when it does.
    page.eventually(lambda: _hovers(page, chart, x, y))
    page.page.mouse.click(x, y)


def _hovers(page: Page, chart: str, x: float, y: float) -> bool:
    plot = page.page.locator(f".st-key-{chart} .js-plotly-plot")
    plot.evaluate("plot => { plot._hoverdata = undefined; }")
    page.page.mouse.move(x - 3, y)
    page.page.mouse.move(x, y)
    page.page.wait_for_timeout(150)
    return plot.evaluate("plot => Boolean(plot._hoverdata && plot._hoverdata.length)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_gets_swipe_and_fade_only_and_nothing_is_cut_off(app: App, new_page: Callable, scheme: str) -> None:
    _, page = new_page(390, 844, scheme)
    page.open(app.url + LINK)
    page.wait_painted()
    wait_idle(page.page)
    expect(page.frame.locator(".lulc-pills label")).to_have_text(["Swipe", "Fade", "Earlier", "Later"])
    left, right, _, inner = page.settled(WAYS)
    assert left >= 0 and right <= inner
    width = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
    assert settled(page.page, lambda: page.page.evaluate(width)) <= 390


def test_the_panel_scrolls_and_not_the_page_and_a_deep_link_shows_the_pages(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted()
    page.page.locator(".st-key-panel").get_by_role("radio", name="Flows").click()
    page.page.locator(".st-key-cmp-ribbons .js-plotly-plot").last.wait_for()
    wait_idle(page.page)
    heights = (
        "() => ['[data-testid=stMain]', '.st-key-panel'].map(s => { const e = document.querySelector(s);"
        " return [e.scrollHeight, e.clientHeight]; })"
    )
    main, panel = settled(page.page, lambda: page.page.evaluate(heights))
    assert main[0] <= main[1] + 1 and panel[0] > panel[1]

    def links() -> None:
        texts = page.page.get_by_test_id("stTopNavLink").all_inner_texts()
        assert {"Explore", "Compare", "Spectra"} <= {text.split("\n")[-1] for text in texts}

    page.eventually(links)
    # The box of ways leaves the map free until its layers are opened.
    assert page.settled(WAYS)[2] < 0.06
