"""Searching: granules become overpasses, whichever way the catalogue pages them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import ServiceError
from lulc_core.sources import overpasses
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.server import ShServer
from tests.servers.sentinel_hub.world import Granule, Overpass, World, world_around
from tests.sources.conftest import JUNE, MakeSource


def test_the_granules_of_an_overpass_are_one_acquisition(server: ShServer, source: SentinelHubSource, aoi: Aoi) -> None:
    found = source.search(aoi, *JUNE, previews=False)
    assert [a.id for a in found] == [
        "S2A_20230618T101031_R022",
        "S2B_20230613T101031_R022",
        "S2A_20230608T101031_R022",
        "S2B_20230603T101031_R022",
    ]
    last = found[-1]
    assert len(last.products) == 2
    assert (last.satellite, last.relative_orbit, last.baseline, last.level) == ("S2B", 22, "05.00", "L1C")
    assert last.datetime == datetime(2023, 6, 3, 10, 10, 31, 37000, tzinfo=UTC)
    assert 0 <= (last.cloud_cover_pct or -1) <= 4


def test_the_id_does_not_depend_on_the_area(source: SentinelHubSource) -> None:
    west, east = Aoi.from_bbox(8.70, 45.48, 8.72, 45.49), Aoi.from_bbox(9.0, 45.48, 9.02, 45.49)
    in_west, in_east = (source.search(a, *JUNE, previews=False) for a in (west, east))
    assert [a.id for a in in_west] == [a.id for a in in_east]
    assert in_west[0].products != in_east[0].products


def test_a_granule_that_only_shares_the_box_is_left_out(make_source: MakeSource, server: ShServer) -> None:
    # An L-shaped area whose enclosing box touches a granule, and which itself does not.
    server.world = World(
        [
            Overpass(
                datetime(2023, 6, 3, 10, tzinfo=UTC),
                (Granule("32TMR", (8.0, 45.0, 8.9, 46.0)), Granule("32TNR", (8.95, 45.55, 9.5, 46.0))),
            )
        ]
    )
    corner = {"type": "Polygon", "coordinates": [[[8.8, 45.5], [9.0, 45.5], [8.8, 45.6], [8.8, 45.5]]]}
    (found,) = make_source().search(Aoi.from_geojson(corner), *JUNE, previews=False)
    assert [p.split("_")[5] for p in found.products] == ["T32TMR"]


def test_a_reprocessed_product_is_no_second_acquisition(make_source: MakeSource, server: ShServer, aoi: Aoi) -> None:
    server.world.overpasses = [replace(server.world.overpasses[0], baselines=("0209", "0500"))]
    (found,) = make_source().search(aoi, *JUNE, previews=False)
    assert len(found.products) == 4
    assert found.baseline == "05.00"


def test_the_next_orbit_is_another_acquisition(make_source: MakeSource, server: ShServer, aoi: Aoi) -> None:
    first = server.world.overpasses[0]
    server.world.overpasses = [first, replace(first, when=first.when + timedelta(minutes=100), orbit=23)]
    found = make_source().search(aoi, *JUNE, previews=False)
    assert [a.relative_orbit for a in found] == [23, 22]


@pytest.mark.parametrize(
    ("name", "satellite", "orbit", "baseline"),
    [
        ("S2C_MSIL1C_20250604T101041_N0511_R022_T32TMR_20250604T122041", "S2C", 22, "05.11"),
        ("S2A_OPER_PRD_MSIL1C_PDMC_20150818T101237_R022_V20150813T102406_20150813T102406", "S2A", 22, ""),
        ("S2A_OPER_MSI_L1C_TL_EPA__20160809T084823_A000734_T32TMR_N02.04", "S2A", None, "02.04"),
        ("something else", "", None, ""),
    ],
)
def test_what_names_of_products_tell(aoi: Aoi, name: str, satellite: str, orbit: int | None, baseline: str) -> None:
    granule = overpasses.Granule(name, datetime(2015, 8, 13, 10, 24, 6, tzinfo=UTC), None, None)
    (made,) = overpasses.to_acquisitions([granule], aoi, "sentinel-hub")
    assert (made.satellite, made.relative_orbit, made.baseline) == (satellite, orbit, baseline)
    assert made.cloud_cover_pct is None
    assert made.id
    assert " " not in made.id


def test_paging_gives_every_page(make_source: MakeSource, server: ShServer, aoi: Aoi) -> None:
    server.world = world_around(8.85, 45.49, first=datetime(2020, 1, 1, 10, tzinfo=UTC), count=23)
    server.page_size = 7
    found = make_source().search(aoi, date(2020, 1, 1), date(2020, 12, 31), previews=False)
    assert len(found) == 23
    assert server.count("catalog") == 7
    assert [p.get("next") for p in server.payloads("catalog")] == [None, 7, 14, 21, 28, 35, 42]


def test_pages_that_go_in_circles_are_noticed(
    make_source: MakeSource, server: ShServer, aoi: Aoi, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = server.catalog
    server.page_size = 2
    monkeypatch.setattr(server, "catalog", lambda payload: honest({**payload, "next": 2}))
    with pytest.raises(ServiceError, match="same catalogue page"):
        make_source().search(aoi, *JUNE)
