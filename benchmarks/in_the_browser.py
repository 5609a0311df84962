"""What a user waits for, in a real Chromium: first paint, click on Classify to painted map, on Compare to both dates.

    python -m benchmarks.in_the_browser --json

The app is started anew. ``first_session`` is the first page that this process ever serves (it imports folium and
plotly), ``next_session`` a second browser with an empty cache. ``click_to_map`` classifies 16 x 16 simulated tiles on
several days; the first of them also waits for what the app has not loaded ahead. ``click_to_comparison`` classifies and
compares the two dates that the page proposes for squares of the same size, each on other ground: until both pictures,
the changes and the tiles are on the map. 640 and 160 are the detail in metres.
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


COMPARED = (640, 160)
"""Details of the comparisons: whole tiles, and what the page opens with."""


def measure(repeat: int, *, compare_only: bool = False) -> dict[str, Any]:
    """Starts the app and a browser, opens pages, clicks.

    Args:
        repeat: days to classify, and squares to compare at each detail.
        compare_only: leave out everything but the comparisons.
    """
    from playwright.sync_api import sync_playwright

    from tests.browser.harness import CHROMIUM_FLAGS, running_app
    from tests.conftest import find_browser

    executable = find_browser()
    if executable is None:
        sys.exit("No Chromium found; name one with LULC_CHROMIUM.")
    links = [] if compare_only else _links(repeat)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        begun = time.perf_counter()
        with running_app(Path(folder)) as app:
            answers_s = time.perf_counter() - begun
            first, second = (_open(browser, app.url) for _ in range(2))
            clicks = [_classify(browser, app.url + link) for link in links]
            pairs = {
                detail: [_compare(browser, app.url + _pair_link(detail, k)) for k in range(repeat)]
                for detail in COMPARED
            }
            peak_mb = _peak_mb(app.process.pid)
        browser.close()
    return {
        "server_answers_s": round(answers_s, 2),
        "first_session": first,
        "next_session": second,
        "click_to_map_s": _summary(clicks),
        "click_to_comparison_s": {f"{detail} m": _summary(seconds) for detail, seconds in pairs.items()},
        "server_peak_memory_mb": peak_mb,
    }


def _summary(seconds: list[float]) -> dict[str, Any] | None:
    if not seconds:
        return None
    later = round(statistics.median(seconds[1:]), 2) if seconds[1:] else None
    return {"first": round(seconds[0], 2), "later": later, "each": [round(s, 2) for s in seconds]}


def _pair_link(detail: int, k: int) -> str:
    """Address of the Compare page with an area, and without days: a link that names both compares by itself."""
    from lulc_core.domain.aoi import Aoi
    from lulc_core.ui.compare.link import CompareLink

    east = (len(COMPARED) * k + COMPARED.index(detail)) * (SIDE_TILES + 1)
    aoi = Aoi.from_geojson({"type": "Polygon", "coordinates": [square(SIDE_TILES, east_tiles=east)]})
    return "/compare?" + _query(CompareLink(aoi, "simulated", resolution_m=detail).to_params())


def _links(repeat: int) -> list[str]:
    """Addresses of the page with area, source and day chosen, for clear days."""
    from lulc_core.domain.aoi import Aoi
    from lulc_core.sources.simulation.source import SimulatedSource
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


def _compare(browser: Any, url: str) -> float:
    """Seconds from the click on Compare to both dates and the changes on the map."""
    from tests.browser.harness import Page, Watch

    context = browser.new_context(viewport={"width": 1280, "height": 720})
    Watch(context)
    page = context.new_page()
    compare = Page(page)
    compare.open(url)
    button = page.locator(".st-key-cmp-compare button:enabled")
    button.wait_for(timeout=60_000)
    page.wait_for_timeout(3_000)  # as for Classify
    clicked = page.evaluate("() => Date.now()")
    button.click()
    compare.wait_js("() => document.getElementById('map_div').dataset.paintedAt", 180)
    painted = int(compare.js("() => document.getElementById('map_div').dataset.paintedAt"))
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
    parser.add_argument("--repeat", type=int, default=4, help="days, and squares, of each kind (default: %(default)s)")
    parser.add_argument("--only-compare", action="store_true", help="only the comparisons")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.repeat < 1:
        parser.error("--repeat must be at least 1")
    figures = {"machine": describe_machine(), **measure(args.repeat, compare_only=args.only_compare)}
    if args.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
