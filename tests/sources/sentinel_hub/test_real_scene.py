"""A real scene, served by the local Sentinel Hub, is the same as read from its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.geotiff.source import GeoTiffSource
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.real_scene import scene_world
from tests.servers.sentinel_hub.server import ShServer
from tests.sources.conftest import JUNE


@pytest.mark.parametrize("name", ["terramind_637U_59R_1_3", "terramind_282D_485L_3_3"])  # north and south
def test_through_the_service_and_from_the_file(
    server: ShServer, shared_data: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    path = shared_data(f"scenes/{name}_L1C_13b.tif")
    server.world = scene_world(path, first=datetime(2023, 6, 3, 10, 10, 31, tzinfo=UTC))
    from_file = GeoTiffSource([path])
    west, south, east, north = from_file.footprint().bbox
    dx, dy = (east - west) / 6, (north - south) / 6
    aoi = Aoi.from_bbox(west + dx, south + dy, east - dx, north - dy)
    grid = TileGrid.from_aoi(aoi)
    source = SentinelHubSource(server.settings(cache_dir=tmp_path))
    served = source.load(source.search(aoi, *JUNE)[-1], BAND_NAMES, grid)
    taken = from_file.info.moment.date()
    read = from_file.load(from_file.search(aoi, taken, taken)[0], BAND_NAMES, grid)
    both = served.observed & read.observed
    assert both.mean() > 0.5
    assert np.median(np.abs(served.reflectance - read.reflectance)[:, both]) < 0.002
    for band in BAND_NAMES:
        a, b = (scene.select([band])[0][both] for scene in (served, read))
        assert a.mean() == pytest.approx(b.mean(), rel=0.01, abs=2e-4), f"{band} is another band, or has another offset"
