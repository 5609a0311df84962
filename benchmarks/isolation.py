"""What reading in a child process costs an ordinary file, beside reading it in place.

    python -m benchmarks.isolation --json

Both ways in turns, in one run, so that a busy machine is busy for both; the median of each and of their ratios. The
children are warm, as in the app.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import hostile_files
from benchmarks.machine import describe_machine
from lulc_core.isolation import calls

PAUSE_S = 0.1
"""Between two readings: users do not upload ten files a second, and a fork ahead takes some time."""


def tasks(folder: Path) -> dict[str, Callable[[], Any]]:
    """Ordinary files, each with what reads it."""
    import rasterio
    from rasterio.transform import from_origin

    from lulc_core.sources.area_files.reader import read_area_file
    from lulc_core.sources.geotiff.on_grid import read_on_grid
    from lulc_core.sources.geotiff.source import GeoTiffSource
    from lulc_core.sources.picture import load_picture

    def scene(side: int) -> Path:
        path = folder / f"{side}.tif"
        plan = {"driver": "GTiff", "count": 4, "dtype": "uint16", "height": side, "width": side, "tiled": True}
        place = {"crs": "EPSG:32632", "transform": from_origin(500_000, 5_000_000, 10, 10)}
        with rasterio.open(path, "w", compress="deflate", **plan, **place) as file:
            values = np.random.default_rng(1).integers(300, 3_000, (4, side, side), np.uint16)
            file.write(values)
            for i, band in enumerate(("B02", "B03", "B04", "B08"), 1):
                file.set_band_description(i, band)
        return path

    small, large = scene(256), scene(3_000)
    layers = GeoTiffSource([large], date="2021-07-16").info.layers[:2]
    bounds = (500_000.0, 4_970_000.0, 530_000.0, 5_000_000.0)
    picture = hostile_files.eurosat_picture()
    found: dict[str, Callable[[], Any]] = {
        name: partial(read_area_file, data, name) for name, data in hostile_files.plain_areas()
    }
    return found | {
        "what a GeoTIFF of 256 x 256 holds": lambda: GeoTiffSource([small], date="2021-07-16"),
        "what a GeoTIFF of 3,000 x 3,000 holds, where": lambda: GeoTiffSource([large], date="2021-07-16").footprint(),
        "two bands of it on the grid": lambda: list(read_on_grid(layers, bounds, (3_000, 3_000), 32632, False)),
        "a picture of one patch": lambda: load_picture(picture),
    }


def seconds(task: Callable[[], Any], *, in_place: bool) -> float:
    """Time one reading, in place or in a child."""
    calls.in_child = in_place
    time.sleep(PAUSE_S)
    started = time.perf_counter()
    task()
    taken = time.perf_counter() - started
    calls.in_child = False
    return taken


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--only", default="", help="those with this in their name")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, task in tasks(Path(folder)).items():
            if args.only not in name:
                continue
            seconds(task, in_place=True), seconds(task, in_place=False)  # imports, and caches of the disk
            pairs = [(seconds(task, in_place=True), seconds(task, in_place=False)) for _ in range(args.repeats)]
            here, child = (statistics.median(pair[i] for pair in pairs) for i in (0, 1))
            ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
            rows[name] = {
                "in_place_ms": round(1e3 * here, 1),
                "child_ms": round(1e3 * child, 1),
                "ratio": round(ratio, 2),
            }
    if args.json:
        print(json.dumps({"repeats": args.repeats, "files": rows, **describe_machine()}, indent=2))
        return
    for name, row in rows.items():
        times = f"{row['in_place_ms']:8.1f} ms in place {row['child_ms']:8.1f} ms in a child"
        print(f"{name:46} {times}, x {row['ratio']:.2f}")


if __name__ == "__main__":
    main()
