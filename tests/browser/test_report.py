"""From a map to a presentation and a document, with a keyboard, a finger and two languages."""

from __future__ import annotations

import re

import pytest

from tests.browser.harness import App, Page

pytestmark = pytest.mark.timeout(300)

LINK = "/?area=8.82,45.47,8.86,45.5&source=simulated&date=2021-08-14&detail=640"


def test_a_map_is_presented_in_two_languages_and_taken_away(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted(120)
    page.page.get_by_role("link", name="Report").click()
    title, told = page.page.locator(".stage h2"), page.page.locator(".stage .told")
    title.wait_for(timeout=120_000)
    assert "SIMULATED" in page.page.locator(".stage .banner").inner_text()
    assert told.inner_text() == "1 of 6"
    first = title.inner_text()
    for key, place in (("ArrowRight", "2"), ("PageDown", "3"), ("ArrowLeft", "2"), ("End", "6"), ("Home", "1")):
        page.page.keyboard.press(key)
        assert told.inner_text().startswith(place), key
    assert title.inner_text() == first
    # Every picture has arrived and says in words what it shows.
    for _ in range(6):
        pictures = page.page.locator(".stage img")
        for k in range(pictures.count()):
            page.page.wait_for_function("image => image.complete", arg=pictures.nth(k).element_handle())
            assert pictures.nth(k).evaluate("image => image.naturalWidth") > 100
            assert pictures.nth(k).get_attribute("alt")
        page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Home")

    page.page.get_by_text("Italiano", exact=True).click()
    page.page.locator('.stage[lang="it-IT"]').wait_for(timeout=120_000)
    page.page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some(e => e.shadowRoot && /1 di 6/.test(e.shadowRoot.textContent))"
        " || /1 di 6/.test(document.body.textContent)"
    )
    assert title.inner_text() != first

    page.page.get_by_role("button", name="Scarica").click()
    page.page.get_by_role("button", name=re.compile("PDF")).click()
    save = page.page.get_by_role("button", name="Salva PDF")
    save.wait_for(timeout=120_000)
    with page.page.expect_download() as waiting:
        save.click()
    path = waiting.value.path()
    assert path.read_bytes().startswith(b"%PDF")
    assert waiting.value.suggested_filename.endswith(".pdf")
