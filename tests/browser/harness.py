"""The app in a real Chromium: started once, watched for requests that leave this machine and for script errors."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
MAP_FRAME = 'iframe[title="streamlit_folium.st_folium"]'
BASE_MAP_HOSTS = {"tile.openstreetmap.org", "tiles.maps.eox.at"}
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
READY = (
    "() => window.LULC && window.LULC.view && window.map && window.map._loaded"
    " && document.getElementById('map_div').dataset.area !== undefined"
)
# Nothing of the page is waited for or out of date; true only for the moment, so ask for it after what proves a run.
IDLE = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  return app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
    && !document.querySelector('[data-stale=true]'); }"""
# Two frames later no map moves: neither glides on after a drag nor zooms.
AT_REST = """async () => {
  const frame = () => new Promise(done => { requestAnimationFrame(done); setTimeout(done, 500); });
  await frame();
  await frame();
  return [window.map, LULC.view.side && LULC.view.side.map].every(
    m => !m || !(m._animatingZoom || m._panAnim && m._panAnim._inProgress)); }"""

# Waiting longer costs nothing where all is well: for a machine much slower than that of the developer.
PATIENCE_S = 120
WORK_S = 240
"""For imagery, the network, documents."""
TEST_S = 400
POLL_S = 0.05
T = TypeVar("T")


def expect(target: Any) -> Any:
    """Playwright's assertions, which wait until they hold, with our patience."""
    from playwright.sync_api import expect as playwright_expect

    playwright_expect.set_options(timeout=1000 * PATIENCE_S)
    return playwright_expect(target)


def eventually(page: Any, check: Callable[[], Any], timeout_s: float = PATIENCE_S) -> None:
    """Until a check neither returns False nor raises; for what Playwright has no assertion of its own.

    Args:
        page: Playwright's, so that it goes on working between two looks.
        check: reads and asserts; changes nothing.
        timeout_s: then the last failure is raised.
    """
    from playwright.sync_api import Error

    deadline = time.monotonic() + timeout_s
    while True:
        try:
            if check() is not False:
                return
            assert time.monotonic() < deadline, f"was not true within {timeout_s:g} s"
        except (AssertionError, Error):
            if time.monotonic() > deadline:
                raise
        page.wait_for_timeout(1000 * POLL_S)


def settled(page: Any, read: Callable[[], T], for_s: float = 0.5, timeout_s: float = PATIENCE_S) -> T:
    """What a reading is when it has been the same for a while: where a state must be left alone afterwards."""
    from playwright.sync_api import Error

    deadline = time.monotonic() + timeout_s
    known, since = False, time.monotonic()
    last: Any = None
    while not known or time.monotonic() - since < for_s:
        assert time.monotonic() < deadline, f"did not come to rest: {last}"
        try:
            now = read()
        except Error:
            if time.monotonic() > deadline:
                raise
            known = False
        else:
            if not known or now != last:
                known, last, since = True, now, time.monotonic()
        page.wait_for_timeout(1000 * POLL_S)
    return last


def wait_idle(page: Any) -> None:
    """Until Streamlit has run what it was asked to and the browser shows it."""
    page.wait_for_function(IDLE)


class App:
    """``streamlit run app.py`` on a free port."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.log = log

    def tracebacks(self) -> str:
        """What the server's log says went wrong."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return text if "Traceback" in text else ""


NO_ARCHIVE = dict.fromkeys(("LULC_GCS_URL", "LULC_CDSE_STAC_URL", "LULC_EARTH_SEARCH_URL"), "http://127.0.0.1:9")
"""The open archive where nothing answers: an app of the tests asks no service out there."""


@contextmanager
def running_app(
    folder: Path, environment: Mapping[str, str] | None = None, *, script: Path = ROOT / "app.py"
) -> Iterator[App]:
    """Starts the app and waits until it answers.

    Args:
        folder: for its log and its cache.
        environment: added to the process's own.
        script: another one than the app.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "app.log"
    variables = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("SH_", "LULC_", "STREAMLIT_"))},
        "LULC_CACHE_DIR": str(folder / "cache"),
        **NO_ARCHIVE,
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
        **(environment or {}),
    }
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=out, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 180
        while True:
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health", timeout=10) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the app did not start:\n{log.read_text()}") from None
                time.sleep(0.1)
        yield App(process, url, log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


class Watch:
    """Refuses and remembers every request that leaves this machine; remembers script errors."""

    def __init__(self, context: Any) -> None:
        self.outside: list[str] = []
        self.base_map: list[str] = []
        self.errors: list[str] = []
        context.route(re.compile(r"^(?!https?://127\.0\.0\.1|data:|blob:)"), self._refuse)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def _refuse(self, route: Any) -> None:
        url = route.request.url
        (self.base_map if urlsplit(url).hostname in BASE_MAP_HOSTS else self.outside).append(url)
        route.abort()


def nameless(page: Any) -> list[str]:
    """Buttons on the screen that a screen reader could say nothing of."""
    return page.evaluate(
        "() => [...document.querySelectorAll('button')].filter(b => b.offsetParent && !(b.innerText.trim() ||"
        " b.ariaLabel || b.title)).map(b => b.outerHTML.slice(0, 200))"
    )


class Page:
    """A page with a map as a user meets it; the map is addressed by longitude and latitude."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.set_default_timeout(1000 * PATIENCE_S)

    @property
    def frame(self) -> Any:
        """The map's frame."""
        return self.page.frame_locator(MAP_FRAME)

    def _evaluate(self, expression: str, argument: Any = None) -> Any:
        """Evaluates in the only map frame there is; raises Playwright's error where there is none or it goes away."""
        from playwright.sync_api import Error

        handles = self.page.query_selector_all(MAP_FRAME)
        frame = handles[0].content_frame() if len(handles) == 1 else None
        if frame is None:
            raise Error(f"{len(handles)} frames of maps, of which none can be used")
        return frame.evaluate(expression, argument)

    def js(self, expression: str, argument: Any = None) -> Any:
        """Evaluates in the map's frame, once it has a map.

        Streamlit may take the frame out of the page while a page starts; then this is tried again in the next one, so
        the expression must be one that may run twice.
        """
        from playwright.sync_api import Error

        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._evaluate(expression, argument)
            except Error:
                if time.monotonic() > deadline or self._is_ready():
                    raise
            self.page.wait_for_timeout(1000 * POLL_S)

    def _is_ready(self) -> bool:
        from playwright.sync_api import Error

        try:
            return bool(self._evaluate(READY))
        except Error:
            return False

    def wait_js(self, condition: str, timeout_s: float = PATIENCE_S) -> None:
        """Waits until a function in the map's frame returns true; the frame is looked up each time."""

        def holds() -> None:
            assert self._evaluate(condition), f"waited {timeout_s:g} s for {condition}"

        eventually(self.page, holds, timeout_s)

    def eventually(self, check: Callable[[], Any], timeout_s: float = PATIENCE_S) -> None:
        """See :func:`eventually`."""
        eventually(self.page, check, timeout_s)

    def settled(self, expression: str, argument: Any = None) -> Any:
        """What a function in the map's frame returns when that has been the same for a while."""
        return settled(self.page, lambda: self.js(expression, argument))

    def open(self, url: str) -> None:
        """Opens an address and waits for the map."""
        self.page.goto(url)
        self.wait_map()

    def wait_map(self) -> None:
        """Until the map is there and keeps its size."""
        self.wait_js(READY, WORK_S)  # the first page of a fresh server imports everything

        def box() -> Any:
            found = self.page.locator(MAP_FRAME).bounding_box()
            return found if found is not None and found["height"] > 200 else time.monotonic()

        settled(self.page, box)
        self.wait_js(AT_REST)

    def look_at(self, lat: float, lng: float, zoom: int) -> None:
        """Moves the map without animation."""
        self.js("([lat, lng, zoom]) => { map.setView([lat, lng], zoom, {animate: false}); }", [lat, lng, zoom])

    def xy(self, lat: float, lng: float) -> tuple[float, float]:
        """Where a place is on the page, pixels, when neither the map moves nor the page around it."""
        point = "([lat, lng]) => { const p = map.latLngToContainerPoint([lat, lng]); return [p.x, p.y]; }"

        def read() -> tuple[float, float]:
            x, y = self.js(point, [lat, lng])
            box = self.page.locator(MAP_FRAME).bounding_box()
            return box["x"] + x, box["y"] + y

        self.wait_js(AT_REST)
        return settled(self.page, read, for_s=2 * POLL_S)

    def click_map(self, lat: float, lng: float) -> None:
        """Clicks a place with the mouse."""
        self.page.mouse.click(*self.xy(lat, lng))

    def point_at(self, lat: float, lng: float, shows: Callable[[], Any]) -> None:
        """Moves the mouse to a place until something shows there; a busy browser swallows single moves."""
        x, y = self.xy(lat, lng)

        def moved() -> Any:
            self.page.mouse.move(x - 1, y)
            self.page.mouse.move(x, y)
            self.page.wait_for_timeout(100)
            return shows()

        self.eventually(moved)

    def draw_rectangle(self, west: float, south: float, east: float, north: float) -> None:
        """Draws with the mouse, as a user does."""
        self.frame.get_by_role("button", name="Rectangle", exact=True).click()
        self.wait_js("() => LULC.view.busy")
        corners = [self.xy(north, west), self.xy((north + south) / 2, (east + west) / 2), self.xy(south, east)]
        mouse = self.page.mouse
        mouse.move(*corners[0])
        mouse.down()
        mouse.move(*corners[1], steps=4)
        mouse.move(*corners[2], steps=4)
        mouse.up()
        self.wait_js("() => !LULC.view.busy")

    def wait_painted(self, timeout_s: float = WORK_S) -> None:
        """Until the class tiles are on the map."""
        self.wait_js("() => document.getElementById('map_div').dataset.painted", timeout_s)

    def button(self, name: str | re.Pattern[str]) -> Any:
        """A button of the panel by its label."""
        return self.page.get_by_role("button", name=name)
