"""The stored evaluation of comparisons: it can be read, adds up, belongs to this rule, and bears the words in use."""

from __future__ import annotations

import json

import pytest

from lulc_core.analysis.change.detect import RULE
from lulc_core.analysis.change.evaluation import (
    LIKELY_FROM,
    VERY_LIKELY_FROM,
    Counts,
    evaluation_path,
    load_evaluation,
    read_evaluation,
)
from lulc_core.domain.change import Certainty, ChangeRule
from lulc_core.domain.errors import InputError
from lulc_core.domain.evaluation import wilson
from lulc_core.model.card import load_card


@pytest.fixture(scope="module")
def stored():
    found = load_evaluation()
    assert found is not None, "run python -m benchmarks.change --write"
    return found


def test_it_was_measured_with_the_rule_and_the_network_in_use(stored):
    """A new network or rule needs a new measurement: python -m benchmarks.change --write."""
    assert stored.rule == RULE
    assert stored.model_sha256 == load_card("default").sha256


def test_code_and_file_agree(stored):
    """The shares that people read follow from the counts beside them, and the conditions are those of the benchmark."""
    from benchmarks.change import figures
    from benchmarks.change_pairs import CONDITIONS, REPORTED

    data = json.loads(evaluation_path().read_text())
    assert [(r.group, r.name, r.season, r.levels, r.spoken) for r in stored.rows] == [
        (c.group, c.name, c.season, c.levels, c.spoken) for c in CONDITIONS
    ]
    assert [tuple(p) for p in data["data"]["simulated"]["places"]] == list(REPORTED)
    kept_rows = [*data["conditions"], *data["cells"]["conditions"]]
    for row, entry in zip([*stored.rows, *stored.cells], kept_rows, strict=True):
        for counts, kept in ((row.two_dates, entry["two_dates"]), (row.confirmed, entry["confirmed"])):
            assert json.loads(json.dumps(figures(counts))) == kept
            assert counts.found_very <= counts.found <= counts.changed
            assert counts.false_very <= counts.false <= counts.unchanged


def test_the_documentation_shows_what_is_stored(repo_root):
    from benchmarks.change import DOCS, with_table

    text = (repo_root / DOCS).read_text(encoding="utf-8")
    assert with_table(text, json.loads(evaluation_path().read_text())) == text


def test_the_figures_rest_on_many_changed_tiles(stored):
    for row in stored.rows:
        assert row.two_dates.changed >= 250 and row.two_dates.unchanged >= 900, row.name


def test_cells_of_the_size_that_the_app_opens_with_are_measured(stored):
    from lulc_core.ui.explore.state import APP_RESOLUTION_M

    assert {r.cell_m for r in stored.cells} == {APP_RESOLUTION_M} and {r.group for r in stored.cells} == {"simulated"}
    assert sum(r.two_dates.unchanged for r in stored.cells) >= 10_000
    assert sum(r.two_dates.changed for r in stored.cells) >= 1_000
    kind = {"season": "same", "levels": "same", "confirmed": False}
    cells, tiles = stored.rates(**kind, cell_m=APP_RESOLUTION_M), stored.rates(**kind)
    assert cells is not None and tiles is not None and cells != tiles
    assert cells.false <= 0.01 * cells.unchanged
    assert stored.rates(**kind, cell_m=80) is None, "another size"
    assert stored.rates(**(kind | {"levels": "other"}), cell_m=APP_RESOLUTION_M) is None


def test_cells_that_share_windows_count_as_one_tile():
    counts = Counts(changed=160, found=80, found_very=8, unchanged=1600, false=1, false_very=0).per_tile(16)
    assert (counts.changed, counts.found, counts.unchanged) == (10, 5, 100)
    assert (counts.false, counts.false_very) == (1, 0), "what was seen once is not rounded away"


def test_clear_pairs_of_one_season_are_near_the_aim(stored):
    """The aim is 95 % of truly changed tiles found and at most 1 % of unchanged ones reported. The second is reached,
    the first is not (docs/change.md); with the tiles that are left out counted as missed, more are found than before.
    """
    for row in stored.rows:
        if row.name in ("clear, same season", "another clear day"):
            n = row.two_dates
            assert wilson(n.found, n.changed)[1] >= 0.87, row.name
            assert n.found / (n.changed + n.changed_left_out) >= 0.75, row.name
            assert n.false <= 0.01 * n.unchanged, row.name


def test_a_further_date_halves_the_mistakes_on_the_rest(stored):
    """Taken together, for each kind alone has a handful of mistakes; below 1 tile in 1,000 there is little to halve."""
    rest = [r for r in stored.rows if r.group == "simulated" and r.name != "clear, same season"]
    assert len(rest) == 3
    before, after = sum(r.two_dates.false for r in rest), sum(r.confirmed.false for r in rest)
    assert after <= max(before / 2, 0.001 * sum(r.confirmed.unchanged for r in rest))
    found, changed = sum(r.confirmed.found for r in rest), sum(r.confirmed.changed for r in rest)
    assert wilson(found, changed)[1] >= 0.86


def test_the_upper_level_is_very_likely_where_one_tile_in_a_hundred_changed(stored):
    for season in ("same", "other"):
        rates = stored.rates(season=season, levels="same", confirmed=False)
        assert rates.precision(0.01, Certainty.VERY_LIKELY) >= VERY_LIKELY_FROM > LIKELY_FROM, season


def test_precision_by_hand():
    # 1,000 tiles of which 10 changed: 9 found; of 990 unchanged ones 1 in 100 reported.
    counts = Counts(changed=999, found=900, found_very=800, unchanged=99_999, false=1000, false_very=100)
    assert counts.precision(0.01) == pytest.approx(9 / (9 + 9.9), rel=0.01)
    assert counts.precision(0.01, Certainty.LIKELY) == pytest.approx(1 / (1 + 8.91), rel=0.02)
    assert counts.precision(0.01, Certainty.VERY_LIKELY) == pytest.approx(8 / (8 + 0.99), rel=0.01)
    assert (counts + counts).found == 1800


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 99}', '{"format": 1, "conditions": [{}]}'])
def test_a_damaged_file_is_refused_in_a_sentence(text):
    with pytest.raises(InputError, match="evaluation of comparisons"):
        read_evaluation(text)


def test_another_rule_is_not_measured(stored):
    assert stored.rule != ChangeRule(0.5, 0.9, 0.97)
