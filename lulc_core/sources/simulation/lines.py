"""Highways and rivers: endless winding lines, and how far each point is from the nearest one.

A family of lines has axes of its own: ``along`` its general direction and ``across``, positive on the left, both in
metres. Line ``k`` runs about ``k * spacing_m`` across, winds, and gives way to the fixed localities.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.simulation.localities import Locality
from lulc_core.sources.simulation.noise import F32, Floats, line_noise, scalar_hash

Positions = NDArray[np.float64]
FAR_M = F32(1e5)
HIGHWAY_HALF_M = F32(30.0)
"""Half the width of a highway with its verges."""
BRIDGE_HALF_M = F32(20.0)
HIGHWAY_REACH_M = 300.0
RIVER_REACH_M = 260.0
BEND_M = 8000.0
"""How far along it a line bends to give way to a fixed locality."""
CLEARANCE_M = 900.0
"""Added to what a family keeps off, since lines wind."""
HIGHWAY_PAST_LOCALITY_M = -130.0
"""The highway passes a fixed locality this far south of the middle of its tile."""


@dataclass(frozen=True)
class Family:
    """Lines that run in the same general direction."""

    angle_deg: float
    spacing_m: float
    bends: tuple[tuple[float, float], ...]
    """(cell, amplitude) in metres of the winding across."""
    meander: tuple[float, float]
    """(cell, amplitude) in metres of the winding along the line, which makes loops."""
    step_m: float
    salt: int
    keep_off_m: float
    """How far the lines stay off a fixed locality."""
    passes_localities: bool = False
    """True if the line nearest to a fixed locality runs past it instead."""

    @property
    def axes(self) -> tuple[float, float]:
        """Cosine and sine of the direction."""
        return math.cos(math.radians(self.angle_deg)), math.sin(math.radians(self.angle_deg))

    def straight_across(self, k: int, along: Positions, salt: int) -> Positions:
        """Positions (n,) across of a line that gives way to nothing."""
        key = scalar_hash(salt, self.salt, k)
        across = np.full(along.shape, (k + 0.3 + 0.4 * (key % 1000) / 1000) * self.spacing_m)
        for n, (cell, amplitude) in enumerate(self.bends):
            across += amplitude * line_noise(along, cell, key + n)
        return across


HIGHWAYS = (
    Family(-8, 8200, ((7000, 900), (2600, 130)), (5000, 0), 160, 401, keep_off_m=1500.0, passes_localities=True),
    Family(79, 10400, ((8000, 1100), (2300, 110)), (5000, 0), 160, 402, keep_off_m=1500.0),
)
RIVERS = (Family(-33, 11500, ((5200, 900), (1050, 260)), (1300, 240), 60, 501, keep_off_m=3200.0),)


class Line(NamedTuple):
    """One line near a window, sampled at fixed positions; arrays are (n,)."""

    number: int
    along: Positions
    x: Positions
    """Eastings."""
    y: Positions


class Stretch(NamedTuple):
    """The points of a window near one segment of a line; arrays are (rows, cols)."""

    window: tuple[slice, slice]
    """Rows and columns of the points."""
    segment: int
    part: Floats
    """Where along the segment the nearest point of it lies, 0 to 1."""
    distance_m: Floats
    """To the edge of the line, negative inside; FAR_M beyond reach."""
    is_left: NDArray[np.bool_]


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


def highways(xs: Positions, ys: Positions, salt: int, localities: tuple[Locality, ...]) -> Roads:
    """Find where each point is with respect to the nearest highway."""
    shape = (ys.size, xs.size)
    roads = Roads(np.full(shape, FAR_M, F32), np.zeros(shape, F32), np.zeros(shape, F32), np.zeros(shape, np.int32))
    for rank, family in enumerate(HIGHWAYS):
        for line in _lines(xs, ys, family, salt, localities):
            for near in _stretches(xs, ys, line, np.zeros(line.along.size), HIGHWAY_REACH_M):
                here, n = near.window, near.segment
                nearer = near.distance_m < roads.distance_m[here]
                along = F32(line.along[n] % 1e6) + near.part * F32(line.along[n + 1] - line.along[n])
                side = np.where(near.is_left, near.distance_m, -near.distance_m)
                np.copyto(roads.distance_m[here], near.distance_m, where=nearer)
                np.copyto(roads.side_m[here], side, where=nearer)
                np.copyto(roads.along_m[here], along, where=nearer)
                np.copyto(roads.name[here], np.int32(rank * 100_000 + line.number), where=nearer)
    return roads


def rivers(xs: Positions, ys: Positions, salt: int, localities: tuple[Locality, ...]) -> Floats:
    """Measure metres to the nearest river bank, float32 (H, W): negative in the water, FAR_M beyond reach."""
    out = np.full((ys.size, xs.size), FAR_M, F32)
    for family in RIVERS:
        for line in _lines(xs, ys, family, salt, localities):
            half = 86.0 + 30.0 * np.clip(line_noise(line.along, 9000, salt + 503), -1.2, 1.2)
            half += 6.0 * line_noise(line.along, 400, salt + 504)
            for near in _stretches(xs, ys, line, half, RIVER_REACH_M):
                np.minimum(out[near.window], near.distance_m, out=out[near.window])
    return out


def _lines(xs: Positions, ys: Positions, family: Family, salt: int, localities: tuple[Locality, ...]) -> Iterator[Line]:
    """Lines of a family near a window. Their samples lie at the same positions for every window."""
    cos, sin = family.axes
    corner_x, corner_y = np.meshgrid([xs[0], xs[-1]], [ys[0], ys[-1]])
    along, across = corner_x * cos + corner_y * sin, corner_y * cos - corner_x * sin  # (2, 2)
    sway = 2.2 * sum(amplitude for _, amplitude in family.bends) + (6500 if localities else 0)
    first = math.floor((across.min() - sway) / family.spacing_m) - 1
    last = math.floor((across.max() + sway) / family.spacing_m) + 1
    meander_cell, meander_m = family.meander
    margin = 2.2 * meander_m + 400
    start = math.floor((along.min() - margin) / family.step_m)
    stop = math.ceil((along.max() + margin) / family.step_m) + 1
    s = np.arange(start, stop) * family.step_m  # (n,) along
    for k in range(first, last + 1):
        t = family.straight_across(k, s, salt)  # (n,) across
        for locality in localities:
            t = _give_way(family, k, s, t, salt, locality)
        key = scalar_hash(salt, family.salt, k)
        moved = s + meander_m * line_noise(s, meander_cell, key + 9) if meander_m else s
        yield Line(k, s, moved * cos - t * sin, moved * sin + t * cos)


def _give_way(family: Family, k: int, s: Positions, t: Positions, salt: int, locality: Locality) -> Positions:
    """Move a line so that it suits a fixed locality.

    ==========================================  =========================================================
    line                                        moves
    ==========================================  =========================================================
    ends :data:`BEND_M` before the locality     not at all
    the nearest one of a family that passes     to :data:`HIGHWAY_PAST_LOCALITY_M` beside the middle of it
    any other                                   off it, on the side where it is, until it is far enough
    ==========================================  =========================================================

    Takes positions along, ``s``, and across, ``t`` (as moved for other localities), of line ``k``; returns them across.
    All are (n,).
    """
    cos, sin = family.axes
    middle_s, middle_t = locality.x * cos + locality.y * sin, locality.y * cos - locality.x * sin
    bend = np.maximum(0, 1 - ((s - middle_s) / BEND_M) ** 2) ** 2  # (n,) 1 beside the middle, 0 from BEND_M on
    if not bend.any():
        return t

    def gap(number: int) -> float:
        """How far across a line would run from the middle, if it gave way to nothing."""
        return float(family.straight_across(number, np.array([middle_s]), salt)[0]) - middle_t

    if family.passes_localities:
        around = round(middle_t / family.spacing_m)
        nearest = min(range(around - 3, around + 4), key=lambda number: abs(gap(number)))
        if k == nearest:
            return t + bend * (middle_t + HIGHWAY_PAST_LOCALITY_M - t)
    push = max(0.0, family.keep_off_m + CLEARANCE_M - abs(gap(k)))
    return t + bend * math.copysign(push, gap(k))


def _stretches(xs: Positions, ys: Positions, line: Line, half: Positions, reach: float) -> Iterator[Stretch]:
    """The points of a window near each segment of a line, (n,) ``half`` as wide to each side.

    Segments look only within reach.
    """
    x, y = line.x, line.y
    inside = (
        (np.maximum(x[1:], x[:-1]) > xs[0] - reach)
        & (np.minimum(x[1:], x[:-1]) < xs[-1] + reach)
        & (np.maximum(y[1:], y[:-1]) > ys[-1] - reach)
        & (np.minimum(y[1:], y[:-1]) < ys[0] + reach)
    )  # (n - 1,) segments
    down = -ys
    for n in np.flatnonzero(inside):
        x0, x1, y0, y1 = x[n], x[n + 1], y[n], y[n + 1]
        cols = slice(*np.searchsorted(xs, (min(x0, x1) - reach, max(x0, x1) + reach)))
        rows = slice(*np.searchsorted(down, (-max(y0, y1) - reach, -min(y0, y1) + reach)))
        if cols.start >= cols.stop or rows.start >= rows.stop:
            continue
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy + 1e-6
        px = (xs[cols] - x0).astype(F32)[None, :]  # (1, cols)
        py = (ys[rows] - y0).astype(F32)[:, None]  # (rows, 1)
        part = np.clip(px * F32(dx / length) + py * F32(dy / length), 0, 1)  # (rows, cols)
        d = np.sqrt((px - part * F32(dx)) ** 2 + (py - part * F32(dy)) ** 2)
        d -= F32(half[n]) + part * F32(half[n + 1] - half[n])
        # Every point within reach of the line, and no other: else the answer would depend on the window's cut.
        np.copyto(d, FAR_M, where=d > F32(reach - max(half[n], half[n + 1])))
        yield Stretch((rows, cols), int(n), part, d, px * F32(dy) < py * F32(dx))
