"""Areas three ways: they add up, they move the right way, and the interval follows from the stored matrix."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lulc_core.model
from lulc_core.analysis.accuracy.area_uncertainty import INDICATIVE_NOTE, uncertain_areas
from lulc_core.analysis.accuracy.olofsson import accuracy
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import InputError
from tests.arrays import grid_at, map_of

STORED = json.loads((Path(lulc_core.model.__file__).parent / "weights" / "compact.evaluation.json").read_text())
GRID = grid_at(9.0, 45.5, 10, 10)
IDS = np.array([1] * 60 + [0] * 30 + [6] * 8 + [255] * 2).reshape(10, 10)


def test_each_way_adds_up_to_the_named_ground():
    found = uncertain_areas(map_of(IDS, GRID), STORED)
    classified = 98 * 40.96
    for total in (sum(a.counted_ha for a in found), sum(a.weighted_ha for a in found)):
        assert total == pytest.approx(classified, rel=1e-4)
    assert [a.cls.name for a in found[:3]] == ["Forest", "AnnualCrop", "PermanentCrop"]
    assert [a.cells for a in found[:3]] == [60, 30, 8]
    for a in found:
        assert 0 <= a.low_ha <= a.adjusted_ha <= a.high_ha <= classified


def test_weighting_follows_the_probabilities():
    land_cover = map_of(IDS, GRID, confidence=0.8)
    forest = uncertain_areas(land_cover, STORED)[0]
    assert forest.weighted_ha == pytest.approx((60 * 0.8 + 38 * 0.2 / 9) * 40.96, rel=1e-4)
    sure = uncertain_areas(map_of(IDS, GRID, confidence=1.0), STORED)[0]
    assert sure.weighted_ha == pytest.approx(sure.counted_ha)


def test_the_interval_is_the_estimator_of_the_paper_with_map_classes_as_strata():
    matrix = np.array(STORED["matrix"])
    weights = np.bincount(IDS[IDS < 255], minlength=10) / 98
    expected = accuracy(matrix.T, weights).area * 98 * 40.96
    for a in uncertain_areas(map_of(IDS, GRID), STORED):
        value, low, high = expected[a.cls.id]
        assert (a.adjusted_ha, a.low_ha, a.high_ha) == pytest.approx((value, max(low, 0), min(high, 98 * 40.96)))


def test_a_network_that_errs_one_way_moves_the_area_that_way():
    matrix = np.diag(np.full(10, 100))
    matrix[1, 0] = 25  # 25 forests were called annual crops
    found = {a.cls.name: a for a in uncertain_areas(map_of(IDS, GRID), {"matrix": matrix.tolist()})}
    assert found["AnnualCrop"].adjusted_ha == pytest.approx(30 * 40.96 * 100 / 125)
    assert found["Forest"].low_ha > found["Forest"].counted_ha
    assert found["PermanentCrop"].low_ha == found["PermanentCrop"].high_ha  # no error was ever seen there


def test_finer_cells_and_clipped_ones_count_by_their_ground():
    clipped = replace(GRID, coverage=np.full(GRID.shape, 0.25, np.float32))
    found = uncertain_areas(map_of(IDS, clipped), STORED)
    assert found[0].counted_ha == pytest.approx(60 * 40.96 / 4)


def test_a_map_without_names_has_no_areas():
    assert uncertain_areas(map_of(np.full((10, 10), 255), GRID), STORED) == ()


@pytest.mark.parametrize(
    "evaluation",
    [
        {},
        {"matrix": None},
        {"matrix": "none"},
        {"matrix": [[1, 2], [3]]},
        {"matrix": np.eye(9).tolist()},
        {"matrix": (-np.eye(10)).tolist()},
        {"matrix": np.eye(10).tolist()},  # one tile a class: no spread
        {"matrix": (9 * np.eye(10)).tolist(), "classes": list(reversed(CLASS_NAMES))},
    ],
)
def test_an_evaluation_without_a_matrix_is_refused(evaluation):
    with pytest.raises(InputError, match="The evaluation of the network"):
        uncertain_areas(map_of(IDS, GRID), evaluation)


def test_the_note_promises_nothing():
    assert "indicative" in INDICATIVE_NOTE and "no confidence interval" in INDICATIVE_NOTE
