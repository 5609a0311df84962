"""Fields, orchards, meadows, heath, woods and single farms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.simulation import land, phenology
from lulc_core.sources.simulation.brush import Brush, Painted, Where
from lulc_core.sources.simulation.layout import Layout
from lulc_core.sources.simulation.noise import F32, Floats, hash_of, lattice_points, normal, rehash, triangle, uniform

FARM_CELL_M = 180.0
"""At most one farm in each square of this side."""
FARMS_FINEST_M = 20.0
"""Points further apart than this miss most farms; none are drawn for them."""
_FARM_CHANCE = {land.ANNUAL: 0.07, land.PASTURE: 0.16, land.PERMANENT: 0.10, land.HERB: 0.05, land.FOREST: 0.02}
_FARMS_NEAR_LINES = 2.4
"""Times as many along highways and rivers, where people live."""


def annual(brush: Brush, where: Where) -> Painted:
    """Paint large fields with straight edges, rows and tracks; each carries a crop with a calendar of its own."""
    frame = brush.frame(where, 1)
    width, length = frame.size(11, 120, 170), frame.size(12, 220, 380)
    strips = frame.strips(frame.u, width)
    slanted = frame.v + (strips.part - F32(0.5)) * width * F32(0.12)
    parcel, edge = strips.parcels(slanted / length, length, 7919)
    crop = ((parcel >> np.uint32(26)) + np.uint32(brush.day.year * 23)) & np.uint32(63)
    level = phenology.crop_levels(brush.day, south=brush.south)[crop]
    extra = rehash(parcel, 13)
    white, small, medium = brush.pick(where, "white", "small", "medium")
    level += F32(0.34) * normal(extra) + F32(0.11) * medium + F32(0.06) * small + F32(0.035) * white
    level += triangle(strips.u * width * F32(1 / 37)) * F32(0.045)
    track = np.clip((F32(8) - edge) * F32(0.09), 0, F32(0.6))
    kind = ((frame.names >> np.uint32(3)) + (strips.hash >> np.uint32(9))) & np.uint32(3)
    target = np.where(kind == 0, F32(-1.3), F32(1.1))
    track = np.where(kind == 2, F32(0), track)
    level += (target - level) * track
    return level, F32(0.7) * normal(rehash(extra, 3))


def permanent(brush: Brush, where: Where) -> Painted:
    """Paint vineyards and orchards: narrow parcels along bent tracks, rows of plants."""
    frame = brush.frame(where, 2)
    medium, large, white, small, fine = brush.pick(where, "medium", "large", "white", "small", "fine")
    width, length = frame.size(11, 55, 50), frame.size(12, 110, 170)
    strips = frame.strips(frame.u + F32(16) * large + F32(5) * medium, width)
    parcel, edge = strips.parcels((frame.v + F32(10) * large) / length, length, 4421)
    level = F32(0.42) * brush.district(where, 21) + F32(0.66) * normal(parcel)
    level += F32(0.3) * F32(phenology.leafless(brush.day, south=brush.south))
    level += F32(0.18) * white + F32(0.16) * fine + F32(0.14) * small
    level += triangle(strips.u * width * F32(1 / 31)) * F32(0.12)
    track = np.clip((F32(8) - edge) * F32(0.11), 0, F32(0.75))
    track = np.where((strips.hash >> np.uint32(7)) & np.uint32(1), track, track * F32(0.35))
    level += (F32(1.3) - level) * track
    return level, F32(0.6) * normal(rehash(parcel, 3)) + F32(0.4) * brush.district(where, 22)


def pasture(brush: Brush, where: Where) -> Painted:
    """Paint meadows of irregular shape with hedges and single trees."""
    frame = brush.frame(where, 5, turn=0.9)
    medium, large, white, small, fine = brush.pick(where, "medium", "large", "white", "small", "fine")
    width, length = frame.size(11, 130, 110), frame.size(12, 150, 190)
    strips = frame.strips(frame.u + F32(30) * large + F32(9) * medium, width)
    skew = (uniform(rehash(strips.hash, 2)) - F32(0.5)) * F32(0.7)
    slanted = frame.v + F32(24) * medium - F32(14) * large + skew * strips.part * width
    stretched = length * (F32(0.7) + F32(0.6) * uniform(rehash(strips.hash, 3)))
    parcel, edge = strips.parcels(slanted / stretched, length, 3571)
    level = F32(0.35) * brush.district(where, 31) + F32(0.25) * brush.of_block(where, 32) + F32(0.42) * normal(parcel)
    bright = (parcel >> np.uint32(5)) % np.uint32(17) == 0
    level = np.where(bright, level + F32(1.3), level)
    level += F32(0.55) * F32(phenology.dryness(brush.day, south=brush.south)) - F32(0.15)
    level += F32(0.16) * medium + F32(0.12) * small + F32(0.13) * white
    hedge = np.clip((F32(9) + F32(3) * fine - edge) * F32(0.1), 0, 1) * (medium > F32(-0.9))
    level += (F32(-2.3) - level) * hedge
    trees = (fine + F32(0.35) * small) > F32(2.25)
    return np.where(trees, F32(-2.2), level), F32(0.5) * normal(rehash(parcel, 3))


def herbaceous(brush: Brush, where: Where) -> Painted:
    """Paint heath and dry grassland over hills, with scrub in the valleys."""
    white, fine, small, medium, relief, shade = brush.pick(where, "white", "fine", "small", "medium", "relief", "shade")
    level = F32(0.5) * brush.district(where, 41) + F32(0.22) * medium + F32(0.24) * small + F32(0.2) * relief
    level += F32(0.26) * fine + F32(0.36) * white + F32(0.22) * shade
    level += F32(0.25) * F32(phenology.dryness(brush.day, south=brush.south))
    scrub = (fine + F32(0.5) * medium - F32(0.5) * relief) > F32(1.7)
    level = np.where(scrub, level - F32(0.8), level)
    return level, F32(0.5) * brush.district(where, 42) + F32(0.2) * small


def forest(brush: Brush, where: Where) -> Painted:
    """Paint woods: crowns, stands of different age, slopes."""
    white, small, large, shade = brush.pick(where, "white", "small", "large", "shade")
    level = F32(0.45) * brush.district(where, 51) + F32(0.32) * brush.of_block(where, 52) - F32(0.15)
    # Crowns are as small as pixels; glades in the sun are rarer and stronger than shade.
    level += F32(0.55) * white + F32(0.08) * np.maximum(white, 0) ** 2
    level += F32(0.05) * small + F32(0.12) * large + F32(0.11) * shade
    deciduous: Floats = np.clip(F32(0.5) + brush.of_block(where, 53), 0, 1)
    level += deciduous * F32(0.4 * phenology.leafless(brush.day, south=brush.south))
    return level, F32(0.5) * brush.district(where, 54) + F32(0.2) * small


def scatter_farms(
    layout: Layout, cls: NDArray[np.uint8], material: NDArray[np.uint8], level: Floats, hue: Floats, salt: int
) -> None:
    """Draw single farms of a window into ``material``, ``level`` and ``hue``: a barn or two, a yard, a tree.

    They are too small to count as a land cover of their own.
    """
    xs, ys = layout.xs, layout.ys
    ix, iy = lattice_points(xs, ys, FARM_CELL_M, margin=1)
    h = hash_of(ix, iy, salt=salt + 401)
    some = uniform(h) < max(_FARM_CHANCE.values()) * _FARMS_NEAR_LINES
    ix, iy, h = ix[some], iy[some], h[some]
    draws = [uniform(rehash(h, n)).astype(np.float64) for n in range(8)]
    x, y = (ix + 0.15 + 0.7 * draws[0]) * FARM_CELL_M, (iy + 0.15 + 0.7 * draws[1]) * FARM_CELL_M
    chance = np.zeros(256)
    for cover, share in _FARM_CHANCE.items():
        chance[cover] = share
    for n in range(ix.size):
        reach = 34.0
        left, right = np.searchsorted(xs, (x[n] - reach, x[n] + reach))
        top, bottom = np.searchsorted(-ys, (-y[n] - reach, -y[n] + reach))
        if left >= right or top >= bottom:
            continue
        part = (slice(int(top), int(bottom)), slice(int(left), int(right)))
        dx, dy = xs[part[1]] - x[n], (ys[part[0]] - y[n])[:, None]
        here = cls[part]
        # Each pixel decides alone, so that a window's cut through a farm changes nothing.
        near = (layout.roads.distance_m[part] < 280) | (layout.river_m[part] < 180)
        wanted = uniform(h[n : n + 1])[0] < chance[here] * np.where(near, _FARMS_NEAR_LINES, 1.0)
        wanted &= (layout.roads.distance_m[part] > 45) & (layout.river_m[part] > 25)
        half_x, half_y = 6 + 12 * draws[2][n], 5 + 8 * draws[3][n]
        slope = draws[4][n] - 0.5
        barn = (np.abs(dx + slope * dy) < half_x) & (np.abs(dy - slope * dx) < half_y)
        yard = (np.abs(dx + slope * dy) < half_x + 12) & (np.abs(dy - slope * dx) < half_y + 9)
        for mask, bright in ((yard & ~barn & wanted, -0.7), (barn & wanted, 0.5 + 2.0 * draws[5][n])):
            material[part][mask] = land.INDUSTRIAL
            level[part][mask] = np.float32(bright)
            hue[part][mask] = np.float32(1.6 * draws[6][n] - 0.3)
