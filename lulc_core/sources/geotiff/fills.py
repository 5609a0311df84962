"""Values that stand for "no measurement" although the file does not say so: found by where and how they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from lulc_core.sources.geotiff.read import RasterLayer, open_raster, sample_windows

Windows = Sequence[NDArray[np.float32]]
"""Parts of a raster, each (bands, rows, columns), NaN where there is no measurement."""

CORE_PX = 3
"""One value over a square of so many pixels a side is an area; ground never gives one value in all bands there."""
TIMES_COMMONER = 10
"""A fill value is so many times commoner than the values next to it. Coarsely rounded measurements are not."""
LARGEST = 32_767
"""The largest number of 16 bits with a sign; a fill value of one band only is this or more, or negative."""
MAX_FILLS = 4
_NEIGHBOURS, _LOOKED_AT = 5, 200_000


def with_fills(layers: Sequence[RasterLayer]) -> tuple[RasterLayer, ...]:
    """Look for fill values in the spectral layers of one or several files, and note them on the layers.

    Layers are looked at together where their rasters have one shape: bands that share one value over an area have no
    measurement there.

    Raises:
        FileFormatError: a file breaks.
    """
    found: dict[RasterLayer, RasterLayer] = {}
    for _, alike in groupby(sorted(layers, key=lambda x: x.shape), key=lambda x: x.shape):
        together = list(alike)
        parts: list[list[NDArray[np.float32]]] = []
        for layer in together:
            with open_raster(layer.path) as dataset:
                parts.append(sample_windows(layer, dataset))
        windows = [np.stack(part) for part in zip(*parts, strict=True)]
        own = [far_fills([w[i] for w in windows]) for i in range(len(together))]
        shared = shared_fills(windows)
        for i, layer in enumerate(together):
            ends, within = _split(sorted({*shared, *own[i]}), [w[i] for w in windows])
            found[layer] = replace(layer, fills=ends, fills_within=within)
    return tuple(found[layer] for layer in layers)


def shared_fills(windows: Windows) -> tuple[float, ...]:
    """Find values that all bands share over an area, whatever they are; none where there is one band only."""
    from scipy.ndimage import maximum_filter, minimum_filter

    if not windows or len(windows[0]) < 2:
        return ()
    seen: dict[float, int] = {}
    for window in windows:
        first = window[0]
        same = (window == first).all(axis=0)
        if np.count_nonzero(same) < CORE_PX**2:
            continue
        plain = np.where(same, first, np.float32(np.inf))
        core = np.isfinite(plain) & (minimum_filter(plain, CORE_PX) == maximum_filter(plain, CORE_PX))
        for value, count in zip(*np.unique(first[core], return_counts=True), strict=True):
            seen[float(value)] = seen.get(float(value), 0) + int(count)
    likely = sorted(seen, key=lambda v: -seen[v])[: 4 * MAX_FILLS]
    n_bands = len(windows[0])

    def commoner(value: float) -> bool:
        # In half of the bands: in those of few numbers (cirrus, water cut at 1) each is common.
        return sum(_is_atom(value, [w[i] for w in windows]) for i in range(n_bands)) >= n_bands / 2

    return tuple(v for v in likely if v < 0 or v >= LARGEST or commoner(v))[:MAX_FILLS]


def far_fills(values: Windows) -> tuple[float, ...]:
    """Find values of one band, each over an area, far from all others, and either negative or of the largest."""
    from scipy.ndimage import maximum_filter, minimum_filter

    rest = np.concatenate([v[np.isfinite(v)] for v in values])
    found: list[float] = []
    if not len(rest) or (rest.min() >= 0 and rest.max() < LARGEST):
        return ()
    while len(found) < MAX_FILLS and len(rest):
        low, high = float(rest.min()), float(rest.max())
        others = rest[(rest != low) & (rest != high)]
        if not len(others):
            break
        width = float(np.subtract(*np.percentile(others, [99, 1])))
        far = [low] if low < 0 and others.min() - low > width else []
        far += [high] if high >= LARGEST and high - others.max() > width else []
        far = [
            v
            for v in far
            if any((minimum_filter(p == v, CORE_PX) & (maximum_filter(p == v, CORE_PX))).any() for p in values)
        ]
        if not far:
            break
        found += far
        rest = rest[~np.isin(rest, np.array(far, np.float32))]
    return tuple(found)


def _is_atom(value: float, values: Windows) -> bool:
    """Tell whether a value is far commoner than the values on either side of it."""
    flat = np.concatenate([v[np.isfinite(v)] for v in values])
    found, counts = np.unique(flat[:: max(len(flat) // _LOOKED_AT, 1)], return_counts=True)
    place = int(np.searchsorted(found, np.float32(value)))
    if place == len(found) or found[place] != np.float32(value):
        return True  # not even among those looked at, nor are its neighbours
    beside = [counts[max(place - _NEIGHBOURS, 0) : place], counts[place + 1 : place + 1 + _NEIGHBOURS]]
    # The middle of several: one of them may be commonest of all, where numbers were cut at it.
    return all(counts[place] >= TIMES_COMMONER * np.median(side) for side in beside if len(side))


def _split(fills: Sequence[float], values: Windows) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Part fill values into those outside what was measured, which only fill has, and those within it."""
    if not fills:
        return (), ()
    flat = np.concatenate([v[np.isfinite(v)] for v in values])
    rest = flat[~np.isin(flat, np.array(fills, np.float32))]
    if not len(rest):
        return tuple(fills), ()
    low, high = float(rest.min()), float(rest.max())
    return tuple(v for v in fills if not low < v < high), tuple(v for v in fills if low < v < high)
