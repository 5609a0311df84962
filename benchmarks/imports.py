"""What importing our modules costs, each in a fresh process, and which heavy packages come along.

    python -m benchmarks.imports

The rule (tests/test_imports.py holds it): what the app imports before a user asks for anything brings in none of
HEAVY. They load on first use, inside functions.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.machine import describe_machine

HEAVY = ("torch", "torchvision", "rasterio", "sentinelhub", "scipy", "pandas", "plotly", "pyogrio", "PIL.Image")
"""Packages that take 0.05 to 2 s each to import."""
MODULES = (
    "lulc_core.cli.main",
    "lulc_core.settings",
    "lulc_core.domain.grid",
    "lulc_core.domain.land_cover",
    "lulc_core.pipeline.classify",
    "lulc_core.analysis.accuracy.area",
    "lulc_core.analysis.describe",
    "lulc_core.analysis.spectra.roi",
    "lulc_core.render.overlays.map_layers",
    "lulc_core.render.charts.map",
    "lulc_core.export.map_files",
    "lulc_core.model.card",
    "lulc_core.model.classifier",
    "lulc_core.sources.base",
    "lulc_core.sources.simulation.source",
    "lulc_core.sources.geotiff.source",
    "lulc_core.sources.sentinel_hub.source",
    "lulc_core.sources.picture",
    "lulc_core.sources.area_files.reader",
)
"""What ui may import at the top of a page, and the command line."""

_CODE = """
import sys, time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
print(",".join(h for h in {heavy!r} if h in sys.modules))
"""


def measure(module: str, repeat: int = 3) -> dict[str, Any]:
    """Seconds (median) to import a module in a fresh process, and the heavy packages that it brought in."""
    times, heavy = [], ""
    for _ in range(repeat):
        code = _CODE.format(module=module, heavy=HEAVY)
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        seconds, heavy = [*done.stdout.splitlines(), ""][:2]
        times.append(float(seconds))
    return {"seconds": round(statistics.median(times), 3), "heavy": [h for h in heavy.split(",") if h]}


def main() -> None:
    """Prints a line a module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    machine = describe_machine()
    figures = {module: measure(module) for module in MODULES}
    if args.json:
        print(json.dumps({"machine": machine, "imports": figures}, indent=2))
        return
    for module, found in figures.items():
        print(f"{found['seconds']:6.3f} s  {module}  {', '.join(found['heavy'])}")


if __name__ == "__main__":
    main()
