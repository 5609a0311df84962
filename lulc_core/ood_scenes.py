"""Real scenes, out of distribution or not, to test whether the detector says so (``evaluate --scenes``).

The scenes are not the project's to ship; who has files of these names in a folder gets them cut into tiles.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.radiometry import to_eurosat_rgb
from lulc_core.training.synthetic_ood_tiles import OodTiles

STEP_PX = 16
"""Distance of the tiles; they overlap."""

_SCENES: tuple[tuple[str, str, bool], ...] = (
    ("terramind_609U_541L_3_0_L1C_13b", "snow", True),
    ("terramind_609U_541L_3_0_L2A_12b", "snow, surface reflectance", True),
    ("eolearn_SVN_2015-08-20_L1C_13b", "cloud", True),
    ("pilbara_20181201_L2A_12b", "bare red desert", True),
    ("pilbara_20190105_L2A_10b", "desert after a fire", True),
    ("terramind_38D_378R_2_3_L1C_13b", "dry savanna", True),
    ("terramind_38D_378R_2_3_L2A_12b", "dry savanna, surface reflectance", True),
    ("sen1floods11_Spain_20190918_L1C_13b", "fields and villages in Spain", False),
    ("terramind_433D_629L_3_1_L1C_13b", "farmland", False),
    ("terramind_433D_629L_3_1_L2A_12b", "farmland, surface reflectance", False),
    ("terramind_637U_59R_1_3_L1C_13b", "long narrow fields in autumn", False),
    ("terramind_637U_59R_1_3_L2A_12b", "long narrow fields in autumn, surface reflectance", False),
    ("eolearn_SVN_2015-07-11_L1C_13b", "wooded hills, July", False),
    ("eolearn_SVN_2015-08-30_L1C_13b", "wooded hills, August", False),
)


def ood_scenes(folder: Path) -> tuple[OodTiles, ...]:
    """Cut the known scenes that are there into tiles.

    Raises:
        InputError: no such folder, or none of the scenes is in it.
        FileFormatError: a scene is damaged.
    """
    from datetime import date

    from lulc_core.sources.geotiff.source import GeoTiffSource

    found = [(folder / f"{name}.tif", words, flag) for name, words, flag in _SCENES]
    found = [entry for entry in found if entry[0].is_file()]
    if not found:
        raise InputError(f"None of the known scenes is in {folder}.", hint="Leave --scenes out.")
    ground = []
    for path, words, flag in found:
        source = GeoTiffSource([path])
        area = source.footprint()
        acquisition = source.search(area, date(2015, 1, 1), date(2100, 1, 1), previews=False)[0]
        scene = source.load(acquisition, RGB, TileGrid.from_aoi(area))
        grey = np.moveaxis(to_eurosat_rgb(scene.reflectance), 0, -1)  # (H, W, 3)
        size = (TILE_PX, TILE_PX)
        windows = sliding_window_view(grey, size, axis=(0, 1))[::STEP_PX, ::STEP_PX]  # (R, C, 3, 64, 64), no copy
        observed = sliding_window_view(scene.observed, size)[::STEP_PX, ::STEP_PX].all(axis=(2, 3))  # (R, C)
        tiles = np.ascontiguousarray(windows[observed].transpose(0, 2, 3, 1))  # (N, 64, 64, 3)
        ground.append(OodTiles(path.stem, words, flag, tiles, acquisition.level))
    return tuple(ground)
