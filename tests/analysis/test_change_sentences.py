"""What a reader of a newspaper gets: every number computed, singular and plural right, the doubt in it."""

from __future__ import annotations

import re

import pytest

from lulc_core.analysis import change_sentences
from lulc_core.analysis.change import change_map
from lulc_core.analysis.change_report import change_report
from lulc_core.analysis.change_sentences import expected_false, false_rate, hectares, pct
from tests.analysis.change_maps import land_cover

FOREST = ["F"] * 200


def report(before, after, *further, days=("2019-07-16", "2021-08-14", "2022-07-10")):
    maps = [land_cover([row + FOREST], day) for row, day in zip((before, after, *further), days, strict=False)]
    return change_report(change_map(maps[0], maps[1], confirm=maps[2:]))


@pytest.fixture
def one_in_a_hundred(monkeypatch):
    for name in ("FALSE_RATE", "FALSE_RATE_OTHER_SEASON", "FALSE_RATE_CONFIRMED"):
        monkeypatch.setattr(change_sentences, name, 0.01)


def test_one_change(one_in_a_hundred):
    assert report(["A"], ["I"]).sentences == (
        "Between 16 July 2019 and 14 August 2021, 1 of the 201 tiles compared (41 ha, 0.5 %) shows a credible change "
        "of land cover.",
        "It went from annual crops to industrial ground.",
        "This one is very likely; in tests where nothing had changed, the method still reported about 1 tile in 100, "
        "which is as many as here: take this as a place to look at, not as a finding.",
    )


def test_several_changes(one_in_a_hundred):
    found = report(["A"] * 5, ["I", "I", "I", "R80 A20", "I"]).sentences
    assert found[0].startswith(
        "Between 16 July 2019 and 14 August 2021, 5 of the 205 tiles compared (205 ha, 2.4 %) show "
    )
    assert found[1] == (
        "They went from annual crops to industrial ground (4 tiles, 164 ha) and from annual crops to residential "
        "ground (1 tile); on balance industrial ground gained 164 ha and annual crops lost 205 ha."
    )
    assert found[2] == (
        "4 of the 5 are very likely, 1 likely; in tests where nothing had changed, the method still reported about 1 "
        "tile in 100, so about 2 of them may be mistaken."
    )


def test_many_kinds_of_change():
    assert (
        report(["A", "A", "P", "P"], ["I", "I", "R", "W"])
        .sentences[1]
        .startswith("Most often the land went from annual crops to industrial ground (2 tiles, 82 ha); on balance ")
    )
    assert report(["A", "H", "P"], ["I", "F", "R"]).sentences[1].startswith("They went 3 different ways, such as from ")


def test_no_change_with_and_without_doubt():
    assert report(["A"], ["A"]).sentences[1] == "Every tile compared kept its class."
    assert report(["A52 R48"], ["A45 R55"]).sentences[1] == (
        "In 1 tile the named class differs, but not surely enough to be called a change."
    )
    assert report(["A"], ["I"], ["A"]).sentences[1] == (
        "In 1 tile the named class differs, but a further date (10 July 2022) does not bear it out."
    )


def test_the_rate_of_mistakes_depends_on_season_and_further_dates():
    plain = report(["A"], ["I"]).change
    autumn = report(["A"], ["I"], days=("2019-07-16", "2021-11-14")).change
    confirmed = report(["A"], ["I"], ["I"]).change
    assert [false_rate(c) for c in (plain, autumn, confirmed)] == [
        change_sentences.FALSE_RATE,
        change_sentences.FALSE_RATE_OTHER_SEASON,
        change_sentences.FALSE_RATE_CONFIRMED,
    ]
    assert expected_false(plain) == pytest.approx(200 * change_sentences.FALSE_RATE)


def test_numbers_in_the_headline_are_those_of_the_matrix():
    found = report(["A", "A", "H"], ["I", "R", "H"])
    n, compared, ha = re.search(r"(\d+) of the (\d+) tiles compared \((\d+) ha", found.sentences[0]).groups()
    assert (int(n), int(compared)) == (found.transitions.changed_tiles, int(found.transitions.tiles.sum()))
    assert float(ha) == pytest.approx(found.transitions.changed_ha, abs=0.5)


def test_a_place_in_words():
    found = report(["H99.8", "A", "A52 R48"], ["I73 H26.7", "I", "A45 R55"]).places
    assert [p.sentence for p in found] == [
        "Annual crops (99 %) on 16 July 2019, industrial ground (99 %) on 14 August 2021; very likely a change.",
        "Highway (over 99 %) on 16 July 2019, industrial ground (73 %) with highway (27 %) on 14 August 2021: "
        "industrial ground seems to have been added beside highway; likely a change.",
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
