"""Lasting changes of land cover: rare, at known places and dates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import TILE_M
from lulc_core.sources.simulation import land
from lulc_core.sources.simulation.localities import QUIET_RADIUS_M, Locality
from lulc_core.sources.simulation.noise import F32, scalar_hash, smooth

OPEN_LAND = (land.ANNUAL, land.HERB, land.PASTURE, land.PERMANENT)
"""Classes that are built upon."""


@dataclass(frozen=True)
class Kind:
    """A kind of change."""

    number: int
    """Keeps its dice apart from those of other kinds."""
    chance: float
    """That a cell sees it."""
    to: int | None = None
    """Class id afterwards; None for building, where the dice choose industry or homes."""
    taken: tuple[int, ...] = OPEN_LAND
    """Class ids that give way to it."""


@dataclass(frozen=True)
class ChangeRate:
    """How much changes, and when."""

    name: str
    """Part of the ids of acquisitions; empty for the world as it is."""
    cell_tiles: int
    """One possible change of each kind in every so many by so many tiles."""
    first_day: date
    """Nothing is finished before."""
    days: int
    """All is finished within so many days."""
    kinds: tuple[Kind, ...]


CALM = ChangeRate("", 4, date(2015, 9, 1), 3900, (Kind(91, 0.6), Kind(92, 0.3, land.HERB, (land.FOREST,))))
"""The world as it is: building, and clearing of forest where there is any, are rare."""


@dataclass(frozen=True)
class Change:
    """A rectangle of ground whose land cover changed for good."""

    x: float
    y: float
    cos: float
    sin: float
    half_x: float
    half_y: float
    to: int
    """Class id since ``built``."""
    taken: tuple[int, ...]
    """Class ids that give way to it."""
    works: date
    """First day of the building site; ``built`` where there is none."""
    built: date
    ragged: int = 0
    """Names the noise that frays its edge; 0 for straight edges."""

    def covers(self, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> tuple[slice, slice, NDArray[np.bool_]] | None:
        """Find the points in the rectangle: rows, columns and the mask within them; None where there are none."""
        reach = self.half_x + self.half_y + 150
        cols = slice(*np.searchsorted(xs, (self.x - reach, self.x + reach)))
        rows = slice(*np.searchsorted(-ys, (-self.y - reach, -self.y + reach)))
        if cols.start >= cols.stop or rows.start >= rows.stop:
            return None
        dx = (xs[cols] - self.x).astype(F32)[None, :]
        dy = (ys[rows] - self.y).astype(F32)[:, None]
        if self.ragged:
            wander = smooth(xs[cols], ys[rows], 130, self.ragged) * F32(38)
            dx, dy = dx + wander, dy - wander
        u = np.abs(dx * F32(self.cos) + dy * F32(self.sin))
        v = np.abs(dy * F32(self.cos) - dx * F32(self.sin))
        return rows, cols, (u < F32(self.half_x)) & (v < F32(self.half_y))


def changes_near(
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    epsg: int,
    salt: int,
    localities: tuple[Locality, ...],
    rate: ChangeRate = CALM,
) -> tuple[Change, ...]:
    """Find the changes of all dates that may touch a window."""
    size = rate.cell_tiles * TILE_M
    found = []
    for row in range(int((ys[-1] - size) // size), int((ys[0] + size) // size) + 1):
        for col in range(int((xs[0] - size) // size), int((xs[-1] + size) // size) + 1):
            for kind in rate.kinds:
                change = _change(row, col, scalar_hash(salt, row, col, kind.number), kind, rate)
                if change and all(math.dist((change.x, change.y), (p.x, p.y)) > QUIET_RADIUS_M for p in localities):
                    found.append(change)
    for place in localities:
        warehouse = (place.x + 60, place.y + 120, 0.9925, -0.1219, 480, 270)
        found.append(Change(*warehouse, land.INDUSTRIAL, OPEN_LAND, place.works, place.built))
    return tuple(found)


def _change(row: int, col: int, key: int, kind: Kind, rate: ChangeRate) -> Change | None:
    draws = [(scalar_hash(key, n) & 0xFFFFFF) / 2**24 for n in range(8)]
    if draws[0] >= kind.chance:
        return None
    cell = rate.cell_tiles
    x = (col * cell + int(draws[1] * cell) + 0.47 + 0.06 * draws[5]) * TILE_M
    y = (row * cell + int(draws[2] * cell) + 0.47 + 0.06 * draws[6]) * TILE_M
    tilt = (draws[3] - 0.5) * 0.34
    built = rate.first_day + timedelta(days=int(draws[4] * rate.days))
    norm = (1 + tilt * tilt) ** 0.5
    half_x, half_y = 370 + 110 * draws[7], 370 + 110 * draws[5]
    if kind.to is None:
        to, works = land.INDUSTRIAL if draws[6] < 0.6 else land.RESIDENTIAL, built - timedelta(days=160)
        wider = 0 if to == land.INDUSTRIAL else 20
    else:
        to, works, wider = kind.to, built, 30
    ragged = 0 if to == land.INDUSTRIAL else key | 1
    return Change(x, y, 1 / norm, tilt / norm, half_x + wider, half_y + wider, to, kind.taken, works, built, ragged)


def cover_on(
    cls: NDArray[np.uint8], xs: NDArray[np.float64], ys: NDArray[np.float64], changes: tuple[Change, ...], day: date
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Compute class ids (H, W) on a day, and where there is a building site."""
    now = cls.copy()
    site = np.zeros(cls.shape, bool)
    for change in changes:
        covered = change.covers(xs, ys) if day >= change.works else None
        if covered is None:
            continue
        rows, cols, mask = covered
        mask = mask & np.isin(cls[rows, cols], change.taken)
        if day >= change.built:
            now[rows, cols][mask] = change.to
            site[rows, cols][mask] = False
        else:
            site[rows, cols][mask] = True
    return now, site
