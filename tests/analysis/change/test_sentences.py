"""What a comparison says: every number computed, the doubt in it. The wording itself: tests/approved/change_*.txt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lulc_core.analysis.change import evaluation as change_evaluation
from lulc_core.analysis.change.detect import RULE, change_map
from lulc_core.analysis.change.evaluation import ChangeEvaluation, Counts, Measured, expected_false, measured_rates
from lulc_core.analysis.change.report import change_report
from lulc_core.analysis.change.sentences import (
    change_notes,
    doubt_sentences,
    flow_sentences,
    headline_sentences,
    one_in,
    place_sentences,
    summary_sentences,
)
from lulc_core.language.catalogue import LANGUAGES
from lulc_core.language.words import Words
from tests.analysis.change.change_maps import land_cover
from tests.approval import Keys, approve

FOREST = ["F"] * 200
KEYS = Keys()


def report(before, after, *further, days=("2019-07-16", "2021-08-14", "2022-07-10"), pictures=True):
    maps = [land_cover([row + FOREST], day) for row, day in zip((before, after, *further), days, strict=False)]
    edge_similarity = np.full(maps[0].grid.shape, np.nan, np.float32) if pictures else None
    return change_report(change_map(maps[0], maps[1], confirm=maps[2:], edge_similarity=edge_similarity))


def measured(monkeypatch, *, sha="00", rule=RULE, **counts):
    """An evaluation of the network ``00`` in which these counts hold for every kind of pair."""
    given = Counts(
        **{
            "changed": 1000,
            "found": 970,
            "found_very": 900,
            "unchanged": 10_000,
            "false": 100,
            "false_very": 1,
            **counts,
        }
    )
    rows = [Measured("simulated", s, s, level, True, given, given) for s in ("same", "other") for level in ("same",)]
    found = ChangeEvaluation(sha, rule, tuple(rows))
    monkeypatch.setattr(change_evaluation, "load_evaluation", lambda: found)


@pytest.fixture
def one_in_a_hundred(monkeypatch):
    measured(monkeypatch)


def headline(found):
    return headline_sentences(found.change, found.transitions, KEYS)


def flows(found):
    return flow_sentences(found.transitions, found.balances, KEYS)


def doubts(found):
    return doubt_sentences(found.change, KEYS)


def place(found, k, words=KEYS):
    p, change = found.places[k], found.change
    p_before, p_after = change.before.probabilities[p.row, p.col], change.after.probabilities[p.row, p.col]
    return place_sentences(
        p.from_class.id, p.to_class.id, p_before, p_after, certainty=p.certainty, trajectory=p.trajectory,
        change=change, words=words,
    )  # fmt: skip


def test_one_change(one_in_a_hundred):
    found = report(["A"], ["I"])
    assert headline(found) == [
        "change.headline(1, before=16 July 2019, after=14 August 2021, total=201, area=41 ha, share=0.5 %)"
    ]
    assert flows(found) == ["change.single_flow(1, old=annual crops, new=industrial ground)"]
    assert doubts(found) == [
        "change.all.very_likely(1)",
        "change.rate(one_in=100, most=82, least=120)",
        "change.mistaken_all(1)",
    ]


def test_several_changes(one_in_a_hundred):
    found = report(["A"] * 5, ["I", "I", "I", "R80 A20", "I"])
    assert "(5, before" in headline(found)[0] and "total=205, area=205 ha" in headline(found)[0]
    assert flows(found) == [
        "change.flows(list=change.way(old=annual crops, new=industrial ground, area=164 ha) and "
        "change.way(old=annual crops, new=residential ground, area=41 ha))"
    ]
    assert doubts(found) == [
        "change.some.very_likely_possible(4, total=5)",
        "change.rate(one_in=100, most=82, least=120)",
        "change.mistaken_range(first=2, last=3)",
    ]


@pytest.mark.parametrize(
    ("counts", "rate", "end"),
    [
        ({"false": 0, "false_very": 0}, "change.rate_none(tested=10,000, one_in=2,600)", "change.mistaken_none(4)"),
        ({"false": 20}, "change.rate(one_in=500, most=320, least=770)", "change.mistaken_up_to(1)"),
        ({"false": 60}, "change.rate(one_in=170, most=130, least=210)", "change.mistaken_range(first=1, last=2)"),
        ({"unchanged": 300, "false": 2}, "change.rate(one_in=150, most=42, least=550)", "change.mistaken_up_to(4)"),
    ],
)
def test_how_many_may_be_mistaken_follows_the_interval(monkeypatch, counts, rate, end):
    measured(monkeypatch, **counts)
    assert doubts(report(["A"] * 4, ["I"] * 4))[1:] == [rate, end]


def test_where_nothing_was_measured_nothing_is_claimed(monkeypatch):
    measured(monkeypatch, sha="another network")
    found = report(["A", "A"], ["I", "I"])
    assert doubts(found) == ["change.all.likely(2)", "change.unmeasured(2)"]
    assert measured_rates(found.change) is None and "change.measured" not in change_notes(found.change, KEYS)
    measured(monkeypatch)
    assert "change.measured" in change_notes(report(["A"], ["I"]).change, KEYS)
    assert doubts(report(["A"], ["I"], pictures=False))[1:] == ["change.unmeasured(1)"]
    monkeypatch.setattr(change_evaluation, "load_evaluation", lambda: None)
    assert doubts(report(["A"], ["I75 A25"])) == ["change.all.possible(1)", "change.unmeasured(1)"]


def test_words_follow_the_measured_precision(monkeypatch):
    """900 of 1,000 found at the upper level and about one tile in 300 changed: 3 false in 10,000 make 90 %."""
    for false_very, word in ((2, "very_likely"), (4, "likely"), (10, "likely"), (40, "possible")):
        measured(monkeypatch, false_very=false_very)
        found = report(["A"] * 2, ["I"] * 2)
        assert doubts(found)[0] == f"change.all.{word}(2)"
        assert place(found, 0)[-1] == f"place.{word}"


def test_where_much_changed_the_same_evidence_weighs_more(monkeypatch):
    measured(monkeypatch, false=60, false_very=10)
    few = report(["A"], ["R80 A20"])
    many = report(["A"] * 60, ["I"] * 59 + ["R80 A20"])
    assert place(few, -1)[-1] == "place.possible"
    assert place(many, -1)[-1] in ("place.very_likely", "place.likely")


def test_many_kinds_of_change():
    many, different = flows(report(["A", "A", "P", "P"], ["I", "I", "R", "W"]))
    assert many == "change.flow(2, area=82 ha, old=annual crops, new=industrial ground)"
    assert different.startswith("change.balance(gains=industrial ground (82 ha), losses=")
    assert flows(report(["A", "H", "P"], ["I", "F", "R"]))[0].startswith("change.flow(1, area=41 ha")


def test_two_classes_that_lost_as_much_are_both_named():
    found = flows(report(["A", "A", "H", "H", "P"], ["I", "I", "I", "I", "I"]))
    assert found[1] == ("change.balance(gains=industrial ground (205 ha), losses=annual crops (82 ha))")


def test_no_change_with_and_without_doubt(one_in_a_hundred):
    missed = "change.missed(low=2 %, high=4 %)"
    assert doubts(report(["A"], ["A"])) == ["change.kept", missed]
    assert doubts(report(["A52 R48"], ["A45 R55"])) == ["change.doubtful_only(1)", missed]
    assert doubts(report(["A"], ["I"], ["A"])) == ["change.passing_only(1)", missed]


def test_further_dates_are_named_with_what_they_bear_out(one_in_a_hundred):
    assert doubts(report(["A"], ["I"], ["I"]))[-1] == "change.confirmed_all(1, days=10 July 2022)"
    part = report(["A", "A"], ["I", "I"], ["I", "A"])
    assert doubts(part)[-1] == "change.confirmed_all(1, days=10 July 2022)"
    assert "change.passing(1)" in change_notes(part.change, KEYS)


def test_the_rate_of_mistakes_depends_on_season_level_and_further_dates(monkeypatch):
    def counts(false):
        return Counts(100, 97, 90, 1000, false, 0)

    rows = (
        Measured("simulated", "a", "same", "same", True, counts(1), counts(0)),
        Measured("simulated", "b", "same", "same", True, counts(3), counts(1)),
        Measured("eurosat", "easier", "same", "same", True, counts(0), counts(0)),
        Measured("simulated", "c", "other", "same", True, counts(8), counts(2)),
        Measured("eurosat", "d", "same", "other", True, counts(20), counts(5)),
        Measured("eurosat", "not two dates of a place", "same", "same", False, counts(500), counts(500)),
    )
    found = ChangeEvaluation("00", RULE, rows)
    monkeypatch.setattr(change_evaluation, "load_evaluation", lambda: found)
    plain = report(["A"], ["I"]).change
    autumn = report(["A"], ["I"], days=("2019-07-16", "2021-11-14")).change
    confirmed = report(["A"], ["I"], ["I"]).change
    rates = [measured_rates(c) for c in (plain, autumn, confirmed)]
    assert [r.false / r.unchanged for r in rates] == [4 / 2000, 8 / 1000, 1 / 2000]
    best, low, high = expected_false(plain, measured_rates(plain))
    assert best == pytest.approx(200 * 4 / 2000) and low < best < high
    assert found.rates(season="other", levels="other", confirmed=True) == counts(5)


def test_numbers_in_the_headline_are_those_of_the_matrix():
    found = report(["A", "A", "H"], ["I", "R", "H"])
    n, total, area = found.transitions.changed_tiles, int(found.transitions.tiles.sum()), found.transitions.changed_ha
    assert n == 2
    assert f"({n}, before" in headline(found)[0] and f"total={total}, area={KEYS.area(area)}" in headline(found)[0]


def test_a_place_in_words(one_in_a_hundred):
    found = report(["H99.8", "A", "A52 R48"], ["I73 H26.7", "I", "A45 R55"])
    days = "before=16 July 2019, after=14 August 2021"
    texts = [list(place(found, k)) for k in range(3)]
    assert texts == [
        [f"place.saw(old=annual crops, new=industrial ground, p_old=99 %, p_new=99 %, {days})", "place.very_likely"],
        [
            f"place.saw(old=ground crossed by a road, new=industrial ground, p_old=over 99 %, p_new=73 %, {days})",
            "place.beside(old=ground crossed by a road, new=industrial ground, share=27 %)",
            "place.possible",
        ],
        [
            f"place.saw(old=annual crops, new=residential ground, p_old=52 %, p_new=55 %, {days})",
            "place.still(old=annual crops, share=45 %)",
            "place.too_uncertain",
        ],
    ]


def test_a_place_says_what_further_dates_show():
    ends = [place(report(["A"], ["I"], [third]), 0)[-1] for third in ("I", "A")]
    assert ends == ["place.sustained(1)", "place.transient(1)"]
    assert place(report(["A"], ["I"], ["A"]), 0)[-2] == "place.not_counted"


def test_rates_have_two_figures():
    assert [one_in(1 / n, KEYS) for n in (9.4, 84.0, 371.3, 944.25, 2423.0)] == ["9", "84", "370", "940", "2,400"]


def little_compared():
    rows = [["A", ".unlike", ".cloudy", ".unlike"]], [["A"] * 4]
    maps = [land_cover(row, day) for row, day in zip(rows, ("2019-07-16", "2021-08-14"), strict=True)]
    return change_report(change_map(*maps))


def test_where_little_could_be_compared_the_reader_is_told_so_first():
    first, then = headline(little_compared())
    assert first == "change.few(1, total=4, share=25 %)" and then.startswith("change.none(1, ")


def test_a_note_of_both_dates_is_said_once():
    maps = [replace(land_cover([["A", "A"]], d), notes=("It is hazy.",)) for d in ("2019-07-16", "2021-08-14")]
    notes = change_report(change_map(*maps)).notes
    assert [n for n in notes if "hazy" in n] == ["16 Jul 2019, 14 Aug 2021: It is hazy."]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_wording_is_the_approved_one(one_in_a_hundred, lang):
    words = Words(lang)
    cases = {
        "one change": report(["A"], ["I"]),
        "several, a further date bears out some": report(["A"] * 3, ["I", "I", "R80 A20"], ["I", "A", "R"]),
        "many kinds, some doubtful": report(["A", "A", "P", "P", "A52 R48"], ["I", "I", "R", "W", "A45 R55"]),
        "no change": report(["A"], ["A"]),
        "no change, one doubtful": report(["A52 R48"], ["A45 R55"]),
        "came and went": report(["A"], ["I"], ["A"]),
        "added beside": report(["H99.8"], ["I73 H26.7"]),
        "not measured": report(["A", "A"], ["I", "I"], pictures=False),
        "little compared": little_compared(),
    }
    lines = []
    for name, found in cases.items():
        lines += [f"== {name}", *summary_sentences(found.change, found.transitions, found.balances, words)]
        lines += [f"note: {note}" for note in change_notes(found.change, words)]
        lines += [f"place: {' '.join(place(found, k, words))}" for k in range(len(found.places))]
    approve(f"change_{lang}", "\n".join(lines))
