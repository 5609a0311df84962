"""Reflectance against wavelength: what one pixel, tile or area looks like in a scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.radiometry import Level

DEFAULT_SATELLITE = "S2A"
"""Whose wavelengths stand in where a file does not name its satellite; the three differ by at most 17 nm (B12)."""


@dataclass(frozen=True)
class RoiSpectrum:
    """Reflectance of a region of interest in one scene.

    Bands are in wavelength order; arrays are read-only, NaN without pixels.
    """

    bands: tuple[str, ...]
    wavelength_nm: NDArray[np.float64]
    """(bands,) centre wavelengths of the satellite that took it."""
    atmospheric: NDArray[np.bool_]
    """(bands,) True for B09 and B10, which see the air: keep them out of lines."""
    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    """(bands,) between pixels, unitless; 0 for a single pixel."""
    p10: NDArray[np.float32]
    p50: NDArray[np.float32]
    p90: NDArray[np.float32]
    n_pixels: int
    """Usable (observed and clear) 10 m pixels that the figures are made of."""
    n_cloudy: int
    """Pixels of the region under cloud or shadow; left out."""
    n_no_data: int
    """Pixels of the region without a measurement, or outside the imagery; left out."""
    level: Level
    satellite: str
    """Whose wavelengths these are; ``S2A`` where the source does not say."""
    acquisition: str
    moment: datetime
    simulated: bool
    indices: Mapping[str, float]
    """NDVI, NDWI, NDBI, EVI: means of the pixels' values; those whose bands are there."""

    @property
    def why_empty(self) -> str:
        """Why there is nothing to show, one sentence; empty where there are pixels."""
        if self.n_pixels:
            return ""
        if self.n_cloudy and self.n_no_data:
            return "This place is partly cloudy and partly without data: there is no usable pixel, so no spectrum."
        if self.n_cloudy:
            return "This place is under cloud or cloud shadow: there is no usable pixel, so no spectrum."
        return "There is no data at this place: it lies outside what the satellite delivered, so there is no spectrum."
