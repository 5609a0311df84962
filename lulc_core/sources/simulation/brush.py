"""What the painters of all land covers share: smooth fields of the window, the directions and moods of its blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.simulation.layout import Layout
from lulc_core.sources.simulation.noise import F32, Floats, Hashes, combine, hash_of, normal, rehash, smooth, uniform

Where = NDArray[np.intp]
"""Flat indices of the pixels of one cover."""
Painted = tuple[Floats, Floats]
"""Level and hue of those pixels, see texture.SurfaceModel."""


@dataclass(frozen=True)
class Frame:
    """Axes of the blocks under n pixels; arrays are (n,) but for ``block_names``."""

    u: Floats
    """Metres along the direction of the pixel's block, from its seed."""
    v: Floats
    """Metres across it."""
    block_names: Hashes
    """(blocks,) hashes of all blocks of the window."""
    block: NDArray[np.int32]
    """Which is the pixel's."""
    names: Hashes
    """Hash of the pixel's block."""

    def size(self, salt: int, least: float, spread: float) -> Floats:
        """Draw a length for each block, from ``least`` to ``least + spread`` metres."""
        return (F32(least) + F32(spread) * uniform(rehash(self.block_names, salt)))[self.block]

    def strips(self, u: Floats, width: Floats) -> Strips:
        """Cut blocks into strips of some width; ``u`` is the position in metres."""
        u = u / width
        number = np.floor(u)
        return Strips(self.names, width, u, number, u - number, combine(self.names, number, number))


@dataclass(frozen=True)
class Strips:
    """Strips that blocks are cut into, under n pixels."""

    names: Hashes
    width: Floats
    u: Floats
    """Position in widths."""
    number: Floats
    part: Floats
    """Position within the strip, 0 to 1."""
    hash: Hashes
    """Names the strip."""

    def parcels(self, v: NDArray[np.floating], length: Floats, salt: int) -> tuple[Hashes, Floats]:
        """Cut strips into parcels, and measure metres to the edge of each pixel's; ``v`` is the position in lengths."""
        v = v + uniform(self.hash)
        row = np.floor(v)
        part = v - row
        across = np.minimum(self.part, F32(1) - self.part) * self.width
        edge = np.minimum(across, np.minimum(part, F32(1) - part) * length)
        return combine(self.names, self.number, (row + F32(salt)).astype(F32, copy=False)), edge


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
        """Lay the fields out over a window."""
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
        """Take some fields at some pixels."""
        return [self.fields[n].ravel()[where] for n in names]

    def frame(self, where: Where, salt: int, *, turn: float = 0.3) -> Frame:
        """Lay axes along each block's direction under some pixels."""
        lay, b = self.layout, self.layout.block.ravel()[where]
        name, district = rehash(lay.blocks.name, salt), rehash(lay.blocks.district, salt)
        slope = (uniform(district) - F32(0.5)) * F32(1.6) + (uniform(rehash(name, 5)) - F32(0.5)) * F32(turn)
        scale = F32(1) / np.sqrt(F32(1) + slope * slope)
        cos, sin = scale.astype(F32)[b], (slope * scale).astype(F32)[b]
        rows, cols = np.divmod(where, lay.xs.size)
        dx = (lay.xs[cols] - lay.blocks.x[b]).astype(F32)
        dy = (lay.ys[rows] - lay.blocks.y[b]).astype(F32)
        u, v = (dx * cos + dy * sin).astype(F32, copy=False), (dy * cos - dx * sin).astype(F32, copy=False)
        return Frame(u, v, name, b, name[b])

    def district(self, where: Where, salt: int) -> Floats:
        """Draw a standard normal number for each pixel's district."""
        return normal(rehash(self.layout.blocks.district, salt))[self.layout.block.ravel()[where]]

    def of_block(self, where: Where, salt: int) -> Floats:
        """Draw a standard normal number for each pixel's block."""
        return normal(rehash(self.layout.blocks.name, salt))[self.layout.block.ravel()[where]]


def _relief(xs: NDArray[np.float64], ys: NDArray[np.float64], salt: int) -> Floats:
    """Hills with sharp valleys: sums of folded noise, about standard normal."""
    total = np.abs(smooth(xs, ys, 640, salt + 106))
    total += np.abs(smooth(xs, ys, 270, salt + 107)) * F32(0.5)
    total -= F32(1.2)
    total *= F32(1.5)
    return total
