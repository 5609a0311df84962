"""Olofsson et al. 2014: the paper's worked example, the sample, and labels that are kept and restored."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from lulc_core.analysis.accuracy.labels import labels_from_json, labels_to_json
from lulc_core.analysis.accuracy.olofsson import accuracy, area_share, estimate
from lulc_core.analysis.accuracy.sample import CANNOT_TELL, MIN_LABELS, OTHER, Sample, allocate, draw_sample, result_key
from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.domain.grid import TileGrid
from tests.arrays import grid_at, map_of

# The example of section 5 of the paper: deforestation, forest gain, stable forest, stable non-forest.
PAPER_COUNTS = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
PAPER_WEIGHTS = np.array([200_000, 150_000, 3_200_000, 6_450_000]) / 10_000_000
PAPER_HA = 10_000_000 * 30 * 30 / 10_000


def test_the_worked_example_of_the_paper():
    found = accuracy(PAPER_COUNTS, PAPER_WEIGHTS)
    area = PAPER_HA * found.area
    np.testing.assert_allclose(area[:, 0], [21_158, 11_686, 285_770, 581_386], atol=1)
    np.testing.assert_allclose(found.users[:, 0], [0.88, 0.73, 0.93, 0.96], atol=0.005)
    np.testing.assert_allclose(found.producers[:, 0], [0.75, 0.85, 0.93, 0.96], atol=0.006)
    assert found.overall[0] == pytest.approx(0.95, abs=0.005)
    # Wilson's intervals are about as wide as the paper's standard errors make them: the samples are large.
    paper = np.array([6_158, 3_756, 15_510, 16_282])
    half = (area[:, 2] - area[:, 1]) / 2
    np.testing.assert_allclose(half[2:], paper[2:], rtol=0.08)
    assert (half[:2] > paper[:2]).all()  # rare classes, never met in the large strata: that is no proof of absence
    np.testing.assert_allclose((found.users[:, 2] - found.users[:, 1]) / 2, [0.07, 0.10, 0.04, 0.02], atol=0.006)
    assert found.overall[2] - found.overall[1] == pytest.approx(0.04, abs=0.006)


def test_answers_that_all_agree_leave_an_interval():
    """Sixty answers, all annual crops: each class of the map is wholly right or wholly wrong in the sample."""
    counts = np.zeros((3, 3), int)
    counts[:, 0] = 40, 12, 8
    found = accuracy(counts, np.array([0.54, 0.3, 0.16]), units=np.array([1000, 500, 300]))
    assert found.overall[0] == pytest.approx(0.54) and found.overall[1] < 0.5 and found.overall[2] > 0.6
    assert found.users[0].tolist()[::2] == [1, 1] and 0.85 < found.users[0, 1] < 0.95
    assert found.users[1].tolist()[:2] == [0, 0] and 0.1 < found.users[1, 2] < 0.3
    assert (found.area[:, 2] > found.area[:, 1]).all()


def test_groups_are_narrower_than_the_sum_of_their_classes():
    counts, weights = np.array([[30, 10, 0], [10, 30, 0], [1, 1, 38]]), np.array([0.4, 0.4, 0.2])
    value, low, high = area_share(counts, weights, [0, 1])
    area = accuracy(counts, weights).area
    assert value == pytest.approx(area[:2, 0].sum())
    assert high - low < (area[:2, 2] - area[:2, 1]).sum()


def test_the_interval_holds_the_truth_about_95_times_in_100():
    rng = np.random.default_rng(1)
    weights = np.array([0.1, 0.3, 0.6])
    truth = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.02, 0.08, 0.9]])
    area, hit = weights @ truth, float((weights * np.diag(truth)).sum())
    producers = weights * np.diag(truth) / area
    inside = np.zeros((400, 5), bool)
    for k in range(len(inside)):
        counts = np.array([rng.multinomial(40, row) for row in truth])
        found = accuracy(counts, weights)
        inside[k, 0] = found.overall[1] <= hit <= found.overall[2]
        inside[k, 1:4] = (found.area[:, 1] <= area) & (area <= found.area[:, 2])
        inside[k, 4] = found.producers[2, 1] <= producers[2] <= found.producers[2, 2]
    assert (inside.mean(axis=0) > 0.92).all() and (inside.mean(axis=0) < 0.985).all()


def _map(counts: dict[int, int], side: int = 30, **changes):
    ids = np.repeat(list(counts), list(counts.values()))
    ids = np.concatenate([ids, np.full(side * side - len(ids), 255)])
    return map_of(
        np.random.default_rng(0).permutation(ids).reshape(side, side), grid_at(9.0, 45.5, side, side), **changes
    )


MAP = _map({1: 600, 0: 180, 7: 60, 3: 4, 9: 1})


def test_the_sample_is_stratified_random_seeded_and_of_the_size_asked_for():
    sample = draw_sample(MAP, 100, seed=5)
    assert len(sample.tiles) == 100 == len({t.tile_id for t in sample.tiles})
    assert sample == draw_sample(MAP, 100, seed=5)
    assert sample.tiles != draw_sample(MAP, 100, seed=6).tiles
    assert sample.stratum_tiles == {0: 180, 1: 600, 3: 4, 7: 60, 9: 1}
    assert sum(sample.stratum_ha.values()) == pytest.approx(845 * 40.96)
    allocation = Counter(t.class_id for t in sample.tiles)
    assert allocation[9] == 1 and allocation[3] == 4  # all there are
    assert 40 <= allocation[1] <= 60  # half even, half by area, and what the rare ones could not take
    for t in sample.tiles:
        assert MAP.class_ids[t.row, t.col] == t.class_id and MAP.grid.tile_id(t.row, t.col) == t.tile_id
    # The order betrays no class and every beginning is stratified: half the list has half of each class.
    half = [t.class_id for t in sample.tiles[:50]]
    for i in (0, 1, 7):
        assert abs(half.count(i) - allocation[i] / 2) <= 1


def test_every_tile_of_a_class_is_as_likely_to_be_drawn():
    drawn = np.zeros(MAP.grid.shape)
    for seed in range(300):
        for t in draw_sample(MAP, 60, seed=seed).tiles:
            drawn[t.row, t.col] += 1
    of_forest = drawn[MAP.class_ids == 1]
    expected = of_forest.mean()
    assert expected > 3
    assert of_forest.std() == pytest.approx(np.sqrt(expected), rel=0.15)  # as chance scatters, no more


@pytest.mark.parametrize("n", [50, 73, 500])
def test_allocation_adds_up_and_asks_for_no_more_than_there_is(n):
    available = np.array([600, 0, 1, 30, 2, 5, 0, 100, 0, 0])
    sizes = allocate(available, n)
    assert sizes.sum() == n and (sizes <= available).all()
    assert (sizes >= np.minimum(available, 2)).all()
    assert allocate(available, 10_000).tolist() == available.tolist()


def _truth(sample: Sample, wrong_every: int = 0) -> dict[str, int]:
    return {
        t.tile_id: (0 if t.class_id else 1) if wrong_every and k % wrong_every == 0 else t.class_id
        for k, t in enumerate(sample.tiles)
    }


def test_perfect_labels_give_perfect_figures_that_are_still_of_a_sample():
    sample = draw_sample(MAP, 100)
    found = estimate(sample, _truth(sample))
    assert (found.overall.value, found.overall.high) == (1, 1) and 0.9 < found.overall.low < 1
    assert found.n == 100 and found.cannot_tell == 0
    for c in found.classes:
        assert c.users.value == c.producers.value == 1
        assert c.area_ha.value == pytest.approx(c.mapped_ha) and c.area_ha.low < c.area_ha.high
        assert c.users.exact == (c.class_id in (3, 9))  # all their squares were looked at
    everything = draw_sample(MAP, 845)
    assert estimate(everything, _truth(everything)).overall.exact


def test_broad_groups_have_areas_of_their_own_and_roads_are_in_none():
    sample = draw_sample(MAP, 100)
    found = estimate(sample, _truth(sample))
    assert list(found.groups) == ["farmland", "nature", "built_up", "water"]
    mapped = {c.class_id: c.mapped_ha for c in found.classes}
    assert found.groups["nature"].value == pytest.approx(mapped[1])
    assert [c.class_id for c in found.classes if c.is_line] == [3]


def test_errors_move_areas_and_widen_intervals():
    sample = draw_sample(MAP, 200)
    found = estimate(sample, _truth(sample, wrong_every=5))
    assert 0.7 < found.overall.value < 0.9 and found.overall.low < found.overall.value < found.overall.high <= 1
    total = sum(c.area_ha.value for c in found.classes)
    assert total == pytest.approx(sum(sample.stratum_ha.values()))
    assert found.matrix.sum() == 200 and found.matrix[1, 0] > 0
    forest = next(c for c in found.classes if c.name == "Forest")
    assert forest.area_ha.low < forest.area_ha.value < forest.area_ha.high
    assert forest.area_ha.value < forest.mapped_ha and forest.users.n == sum(t.class_id == 1 for t in sample.tiles)


def test_a_class_that_was_looked_at_completely_adds_no_uncertainty():
    counts, weights = np.array([[30, 5], [1, 3]]), np.array([0.9, 0.1])
    open_, closed = (accuracy(counts, weights, units=np.array([10_000, n])) for n in (10_000, 4))
    assert open_.area[0, 0] == closed.area[0, 0]
    assert closed.area[0, 2] < open_.area[0, 2] and closed.users[1, 1] == closed.users[1, 2] == 0.75


def test_the_cells_of_a_finer_map_are_what_is_drawn():
    grid = TileGrid(32632, 790 * 4, 7873 * 4 + 3, 16, 16, cell_m=160)
    cells = map_of(np.tile([[0, 0, 1, 1], [1, 7, 7, 0]], (8, 4)), grid)
    sample = draw_sample(cells, 60)
    assert all(cells.class_ids[t.row, t.col] == t.class_id for t in sample.tiles)
    assert sum(sample.stratum_tiles.values()) == 256
    tiles = map_of(np.zeros((4, 4)), grid_at(9.0, 45.5, 4, 4))
    of_tiles = labels_to_json(sample, {}).replace(sample.result_key, result_key(tiles))
    with pytest.raises(InputError, match="of the 640 m tiles; the map that is shown has cells of 160 m"):
        labels_from_json(of_tiles, cells, tiles)
    with pytest.raises(FileFormatError, match=r"2\.0 MB; the answers of a check have at most 1 MB"):
        labels_from_json("[" * 2_000_000, cells, tiles)


def test_another_land_cover_and_what_cannot_be_told():
    sample = draw_sample(MAP, 120)
    labels = _truth(sample)
    forest = [t.tile_id for t in sample.tiles if t.class_id == 1]
    labels[forest[0]] = labels[forest[1]] = OTHER
    labels[forest[2]] = CANNOT_TELL
    found = estimate(sample, labels)
    assert found.n == 119 and found.cannot_tell == 1
    other = found.classes[-1]
    assert other.name == "other" and other.users is None and other.producers.value == 0
    assert other.area_ha.value > 0 and other.mapped_ha == 0


def test_too_few_labels_are_refused_in_a_sentence():
    sample = draw_sample(MAP, 100)
    labels = _truth(sample)
    few = dict(list(labels.items())[: MIN_LABELS - 1])
    with pytest.raises(InputError, match="49 squares are labelled; figures are given from 50 on"):
        estimate(sample, few)
    estimate(sample, dict(list(labels.items())[:70]))
    lake = next(t.tile_id for t in sample.tiles if t.class_id == 9)
    with pytest.raises(InputError, match="named SeaLake only 0 could be labelled; 1 are needed"):
        estimate(sample, {**labels, lake: CANNOT_TELL})
    with pytest.raises(InputError, match="of no square of this sample"):
        estimate(sample, {**labels, "32N-E0001-N00001": 1})
    with pytest.raises(InputError, match="A label must be"):
        estimate(sample, {**labels, lake: 11})


def test_samples_that_cannot_be_drawn():
    for n in (49, 1001, -1):
        with pytest.raises(InputError, match="50 to 1,000 are allowed"):
            draw_sample(MAP, n)
    with pytest.raises(InputError, match="has 49 named tiles"):
        draw_sample(_map({1: 49}), 100)
    assert len(draw_sample(_map({1: 55, 2: 5}), 100).tiles) == 60


def test_labels_are_kept_and_restored():
    sample = draw_sample(MAP, 80, seed=3)
    labels = dict(list(_truth(sample, 4).items())[:30]) | {sample.tiles[40].tile_id: CANNOT_TELL}
    text = labels_to_json(sample, labels)
    assert len(text) < 10_000
    again, restored = labels_from_json(text, MAP)
    assert again == sample and restored == labels


def test_labels_of_another_map_and_damaged_files_are_refused():
    sample = draw_sample(MAP, 80)
    text = labels_to_json(sample, _truth(sample))
    others = [
        _map({1: 600, 0: 181, 7: 60, 3: 4}),
        replace(MAP, acquisition=replace(MAP.acquisition, id="another day")),
        replace(MAP, model=replace(MAP.model, sha256="0" * 64)),
    ]
    for other in others:
        with pytest.raises(InputError, match="of another map"):
            labels_from_json(text, other)
    for damaged in (
        text[:50],
        "[]",
        "{}",
        '"x"',
        b"\xff\xfe",
        "[" * 100_000,
        text.replace('"version": 1', '"version": 2'),
    ):
        with pytest.raises(FileFormatError):
            labels_from_json(damaged, MAP)
    content = json.loads(text)
    for change in (
        {"labels": {"nowhere": "Forest"}},
        {"labels": {sample.tiles[0].tile_id: "Bog"}},
        {"labels": [1]},
        {"sample": "many"},
        {"seed": None},
    ):
        with pytest.raises(FileFormatError, match="damaged"):
            labels_from_json(json.dumps({**content, **change}), MAP)
