"""Seasons: how dark (green) or bright (bare) crops are through the year."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

N_CROPS = 64
"""Crops with sowing dates of their own that a parcel can carry."""

# Level z of the AnnualCrop material by day of the northern year: dense green is about -1.5, bare soil 0.3 to 1, stubble
# and dry soil 1 to 1.8. Crop calendars of western Europe (winter cereals, maize, fodder, sunflower), in round figures.
_CALENDARS: tuple[tuple[int, tuple[tuple[int, float], ...]], ...] = (
    (26, ((0, -0.3), (55, -0.7), (100, -1.5), (150, -1.2), (178, 0.9), (195, 1.4), (230, 1.1), (260, 0.5), (300, 0.3),
          (330, 0.0), (365, -0.3))),
    (20, ((0, 0.3), (90, 0.5), (125, 0.7), (160, -0.5), (185, -1.4), (235, -1.3), (262, -0.2), (285, 0.6), (365, 0.3))),
    (10, ((0, -1.0), (90, -1.3), (140, -0.9), (200, -0.5), (260, -0.9), (365, -1.0))),
    (8, ((0, 0.4), (95, 0.9), (140, 0.8), (175, -0.6), (215, -0.3), (250, 0.8), (290, 0.6), (365, 0.4))),
)  # fmt: skip


def northern_day(day: date, *, south: bool) -> int:
    """Compute the day of the year, 0 to 364, as the northern hemisphere counts its seasons."""
    return (day.timetuple().tm_yday - 1 + (182 if south else 0)) % 365


def crop_levels(day: date, *, south: bool) -> NDArray[np.float32]:
    """Compute the level z of the AnnualCrop material for each of the N_CROPS crops on a day, float32 (N_CROPS,)."""
    doy = northern_day(day, south=south)
    levels = []
    for count, calendar in _CALENDARS:
        days = np.array([d for d, _ in calendar], float)
        values = np.array([v for _, v in calendar])
        lags = np.linspace(-14, 14, count)
        levels.append(np.interp((doy - lags) % 365, days, values))
    return np.concatenate(levels).astype(np.float32)


def dryness(day: date, *, south: bool) -> float:
    """Compute what summer adds to the level of grassland, 0 (spring) to 1 (late summer)."""
    days, dry = (0, 60, 120, 170, 225, 270, 330, 365), (0.2, 0.2, 0, 0.3, 1, 0.6, 0.2, 0.2)
    return float(np.interp(northern_day(day, south=south), days, dry))


def leafless(day: date, *, south: bool) -> float:
    """Compute the share of leaves that deciduous plants have lost, 0 (summer) to 1 (winter)."""
    return float(np.interp(northern_day(day, south=south), (0, 85, 130, 270, 320, 365), (1, 1, 0, 0, 1, 1)))
