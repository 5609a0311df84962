"""The shipped network on simulated ground of known truth: the warehouse near Mesero is found, and little else."""

from __future__ import annotations

from datetime import date

import numpy as np

from benchmarks.simulated_world import simulated_truth
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import RGB
from lulc_core.domain.grid import TileGrid
from lulc_core.model.classifier import load_classifier
from lulc_core.pipeline.compare import compare
from lulc_core.sources.simulation.source import SimulatedSource


def test_fields_beside_the_highway_become_industrial_near_mesero():
    source = SimulatedSource()
    aoi = Aoi.from_bbox(8.82, 45.466, 8.88, 45.51)
    grid = TileGrid.from_aoi(aoi)
    days = date(2019, 7, 16), date(2021, 8, 14)
    first, second = (source.search(aoi, d, d, previews=False)[0] for d in days)
    change = compare(source, first, source, second, grid, load_classifier(), bands=RGB).change
    before, after = (simulated_truth(source, grid, d).shares for d in days)
    built = (after[..., 4] - before[..., 4]) > 0.5
    found = built & change.changed
    row, col = np.argwhere(built)[0]
    assert built.sum() == 1
    assert found.sum() == 1, (change.from_ids[row, col], change.to_ids[row, col], change.change_probability[row, col])
    assert change.to_ids[row, col] == 4
    untouched = np.abs(after - before).sum(axis=2) < 0.02
    assert (change.changed & untouched).sum() <= max(1, 0.02 * untouched.sum())
