"""Spectral indices: formula, value, and what a value means in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import InputError
from lulc_core.domain.radiometry import normalized_difference
from lulc_core.domain.scene import Scene

Reflectance = Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True)
class SpectralIndex:
    """One index: how it is made and how it is read."""

    name: str
    title: str
    formula: str
    bands: tuple[str, ...]
    steps: tuple[tuple[float, str], ...]
    """(value from which on, what that usually is), ascending; the first holds for everything below the second."""
    source: str
    _value: Callable[..., NDArray[np.float32]] = normalized_difference
    """Of the bands, in their order."""

    def value(self, reflectance: Reflectance) -> NDArray[np.float32]:
        """Compute the index of reflectances by band name.

        Args:
            reflectance: arrays of one shape, unitless, with at least :attr:`bands`.

        Returns:
            float32 of that shape, NaN where it is not defined.

        Raises:
            KeyError: a band is missing.
        """
        return self._value(*(np.asarray(reflectance[b], np.float32) for b in self.bands))

    def meaning(self, value: float) -> str:
        """Describe what such a value usually is, in a few words; levels differ, so the steps are a guide only."""
        if not np.isfinite(value):
            return "not defined here"
        return [words for least, words in self.steps if value >= least or least == self.steps[0][0]][-1]


def _evi(nir: NDArray[np.float32], red: NDArray[np.float32], blue: NDArray[np.float32]) -> NDArray[np.float32]:
    below = nir + 6 * red - np.float32(7.5) * blue + 1
    out = np.full(below.shape, np.nan, np.float32)
    # Bright cloud and snow bring the denominator near 0, where the index says nothing: its makers exclude them too.
    np.divide(np.float32(2.5) * (nir - red), below, out=out, where=below > 0.1)
    return out


INDICES: dict[str, SpectralIndex] = {
    i.name: i
    for i in (
        SpectralIndex(
            "NDVI",
            "vegetation",
            "(B08 - B04) / (B08 + B04)",
            ("B08", "B04"),
            (
                (-1.0, "water, snow or cloud"),
                (0.0, "bare or built-up ground"),
                (0.2, "sparse or dry plants"),
                (0.4, "green plants"),
                (0.6, "dense green plants"),
            ),
            "Rouse et al. 1974",
        ),
        SpectralIndex(
            "NDWI",
            "open water",
            "(B03 - B08) / (B03 + B08)",
            ("B03", "B08"),
            (
                (-1.0, "plants or dry ground"),
                (-0.3, "bare, built-up or sparse plants"),
                (0.0, "wet ground or shallow water"),
                (0.2, "open water"),
            ),
            "McFeeters 1996, doi 10.1080/01431169608948714",
        ),
        SpectralIndex(
            "NDBI",
            "built-up ground",
            "(B11 - B08) / (B11 + B08)",
            ("B11", "B08"),
            (
                (-1.0, "water or green plants"),
                (-0.2, "mixed ground"),
                (0.0, "built-up, or bare and dry soil"),
            ),
            "Zha et al. 2003, doi 10.1080/01431160304987",
        ),
        SpectralIndex(
            "EVI",
            "vegetation, less misled by soil and haze",
            "2.5 (B08 - B04) / (B08 + 6 B04 - 7.5 B02 + 1)",
            ("B08", "B04", "B02"),
            (
                (-1.0, "water, snow or cloud"),
                (0.0, "bare or built-up ground"),
                (0.15, "sparse or dry plants"),
                (0.3, "green plants"),
                (0.5, "dense green plants"),
            ),
            "Huete et al. 2002, doi 10.1016/S0034-4257(02)00096-2",
            _evi,
        ),
    )
}
"""By name, in the order shown."""


def index_means(reflectance: Reflectance) -> dict[str, float]:
    """Compute the mean of each index over pixels, of those whose bands are there and that are defined somewhere.

    Args:
        reflectance: (n,) arrays of usable pixels by band name.
    """
    found: dict[str, float] = {}
    for name, index in INDICES.items():
        if all(b in reflectance for b in index.bands):
            values = index.value(reflectance)
            if np.isfinite(values).any():
                found[name] = float(np.nanmean(values, dtype=np.float64))
    return found


def scene_index(scene: Scene, name: str) -> NDArray[np.float32]:
    """Compute an index over a whole scene.

    Returns:
        float32 (rows, columns) of 10 m pixels, NaN where it was not observed or is not defined. Clouds are in it.

    Raises:
        InputError: the scene lacks one of the bands.
        KeyError: no such index.
    """
    index = INDICES[name]
    missing = [b for b in index.bands if not scene.has(b)]
    if missing:
        raise InputError(
            f"{name} needs the bands {', '.join(index.bands)}; the scene lacks {', '.join(missing)}.",
            hint="Choose imagery that has them.",
        )
    values = index.value({b: scene.reflectance[scene.bands.index(b)] for b in index.bands})
    return np.where(scene.observed, values, np.float32(np.nan))
