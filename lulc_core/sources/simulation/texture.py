"""What each land cover looks like from orbit: level and hue of every pixel, from its place and the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.simulation import phenology
from lulc_core.sources.simulation.layout import (
    ANNUAL,
    FOREST,
    HERB,
    HIGHWAY,
    INDUSTRIAL,
    PASTURE,
    PERMANENT,
    RESIDENTIAL,
    RIVER,
    SEA,
    Layout,
)
from lulc_core.sources.simulation.noise import (
    F32,
    Floats,
    Hashes,
    cells_at,
    combine,
    hash_of,
    normal,
    rehash,
    scalar_hash,
    smooth,
    triangle,
    uniform,
)
from lulc_core.sources.simulation.spectra import RIVER_WATER


@dataclass(frozen=True)
class Ground:
    """What is on the ground; arrays are (H, W)."""

    material: NDArray[np.uint8]
    """Row of spectra.MATERIALS."""
    level: Floats
    """Dark to bright, about standard normal over all ground of the material."""
    hue: Floats
    """Colour apart from brightness, about standard normal."""
    road: Floats
    """Share of the pixel that is road, 0 to 1."""
    road_level: Floats


@dataclass(frozen=True)
class _Fields:
    """Smooth fields over the whole window that several covers share, (H, W) each, standard normal."""

    white: Floats
    fine: Floats
    small: Floats
    medium: Floats
    large: Floats
    shade: Floats


class Painter:
    """Paints the covers of one window on one day."""

    def __init__(self, layout: Layout, cls: NDArray[np.uint8], day: date, *, south: bool, salt: int) -> None:
        self.layout, self.cls, self.day, self.south, self.salt = layout, cls, day, south, salt
        xs, ys = layout.xs, layout.ys
        ix, iy = np.floor(xs / 10).astype(np.int64), np.floor(ys / 10).astype(np.int64)
        white = normal(hash_of(ix[None, :], iy[:, None], salt=salt + 101))
        large, medium = smooth(xs, ys, 420, salt + 105), smooth(xs, ys, 150, salt + 104)
        # Light from the south-east: the slope of the hills towards it.
        shade = smooth(xs + 40, ys - 40, 420, salt + 105) - large
        shade *= F32(3.4)
        shade += (smooth(xs + 20, ys - 20, 150, salt + 104) - medium) * F32(1.6)
        self.fields = _Fields(
            white, smooth(xs, ys, 22, salt + 102), smooth(xs, ys, 55, salt + 103), medium, large, shade
        )
        self.level = np.zeros(cls.shape, F32)
        self.hue = np.zeros(cls.shape, F32)
        self.material = cls.copy()

    def paint(self, site: NDArray[np.bool_]) -> Ground:
        """All covers."""
        for cover, painter in (
            (ANNUAL, self._annual),
            (FOREST, self._forest),
            (HERB, self._herbaceous),
            (INDUSTRIAL, self._industrial),
            (PASTURE, self._pasture),
            (PERMANENT, self._permanent),
            (RESIDENTIAL, self._residential),
            (RIVER, self._river),
            (SEA, self._sea),
            (HIGHWAY, self._verge),
        ):
            where = np.flatnonzero(self.cls.ravel() == cover)
            if where.size:
                level, hue = painter(where)
                self.level.ravel()[where] = level
                self.hue.ravel()[where] = hue
        self.material[self.cls == HIGHWAY] = HERB
        self.material[self.cls == RIVER] = RIVER_WATER
        self._banks()
        if site.any():
            self.material[site] = ANNUAL
            self.level[site] = F32(1.7) + F32(0.3) * self.fields.small[site]
        road, road_level = self._roads()
        return Ground(self.material, self.level, self.hue, road, road_level)

    # --- shared -------------------------------------------------------------------------------------------------

    def _pick(self, where: NDArray[np.intp], *names: str) -> list[Floats]:
        return [getattr(self.fields, n).ravel()[where] for n in names]

    def _frame(
        self, where: NDArray[np.intp], salt: int, *, turn: float = 0.3
    ) -> tuple[Floats, Floats, Hashes, NDArray[np.int32]]:
        """Metres along and across the block's own direction, name of the block, its row."""
        lay, b = self.layout, self.layout.block.ravel()[where]
        name, district = rehash(lay.blocks.name, salt), rehash(lay.blocks.district, salt)
        slope = (uniform(district) - F32(0.5)) * F32(1.6) + (uniform(rehash(name, 5)) - F32(0.5)) * F32(turn)
        scale = F32(1) / np.sqrt(F32(1) + slope * slope)
        cos, sin = scale[b], (slope * scale)[b]
        rows, cols = np.divmod(where, lay.xs.size)
        dx = (lay.xs[cols] - lay.blocks.x[b]).astype(F32)
        dy = (lay.ys[rows] - lay.blocks.y[b]).astype(F32)
        return dx * cos + dy * sin, dy * cos - dx * sin, name, b

    def _district(self, where: NDArray[np.intp], salt: int) -> Floats:
        return normal(rehash(self.layout.blocks.district, salt))[self.layout.block.ravel()[where]]

    def _block_normal(self, b: NDArray[np.int32], salt: int) -> Floats:
        return normal(rehash(self.layout.blocks.name, salt))[b]

    # --- the ten covers -----------------------------------------------------------------------------------------

    def _annual(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        u, v, name, b = self._frame(where, 1)
        width = (F32(120) + F32(170) * uniform(rehash(name, 11)))[b]
        length = (F32(220) + F32(380) * uniform(rehash(name, 12)))[b]
        own = name[b]
        u /= width
        strip = np.floor(u)
        fu = u - strip
        h = combine(own, strip, strip)
        v = (v + (fu - F32(0.5)) * width * F32(0.12)) / length + uniform(h)
        row = np.floor(v)
        fv = v - row
        parcel = combine(own, strip, row + F32(7919))
        crop = ((parcel >> np.uint32(26)) + np.uint32(self.day.year * 23)) & np.uint32(63)
        level = phenology.crop_levels(self.day, south=self.south)[crop]
        extra = rehash(parcel, 13)
        white, small, medium = self._pick(where, "white", "small", "medium")
        level += F32(0.34) * normal(extra) + F32(0.09) * medium + F32(0.05) * small + F32(0.035) * white
        level += triangle(u * width * F32(1 / 37)) * F32(0.045)
        edge = np.minimum(np.minimum(fu, F32(1) - fu) * width, np.minimum(fv, F32(1) - fv) * length)
        track = np.clip((F32(8) - edge) * F32(0.09), 0, F32(0.6))
        kind = ((own >> np.uint32(3)) + (h >> np.uint32(9))) & np.uint32(3)
        target = np.where(kind == 0, F32(-1.3), F32(1.1))
        track = np.where(kind == 2, F32(0), track)
        level += (target - level) * track
        return level, F32(0.7) * normal(rehash(extra, 3))

    def _permanent(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        u, v, name, b = self._frame(where, 2)
        medium, large, white, small, fine = self._pick(where, "medium", "large", "white", "small", "fine")
        u = u + F32(16) * large + F32(5) * medium
        v = v + F32(10) * large
        width = (F32(55) + F32(50) * uniform(rehash(name, 11)))[b]
        length = (F32(110) + F32(170) * uniform(rehash(name, 12)))[b]
        own = name[b]
        u /= width
        strip = np.floor(u)
        fu = u - strip
        h = combine(own, strip, strip)
        v = v / length + uniform(h)
        row = np.floor(v)
        fv = v - row
        parcel = combine(own, strip, row + F32(4421))
        level = F32(0.42) * self._district(where, 21) + F32(0.62) * normal(parcel)
        level += F32(0.3) * F32(phenology.leafless(self.day, south=self.south))
        level += F32(0.16) * white + F32(0.14) * fine + F32(0.14) * small
        level += triangle(u * width * F32(1 / 31)) * F32(0.12)
        edge = np.minimum(np.minimum(fu, F32(1) - fu) * width, np.minimum(fv, F32(1) - fv) * length)
        track = np.clip((F32(8) - edge) * F32(0.11), 0, F32(0.7))
        track = np.where((h >> np.uint32(7)) & np.uint32(1), track, track * F32(0.3))
        level += (F32(1.2) - level) * track
        return level, F32(0.6) * normal(rehash(parcel, 3)) + F32(0.4) * self._district(where, 22)

    def _pasture(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        lay = self.layout
        rows, cols = np.divmod(where, lay.xs.size)
        medium, large, white, small, fine = self._pick(where, "medium", "large", "white", "small", "fine")
        x = lay.xs[cols] + F32(22) * large + F32(8) * medium
        y = lay.ys[rows] + F32(22) * medium
        parcel, edge = cells_at(x, y, 245.0, self.salt + 61)
        b = lay.block.ravel()[where]
        level = (
            F32(0.35) * self._district(where, 31) + F32(0.25) * self._block_normal(b, 32) + F32(0.42) * normal(parcel)
        )
        bright = (parcel >> np.uint32(5)) % np.uint32(17) == 0
        level = np.where(bright, level + F32(1.3), level)
        level += F32(0.55) * F32(phenology.dryness(self.day, south=self.south)) - F32(0.15)
        level += F32(0.16) * medium + F32(0.12) * small + F32(0.13) * white
        hedge = np.clip((F32(9) + F32(3) * fine - edge) * F32(0.1), 0, 1) * (medium > F32(-0.9))
        level += (F32(-2.3) - level) * hedge
        trees = (fine + F32(0.35) * small) > F32(2.25)
        level = np.where(trees, F32(-2.2), level)
        return level, F32(0.5) * normal(rehash(parcel, 3))

    def _herbaceous(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        white, fine, small, medium, large, shade = self._pick(
            where, "white", "fine", "small", "medium", "large", "shade"
        )
        level = F32(0.5) * self._district(where, 41) + F32(0.3) * medium + F32(0.22) * large + F32(0.24) * small
        level += F32(0.2) * fine + F32(0.14) * white + F32(0.34) * shade
        level += F32(0.25) * F32(phenology.dryness(self.day, south=self.south))
        scrub = (fine + F32(0.8) * medium) > F32(2.0)
        level = np.where(scrub, level - F32(0.9), level)
        return level, F32(0.5) * self._district(where, 42) + F32(0.2) * small

    def _forest(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        white, fine, small, large, shade = self._pick(where, "white", "fine", "small", "large", "shade")
        b = self.layout.block.ravel()[where]
        level = F32(0.45) * self._district(where, 51) + F32(0.2) * self._block_normal(b, 52)
        level += F32(0.36) * white + F32(0.34) * fine + F32(0.2) * small + F32(0.1) * large + F32(0.2) * shade
        deciduous = np.clip(F32(0.5) + self._block_normal(b, 53), 0, 1)
        level += deciduous * F32(0.6 * phenology.leafless(self.day, south=self.south))
        return level, F32(0.5) * self._district(where, 54) + F32(0.2) * small

    def _residential(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        u, v, name, b = self._frame(where, 3, turn=0.8)
        medium, white, fine = self._pick(where, "medium", "white", "fine")
        street = (F32(74) + F32(34) * uniform(rehash(name, 11)))[b]
        cross = (F32(150) + F32(150) * uniform(rehash(name, 12)))[b]
        own = name[b]
        us = u / street
        line = np.floor(us)
        fu = (us - line) * street
        vs = v / cross + uniform(combine(own, line, line))
        fv = (vs - np.floor(vs)) * cross
        plot = F32(25)
        side = np.floor(fu / (street * F32(0.5)))
        pu = fu - (side + F32(0.5)) * street * F32(0.5)
        pv = v / plot
        number = np.floor(pv)
        pv = (pv - number - F32(0.5)) * plot
        house = combine(own, line * F32(2) + side, number)
        extra = rehash(house, 3)
        half_u = F32(6.5) + F32(5) * uniform(house)
        half_v = F32(6) + F32(5.5) * uniform(extra)
        roof = np.clip((half_u - np.abs(pu)) * F32(0.14) + F32(0.5), 0, 1)
        roof *= np.clip((half_v - np.abs(pv)) * F32(0.14) + F32(0.5), 0, 1)
        roof *= (house & np.uint32(15)) > 2
        base = F32(0.4) * self._district(where, 61)
        level = base - F32(0.75) + F32(0.3) * white + F32(0.25) * fine + F32(0.2) * medium
        to_street = np.minimum(np.minimum(fu, street - fu), np.minimum(fv, cross - fv))
        paved = np.clip((F32(9) - to_street) * F32(0.12), 0, F32(0.85))
        level += (base + F32(0.25) - level) * paved
        level += (base + F32(0.9) + F32(0.75) * normal(extra) - level) * roof
        hue = F32(-0.8) * roof * (uniform(rehash(house, 4)) < F32(0.6)) + F32(0.3) * self._district(where, 62)
        return level, hue

    def _industrial(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        u, v, name, b = self._frame(where, 4, turn=0.5)
        medium, white, fine, small = self._pick(where, "medium", "white", "fine", "small")
        size_u = (F32(78) + F32(70) * uniform(rehash(name, 11)))[b]
        size_v = (F32(70) + F32(70) * uniform(rehash(name, 12)))[b]
        own = name[b]
        us = u / size_u
        i = np.floor(us)
        vs = v / size_v + uniform(combine(own, i, i))
        j = np.floor(vs)
        hall = combine(own, i, j + F32(977))
        extra = rehash(hall, 3)
        fu, fv = (us - i - F32(0.5)) * size_u, (vs - j - F32(0.5)) * size_v
        half_u = size_u * (F32(0.2) + F32(0.24) * uniform(hall))
        half_v = size_v * (F32(0.2) + F32(0.24) * uniform(extra))
        roof = np.clip((half_u - np.abs(fu)) * F32(0.12) + F32(0.5), 0, 1)
        roof *= np.clip((half_v - np.abs(fv)) * F32(0.12) + F32(0.5), 0, 1)
        roof *= (hall & np.uint32(7)) > 0
        base = F32(0.2) * self._district(where, 71)
        green = np.clip((medium + F32(0.5) * small - F32(0.5)) * F32(1.6), 0, 1)
        level = base - F32(0.45) + F32(0.22) * white + F32(0.22) * fine - F32(1.0) * green
        tone = uniform(rehash(hall, 4))
        bright = np.where(tone < F32(0.42), F32(1.75), np.where(tone < F32(0.75), F32(0.55), F32(-0.1)))
        level += (base + bright + F32(0.3) * normal(rehash(hall, 5)) - level) * roof
        shadow = (roof < F32(0.2)) & (np.abs(fv + F32(9)) < half_v) & (np.abs(fu + F32(9)) < half_u)
        level = np.where(shadow, level - F32(0.7), level)
        return level, F32(0.5) * normal(rehash(hall, 6)) * roof

    def _river(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        white, medium = self._pick(where, "white", "medium")
        lay = self.layout
        muddy = smooth(lay.xs, lay.ys, 14000, self.salt + 71).ravel()[where]
        return muddy * F32(0.9) + F32(0.05) * white + F32(0.05) * medium, np.zeros(where.size, F32)

    def _sea(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        white, large = self._pick(where, "white", "large")
        lay = self.layout
        turbid = smooth(lay.xs, lay.ys, 16000, self.salt + 72).ravel()[where]
        depth = np.clip(-lay.shore.ravel()[where] * F32(8), 0, 1)
        level = turbid * F32(0.8) - F32(0.2) - F32(0.15) * depth + F32(0.02) * large + F32(0.03) * white
        return level, F32(0.3) * turbid

    def _verge(self, where: NDArray[np.intp]) -> tuple[Floats, Floats]:
        white, small = self._pick(where, "white", "small")
        return F32(-0.7) + F32(0.5) * small + F32(0.15) * white, np.zeros(where.size, F32)

    # --- lines --------------------------------------------------------------------------------------------------

    def _banks(self) -> None:
        lay = self.layout
        land = (self.cls != RIVER) & (self.cls != SEA) & (self.cls != HIGHWAY)
        belt = land & (lay.river_m < F32(24) + F32(20) * self.fields.medium)
        self.material[belt] = FOREST
        self.level[belt] = F32(0.3) + F32(0.6) * self.fields.fine[belt]

    def _roads(self) -> tuple[Floats, Floats]:
        d = self.layout.road_m
        road = np.clip((F32(16.5) - d) * F32(0.12), 0, F32(0.95))
        level = np.where(d < F32(4.5), F32(-0.6), F32(0.35)) + F32(0.15) * self.fields.white
        road[self.cls == SEA] = 0
        return road, level


def paint(
    layout: Layout, cls: NDArray[np.uint8], site: NDArray[np.bool_], day: date, *, epsg: int, seed: int
) -> Ground:
    """The ground of a window on a day.

    Args:
        layout: from lay_out().
        cls: (H, W) class ids on that day, from changes.cover_on().
        site: (H, W) True where there is a building site.
        day: of the overpass.
        epsg: UTM zone; 327zz has the seasons of the south.
        seed: names the world.
    """
    salt = scalar_hash(epsg, seed)
    return Painter(layout, cls, day, south=epsg >= 32700, salt=salt).paint(site)
