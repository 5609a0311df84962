"""A user's own area files through the upload, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lulc_core.ui.permalink import decode_area
from tests.browser.harness import TEST_S, App, Page, wait_idle
from tests.browser.test_explore import area_text, expect_text
from tests.sources.area_files.test_cases import OF_THE_SQUARE, SQUARE
from tests.sources.area_files.test_kinds import geopackage
from tests.sources.area_files.test_reader import FAR, TRIANGLE

pytestmark = pytest.mark.timeout(TEST_S)


def upload(page: Page, path: Path) -> None:
    page.page.locator("input[type=file]").set_input_files(path)


def test_a_layer_is_chosen_and_a_failed_upload_takes_the_area_away(app: App, page: Page, tmp_path: Path) -> None:
    project, broken = tmp_path / "project.gpkg", tmp_path / "broken.geojson"
    project.write_bytes(geopackage(("aoi", [TRIANGLE], 4326, "Polygon"), ("comuni", [FAR], 4326, "Polygon")))
    broken.write_text('{"type": "Polygon", "coordinates": [[[8.8')
    page.open(app.url)
    wait_idle(page.page)
    page.page.get_by_text("File", exact=True).click()
    upload(page, project)
    expect_text(page, "project.gpkg holds 2 layers with polygons")
    page.page.get_by_test_id("stSelectbox").filter(has_text="Which is the area?").locator("input").click()
    page.page.get_by_role("option", name="comuni").click()
    expect_text(page, re.compile("best"))
    page.page.wait_for_url(re.compile("area="))  # written once what follows from the area has settled
    assert decode_area(area_text(page.page.url)).bbox == pytest.approx(FAR.bounds, abs=1e-5)
    wait_idle(page.page)
    page.page.locator("[data-testid=stExpander] summary").first.click()
    page.page.get_by_text("File", exact=True).click()
    upload(page, broken)
    expect_text(page, "1 Area · cannot be used")
    page.page.wait_for_url(re.compile("^((?!area=).)*$"))


@pytest.mark.parametrize(("tongue", "said"), [("en", "another ending"), ("it", "estensione diversa")])
def test_a_file_that_the_uploader_itself_refuses_gets_a_sentence(
    app: App, page: Page, tmp_path: Path, tongue: str, said: str
) -> None:
    other = tmp_path / "area.exe"
    other.write_bytes(b"MZ")
    page.open(f"{app.url}/?lang={tongue}")
    wait_idle(page.page)
    page.page.locator(".st-key-area-way button").last.click()
    upload(page, other)
    page.page.get_by_test_id("stFileChipIconError").wait_for()
    below = "e => getComputedStyle(e, '::after').content"
    assert said in page.page.get_by_test_id("stFileUploader").first.evaluate(below)


def test_a_development_case_of_each_kind(app: App, page: Page, shared_data: Callable[[str], Path]) -> None:
    page.open(app.url)
    for name in OF_THE_SQUARE[::3]:  # the others go the same way, see tests/pages/test_areas.py
        wait_idle(page.page)
        page.page.get_by_text("File", exact=True).click()
        upload(page, shared_data(f"../cases/{name}"))
        page.page.wait_for_url(re.compile("area="))
        assert decode_area(area_text(page.page.url)).bbox == pytest.approx(SQUARE, abs=3e-5), name
        page.frame.get_by_text("Clear", exact=True).click()
        page.page.wait_for_url(re.compile("^((?!area=).)*$"))
