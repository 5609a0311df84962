"""How long the documents of a 10 x 10 km result take, from the folder that ``compare`` wrote.

    python -m benchmarks.report --json

Two simulated dates of 16 x 16 tiles at 640 m and in cells of 160 m, without a browser. Each document is made in a
fresh process, imports included, as the command line does it. CPU seconds are the process's own; where they are well
below the wall clock, something else was using the machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine

BBOX = (8.8005, 45.4305, 8.9270, 45.5190)
"""10 x 10 km west of Milan."""
DAYS = (date(2019, 7, 16), date(2021, 8, 14))
RESOLUTIONS_M = (640, 160)
AIM_S = 15.0
"""For the PDF, on two cores."""


def make(folder: Path, cell_m: int) -> None:
    """Writes a comparison as ``compare`` does."""
    from lulc_core.domain.aoi import Aoi
    from lulc_core.domain.bands import RGB
    from lulc_core.domain.grid import TileGrid
    from lulc_core.export.bundle import write_result
    from lulc_core.model.classifier import load_classifier
    from lulc_core.pipeline.compare import compare
    from lulc_core.sources.simulation.source import SimulatedSource

    aoi, source = Aoi.from_bbox(*BBOX, name="10 x 10 km"), SimulatedSource()
    before, after = (source.search(aoi, day, day)[0] for day in DAYS)
    grid = TileGrid.from_aoi(aoi, cell_m=cell_m)
    result = compare(source, before, source, after, grid, load_classifier(), bands=RGB)
    write_result(result, folder, aoi=aoi, request={"source": "simulated"})


def measure(folder: Path, ending: str) -> dict[str, Any]:
    """Seconds on the clock and of the processor, and bytes, of one document in a fresh process."""
    out = folder / f"report{ending}"
    command = [sys.executable, "-m", "lulc_core", "report", "--quiet", "--from", str(folder), "--out", str(out)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = out.stat().st_size
    out.unlink()
    return {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "mb": round(size / 1e6, 2)}


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--endings", nargs="+", default=[".pdf", ".html", ".pptx", ".png", ".zip"])
    args = parser.parse_args()
    found: dict[str, Any] = {"machine": describe_machine(), "aim_s": AIM_S}
    for cell_m in RESOLUTIONS_M:
        with tempfile.TemporaryDirectory() as name:
            make(Path(name), cell_m)
            found[f"{cell_m} m"] = {ending: measure(Path(name), ending) for ending in args.endings}
    if args.json:
        print(json.dumps(found, indent=2))
        return
    for cell_m in RESOLUTIONS_M:
        for ending, figures in found[f"{cell_m} m"].items():
            print(f"{cell_m} m  {ending:6} {figures['wall_s']:6.1f} s, processor {figures['cpu_s']:5.1f} s")


if __name__ == "__main__":
    main()
