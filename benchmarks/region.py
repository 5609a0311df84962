"""How fast a region is, how much memory a worker takes, and what blocks and Dask cost beside one plain map.

    python -m benchmarks.region [--km 40] [--workers 1 2] [--detail 640]

The same simulated ground of ``--km`` a side, on one day: once by ``map``, which loads all bands of it at once, then by
``region`` with so many workers. Processor seconds are counted beside those of the clock, since they do not depend on
what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import describe_machine

DAY = "2021-08-14"
WEST, SOUTH = 8.2, 45.2
"""South-west corner of the ground; one strip of overpasses, zone 32."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--km", type=float, default=40.0)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--detail", type=int, default=640)
    args = parser.parse_args()
    north, east = SOUTH + args.km / 111.2, WEST + args.km / 78.5
    asked = ["--source", "simulated", "--bbox", f"{WEST},{SOUTH},{east:.4f},{north:.4f}", "--date", DAY]
    asked += ["--detail", str(args.detail), "--quiet", "--json"]
    print(json.dumps(describe_machine()))
    print(f"{args.km:g} x {args.km:g} km, cells of {args.detail} m")
    print(f"{'':12}{'tiles':>8}{'clock s':>10}{'CPU s':>8}{'tiles/s':>9}{'worker MB':>11}{'CPU against map':>17}")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "map"
        clock_s, cpu_s, printed = timed(["map", *asked, "--out", str(out)])
        tiles = json.loads(printed)["tiles"]["total"]
        print(f"{'map':12}{tiles:8,}{clock_s:10.1f}{cpu_s:8.1f}{tiles / clock_s:9.0f}")
        for workers in args.workers:
            out = Path(folder) / f"region{workers}"
            command = ["region", *asked, "--out", str(out), "--workers", str(workers), "--yes"]
            clock_s, own_cpu_s, printed = timed(command)
            run = json.loads(printed)
            assert run["cells"]["tiles"] == tiles, "the same ground has the same tiles"
            peak = run["made"][-1]["worker_peak_mb"]
            figures = f"{tiles:8,}{clock_s:10.1f}{own_cpu_s:8.1f}{tiles / clock_s:9.0f}{peak:11,.0f}"
            print(f"{f'{workers} worker' + 's' * (workers > 1):12}{figures}{100 * (own_cpu_s / cpu_s - 1):+16.0f} %")


def timed(command: list[str]) -> tuple[float, float, str]:
    """Run a command; seconds of the clock, of processors (with all its children), and what it printed."""
    environment = {**os.environ, "LULC_MAX_AREA_KM2": "100000"}
    before, clock = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "lulc_core", *command], env=environment, capture_output=True, text=True, check=True
    )
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - clock, cpu, done.stdout


if __name__ == "__main__":
    main()
