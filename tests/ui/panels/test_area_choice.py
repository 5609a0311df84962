"""The area of a page, without a page: each event is reported once, and what cannot be taken stays to be mended."""

from __future__ import annotations

from typing import Any

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError
from lulc_core.ui import resources
from lulc_core.ui.panels.area_choice import AreaChoice

MESERO = Aoi.from_bbox(8.82, 45.47, 8.84, 45.485)


@pytest.fixture
def reports() -> list[AreaChoice]:
    resources.settings.clear()
    return []


@pytest.fixture
def area(reports: list[AreaChoice]) -> AreaChoice:
    choice = AreaChoice(lambda: reports.append(choice))
    return choice


def drawn(west: float, south: float, east: float, north: float) -> list[dict[str, Any]]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}]


def test_an_area_a_refusal_and_a_clearing_are_reported_once_each(area: AreaChoice, reports: list[AreaChoice]) -> None:
    area.set(MESERO)
    assert area.aoi is not None and area.grid is not None and len(reports) == 1
    area.take_drawing(drawn(0, 40, 30, 60), "map:1")
    assert area.aoi is None and area.grid is None and area.error is not None and len(reports) == 2
    assert area.on_map() == {"rev": "map:1", "key": "", "polygons": area.on_map()["polygons"], "bad": True}
    area.clear()
    assert area.on_map() is None and area.error is None and len(reports) == 3


def test_what_the_page_cannot_use_stays_on_the_map(reports: list[AreaChoice]) -> None:
    def check(aoi: Aoi) -> None:
        raise AoiError("Not here.", hint="Elsewhere.")

    area = AreaChoice(lambda: reports.append(area), check)
    area.set(MESERO)
    assert isinstance(area.error, AoiError) and area.refused == [MESERO.to_geojson()] and len(reports) == 1


def test_a_drawing_on_another_turn_of_the_globe_is_drawn_again_where_it_is(area: AreaChoice) -> None:
    area.take_drawing(drawn(8.82, 45.47, 8.84, 45.485), "map:1")
    here, rev = area.aoi, area.rev
    area.take_drawing(drawn(368.82, 45.47, 368.84, 45.485), "map:2")
    assert rev == "map:1" and area.rev != "map:2"
    assert area.aoi is not None and here is not None and area.aoi.key == here.key


def test_another_resolution_keeps_the_area(area: AreaChoice) -> None:
    area.set(MESERO)
    area.set_resolution(160)
    assert area.grid is not None and area.grid.cell_m == 160 and area.aoi is not None
