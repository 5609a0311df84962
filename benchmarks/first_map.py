"""How many clicks and seconds lie between an empty app and classified real land, in a real browser.

    python -m benchmarks.first_map [--way search|draw|example|keyboard]

The imagery is that of a local server that speaks the protocols of the open archive (tests/servers), as nobody's network
is to be measured; its files are made, and the page has looked for the archive, before the clock runs. A user without
prior knowledge is played: ``draw`` drags the size of a thumb at the first sight and goes on until a map is there. What
is counted: presses of the mouse, a drag as one; red and amber boxes that came up on the way; for ``keyboard``, which
takes the first example, presses of Tab. Copied into another state of the code it measures that.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine

PLACE = (45.488, 8.850)
DAYS_AGO = (3, 8, 13)
HALF_M = 5_400
"""Half a side of the ground that the server has."""
BANDS = ("B02", "B03", "B04", "B08", "B11")
"""That a first map needs."""
CLASSIFY = ".st-key-classify button:not([disabled])"
MOST_TABS = 120
FOCUS = "selector => Boolean(document.activeElement && document.activeElement.closest(selector))"


def main() -> int:
    """Measure one way and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--way", choices=tuple(WAYS), default="search")
    given = parser.parse_args()
    print(json.dumps(describe_machine()))
    measure(given.way)
    return 0


def measure(way: str) -> None:
    """Start app, archive and browser, go one way, print clicks, seconds and alerts."""
    from playwright.sync_api import sync_playwright

    from tests.browser.harness import CHROMIUM_FLAGS, Page, Watch, running_app
    from tests.servers.open_archive.server import OpenServer
    from tests.servers.open_archive.world import Overpass, World, granule_around

    granule = granule_around(PLACE[1], PLACE[0], "32TMR", half_m=HALF_M)
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
        server.make_files()
        for name, make in server.objects().items():
            if re.search(rf"_({'|'.join(BANDS)})\.jp2$", name):
                make()
        browser = run.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        Watch(context)
        page = Page(context.new_page())
        page.open(app.url)
        page.page.wait_for_timeout(4000)  # the app looks meanwhile whether the archive answers
        begun = time.monotonic()
        presses, alerts = WAYS[way](page)
        page.page.locator(CLASSIFY).wait_for()
        ready = time.monotonic() - begun
        if way == "keyboard":
            page.page.keyboard.press("Enter")
        else:
            page.page.locator(CLASSIFY).click()
        page.wait_painted()
        seconds = time.monotonic() - begun
        simulated = page.frame.locator(".lulc-badge").is_visible()
        what = "SIMULATED" if simulated else "from the archive"
        print(f"{way}: {presses}, {alerts} alerts, {ready:.1f} s to an image, {seconds:.1f} s to a map {what}")
        browser.close()


def by_search(page: Any) -> tuple[str, int]:
    """Type a name and look around it; what existed before there was a search fails here."""
    field = page.frame.get_by_role("combobox", name="Search a town or village")
    field.click()
    page.page.keyboard.type("Mesero", delay=60)
    page.frame.locator("#lulc-places [role=option]").first.wait_for()
    page.page.keyboard.press("Enter")
    page.frame.get_by_role("button", name=re.compile("Look at")).click()
    return "3 clicks", alerts_of(page)


def by_example(page: Any) -> tuple[str, int]:
    """Take the first example."""
    page.button("Mesero, Milan").click()
    return "2 clicks", alerts_of(page)


def by_keyboard(page: Any) -> tuple[str, int]:
    """Take the first example and classify it with Tab and Enter alone."""
    to_example = tabs_to(page, ".st-key-example-0")
    page.page.keyboard.press("Enter")
    page.page.locator(CLASSIFY).wait_for()
    page.page.wait_for_timeout(1500)  # a reader looks before going on
    to_classify = tabs_to(page, ".st-key-classify")
    return f"{to_example} Tabs to the example, {to_classify} from there to Classify", alerts_of(page)


def tabs_to(page: Any, selector: str) -> int:
    """Press Tab until something has the focus; return how often that was."""
    for n in range(MOST_TABS):
        if page.page.evaluate(FOCUS, selector):
            return n
        page.page.keyboard.press("Tab")
        page.page.wait_for_timeout(40)
    raise SystemExit(f"{selector} was not reached in {MOST_TABS} Tabs.")


def by_drawing(page: Any) -> tuple[str, int]:
    """Draw the size of a thumb; where that is refused, turn the wheel twice over the place, and draw again."""
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
        for _ in range(2):  # the wheel is no click
            mouse.move(*page.xy(*PLACE))
            mouse.wheel(0, -240)
            page.page.wait_for_timeout(600)
    return f"{clicks + 1} clicks", alerts


def alerts_of(page: Any) -> int:
    """Count the boxes with an error or a warning that stand on the page now."""
    return int(page.page.get_by_role("alert").count())


WAYS = {"search": by_search, "draw": by_drawing, "example": by_example, "keyboard": by_keyboard}
"""How one comes to an area; each says what it took, the press on Classify included, and the alerts on the way."""


if __name__ == "__main__":
    raise SystemExit(main())
