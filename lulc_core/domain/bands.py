"""Sentinel-2 MSI bands: names, order, wavelengths.

Source: ESA spectral response functions COPE-GSEG-EOPG-TN-15-0007 v4.0 for centres and widths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Band:
    """One band of the MultiSpectral Instrument."""

    name: str
    """Three characters, ``B01`` to ``B12`` and ``B8A``."""
    title: str
    """What the band is called in words."""
    pixel_m: int
    """Native pixel size in metres: 10, 20 or 60."""
    centre_nm: Mapping[str, float]
    """Centre wavelength in nm by satellite, ``S2A``, ``S2B``, ``S2C``."""
    width_nm: Mapping[str, float]
    """Full width at half maximum in nm by satellite."""
    atmospheric: bool = False
    """True for the bands that see the air and not the ground (B09, B10): keep them out of lines."""
    use: str = ""
    """What it is good for, one short phrase."""


def _band(
    name: str,
    title: str,
    pixel_m: int,
    a: tuple[float, float],
    b: tuple[float, float],
    c: tuple[float, float],
    use: str,
    atmospheric: bool = False,
) -> Band:
    by = ("S2A", "S2B", "S2C")
    centre = MappingProxyType(dict(zip(by, (a[0], b[0], c[0]), strict=True)))
    width = MappingProxyType(dict(zip(by, (a[1], b[1], c[1]), strict=True)))
    return Band(name, title, pixel_m, centre, width, atmospheric, use)


BANDS: tuple[Band, ...] = (
    _band("B01", "coastal aerosol", 60, (442.7, 20), (442.2, 20), (444.2, 20), "haze and shallow water"),
    _band("B02", "blue", 10, (492.7, 64), (492.3, 65), (489.0, 65), "water, bare soil against plants"),
    _band("B03", "green", 10, (559.8, 35), (558.9, 35), (560.6, 35), "green peak of leaves, turbid water"),
    _band("B04", "red", 10, (664.6, 31), (664.9, 30), (666.5, 30), "chlorophyll absorbs here"),
    _band("B05", "red edge 1", 20, (704.1, 14), (703.8, 14), (707.1, 15), "start of the red edge"),
    _band("B06", "red edge 2", 20, (740.5, 14), (739.1, 14), (741.1, 15), "steepest part of the red edge"),
    _band("B07", "red edge 3", 20, (782.8, 19), (779.7, 20), (784.7, 20), "leaf area"),
    _band("B08", "NIR", 10, (832.8, 105), (832.9, 105), (834.6, 96), "biomass, shorelines"),
    _band("B8A", "narrow NIR", 20, (864.7, 21), (864.0, 21), (865.6, 20), "vegetation without water vapour"),
    _band("B09", "water vapour", 60, (945.1, 20), (943.2, 20), (947.2, 20), "water vapour in the air", True),
    _band("B10", "cirrus", 60, (1373.5, 29), (1376.9, 30), (1372.2, 33), "thin high cloud", True),
    _band("B11", "SWIR 1", 20, (1613.7, 90), (1610.4, 94), (1612.0, 90), "moisture, snow against cloud"),
    _band("B12", "SWIR 2", 20, (2202.4, 174), (2185.7, 183), (2191.3, 183), "dry matter, burnt ground, minerals"),
)
"""All 13 bands in wavelength order, which is also Sentinel Hub's order (B8A after B08)."""

BAND_NAMES: tuple[str, ...] = tuple(b.name for b in BANDS)
L2A_BAND_NAMES: tuple[str, ...] = tuple(n for n in BAND_NAMES if n != "B10")
"""The 12 bands of surface-reflectance products; B10 is absent from them."""
RGB: tuple[str, str, str] = ("B04", "B03", "B02")
"""Red, green, blue: what an RGB network and a true-colour picture take, in this order."""
EUROSAT_MS_ORDER: tuple[str, ...] = (*(f"B{i:02d}" for i in range(1, 13)), "B8A")
"""Band order of EuroSAT's 13-band GeoTIFFs: B8A is last."""


def band(name: str) -> Band:
    """Return the band of that name.

    Raises:
        KeyError: there is no such band.
    """
    return _BY_NAME[name]


_BY_NAME = {b.name: b for b in BANDS}
