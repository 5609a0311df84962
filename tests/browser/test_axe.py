"""axe-core on every page, light in English and dark in Italian, empty and with results: nothing of ours is found.

axe-core comes from npm (package.json). What it finds in Streamlit's own elements is listed by rule, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from lulc_core.ui.model.link import PARTS
from tests.browser.harness import MAP_FRAME, ROOT, TEST_S, WORK_S, App, Page, settled, wait_idle

pytestmark = pytest.mark.timeout(2 * TEST_S)

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PAGES: tuple[str, ...] = ("", "compare", "spectra", "spectra?part=classes", "spectra?part=sentinel2", "report")
PAGES += tuple(f"model?part={part}" for part in PARTS)
AREA = "area=8.82,45.47,8.88,45.51&source=simulated"
OF_STREAMLIT: dict[str, tuple[str, str]] = {}
"""By rule: elements that Streamlit makes, as a pattern of their selector or HTML, and why we leave them; none now."""
OF_PAGES = ("landmark-one-main", "page-has-heading-one", "region")
"""Rules about a whole page, which the frame of a map is not."""
RUN = """async (without) => (await axe.run(document, {
  iframes: false, resultTypes: ['violations'], rules: Object.fromEntries(without.map(r => [r, {enabled: false}])),
})).violations.flatMap(v => v.nodes.map(n => [v.id, n.target.join(' '), n.html.slice(0, 300), n.failureSummary]))"""
FAINT_TEXTS = """() => [...document.querySelectorAll('.js-plotly-plot text')].flatMap(text => {
  const of = color => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  if (text.closest('.bars, .annotation, .sankey, .heatmaplayer')) return [];  // on colours of their own
  const behind = of(getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor);
  const [a, b] = [light(of(getComputedStyle(text).fill)), light(behind)];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  return contrast < 4.5 ? [`${text.textContent}: ${contrast.toFixed(1)}`] : [];
})"""


def found(page: Any) -> Iterator[str]:
    """What axe finds in the page and in the frames of its maps, without what is Streamlit's."""
    for frame in page.frames:
        if frame.is_detached() or frame.url in ("", "about:blank"):
            continue
        frame.evaluate(AXE.read_text(encoding="utf-8"))
        for rule, target, html, why in frame.evaluate(RUN, OF_PAGES if frame.parent_frame else ()):
            pattern, _ = OF_STREAMLIT.get(rule, ("(?!)", ""))
            if not re.search(pattern, f"{target} {html}"):
                yield f"{rule}: {target}\n{html}\n{why}"
    yield from (f"text of a chart, contrast below 4.5: {text}" for text in page.evaluate(FAINT_TEXTS))


def opened(page: Any, url: str) -> None:
    page.goto(url)
    at_rest(page)


def at_rest(page: Any) -> None:
    wait_idle(page)
    settled(page, lambda: page.locator("body").inner_text(), for_s=1.0)
    for frame in page.frames:  # a busy machine may show a map before its style has come
        frame.wait_for_function("[...document.querySelectorAll('link[rel=stylesheet]')].every(link => link.sheet)")


def nth(page: Any, key: str, n: int) -> Any:
    """One of the buttons of a row, whatever the language."""
    return page.locator(f".st-key-{key} [role=radio]").nth(n)


def results(app: App, visitor: Page, lang: str) -> Iterator[str]:
    """Go through the states of the pages that have results; each is named when it is on the screen."""
    page = visitor.page

    def to(n: int) -> None:
        page.get_by_test_id("stTopNavLink").nth(n).click()

    visitor.open(f"{app.url}/?{AREA}&date=2021-08-14&detail=640&lang={lang}")
    visitor.wait_painted()
    yield "explore, classified"
    visitor.click_map(45.488, 8.85)
    page.locator(".st-key-tile-words").wait_for(timeout=1000 * WORK_S)
    yield "explore, a place"
    to(2)
    nth(page, "spectra-part", 2).click()
    page.locator(MAP_FRAME).wait_for(state="attached", timeout=1000 * WORK_S)
    yield "spectra, own ground"
    visitor.open(f"{app.url}/compare?{AREA}&before=2019-07-16&after=2021-08-14&detail=640&lang={lang}")
    visitor.wait_painted()
    yield "compare, summary"
    for n, part in ((1, "cmp-places"), (2, "cmp-matrix"), (3, "cmp-body")):
        nth(page, "cmp-view", n).click()
        page.locator(f".st-key-{part}").wait_for(timeout=1000 * WORK_S)
        yield f"compare, view {n}"
    nth(page, "cmp-view", 1).click()
    page.locator(".st-key-cmp-next button").click()
    visitor.wait_js("() => Boolean(LULC.view.side)")
    yield "compare, a place"
    to(4)
    page.locator(".stage h2").wait_for(timeout=1000 * WORK_S)
    yield "report, title"
    page.keyboard.press("ArrowRight")
    yield "report, change"
    nth(page, "report-view", 1).click()
    page.locator(".st-key-check-start button").click()
    page.locator(".st-key-check-labels").wait_for(timeout=1000 * WORK_S)
    yield "report, check"


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed (make test does it)")
@pytest.mark.parametrize(("scheme", "lang"), [("light", "en"), ("dark", "it")])
def test_axe_finds_nothing_of_ours(app: App, new_page: Any, scheme: str, lang: str) -> None:
    _, visitor = new_page(scheme=scheme)
    page, wrong = visitor.page, []
    for name in PAGES:
        opened(page, f"{app.url}/{name}{'&' if '?' in name else '?'}lang={lang}")
        wrong += [f"{name}, empty: {one}" for one in found(page)]
    for state in results(app, visitor, lang):
        at_rest(page)
        wrong += [f"{state}: {one}" for one in found(page)]
    assert not wrong, "\n\n".join(wrong)
