"""Randomness that depends on place and seed only: hashes of lattice points, smooth fields, irregular cells.

Everything here is elementwise in the coordinates, so that any window of any grid gets exactly the same values. No
matrix products and no transcendental functions of pixels: their last bits may depend on where an array begins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F32 = np.float32
Floats = NDArray[np.float32]
Hashes = NDArray[np.uint32]
_K1, _K2, _K3 = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D)


def mix(h: Hashes) -> Hashes:
    """Scramble uint32 in place and return it. Source: C. Wellons, "lowbias32" integer hash."""
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    h ^= h >> np.uint32(16)
    return h


def hash_of(*parts: NDArray[np.integer], salt: int) -> Hashes:
    """Hash integers that broadcast together to uint32; each further part is chained into it."""
    first, *others = (part.astype(np.int64).astype(np.uint32) for part in parts)
    h = mix(first * _K1 + np.uint32(salt & 0xFFFFFFFF))
    for values in others:
        h = mix(h * _K3 + values * _K2)
    return h


def scalar_hash(*parts: int) -> int:
    """Hash a few integers to one uint32, as a Python int; for salts."""
    h = 0x2545F491
    for part in parts:  # mix() once more, in plain numbers: one value is quicker without an array
        h = (h * 0x9E3779B1 + (int(part) & 0xFFFFFFFF)) & 0xFFFFFFFF
        h ^= h >> 16
        h = (h * 0x7FEB352D) & 0xFFFFFFFF
        h ^= h >> 15
        h = (h * 0x846CA68B) & 0xFFFFFFFF
        h ^= h >> 16
    return h


def uniform(h: Hashes) -> Floats:
    """Convert hashes to numbers from 0 (inclusive) to 1 (exclusive), float32."""
    return (h >> np.uint32(8)).astype(F32) * F32(2.0**-24)


def normal(h: Hashes) -> Floats:
    """Convert hashes to about standard normal numbers (sum of four bytes), -3.4 to 3.4."""
    total = (h & np.uint32(255)) + ((h >> np.uint32(8)) & np.uint32(255))
    total += (h >> np.uint32(16)) & np.uint32(255)
    total += h >> np.uint32(24)
    return (total.astype(F32) - F32(510)) * F32(1 / 147.8)


def lattice_points(
    xs: NDArray[np.float64], ys: NDArray[np.float64], cell: float, *, margin: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the cells under a window and ``margin`` around it: indices (n,) east and north, row by row."""
    cols = np.arange(int(xs[0] // cell) - margin, int(xs[-1] // cell) + margin + 1)
    rows = np.arange(int(ys[-1] // cell) - margin, int(ys[0] // cell) + margin + 1)
    ix, iy = np.meshgrid(cols, rows)
    return ix.ravel(), iy.ravel()


def _spline(positions: NDArray[np.float64], cell: float) -> tuple[NDArray[np.int64], tuple[Floats, Floats, Floats]]:
    scaled = positions / cell
    base = np.floor(scaled)
    t = (scaled - base).astype(F32)
    return base.astype(np.int64), (F32(0.5) * (1 - t) ** 2, F32(0.5) + t * (1 - t), F32(0.5) * t * t)


def smooth(xs: NDArray[np.float64], ys: NDArray[np.float64], cell: float, salt: int) -> Floats:
    """Compute a smooth random field on the outer grid of ys (rows) and xs (columns).

    Args:
        xs: (W,) eastings in metres.
        ys: (H,) northings in metres.
        cell: distance of the lattice points in metres; features are about twice as wide.
        salt: names the field.

    Returns:
        float32 (H, W), mean 0, standard deviation about 1 (quadratic B-spline of uniform lattice values).
    """
    ix, wx = _spline(xs, cell)
    iy, wy = _spline(ys, cell)
    x0, y0 = int(ix.min()) - 1, int(iy.min()) - 1
    cols = np.arange(x0, int(ix.max()) + 2)
    rows = np.arange(y0, int(iy.max()) + 2)
    lattice = (uniform(hash_of(cols[None, :], rows[:, None], salt=salt)) - F32(0.5)) * F32(3.4641 / 0.55)
    jx, jy = ix - x0 - 1, iy - y0 - 1
    along = lattice[:, jx] * wx[0]
    along += lattice[:, jx + 1] * wx[1]
    along += lattice[:, jx + 2] * wx[2]
    out = along[jy] * wy[0][:, None]
    out += along[jy + 1] * wy[1][:, None]
    out += along[jy + 2] * wy[2][:, None]
    return out


def smooth_at(x: NDArray[np.float64], y: NDArray[np.float64], cell: float, salt: int) -> Floats:
    """Compute the field of :func:`smooth` at scattered points, to float32 rounding; all have one shape."""
    ix, wx = _spline(x, cell)
    iy, wy = _spline(y, cell)
    out = np.zeros(x.shape, F32)
    for j in range(3):
        for i in range(3):
            value = uniform(hash_of(ix + (i - 1), iy + (j - 1), salt=salt)) - F32(0.5)
            out += value.reshape(x.shape) * wx[i] * wy[j]
    return out * F32(3.4641 / 0.55)


def line_noise(s: NDArray[np.float64], cell: float, salt: int) -> NDArray[np.float64]:
    """Compute smooth noise along a line, mean 0, standard deviation about 1; s in metres."""
    base, w = _spline(s, cell)
    total = np.zeros(s.shape)
    for i in range(3):
        total += (uniform(hash_of(base + (i - 1), salt=salt)) - 0.5) * w[i]
    return total * (3.4641 / 0.742)


def triangle(x: Floats) -> Floats:
    """Compute a triangle wave of period 1, -1 to 1: a sine without transcendental functions."""
    frac = x - np.floor(x)
    return F32(4) * np.abs(frac - F32(0.5)) - F32(1)


def combine(h: Hashes, a: Floats | NDArray[np.int32], b: Floats | NDArray[np.int32]) -> Hashes:
    """Hash a hash and two whole numbers (float32 or int32, negative ones too), elementwise and quickly."""
    ua = a.astype(np.int32, copy=False).view(np.uint32)
    ub = b.astype(np.int32, copy=False).view(np.uint32)
    return mix(h ^ (ua * _K1 + ub * _K2))


def rehash(h: Hashes, salt: int) -> Hashes:
    """Make another, independent hash of the same things."""
    return mix(h + np.uint32((salt * int(_K3)) & 0xFFFFFFFF))
