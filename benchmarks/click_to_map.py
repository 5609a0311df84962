"""From the click on Classify to a map that could be painted, without a browser: 16 x 16 simulated tiles (10 x 10 km).

    python -m benchmarks.click_to_map --json

Every run is a process of its own. Its first map pays for importing torch, rasterio and the weights (``cold``), as the
first click after a start does; further maps of other clear days pay for the work alone: ``warm`` is the median,
``warm_least_disturbed`` the fastest, the better figure on a machine that others use too.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from typing import Any

from benchmarks.machine import describe_machine

SIDE_TILES = 16
PLACE = (8.85, 45.488)
FIRST_DAY = date(2021, 6, 1)


def measure(repeat: int, side: int) -> dict[str, Any]:
    """Runs in its own process: one cold map, then ``repeat`` warm ones of other days."""
    started = time.perf_counter()
    from lulc_core.domain.aoi import Aoi
    from lulc_core.domain.grid import TileGrid
    from lulc_core.pipeline.classify import classify
    from lulc_core.sources.simulation.source import SimulatedSource

    imports_s = time.perf_counter() - started
    aoi = Aoi.from_geojson({"type": "Polygon", "coordinates": [square(side)]})
    source = SimulatedSource()
    found = source.search(aoi, FIRST_DAY, FIRST_DAY + timedelta(days=120))
    # Clear days only: cloudy tiles are not given to the network, which would flatter the figures.
    found = tuple(a for a in found if (a.clear_share or 0) > 0.99)
    before_mb = _peak_mb()

    from lulc_core.model.classifier import Classifier, load_classifier

    kept: list[Classifier] = []

    def network() -> Classifier:
        # As the app does: the first click loads the network beside the pixels, later ones find it there.
        if not kept:
            kept.append(load_classifier())
        return kept[0]

    runs = []
    for acquisition in found[: repeat + 1]:
        clock = time.perf_counter()
        grid = TileGrid.from_aoi(aoi)
        gridded = time.perf_counter()
        result = classify(source, acquisition, grid, network)
        classified = time.perf_counter()
        layers = _layers(result)
        drawn = time.perf_counter()
        runs.append(
            {
                "grid_s": gridded - clock,
                "load_s": result.timings_s["load"],
                "network_s": result.timings_s["model"],
                "predict_s": result.timings_s["predict"],
                "layers_s": drawn - classified,
                "total_s": drawn - clock,
                "layers_kb": sum(len(layer.data) for layer in layers) / 1e3,
            }
        )
    warm = {key: round(statistics.median(run[key] for run in runs[1:]), 3) for key in runs[0]}
    best = min(runs[1:], key=lambda run: run["total_s"])
    return {
        "tiles": grid.n_tiles,
        "imports_s": round(imports_s, 3),
        "cold": {key: round(value, 3) for key, value in runs[0].items()},
        "warm": warm,
        "warm_least_disturbed": {key: round(value, 3) for key, value in best.items()},
        "warm_total_s_each": [round(run["total_s"], 3) for run in runs[1:]],
        "peak_memory_mb": round(_peak_mb()),
        "memory_before_torch_mb": round(before_mb),
    }


def _layers(result: Any) -> list[Any]:
    from lulc_core.render.overlays.map_layers import (
        false_colour_layer,
        land_cover_layer,
        ndvi_layer,
        true_colour_layer,
    )

    return [
        land_cover_layer(result.land_cover),
        true_colour_layer(result.scene),
        false_colour_layer(result.scene),
        ndvi_layer(result.scene),
    ]


def square(side: int, *, east_tiles: int = 0) -> list[list[float]]:
    """A ring 10 m within ``side`` x ``side`` whole tiles: edges of constant latitude bulge by 2 m over 10 km.

    Args:
        side: tiles along a side.
        east_tiles: so many tiles east of the usual place, for other ground of the same size.
    """
    from pyproj import Transformer

    from lulc_core.domain.grid import TILE_M
    from lulc_core.domain.projection import utm_epsg

    epsg = utm_epsg(*PLACE)
    x, y = Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True).transform(*PLACE)
    left, bottom = (int(v // TILE_M) * TILE_M - side // 2 * TILE_M + 10 for v in (x, y))
    left += east_tiles * TILE_M
    end = side * TILE_M - 20
    back = Transformer.from_crs(f"EPSG:{epsg}", "EPSG:4326", always_xy=True)
    corners = [(0, 0), (end, 0), (end, end), (0, end), (0, 0)]
    return [list(back.transform(left + dx, bottom + dy)) for dx, dy in corners]


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)  # macOS counts bytes, Linux kilobytes


def main() -> None:
    """Prints one measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, help="warm maps (default: %(default)s)")
    parser.add_argument("--side", type=int, default=SIDE_TILES, help="tiles along a side (default: %(default)s)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.repeat < 1 or args.side < 1:
        parser.error("--repeat and --side must be at least 1")
    if args.here:
        print(json.dumps(measure(args.repeat, args.side)))
        return
    machine = describe_machine()
    command = [sys.executable, "-m", "benchmarks.click_to_map", "--here"]
    command += ["--repeat", str(args.repeat), "--side", str(args.side)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures = {"machine": machine, **json.loads(done.stdout.splitlines()[-1])}
    if args.json:
        print(json.dumps(figures, indent=2))
        return
    print(
        f"{figures['tiles']} tiles on {machine['processor']}, {machine['cores']} cores, load {machine['load_before']}"
    )
    for name in ("cold", "warm", "warm_least_disturbed"):
        print(
            f"{name}: "
            + ", ".join(f"{k.removesuffix('_s')} {v:g} s" for k, v in figures[name].items() if k.endswith("_s"))
        )
    print(f"peak memory {figures['peak_memory_mb']} MB ({figures['memory_before_torch_mb']} MB before torch)")


if __name__ == "__main__":
    main()
