"""Many sessions at one server: what crosses from one to another, what fails, how slow it is, how much memory it takes.

    python -m benchmarks.load --sessions 20 --minutes 10 --json

The app is started anew, and visited by sessions that speak its own protocol (tests/servers/visitor.py): browsers would
take more of the machine than the server. Each session opens links to maps of ground of its own, one after the other,
each in a new tab, every third one a comparison; all of it simulated. What its map is told then is compared with what
it asked for: the area, the tiles (fetched as a browser fetches them) and the days. ``--again`` has the sessions ask for
the same ground, which is computed once.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from lulc_core.domain.places import square_around
from lulc_core.sources.simulation.source import SimulatedSource
from lulc_core.ui.permalink import canonical, encode_area
from tests.browser.harness import running_app
from tests.servers.visitor import Visitor

PERIOD = (date(2021, 7, 25), date(2021, 8, 25))
SIDES_KM = (3, 4, 6, 8)
DETAILS_M = (640, 320, 160)
PATIENCE_S = 180.0
"""Without a map by then it counts as an error."""
MARGIN_DEG = 0.02
"""Tiles reach over the drawn area by up to 640 m."""
SAMPLE_S = 2.0


@dataclass
class Seen:
    """What all sessions have seen."""

    seconds: list[float] = field(default_factory=list)
    """From opening a link to its map."""
    answers: list[float] = field(default_factory=list)
    """The slowest run of each visit."""
    crossings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[int, float]] = field(default_factory=list)
    """Maps made until then, MB."""


def measure(sessions: int, minutes: float, *, again: bool = False, maps: int = 0) -> dict[str, Any]:
    """Start the app, visit it, and return what was seen.

    Args:
        sessions: at once.
        minutes: how long new links are opened.
        again: all sessions ask for the same ground.
        maps: stop after so many, where that comes first; 0 for no such end.
    """
    seen, until = Seen(), threading.Event()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        app = stack.enter_context(running_app(folder, {"MALLOC_ARENA_MAX": "2", "LULC_LINK_S": "1000"}))
        threads = [
            threading.Thread(target=_visit_again_and_again, args=(app.url, 0 if again else i, i, seen, until))
            for i in range(sessions)
        ]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end and not (maps and len(seen.seconds) >= maps):
            time.sleep(SAMPLE_S)
            seen.memory.append((len(seen.seconds), _resident_mb(app.process.pid)))
        until.set()
        for thread in threads:
            thread.join()
        log = app.tracebacks()
    most = max((mb for _, mb in seen.memory), default=0.0)
    return {
        "sessions": sessions,
        "minutes": minutes,
        "maps": len(seen.seconds),
        "crossings": seen.crossings,
        "errors": seen.errors + ([log[-2000:]] if log else []),
        "map_s": {"median": _median(seen.seconds), "slowest": round(max(seen.seconds, default=0.0), 1)},
        "answer_s": {"median": _median(seen.answers), "slowest": round(max(seen.answers, default=0.0), 1)},
        "memory_mb": {"most": round(most), "at_maps": _curve(seen.memory)},
        "machine": describe_machine(),
    }


def _visit_again_and_again(url: str, ground: int, seed: int, seen: Seen, until: threading.Event) -> None:
    links = _links(ground, random.Random(seed))
    while not until.is_set():
        page, query, area, days = next(links)
        begun = time.monotonic()
        try:
            with Visitor(url, query, page) as visitor:
                _wait_for_map(visitor, until)
                if visitor.errors() or visitor.exceptions():
                    seen.errors.append(f"{query}: {visitor.errors()} {visitor.exceptions()}")
                    continue
                if _result(visitor) is None:  # the time is over
                    return
                seen.seconds.append(time.monotonic() - begun)
                seen.crossings += _crossings(visitor, area, days)
                visitor.run()
                seen.answers.append(visitor.slowest_run_s)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is what is counted
            seen.errors.append(f"{query}: {type(error).__name__} {str(error)[-700:]}")


def _wait_for_map(visitor: Visitor, until: threading.Event) -> None:
    visitor.wait(
        lambda: until.is_set() or _result(visitor) or visitor.errors() or visitor.exceptions(), seconds=PATIENCE_S
    )


def _links(ground: int, dice: random.Random) -> Iterator[tuple[str, str, Any, list[str]]]:
    """Make links: page, query, area, days; squares of a session lie within half a degree of nobody else's."""
    source, n = SimulatedSource(), 0
    while True:
        n += 1
        lon, lat = -60 + 1.0 * (ground % 100) + dice.uniform(0, 0.4), 42 + dice.uniform(0, 4)
        aoi = canonical(square_around(lon, lat, dice.choice(SIDES_KM)))
        found = source.search(aoi, *PERIOD, previews=False)
        clear = sorted(found, key=lambda a: a.cloud_cover_pct or 0)[:6]
        days = sorted({a.datetime.date() for a in dice.sample(clear, 2)})
        detail = dice.choice(DETAILS_M)
        common = f"area={encode_area(aoi)}&source=simulated&detail={detail}"
        if n % 3 == 0 and len(days) == 2:
            yield "compare", f"{common}&before={days[0]}&after={days[1]}", aoi, [str(day) for day in days]
        else:
            start, end = PERIOD
            yield "", f"{common}&from={start}&to={end}&date={days[0]}", aoi, [str(days[0])]


def _result(visitor: Visitor) -> dict[str, Any] | None:
    state = visitor.map_state()
    return None if state is None else state["result"]


def _crossings(visitor: Visitor, aoi: Any, days: list[str]) -> list[str]:
    """Return what the session was shown that is not its own."""
    state, result = visitor.map_state(), _result(visitor)
    if state is None or result is None:
        return ["no result"]
    found = []
    if (state["area"] or {}).get("key") != aoi.key:
        found.append(f"the area {state['area']} in place of {aoi.key}")
    tiles = json.loads(visitor.fetch(result["tiles"]))
    west, south, east, north = aoi.bbox
    lons, lats = tiles["node_lng"], tiles["node_lat"]
    inside = west - MARGIN_DEG <= min(lons) and max(lons) <= east + MARGIN_DEG
    if not (inside and south - MARGIN_DEG <= min(lats) and max(lats) <= north + MARGIN_DEG):
        found.append(f"tiles of {min(lons)}, {min(lats)} in the area {aoi.bbox}")
    said = " ".join(visitor.texts())
    for day in days:
        spoken = date.fromisoformat(day)
        if f"{spoken.day} {spoken:%b}" not in said:
            found.append(f"another day than {day}: {said[:300]}")
    return found


def _resident_mb(pid: int) -> float:
    """Return what a process and its children have in memory (Linux), shared pages once, MB."""
    total = 0.0
    for each in (pid, *_children(pid)):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(float(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1000


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            mine = [int(child) for child in tasks.read_text(encoding="ascii").split()]
        except OSError:
            continue
        for child in mine:
            found += [child, *_children(child)]
    return found


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 2) if values else 0.0


def _curve(samples: list[tuple[int, float]]) -> dict[int, int]:
    """Return the most memory until each multiple of 25 maps."""
    curve: dict[int, int] = {}
    for maps, mb in samples:
        step = maps // 25 * 25
        curve[step] = max(curve.get(step, 0), round(mb))
    return curve


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--maps", type=int, default=0, help="stop after so many maps, where that comes first")
    parser.add_argument("--again", action="store_true", help="all sessions ask for the same ground")
    parser.add_argument("--json", action="store_true", help="everything, for a machine")
    arguments = parser.parse_args()
    found = measure(arguments.sessions, arguments.minutes, again=arguments.again, maps=arguments.maps)
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        print(f"{found['maps']} maps in {arguments.sessions} sessions")
        print(f"crossings: {len(found['crossings'])}, errors: {len(found['errors'])}")
        print(f"slowest map: {found['map_s']['slowest']} s (median {found['map_s']['median']} s)")
        print(f"slowest answer: {found['answer_s']['slowest']} s; memory: {found['memory_mb']['most']} MB at most")
        for text in (*found["crossings"][:5], *found["errors"][:5]):
            print(f"  {text[:400]}")
    return 1 if found["crossings"] or found["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
