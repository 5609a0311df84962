"""Every slide fits its screen, whatever its size: measured in a browser, with the scripts and styles of the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lulc_core.language.words import Words
from lulc_core.report.documents.swipe import swipe_sides
from lulc_core.report.story.build import with_edits
from lulc_core.report.story.slide import Edits
from lulc_core.ui.report import stage
from tests.browser.harness import TEST_S, Page, Watch
from tests.report.stories import bundle, story
from tests.servers.folder import serving_folder

pytestmark = pytest.mark.timeout(TEST_S)

SIZES = [(1280, 720), (1920, 1080), (3840, 2160)]
HOST = """<!doctype html><meta charset="utf-8"><title>Slides</title><style>
body { margin: 0 } :root { --st-background-color: #fbfbf8; --st-text-color: #111; --st-font: "DejaVu Sans", sans-serif;
--st-primary-color: #2e7d5b; --st-link-color: #1f5a8c; --st-orange-text-color: #8a3a00 }
%s .stage { height: 100vh }</style><input id="typed"><button id="other">other</button>
<div id="host"><div class="stage" tabindex="-1"></div></div>
<script type="module">import show from "./stage.js";
const data = await (await fetch("data.json")).json();
show({ data, parentElement: document.getElementById("host") }); document.body.dataset.ready = "1";</script>"""
PAPER = "@page { size: A4 landscape; margin: 10mm } @media print { input, button { display: none } }"
OVER = """() => {
  const stage = document.querySelector(".stage"), box = stage.getBoundingClientRect(), found = [];
  for (const e of stage.querySelectorAll(".leaf, .leaf *")) {
    const r = e.getBoundingClientRect();
    const over = [r.right - box.right, r.bottom - box.bottom, box.left - r.left, box.top - r.top];
    if (r.width && Math.max(...over) > 1)
      found.push(`${e.tagName} ${e.className} lies over the edge`);
    const cuts = !/IMG|INPUT/.test(e.tagName) && getComputedStyle(e).overflowY !== "visible";
    if (cuts && e.scrollHeight > e.clientHeight + 2)
      found.push(`${e.tagName} ${e.className} is cut`);
  }
  return found; }"""
LETTERS = """() => Math.min(...[...document.querySelectorAll(".leaf h2, .leaf .line, .leaf .doubt, .leaf .comment")]
  .map(e => parseFloat(getComputedStyle(e).fontSize) / document.querySelector(".stage").clientHeight))"""
LEAST_LETTER = 1 / 48
"""Of the height of the screen: what the last row of a room reads."""


@pytest.fixture(scope="module")
def decks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with the stage as the page has it, told of three results."""
    made = {}
    long = Edits(comments={"land": "A comment of some length. " * 11, "change": "Ours."}, titles={"sure": "Long " * 23})
    for name, kind, lang, edits in (
        ("compare", "compare", "en", long),
        ("map", "map", "it", Edits(place="San Donà di Piave")),
        ("simulated", "two", "it", long),
    ):
        folder = tmp_path_factory.mktemp(name)
        simulated, words = name == "simulated", Words(lang)
        sides = swipe_sides(bundle(kind, simulated=simulated), words) if kind != "map" else None

        def publish(data: bytes, mime: str, file: str, folder: Path = folder) -> str:
            (folder / f"{file}.{mime.rpartition('/')[2]}").write_bytes(data)
            return f"/{file}.{mime.rpartition('/')[2]}"

        told = with_edits(story(kind, lang, simulated=simulated), edits)
        here = Path(stage.__file__).parent
        (folder / "data.json").write_text(json.dumps(stage.stage_data(told, sides, words, publish)), "utf-8")
        (folder / "stage.js").write_text((here / "report_stage.js").read_text("utf-8"), "utf-8")
        (folder / "index.html").write_text(HOST % (here / "report_stage.css").read_text("utf-8"), "utf-8")
        made[name] = folder
    return made


@pytest.fixture
def opened(decks: dict[str, Path], new_page: Callable[..., tuple[Watch, Page]]) -> Any:
    """Opens a deck in a window of a size."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(name: str, width: int = 1280, height: int = 720) -> Any:
            url = stack.enter_context(serving_folder(decks[name]))
            page = new_page(width, height)[1].page
            page.goto(f"{url}/index.html")
            page.wait_for_selector("body[data-ready]")
            return page

        yield start


def told(page: Any) -> list[int]:
    return [int(n) for n in page.locator(".told").inner_text().replace("di", "of").split("of")]


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("name", ["compare", "map", "simulated"])
def test_every_slide_fits_and_is_read_from_the_last_row(opened, name, size):
    page = opened(name, *size)
    at, n = told(page)
    assert at == 1 and n >= 8
    for _ in range(n):
        page.wait_for_function("() => [...document.querySelectorAll('.leaf img')].every(i => i.complete)")
        assert page.evaluate(OVER) == [], page.locator(".stage h2").inner_text()
        assert page.evaluate(LETTERS) > LEAST_LETTER, page.locator(".stage h2").inner_text()
        page.keyboard.press("ArrowRight")
    assert told(page) == [n, n]


def test_keys_always_act_whatever_was_clicked_last(opened):
    page = opened("compare")
    for key, where in ((" ", 2), ("PageDown", 3), ("PageUp", 2), ("ArrowLeft", 1), ("End", told(page)[1]), ("Home", 1)):
        page.keyboard.press(key)
        assert told(page)[0] == where, key
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.locator(".two input").click(position={"x": 40, "y": 60})  # the divider takes arrow keys where Tab led to it
    for key, where in (("ArrowRight", 4), ("ArrowLeft", 3), ("ArrowRight", 4)):
        page.keyboard.press(key)
        assert told(page)[0] == where
    page.locator(".foot button").first.click()
    assert told(page)[0] == 3
    page.keyboard.press(" ")
    assert told(page)[0] == 4, "Space moves on after a click on a button"
    page.locator("#other").click()
    page.keyboard.press(" ")
    assert told(page)[0] == 5
    page.locator("#typed").click()
    page.keyboard.type("a f n ")
    assert told(page)[0] == 5 and page.locator("#typed").input_value() == "a f n ", "what is typed stays text"
    # By Tab the divider is reached, and then its arrow keys move it.
    page.locator("#other").click()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    before = page.locator(".two input").input_value()
    page.keyboard.press("ArrowRight")
    assert told(page)[0] == 3 and page.locator(".two input").input_value() != before


def test_notes_counter_and_full_screen(opened):
    page = opened("compare")
    page.keyboard.press("ArrowRight")
    assert page.locator(".notes").is_hidden()
    page.keyboard.press("n")
    assert page.locator(".notes p").count() > 3 and page.locator(".notes").is_visible()
    assert page.evaluate(OVER) == [], "the slide gives way to its notes"
    page.keyboard.press("n")
    page.keyboard.press("c")
    assert page.locator(".told").is_hidden()
    page.keyboard.press("c")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement !== null")
    page.keyboard.press("F")
    page.wait_for_function("() => document.fullscreenElement === null")


def test_on_paper_every_slide_has_a_page(opened, tmp_path):
    import pypdf

    page = opened("compare")
    n = told(page)[1]
    page.add_style_tag(content=PAPER)
    page.pdf(path=str(tmp_path / "slides.pdf"), prefer_css_page_size=True)
    pages = pypdf.PdfReader(tmp_path / "slides.pdf").pages
    assert len(pages) == n
    assert all(float(p.mediabox.width) > float(p.mediabox.height) for p in pages)
    assert len({p.extract_text() for p in pages}) == n
