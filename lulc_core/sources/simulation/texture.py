"""What the ground looks like on a day: material, level and hue of every pixel, and the lines that cross it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.simulation import built, land, rural
from lulc_core.sources.simulation.brush import Brush, Painted, Where
from lulc_core.sources.simulation.layout import Layout
from lulc_core.sources.simulation.localities import WORLD
from lulc_core.sources.simulation.noise import F32, Floats, Hashes, hash_of, scalar_hash, smooth, uniform
from lulc_core.sources.simulation.spectra import RIVER_WATER


@dataclass(frozen=True)
class SurfaceModel:
    """What is on the ground; arrays are (H, W)."""

    material: NDArray[np.uint8]
    """Row of spectra.MATERIALS."""
    level: Floats
    """Dark to bright, about standard normal over all ground of the material."""
    hue: Floats
    """Colour apart from brightness, about standard normal."""
    grain: Hashes
    """A hash of each pixel, for the noise of the sensor."""
    road: Floats
    """Share of the pixel that is road, 0 to 1."""
    road_level: Floats


def paint(
    layout: Layout, cls: NDArray[np.uint8], site: NDArray[np.bool_], day: date, *, epsg: int, seed: int
) -> SurfaceModel:
    """Paint the surface of a window on a day.

    Args:
        layout: from lay_out().
        cls: (H, W) class ids on that day, from changes.cover_on().
        site: (H, W) True where there is a building site.
        day: of the overpass.
        epsg: UTM zone; 327zz has the seasons of the south.
        seed: names the world.
    """
    brush = Brush.over(layout, day, south=epsg >= 32700, salt=scalar_hash(epsg, seed, WORLD))
    level, hue = np.zeros(cls.shape, F32), np.zeros(cls.shape, F32)
    material = cls.copy()
    for cover, painter in _PAINTERS.items():
        where = np.flatnonzero(cls.ravel() == cover)
        if where.size:
            level.ravel()[where], hue.ravel()[where] = painter(brush, where)
    material[cls == land.HIGHWAY] = land.HERB
    material[cls == land.RIVER] = RIVER_WATER
    _banks(brush, cls, material, level, hue)
    if layout.xs[1] - layout.xs[0] <= rural.FARMS_FINEST_M:
        rural.scatter_farms(layout, cls, material, level, hue, brush.salt)
    if site.any():
        material[site] = land.ANNUAL
        level[site] = F32(1.7) + F32(0.3) * brush.fields["small"][site]
    road, road_level = _highways(brush, cls, material, level)
    _lanes(brush, cls, road, road_level)
    return SurfaceModel(material, level, hue, brush.grain, road, road_level)


def _river(brush: Brush, where: Where) -> Painted:
    white, medium = brush.pick(where, "white", "medium")
    lay = brush.layout
    muddy = smooth(lay.xs, lay.ys, 14000, brush.salt + 71).ravel()[where]
    return muddy * F32(0.55) + F32(0.35) + F32(0.05) * white + F32(0.05) * medium, np.zeros(where.size, F32)


def _sea(brush: Brush, where: Where) -> Painted:
    white, large = brush.pick(where, "white", "large")
    lay = brush.layout
    turbid = smooth(lay.xs, lay.ys, 16000, brush.salt + 72).ravel()[where]
    depth = np.clip(-lay.shore.ravel()[where] * F32(8), 0, 1)
    level = turbid * F32(0.9) + F32(0.1) - F32(0.15) * depth + F32(0.02) * large + F32(0.03) * white
    return level, F32(0.3) * turbid


def _verge(brush: Brush, where: Where) -> Painted:
    white, small = brush.pick(where, "white", "small")
    return F32(-0.7) + F32(0.5) * small + F32(0.15) * white, np.zeros(where.size, F32)


_PAINTERS: dict[int, Callable[[Brush, Where], Painted]] = {
    land.ANNUAL: rural.annual,
    land.FOREST: rural.forest,
    land.HERB: rural.herbaceous,
    land.HIGHWAY: _verge,
    land.INDUSTRIAL: built.industrial,
    land.PASTURE: rural.pasture,
    land.PERMANENT: rural.permanent,
    land.RESIDENTIAL: built.residential,
    land.RIVER: _river,
    land.SEA: _sea,
}


def _banks(brush: Brush, cls: NDArray[np.uint8], material: NDArray[np.uint8], level: Floats, hue: Floats) -> None:
    """Trees and some open shore along rivers."""
    lay, f = brush.layout, brush.fields
    banks = (cls != land.RIVER) & (cls != land.SEA) & (cls != land.HIGHWAY) & (lay.river_m < F32(140))
    belt = banks & (lay.river_m < F32(38) + F32(26) * f["medium"] + F32(7) * f["fine"])
    material[belt] = land.FOREST
    level[belt] = F32(0.6) + F32(0.7) * f["fine"][belt] + F32(0.3) * f["white"][belt]
    hue[belt] = 0
    shore = banks & (lay.river_m < F32(9)) & (f["medium"] < F32(0.3))
    material[shore] = land.HERB
    level[shore] = F32(0.7) + F32(0.4) * f["fine"][shore]


def _lanes(brush: Brush, cls: NDArray[np.uint8], road: Floats, road_level: Floats) -> None:
    """Country roads and streets between blocks: each block has them along its edge, or not."""
    lay = brush.layout
    near = (lay.lane_m < F32(13)) & (cls != land.SEA) & (cls != land.RIVER) & (cls != land.HIGHWAY)
    where = np.flatnonzero(near)
    name = lay.blocks.name[lay.block.ravel()[where]]
    cover = cls.ravel()[where]
    wild = (cover == land.FOREST) | (cover == land.HERB)
    share = np.clip((F32(6.5) - lay.lane_m.ravel()[where]) * F32(0.13), 0, F32(0.8))
    share *= np.where(wild, F32(0.42) * ((name & np.uint32(3)) == 0), F32(1) * ((name & np.uint32(3)) != 0))
    stronger = share > road.ravel()[where]
    road.ravel()[where[stronger]] = share[stronger]
    road_level.ravel()[where[stronger]] = np.where(wild, F32(0.6), F32(0.9))[stronger]


def _highways(
    brush: Brush, cls: NDArray[np.uint8], material: NDArray[np.uint8], level: Floats
) -> tuple[Floats, Floats]:
    """Two carriageways, what lies between, rows of trees, roads that cross and junctions."""
    lay, white = brush.layout, brush.fields["white"]
    road = np.zeros(cls.shape, F32)
    road_level = np.zeros(cls.shape, F32)
    where = np.flatnonzero((lay.roads.distance_m.ravel() < F32(260)) & (cls.ravel() != land.SEA))
    if not where.size:
        return road, road_level
    d, s = lay.roads.side_m.ravel()[where], lay.roads.along_m.ravel()[where]
    line = lay.roads.name.ravel()[where]
    a = np.abs(d)
    lanes = np.clip((F32(21) - a) * F32(0.11), 0, F32(0.97))
    lane_level = np.where(a < F32(4), F32(-0.2), F32(1.0)) + F32(0.25) * white.ravel()[where]
    # A crossing road in most stretches of 1.1 km, a junction with ramps in some.
    cell = np.floor(s * F32(1 / 2300))
    h = hash_of(cell.astype(np.int64), line.astype(np.int64), salt=brush.salt + 301)
    centre = (cell + F32(0.35) + F32(0.3) * uniform(h)) * F32(2300)
    tilt = (uniform(hash_of(cell.astype(np.int64), line.astype(np.int64), salt=brush.salt + 302)) - F32(0.5)) * F32(0.8)
    along = s - centre
    crossing = np.clip((F32(9) - np.abs(along - tilt * d)) * F32(0.13), 0, F32(0.85))
    crossing *= (h & np.uint32(7)) > 2
    junction = (h & np.uint32(7)) > 5
    ring = np.sqrt((np.abs(along - tilt * d) - F32(72)) ** 2 + (a - F32(92)) ** 2)
    ramps = np.clip((F32(9) - np.abs(ring - F32(60))) * F32(0.13), 0, F32(0.85)) * junction
    slip = np.clip((F32(6.5) - np.abs(a - F32(52) + np.abs(along) * F32(0.10))) * F32(0.13), 0, F32(0.7))
    slip *= junction & (np.abs(along) < F32(250))
    total = np.maximum(np.maximum(lanes, crossing), np.maximum(ramps, slip))
    water = (cls.ravel()[where] == land.RIVER) | (lay.shore.ravel()[where] < F32(0.004))
    total = np.where(water, lanes, total)
    road.ravel()[where] = total
    road_level.ravel()[where] = np.where(lanes >= crossing, lane_level, lane_level + F32(0.3))
    # A parallel road on one side in some stretches, and a green strip that the fields keep off.
    stretch = hash_of(np.floor(s * F32(1 / 1700)).astype(np.int64), line.astype(np.int64), salt=brush.salt + 304)
    side = np.where(stretch & np.uint32(1), d, -d)
    parallel = np.clip(
        (F32(9) - np.abs(side - F32(62) - F32(9) * brush.fields["large"].ravel()[where])) * F32(0.13), 0, 1
    )
    parallel *= (F32(0.45) * ((stretch & np.uint32(6)) == 2)) * ~water
    total = np.maximum(total, parallel)
    road.ravel()[where] = total
    green = np.isin(cls.ravel()[where], (land.ANNUAL, land.PERMANENT, land.HERB))
    green &= (side > F32(-34)) & (side < F32(56)) & (a > F32(26))
    spots = where[green]
    material.ravel()[spots] = land.PASTURE
    level.ravel()[spots] = F32(0.2) + F32(0.6) * brush.fields["small"].ravel()[spots]
    trees = (a > F32(33)) & (a < F32(46) + F32(9) * brush.fields["fine"].ravel()[where]) & ~water
    trees &= brush.fields["medium"].ravel()[where] > F32(0.2)
    spots = where[trees]
    material.ravel()[spots] = land.FOREST
    level.ravel()[spots] = F32(0.6) + F32(0.8) * brush.fields["fine"].ravel()[spots]
    return road, road_level
