"""Take the pictures of docs/guide.md and the film of the README anew, from simulated examples, in a real browser.

    python -m scripts.guide_pictures [--out docs/images]

Needs Chromium and Playwright, as the browser tests do. Pictures are of simulated imagery, marked as the app marks it.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser.harness import CHROMIUM_FLAGS, ROOT, WORK_S, Page, running_app, wait_idle

AREA = "area=8.82,45.47,8.88,45.51&source=simulated"
MAP = f"/?{AREA}&from=2021-07-25&to=2021-08-25&date=2021-08-14&detail=320"
CHANGE = f"/compare?{AREA}&before=2019-07-16&after=2021-08-14&detail=320"
SQUARE = (45.488, 8.85)
SIZE, FILM_SIZE = (1280, 760), (960, 570)
QUALITY, FILM_QUALITY = 72, 58
MAX_BYTES = 1_500_000
"""Of all pictures together, and of the film alone."""
FRAME_MS, LAST_MS, SETTLE_MS = 2600, 4000, 1500
NO_NOTICE = "() => document.querySelectorAll('.lulc-offline').forEach(e => e.hidden = true)"
CAPTION = """text => {
  const old = document.getElementById('guide-caption');
  if (old) old.remove();
  const box = document.createElement('div');
  if (!text) return;
  box.id = 'guide-caption';
  box.textContent = text;
  box.style.cssText = 'position:fixed;left:50%;bottom:22px;transform:translateX(-50%);z-index:2000000;'
    + 'padding:10px 22px;border-radius:8px;background:#0e1512ee;color:#fff;font:600 22px sans-serif;white-space:nowrap';
  document.body.append(box);
}"""


def main() -> None:
    """Start the app, take the pictures, say how large they are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    given = parser.parse_args()
    chromium = os.environ.get("LULC_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is needed: install it, or set LULC_CHROMIUM to its path.")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as app, sync_playwright() as run:
        browser = run.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        for language in ("en", "it"):
            frames = []
            for name, caption, picture, captioned in jobs(visit(browser, language), app.url, language):
                print(language, name, flush=True)
                if name:
                    picture.save(given.out / f"guide_{name}_{language}.webp", quality=QUALITY, method=6)
                frames += [captioned.resize(FILM_SIZE, Image.Resampling.LANCZOS)] if caption else []
            if language == "en":
                write_film(given.out / "main_job.webp", frames)
        browser.close()
    sizes = {p.name: p.stat().st_size for p in sorted(given.out.glob("*.webp"))}
    print("\n".join(f"{size:>9,} {name}" for name, size in sizes.items()), f"{sum(sizes.values()):>9,}", sep="\n")
    if sum(sizes.values()) > MAX_BYTES:
        sys.exit(f"Together they may have {MAX_BYTES:,} bytes.")


def visit(browser: Any, language: str) -> Page:
    """Open a window whose user speaks a language; base maps are not asked for."""
    locale = {"en": "en-GB", "it": "it-IT"}[language]
    context = browser.new_context(viewport=dict(zip(("width", "height"), SIZE, strict=True)), locale=locale)
    context.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
    return Page(context.new_page())


def jobs(page: Page, url: str, language: str) -> Iterator[tuple[str, str, Image.Image, Image.Image]]:
    """Do the four jobs.

    Yields:
        Name of a picture of the guide, caption in the film, the picture without and with the caption; an empty name or
        caption where it belongs to one of them only.
    """

    def shot(name: str, caption: str = "") -> tuple[str, str, Image.Image, Image.Image]:
        wait_idle(page.page)
        page.page.wait_for_timeout(SETTLE_MS)
        page.page.evaluate(CAPTION, "")
        for frame in page.page.frames:  # no base map is asked for here, and the map says so for a while
            frame.evaluate(NO_NOTICE)
        plain = Image.open(io.BytesIO(page.page.screenshot())).convert("RGB")
        page.page.evaluate(CAPTION, caption)
        return name, caption, plain, Image.open(io.BytesIO(page.page.screenshot())).convert("RGB")

    page.open(f"{url}/?source=simulated&lang={language}")
    yield shot("", "Search, draw, or choose a place")
    page.page.locator(".st-key-area-way [role=radio]").nth(2).click()
    page.page.locator("[data-testid=stFileUploader]").first.wait_for()
    yield shot("files")
    page.open(f"{url}{MAP}&lang={language}")
    page.wait_painted()
    yield shot("", "What the land is, and how much of it")
    page.click_map(*SQUARE)
    page.page.locator(".st-key-tile-words").wait_for(timeout=1000 * WORK_S)
    yield shot("map", "How sure the network is, square by square")
    page.open(f"{url}{CHANGE}&lang={language}")
    page.wait_painted()
    yield shot("change", "What changed between two dates")
    page.page.locator(".st-key-cmp-first button").click()
    page.page.locator(".lulc-both").wait_for(timeout=1000 * WORK_S)
    yield shot("place", "Each place from near: both dates, and how likely the change is")
    page.page.locator("[data-testid=stTopNavLink]").nth(4).click()
    page.page.locator(".stage h2").wait_for(timeout=1000 * WORK_S)
    yield shot("report", "Present it, slide by slide, to the last row")
    page.page.keyboard.press("ArrowRight")
    yield shot("", "Or take it away as PDF, PowerPoint and data")
    page.page.keyboard.press("Home")
    page.page.locator(".st-key-report-view [role=radio]").nth(1).click()
    page.page.locator(".st-key-check-start button").click()
    page.page.locator(".st-key-check-labels").wait_for(timeout=1000 * WORK_S)
    yield shot("check")


def write_film(path: Path, frames: list[Image.Image]) -> None:
    """Write an animated WebP that begins again after its last picture."""
    lengths = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    options: dict[str, Any] = {"duration": lengths, "loop": 0, "quality": FILM_QUALITY, "method": 6}
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)


if __name__ == "__main__":
    main()
