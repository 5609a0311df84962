"""What a user waits for, in a real Chromium: first paint after a cold start, and click on Classify to painted map.

    python -m benchmarks.in_the_browser --json

The app is started anew. ``first_session`` is the first page that this process ever serves (it imports folium and
plotly), ``next_session`` a second browser with an empty cache. ``click_to_map`` classifies 16 x 16 simulated tiles on
several days; the first of them also waits for what the app has not loaded ahead.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.click_to_map import FIRST_DAY, SIDE_TILES, square
from benchmarks.machine import describe_machine

PAINT = """() => {
  const entry = performance.getEntriesByName("first-contentful-paint")[0];
  return entry ? entry.startTime / 1000 : null;
}"""


def measure(repeat: int) -> dict[str, Any]:
    """Starts the app and a browser, opens pages, clicks.

    Args:
        repeat: days to classify.
    """
    from playwright.sync_api import sync_playwright

    from tests.browser.harness import CHROMIUM_FLAGS, running_app
    from tests.conftest import find_browser

    executable = find_browser()
    if executable is None:
        sys.exit("No Chromium found; name one with LULC_CHROMIUM.")
    links = _links(repeat)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        begun = time.perf_counter()
        with running_app(Path(folder)) as app:
            answers_s = time.perf_counter() - begun
            first, second = (_open(browser, app.url) for _ in range(2))
            clicks = [_classify(browser, app.url + link) for link in links]
            peak_mb = _peak_mb(app.process.pid)
        browser.close()
    return {
        "server_answers_s": round(answers_s, 2),
        "first_session": first,
        "next_session": second,
        "click_to_map_s": {
            "first": round(clicks[0], 2),
            "later": round(statistics.median(clicks[1:]), 2) if clicks[1:] else None,
            "each": [round(c, 2) for c in clicks],
        },
        "server_peak_memory_mb": peak_mb,
    }


def _links(repeat: int) -> list[str]:
    """Addresses of the page with area, source and day chosen, for clear days."""
    from lulc_core.domain.aoi import Aoi
    from lulc_core.sources.simulated import SimulatedSource
    from lulc_core.ui.forms import Link

    aoi = Aoi.from_geojson({"type": "Polygon", "coordinates": [square(SIDE_TILES)]})
    found = SimulatedSource().search(aoi, FIRST_DAY, FIRST_DAY + timedelta(days=90))
    clear = sorted(found, key=lambda a: -(a.clear_share or 0))[:repeat]
    # Without the day itself: a link that names one makes its map at once, and there would be nothing to click.
    return ["/?" + _query(Link(aoi, "simulated", *(_day(a.date),) * 2).to_params()) for a in clear]


def _query(params: dict[str, str]) -> str:
    from urllib.parse import urlencode

    return urlencode(params)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _open(browser: Any, url: str) -> dict[str, float | None]:
    """First contentful paint and the map's arrival, seconds from the address being entered."""
    from tests.browser.harness import Page, Watch

    context = browser.new_context(viewport={"width": 1280, "height": 720})
    Watch(context)
    page = context.new_page()
    begun = time.perf_counter()
    Page(page).open(url)
    map_s = time.perf_counter() - begun
    painted = page.evaluate(PAINT)
    context.close()
    return {"first_paint_s": round(painted, 2) if painted else None, "map_s": round(map_s, 2)}


def _classify(browser: Any, url: str) -> float:
    """Seconds from the click on Classify to the class tiles on the map."""
    from tests.browser.harness import Page, Watch

    context = browser.new_context(viewport={"width": 1280, "height": 720})
    Watch(context)
    page = context.new_page()
    explore = Page(page)
    explore.open(url)
    button = page.get_by_role("button", name="Classify 256 tiles")
    button.wait_for(timeout=60_000)
    page.wait_for_timeout(3_000)  # a user reads what was found; the app loads ahead meanwhile
    clicked = page.evaluate("() => Date.now()")
    button.click()
    explore.wait_painted(120)
    painted = int(explore.js("() => document.getElementById('map_div').dataset.paintedAt"))
    context.close()
    return (painted - clicked) / 1000


def _peak_mb(pid: int) -> int | None:
    """Peak resident memory of the server, from Linux."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1e3)


def main() -> None:
    """Prints one measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=4, help="days to classify (default: %(default)s)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.repeat < 1:
        parser.error("--repeat must be at least 1")
    figures = {"machine": describe_machine(), **measure(args.repeat)}
    if args.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
