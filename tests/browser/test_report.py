"""From a map to a presentation and a document, with a keyboard, a finger and two languages."""

from __future__ import annotations

import re

import pytest

from tests.browser.harness import TEST_S, WORK_S, App, Page, expect, wait_idle

pytestmark = pytest.mark.timeout(TEST_S)

LINK = "/?area=8.82,45.47,8.86,45.5&source=simulated&date=2021-08-14&detail=640"


def test_a_map_is_presented_in_two_languages_and_taken_away(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted()
    page.page.get_by_role("link", name="Report").click()
    title, told = page.page.locator(".stage h2"), page.page.locator(".stage .told")
    title.wait_for(timeout=1000 * WORK_S)
    wait_idle(page.page)
    expect(page.page.locator(".stage .banner")).to_contain_text("SIMULATED")
    expect(told).to_have_text("1 of 6")
    first = title.inner_text()
    for key, place in (("ArrowRight", "2"), ("PageDown", "3"), ("ArrowLeft", "2"), ("End", "6"), ("Home", "1")):
        page.page.keyboard.press(key)
        expect(told).to_have_text(f"{place} of 6")
    expect(title).to_have_text(first)
    # Every picture has arrived and says in words what it shows.
    for slide in range(1, 7):
        expect(told).to_have_text(f"{slide} of 6")

        def has_arrived() -> None:
            shown = page.page.locator(".stage img").evaluate_all(
                "images => images.map(i => [i.complete, i.naturalWidth, i.alt])"
            )
            assert all(complete and width > 100 and alt for complete, width, alt in shown), shown

        page.eventually(has_arrived)
        page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Home")
    expect(told).to_have_text("1 of 6")

    page.page.get_by_text("Italiano", exact=True).click()
    page.page.locator('.stage[lang="it-IT"]').wait_for(timeout=1000 * WORK_S)
    expect(told).to_have_text("1 di 6")
    expect(title).not_to_have_text(first)

    page.page.get_by_role("button", name="Scarica").click()
    page.page.get_by_role("button", name=re.compile("PDF")).click()
    save = page.page.get_by_role("button", name="Salva PDF")
    save.wait_for(timeout=1000 * WORK_S)
    with page.page.expect_download(timeout=1000 * WORK_S) as waiting:
        save.click()
    path = waiting.value.path()
    assert path.read_bytes().startswith(b"%PDF")
    assert waiting.value.suggested_filename.endswith(".pdf")
    # Reloading the page brings back the result, in the language that was chosen.
    page.page.reload()
    page.page.locator('.stage[lang="it-IT"] h2').wait_for(timeout=1000 * WORK_S)
    expect(told).to_have_text("1 di 6")
