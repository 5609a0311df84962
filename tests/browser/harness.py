"""The app in a real Chromium: started once, watched for requests that leave this machine and for script errors."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
MAP_FRAME = 'iframe[title="streamlit_folium.st_folium"]'
BASE_MAP_HOSTS = {"tile.openstreetmap.org", "tiles.maps.eox.at"}
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
READY = (
    "() => window.LULC && window.LULC.view && window.map && window.map._loaded"
    " && document.getElementById('map_div').dataset.area !== undefined"
)


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


@contextmanager
def running_app(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[App]:
    """Starts the app and waits until it answers.

    Args:
        folder: for its log and its cache.
        environment: added to the process's own.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "app.log"
    variables = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("SH_", "LULC_", "STREAMLIT_"))},
        "LULC_CACHE_DIR": str(folder / "cache"),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
        **(environment or {}),
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=out, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
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


class Page:
    """The Explore page as a user meets it; the map is addressed by longitude and latitude."""

    def __init__(self, page: Any) -> None:
        self.page = page

    @property
    def frame(self) -> Any:
        """The map's frame."""
        return self.page.frame_locator(MAP_FRAME)

    def js(self, expression: str, argument: Any = None) -> Any:
        """Evaluates in the map's frame; Streamlit may replace it while a page starts, then it is looked up again."""
        deadline = time.monotonic() + 30
        while True:
            handle = self.page.wait_for_selector(MAP_FRAME, state="attached")
            frame = handle.content_frame()
            if frame is not None:
                return frame.evaluate(expression, argument)
            assert time.monotonic() < deadline, "the map's frame was taken out of the page and did not come back"
            self.page.wait_for_timeout(50)

    def wait_js(self, condition: str, timeout_s: float = 30) -> None:
        """Waits until a function in the map's frame returns true."""
        from playwright.sync_api import Error

        deadline = time.monotonic() + timeout_s
        while True:
            # The frame is looked up each time: Streamlit may put another in its place while a page starts.
            try:
                if self.js(condition):
                    return
            except Error as error:
                if time.monotonic() > deadline:
                    raise AssertionError(f"waited {timeout_s:g} s for {condition}") from error
            assert time.monotonic() < deadline, f"waited {timeout_s:g} s for {condition}"
            self.page.wait_for_timeout(50)

    def open(self, url: str) -> None:
        """Opens an address and waits for the map."""
        self.page.goto(url)
        self.wait_map()

    def wait_map(self) -> None:
        """Until the map is there and keeps its size."""
        self.wait_js(READY)
        before = None
        for _ in range(50):
            box = self.page.locator(MAP_FRAME).bounding_box()
            if box == before and box is not None and box["height"] > 200:
                return
            before = box
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the map did not come to rest: {before}")

    def look_at(self, lat: float, lng: float, zoom: int) -> None:
        """Moves the map without animation."""
        self.js("([lat, lng, zoom]) => { map.setView([lat, lng], zoom, {animate: false}); }", [lat, lng, zoom])

    def xy(self, lat: float, lng: float) -> tuple[float, float]:
        """Where a place is on the page, pixels."""
        x, y = self.js(
            "([lat, lng]) => { const p = map.latLngToContainerPoint([lat, lng]); return [p.x, p.y]; }", [lat, lng]
        )
        box = self.page.locator(MAP_FRAME).bounding_box()
        return box["x"] + x, box["y"] + y

    def draw_rectangle(self, west: float, south: float, east: float, north: float) -> None:
        """Draws with the mouse, as a user does."""
        self.frame.get_by_role("button", name="Rectangle", exact=True).click()
        mouse = self.page.mouse
        mouse.move(*self.xy(north, west))
        mouse.down()
        mouse.move(*self.xy((north + south) / 2, (east + west) / 2), steps=4)
        mouse.move(*self.xy(south, east), steps=4)
        mouse.up()

    def wait_painted(self, timeout_s: float = 60) -> None:
        """Until the class tiles are on the map."""
        self.wait_js("() => document.getElementById('map_div').dataset.painted", timeout_s)

    def button(self, name: str | re.Pattern[str]) -> Any:
        """A button of the panel by its label."""
        return self.page.get_by_role("button", name=name)
