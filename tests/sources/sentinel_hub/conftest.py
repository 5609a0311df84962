"""An acquisition of the local Sentinel Hub, and the grid of the area."""

from __future__ import annotations

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.sources.conftest import JUNE


@pytest.fixture
def grid(aoi: Aoi) -> TileGrid:
    return TileGrid.from_aoi(aoi)


@pytest.fixture
def acquisition(source: SentinelHubSource, aoi: Aoi) -> Acquisition:
    """Without clouds."""
    return source.search(aoi, *JUNE, previews=False)[-1]
