"""Previews: clear shares are of the area itself, and nothing is asked twice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.server import ShServer
from tests.servers.sentinel_hub.world import Granule, Overpass, World, world_around
from tests.sources.conftest import JUNE, MakeSource


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
