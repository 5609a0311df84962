"""One changed place, both dates side by side: what a sceptic wants to see before believing it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.spectra.roi import TILE_INDICES, tile_indices, tile_spectrum
from lulc_core.domain.change import ChangeMap
from lulc_core.domain.scene import Scene
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


@dataclass(frozen=True)
class Evidence:
    """Both dates of one cell; spectra and indices are those of the whole 640 m tile that it lies in."""

    tile_id: str
    days: tuple[str, str]
    """``YYYY-MM-DD`` of the earlier and the later date."""
    probabilities: tuple[NDArray[np.float32], NDArray[np.float32]]
    """(10,) each, for ``render.change_charts.probability_pair``."""
    spectra: tuple[RoiSpectrum, RoiSpectrum]
    """For ``render.change_charts.spectrum_pair``."""
    indices: tuple[IndexPair, ...]
    link: str
    """The place on openstreetmap.org."""


def place_evidence(change: ChangeMap, before: Scene, after: Scene, row: int, col: int) -> Evidence:
    """Gather what both dates show of one cell of the comparison.

    Args:
        change: the comparison.
        before: pixels of the earlier date.
        after: pixels of the later date.
        row: row of the cell.
        col: column of the cell.

    Raises:
        IndexError: no such tile.
    """
    tile = change.grid.tile_of(row, col)
    spectra = tile_spectrum(before, *tile), tile_spectrum(after, *tile)
    indices = [tile_indices(s) for s in spectra]
    p = change.before.probabilities[row, col], change.after.probabilities[row, col]
    lon, lat = change.grid.tile_center(row, col)
    return Evidence(
        change.grid.tile_id(row, col),
        (change.before.acquisition.date, change.after.acquisition.date),
        p,
        spectra,
        tuple(IndexPair(n, *(i.get(n) for i in indices)) for n in TILE_INDICES if any(n in i for i in indices)),
        place_link(lon, lat),
    )


def place_link(lon: float, lat: float) -> str:
    """Make a link to a place on openstreetmap.org, marked, about 3 km wide."""
    return f"https://www.openstreetmap.org/?mlat={lat:.5f}&mlon={lon:.5f}#map=15/{lat:.5f}/{lon:.5f}"
