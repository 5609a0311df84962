"""Top-of-atmosphere spectra of the simulated materials, as a table that is quick to look up.

A pixel is a material, a level z (about standard normal over all ground of that material: dark to bright) and a hue.
Source of the figures: spectra.csv, derived by scripts/derive_simulation_spectra.py from EuroSAT (Helber et al. 2019,
doi 10.1109/JSTARS.2019.2918242, MIT licence); checked by the tests against the spectra of EuroSAT's
classes that analysis/spectra shows.
"""

from __future__ import annotations

import csv
from functools import cache
from math import erf, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.classes import CLASS_NAMES

MATERIALS: tuple[str, ...] = (*CLASS_NAMES, "Road", "RiverWater")
"""Rows of the table: the ten classes in their order, then what has no class of its own."""
ROAD, RIVER_WATER = MATERIALS.index("Road"), MATERIALS.index("RiverWater")
LEVELS = 256
"""Steps of the level, from -Z_MAX to Z_MAX."""
Z_MAX = 3.0


@cache
def tables() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Read reflectance by level and material, and what one unit of hue adds.

    Returns:
        float32 (13, materials * LEVELS), index ``material * LEVELS + level``, and float32 (13, materials); read-only.
    """
    steps: dict[str, list[list[float]]] = {}
    hues: dict[str, list[float]] = {}
    with (Path(__file__).parent / "spectra.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values = [float(row[b]) for b in BAND_NAMES]
            if row["step"] == "hue":
                hues[row["material"]] = values
            else:
                steps.setdefault(row["material"], []).append(values)
    quantile = np.array([0.5 * (1 + erf(z / sqrt(2))) for z in np.linspace(-Z_MAX, Z_MAX, LEVELS)])
    levels = []
    for material in MATERIALS:
        ramp = np.array(steps[material])
        middle = (np.arange(len(ramp)) + 0.5) / len(ramp)
        levels.append(np.stack([_interpolate(quantile, middle, ramp[:, b]) for b in range(len(BAND_NAMES))]))
    table = np.concatenate(levels, axis=1).astype(np.float32)
    hue = np.array([hues[m] for m in MATERIALS], np.float32).T.copy()
    table.setflags(write=False)
    hue.setflags(write=False)
    return table, hue


def _interpolate(q: NDArray[np.float64], at: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    # Beyond the outermost steps the ramp goes on a little way, as the tails of the real pixels do.
    lower = values[0] - (values[1] - values[0]) * np.clip(at[0] - q, 0, None) / (at[1] - at[0]) * 0.7
    upper = values[-1] + (values[-1] - values[-2]) * np.clip(q - at[-1], 0, None) / (at[-1] - at[-2]) * 0.7
    inner = np.interp(q, at, values)
    return np.maximum(np.where(q < at[0], lower, np.where(q > at[-1], upper, inner)), 1e-4)
