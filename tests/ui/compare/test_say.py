"""The answer of a comparison in a line: how much, how many places, how sure; and where little was compared, that."""

from __future__ import annotations

from lulc_core.analysis.change.detect import change_map
from lulc_core.analysis.change.sites import strongest_sites
from lulc_core.ui.compare.say import headline, size_of
from tests.analysis.change.change_maps import land_cover

D1, D2 = "2019-07-16", "2021-08-14"


def answer(before: list[str], after: list[str], ha: float = 0.0) -> str:
    change = change_map(land_cover([before], D1), land_cover([after], D2))
    return headline(change, ha, strongest_sites(change, None))


def test_the_answer_has_ground_places_and_certainty() -> None:
    said = answer(["A", "P", "A"], ["I", "P", "R"], 82.0)
    assert said.replace("\xa0", " ").startswith("82 ha · 2 places · ")
    assert answer(["A", "P"], ["A", "P"]) == "No credible change"


def test_where_little_or_nothing_was_compared_that_is_the_answer() -> None:
    few = answer(["A", ".cloudy", ".cloudy"], ["A", "A", "A"]).replace("\xa0", " ")
    assert few == "No credible change in the 33 % compared"
    assert answer([".cloudy"], ["A"]) == "Nothing could be compared"


def test_a_place_that_a_road_crosses_has_squares_and_no_hectares() -> None:
    change = change_map(land_cover([["H", "A"]], D1), land_cover([["I", "R"]], D2))
    sizes = {p.from_id: size_of(p, like=82) for p in strongest_sites(change, None)}
    assert "ha" not in sizes[3] and sizes[3].startswith("1") and "ha" in sizes[0]
