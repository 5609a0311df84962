"""Towns and industrial estates."""

from __future__ import annotations

import numpy as np

from lulc_core.sources.simulation.brush import Brush, Painted, Where
from lulc_core.sources.simulation.noise import F32, combine, normal, rehash, uniform


def residential(brush: Brush, where: Where) -> Painted:
    """Paint streets with houses in gardens."""
    frame = brush.frame(where, 3, turn=0.8)
    medium, white, fine, large = brush.pick(where, "medium", "white", "fine", "large")
    v = frame.v + F32(9) * medium
    street, cross, names = frame.size(11, 74, 34), frame.size(12, 150, 150), frame.names
    us = (frame.u + F32(9) * large) / street
    line = np.floor(us)
    fu = (us - line) * street
    vs = v / cross + uniform(combine(names, line, line))
    fv = (vs - np.floor(vs)) * cross
    plot = F32(25)
    side = np.floor(fu / (street * F32(0.5)))
    pu = fu - (side + F32(0.5)) * street * F32(0.5)
    pv = v / plot
    number = np.floor(pv)
    pv = (pv - number - F32(0.5)) * plot
    house = combine(names, line * F32(2) + side, number)
    extra = rehash(house, 3)
    half_u = F32(6.5) + F32(5.5) * uniform(house)
    half_v = F32(6) + F32(6) * uniform(extra)
    roof = np.clip((half_u - np.abs(pu + F32(5) * normal(rehash(house, 8)))) * F32(0.14) + F32(0.5), 0, 1)
    roof *= np.clip((half_v - np.abs(pv)) * F32(0.14) + F32(0.5), 0, 1)
    roof *= (house & np.uint32(15)) > 2
    base = F32(0.4) * brush.district(where, 61)
    level = base - F32(0.75) + F32(0.34) * white + F32(0.28) * fine + F32(0.25) * medium
    to_street = np.minimum(np.minimum(fu, street - fu), np.minimum(fv, cross - fv))
    paved = np.clip((F32(9) - to_street) * F32(0.12), 0, F32(0.85))
    level += (base + F32(0.25) - level) * paved
    level += (base + F32(0.9) + F32(0.8) * normal(extra) - level) * roof
    hue = F32(-0.9) * roof * (uniform(rehash(house, 4)) < F32(0.6)) + F32(0.3) * brush.district(where, 62)
    return level, hue


def industrial(brush: Brush, where: Where) -> Painted:
    """Paint lots of different size with halls, yards, parked things and some green."""
    frame = brush.frame(where, 4, turn=0.5)
    medium, white, fine, small = brush.pick(where, "medium", "white", "fine", "small")
    lot_u, lot_v, names = frame.size(11, 150, 90), frame.size(12, 130, 90), frame.names
    us = frame.u / lot_u
    i = np.floor(us)
    vs = frame.v / lot_v + uniform(combine(names, i, i))
    j = np.floor(vs)
    lot = combine(names, i, j + F32(977))
    # A lot holds one hall, or is cut into two to four by two to five smaller ones.
    kind = lot & np.uint32(7)
    n_u = np.where(kind < 3, F32(1), np.where(kind < 6, F32(2), F32(4)))
    n_v = np.where(kind < 2, F32(1), np.where(kind < 5, F32(2), np.where(kind < 7, F32(3), F32(5))))
    su, sv = (us - i) * n_u, (vs - j) * n_v
    k, m = np.floor(su), np.floor(sv)
    size_u, size_v = lot_u / n_u, lot_v / n_v
    hall = combine(lot, k, m)
    extra = rehash(hall, 3)
    fu, fv = (su - k - F32(0.5)) * size_u, (sv - m - F32(0.5)) * size_v
    half_u = size_u * (F32(0.16) + F32(0.31) * uniform(hall))
    half_v = size_v * (F32(0.16) + F32(0.31) * uniform(extra))
    fu = fu + (normal(rehash(hall, 7)) * F32(0.05)) * size_u
    roof = np.clip((half_u - np.abs(fu)) * F32(0.13) + F32(0.5), 0, 1)
    roof *= np.clip((half_v - np.abs(fv)) * F32(0.13) + F32(0.5), 0, 1)
    roof *= (extra & np.uint32(7)) > 1
    base = F32(0.25) * brush.district(where, 71)
    tone = uniform(rehash(lot, 4)) * F32(0.55) + uniform(rehash(hall, 4)) * F32(0.45)
    bright = np.where(tone > F32(0.6), F32(1.0) + F32(2.6) * (tone - F32(0.6)) / F32(0.4), F32(1.9) * tone - F32(0.35))
    # Saw-tooth roofs and skylights: stripes along the hall.
    ridge = F32(0.25) * np.where(np.floor(fv * F32(1 / 14)) % F32(2) == 0, F32(1), F32(-1)) * (extra >> np.uint32(31))
    lot_green = uniform(rehash(lot, 6))
    green = np.clip((medium + F32(0.5) * small + F32(2.2) * (lot_green - F32(0.72))) * F32(1.6), 0, 1)
    level = base - F32(0.35) + F32(0.5) * (uniform(rehash(lot, 9)) - F32(0.5)) + F32(0.26) * white + F32(0.3) * fine
    parked = (fine + F32(0.6) * white) > F32(1.75)
    level = np.where(parked, level + F32(0.9), level)
    level += (base - F32(1.35) + F32(0.2) * small - level) * green
    edge_u, edge_v = np.minimum(us - i, F32(1) - us + i) * lot_u, np.minimum(vs - j, F32(1) - vs + j) * lot_v
    street = np.clip((F32(9) - np.minimum(edge_u, edge_v)) * F32(0.12), 0, F32(0.8))
    level += (base + F32(0.05) - level) * street
    shadow = (roof < F32(0.2)) & (np.abs(fv - F32(9)) < half_v) & (np.abs(fu + F32(9)) < half_u)
    level = np.where(shadow, level - F32(0.8), level)
    level += (base + bright + ridge + F32(0.12) * normal(extra) - level) * roof
    hue = F32(0.9) * normal(rehash(hall, 6)) * roof
    return level, hue
