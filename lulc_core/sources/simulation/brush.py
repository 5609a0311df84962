"""What the painters of all land covers share: smooth fields of the window, the directions and moods of its blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.simulation.layout import Layout
from lulc_core.sources.simulation.noise import F32, Floats, Hashes, hash_of, normal, rehash, smooth, uniform

Where = NDArray[np.intp]
"""Flat indices of the pixels of one cover."""
Painted = tuple[Floats, Floats]
"""Level and hue of those pixels, see texture.SurfaceModel."""


@dataclass(frozen=True)
class Brush:
    """A window on a day, ready to be painted."""

    layout: Layout
    day: date
    south: bool
    """True south of the equator: seasons are half a year off."""
    salt: int
    grain: Hashes
    """(H, W) a hash of each pixel on that day."""
    fields: dict[str, Floats]
    """Smooth fields (H, W), about standard normal: white (pixel by pixel), fine, small, medium, large (about 45, 110,
    300 and 840 m wide), relief (hills with valleys between), shade (light from the south-east on them)."""

    @classmethod
    def over(cls, layout: Layout, day: date, *, south: bool, salt: int) -> Brush:
        """Lays the fields out over a window."""
        xs, ys = layout.xs, layout.ys
        ix, iy = np.floor(xs / 10).astype(np.int64), np.floor(ys / 10).astype(np.int64)
        relief = _relief(xs, ys, salt)
        shade = _relief(xs + 30, ys - 30, salt)
        shade -= relief
        shade *= F32(4.6)
        grain = hash_of(ix[None, :], iy[:, None], salt=salt + 101)
        fields = {
            "white": normal(grain),
            "fine": smooth(xs, ys, 22, salt + 102),
            "small": smooth(xs, ys, 55, salt + 103),
            "medium": smooth(xs, ys, 150, salt + 104),
            "large": smooth(xs, ys, 420, salt + 105),
            "relief": relief,
            "shade": shade,
        }
        return cls(layout, day, south, salt, rehash(grain, day.toordinal()), fields)

    def pick(self, where: Where, *names: str) -> list[Floats]:
        """The named fields at some pixels."""
        return [self.fields[n].ravel()[where] for n in names]

    def frame(self, where: Where, salt: int, *, turn: float = 0.3) -> tuple[Floats, Floats, Hashes, NDArray[np.int32]]:
        """Metres along and across the block's own direction, hashes of all blocks, and which is each pixel's."""
        lay, b = self.layout, self.layout.block.ravel()[where]
        name, district = rehash(lay.blocks.name, salt), rehash(lay.blocks.district, salt)
        slope = (uniform(district) - F32(0.5)) * F32(1.6) + (uniform(rehash(name, 5)) - F32(0.5)) * F32(turn)
        scale = F32(1) / np.sqrt(F32(1) + slope * slope)
        cos, sin = scale.astype(F32)[b], (slope * scale).astype(F32)[b]
        rows, cols = np.divmod(where, lay.xs.size)
        dx = (lay.xs[cols] - lay.blocks.x[b]).astype(F32)
        dy = (lay.ys[rows] - lay.blocks.y[b]).astype(F32)
        return (dx * cos + dy * sin).astype(F32, copy=False), (dy * cos - dx * sin).astype(F32, copy=False), name, b

    def district(self, where: Where, salt: int) -> Floats:
        """A standard normal number of each pixel's district."""
        return normal(rehash(self.layout.blocks.district, salt))[self.layout.block.ravel()[where]]

    def of_block(self, where: Where, salt: int) -> Floats:
        """A standard normal number of each pixel's block."""
        return normal(rehash(self.layout.blocks.name, salt))[self.layout.block.ravel()[where]]


def _relief(xs: NDArray[np.float64], ys: NDArray[np.float64], salt: int) -> Floats:
    """Hills with sharp valleys: sums of folded noise, about standard normal."""
    total = np.abs(smooth(xs, ys, 640, salt + 106))
    total += np.abs(smooth(xs, ys, 270, salt + 107)) * F32(0.5)
    total -= F32(1.2)
    total *= F32(1.5)
    return total
