"""Small land-cover maps made by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES, NO_DATA, class_by_name
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import FLAG_NAMES, LEFT_OUT, LandCoverMap, ModelInfo, TileFlag
from lulc_core.domain.scene import Acquisition

BY_LETTER = {"A": 0, "F": 1, "V": 2, "H": 3, "I": 4, "P": 5, "C": 6, "R": 7, "W": 8, "S": 9}


def acquisition(day: str, **more) -> Acquisition:
    moment = datetime.fromisoformat(f"{day}T10:30:00").replace(tzinfo=UTC)
    return Acquisition(
        **{"id": f"x_{day}", "datetime": moment, "source": "geotiff", "level": "L1C", "satellite": "S2A", **more}
    )


def vector(text: str) -> np.ndarray:
    """Ten probabilities from ``I73 H27``; what is missing to 100 goes evenly to the other classes. ``A`` is A99."""
    p = np.zeros(N_CLASSES)
    for part in text.split():
        p[BY_LETTER[part[0]]] = float(part[1:] or 99) / 100
    zero = p == 0
    p[zero] = (1 - p.sum()) / zero.sum()
    return p.astype(np.float32)


def land_cover(
    rows: list[list[str]], day: str, *, grid: TileGrid | None = None, sha: str = "00", **more
) -> LandCoverMap:
    """A map from cells such as ``I73 H27``, ``.cloudy``, ``.no_data``, ``.unlike`` or ``A/partly``."""
    grid = grid or TileGrid(32632, 762, 7870, len(rows), len(rows[0]))
    probabilities = np.full((*grid.shape, N_CLASSES), np.nan, np.float32)
    flags = np.zeros(grid.shape, np.uint8)
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell.startswith("."):
                flags[r, c] = next(flag for flag, name in FLAG_NAMES.items() if name == cell[1:])
                if cell == ".unlike":
                    probabilities[r, c] = vector("A")
                continue
            text, _, partly = cell.partition("/")
            flags[r, c] = TileFlag.PARTLY_CLOUDY if partly else 0
            probabilities[r, c] = vector(text)
    classified = grid.inside & ((flags & LEFT_OUT) == 0)
    ids = np.full(grid.shape, NO_DATA, np.uint8)
    ids[classified] = probabilities[classified].argmax(axis=1)
    clear = np.where(flags & TileFlag.CLOUDY, 0.1, 1.0).astype(np.float32)
    return LandCoverMap(grid, acquisition(day, **more), ModelInfo("compact", sha), probabilities, ids, flags, clear)


def class_id(name: str) -> int:
    assert name in CLASS_NAMES
    return class_by_name(name).id
