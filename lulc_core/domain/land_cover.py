"""The answer: what each tile or finer cell is, how sure the model is, and why some have no name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import N_CLASSES, NO_DATA
from lulc_core.domain.grid import PIXEL_M, TileGrid
from lulc_core.domain.scene import Acquisition


class TileFlag(IntFlag):
    """Why a tile has no name, or should be read with care."""

    NONE = 0
    NO_DATA = 1
    """Too few of its pixels were observed. Left out; :attr:`LandCoverMap.beyond` where what was drawn of it was."""
    CLOUDY = 2
    """Too few of its pixels are clear. Left out."""
    OOD = 4
    """Out of the distribution of the training data (snow, cloud, desert, burnt land ...). Left out."""
    PARTLY_CLOUDY = 8
    """Named, but some of its pixels are not clear."""
    UNSURE = 16
    """Named, but the largest probability is below one half."""
    NO_WATER_SEEN = 32
    """Named river or sea, but its infrared shows no water. Its certainty is lowered, as with the next two."""
    WATER_SEEN = 64
    """Not named so, but its infrared shows mostly water."""
    NO_PLANTS_SEEN = 128
    """Named forest, grass, pasture or permanent crop, but its infrared shows bare ground."""


RIM_PX = 1.5
"""An outline and the pixels that are cut along it differ by about a pixel a side."""
LEFT_OUT = TileFlag.NO_DATA | TileFlag.CLOUDY | TileFlag.OOD
"""Any of these: no name, and no part in areas."""

FLAG_LABELS: dict[TileFlag, str] = {
    TileFlag.NO_DATA: "no data",
    TileFlag.CLOUDY: "cloudy",
    TileFlag.OOD: "unlike the training data",
    TileFlag.PARTLY_CLOUDY: "partly cloudy",
    TileFlag.UNSURE: "unsure",
    TileFlag.NO_WATER_SEEN: "no water in its infrared",
    TileFlag.WATER_SEEN: "water in its infrared",
    TileFlag.NO_PLANTS_SEEN: "no plants in its infrared",
}
"""The flags in plain words."""
FLAG_NAMES: dict[TileFlag, str] = {
    flag: "unlike" if flag is TileFlag.OOD else str(flag.name).lower() for flag in FLAG_LABELS
}
"""The flags as files and JSON spell them: ``no_data``, ``cloudy``, ``unlike``, ``partly_cloudy``, ``unsure``,
``no_water_seen``, ``water_seen``, ``no_plants_seen``."""


CONTRADICTED = TileFlag.NO_WATER_SEEN | TileFlag.WATER_SEEN | TileFlag.NO_PLANTS_SEEN
"""Any of these: near infrared says otherwise than the name."""


@dataclass(frozen=True)
class ModelInfo:
    """Which network answered."""

    name: str
    sha256: str
    """Of the weights file, hexadecimal."""


@dataclass(frozen=True)
class LandCoverMap:
    """Classes and probabilities of the cells of a grid, tiles of 640 m or finer, for one acquisition."""

    grid: TileGrid
    acquisition: Acquisition
    model: ModelInfo
    probabilities: NDArray[np.float32]
    """(rows, columns, 10) calibrated, sum to 1; NaN where the network was not asked (outside, no data, cloudy)."""
    class_ids: NDArray[np.uint8]
    """(rows, columns) 0 to 9, 255 where the cell is outside the drawn shape or left out."""
    flags: NDArray[np.uint8]
    """(rows, columns) of :class:`TileFlag`."""
    clear_share: NDArray[np.float32]
    """(rows, columns) share of the cell's pixels that are observed and clear, 0 to 1."""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = self.grid.shape
        if self.probabilities.shape != (*shape, N_CLASSES):
            raise ValueError(f"probabilities have shape {self.probabilities.shape}, expected {(*shape, N_CLASSES)}")
        for array in (self.class_ids, self.flags, self.clear_share):
            if array.shape != shape:
                raise ValueError(f"per-tile arrays must have shape {shape}, got {array.shape}")
        for array in (self.probabilities, self.class_ids, self.flags, self.clear_share):
            array.setflags(write=False)

    @property
    def confidence(self) -> NDArray[np.float32]:
        """(rows, columns) the largest probability; NaN where the network was not asked."""
        return self.probabilities.max(axis=2)

    @property
    def classified(self) -> NDArray[np.bool_]:
        """(rows, columns) True where the cell has a class."""
        return self.class_ids != NO_DATA

    @property
    def class_ha(self) -> NDArray[np.float64]:
        """(10,) hectares of each class, on the UTM grid and clipped to the drawn shape."""
        classified = self.classified
        share = np.bincount(self.class_ids[classified], weights=self.grid.coverage[classified], minlength=N_CLASSES)
        return share.astype(np.float64) * self.grid.cell_ha

    @property
    def total_ha(self) -> float:
        """Hectares of the drawn shape."""
        return float(self.grid.coverage.sum(dtype=np.float64)) * self.grid.cell_ha

    @property
    def left_out_ha(self) -> float:
        """Hectares of the drawn shape that no class was given to."""
        return float(self.grid.coverage[self.grid.inside & ~self.classified].sum(dtype=np.float64)) * self.grid.cell_ha

    @property
    def clear_share_of_area(self) -> float | None:
        """Share of the drawn area that was observed and free of cloud and shadow, 0 to 1; None where nobody knows.

        The one number that pages, files and documents show: that of the acquisition, from the list it was chosen from
        or, where that had none, from the pixels (``pipeline.classify``). :attr:`clear_share` is of whole cells, also of
        what they have beyond the drawn shape, and no share of the area follows from it.
        """
        return self.acquisition.clear_share

    @property
    def simulated(self) -> bool:
        """True if the imagery was simulated, which every picture and file must say."""
        return self.acquisition.simulated

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """(rows, columns) True where a cell has no class as the picture ends in it, though what was drawn was seen.

        Such ground is not without data. As in :attr:`Scene.clear_share`, what was seen of a cell is taken to be what
        was drawn, as far as it fits there.
        """
        seen = self.clear_share >= self.grid.coverage - RIM_PX * PIXEL_M / self.grid.cell_m
        part = (self.clear_share > 0) & (self.clear_share < 1)
        return ((self.flags & np.uint8(TileFlag.NO_DATA)) > 0) & seen & part

    def left_out(self) -> dict[str, int]:
        """Count cells in the drawn shape without a class by their first reason: no_data, beyond, cloudy, unlike."""
        return left_out_of(self)


def left_out_of(*maps: LandCoverMap) -> dict[str, int]:
    """Count cells of one grid without a class in any of several maps, each once, by its first reason."""
    beyond = [m.beyond for m in maps]
    reasons = {
        "no_data": [(m.flags & TileFlag.NO_DATA > 0) & ~b for m, b in zip(maps, beyond, strict=True)],
        "beyond": beyond,
        "cloudy": [m.flags & TileFlag.CLOUDY > 0 for m in maps],
        "unlike": [m.flags & TileFlag.OOD > 0 for m in maps],
    }
    seen = ~maps[0].grid.inside
    counts: dict[str, int] = {}
    for name, of_maps in reasons.items():
        here = np.logical_or.reduce(of_maps) & ~seen
        counts[name] = int(np.count_nonzero(here))
        seen |= here
    return counts


def flag_names(flags: int) -> tuple[str, ...]:
    """Name the flags of one tile as files spell them, in fixed order."""
    return tuple(name for flag, name in FLAG_NAMES.items() if flags & flag)
