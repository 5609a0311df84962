"""Single farms in open country: a barn or two, a yard, a tree. Too small to count as a land cover of their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.simulation.layout import Layout
from lulc_core.sources.simulation.noise import Floats, hash_of, rehash, uniform
from lulc_core.sources.simulation.spectra import ANNUAL, FOREST, HERB, INDUSTRIAL, PASTURE, PERMANENT

CELL_M = 180.0
"""At most one farm in each square of this side."""
FINEST_M = 20.0
"""Points further apart than this miss most farms; none are drawn for them."""
_CHANCE = {ANNUAL: 0.07, PASTURE: 0.16, PERMANENT: 0.10, HERB: 0.05, FOREST: 0.02}
_NEAR_LINES = 2.4
"""Times as many along highways and rivers, where people live."""


def scatter(
    layout: Layout, cls: NDArray[np.uint8], material: NDArray[np.uint8], level: Floats, hue: Floats, salt: int
) -> None:
    """Draw the farms of a window into ``material``, ``level`` and ``hue``."""
    xs, ys = layout.xs, layout.ys
    cols = np.arange(int(xs[0] // CELL_M) - 1, int(xs[-1] // CELL_M) + 2)
    rows = np.arange(int(ys[-1] // CELL_M) - 1, int(ys[0] // CELL_M) + 2)
    ix, iy = (a.ravel() for a in np.meshgrid(cols, rows))
    h = hash_of(ix, iy, salt=salt + 401)
    some = uniform(h) < max(_CHANCE.values()) * _NEAR_LINES
    ix, iy, h = ix[some], iy[some], h[some]
    draws = [uniform(rehash(h, n)).astype(np.float64) for n in range(8)]
    x, y = (ix + 0.15 + 0.7 * draws[0]) * CELL_M, (iy + 0.15 + 0.7 * draws[1]) * CELL_M
    chance = np.zeros(256)
    for cover, share in _CHANCE.items():
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
        wanted = uniform(h[n : n + 1])[0] < chance[here] * np.where(near, _NEAR_LINES, 1.0)
        wanted &= (layout.roads.distance_m[part] > 45) & (layout.river_m[part] > 25)
        half_x, half_y = 6 + 12 * draws[2][n], 5 + 8 * draws[3][n]
        slope = draws[4][n] - 0.5
        barn = (np.abs(dx + slope * dy) < half_x) & (np.abs(dy - slope * dx) < half_y)
        yard = (np.abs(dx + slope * dy) < half_x + 12) & (np.abs(dy - slope * dx) < half_y + 9)
        for mask, bright in ((yard & ~barn & wanted, -0.7), (barn & wanted, 0.5 + 2.0 * draws[5][n])):
            material[part][mask] = INDUSTRIAL
            level[part][mask] = np.float32(bright)
            hue[part][mask] = np.float32(1.6 * draws[6][n] - 0.3)
