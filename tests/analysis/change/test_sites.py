"""Places: neighbouring squares with one change are one, the strongest first, those that do not count last."""

from __future__ import annotations

from lulc_core.analysis.change.detect import change_map, select
from lulc_core.analysis.change.sites import strongest_sites
from lulc_core.domain.change import Certainty
from lulc_core.domain.classes import class_by_name
from tests.analysis.change.change_maps import land_cover

BEFORE = [["A", "A", "F", "F"], ["A", "F", "F", "A52 R48"], ["F", "F", "F", "A"]]
AFTER = [["I", "F", "F", "F"], ["F", "I", "F", "A45 R55"], ["F", "F", "F", "R"]]


def test_places_are_patches_of_one_change_and_doubtful_ones_come_last() -> None:
    change = change_map(land_cover(BEFORE, "2015-07-16"), land_cover(AFTER, "2021-08-14"))
    industrial, forest = class_by_name("Industrial").id, class_by_name("Forest").id
    found = strongest_sites(change, None)
    assert {c for s in found for c in s.cells} == {(0, 0), (0, 1), (1, 0), (1, 1), (2, 3)} and len(found) == 4
    # The forest that grew on two squares which touch at a corner only is one place, and the largest.
    assert (found[0].to_id, set(found[0].cells)) == (forest, {(0, 1), (1, 0)})
    assert all(s.counted for s in found)
    every = strongest_sites(change, None, shown=select(change, min_certainty=Certainty.POSSIBLE))
    assert [s.cells for s in every[: len(found)]] == [s.cells for s in found]
    assert [(s.cells, s.counted) for s in every[len(found) :]] == [(((1, 3),), False)]
    built = strongest_sites(change, None, shown=select(change, to="Industrial"))
    assert {s.to_id for s in built} == {industrial} and len(built) == 2
