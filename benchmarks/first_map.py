"""How many clicks and seconds lie between an empty app and classified real land, in a real browser.

    python -m benchmarks.first_map [--way search|draw|example]

The imagery is that of a local server that speaks the protocols of the open archive (tests/servers), as nobody's network
is to be measured. A user without prior knowledge is played: ``draw`` drags the size of a thumb at the first sight and
goes on until a map is there. What is counted: presses of the mouse, a drag as one; alerts that came up on the way.
Copied into another state of the code it measures that.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PLACE = (45.488, 8.850)
DAYS_AGO = (3, 8, 13)


def main() -> int:
    """Measure one way and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--way", choices=("search", "draw", "example"), default="search")
    measure(parser.parse_args().way)
    return 0


def measure(way: str) -> None:
    """Start app, archive and browser, go one way, print clicks, seconds and alerts."""
    from playwright.sync_api import sync_playwright

    from tests.browser.harness import CHROMIUM_FLAGS, Page, Watch, running_app
    from tests.servers.open_archive.server import OpenServer
    from tests.servers.open_archive.world import Overpass, World, granule_around

    granule = granule_around(PLACE[1], PLACE[0], "32TMR", half_m=9_000)
    now = datetime.now(UTC).replace(hour=10, minute=20, second=31, microsecond=0)
    known = datetime(2019, 7, 16, 10, 20, 31, tzinfo=UTC)  # that the app asks for to see whether the archive answers
    days = [known, datetime(2021, 8, 14, 10, 20, 31, tzinfo=UTC), *(now - timedelta(days=d) for d in DAYS_AGO)]
    passes = [Overpass(day, (granule,), satellite="S2A", cloud_share=0.02 * i) for i, day in enumerate(days)]
    with (
        tempfile.TemporaryDirectory() as folder,
        OpenServer(World(passes)) as server,
        running_app(Path(folder), dict(server.environment)) as app,
        sync_playwright() as run,
    ):
        browser = run.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        Watch(context)
        page = Page(context.new_page())
        page.open(app.url)
        page.page.wait_for_timeout(4000)  # the app looks meanwhile whether the archive answers
        begun = time.monotonic()
        clicks, alerts = {"search": by_search, "draw": by_drawing, "example": by_example}[way](page)
        page.page.locator(".st-key-classify button:not([disabled])").click()
        page.wait_painted()
        seconds = time.monotonic() - begun
        simulated = page.frame.locator(".lulc-badge").is_visible()
        what = "SIMULATED" if simulated else "from the archive"
        print(f"{way}: {clicks + 1} clicks, {alerts} alerts, {seconds:.1f} s to a map {what}")
        browser.close()


def by_search(page: Any) -> tuple[int, int]:
    """Type a name and look around it; what existed before there was a search fails here."""
    field = page.frame.get_by_role("combobox", name="Search a town or village")
    field.click()
    page.page.keyboard.type("Mesero", delay=60)
    page.frame.locator("#lulc-places [role=option]").first.wait_for()
    page.page.keyboard.press("Enter")
    page.frame.get_by_role("button", name=re.compile("Look at")).click()
    return 2, alerts_of(page)


def by_example(page: Any) -> tuple[int, int]:
    """Take the first example."""
    page.button("Mesero, Milan").click()
    return 1, alerts_of(page)


def by_drawing(page: Any) -> tuple[int, int]:
    """Draw the size of a thumb; where that is refused, zoom in four steps towards the place, and draw again."""
    clicks = alerts = 0
    mouse = page.page.mouse
    for attempt in range(4):
        if not page.js("() => LULC.view.busy"):
            name = "Draw a rectangle" if attempt == 0 else "Rectangle"
            page.frame.get_by_role("button", name=name, exact=True).click()
            clicks += 1
        page.wait_js("() => LULC.view.busy")
        x, y = page.xy(*PLACE)
        mouse.move(x - 30, y - 30)
        mouse.down()
        mouse.move(x + 30, y + 30, steps=6)
        mouse.up()
        clicks += 1
        page.page.wait_for_timeout(2500)
        alerts += alerts_of(page)
        if re.search("area=", page.page.url):
            break
        for _ in range(4):  # the wheel is no click
            mouse.move(*page.xy(*PLACE))
            mouse.wheel(0, -240)
            page.page.wait_for_timeout(600)
    return clicks, alerts


def alerts_of(page: Any) -> int:
    """Errors that stand on the page now."""
    return int(page.page.get_by_role("alert").count())


if __name__ == "__main__":
    raise SystemExit(main())
