"""Look for clouds in the pixels of a service where it has no map of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import PIXEL_M
from lulc_core.domain.radiometry import Level
from lulc_core.sources.clouds.bright import CLOUD_BANDS, bright_clouds
from lulc_core.sources.clouds.detect import block_means, detect_clouds
from lulc_core.sources.clouds.trees import BANDS


class Found(NamedTuple):
    """Clouds in a scene without a map of them."""

    cloud: NDArray[np.bool_]
    """(rows, columns) True for cloud."""
    known: bool
    """True where a share of clear ground follows from it; a guess at bright cloud is none."""
    done: str
    """What was done, for a note."""


def look_for_clouds(planes: Mapping[str, NDArray[np.float32]], observed: NDArray[np.bool_], level: Level) -> Found:
    """Look for clouds with what there is.

    Args:
        planes: float32 (rows, columns) of 10 m pixels by band, unitless, 0 where not observed.
        observed: (rows, columns) True where there is a measurement.
        level: of the reflectance.
    """
    if level == "L1C" and set(BANDS) <= set(planes):
        blank = np.where(observed, np.float32(0), np.float32(np.nan))
        blocks = {band: block_means(planes[band] + blank, PIXEL_M) for band in BANDS}
        done = "s2cloudless looked for clouds in ten bands, shadows of clouds are not known"
        return Found(detect_clouds(blocks, (observed.shape[0], observed.shape[1])), True, done)
    if set(CLOUD_BANDS) <= set(planes):
        done = "bright clouds were looked for, thin cloud and shadow are not known"
        return Found(bright_clouds(planes, pixel_m=PIXEL_M), False, done)
    return Found(np.zeros(observed.shape, bool), False, "every pixel counts as clear")
