"""Highways and rivers: endless winding lines, and how far each point is from the nearest one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.simulation.noise import F32, Floats, line_noise, scalar_hash
from lulc_core.sources.simulation.places import Place

FAR_M = F32(1e5)
HIGHWAY_HALF_M = F32(30.0)
"""Half the width of a highway with its verges."""
BRIDGE_HALF_M = F32(20.0)
HIGHWAY_REACH_M = 300.0
RIVER_REACH_M = 260.0
_BUMP_M = 8000.0
"""How far along a line it gives way to a fixed place."""


@dataclass(frozen=True)
class Family:
    """Lines that run the same general way."""

    angle_deg: float
    spacing_m: float
    bends: tuple[tuple[float, float], ...]
    """(cell, amplitude) in metres of the sideways winding."""
    meander: tuple[float, float]
    """(cell, amplitude) in metres of the winding along the line, which makes loops."""
    step_m: float
    salt: int


HIGHWAYS = (
    Family(-8, 8200, ((7000, 900), (2600, 130)), (5000, 0), 160, 401),
    Family(79, 10400, ((8000, 1100), (2300, 110)), (5000, 0), 160, 402),
)
RIVERS = (Family(-33, 11500, ((5200, 900), (1050, 260)), (1300, 240), 60, 501),)
HIGHWAY_PAST_PLACE_M = -130.0
"""The highway passes a fixed place this far south of the middle of its tile."""


@dataclass(frozen=True)
class Roads:
    """Where the points of a window are with respect to the nearest highway; arrays are (H, W)."""

    distance_m: Floats
    """To its middle; FAR_M beyond reach."""
    side_m: Floats
    """The same with a sign: positive on its left."""
    along_m: Floats
    """Along it, from a fixed point."""
    name: NDArray[np.int32]
    """Which highway."""


def highways(xs: NDArray[np.float64], ys: NDArray[np.float64], salt: int, places: tuple[Place, ...]) -> Roads:
    """Where each point is with respect to the nearest highway."""
    shape = (ys.size, xs.size)
    roads = Roads(np.full(shape, FAR_M, F32), np.zeros(shape, F32), np.zeros(shape, F32), np.zeros(shape, np.int32))
    for rank, family in enumerate(HIGHWAYS):
        for k, s, x, y in _lines(xs, ys, family, salt, places, keep_off=1500.0, through=rank == 0):
            name = rank * 100_000 + k
            _distances(roads.distance_m, xs, ys, x, y, np.zeros(s.size), HIGHWAY_REACH_M, roads=(roads, s, name))
    return roads


def rivers(xs: NDArray[np.float64], ys: NDArray[np.float64], salt: int, places: tuple[Place, ...]) -> Floats:
    """Distance to the nearest river bank, metres, float32 (H, W), negative in the water; FAR_M beyond reach."""
    out = np.full((ys.size, xs.size), FAR_M, F32)
    for family in RIVERS:
        for _, s, x, y in _lines(xs, ys, family, salt, places, keep_off=3200.0, through=False):
            half = 86.0 + 30.0 * np.clip(line_noise(s, 9000, salt + 503), -1.2, 1.2)
            half += 6.0 * line_noise(s, 400, salt + 504)
            _distances(out, xs, ys, x, y, half, RIVER_REACH_M)
    return out


def _lines(
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    family: Family,
    salt: int,
    places: tuple[Place, ...],
    *,
    keep_off: float,
    through: bool,
) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Lines of a family near a window, sampled at fixed positions: number, position along the line, east, north."""
    cos, sin = math.cos(math.radians(family.angle_deg)), math.sin(math.radians(family.angle_deg))
    cx, cy = np.meshgrid([xs[0], xs[-1]], [ys[0], ys[-1]])
    along, across = cx * cos + cy * sin, cy * cos - cx * sin
    sway = 2.2 * sum(a for _, a in family.bends) + (6500 if places else 0)
    first = math.floor((across.min() - sway) / family.spacing_m) - 1
    last = math.floor((across.max() + sway) / family.spacing_m) + 1
    margin = 2.2 * family.meander[1] + 400
    i = np.arange(
        math.floor((along.min() - margin) / family.step_m), math.ceil((along.max() + margin) / family.step_m) + 1
    )
    s = i * family.step_m
    for k in range(first, last + 1):
        key = scalar_hash(salt, family.salt, k)
        t = _across(s, k, family, key)
        for place in places:
            t = _give_way(s, t, k, family, salt, place, keep_off, through, cos, sin)
        moved = s + family.meander[1] * line_noise(s, family.meander[0], key + 9) if family.meander[1] else s
        yield k, s, moved * cos - t * sin, moved * sin + t * cos


def _across(s: NDArray[np.float64], k: int, family: Family, key: int) -> NDArray[np.float64]:
    t = np.full(s.shape, (k + 0.3 + 0.4 * (key % 1000) / 1000) * family.spacing_m)
    for n, (cell, amplitude) in enumerate(family.bends):
        t += amplitude * line_noise(s, cell, key + n)
    return t


def _give_way(
    s: NDArray[np.float64],
    t: NDArray[np.float64],
    k: int,
    family: Family,
    salt: int,
    place: Place,
    keep_off: float,
    through: bool,
    cos: float,
    sin: float,
) -> NDArray[np.float64]:
    s0, t0 = place.x * cos + place.y * sin, place.y * cos - place.x * sin
    bump = np.maximum(0, 1 - ((s - s0) / _BUMP_M) ** 2) ** 2
    if not bump.any():
        return t
    here = {j: _at(s0, j, family, salt) - t0 for j in range(k - 2, k + 3)}
    if through:
        nearest = min(range(round(t0 / family.spacing_m) - 3, round(t0 / family.spacing_m) + 4),
                      key=lambda j: abs(_at(s0, j, family, salt) - t0))  # fmt: skip
        if k == nearest:
            return t + bump * (t0 + HIGHWAY_PAST_PLACE_M - t)
    push = max(0.0, keep_off + 900.0 - abs(here[k]))
    return t + bump * math.copysign(push, here[k])


def _at(s0: float, k: int, family: Family, salt: int) -> float:
    return float(_across(np.array([s0]), k, family, scalar_hash(salt, family.salt, k))[0])


def _distances(
    out: Floats,
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    half: NDArray[np.float64],
    reach: float,
    *,
    roads: tuple[Roads, NDArray[np.float64], int] | None = None,
) -> None:
    """Lowers ``out`` to the distance from each segment, less its half width. Segments look only within reach."""
    inside = (
        (np.maximum(x[1:], x[:-1]) > xs[0] - reach)
        & (np.minimum(x[1:], x[:-1]) < xs[-1] + reach)
        & (np.maximum(y[1:], y[:-1]) > ys[-1] - reach)
        & (np.minimum(y[1:], y[:-1]) < ys[0] + reach)
    )
    down = -ys
    for n in np.flatnonzero(inside):
        x0, x1, y0, y1 = x[n], x[n + 1], y[n], y[n + 1]
        cols = slice(*np.searchsorted(xs, (min(x0, x1) - reach, max(x0, x1) + reach)))
        rows = slice(*np.searchsorted(down, (-max(y0, y1) - reach, -min(y0, y1) + reach)))
        if cols.start >= cols.stop or rows.start >= rows.stop:
            continue
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy + 1e-6
        px = (xs[cols] - x0).astype(F32)[None, :]
        py = (ys[rows] - y0).astype(F32)[:, None]
        part = np.clip(px * F32(dx / length) + py * F32(dy / length), 0, 1)
        d = np.sqrt((px - part * F32(dx)) ** 2 + (py - part * F32(dy)) ** 2)
        d -= F32(half[n]) + part * F32(half[n + 1] - half[n])
        # Every point within reach of the line, and no other: else the answer would depend on the window's cut.
        np.copyto(d, FAR_M, where=d > F32(reach - max(half[n], half[n + 1])))
        if roads is None:
            np.minimum(out[rows, cols], d, out=out[rows, cols])
            continue
        nearer = d < out[rows, cols]
        road, s, name = roads
        np.copyto(out[rows, cols], d, where=nearer)
        left = np.where(px * F32(dy) < py * F32(dx), d, -d)
        np.copyto(road.side_m[rows, cols], left, where=nearer)
        np.copyto(road.along_m[rows, cols], F32(s[n] % 1e6) + part * F32(s[n + 1] - s[n]), where=nearer)
        np.copyto(road.name[rows, cols], np.int32(name), where=nearer)
