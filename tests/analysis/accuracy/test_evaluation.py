"""Numbers out of a stored evaluation, checked against a matrix counted by hand and against the shipped file."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lulc_core.analysis.accuracy.evaluation import (
    PUBLISHED_CONFUSIONS,
    cell,
    compare_with_published,
    confused_pairs,
    in_a_hundred,
    level1,
    mean_accuracy,
    mean_confidence,
    read_evaluation,
    shares,
    summary,
)
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, class_by_name
from lulc_core.domain.errors import FileFormatError
from lulc_core.model.card import available_models, resolve
from tests.model_files import PER_CLASS, WRONG, evaluation_values


@pytest.fixture
def evaluation():
    return read_evaluation(evaluation_values())


def test_pairs_are_ranked_and_their_shares_are_of_rows_and_columns(evaluation):
    first, second = confused_pairs(evaluation)
    assert (first.reference.name, first.predicted.name, first.n) == ("PermanentCrop", "HerbaceousVegetation", 3)
    assert first.of_reference == pytest.approx(3 / PER_CLASS)
    assert first.of_predicted == pytest.approx(3 / (PER_CLASS + 3))
    assert (second.reference.name, second.predicted.name) == ("River", "Highway")
    assert cell(evaluation, CLASSES[0], CLASSES[1]).n == 0


def test_shares_of_the_truth_sum_to_one_along_rows_and_of_the_map_along_columns(evaluation):
    assert shares(evaluation, "rows").sum(axis=1) == pytest.approx(np.ones(10))
    assert shares(evaluation, "columns").sum(axis=0) == pytest.approx(np.ones(10))
    assert shares(evaluation, "counts").sum() == evaluation.n


def test_a_class_without_patches_has_no_share():
    values = evaluation_values()
    values["n"] -= sum(values["matrix"][0])
    values["matrix"][0] = [0] * 10
    assert np.isnan(shares(read_evaluation(values), "rows")[0]).all()


def test_rolled_up_mistakes_within_a_group_disappear(evaluation):
    groups, matrix = level1(evaluation)
    assert groups == (1, 2, 3, 5) and matrix.sum() == evaluation.n
    # permanent crops (2) for herbaceous vegetation (3), a river (5) for a highway (1): both cross a group
    assert matrix[1, 2] == 3 and matrix[3, 0] == 1
    assert matrix.trace() / evaluation.n == pytest.approx(evaluation.corine_l1_accuracy, abs=1e-5)


def test_the_sentence_is_computed_from_the_matrix(evaluation):
    assert summary(evaluation) == (
        "Of 100 tiles beside those it learnt from, about 97 are named right; it most often takes permanent crops for "
        "herbaceous vegetation."
    )
    perfect = evaluation_values(matrix=(np.eye(10, dtype=int) * PER_CLASS).tolist(), accuracy=1.0)
    assert summary(read_evaluation(perfect)).endswith("100 are named right; it made no mistake.")


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "100"), (0.9951, "more than 99"), (0.978, "about 98"), (0.004, "fewer than 1"), (0.0, "none")],
)
def test_rounding_never_says_all_or_none_where_it_is_not_so(share, words):
    assert in_a_hundred(share) == words


def test_the_talks_ten_are_all_listed_and_ours_come_first(evaluation):
    ranked = compare_with_published(evaluation)
    assert [r.rank for r in ranked[:2]] == [1, 2]
    talk = {(a, b): n for a, b, n in PUBLISHED_CONFUSIONS}
    listed = {(r.pair.reference.name, r.pair.predicted.name): r for r in ranked}
    assert set(talk) <= set(listed) and len(listed) == len(ranked)
    assert all(listed[key].talk_n == n for key, n in talk.items())
    assert listed["River", "Highway"].talk_n is None
    assert listed["SeaLake", "Forest"].rank is None and listed["SeaLake", "Forest"].pair.n == 0


def test_mean_of_bins_is_that_of_all_patches(evaluation):
    confidence, accuracy, n = mean_confidence(evaluation)
    assert (confidence, n) == (pytest.approx(0.55), evaluation.n)
    assert accuracy == pytest.approx(evaluation.accuracy, abs=1e-4)
    assert mean_accuracy(evaluation.shifts) == pytest.approx(0.755)
    assert mean_accuracy([]) is None


def test_confused_patches_are_read_with_ids_or_names_and_one_list_or_ten_values():
    values = evaluation_values()
    row = values["confused"][0]
    flat = [row[0], CLASS_NAMES[row[1]], CLASS_NAMES[row[2]], *row[3]]
    a, b = (read_evaluation({**values, "confused": [r]}).confused[0] for r in (row, flat))
    assert a == b and a.stem == row[0] and len(a.probabilities) == 10


def test_what_is_optional_may_be_missing():
    optional = ("ece", "ece_n", "corine_l1_accuracy", "reliability", "unlike_share", "shifts", "unlike", "confused",
                "calibration", "model", "data", "made_with")  # fmt: skip
    evaluation = read_evaluation(evaluation_values(**dict.fromkeys(optional)))
    assert evaluation.confused is None and evaluation.shifts == () and mean_confidence(evaluation) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"matrix": [[1, 2], [3, 4]]}, "10 x 10"),
        ({"n": 7}, "n is 7"),
        ({"classes": ["Forest"]}, "ten in alphabetical order"),
        ({"per_class": None}, "per_class"),
        ({"confused": [["Forest_1", 1, 2, [0.5, 0.5]]]}, "2 probabilities"),
        ({"confused": [["Forest_1", 1, 12, [0.1] * 10]]}, "none of the ten"),
    ],
)
def test_a_damaged_evaluation_says_what_is_wrong_and_how_to_make_it_anew(changes, said):
    with pytest.raises(FileFormatError, match=said) as caught:
        read_evaluation(evaluation_values(**changes))
    assert "evaluate" in caught.value.hint


@pytest.mark.parametrize("name", available_models())
def test_the_shipped_evaluation_can_be_read_and_agrees_with_itself(name):
    weights = resolve(name)
    path = weights.with_name(f"{weights.stem}.evaluation.json")
    if not path.exists():
        pytest.skip(f"{name} has no stored evaluation")
    evaluation = read_evaluation(json.loads(path.read_text()))
    assert evaluation.matrix.trace() / evaluation.n == pytest.approx(evaluation.accuracy, abs=1e-5)
    for row in evaluation.classes:
        here = cell(evaluation, row.cls, row.cls)
        assert here.of_reference == pytest.approx(row.producers, abs=1e-5)
        assert here.of_predicted == pytest.approx(row.users, abs=1e-5)
    _, rolled = level1(evaluation)
    assert rolled.trace() / evaluation.n == pytest.approx(evaluation.corine_l1_accuracy, abs=1e-5)
    if evaluation.confused is not None:
        counted = np.zeros((10, 10), int)
        for p in evaluation.confused:
            counted[p.reference, p.predicted] += 1
            assert int(np.argmax(p.probabilities)) == p.predicted
        off = evaluation.matrix - np.diag(np.diag(evaluation.matrix))
        assert (counted == off).all()


def test_the_made_evaluation_is_what_it_says():
    assert all(class_by_name(a) and class_by_name(b) for a, b in WRONG)
