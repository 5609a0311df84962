"""A small open archive: one granule around Mesero, three overpasses, a source that loses patience quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.open_archive.source import Limits, OpenArchiveSource
from lulc_core.sources.open_archive.web import Patience
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import Overpass, World, granule_around

LON, LAT = 8.85, 45.485
FIRST = datetime(2023, 6, 3, 10, 10, 31, tzinfo=UTC)
JUNE = date(2023, 6, 1), date(2023, 6, 30)
QUICK = Limits(search_s=30, preview_s=30, band_s=60, patience=Patience(read_s=20, attempts=3, wait_s=0.02))
HASTY = Limits(search_s=8, preview_s=8, band_s=12, patience=Patience(read_s=1, attempts=3, wait_s=0.02))
"""For faults by silence; the server makes its files when they are asked for, so they must have been once."""

MakeSource = Callable[..., OpenArchiveSource]


def small_world(lon: float = LON, lat: float = LAT, tile: str = "32TMR", **changes: object) -> World:
    """Three overpasses over one small raster."""
    granule = granule_around(lon, lat, tile, half_m=1_800)
    passes = [Overpass(FIRST + timedelta(days=5 * i), (granule,), cloud_share=0.3 * i, **changes) for i in range(3)]
    return World(passes)


def around(lon: float = LON, lat: float = LAT, half_deg: float = 0.006) -> Aoi:
    """A box around a place, one to a few tiles."""
    return Aoi.from_bbox(lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg)


@pytest.fixture
def server() -> Iterator[OpenServer]:
    with OpenServer(small_world()) as running:
        yield running


@pytest.fixture
def make_source(server: OpenServer, tmp_path: Path) -> MakeSource:
    """Makes a source on the server; each with the same cache unless named."""

    def make(name: str = "cache", limits: Limits = QUICK) -> OpenArchiveSource:
        if limits is not QUICK:
            server.make_files()
        return OpenArchiveSource(server.settings(cache_dir=tmp_path / name), limits=limits)

    return make


@pytest.fixture
def source(make_source: MakeSource) -> OpenArchiveSource:
    return make_source()


@pytest.fixture
def aoi() -> Aoi:
    return around()


@pytest.fixture
def grid(aoi: Aoi) -> TileGrid:
    return TileGrid.from_aoi(aoi)
