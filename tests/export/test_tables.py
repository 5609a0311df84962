"""CSV tables: one row a band, and nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from lulc_core.analysis.spectra.roi import Roi, roi_spectrum
from lulc_core.export import tables
from tests.arrays import grid_at, scene_of

GRID = grid_at(8.85, 45.48, 3, 2)
HEADER = [
    "name", "acquisition", "datetime", "level", "satellite", "simulated", "count", "band", "wavelength_nm",
    "atmospheric", "mean", "std", "p10", "p50", "p90",
]  # fmt: skip


def test_csv_has_a_row_a_band_and_no_formulas():
    scene = scene_of(GRID, clear=np.zeros(GRID.shape_px, bool))
    empty = roi_spectrum(scene, Roi.point(*GRID.tile_center(1, 1)))
    good = roi_spectrum(scene_of(GRID), Roi.point(*GRID.tile_center(1, 1)))
    header, *rows = csv.reader(io.StringIO(tables.spectra([("=1+1", good), ("cloudy", empty)])))
    assert header == HEADER and len(rows) == 26 and all(len(r) == len(HEADER) for r in rows)
    assert rows[0][0] == "'=1+1" and float(rows[0][header.index("mean")]) == pytest.approx(
        float(good.mean[0]), abs=1e-6
    )
    assert rows[13][header.index("mean")] == "" and rows[13][header.index("count")] == "0"
