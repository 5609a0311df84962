"""What a reader of a newspaper gets: every number computed, singular and plural right, the doubt in it."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from lulc_core.analysis.change import evaluation as change_evaluation
from lulc_core.analysis.change.detect import RULE, change_map
from lulc_core.analysis.change.evaluation import ChangeEvaluation, Counts, Measured
from lulc_core.analysis.change.report import change_report
from lulc_core.analysis.change.sentences import expected_false, false_rate, hectares, pct
from tests.analysis.change.change_maps import land_cover

FOREST = ["F"] * 200


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
    found = ChangeEvaluation("2026-11-22", "compact", sha, rule, tuple(rows), {})
    monkeypatch.setattr(change_evaluation, "load_evaluation", lambda: found)


@pytest.fixture
def one_in_a_hundred(monkeypatch):
    measured(monkeypatch)


def test_one_change(one_in_a_hundred):
    assert report(["A"], ["I"]).sentences == (
        "Between 16 July 2019 and 14 August 2021, 1 of the 201 tiles compared (41 ha, 0.5 %) shows a credible change "
        "of land cover.",
        "It went from annual crops to industrial ground.",
        "This one is very likely; in tests where nothing had changed, the method still reported about 1 tile in 100 "
        "(between 1 in 82 and 1 in 120), which is as many as here: take this as a place to look at, not as a finding.",
    )


def test_several_changes(one_in_a_hundred):
    found = report(["A"] * 5, ["I", "I", "I", "R80 A20", "I"]).sentences
    assert found[0].startswith(
        "Between 16 July 2019 and 14 August 2021, 5 of the 205 tiles compared (205 ha, 2.4 %) show "
    )
    assert found[1] == (
        "They went from annual crops to industrial ground (4 tiles, 164 ha) and from annual crops to residential "
        "ground (1 tile, 41 ha); on balance industrial ground gained 164 ha and annual crops lost 205 ha."
    )
    assert found[2] == (
        "4 of the 5 are very likely, 1 possible; in tests where nothing had changed, the method still reported about 1 "
        "tile in 100 (between 1 in 82 and 1 in 120), so 2 to 3 of them may be mistaken."
    )


@pytest.mark.parametrize(
    ("counts", "end"),
    [
        ({"false": 0, "false_very": 0}, "none of 10,000 tiles, which means at most 1 in 2,600, so they are probably no "
         "mistakes."),
        ({"false": 20}, "1 tile in 500 (between 1 in 320 and 1 in 770), so none or one of them may be mistaken."),
        ({"false": 60}, "1 tile in 170 (between 1 in 130 and 1 in 210), so 1 to 2 of them may be mistaken."),
        ({"unchanged": 300, "false": 2}, "1 tile in 150 (between 1 in 42 and 1 in 550), so up to 4 of them may be "
         "mistaken."),
    ],
)  # fmt: skip
def test_how_many_may_be_mistaken_follows_the_interval(monkeypatch, counts, end):
    measured(monkeypatch, **counts)
    assert report(["A"] * 4, ["I"] * 4).sentences[2].endswith(end)


def test_where_nothing_was_measured_nothing_is_claimed(monkeypatch):
    unknown = "how often such a comparison is mistaken has not been measured, so take"
    measured(monkeypatch, sha="another network")
    found = report(["A", "A"], ["I", "I"])
    assert found.sentences[2] == f"Both are likely; {unknown} them as places to look at, not as findings."
    assert false_rate(found.change) is None and expected_false(found.change) is None
    assert not any("real ground can be harder" in n for n in found.notes)
    measured(monkeypatch)
    assert any("real ground can be harder" in n for n in report(["A"], ["I"]).notes)
    assert unknown in report(["A"], ["I"], pictures=False).sentences[2]
    assert unknown in report(["A"], ["I"], days=("2019-07-16", "2021-08-14")).sentences[2].replace(
        "in tests where nothing had changed, the method still reported about", unknown
    )
    monkeypatch.setattr(change_evaluation, "load_evaluation", lambda: None)
    assert report(["A"], ["I75 A25"]).sentences[2] == (
        f"This one is only possible; {unknown} it as a place to look at, not as a finding."
    )


def test_words_follow_the_measured_precision(monkeypatch):
    """900 of 1,000 found at the upper level and about one tile in 300 changed: 3 false in 10,000 make 90 %."""
    place = ["A"] * 2, ["I"] * 2
    for false_very, word in ((2, "very likely"), (4, "likely"), (10, "likely"), (40, "possible")):
        measured(monkeypatch, false_very=false_very)
        text = report(*place).sentences[2]
        assert text.startswith(f"Both are {'only possible' if word == 'possible' else word};"), text
        assert (
            report(*place)
            .places[0]
            .sentence.endswith("possibly a change." if word == "possible" else f"{word} a change.")
        )


def test_where_much_changed_the_same_evidence_weighs_more(monkeypatch):
    measured(monkeypatch, false=60, false_very=10)
    few = report(["A"], ["R80 A20"])
    many = report(["A"] * 60, ["I"] * 59 + ["R80 A20"])
    assert few.places[-1].sentence.endswith("possibly a change.")
    assert many.places[-1].sentence.endswith("very likely a change.") or many.places[-1].sentence.endswith(
        "; likely a change."
    )


def test_many_kinds_of_change():
    assert (
        report(["A", "A", "P", "P"], ["I", "I", "R", "W"])
        .sentences[1]
        .startswith("Most often the land went from annual crops to industrial ground (2 tiles, 82 ha); on balance ")
    )
    assert report(["A", "H", "P"], ["I", "F", "R"]).sentences[1].startswith("They went 3 different ways, such as from ")


def test_no_change_with_and_without_doubt(one_in_a_hundred):
    missed = "; in tests the method missed 2 to 5 % of the changed tiles."
    assert report(["A"], ["A"]).sentences[1] == "Every tile compared kept its class" + missed
    assert report(["A52 R48"], ["A45 R55"]).sentences[1] == (
        "In 1 tile the named class differs, but not surely enough to be called a change" + missed
    )
    assert report(["A"], ["I"], ["A"]).sentences[1] == (
        "In 1 tile the named class differs, but a further date (10 July 2022) does not bear it out" + missed
    )


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
    found = ChangeEvaluation("2026-11-22", "compact", "00", RULE, rows, {})
    monkeypatch.setattr(change_evaluation, "load_evaluation", lambda: found)
    plain = report(["A"], ["I"]).change
    autumn = report(["A"], ["I"], days=("2019-07-16", "2021-11-14")).change
    confirmed = report(["A"], ["I"], ["I"]).change
    assert [false_rate(c) for c in (plain, autumn, confirmed)] == [4 / 2000, 8 / 1000, 1 / 2000]
    best, low, high = expected_false(plain)
    assert best == pytest.approx(200 * 4 / 2000) and low < best < high
    assert found.rates(season="other", levels="other", confirmed=True) == counts(5)


def test_numbers_in_the_headline_are_those_of_the_matrix():
    found = report(["A", "A", "H"], ["I", "R", "H"])
    n, compared, ha = re.search(r"(\d+) of the (\d+) tiles compared \((\d+) ha", found.sentences[0]).groups()
    assert (int(n), int(compared)) == (found.transitions.changed_tiles, int(found.transitions.tiles.sum()))
    assert float(ha) == pytest.approx(found.transitions.changed_ha, abs=0.5)


def test_a_place_in_words(one_in_a_hundred):
    found = report(["H99.8", "A", "A52 R48"], ["I73 H26.7", "I", "A45 R55"]).places
    assert [p.sentence for p in found] == [
        "Annual crops (99 %) on 16 July 2019, industrial ground (99 %) on 14 August 2021; very likely a change.",
        "Highway (over 99 %) on 16 July 2019, industrial ground (73 %) with highway (27 %) on 14 August 2021: "
        "industrial ground seems to have been added beside highway; possibly a change.",
        "Annual crops (52 %) on 16 July 2019, residential ground (55 %) with annual crops (45 %) on 14 August 2021; "
        "too uncertain to count as a change.",
    ]


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.001, "under 1 %"), (0.5, "50 %"), (0.998, "over 99 %"), (1, "100 %")]
)
def test_zero_and_all_are_promises(share, text):
    assert pct(share) == text


@pytest.mark.parametrize(("ha", "text"), [(3.21, "3.2 ha"), (40.96, "41 ha"), (1234.5, "12.3 km2")])
def test_hectares(ha, text):
    assert hectares(ha) == text


def test_two_classes_that_lost_as_much_are_both_named():
    assert report(["A", "H"], ["I", "I"]).sentences[1] == (
        "They went from annual crops to industrial ground (1 tile, 41 ha) and from highway to industrial ground (1 "
        "tile, 41 ha); on balance industrial ground gained 82 ha, annual crops lost 41 ha and highway lost 41 ha."
    )


def test_where_little_could_be_compared_the_reader_is_told_so_first():
    rows = [["A", ".unlike", ".cloudy", ".unlike"]], [["A"] * 4]
    maps = [land_cover(row, day) for row, day in zip(rows, ("2019-07-16", "2021-08-14"), strict=True)]
    found = change_report(change_map(*maps))
    assert found.sentences[0].startswith("Only 1 of the 4 tiles, 25 % of the area, could be compared. Between ")


def test_a_note_of_both_dates_is_said_once():
    maps = [replace(land_cover([["A", "A"]], d), notes=("It is hazy.",)) for d in ("2019-07-16", "2021-08-14")]
    notes = change_report(change_map(*maps)).notes
    assert [n for n in notes if "hazy" in n] == ["2019-07-16, 2021-08-14: It is hazy."]
