"""One changed place on both dates: what its spectral indices were, and where to look at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lulc_core.analysis.spectra.roi import TILE_INDICES, tile_indices
from lulc_core.domain.spectrum import RoiSpectrum


@dataclass(frozen=True)
class IndexPair:
    """One index of one tile on both dates, -1 to 1; None where a date lacks a band or a usable pixel."""

    name: str
    """``NDVI``, ``NDWI`` or ``NDBI``."""
    before: float | None
    after: float | None

    @property
    def difference(self) -> float | None:
        """After less before; None where either is."""
        return None if self.before is None or self.after is None else self.after - self.before


def index_pairs(spectra: Iterable[RoiSpectrum]) -> tuple[IndexPair, ...]:
    """Pair the indices of a tile on the earlier and the later date; those that neither date has are left out."""
    indices = [tile_indices(s) for s in spectra]
    return tuple(IndexPair(n, *(i.get(n) for i in indices)) for n in TILE_INDICES if any(n in i for i in indices))


def place_link(lon: float, lat: float) -> str:
    """Make a link to a place on openstreetmap.org, marked, about 3 km wide."""
    return f"https://www.openstreetmap.org/?mlat={lat:.5f}&mlon={lon:.5f}#map=15/{lat:.5f}/{lon:.5f}"
