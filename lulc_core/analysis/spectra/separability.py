"""How far two spectra are apart: by angle, and band by band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.spectra.reference import ClassSpectrum, Satellite, class_spectra, reference_spectra
from lulc_core.domain.bands import BAND_NAMES, BANDS, band

MIN_ANGLE_BANDS = 3
"""Between fewer bands an angle says next to nothing."""
GOOD_JM, SOME_JM = 1.0, 0.5
"""Steps in words. At a Jeffries-Matusita distance of 2 nothing overlaps."""


@dataclass(frozen=True)
class BandSeparability:
    """How well one band alone separates two classes."""

    band: str
    jm: float
    """Jeffries-Matusita distance, 0 (the same) to 2 (no overlap), of two normal distributions."""
    difference: float
    """Mean of the second minus mean of the first, reflectance."""

    @property
    def step(self) -> str:
        """How far apart they are: ``well``, ``partly`` or ``hardly``."""
        return "well" if self.jm >= GOOD_JM else "partly" if self.jm >= SOME_JM else "hardly"


@dataclass(frozen=True)
class Match:
    """A known spectrum that one's own was compared with."""

    kind: Literal["class", "material"]
    key: str
    title: str
    angle_deg: float
    """Spectral angle, 0 (the same shape) to 90 degrees."""
    n_bands: int
    """Bands that both have."""


def jeffries_matusita(mean_a: float, std_a: float, mean_b: float, std_b: float) -> float:
    """Compute the Jeffries-Matusita distance of two normal distributions in one dimension, 0 to 2.

    Raises:
        ValueError: a standard deviation is not above 0.

    Source: Richards and Jia 2006, Remote Sensing Digital Image Analysis, chapter 10.
    """
    if not (std_a > 0 and std_b > 0):
        raise ValueError(f"standard deviations must be above 0, got {std_a} and {std_b}")
    both = std_a**2 + std_b**2
    bhattacharyya = (mean_a - mean_b) ** 2 / (4 * both) + 0.5 * np.log(both / (2 * std_a * std_b))
    return float(2 * (1 - np.exp(-bhattacharyya)))


def rank_bands(a: ClassSpectrum, b: ClassSpectrum) -> tuple[BandSeparability, ...]:
    """Rank the bands that see the ground, the one that separates two classes best first."""
    found = []
    for i, name in enumerate(BAND_NAMES):
        if band(name).atmospheric:
            continue
        jm = jeffries_matusita(float(a.mean[i]), float(a.std[i]), float(b.mean[i]), float(b.std[i]))
        found.append(BandSeparability(name, jm, float(b.mean[i] - a.mean[i])))
    return tuple(sorted(found, key=lambda s: -s.jm))


def spectral_angle_deg(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Compute the angle between two spectra as vectors: the same shape gives 0, however bright each is.

    Args:
        a: (n,) reflectance.
        b: (n,) reflectance of the same bands.

    Returns:
        0 to 90 degrees; NaN where one of them is 0 everywhere.

    Source: Kruse et al. 1993, doi 10.1016/0034-4257(93)90013-N.
    """
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    length = float(np.linalg.norm(x) * np.linalg.norm(y))
    if length == 0:
        return float("nan")
    return float(np.degrees(np.arccos(np.clip(x @ y / length, -1, 1))))


def rank_matches(bands: Sequence[str], mean: NDArray[np.floating], satellite: Satellite) -> tuple[Match, ...]:
    """Rank the ten classes and the reference materials, the one of most similar shape first.

    Bands of the atmosphere take no part. Class and water spectra are top-of-atmosphere, materials are at the surface:
    between levels an angle is a hint, no proof.

    Args:
        bands: names of the bands in ``mean``.
        mean: (n,) reflectance; NaN where unknown.
        satellite: whose band responses the materials are seen through.
    """
    given = np.full(len(BANDS), np.nan)
    for name, value in zip(bands, mean, strict=True):
        if not band(name).atmospheric:
            given[BAND_NAMES.index(name)] = value
    candidates: list[tuple[Literal["class", "material"], str, str, NDArray[np.float64]]] = [
        ("class", c.cls.name, c.cls.label, c.mean) for c in class_spectra()
    ]
    candidates += [("material", r.key, r.title, r.bands(satellite)) for r in reference_spectra()]
    found = []
    for kind, key, title, values in candidates:
        both = np.isfinite(given) & np.isfinite(values)
        if np.count_nonzero(both) >= MIN_ANGLE_BANDS:
            angle = spectral_angle_deg(given[both], values[both])
            if np.isfinite(angle):
                found.append(Match(kind, key, title, angle, int(np.count_nonzero(both))))
    return tuple(sorted(found, key=lambda m: m.angle_deg))
