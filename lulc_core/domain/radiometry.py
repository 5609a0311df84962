"""From delivered numbers to reflectance, and from reflectance to what a network or a person sees."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Level = Literal["L1C", "L2A"]
"""L1C is top-of-atmosphere reflectance, L2A is surface reflectance."""

QUANTIFICATION = 10_000
"""DN per unit of reflectance. Source: Sentinel-2 Products Specification Document."""

BASELINE_04_OFFSET = -1_000
"""DN to add from processing baseline 04.00 (2022-01-25) on, and in Collection-1 reprocessing of older dates."""

SCL_CLEAR = (2, 4, 5, 6, 7, 11)
"""Scene classification codes of clear ground: dark, vegetation, bare, water, unclassified, snow. Not clear: 0 no data,
1 saturated, 3 cloud shadow, 8 and 9 cloud, 10 cirrus. Source: Sen2Cor scene classification, as in FACTS."""

EUROSAT_MAX_REFLECTANCE = 0.275
"""Reflectance that EuroSAT's RGB files map to 255. Source: gdal_translate recipe in the data set's README."""


def to_reflectance(
    dn: NDArray[np.integer] | NDArray[np.floating], *, offset: float = 0, quantification: float = QUANTIFICATION
) -> NDArray[np.float32]:
    """Convert digital numbers to reflectance.

    Args:
        dn: numbers of any shape as delivered; 0 is no-data and gives 0.
        offset: added to every DN that is not 0; 0 where the source has harmonised already.
        quantification: what reflectance 1 is in ``dn``, where a user's file has another scale than ESA's.

    Returns:
        float32 of the same shape, unitless, about 0 to 1 and above on clouds; never negative.
    """
    scaled = (dn.astype(np.float32) + np.float32(offset)) / np.float32(quantification)
    return np.where(dn == 0, np.float32(0), np.maximum(scaled, 0)).astype(np.float32, copy=False)


def to_eurosat_rgb(reflectance: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Apply the one fixed stretch that EuroSAT's RGB files were made with.

    Args:
        reflectance: any shape, unitless.

    Returns:
        uint8 of the same shape, 1 to 255: ``clip(round(1 + 254 * reflectance / 0.275), 1, 255)``.

    Source: confirmed on 60 pairs of multispectral and RGB patches, mean error 1.0 grey level.
    """
    grey = np.rint(1 + reflectance * np.float32(254 / EUROSAT_MAX_REFLECTANCE))
    return np.clip(grey, 1, 255).astype(np.uint8)


VISIBLE_BANDS = ("B01", "B02", "B03", "B04")


def to_eurosat_band(reflectance: NDArray[np.floating], band: str) -> NDArray[np.uint8]:
    """Bring one band to the grey levels that networks of 13 bands take: those of to_eurosat_rgb().

    Beyond the visible at half the contrast, since vegetation reflects twice as much there.

    Args:
        reflectance: any shape, unitless.
        band: its name, such as ``B8A``.
    """
    return to_eurosat_rgb(reflectance if band in VISIBLE_BANDS else reflectance / 2)


def to_true_colour(reflectance: NDArray[np.floating], *, gain: float = 2.5) -> NDArray[np.uint8]:
    """Make a picture for people: ``gain`` times reflectance, the same for every date. Not what a network sees.

    Args:
        reflectance: any shape, unitless.
        gain: multiplies reflectance before 1.0 becomes 255.

    Returns:
        uint8 of the same shape, 0 to 255.
    """
    return np.clip(np.rint(reflectance * np.float32(255 * gain)), 0, 255).astype(np.uint8)


def normalized_difference(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float32]:
    """Compute ``(a - b) / (a + b)``: NDVI of (B08, B04), NDWI of (B03, B08), NDBI of (B11, B08).

    Returns:
        float32, -1 to 1; NaN where both are 0.
    """
    total = np.asarray(a + b, dtype=np.float32)
    difference = np.asarray(a - b, dtype=np.float32)
    out = np.full(total.shape, np.nan, dtype=np.float32)
    np.divide(difference, total, out=out, where=total > 0)
    return np.clip(out, -1, 1)
