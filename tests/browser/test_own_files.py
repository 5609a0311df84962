"""Files of one's own of awkward kinds through the upload of Explore, in a real browser and one session."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.browser.harness import TEST_S, App, Page, expect, wait_idle
from tests.image_cases import CASES, REFUSED, image_files

pytestmark = pytest.mark.timeout(TEST_S)


def give(page: Page, files: list[Path]) -> None:
    """Upload in place of what was uploaded before."""
    for _ in range(page.page.get_by_test_id("stFileChipDeleteBtn").count()):
        page.page.get_by_test_id("stFileChipDeleteBtn").first.click()
        wait_idle(page.page)
    expect(page.page.get_by_test_id("stFileChipDeleteBtn")).to_have_count(0)
    page.page.locator("input[type=file]").set_input_files(files)


def type_day(page: Any, day: date) -> None:
    """Type a day into the field that asks for it; it counts once the calendar below is closed."""
    page.get_by_test_id("stDateInput").get_by_role("spinbutton").first.click()
    page.keyboard.type(f"{day:%Y%m%d}")
    page.keyboard.press("Escape")


def test_one_after_the_other(app: App, page: Page, tmp_path: Path) -> None:
    """Refused by name, asked for the day, filled without a tag, with the offset still in."""
    made = {case.folder: case for case in CASES}
    page.open(f"{app.url}/?source=geotiff")
    page.page.locator("summary").filter(has_text="2 Image").click()
    page.page.locator("input[type=file]").wait_for(state="attached")

    for name, make, said in REFUSED:
        (tmp_path / name).mkdir()
        make(tmp_path / name)
        give(page, image_files(tmp_path / name))
        expect(page.page.get_by_role("alert").first).to_contain_text(said)
        expect(page.page.locator(".st-key-classify button")).to_be_disabled()

    raw = made["C06_raw16_renamed"]
    (tmp_path / "raw").mkdir()
    raw.make(tmp_path / "raw")
    give(page, image_files(tmp_path / "raw"))
    page.page.get_by_text("Which number stands for a reflectance of 1?").wait_for()
    expect(page.page.locator(".st-key-classify button")).to_be_disabled()
    type_day(page.page, date.fromisoformat(raw.day))
    expect(page.page.locator(".st-key-classify button")).to_be_enabled()

    filled = made["R03_fill_-9999_float"]
    (tmp_path / "filled").mkdir()
    filled.make(tmp_path / "filled")
    give(page, image_files(tmp_path / "filled"))
    page.page.get_by_text("Pixels of the value -9999 are taken as no data").wait_for()
    page.page.get_by_role("button", name="Use the whole image as area").click()
    page.page.get_by_text(re.compile(r"8\d\sha · 2\stiles")).wait_for()  # of the four before
    wait_idle(page.page)
    page.page.locator(".st-key-classify button:enabled").click()
    page.wait_painted()
    page.page.get_by_text(re.compile("the whole area .* was classified")).wait_for()
