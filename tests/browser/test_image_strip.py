"""Days of a period on Explore, in a real browser: the period typed, the strip; an area edited too large, a reload."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.harness import TEST_S, App, Page, expect, wait_idle
from tests.browser.test_explore import AREA, area_of
from tests.cli.test_compare import image

pytestmark = pytest.mark.timeout(TEST_S)

PERIOD = "source=simulated&from=2021-07-25&to=2021-08-25"


def wait_address(page: Page, *parts: str) -> None:
    """Until the address holds these."""

    def holds() -> None:
        assert all(part in page.page.url for part in parts), page.page.url

    page.eventually(holds)


def test_a_search_that_a_reload_cut_short_goes_on_and_leaves_no_step_behind(app: App, page: Page) -> None:
    page.open(f"{app.url}/explore?area={AREA}&{PERIOD}&passing=1")
    before = page.page.evaluate("history.length")
    wait_address(page, "date=2021-08-")
    wait_idle(page.page)
    assert "passing" not in page.page.url and page.page.evaluate("history.length") == before


def test_a_typed_period_counts_on_enter_and_its_days_are_a_strip(app: App, page: Page) -> None:
    page.open(f"{app.url}/?area={AREA}&{PERIOD}")
    wait_address(page, "date=")
    wait_idle(page.page)
    parts = page.page.get_by_test_id("stDateInput").get_by_role("spinbutton")
    for first, day in ((0, "20200601"), (3, "20200630")):
        parts.nth(first).click()
        expect(parts.nth(first)).to_be_focused()
        page.page.keyboard.type(day)
    page.page.keyboard.press("Enter")
    wait_address(page, "from=2020-06-01&to=2020-06-30", "date=2020-06-")
    wait_idle(page.page)
    days = page.page.locator("[class*=st-key-day-]")
    expect(days.filter(has_text="best")).to_have_count(1)
    card = days.filter(has_not_text="best").first
    other, small = card.get_by_role("button"), card.locator("img")
    other.hover()
    page.eventually(lambda: small.bounding_box()["width"] > 200)
    day = re.match(r"\d+ \w+ \d+", other.inner_text())[0]
    other.click()
    expect(page.page.get_by_text(re.compile(f"2 Image · {day}")).first).to_be_visible()
    page.wait_js("() => !document.querySelector('.lulc-waits') && document.querySelector('.lulc-coming').hidden")


def test_an_area_that_is_edited_too_large_is_red_and_not_taken(app: App, page: Page) -> None:
    page.open(f"{app.url}/?area=8.21,45.26,8.89,45.51&{PERIOD}")
    wait_address(page, "date=")
    wait_idle(page.page)
    page.look_at(45.385, 8.55, 8)
    page.frame.get_by_role("button", name="Edit", exact=True).click()
    page.wait_js("() => LULC.view.busy")
    mouse, (x, y) = page.page.mouse, page.xy(45.26, 8.89)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 80, y + 60, steps=4)
    told = page.frame.locator(".leaflet-draw-tooltip")
    expect(told).to_have_class(re.compile("lulc-too-large"))
    mouse.up()
    before, done = area_of(page), page.frame.get_by_role("button", name="Done", exact=True)
    done.click()
    assert page.settled("() => LULC.view.busy") and area_of(page) == before, "it stays to be mended"
    mouse.move(x + 80, y + 60)
    mouse.down()
    mouse.move(x - 20, y - 10, steps=4)
    expect(told).not_to_have_class(re.compile("lulc-too-large"))
    mouse.up()
    done.click()
    page.wait_js("() => !LULC.view.busy")
    wait_address(page, "area=p")  # four corners that are no rectangle any more
    expect(page.page.get_by_role("alert")).to_have_count(0)


def test_files_of_ones_own_are_there_again_after_a_reload(app: App, page: Page, tmp_path: Path) -> None:
    page.open(f"{app.url}/?source=geotiff")
    page.page.locator(".st-key-step-2 summary").click()
    upload = page.page.locator(".st-key-step-2 input[type=file]")
    upload.set_input_files(image(tmp_path / "own.tif", [[0, 1, 1], [0, 0, 9]], "2019-07-16"))
    wait_address(page, "date=2019-07-16", "kept=")
    wait_idle(page.page)
    before = page.page.url
    page.page.reload()
    page.wait_map()
    expect(page.page.get_by_text(re.compile("2 Image · 16 Jul 2019")).first).to_be_visible()
    page.eventually(lambda: "kept=" in page.page.url and page.page.url != before)
