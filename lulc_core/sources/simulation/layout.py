"""What lies where: districts, blocks of fields, lakes, and what has been built since. No dates but those of changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.simulation import land, lines
from lulc_core.sources.simulation.changes import CALM, Change, ChangeRate, changes_near
from lulc_core.sources.simulation.localities import LAND_RADIUS_M, WORLD, Locality, localities_in
from lulc_core.sources.simulation.noise import (
    F32,
    Floats,
    Hashes,
    hash_of,
    lattice_points,
    scalar_hash,
    smooth,
    smooth_at,
    uniform,
)

BLOCK_M = 760.0
"""Mean distance of the blocks (farms, quarters of a town, stands of trees)."""
DISTRICT_M = 2900.0
"""Mean distance of the districts: blocks of one district have one land cover."""
_RISE_M = 9000.0
SHORE = -0.98
"""SurfaceModel below this elevation (standard deviations) is sea or lake."""


@dataclass(frozen=True)
class Blocks:
    """The blocks of a window: irregular polygons, nearest to their seed. Arrays of one entry per block."""

    x: NDArray[np.int64]
    """Easting of the seed, metres (whole)."""
    y: NDArray[np.int64]
    cls: NDArray[np.uint8]
    """Class id of what covers the block."""
    name: Hashes
    """Hash that names the block."""
    district: Hashes
    """Hash that names its district."""


@dataclass(frozen=True)
class Layout:
    """The lay of the land on an outer grid of points; arrays are (H, W)."""

    xs: NDArray[np.float64]
    ys: NDArray[np.float64]
    cls: NDArray[np.uint8]
    """Class id before any change of the last years."""
    block: NDArray[np.int32]
    """Row in ``blocks``."""
    blocks: Blocks
    lane_m: Floats
    """Distance to the edge of the block, metres: lanes run there."""
    shore: Floats
    """Elevation above the shore, standard deviations; below 0 under water."""
    roads: lines.Roads
    river_m: Floats
    """Distance to the nearest river bank, metres, negative in the water; lines.FAR_M where there is none near."""
    changes: tuple[Change, ...]


def lay_out(xs: NDArray[np.float64], ys: NDArray[np.float64], epsg: int, seed: int, rate: ChangeRate = CALM) -> Layout:
    """Lay out the land.

    Args:
        xs: (W,) eastings of pixel centres in metres, ascending.
        ys: (H,) northings of pixel centres in metres, descending.
        epsg: UTM zone.
        seed: names the world.
        rate: how much changes there.
    """
    salt = scalar_hash(epsg, seed, WORLD)
    localities = localities_in(epsg)
    blocks = _blocks(xs, ys, salt, localities)
    block, lane_m = _nearest(xs, ys, blocks)  # (H, W) each, as all that follows
    shore = _shore(xs, ys, salt, localities)
    roads = lines.highways(xs, ys, salt, localities)
    river_m = lines.rivers(xs, ys, salt, localities)
    cls = _give_way(blocks.cls[block], xs, ys, roads.distance_m, river_m, shore, salt, localities)
    changes = changes_near(xs, ys, epsg, salt, localities, rate)
    return Layout(xs, ys, cls, block, blocks, lane_m, shore, roads, river_m, changes)


def _give_way(
    cls: NDArray[np.uint8],
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    road_m: Floats,
    river_m: Floats,
    shore: Floats,
    salt: int,
    localities: tuple[Locality, ...],
) -> NDArray[np.uint8]:
    """Decide what covers each point where several things meet: each step takes from what the steps above it left.

    Takes and changes class ids of the blocks (H, W). Distances are as in :class:`Layout`, ``road_m`` that to the middle
    of the nearest highway; around localities open land stays open.
    """
    # 1. Crops beside a river give way to meadows, in a belt of uneven width.
    flats = river_m < F32(70) + F32(60) * smooth(xs, ys, 150, salt + 18)
    cls[flats & ((cls == land.ANNUAL) | (cls == land.PERMANENT))] = land.PASTURE
    # 2. Woods along highways and rivers give way to glades.
    near_line = (road_m < F32(290)) | (river_m < F32(190))
    cls[near_line & (cls == land.FOREST) & (smooth(xs, ys, 160, salt + 19) > F32(0.35))] = land.PASTURE
    # 3. Open land gives way to copses, to hamlets (more along highways) and to business parks along highways.
    open_land = (cls == land.ANNUAL) | (cls == land.PASTURE) | (cls == land.PERMANENT)
    for locality in localities:
        open_land &= ((xs - locality.x) ** 2)[None, :] + ((ys - locality.y) ** 2)[:, None] > LAND_RADIUS_M**2
    near_road = (road_m > F32(46)) & (road_m < F32(280))
    hamlets = smooth(xs, ys, 170, salt + 15)
    hamlets += near_road * F32(0.75)
    cls[open_land & (smooth(xs, ys, 130, salt + 17) > F32(2.05))] = land.FOREST
    cls[open_land & (hamlets > F32(2.15))] = land.RESIDENTIAL
    cls[open_land & near_road & (smooth(xs, ys, 230, salt + 16) > F32(1.7))] = land.INDUSTRIAL
    # 4. All land gives way to rivers, and these to lakes and the sea.
    cls[river_m < 0] = land.RIVER
    cls[shore < 0] = land.SEA
    # 5. All of it gives way to highways; over lakes and the sea they are bridges, without verges.
    cls[(road_m < lines.HIGHWAY_HALF_M) & (shore >= 0)] = land.HIGHWAY
    cls[road_m < lines.BRIDGE_HALF_M] = land.HIGHWAY
    return cls


def _shore(xs: NDArray[np.float64], ys: NDArray[np.float64], salt: int, localities: tuple[Locality, ...]) -> Floats:
    total = smooth(xs, ys, 9000, salt + 11)
    total *= F32(0.8)
    total += smooth(xs, ys, 3700, salt + 12) * F32(0.5)
    total += smooth(xs, ys, 900, salt + 13) * F32(0.07)
    total += smooth(xs, ys, 220, salt + 14) * F32(0.018)
    total /= F32(0.95)
    total -= F32(SHORE)
    for locality in localities:
        # A wide, gentle rise, so that shores near a fixed locality still wind as elsewhere.
        distance = ((xs - locality.x) ** 2)[None, :] + ((ys - locality.y) ** 2)[:, None]
        total += np.maximum(0, 1 - distance / _RISE_M**2).astype(F32) ** 2 * F32(2.4)
    return total


def _blocks(xs: NDArray[np.float64], ys: NDArray[np.float64], salt: int, localities: tuple[Locality, ...]) -> Blocks:
    ix, iy = lattice_points(xs, ys, BLOCK_M, margin=2)
    name = hash_of(ix, iy, salt=salt + 1)
    jx = uniform(hash_of(ix, iy, salt=salt + 2)).astype(np.float64)
    jy = uniform(hash_of(ix, iy, salt=salt + 3)).astype(np.float64)
    x = np.floor((ix + 0.14 + 0.72 * jx) * BLOCK_M).astype(np.int64)
    y = np.floor((iy + 0.14 + 0.72 * jy) * BLOCK_M).astype(np.int64)
    district, cls = _districts(x.astype(np.float64), y.astype(np.float64), salt)
    for locality in localities:
        near = (x - locality.x) ** 2 + (y - locality.y) ** 2 < LAND_RADIUS_M**2
        cls[near] = land.ANNUAL
        district[near] = scalar_hash(salt, 77)
    return Blocks(x, y, cls, name, district)


def _districts(x: NDArray[np.float64], y: NDArray[np.float64], salt: int) -> tuple[Hashes, NDArray[np.uint8]]:
    """Name and land cover of the district under each block's seed."""
    ix, iy = np.floor(x / DISTRICT_M).astype(np.int64), np.floor(y / DISTRICT_M).astype(np.int64)
    best = np.full(x.shape, np.inf)
    name = np.zeros(x.shape, np.uint32)
    sx, sy = np.zeros(x.shape), np.zeros(x.shape)
    for j in (-1, 0, 1):
        for i in (-1, 0, 1):
            h = hash_of(ix + i, iy + j, salt=salt + 21)
            jx = uniform(hash_of(ix + i, iy + j, salt=salt + 22)).astype(np.float64)
            jy = uniform(hash_of(ix + i, iy + j, salt=salt + 23)).astype(np.float64)
            px, py = (ix + i + 0.15 + 0.7 * jx) * DISTRICT_M, (iy + j + 0.15 + 0.7 * jy) * DISTRICT_M
            d = (px - x) ** 2 + (py - y) ** 2
            nearer = d < best
            best, name = np.where(nearer, d, best), np.where(nearer, h, name)
            sx, sy = np.where(nearer, px, sx), np.where(nearer, py, sy)
    return name, _cover(sx, sy, name, salt)


# Shares of land cover by kind of country, in the order of the classes used: cumulative limits of a uniform number.
_PLAIN = ((land.ANNUAL, 0.40), (land.PASTURE, 0.60), (land.PERMANENT, 0.78), (land.FOREST, 0.90), (land.HERB, 1.01))
_HILLS = ((land.FOREST, 0.52), (land.HERB, 0.82), (land.PERMANENT, 0.90), (land.PASTURE, 1.01))
_TOWN = ((land.RESIDENTIAL, 0.56), (land.INDUSTRIAL, 0.95), (land.PASTURE, 1.01))


def _cover(x: NDArray[np.float64], y: NDArray[np.float64], name: Hashes, salt: int) -> NDArray[np.uint8]:
    elevation = (smooth_at(x, y, 9000, salt + 11) * F32(0.8) + smooth_at(x, y, 3700, salt + 12) * F32(0.5)) / F32(0.95)
    urban = smooth_at(x, y, 2600, salt + 31)
    dice = uniform(hash_of(name, salt=salt + 32))
    out = np.zeros(x.shape, np.uint8)
    hills = elevation > 0.75
    town = (urban > 0.85) & ~hills
    for where, table in ((~hills & ~town, _PLAIN), (hills, _HILLS), (town, _TOWN)):
        ids = np.array([c for c, _ in table], np.uint8)
        limits = np.array([limit for _, limit in table])
        out[where] = ids[np.searchsorted(limits, dice[where], side="right")]
    return out


def _nearest(xs: NDArray[np.float64], ys: NDArray[np.float64], blocks: Blocks) -> tuple[NDArray[np.int32], Floats]:
    """Row of the nearest block seed at each point, and about how far the next block is in metres.

    Each seed looks only at the points that it can reach.
    """
    best = np.full((ys.size, xs.size), F32(1e9), F32)
    second = best.copy()
    out = np.zeros((ys.size, xs.size), np.int32)
    reach = 1.75 * BLOCK_M
    for k in range(blocks.x.size):
        x, y = float(blocks.x[k]), float(blocks.y[k])
        cols = slice(int(np.searchsorted(xs, x - reach)), int(np.searchsorted(xs, x + reach)))
        rows = slice(int(np.searchsorted(-ys, -(y + reach))), int(np.searchsorted(-ys, -(y - reach))))
        if cols.start >= cols.stop or rows.start >= rows.stop:
            continue
        d = ((ys[rows] - y) ** 2).astype(F32)[:, None] + ((xs[cols] - x) ** 2).astype(F32)[None, :]
        nearer = d < best[rows, cols]
        runner = second[rows, cols]
        np.minimum(runner, np.maximum(best[rows, cols], d), out=runner)
        np.copyto(best[rows, cols], d, where=nearer)
        np.copyto(out[rows, cols], np.int32(k), where=nearer)
    second -= best
    # Half the difference over the distance of the seeds would be exact; their mean distance will do.
    second *= F32(0.5 / (1.05 * BLOCK_M))
    return out, second
