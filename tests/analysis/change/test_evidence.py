"""Both dates of one place, against means taken by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.analysis.change.evidence import index_pairs, place_link
from lulc_core.analysis.spectra.roi import tile_spectrum
from lulc_core.domain.scene import Scene
from lulc_core.render.charts.map import spectrum_pair
from tests.arrays import grid_at, scene_of

GRID = grid_at(8.85, 45.49, 1, 2)


def two_dates():
    before, after = scene_of(GRID, seed=1), scene_of(GRID, ("B02", "B03", "B04", "B08"), seed=2)
    clear = after.clear.copy()
    clear[:, :10] = False
    after = Scene(GRID, after.acquisition, after.bands, after.reflectance, after.observed, clear)
    return before, after, [tile_spectrum(s, 0, 0) for s in (before, after)]


def test_spectra_and_indices_are_those_of_the_tile():
    before, after, spectra = two_dates()
    green, nir = (after.select([b])[0][:64, 10:64] for b in ("B03", "B08"))
    by_name = {i.name: i for i in index_pairs(spectra)}
    assert by_name["NDWI"].after == pytest.approx(float(((green - nir) / (green + nir)).mean()), abs=1e-5)
    assert by_name["NDWI"].difference == pytest.approx(by_name["NDWI"].after - by_name["NDWI"].before)
    assert by_name["NDBI"].after is None and by_name["NDBI"].difference is None
    assert spectra[0].mean[list(spectra[0].bands).index("B04")] == pytest.approx(
        float(before.select(["B04"])[0][:64, :64].mean()), rel=1e-5
    )


def test_the_link_marks_the_place():
    lon, lat = GRID.tile_center(0, 0)
    assert place_link(lon, lat).startswith("https://www.openstreetmap.org/?mlat=45.")


def test_both_spectra_are_in_one_chart_without_the_air():
    spectra = two_dates()[2]
    first, second = spectrum_pair(*spectra, days=("2019-07-16", "2021-07-16")).data
    assert "B10" not in [name for name, _ in first.customdata] and len(first.x) == 11 and len(second.x) == 4
    np.testing.assert_allclose(second.y[0], spectra[1].mean[0], rtol=1e-6)
