"""A real scene in true colour, in tiles of 640 m and in cells of 160 m, side by side: the pictures of docs/detail.md.

python -m benchmarks.detail_pictures ../shared/data/scenes docs/images
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASSES, NO_DATA
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.radiometry import to_true_colour

SCENES = {
    "detail_spain.png": "sen1floods11_Spain_20190918_L1C_13b.tif",
    "detail_savanna.png": "terramind_38D_378R_2_3_L1C_13b.tif",
}
HEIGHT_PX, GAP_PX = 360, 8


def painted(land_cover: LandCoverMap) -> NDArray[np.uint8]:
    """(rows, columns, 3) of 10 m pixels in the class colours; striped grey where there is no class."""
    from lulc_core.render.colors import rgb

    px = land_cover.grid.cell_px
    ids = land_cover.class_ids.repeat(px, axis=0).repeat(px, axis=1)
    palette = np.full((256, 3), 225, np.uint8)
    for c in CLASSES:
        palette[c.id] = rgb(c.color)
    out = palette[ids]
    rows, cols = np.indices(ids.shape)
    out[(ids == NO_DATA) & ((rows + cols) % 10 < 2)] = 190
    return out


def main(argv: Sequence[str] | None = None) -> int:
    """Writes the pictures."""
    from PIL import Image

    from lulc_core.model.classifier import load_classifier
    from lulc_core.pipeline.classify import classify
    from lulc_core.sources.geotiff.source import GeoTiffSource

    parser = argparse.ArgumentParser(prog="python -m benchmarks.detail_pictures")
    parser.add_argument("scenes", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args(argv)
    classifier = load_classifier()
    for name, scene in SCENES.items():
        source = GeoTiffSource([args.scenes / scene])
        aoi = source.footprint()
        (acquisition,) = source.search(aoi, date(2015, 7, 1), datetime.now(UTC).date(), previews=False)
        result = classify(source, acquisition, TileGrid.from_aoi(aoi, cell_m=160), classifier, bands=RGB)
        picture = np.moveaxis(to_true_colour(result.scene.select(RGB)), 0, 2)
        panels = [Image.fromarray(p) for p in (picture, painted(result.tiles), painted(result.land_cover))]
        width = round(HEIGHT_PX * panels[0].width / panels[0].height)
        whole = Image.new("RGB", (3 * width + 2 * GAP_PX, HEIGHT_PX), "white")
        for i, panel in enumerate(panels):
            how = Image.Resampling.NEAREST if i else Image.Resampling.LANCZOS
            whole.paste(panel.resize((width, HEIGHT_PX), how), (i * (width + GAP_PX), 0))
        whole.quantize(96).save(args.out / name, optimize=True)
        left = result.tiles.left_out(), result.land_cover.left_out()
        sys.stderr.write(f"{name}: {acquisition.attribution}; left out of tiles {left[0]}, of cells {left[1]}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
