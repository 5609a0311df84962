"""Lasting changes of land cover: rare, at known places and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import TILE_M
from lulc_core.sources.simulation.noise import F32, scalar_hash, smooth
from lulc_core.sources.simulation.places import QUIET_RADIUS_M, Place

CELL_TILES = 4
"""One possible change in every 4 x 4 tiles."""
_FIRST_DAY, _DAYS = date(2015, 9, 1), 3900
_BUILD, _CLEAR = 0.6, 0.3
"""Chance that a cell sees building, or clearing of forest where there is any, within the _DAYS."""
OPEN_LAND = (0, 2, 5, 6)
"""Classes that are built upon: crops, herbaceous vegetation, pasture."""
FOREST, HERB, INDUSTRIAL, RESIDENTIAL = 1, 2, 4, 7


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
        """Rows, columns and the mask within them of the points in the rectangle; None where there are none."""
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
    xs: NDArray[np.float64], ys: NDArray[np.float64], epsg: int, salt: int, places: tuple[Place, ...]
) -> tuple[Change, ...]:
    """The changes of all dates that may touch a window."""
    size = CELL_TILES * TILE_M
    found = []
    for row in range(int((ys[-1] - size) // size), int((ys[0] + size) // size) + 1):
        for col in range(int((xs[0] - size) // size), int((xs[-1] + size) // size) + 1):
            for kind, chance in (("build", _BUILD), ("clear", _CLEAR)):
                change = _change(row, col, scalar_hash(salt, row, col, 91 if kind == "build" else 92), kind, chance)
                if change and all((change.x - p.x) ** 2 + (change.y - p.y) ** 2 > QUIET_RADIUS_M**2 for p in places):
                    found.append(change)
    found += [
        Change(p.x + 60, p.y + 120, 0.9925, -0.1219, 480, 270, INDUSTRIAL, OPEN_LAND, p.works, p.built) for p in places
    ]
    return tuple(found)


def _change(row: int, col: int, key: int, kind: str, chance: float) -> Change | None:
    draws = [(scalar_hash(key, n) & 0xFFFFFF) / 2**24 for n in range(8)]
    if draws[0] >= chance:
        return None
    x = (col * CELL_TILES + int(draws[1] * CELL_TILES) + 0.47 + 0.06 * draws[5]) * TILE_M
    y = (row * CELL_TILES + int(draws[2] * CELL_TILES) + 0.47 + 0.06 * draws[6]) * TILE_M
    tilt = (draws[3] - 0.5) * 0.34
    built = _FIRST_DAY + timedelta(days=int(draws[4] * _DAYS))
    norm = (1 + tilt * tilt) ** 0.5
    half_x, half_y = 370 + 110 * draws[7], 370 + 110 * draws[5]
    if kind == "clear":
        return Change(x, y, 1 / norm, tilt / norm, half_x + 30, half_y + 30, HERB, (FOREST,), built, built, key | 1)
    to = INDUSTRIAL if draws[6] < 0.6 else RESIDENTIAL
    works = built - timedelta(days=160)
    if to == RESIDENTIAL:
        return Change(x, y, 1 / norm, tilt / norm, half_x + 20, half_y + 20, to, OPEN_LAND, works, built, key | 1)
    return Change(x, y, 1 / norm, tilt / norm, half_x, half_y, to, OPEN_LAND, works, built)


def cover_on(
    cls: NDArray[np.uint8], xs: NDArray[np.float64], ys: NDArray[np.float64], changes: tuple[Change, ...], day: date
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Class ids (H, W) on a day, and where there is a building site."""
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
