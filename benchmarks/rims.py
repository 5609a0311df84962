"""Are cells at the rim of a file named and flagged as they are where the picture goes on?

    python -m benchmarks.rims --scenes ../shared/data/scenes

Each scene is mapped whole and cut within its rim tiles in three ways, at 160 m; compared are the cells of tiles of
which too little is left to be judged as a whole. Prints the table of docs/detail.md, and the counts of each scene.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from benchmarks.machine import describe_machine
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import TileFlag
from lulc_core.domain.results import ClassifyResult
from lulc_core.model.classifier import Classifier, load_classifier
from lulc_core.pipeline.classify import classify
from lulc_core.sources.base import FIRST_ACQUISITION
from lulc_core.sources.geotiff.source import GeoTiffSource

CUTS_PX = ((20, 10), (45, 30), (30, 50))
"""Columns and rows cut off at either side."""
CELL_M = 160
SMALLEST_PX = 200
"""Of a smaller scene nothing is left beside its rim."""


def map_of(path: Path, network: Classifier, grid: TileGrid | None = None) -> ClassifyResult:
    """Map a file, on a grid or on its own."""
    source = GeoTiffSource([path])
    around = source.footprint()
    (acquisition,) = source.search(around, FIRST_ACQUISITION, datetime.now(UTC).date(), previews=False)
    grid = grid or TileGrid.from_aoi(around, cell_m=CELL_M)
    return classify(source, acquisition, grid, network, bands=("B02", "B03", "B04"))


def cut(path: Path, out: Path, cols: int, rows: int) -> Path:
    """Write a scene without its outermost pixels."""
    with rasterio.open(path) as scene:
        window = Window(cols, rows, scene.width - 2 * cols, scene.height - 2 * rows)
        place = {"height": window.height, "width": window.width, "transform": scene.window_transform(window)}
        with rasterio.open(out, "w", **{**scene.profile, **place}) as file:
            file.write(scene.read(window=window))
            file.update_tags(**scene.tags())
            for index, name in enumerate(scene.descriptions, start=1):
                file.set_band_description(index, name)
    return out


def compare(whole: ClassifyResult, part: ClassifyResult) -> Counter[str]:
    """Count cells of tiles that could not be judged in the part, by what they are in the whole."""
    assert whole.cells is not None and part.cells is not None
    k = whole.cells.grid.cells_per_side
    never = ~np.isfinite(part.tiles.confidence).repeat(k, 0).repeat(k, 1)
    both = never & np.isfinite(part.cells.confidence) & np.isfinite(whole.cells.confidence)
    unlike, flagged = (both & ((m.flags & TileFlag.OOD) > 0) for m in (whole.cells, part.cells))
    named = both & ~unlike & ~flagged
    same = named & (whole.cells.class_ids == part.cells.class_ids)
    masks = {"unlike": unlike, "found": unlike & flagged, "like": both & ~unlike, "false": flagged & ~unlike}
    return Counter({name: int(mask.sum()) for name, mask in {**masks, "named": named, "same": same}.items()})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=Path, required=True, help="folder of scenes, such as X_L1C_13b.tif")
    parser.add_argument("--model", default="default", help="name of the network")
    options = parser.parse_args()
    network, totals = load_classifier(options.model), {"L1C": Counter[str](), "L2A": Counter[str]()}
    print(f"{datetime.now(UTC).date()}, {network.card.name}, {describe_machine()}")
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(options.scenes.glob("*.tif")):
            with rasterio.open(path) as scene:
                if min(scene.shape) < SMALLEST_PX:
                    continue
            whole, found = map_of(path, network), Counter[str]()
            assert whole.cells is not None
            for number, (cols, rows) in enumerate(CUTS_PX):
                part = map_of(cut(path, Path(folder) / f"{number}_{path.name}", cols, rows), network, whole.cells.grid)
                found += compare(whole, part)
            print(path.stem, dict(found))
            totals[whole.tiles.acquisition.level] += found
    for level, total in totals.items():
        print(f"{level}, unlike in the whole scene, flagged: {total['found']} of {total['unlike']}")
        print(f"{level}, not unlike in the whole scene, flagged: {total['false']} of {total['like']}")
        print(f"{level}, same name, of those named: {100 * total['same'] / max(total['named'], 1):.1f} %")


if __name__ == "__main__":
    main()
