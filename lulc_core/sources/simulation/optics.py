"""From the ground to what the sensor delivers: spectra, blur, native pixel sizes, air, whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES, band
from lulc_core.sources.simulation.noise import F32, Floats, Hashes
from lulc_core.sources.simulation.spectra import LEVELS, ROAD, Z_MAX, tables
from lulc_core.sources.simulation.texture import SurfaceModel

BLUR = (F32(0.19), F32(0.62))
"""Weights of the neighbours and of the pixel itself: the point spread of the 10 m bands is about 1.1 pixels wide."""


def radiance(surface: SurfaceModel, bands: Sequence[str]) -> Iterator[tuple[str, Floats]]:
    """Compute reflectance at the top of a clear atmosphere of each band at each point, float32 (H, W), one by one."""
    table, hues = tables()
    step = F32((LEVELS - 1) / (2 * Z_MAX))
    index = np.clip((surface.level + F32(Z_MAX)) * step + F32(0.5), 0, LEVELS - 1).astype(np.int32)
    index += surface.material.astype(np.int32) * LEVELS
    on_road = np.flatnonzero(surface.road.ravel() > 0)
    share = surface.road.ravel()[on_road]
    road = np.clip((surface.road_level.ravel()[on_road] + F32(Z_MAX)) * step, 0, LEVELS - 1).astype(np.int32)
    road += ROAD * LEVELS
    for name in bands:
        b = BAND_NAMES.index(name)
        pixels = table[b].take(index)
        pixels += surface.hue * hues[b].take(surface.material)
        if on_road.size:
            flat = pixels.ravel()
            here = flat[on_road]
            flat[on_road] = here + (table[b].take(road) - here) * share
        yield name, pixels


def blur(pixels: Floats) -> Floats:
    """Apply the point spread; the outermost ring of the result is not right and must be cut off."""
    side, middle = BLUR
    out = pixels * middle
    out[1:] += pixels[:-1] * side
    out[:-1] += pixels[1:] * side
    pixels = out
    out = pixels * middle
    out[:, 1:] += pixels[:, :-1] * side
    out[:, :-1] += pixels[:, 1:] * side
    return out


def to_native(pixels: Floats, name: str) -> Floats:
    """Make pixels of a 20 or 60 m band as delivered on the 10 m grid: means of their 10 m parts, repeated.

    The window must begin on a multiple of 60 m and have a multiple of six pixels a side.
    """
    n = band(name).pixel_m // 10
    if n == 1:
        return pixels
    rows = pixels[0::n].copy()
    for k in range(1, n):
        rows += pixels[k::n]
    coarse = rows[:, 0::n].copy()
    for k in range(1, n):
        coarse += rows[:, k::n]
    coarse *= F32(1 / (n * n))
    return repeat_pixels(coarse, n)


def repeat_pixels(pixels: NDArray[Any], n: int) -> NDArray[Any]:
    """Repeat each pixel of a raster ``n`` times along both axes."""
    return np.repeat(np.repeat(pixels, n, axis=0), n, axis=1)


NOISE = F32(0.0011)
"""Standard deviation of the noise of a 10 m band, reflectance; coarser ones have less. Source: EuroSAT's open water."""


def add_noise(pixels: Floats, grain: Hashes, name: str) -> Floats:
    """Add the sensor's noise to pixels as delivered; changes its argument."""
    n = band(name).pixel_m // 10
    odd = np.uint32(0x9E3779B1 + 2 * 0x1F35 * BAND_NAMES.index(name))
    cells = grain[::n, ::n] * odd
    cells >>= np.uint32(24)
    # 73.9 is the standard deviation of the 256 equally likely values.
    noise = (cells.astype(F32) - F32(127.5)) * (NOISE / F32(73.9 * n**0.5))
    pixels += repeat_pixels(noise, n)
    return pixels


def to_numbers(reflectance: Floats) -> Floats:
    """Round to whole digital numbers of 1/10000, as products hold, at least 1 (0 is no-data)."""
    return np.maximum(np.rint(reflectance * F32(10_000)), F32(1)) * F32(1e-4)
