"""A careful guess at bright clouds, for imagery that comes without a scene classification."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

CLOUD_BANDS = ("B02", "B03", "B04", "B08", "B11")
"""Without these it cannot be separated from snow, sand and roofs; B01 is used as well where it is there."""
CIRRUS = 0.02
"""Reflectance at the top of the atmosphere in B10 from which a pixel is under high cloud. Water vapour hides the ground
there: 0.009 at most on the development data (snow in dry winter air); s2cloudless turns between 0.015 and 0.03."""
CORE_M = 110.0
"""A cloud has a core of at least this size; white roofs and greenhouses are smaller."""


def bright_clouds(reflectance: Mapping[str, NDArray[np.float32]], *, pixel_m: float) -> NDArray[np.bool_]:
    """Find thick, bright cloud, and high cloud where there is the band for it. Haze and shadow are not found.

    White in the visible, not redder than blue (sand is), bright in SWIR (snow is not), and not as narrow as a roof.
    For L1C and L2A. The thresholds were chosen on the development data, where they find 95 % of the pixels of the one
    cloudy scene, and none in 14 clear ones (sand, desert, snow, greenhouses, villages) and 177 EuroSAT patches.

    Args:
        reflectance: float32 (rows, columns) of each of CLOUD_BANDS, unitless, 0 where not observed; perhaps
            ``B01``, and ``B10`` of the top of the atmosphere.
        pixel_m: size of a pixel on the ground, m.

    Returns:
        bool (rows, columns), True for cloud.
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    blue, green, red = (reflectance[b] for b in ("B02", "B03", "B04"))
    nir, swir = reflectance["B08"], reflectance["B11"]
    brightest, darkest = np.maximum(np.maximum(blue, green), red), np.minimum(np.minimum(blue, green), red)
    white = (blue > 0.18) & (brightest - darkest < 0.25 * (blue + green + red) / 3) & (nir < 2.2 * red)
    bluish = (blue >= 0.97 * red) & (swir < 1.4 * blue)
    not_snow = (swir > 0.12) & (green < 3 * swir)
    likely = white & bluish & not_snow
    if "B01" in reflectance:
        likely &= reflectance["B01"] > 0.19
    cirrus = reflectance["B10"] > CIRRUS if "B10" in reflectance else np.zeros(likely.shape, bool)
    if not likely.any():
        return cirrus
    size = max(3, round(CORE_M / pixel_m) | 1)
    core = minimum_filter(likely.astype(np.uint8), size, mode="nearest")
    near = maximum_filter(core, 2 * size - 1, mode="nearest")  # the core itself, and as far around it again
    return np.asarray((near > 0) & likely | cirrus)
