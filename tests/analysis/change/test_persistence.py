"""Further dates: sustained, came and went, seasonal, unclear, not seen."""

from __future__ import annotations

import pytest

from lulc_core.analysis.change.detect import change_map
from lulc_core.analysis.change.persistence import season_gap_days
from lulc_core.analysis.change.report import change_report
from lulc_core.domain.change import Trajectory
from lulc_core.language.words import english
from tests.analysis.change.change_maps import land_cover

SUMMER_19, SUMMER_21, AUTUMN_21, SUMMER_22, SUMMER_20 = (
    "2019-07-16",
    "2021-07-20",
    "2021-11-10",
    "2022-07-10",
    "2020-07-12",
)


def trajectory(before, after, *further):
    (b, d1), (a, d2) = before, after
    change = change_map(
        land_cover([[b]], d1), land_cover([[a]], d2), confirm=[land_cover([[cell]], day) for cell, day in further]
    )
    return Trajectory(int(change.trajectory[0, 0])).name, bool(change.changed[0, 0])


A, B = ("A", SUMMER_19), ("I", SUMMER_21)


@pytest.mark.parametrize(
    ("before", "after", "further", "expected"),
    [
        (A, B, [], ("NOT_ASKED", True)),
        (A, B, [("I", SUMMER_22)], ("PERSISTENT", True)),
        (A, B, [("A", SUMMER_22)], ("TRANSIENT", False)),
        (A, B, [("A", "2018-07-20")], ("PERSISTENT", True)),
        (A, B, [("I", "2018-07-20")], ("TRANSIENT", False)),
        (A, B, [("I", SUMMER_20)], ("PERSISTENT", True)),
        (A, B, [("A", SUMMER_20)], ("PERSISTENT", True)),
        (A, B, [(".cloudy", SUMMER_22)], ("NOT_SEEN", True)),
        (A, B, [(".no_data", SUMMER_22), (".unlike", SUMMER_20)], ("NOT_SEEN", True)),
        (A, ("I55 A45", SUMMER_21), [(".cloudy", SUMMER_22)], ("NOT_SEEN", False)),  # nor does it confirm
        (A, B, [(".cloudy", SUMMER_20), ("I", SUMMER_22)], ("PERSISTENT", True)),
        (A, B, [(".cloudy", SUMMER_20), ("A", SUMMER_22)], ("TRANSIENT", False)),
        (
            A,
            B,
            [("S", SUMMER_22)],
            ("UNCLEAR", True),
        ),  # the change was plain, its end is open
        (A, ("I75 A25", SUMMER_21), [("S", SUMMER_22)], ("UNCLEAR", False)),
        (A, B, [("R", SUMMER_22)], ("PERSISTENT", True)),  # houses or factory: built upon either way
        (("A99.9", SUMMER_19), ("C99.9", SUMMER_21), [("P", SUMMER_22)], ("UNCLEAR", False)),
        (A, B, [("A", SUMMER_22), ("I", "2023-07-15")], ("UNCLEAR", False)),
        (A, B, [("I", SUMMER_22), ("A", "2023-07-15")], ("TRANSIENT", False)),
        (A, B, [("I", SUMMER_20), ("A", "2020-08-20"), ("I", SUMMER_22)], ("UNCLEAR", False)),
        (A, ("V99.9", AUTUMN_21), [("A", SUMMER_22)], ("SEASONAL", False)),
        (A, ("V99.9", AUTUMN_21), [("V99.9", "2018-11-12")], ("SEASONAL", False)),
        (A, ("V99.9", AUTUMN_21), [("A", "2022-11-12")], ("TRANSIENT", False)),
        (A, ("V99.9", AUTUMN_21), [("V99.9", SUMMER_22)], ("PERSISTENT", True)),
        (("A", SUMMER_19), ("A", SUMMER_21), [("I", SUMMER_22)], ("NOT_ASKED", False)),
    ],
)
def test_course(before, after, further, expected):
    assert trajectory(before, after, *further) == expected


def test_further_dates_may_come_in_any_order():
    days = [("I", SUMMER_22), ("A", "2018-07-20"), ("I", "2023-07-01")]
    assert trajectory(A, B, *days) == trajectory(A, B, *reversed(days)) == ("PERSISTENT", True)


def test_a_doubtful_difference_counts_once_it_is_borne_out():
    hazy = ("I55 A45", SUMMER_21)
    assert trajectory(A, hazy) == ("NOT_ASKED", False)
    assert trajectory(A, hazy, ("I", SUMMER_22)) == ("PERSISTENT", True)


def test_a_stable_mixture_is_not_made_a_change_by_further_dates():
    assert trajectory(("A52 R48", SUMMER_19), ("A47 R53", SUMMER_21), ("A49 R51", SUMMER_22))[1] is False


def test_sentences_tell_what_further_dates_say():
    change = change_map(
        land_cover([["A", "A", "A"]], SUMMER_19),
        land_cover([["I", "I", "I"]], SUMMER_21),
        confirm=[land_cover([["I", "A", "I"]], SUMMER_22)],
    )
    report = change_report(change)
    words = english()
    assert words.translate("change.confirmed_all", 2, days="10 July 2022") in report.sentences[-1]
    assert words.translate("change.passing", 1) in report.notes
    assert report.places[0].sentence.endswith(words.translate("place.sustained", 1))
    assert report.places[-1].sentence.endswith(words.translate("place.transient", 1)) and not report.places[-1].changed


def test_a_date_that_did_not_see_a_place_says_so_for_it():
    change = change_map(
        land_cover([["A", "A"]], SUMMER_19),
        land_cover([["I", "I"]], SUMMER_21),
        confirm=[land_cover([["I", ".cloudy"]], SUMMER_22), land_cover([["I", ".no_data"]], "2023-07-10")],
    )
    report, words = change_report(change), english()
    assert [p.changed for p in report.places] == [True, True]
    assert report.places[1].sentence.endswith(words.translate("place.not_seen", 2))
    days = "10 July 2022 and 10 July 2023"
    assert words.translate("change.confirmed", 1, total=2, days=days) in report.sentences[-1]
    assert words.translate("change.unseen", 1) in report.sentences[-1]


def test_of_two_dates_only_one_saw_it():
    change = change_map(
        land_cover([["A"]], SUMMER_19),
        land_cover([["I"]], SUMMER_21),
        confirm=[land_cover([["I"]], SUMMER_22), land_cover([[".cloudy"]], "2023-07-10")],
    )
    (place,) = change_report(change).places
    assert place.sentence.endswith(english().translate("place.seen_by", 1, total=2))


@pytest.mark.parametrize(
    ("a", "b", "days"),
    [
        ("2019-07-16", "2021-07-16", 0),
        ("2019-12-25", "2021-01-05", 11),
        ("2019-01-01", "2019-07-02", 182),
        ("2018-12-01", "2019-01-05", 35),  # as many as the days between
        ("2020-07-16", "2021-07-16", 0),
        ("2020-02-29", "2022-03-01", 1),
    ],
)
def test_season_gap(a, b, days):
    from datetime import date

    first, second = date.fromisoformat(a), date.fromisoformat(b)
    assert season_gap_days(first, second) == season_gap_days(second, first) == days
