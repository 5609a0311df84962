"""Searching: granules become overpasses, clear shares are of the area itself, and nothing is asked twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import NoAcquisitionError, ServiceError
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.sentinel_hub import catalog as sentinel_hub_catalog
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
    granule = sentinel_hub_catalog.Granule(name, datetime(2015, 8, 13, 10, 24, 6, tzinfo=UTC), None, None)
    (made,) = sentinel_hub_catalog.to_acquisitions([granule], aoi, "sentinel-hub")
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


def test_clear_share_is_of_the_area_and_not_of_the_granule(source: SentinelHubSource, aoi: Aoi) -> None:
    found = source.search(aoi, *JUNE)
    for acquisition, cloudy in zip(found, (0.75, 0.5, 0.25, 0.0), strict=True):
        scene = source.load(acquisition, ("B04",), TileGrid.from_aoi(aoi))
        truth = 1 - scene.valid.mean()
        assert truth == pytest.approx(cloudy, abs=0.1)
        assert 1 - (acquisition.clear_share or 0) == pytest.approx(truth, abs=0.05)


def test_previews_are_one_small_request_each(server: ShServer, source: SentinelHubSource, aoi: Aoi) -> None:
    found = source.search(aoi, *JUNE)
    assert server.count("process") == 4
    assert all(max(p["output"]["width"], p["output"]["height"]) <= 128 for p in server.payloads("process"))
    assert server.units < 0.5
    picture = np.asarray(Image.open(BytesIO(found[-1].preview or b"")))
    assert picture.shape[2] == 4
    assert (picture[..., 3] == 255).all()
    assert 40 < picture[..., :3].mean() < 110
    source.search(aoi, *JUNE)
    assert server.count("process") == 4, "pictures are remembered"


def test_only_the_clearest_are_looked_at(server: ShServer, make_source: MakeSource, aoi: Aoi) -> None:
    server.world = world_around(8.85, 45.49, first=datetime(2020, 1, 1, 10, tzinfo=UTC), count=15)
    found = make_source().search(aoi, date(2020, 1, 1), date(2020, 12, 31))
    assert server.count("process") == 12
    unseen = [a for a in found if a.preview is None]
    assert len(unseen) == 3
    assert min(a.cloud_cover_pct or 0 for a in unseen) >= max(a.cloud_cover_pct or 0 for a in found if a.preview)


def test_an_old_overpass_without_l2a_has_a_picture_and_no_clear_share(
    server: ShServer, make_source: MakeSource, aoi: Aoi
) -> None:
    server.world = world_around(8.85, 45.49, first=datetime(2015, 8, 3, 10, tzinfo=UTC), count=1, has_l2a=False)
    (found,) = make_source().search(aoi, date(2015, 8, 1), date(2015, 8, 30))
    assert found.clear_share is None
    assert found.preview
    assert "No cloud information" in found.notes[0]


def test_beside_the_swath_nothing_is_clear(server: ShServer, make_source: MakeSource) -> None:
    when = datetime(2023, 6, 3, 10, tzinfo=UTC)
    server.world = World([Overpass(when, (Granule("32TMR", (8.0, 45.0, 8.85, 46.0)),))])
    (half,) = make_source().search(Aoi.from_bbox(8.84, 45.48, 8.86, 45.50), *JUNE)
    assert half.clear_share == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("start", "end", "days_of_june"),
    [
        (date(2023, 6, 4), date(2023, 6, 7), [3, 8, 13, 18]),
        (date(2023, 8, 1), date(2023, 8, 2), [18, 13, 8, 3]),
        (date(2022, 6, 1), date(2022, 6, 2), [3, 8, 13, 18]),
        (date(2019, 1, 1), date(2019, 1, 2), []),
    ],
)
def test_no_acquisition_offers_the_nearest(
    server: ShServer, source: SentinelHubSource, aoi: Aoi, start: date, end: date, days_of_june: list[int]
) -> None:
    with pytest.raises(NoAcquisitionError) as caught:
        source.search(aoi, start, end)
    assert list(caught.value.nearest) == [date(2023, 6, day) for day in days_of_june]
    assert server.count("catalog") <= 4
    assert server.count("process") == 0


@pytest.mark.parametrize(
    "bbox", [(179.97, -16.60, -179.97, -16.57), (179.9, -16.6, 179.95, -16.57), (-58.40, -34.62, -58.36, -34.58)]
)
def test_across_the_antimeridian_and_south_of_the_equator(
    server: ShServer, make_source: MakeSource, bbox: tuple[float, float, float, float]
) -> None:
    west, south, east, north = bbox
    boxes = [(west - 0.5, south - 0.5, min(east, 180) + 0.5, north + 0.5)]
    if west > east:
        boxes = [(179.0, south - 0.5, 180.0, north + 0.5), (-180.0, south - 0.5, -179.0, north + 0.5)]
    granules = tuple(Granule(f"01K{'AB'[i]}B", tuple(box)) for i, box in enumerate(boxes))
    server.world = World([Overpass(datetime(2023, 6, 3, 22, tzinfo=UTC), granules)])
    source, aoi = make_source(), Aoi.from_bbox(*bbox)
    (found,) = source.search(aoi, *JUNE)
    assert len(found.products) == len(granules)
    assert found.clear_share == 1
    grid = TileGrid.from_aoi(aoi)
    scene = source.load(found, ("B04",), grid)
    assert scene.observed[np.kron(grid.inside, np.ones((64, 64), bool))].all()


def test_credentials_that_are_missing_are_said_before_anything_is_asked(
    server: ShServer, make_source: MakeSource, aoi: Aoi
) -> None:
    from lulc_core.domain.errors import CredentialsError

    with pytest.raises(CredentialsError, match="client secret") as caught:
        make_source(sh_client_secret="").search(aoi, *JUNE)
    assert caught.value.part == "missing"
    assert not server.seen


def test_nothing_heavy_is_imported_until_something_is_asked(repo_root: Path, run_python: Callable[[str], str]) -> None:
    out = run_python(
        "import sys; from lulc_core.sources.sentinel_hub.source import SentinelHubSource\n"
        "from lulc_core.settings import Settings\n"
        "SentinelHubSource(Settings())\n"
        "print([m for m in ('sentinelhub', 'requests', 'tifffile', 'PIL', 'torch', 'rasterio') if m in sys.modules])"
    )
    assert out.strip() == "[]"
