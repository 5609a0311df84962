"""Hostile files uploaded in one browser session while a second one works.

    python -m benchmarks.hostile_uploads --json

For each file: seconds until the first session has its answer, and the slowest answer that the second one waited for
meanwhile (it goes to and fro between two ways to an area, each a run of the page). Before, the same without an upload.
Memory is that of the app's own process, and of all its processes together, at most.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.hostile_files import area_files, raster_files
from benchmarks.machine import describe_machine

QUIET_ANSWERS = 12


class Second:
    """The session that works: each answer is a run of the page."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._coordinates = False

    def answer_s(self) -> float:
        """Go to the other way to an area and wait for it."""
        started = time.perf_counter()
        if self._coordinates:
            self._page.get_by_text("Example", exact=True).click()
            self._page.locator(".st-key-example-0 button").first.wait_for()
        else:
            self._page.get_by_text("Coordinates", exact=True).click()
            self._page.get_by_placeholder("45.488, 8.850").first.wait_for()
        self._coordinates = not self._coordinates
        return time.perf_counter() - started


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident memory of a process, and the proportional one of it and all below it."""

    def pss(one: int) -> float:
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
            # Threads start processes too.
            for task in Path(f"/proc/{one}/task").iterdir():
                children += (task / "children").read_text().split() if task.name != str(one) else []
        except OSError:
            return 0.0
        return int(text.split("Pss:")[1].split()[0]) / 1e3 + sum(pss(int(child)) for child in children)

    resident = int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1e3
    return resident, pss(pid)


def upload(first: Any, second: Second, path: Path, pid: int) -> dict[str, Any]:
    """Upload one file in the first session; the second works until the first has its answer."""
    seen = _answer(first)
    started = time.perf_counter()
    first.locator("input[type=file]").set_input_files(path)
    slowest, resident, together, taken = 0.0, 0.0, 0.0, 0.0
    while taken < 60:
        slowest = max(slowest, second.answer_s())
        own, whole = memory_mb(pid)
        resident, together = max(resident, own), max(together, whole)
        taken = time.perf_counter() - started
        if _answer(first) != seen:
            break
    said = _answer(first)[0][:160] if _answer(first) != seen else "no answer that differs from the one before"
    return {
        "answer_s": round(taken, 2),
        "second_slowest_s": round(slowest, 2),
        "app_mb": round(resident),
        "all_mb": round(together),
        "said": said,
    }


def _answer(page: Any) -> tuple[str, str]:
    alerts = page.get_by_role("alert")
    return " ".join(alerts.all_inner_texts()), page.url


def measure(only: str) -> dict[str, Any]:
    """Start the app and two sessions, and upload one file after the other."""
    from playwright.sync_api import sync_playwright

    from tests.browser.harness import CHROMIUM_FLAGS, running_app, wait_idle
    from tests.conftest import find_browser

    executable = find_browser()
    if executable is None:
        sys.exit("No Chromium found; name one with LULC_CHROMIUM.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        with running_app(Path(folder)) as app:
            pid = app.process.pid

            def opened(address: str) -> Any:
                page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
                page.set_default_timeout(120_000)
                page.goto(app.url + address)
                wait_idle(page)
                return page

            second = Second(opened("/"))
            quiet = sorted(second.answer_s() for _ in range(QUIET_ANSWERS))
            rows: dict[str, Any] = {}
            for files, address in ((area_files(), "/"), (raster_files(), "/?source=geotiff")):
                chosen = {kind: file for kind, file in files.items() if re.search(only, kind)}
                first: Any = None
                files_are_rasters = address != "/"
                for i, (kind, (name, make)) in enumerate(chosen.items()):
                    if first is None:
                        first = opened(address)
                        if address == "/":
                            first.get_by_text("File", exact=True).click()
                        else:
                            first.locator("summary").filter(has_text="2 Image").click()
                    # Names of their own, so that no answer is that of the file before.
                    path = Path(folder) / (name if name.startswith("T32") else f"{i}{Path(name).suffix}")
                    path.write_bytes(make())
                    rows[kind] = upload(first, second, path, pid)
                    # An area taken for good closes its step; rasters of one date are taken together.
                    if files_are_rasters or not first.get_by_role("alert").count():
                        first.context.close()
                        first = None
                    print(f"{kind:50} {rows[kind]}", file=sys.stderr, flush=True)
            faults = app.tracebacks()
        browser.close()
    return {"second_alone_s": [round(s, 2) for s in quiet], "files": rows, "tracebacks": bool(faults)}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="files whose description has this (a pattern)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = {**measure(args.only), **describe_machine()}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
