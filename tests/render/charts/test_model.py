"""Figures of an evaluation: what they draw is what was given."""

from __future__ import annotations

import re

import pytest

from lulc_core.analysis.accuracy.evaluation import read_evaluation
from lulc_core.domain.evaluation import OtherNetwork
from lulc_core.render.charts.model import BLUE, ORANGE, class_chart, history_chart, reliability_chart, shift_chart
from tests.model_files import evaluation_values
from tests.setup.test_promises import CONFIG, ROOT, contrast, mixed


@pytest.fixture
def evaluation():
    return read_evaluation(evaluation_values())


def test_reliability_shows_bins_with_patches_only_and_their_counts(evaluation):
    figure = reliability_chart(evaluation.reliability)
    points = next(t for t in figure.data if t.name.startswith("this network"))
    bars = next(t for t in figure.data if t.type == "bar")
    filled = [b for b in evaluation.reliability if b.n]
    assert list(points.x) == [100 * b.confidence for b in filled]
    few = min(range(len(filled)), key=lambda i: filled[i].n)
    low, high = filled[few].accuracy_95
    assert points.y[few] + points.error_y.array[few] == pytest.approx(100 * high)
    assert points.y[few] - points.error_y.arrayminus[few] == pytest.approx(100 * low)
    assert sum(bars.y) == evaluation.n and len(bars.y) == len(filled) < len(evaluation.reliability)


def test_shifts_are_sorted_and_what_training_never_saw_stands_out(evaluation):
    figure = shift_chart(evaluation.shifts, evaluation.accuracy)
    seen, unseen, line = figure.data
    assert list(seen.y) == ["haze"] and list(unseen.y) == ["blur"] and list(unseen.x) == [60]
    assert unseen.marker.pattern.shape and not seen.marker.pattern.shape
    assert list(figure.layout.yaxis.categoryarray) == ["blur", "haze"]  # from below: the best ends on top
    assert list(line.x) == [100 * evaluation.accuracy] * 2


def test_another_network_stands_beside_where_it_was_measured(evaluation):
    figure = shift_chart(
        evaluation.shifts, evaluation.accuracy, OtherNetwork("clean", "", 0.9, {"blur": 0.31, "striping": 0.2})
    )
    beside = figure.data[-1]
    assert (
        list(beside.x) == [31]
        and list(beside.y) == ["blur"]
        and beside.marker.symbol == "diamond"
        and beside.name == "clean"
    )


def test_every_class_has_both_accuracies_with_their_intervals(evaluation):
    found, right = class_chart(evaluation.classes).data
    assert len(found.x) == len(right.x) == 10
    row = evaluation.classes[6]
    assert found.x[6] == pytest.approx(100 * row.producers)
    assert found.x[6] - found.error_x.arrayminus[6] == pytest.approx(100 * row.producers_95[0])
    assert right.x[2] + right.error_x.array[2] == pytest.approx(100 * evaluation.classes[2].users_95[1])


def test_a_class_that_was_never_named_has_no_point():
    values = evaluation_values()
    values["per_class"][4]["precision"] = None
    found, right = class_chart(read_evaluation(values).classes).data
    assert len(found.x) == 10 and len(right.x) == 9


def test_history_keeps_gaps():
    accuracy, loss = history_chart([1, 2, 3], [1.5, None, 0.5], [0.5, 0.75, None]).data
    assert list(accuracy.y) == [50, 75, None] and list(loss.y) == [1.5, None, 0.5]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("color", [BLUE, ORANGE])
def test_marks_can_be_seen_in_both_themes(theme, color):
    assert contrast(color, CONFIG["theme"][theme]["backgroundColor"]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["right", "mixed"])
def test_numbers_read_on_the_strongest_colour_of_the_matrix(theme, kind):
    css = (ROOT / "lulc_core" / "ui" / "model" / "model_pick.css").read_text(encoding="utf-8")
    rule = re.search(rf"\.matrix \.{kind} {{.*?--st-(\w+)-color\) calc\((\d+)% \+ var\(--v\) \* (\d+)%\)", css)
    colors = CONFIG["theme"][theme]
    strongest = (int(rule[2]) + int(rule[3])) / 100
    cell = mixed(colors[f"{rule[1]}Color"], colors["backgroundColor"], strongest)
    assert contrast(colors["textColor"], cell) >= 4.5
    weakest = mixed(colors[f"{rule[1]}Color"], colors["backgroundColor"], int(rule[2]) / 100)
    assert cell != weakest != colors["backgroundColor"].upper()
