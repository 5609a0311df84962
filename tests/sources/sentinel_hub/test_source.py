"""The source as a whole: what it costs, what it says where there is nothing, what it imports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import InputError, NoAcquisitionError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.server import ShServer
from tests.servers.sentinel_hub.world import Granule, Overpass, World
from tests.sources.conftest import JUNE, MakeSource


def test_a_date_without_a_pixel_here_is_said_not_shown_as_black(
    server: ShServer, source: SentinelHubSource, acquisition: Acquisition, grid: TileGrid
) -> None:
    gone = replace(acquisition, id="S2B_20230701T101031_R022", datetime=acquisition.datetime + timedelta(days=28))
    with pytest.raises(NoAcquisitionError, match="no pixel"):
        source.load(gone, ("B04",), grid)


class TestCost:
    def test_it_is_what_the_server_charges(
        self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition, grid: TileGrid
    ) -> None:
        cost = source.cost(grid, BAND_NAMES)
        source.load(acquisition, BAND_NAMES, grid)
        assert cost.requests == server.count("process")
        assert cost.processing_units == pytest.approx(server.units, rel=1e-3)
        assert cost.tiles == grid.n_tiles

    def test_ten_by_ten_kilometres(self, source: SentinelHubSource) -> None:
        cost = source.cost(TileGrid(32632, 780, 7900, 16, 16), BAND_NAMES)
        assert (cost.tiles, cost.requests) == (256, 2)
        assert cost.processing_units == pytest.approx(1024 * 1024 / 512**2 * 14 / 3, abs=1e-3)

    def test_a_large_area_waits_for_the_rate_limit(self, source: SentinelHubSource) -> None:
        cost = source.cost(TileGrid(32632, 700, 7900, 90, 90), BAND_NAMES)
        assert cost.processing_units > 500
        assert cost.seconds > 60


def test_an_acquisition_of_another_source_is_refused(
    source: SentinelHubSource, acquisition: Acquisition, grid: TileGrid
) -> None:
    with pytest.raises(InputError, match="simulated"):
        source.load(replace(acquisition, source="simulated"), ("B04",), grid)


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
