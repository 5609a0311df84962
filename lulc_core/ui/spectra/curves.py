"""Lines of the spectra charts: classes, materials and regions of interest at the centres of the bands."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.spectra.reference import SATELLITES, ClassSpectrum, ReferenceSpectrum, Satellite
from lulc_core.domain.bands import BAND_NAMES, BANDS
from lulc_core.render.charts.spectra import MATERIAL_COLORS, Curve
from lulc_core.ui.words import page_words, spoken

CHART: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False}
"""Settings of every plotly chart of the page."""


def known_satellite(name: str | None) -> Satellite:
    """Return whose wavelengths a chart has; S2A's stand in where imagery names no satellite."""
    return next((satellite for satellite in SATELLITES if satellite == name), SATELLITES[0])


def class_curve(c: ClassSpectrum, satellite: Satellite = "S2A", *, ribbon: bool = True, **style: Any) -> Curve:
    """Draw the mean of a class, with the middle 80 % of its pixels as a ribbon."""
    name, centres = (
        f"{page_words().class_name(c.cls.id)} ({page_words().class_letter(c.cls.id)})",
        _centres_nm(satellite),
    )
    low, high = (c.p10, c.p90) if ribbon else (None, None)
    return Curve(name, c.cls.color, centres, c.mean, BAND_NAMES, low=low, high=high, **style)


def material_curve(material: ReferenceSpectrum, satellite: Satellite, **style: Any) -> Curve:
    """Draw what the bands see of a material."""
    color, values = MATERIAL_COLORS[material.key], material.bands(satellite)
    return Curve(spoken(material.title), color, _centres_nm(satellite), values, BAND_NAMES, **style)


def _centres_nm(satellite: Satellite) -> NDArray[np.float64]:
    return np.array([b.centre_nm[satellite] for b in BANDS])
