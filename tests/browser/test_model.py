"""The Model page in a real browser: the matrix by mouse and by keyboard, pictures of a cell, a phone's width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.harness import TEST_S, App, eventually, expect, running_app, settled, wait_idle
from tests.model_files import eurosat_folder, validation_stems, write_model

pytestmark = pytest.mark.timeout(TEST_S)  # 10 s on an idle machine, 100 s beside a training run

NAMELESS = """() => {
  const all = [...document.querySelectorAll('button')];
  for (const e of document.querySelectorAll('*'))
    if (e.shadowRoot) all.push(...e.shadowRoot.querySelectorAll('button'));
  return all.filter(b => b.offsetParent && !(b.textContent.trim() || b.ariaLabel || b.title)).map(b => b.outerHTML);
}"""
WIDE = "() => document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def made_app(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a made model and a made EuroSAT: no network is loaded, since the evaluation lists the patches."""
    folder = tmp_path_factory.mktemp("model-app")
    weights = write_model(folder / "weights")
    variables = {"LULC_MODEL": str(weights), "LULC_EUROSAT": str(eurosat_folder(folder / "eurosat"))}
    with running_app(folder, variables) as running:
        yield running
        assert not running.tracebacks(), running.tracebacks()


@pytest.fixture
def visit(made_app: App, new_page: Callable) -> Callable[..., Any]:
    """Opens an address."""

    def start(query: str, width: int = 1280, height: int = 720, scheme: str = "light") -> Any:
        page = new_page(width, height, scheme)[1].page
        page.goto(f"{made_app.url}/model{query}")
        return page

    return start


def cell(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=re.compile(f"^{name}: "))


def test_cells_by_mouse_and_by_keyboard_show_their_patches(visit):
    page = visit("")
    page.get_by_text("about 97 are named right").wait_for()
    pictures = page.locator(".lulc-patches img")
    expect(pictures).to_have_count(3)
    page.wait_for_function("() => document.querySelector('.lulc-patches img').naturalWidth === 64")
    wait_idle(page)

    cell(page, "river named highway").click()
    page.get_by_role("heading", name="River, named highway").wait_for()
    page.wait_for_url(re.compile("cell=River"))
    page.get_by_text(validation_stems("River")[0], exact=True).wait_for()
    expect(cell(page, "river named highway")).to_have_attribute("aria-pressed", "true")
    wait_idle(page)

    # One Tab stop, arrows, Enter: from river/highway (8, 3) down and left to sea or lake/herbaceous vegetation (9, 2).
    cell(page, "river named highway").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Sea or lake, named herbaceous vegetation").wait_for()
    target = cell(page, "sea or lake named herbaceous vegetation")
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some(e => e.shadowRoot && e.shadowRoot.activeElement &&"
        " e.shadowRoot.activeElement.dataset.pick === 'SeaLake,HerbaceousVegetation')"
    )
    expect(target).to_have_attribute("aria-pressed", "true")
    expect(target).to_have_attribute("tabindex", "0")
    wait_idle(page)
    eventually(page, lambda: page.evaluate(NAMELESS) == [])

    page.get_by_role("button", name="permanent crops named herbaceous vegetation", exact=True).click()
    page.get_by_role("heading", name="Permanent crops, named herbaceous vegetation").wait_for()


def test_a_link_on_a_phone_in_the_dark_restores_the_view_and_fits(visit):
    page = visit("?cell=River,River&norm=counts&rows=map", 390, 844, "dark")
    page.get_by_role("heading", name="River, named so").wait_for()
    expect(cell(page, "river named river")).to_have_text("14")
    page.locator(".lulc-patches img").first.wait_for()
    wait_idle(page)
    assert settled(page, lambda: page.evaluate(WIDE)) <= 0
    # What is chosen far below the fold comes into view.
    page.get_by_role("button", name="river named highway", exact=True).click()
    heading = page.get_by_role("heading", name="River, named highway")
    heading.wait_for()
    page.wait_for_function(
        "() => { const b = document.querySelector('.st-key-model-cell').getBoundingClientRect();"
        " return b.top >= 0 && b.top < innerHeight - 100; }"
    )
    for part, key in (("Classes", "classes"), ("Other imagery", "shifts")):
        page.get_by_role("radio", name=part, exact=True).click()
        page.wait_for_url(re.compile(f"part={key}"))
        page.locator(f".st-key-model-{key}").wait_for()
        page.locator(f".st-key-model-{key} .js-plotly-plot").first.wait_for()
        wait_idle(page)
        assert settled(page, lambda: page.evaluate(WIDE)) <= 0, part
