"""Which dates to compare, what speaks against them, which further date helps."""

from __future__ import annotations

from datetime import date

import pytest

from lulc_core.analysis.change.pairs import (
    check_dates,
    pair_warnings,
    propose_pairs,
    suggest_confirmation,
)
from lulc_core.domain.errors import DateError
from lulc_core.domain.scene import sun_elevation_deg
from lulc_core.language.words import english
from tests.analysis.change.change_maps import acquisition


def test_clear_near_anniversary_of_one_orbit_comes_first():
    wanted = acquisition("2019-07-16", clear_share=0.98, relative_orbit=65)
    cloudy = acquisition("2019-07-18", clear_share=0.4, relative_orbit=65)
    other_orbit = acquisition("2021-07-17", clear_share=0.97, relative_orbit=22)
    best_after = acquisition("2021-07-20", clear_share=0.97, relative_orbit=65)
    autumn = acquisition("2021-10-20", clear_share=1.0, relative_orbit=65)
    found = propose_pairs(
        [autumn, other_orbit, cloudy, wanted, best_after], date(2019, 7, 18), date(2021, 7, 18), lat_deg=45.5
    )
    assert (found[0].before.date, found[0].after.date) == ("2019-07-16", "2021-07-20")
    assert f"clear over the area on both dates ({english().share(0.98)} and {english().share(0.97)})" in found[0].reason
    assert "near-anniversary" in found[0].reason and "same orbit (65)" in found[0].reason
    assert found[0].warnings == ()
    assert [p.cost for p in found] == sorted(p.cost for p in found)
    assert any("seasons differ" in w for p in found if p.after.date == "2021-10-20" for w in p.warnings)


def test_no_pair_without_two_dates_and_no_swapped_targets():
    assert propose_pairs([acquisition("2019-07-16")], date(2019, 7, 1), date(2021, 7, 1)) == ()
    assert propose_pairs([], date(2019, 7, 1), date(2021, 7, 1)) == ()
    with pytest.raises(DateError, match="lies after the later one"):
        propose_pairs([], date(2021, 7, 1), date(2019, 7, 1))


def test_order_of_the_search_does_not_matter():
    acquisitions = [acquisition(f"20{y}-07-{d:02d}", clear_share=0.9) for y in (19, 21) for d in (1, 6, 11, 16)]
    args = date(2019, 7, 7), date(2021, 7, 7)
    assert propose_pairs(acquisitions, *args) == propose_pairs(acquisitions[::-1], *args)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"day": "2019-07-16"}, {"day": "2021-11-14"}, "The seasons differ (July and November"),
        ({"day": "2019-07-16"}, {"day": "2021-07-14", "level": "L2A"}, "The levels differ"),
        (
            {"day": "2019-07-16", "clear_share": 0.99},
            {"day": "2021-07-14", "clear_share": 0.6},
            "14 Jul 2021 is cloudier",
        ),
        (
            {"day": "2019-07-16", "clear_share": 0.5},
            {"day": "2021-07-14", "clear_share": 0.55},
            "Both dates are cloudy",
        ),
        ({"day": "2019-05-01"}, {"day": "2019-06-10"}, "only 40 days apart"),
        ({"day": "2019-03-01"}, {"day": "2021-04-10"}, "The sun stood at about"),
        ({"day": "2019-12-16"}, {"day": "2021-12-14"}, "The sun stood low on both dates"),
        ({"day": "2019-07-16", "simulated": True}, {"day": "2021-07-14"}, "One of the two is SIMULATED"),
    ],
)
def test_warnings(before, after, words):
    found = pair_warnings(acquisition(**before), acquisition(**after), lat_deg=45.5)
    assert any(words in w for w in found), found


def test_a_good_pair_has_no_warnings():
    a, b = (acquisition(d, clear_share=0.97) for d in ("2019-07-16", "2021-07-20"))
    assert pair_warnings(a, b, lat_deg=45.5) == ()


def test_same_and_swapped_dates():
    a, b = acquisition("2019-07-16"), acquisition("2021-07-20")
    check_dates(a, b)
    with pytest.raises(DateError, match="Both dates are 2019-07-16"):
        check_dates(a, a)
    with pytest.raises(DateError, match="lies after") as caught:
        check_dates(b, a)
    assert caught.value.hint == "Swap the two dates."


@pytest.mark.parametrize(
    ("lat", "day", "degrees"),
    [
        # NOAA solar calculator, 10:30 local solar time
        (45.5, date(2019, 6, 21), 60.4),
        (45.5, date(2019, 12, 21), 17.8),
        (0.0, date(2019, 3, 21), 67.5),
        (-33.9, date(2019, 12, 21), 67.4),
    ],
)
def test_sun_elevation(lat, day, degrees):
    assert sun_elevation_deg(lat, day) == pytest.approx(degrees, abs=2.0)


def test_the_most_useful_further_date_is_the_same_season_a_year_later():
    before, after = acquisition("2019-07-16", clear_share=0.98), acquisition("2021-07-20", clear_share=0.9)
    year_later = acquisition("2022-07-14", clear_share=0.97)
    found = suggest_confirmation(
        [
            acquisition("2022-07-20", clear_share=0.3),
            acquisition("2021-12-01", clear_share=1.0),
            year_later,
            acquisition("2018-07-14", clear_share=0.97),
            before,
        ],
        before,
        after,
    )
    assert found[0].acquisition == year_later
    assert f"14 July 2022 ({english().share(0.97)} clear)" in found[0].reason and "what lasted" in found[0].reason
    again = suggest_confirmation(
        [acquisition("2022-07-24", clear_share=0.97), acquisition("2018-07-14", clear_share=0.97)],
        before,
        after,
        taken=[year_later],
    )
    assert again[0].acquisition.date == "2018-07-14"


def test_where_seasons_differ_the_season_of_the_earlier_date_is_asked_for():
    before, after = acquisition("2019-07-16", clear_share=0.98), acquisition("2021-11-20", clear_share=0.9)
    found = suggest_confirmation(
        [acquisition("2022-11-18", clear_share=0.97), acquisition("2022-07-18", clear_share=0.97)], before, after
    )
    assert found[0].acquisition.date == "2022-07-18" and "tells a season from a lasting change" in found[0].reason
    assert suggest_confirmation([before, after], before, after) == ()


def test_dates_read_as_in_a_newspaper():
    assert english().date(date(2019, 7, 6)) == "6 July 2019"
