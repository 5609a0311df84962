"""Spectra to compare with: materials from spectral libraries, water and the ten classes as Sentinel-2 sees them.

Sources of all figures: tables/README.md.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES, BANDS
from lulc_core.domain.classes import CLASSES, LandCoverClass

Satellite = Literal["S2A", "S2B", "S2C"]
SATELLITES: tuple[Satellite, ...] = ("S2A", "S2B", "S2C")

_TABLES = Path(__file__).with_name("tables")
_USGS = "USGS Spectral Library splib07"
_ECOSTRESS = "ECOSTRESS Spectral Library"
_TITLES: dict[str, tuple[str, str]] = {
    "lawn_grass": ("lawn grass", _USGS),
    "aspen_leaf": ("aspen leaf", _USGS),
    "dry_grass": ("dry grass", _ECOSTRESS),
    "grass": ("green grass", _ECOSTRESS),
    "conifer": ("conifer", _ECOSTRESS),
    "deciduous": ("deciduous tree", _ECOSTRESS),
    "concrete": ("concrete", _ECOSTRESS),
    "asphalt": ("asphalt", _ECOSTRESS),
    "black_loam": ("black loam", _ECOSTRESS),
    "yellowish_brown_clay": ("yellowish brown clay", _ECOSTRESS),
    "turbid_water": ("turbid water", "EuroSAT river pixels, top of atmosphere"),
    "clear_water": ("clear water", "EuroSAT sea and lake pixels, top of atmosphere"),
}


class BandResponse(NamedTuple):
    """How strongly a band answers to light of each wavelength."""

    wavelength_nm: NDArray[np.float64]
    """Ascending; read-only, as all arrays here."""
    response: NDArray[np.float64]
    """Relative, 0 to 1, same length."""


@dataclass(frozen=True)
class ReferenceSpectrum:
    """Reflectance of one material."""

    key: str
    title: str
    """In plain words."""
    source: str
    wavelength_nm: NDArray[np.float64]
    """Of the curve, ascending; empty for water, which is known by band only."""
    reflectance: NDArray[np.float64]
    """Unitless, same length."""
    band_means: NDArray[np.float64]
    """(13,) in wavelength order as Sentinel-2 saw it, NaN where unknown; empty where there is a curve."""

    @property
    def has_curve(self) -> bool:
        """True if it was measured in a laboratory or field, wavelength by wavelength."""
        return self.wavelength_nm.size > 0

    def bands(self, satellite: Satellite) -> NDArray[np.float64]:
        """Compute what the bands of a satellite see of it, (13,) in wavelength order; NaN where unknown."""
        return band_reflectance(self.wavelength_nm, self.reflectance, satellite) if self.has_curve else self.band_means


@dataclass(frozen=True)
class ClassSpectrum:
    """Top-of-atmosphere reflectance of one class over its EuroSAT patches. Arrays are (13,), wavelength order."""

    cls: LandCoverClass
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    p10: NDArray[np.float64]
    p50: NDArray[np.float64]
    p90: NDArray[np.float64]


@lru_cache(maxsize=1)
def band_responses() -> dict[tuple[str, str], BandResponse]:
    """Read the response curves by satellite and band. Source: ESA COPE-GSEG-EOPG-TN-15-0007 v4.0."""
    points: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in _rows("spectral_response.csv"):
        pair = float(row["wavelength_nm"]), float(row["response"])
        points.setdefault((row["satellite"], row["band"]), []).append(pair)
    return {key: BandResponse(*map(_frozen, zip(*sorted(pairs), strict=True))) for key, pairs in points.items()}


def band_reflectance(
    wavelength_nm: NDArray[np.float64], reflectance: NDArray[np.float64], satellite: Satellite
) -> NDArray[np.float64]:
    """Compute what each band sees of a curve: its mean, weighted with the response of the band.

    Args:
        wavelength_nm: (n,) ascending.
        reflectance: (n,) unitless; between the points it is interpolated linearly.
        satellite: whose bands.

    Returns:
        float64 (13,) in wavelength order; NaN where the curve does not cover the band.

    Raises:
        KeyError: no such satellite.
    """
    seen = np.full(len(BANDS), np.nan)
    for i, b in enumerate(BANDS):
        curve = band_responses()[satellite, b.name]
        covered = (curve.wavelength_nm >= wavelength_nm[0]) & (curve.wavelength_nm <= wavelength_nm[-1])
        weight = curve.response * covered
        # A sliver of response beyond the ends of the curve changes nothing; more than that would be a guess.
        if weight.sum() >= 0.98 * curve.response.sum():
            seen[i] = np.interp(curve.wavelength_nm, wavelength_nm, reflectance) @ weight / weight.sum()
    return seen


@lru_cache(maxsize=1)
def reference_spectra() -> tuple[ReferenceSpectrum, ...]:
    """Read ten materials with their curves, then turbid and clear water as Sentinel-2 saw them from orbit."""
    rows = _rows("reference_spectra.csv")
    wavelength = np.array([float(r["wavelength_nm"]) for r in rows])
    found = []
    nothing = _frozen([])
    for key in [k for k in rows[0] if k != "wavelength_nm"]:
        values = np.array([float(r[key]) if r[key] else np.nan for r in rows])
        known = np.isfinite(values)
        found.append(ReferenceSpectrum(key, *_TITLES[key], _frozen(wavelength[known]), _frozen(values[known]), nothing))
    for row in _rows("water_toa.csv"):
        key = row["material"]
        means = _frozen([float(row.get(name) or "nan") for name in BAND_NAMES])
        found.append(ReferenceSpectrum(key, *_TITLES[key], nothing, nothing, means))
    return tuple(found)


@lru_cache(maxsize=1)
def class_spectra() -> tuple[ClassSpectrum, ...]:
    """Read the spectra of the ten classes in their order. Source: 200 EuroSAT patches a class, Sentinel-2A L1C."""
    table = {(r["class_name"], r["band"]): r for r in _rows("class_spectra_toa.csv")}

    def column(cls: LandCoverClass, name: str) -> NDArray[np.float64]:
        return _frozen([float(table[cls.name, b][name]) for b in BAND_NAMES])

    return tuple(ClassSpectrum(c, *(column(c, name) for name in ("mean", "std", "p10", "p50", "p90"))) for c in CLASSES)


def _rows(name: str) -> list[dict[str, str]]:
    with (_TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _frozen(values: object) -> NDArray[np.float64]:
    array = np.array(values, np.float64)
    array.setflags(write=False)
    return array
