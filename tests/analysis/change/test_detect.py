"""Chance of change, decision, filter, transitions, mixture shift, ranking: against figures worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lulc_core.analysis.change.detect import (
    RULE,
    change_map,
    change_probability_of,
    select,
    strongest_probability_change,
)
from lulc_core.analysis.change.report import change_report, changed_places, ranking
from lulc_core.analysis.change.sentences import headline_sentences
from lulc_core.analysis.change.transitions import balances, corine_matrix, likeliest_common, transition_matrix
from lulc_core.domain.change import NOT_COMPARED, Certainty, ChangeRule
from lulc_core.domain.errors import DateError, InputError
from lulc_core.domain.grid import TILE_HA, TileGrid
from lulc_core.export.change_files import change_files, change_summary
from lulc_core.language.words import english
from tests.analysis.change.change_maps import class_id, land_cover, vector
from tests.approval import Keys

D1, D2 = "2019-07-16", "2021-08-14"


def pair(before, after, d1=D1, d2=D2, **more):
    return change_map(land_cover(before, d1), land_cover(after, d2), **more)


def test_chance_is_one_minus_the_sum_of_products():
    p1, p2 = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.6, 0.3])
    assert change_probability_of(p1, p2) == pytest.approx(1 - (0.07 + 0.12 + 0.03))
    assert change_probability_of(p1, p2).dtype == np.float32


def test_chance_of_what_was_not_asked_is_nan():
    assert np.isnan(change_probability_of(np.full(10, np.nan), vector("A")))


@given(st.integers(0, 2**32 - 1))
def test_chance_lies_between_0_and_1_and_does_not_mind_the_order(seed):
    p, q = np.random.default_rng(seed).dirichlet(np.full(10, 0.2), (2, 5)).astype(np.float32)
    change_probability = change_probability_of(p, q)
    assert ((change_probability >= 0) & (change_probability <= 1)).all()
    assert np.array_equal(change_probability, change_probability_of(q, p))


def test_the_class_must_differ_and_be_credible():
    change = pair([["A", "A", "A55 I45", "F"]], [["I", "A", "A45 I55", "F60 A40"]])
    assert change.changed.tolist() == [[True, False, False, False]]
    assert [Certainty(int(c)).name for c in change.certainty[0]] == ["VERY_LIKELY", "SAME", "POSSIBLE", "SAME"]


def test_a_stable_mixture_is_no_change():
    # Half field, half houses on both dates: the name flips, the land does not.
    change = pair([["A52 R48"]], [["A47 R53"]])
    assert change.differs[0, 0] and not change.changed[0, 0]


def test_classes_that_the_network_confuses_need_more():
    change = pair([["A80 C20", "A80 I20"]], [["C80 A20", "I80 A20"]], rule=ChangeRule(0.6, 0.9, 0.95))
    assert change.change_probability[0, 0] == pytest.approx(change.change_probability[0, 1])
    assert change.changed.tolist() == [[False, True]]


def test_a_partly_cloudy_tile_needs_more():
    change = pair([["A80 I20", "A80 I20"]], [["I80 A20", "I80 A20/partly"]], rule=ChangeRule(0.6, 0.9, 0.95))
    assert change.changed.tolist() == [[True, False]]


def test_the_warehouse_beside_the_highway_is_found():
    """Published figures of the Mesero tile: Highway 0.998 before, Industrial 0.730 and Highway 0.267 after."""
    before, after = land_cover([["H99.8"]], D1), land_cover([["I73 H26.7"]], D2)
    change = change_map(before, after)
    assert change.changed[0, 0]
    assert change.change_probability[0, 0] == pytest.approx(1 - 0.998 * 0.267, abs=2e-3)
    place = changed_places(change)[0]
    assert (place.from_class.name, place.to_class.name) == ("Highway", "Industrial")
    assert (place.probability_change.gained.name, place.probability_change.lost.name) == ("Industrial", "Highway")
    assert place.probability_change.remains == pytest.approx(0.267)
    classes = {"old": "ground crossed by a road", "new": "industrial ground"}
    assert english().translate("place.beside", **classes, share=english().share(0.267)) in place.sentence


def test_tiles_without_a_class_on_either_date_are_left_out_and_counted_once():
    change = pair(
        [["A", ".cloudy", "A", ".no_data", ".unlike", "A"]], [["A", ".cloudy", ".no_data", ".cloudy", "A", ".unlike"]]
    )
    assert change.compared.tolist() == [[True, False, False, False, False, False]]
    assert change.left_out() == {"no_data": 2, "beyond": 0, "cloudy": 1, "unlike": 2}
    assert change.before.left_out() == {"no_data": 1, "beyond": 0, "cloudy": 1, "unlike": 1}
    assert np.isnan(change.change_probability[0, 1:]).all()
    assert (change.certainty[0, 1:] == NOT_COMPARED).all() and (change.to_ids[0, 1:] == 255).all()
    assert change.compared.sum() + sum(change.left_out().values()) == change.grid.n_tiles


def test_arrays_are_read_only():
    change = pair([["A"]], [["I"]])
    for array in (change.change_probability, change.changed, change.certainty, change.trajectory, change.compared):
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("d1", "d2", "words"), [(D1, D1, "Both dates are"), (D2, D1, "lies after the later one")], ids=["same", "swapped"]
)
def test_dates_that_are_no_comparison(d1, d2, words):
    with pytest.raises(DateError, match=words):
        pair([["A"]], [["I"]], d1, d2)


def test_a_further_date_that_repeats_one():
    with pytest.raises(DateError, match="further date 2021-08-14 is in use already"):
        pair([["A"]], [["I"]], confirm=[land_cover([["I"]], D2)])


def test_other_tiles_and_other_networks_are_refused():
    with pytest.raises(InputError, match="different tiles"):
        change_map(land_cover([["A"]], D1), land_cover([["A", "A"]], D2))
    with pytest.raises(InputError, match="different networks"):
        change_map(land_cover([["A"]], D1), land_cover([["A"]], D2, sha="11"))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ([["A", "A"]], [[".cloudy", ".cloudy"]], ["change.not_compared", "change.none_named"]),
        ([["A", ".cloudy"]], [[".no_data", "A"]], ["change.not_compared"]),
        ([[".unlike"]], [[".cloudy"]], ["change.not_compared", "change.none_named", "change.none_named"]),
    ],
)
def test_nothing_to_compare_is_a_result_that_says_why(before, after, said):
    change = pair(before, after)
    assert not change.compared.any() and not change.changed.any() and (change.verdict == 255).all()
    report = change_report(change)
    (paragraph,) = report.sentences
    keys = headline_sentences(change, report.transitions, Keys("en"))
    assert [k.split("(")[0] for k in keys] == said
    assert paragraph == " ".join(headline_sentences(change, report.transitions, english()))
    summary = change_summary(report)
    assert summary["tiles"]["compared"] == 0 and summary["area"]["changed_pct"] == 0
    assert report.places == () and change_files(report)


def test_shift_names_what_gained_and_what_lost():
    probability_change = strongest_probability_change(vector("A70 F20"), vector("A10 F25 I60"))
    assert (probability_change.gained.name, probability_change.lost.name) == ("Industrial", "AnnualCrop")
    assert probability_change.lost_share == pytest.approx(0.6)
    assert probability_change.remains == pytest.approx(0.1)


GRID = TileGrid(32632, 762, 7870, 1, 6, "shape", np.array([[1, 0.5, 0.25, 1, 1, 1]], np.float32))


def clipped():
    before = land_cover([["A", "A", "F", "A52 R48", "A", "A80 C20"]], D1, grid=GRID)
    after = land_cover([["I", "I", "F", "A30 R70", ".cloudy", "A40 C60"]], D2, grid=GRID)
    return change_map(before, after)


def test_transition_matrix_counts_tiles_and_clipped_hectares():
    matrix = transition_matrix(clipped())
    a, i, f = class_id("AnnualCrop"), class_id("Industrial"), class_id("Forest")
    assert matrix.tiles[a, i] == 2 and matrix.tiles[i, a] == 0
    assert matrix.ha[a, i] == pytest.approx(1.5 * TILE_HA)
    assert matrix.ha[f, f] == pytest.approx(0.25 * TILE_HA)
    assert matrix.tiles.sum() == 5 and matrix.ha.sum() == pytest.approx(3.75 * TILE_HA)
    assert matrix.pct.sum() == pytest.approx(100)
    assert matrix.pct[a, i] == pytest.approx(100 * 1.5 / 3.75)
    assert matrix.changed_tiles == 2 and matrix.changed_ha == pytest.approx(1.5 * TILE_HA)


def test_a_difference_that_does_not_count_persists_as_what_both_dates_find_likeliest():
    change = clipped()
    a, c, r = class_id("AnnualCrop"), class_id("PermanentCrop"), class_id("Residential")
    # .52 * .30 < .48 * .70 is residential; .80 * .40 > .20 * .60 is annual crops
    assert likeliest_common(change)[0, 3] == r and likeliest_common(change)[0, 5] == a
    matrix, labels = transition_matrix(change), transition_matrix(change, counting="labels")
    assert matrix.tiles[r, r] == 1 and matrix.tiles[a, a] == 1 and matrix.tiles[a, c] == 0
    assert labels.tiles[a, c] == 1 and labels.tiles[a, r] == 1
    assert labels.tiles.sum() == matrix.tiles.sum() and labels.changed_tiles == 4


def test_label_rows_and_columns_are_the_areas_of_the_two_maps():
    change = clipped()
    labels = transition_matrix(change, counting="labels")
    for ids, sums in ((change.from_ids, labels.ha.sum(axis=1)), (change.to_ids, labels.ha.sum(axis=0))):
        for k in range(10):
            assert sums[k] == pytest.approx(change.tile_ha[ids == k].sum())


def test_balances_add_up():
    found = balances(transition_matrix(clipped()))
    by_name = {b.name: b for b in found}
    assert by_name["Industrial"].gain_ha == pytest.approx(1.5 * TILE_HA) and by_name["Industrial"].loss_ha == 0
    assert by_name["AnnualCrop"].net_ha == pytest.approx(-1.5 * TILE_HA)
    assert by_name["AnnualCrop"].loss_tiles == 2
    assert sum(b.net_ha for b in found) == pytest.approx(0)
    for b in found:
        assert b.after_ha == pytest.approx(b.before_ha + b.net_ha)
    assert "SeaLake" not in by_name


def test_corine_roll_up_forgets_changes_within_a_group():
    change = pair([["A99.9", "A99.9", "F"]], [["C99.9", "R", "F"]])
    assert change.changed.tolist() == [[True, True, False]]
    corine = corine_matrix(change)
    assert corine.ids == (1, 2, 3, 5)
    assert corine.labels[0] == "artificial surfaces"
    assert corine.changed_tiles == 1 and corine.tiles[1, 0] == 1 and corine.tiles[1, 1] == 1 and corine.tiles[2, 2] == 1


def test_select_filters_by_from_to_and_certainty():
    change = pair([["A", "A", "F", "A52 R48", "A"]], [["I", "R80 A20", "R", "A30 R70", "A"]])
    assert select(change).tolist() == [[True, True, True, False, False]]
    assert select(change, to="Residential").tolist() == [[False, True, True, False, False]]
    assert select(change, from_="AnnualCrop", to="Industrial").tolist() == [[True, False, False, False, False]]
    assert select(change, min_certainty=Certainty.POSSIBLE).sum() == 4
    assert select(change, min_certainty=Certainty.SAME).sum() == 5
    with pytest.raises(KeyError, match="Wetland"):
        select(change, from_="Wetland")


def test_what_counts_ranks_before_what_does_not():
    change = pair([["A52 R48", "A", "A", "A"]], [["A30 R70", "I90", "I", "A"]])
    assert ranking(change) == [(0, 2), (0, 1), (0, 0), (0, 3)]
    places = changed_places(change)
    assert [p.rank for p in places] == [1, 2, 3] and [p.changed for p in places] == [True, True, False]
    assert places[0].tile_id == change.grid.tile_id(0, 2)
    assert (places[0].lon, places[0].lat) == pytest.approx(change.grid.tile_center(0, 2))


def test_report_says_it_in_numbers_that_are_computed():
    report = change_report(clipped(), extra_notes=["Chosen by hand."])
    assert len(report.sentences) in (2, 3)
    days = {"before": "16 July 2019", "after": "14 August 2021"}
    ground = {"total": 5, "area": "61\N{NO-BREAK SPACE}ha", "share": english().share(0.4)}
    assert report.sentences[0] == english().translate("change.headline", 2, **days, **ground)
    flow = {"old": "annual crops", "new": "industrial ground"}
    assert report.sentences[1] == english().translate("change.single_flow", 2, **flow)
    assert report.notes[0] == "Chosen by hand."
    assert (
        english().translate("change.left_out", 1, area="41\N{NO-BREAK SPACE}ha", reasons="under cloud") in report.notes
    )
    assert english().translate("change.doubtful", 2) in report.notes


def test_no_change_is_a_finding_too():
    report = change_report(pair([["A", "F"]], [["A", "F"]]))
    assert report.places == () and report.transitions.changed_tiles == 0
    days = {"before": "16 July 2019", "after": "14 August 2021"}
    assert report.sentences == (english().translate("change.none", 2, **days), english().translate("change.kept"))


def test_what_the_classes_do_not_cover_is_pointed_at():
    report = change_report(pair([["F", "F", "F"]], [[".unlike", ".unlike", "F"]]))
    assert english().translate("change.became_unlike", 2) in report.notes


def test_simulated_imagery_is_named_first():
    before, after = land_cover([["A"]], D1, simulated=True), land_cover([["I"]], D2, simulated=True)
    report = change_report(change_map(before, after))
    assert report.sentences[0].startswith("SIMULATED imagery: ")
    assert "SIMULATED" in report.change.attribution


def test_attribution_names_every_year_once():
    change = pair([["A"]], [["I"]], confirm=[land_cover([["I"]], "2021-09-01"), land_cover([["I"]], "2022-07-01")])
    assert change.attribution == "Contains modified Copernicus Sentinel data 2019, 2021, 2022"


def test_the_rule_is_ordered():
    assert (
        0.5 < RULE.min_probability <= RULE.min_probability_confused < 1 and RULE.min_probability <= RULE.very_likely < 1
    )
