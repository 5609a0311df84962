"""The frozen request and the link."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lulc_core.domain.aoi import Aoi
from lulc_core.ui.forms import Link, MapRequest

REQUEST = MapRequest("abc", "simulated", "shared", "sim-2021-08-14", "2021-08-14", "default")
SOURCES = ("simulated", "sentinel-hub", "geotiff")


def test_every_part_of_a_request_makes_another_result() -> None:
    others = {
        replace(REQUEST, **{name: "other"}).id for name in ("area_key", "source", "scope", "acquisition_id", "model")
    }
    assert len(others | {REQUEST.id}) == 6
    assert replace(REQUEST).id == REQUEST.id


def test_a_link_comes_back() -> None:
    link = Link(
        Aoi.from_bbox(8.8, 45.45, 8.9, 45.52), "simulated", date(2021, 7, 25), date(2021, 8, 25), date(2021, 8, 14)
    )
    assert link.to_params() == {
        "area": "8.8,45.45,8.9,45.52",
        "source": "simulated",
        "from": "2021-07-25",
        "to": "2021-08-25",
        "date": "2021-08-14",
    }
    assert Link.from_params(link.to_params(), SOURCES) == (link, ())


def test_the_place_that_is_looked_at_comes_back() -> None:
    area = Aoi.from_bbox(8.8, 45.45, 8.9, 45.52)
    params = Link(area, place=(45.48812, 8.85004)).to_params()
    assert params["at"] == "45.4881,8.8500"
    assert Link.from_params(params, SOURCES)[0].place == (45.4881, 8.85)
    assert Link.from_params({"at": "somewhere"}, SOURCES) == (Link(), ())


def test_damaged_parts_are_left_out_and_said() -> None:
    link, errors = Link.from_params(
        {"area": "9,9", "from": "yesterday", "source": "<b>", "date": "2021-08-14"}, SOURCES
    )
    assert link == Link(day=date(2021, 8, 14))
    assert len(errors) == 2 and all(e.hint for e in errors)


def test_an_empty_page_has_an_empty_link() -> None:
    assert Link().to_params() == {}
