"""Colours of what is no class: confidence steps, NDVI ramp, unnamed tiles. Class colours live in the domain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASSES

LEFT_OUT_COLOR = "#8A8F98"
LEFT_OUT_LABEL = "left out (cloud, no data, unfamiliar)"

CONFIDENCE_STEPS: tuple[tuple[float, str, str], ...] = (
    (0.0, "#3B0F70", "below 50 %"),
    (0.5, "#8C2981", "50 to 70 %"),
    (0.7, "#DE4968", "70 to 85 %"),
    (0.85, "#FE9F6D", "85 to 95 %"),
    (0.95, "#FCFDBF", "95 % and more"),
)
"""Least probability, colour, label. Darkest is least sure; the lightness alone tells the order (magma, CC0, by
Smith and van der Walt), so that it also reads for colour-blind people and in grey print."""

NDVI_STOPS: tuple[tuple[float, str, str], ...] = (
    (-0.5, "#25507A", "water"),
    (-0.05, "#A9BFCF", "water's edge"),
    (0.05, "#E9DFC7", "bare, sealed"),
    (0.25, "#D8BF73", "sparse plants"),
    (0.5, "#83A94A", "green"),
    (0.9, "#0B4420", "dense green"),
)
"""NDVI, colour, label; between them colours are mixed. Lightness falls steadily from 0.05 on."""

GAIN_COLOR, LOSS_COLOR = "#2E8B57", "#C2571A"
"""Told apart by side, hatching or sign too, never by colour alone."""


def rgb(color: str) -> tuple[int, int, int]:
    """Split ``#RRGGBB`` into three numbers, 0 to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def is_dark(color: str) -> bool:
    """Say where white letters read better than black ones. Source: WCAG 2.2 relative luminance and contrast."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in rgb(color))]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (luminance + 0.05) / 0.05 < 1.05 / (luminance + 0.05)


def class_colors(*, corine: bool = False) -> tuple[str, ...]:
    """Give ten colours in the order of class ids: the default ones, or those that CORINE readers expect."""
    return tuple(c.corine_color if corine else c.color for c in CLASSES)


def ramp_colors(values: NDArray[np.floating], stops: Sequence[tuple[float, str, str]]) -> NDArray[np.uint8]:
    """Give the colours of values between the stops of a ramp, for an index from -1 to 1.

    Args:
        values: (rows, columns); NaN has the colour of 0.
        stops: value, colour, label, rising.

    Returns:
        uint8 (3, rows, columns) red, green and blue.
    """
    at = np.linspace(-1, 1, 251)  # colours are mixed for 251 steps and looked up
    table = np.stack([np.interp(at, [s[0] for s in stops], [rgb(s[1])[k] for s in stops]) for k in range(3)])
    steps = np.rint((np.clip(np.nan_to_num(values), -1, 1) + 1) * 125).astype(np.uint8)
    return np.rint(table).astype(np.uint8)[:, steps]
