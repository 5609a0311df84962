"""Compare in a real browser: two maps that move as one, flows picked by mouse and keyboard, a phone, the link."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.harness import App, Page, Watch

pytestmark = pytest.mark.timeout(300)

LINK = "/compare?area=8.80,45.45,8.90,45.52&source=simulated&before=2019-07-16&after=2021-08-14"
SHOWING = "() => document.getElementById('map_div').dataset.showing"
VIEWS = """() => [map, LULC.view.side.map].map(m => {
  const c = m.getCenter(); return [m.getZoom(), c.lat, c.lng, m.getSize().x]; })"""
PICTURES = "(pane) => [map, LULC.view.side.map].map(m => m.getPane(pane).querySelectorAll('img').length)"
WAYS = """() => { const b = document.querySelector('.lulc-ways').getBoundingClientRect();
  return [b.left, b.right, b.width * b.height / window.innerWidth / window.innerHeight, window.innerWidth]; }"""
POINT = """([chart, was, became]) => {
  const plot = document.querySelector('.st-key-' + chart + ' .js-plotly-plot');
  const data = plot._fullData[plot._fullData.length - 1], box = plot.getBoundingClientRect();
  const ids = data.customdata, all = [...ids.keys()].filter(i => ids[i][0] === was && ids[i][1] === became);
  const i = all[Math.floor(all.length / 2)], x = plot._fullLayout.xaxis, y = plot._fullLayout.yaxis;
  return [box.x + x._offset + x.d2p(data.x[i]), box.y + y._offset + y.d2p(data.y[i])];
}"""
FLOWS = """() => { const plot = document.querySelector('.st-key-cmp-matrix .js-plotly-plot');
  return plot._fullData[plot._fullData.length - 1].customdata; }"""


def one_place(first: list[float], second: list[float]) -> bool:
    """Both maps look at one place: within two pixels, as a map keeps to whole ones."""
    pixel = 360 / 256 / 2 ** first[0]
    return first[0] == second[0] and all(abs(a - b) < 2 * pixel for a, b in zip(first[1:3], second[1:3], strict=True))


def test_two_maps_side_by_side_move_as_one(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted(150)
    view = page.js("() => [map.getZoom(), map.getCenter().lat, map.getCenter().lng]")
    page.frame.get_by_label("Side by side").check()
    assert page.js(SHOWING) == "true_colour side change"
    first, second = page.js(VIEWS)
    assert one_place(first, second) and one_place(view, first), "place and zoom survive the switch"
    assert abs(first[3] - second[3]) <= 4 and first[3] < 430
    # The later picture is on the second map only, the changes are on both.
    assert page.js(
        "() => [map, LULC.view.side.map].map(m => m.getPane('lulc-after').querySelectorAll('img').length)"
    ) == [0, 1]
    assert page.js(
        "() => [map, LULC.view.side.map].map(m => m.getPane('lulc-change').querySelectorAll('img').length)"
    ) == [1, 1]
    days = page.js("() => [...document.querySelectorAll('.lulc-side-day')].map(d => d.innerText)")
    assert days == ["16 Jul 2019", "14 Aug 2021"]
    # Dragging either map moves both; so does the keyboard on the second.
    x, y = page.xy(45.485, 8.85)
    other = page.js("() => LULC.view.side.box.getBoundingClientRect().x")
    left = page.page.locator("iframe[title='streamlit_folium.st_folium']").bounding_box()["x"]
    for at in (x, left + other + 200):
        before = page.js(VIEWS)[0]
        page.page.mouse.move(at, y)
        page.page.mouse.down()
        page.page.mouse.move(at + 60, y + 40, steps=5)
        page.page.mouse.up()
        page.page.wait_for_timeout(700)
        first, second = page.js(VIEWS)
        assert one_place(first, second) and first[1:3] != before[1:3]
    page.frame.get_by_role("button", name="Zoom in").click()
    page.page.wait_for_timeout(300)
    first, second = page.js(VIEWS)
    assert first[0] == view[0] + 1 and one_place(first, second)
    # The pointer on the second map is marked on the first, and its tile is read out beside it.
    lat, lng = page.js("() => { const g = LULC.view.lattice; return g.corner(g.rows / 2 + 0.5, g.cols / 2 + 0.5); }")
    page.js("([lat, lng]) => { map.setView([lat, lng], map.getZoom(), {animate: false}); }", [lat, lng])
    point = page.js(
        "([lat, lng]) => { const p = LULC.view.side.map.latLngToContainerPoint([lat, lng]),"
        " b = LULC.view.side.box.getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; }",
        [lat, lng],
    )
    box = page.page.locator("iframe[title='streamlit_folium.st_folium']").bounding_box()
    spot = (box["x"] + point[0], box["y"] + point[1])
    page.page.mouse.move(spot[0] - 2, spot[1])
    page.page.mouse.move(*spot)
    page.wait_js("() => !LULC.view.side.crosses[0].hidden && LULC.view.side.crosses[1].hidden")
    cross = page.js("() => [LULC.view.side.crosses[0].style.left, LULC.view.side.crosses[0].style.top].map(parseFloat)")
    there = page.js(
        "([lat, lng]) => { const p = map.latLngToContainerPoint([lat, lng]); return [p.x, p.y]; }", [lat, lng]
    )
    assert cross == pytest.approx(there, abs=3)
    assert page.js("() => LULC.view.side.box.querySelector('.lulc-readout').innerText.includes('32N-')")
    # A click there selects, and both maps outline the tile.
    page.page.mouse.click(*spot)
    page.page.wait_for_url(re.compile("tile="))
    page.wait_js("() => LULC.view.side.outlines.getLayers().length === 3")
    page.frame.get_by_label("Swipe", exact=True).check()
    assert page.js("() => !document.querySelector('.lulc-second') && map.getSize().x > 700")


def test_a_cell_a_ribbon_and_a_button_isolate_a_flow_and_the_link_restores_it(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted(150)
    page.page.locator(".st-key-panel").get_by_role("radio", name="Flows").click()
    for key in ("cmp-matrix", "cmp-ribbons"):
        page.page.locator(f".st-key-{key} .js-plotly-plot").wait_for()
    flows = page.page.evaluate(FLOWS)
    assert flows, "the example has changes"
    from lulc_core.domain.classes import CLASSES

    (was, became), last = flows[0], flows[-1]
    pick(page, "cmp-matrix", was, became)
    page.page.wait_for_url(re.compile(f"was={CLASSES[was].name}&became={CLASSES[became].name}"))
    legend = page.frame.locator(".lulc-legend:visible").inner_text()
    assert f"became {CLASSES[became].label}" in legend
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
    address = page.page.url
    page.page.goto("about:blank")
    page.open(address)
    page.wait_painted(150)
    assert page.page.url == address
    page.page.locator(".st-key-panel").get_by_role("radio", name="Flows").click()
    page.page.get_by_role("button", name=re.compile("Filter: .*→")).wait_for()


def pick(page: Page, chart: str, was: int, became: int) -> None:
    """Clicks where a chart shows a flow."""
    plot = page.page.locator(f".st-key-{chart} .js-plotly-plot")
    plot.wait_for()
    plot.scroll_into_view_if_needed()
    page.page.wait_for_timeout(600)  # the chart is drawn anew after every pick
    x, y = page.page.evaluate(POINT, [chart, was, became])
    page.page.mouse.move(x - 3, y)
    page.page.mouse.move(x, y)
    page.page.wait_for_timeout(200)
    page.page.mouse.click(x, y)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_gets_swipe_and_fade_only_and_nothing_is_cut_off(app: App, browser: Any, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    watch, page = Watch(context), Page(context.new_page())
    page.page.set_default_timeout(60_000)
    page.open(app.url + LINK)
    page.wait_painted(150)
    ways = page.frame.locator(".lulc-pills label").all_inner_texts()
    assert ways == ["Swipe", "Fade", "Earlier", "Later"]
    box = page.js(
        "() => { const b = document.querySelector('.lulc-ways').getBoundingClientRect(); return [b.left, b.right]; }"
    )
    assert box[0] >= 0 and box[1] <= page.js("() => window.innerWidth")
    assert page.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert not watch.errors and not watch.outside
    context.close()


def test_the_panel_scrolls_and_not_the_page_and_a_deep_link_shows_the_pages(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted(150)
    page.page.locator(".st-key-panel").get_by_role("radio", name="Flows").click()
    page.page.locator(".st-key-cmp-ribbons .js-plotly-plot").wait_for()
    main, panel = page.page.evaluate(
        "() => ['[data-testid=stMain]', '.st-key-panel'].map(s => { const e = document.querySelector(s);"
        " return [e.scrollHeight, e.clientHeight]; })"
    )
    assert main[0] <= main[1] + 1 and panel[0] > panel[1]
    links = page.page.get_by_test_id("stTopNavLink")
    assert {"Explore", "Compare", "Spectra"} <= {text.split("\n")[-1] for text in links.all_inner_texts()}
    # The box of ways leaves the map free until its layers are opened.
    box = page.js(
        "() => { const b = document.querySelector('.lulc-ways').getBoundingClientRect(); return b.width * b.height; }"
    )
    assert box < 0.06 * page.js("() => window.innerWidth * window.innerHeight")
