"""What cannot become of land in the time between two dates is no credible change, whatever the network says."""

from __future__ import annotations

import json

import pytest

from lulc_core.analysis.change.detect import change_map
from lulc_core.analysis.change.plausible import LEAST_DAYS
from lulc_core.analysis.change.report import change_report
from lulc_core.domain.change import Verdict
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.export.change_files import change_summary, changes_geojson
from lulc_core.export.tables import places
from lulc_core.language.words import Words
from tests.analysis.change.change_maps import BY_LETTER, land_cover

JULY = "2019-07-16"


def verdict(old: str, new: str, day: str, *further: tuple[str, str]) -> str:
    confirm = [land_cover([[cell]], d) for cell, d in further]
    change = change_map(land_cover([[old]], JULY), land_cover([[new]], day), confirm=confirm)
    assert bool(change.changed[0, 0]) == (change.verdict[0, 0] == Verdict.COUNTED)
    return Verdict(int(change.verdict[0, 0])).name


@pytest.mark.parametrize(
    ("old", "new", "day", "expected"),
    [
        ("V99.9", "F99.9", "2019-08-25", "TOO_FAST"),  # 40 days
        ("V99.9", "F99.9", "2023-07-16", "COUNTED"),
        ("A", "I", "2019-08-05", "TOO_FAST"),
        ("A", "I", "2019-12-16", "COUNTED"),  # a warehouse within five months
        ("F99.9", "V99.9", "2019-08-05", "COUNTED"),  # felled, and green again
        ("F99.9", "A99.9", "2019-07-21", "COUNTED"),
        ("A", "S", "2019-07-21", "COUNTED"),  # a flood
        ("S", "R", "2019-07-21", "COUNTED"),  # and its end
        ("R", "V99.9", "2019-08-05", "TOO_FAST"),
        ("A99.9", "C99.9", "2020-05-16", "TOO_FAST"),
        ("A", "A", "2019-08-05", "SAME"),
        ("A55 V45", "V55 A45", "2021-07-16", "UNCERTAIN"),
    ],
)
def test_verdict(old: str, new: str, day: str, expected: str) -> None:
    assert verdict(old, new, day) == expected


def test_further_dates_do_not_make_the_impossible_possible() -> None:
    assert verdict("V99.9", "F99.9", "2019-08-25", ("F99.9", "2020-07-16"), ("F99.9", "2021-07-16")) == "TOO_FAST"


def test_every_transition_has_its_least_time() -> None:
    off_diagonal = LEAST_DAYS[~(LEAST_DAYS.diagonal()[:, None] == LEAST_DAYS)]
    assert LEAST_DAYS.shape == (10, 10) and (LEAST_DAYS.diagonal() == 0).all() and (off_diagonal > 0).all()
    to_forest = [LEAST_DAYS[BY_LETTER[a], BY_LETTER["F"]] for a in "AVHIPCR"]
    assert min(to_forest) >= 2 * 365


def test_it_is_said_in_results_and_files() -> None:
    change = change_map(land_cover([["V99.9", "A"]], JULY), land_cover([["F99.9", "A"]], "2019-08-25"))
    report = change_report(change)
    words = Words("en")
    (place,) = report.places
    said = {"old": words.class_noun(BY_LETTER["V"]), "new": words.class_noun(BY_LETTER["F"])}
    said |= {"span": "40 days", "least": "2 years"}
    assert place.sentence.endswith(words.translate("place.too_fast", **said))
    assert words.translate("change.too_fast", 1, **said) in " ".join(report.sentences)
    assert change_summary(report)["tiles"]["verdict"] == {
        "same": 1, "counted": 0, "uncertain": 0, "too_fast": 1, "passing": 0,
    }  # fmt: skip
    features = json.loads(changes_geojson(report))["features"]
    assert sorted(f["properties"]["verdict"] for f in features) == ["same", "too_fast"]
    assert ",too_fast," in places(report, dict.fromkeys(range(4), ""))
    assert set(CLASS_NAMES) >= {place.from_class.name, place.to_class.name}


@pytest.mark.parametrize(
    ("days", "span"),
    [(1, "1 day"), (40, "40 days"), (59, "59 days"), (61, "2 months"), (365, "12 months"), (760, "2 years")],
)
def test_a_time_is_told_in_the_unit_that_fits(days: int, span: str) -> None:
    assert Words("en").span(days) == span
