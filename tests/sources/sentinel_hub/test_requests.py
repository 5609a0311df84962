"""What is asked of the Process API, and what is made of its pictures."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.sentinel_hub import pixels as sentinel_hub_pixels
from lulc_core.sources.sentinel_hub.requests import is_clear
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.server import ShServer


def test_requests_are_as_eurosat_needs_them(
    server: ShServer, source: SentinelHubSource, acquisition: Acquisition, grid: TileGrid
) -> None:
    source.load(acquisition, BAND_NAMES, grid)
    l1c, scl = sorted(server.payloads("process"), key=lambda p: p["input"]["data"][0]["type"])
    (data,) = l1c["input"]["data"]
    assert data["processing"] == {"upsampling": "BICUBIC", "downsampling": "NEAREST", "harmonizeValues": True}
    assert l1c["input"]["bounds"]["bbox"] == list(grid.bounds)
    assert (l1c["output"]["height"], l1c["output"]["width"]) == grid.shape_px
    assert 'sampleType: "UINT16"' in l1c["evalscript"]
    span = data["dataFilter"]["timeRange"]
    when = acquisition.datetime.replace(microsecond=0, tzinfo=None)
    assert span == {
        "from": (when - timedelta(minutes=30)).isoformat() + "Z",
        "to": (when + timedelta(minutes=30)).isoformat() + "Z",
    }
    assert "maxCloudCoverage" not in data["dataFilter"]
    assert scl["input"]["data"][0]["type"] == "sentinel-2-l2a"
    assert scl["input"]["data"][0]["processing"]["upsampling"] == "NEAREST"


@pytest.mark.parametrize("code", range(12))
def test_every_scene_class_is_clear_or_not(code: int) -> None:
    clouds = sentinel_hub_pixels.SclMosaic(TileGrid(32632, 0, 0, 1, 1))
    clouds.put(0, 0, np.stack([np.full((64, 64), code, np.uint8), np.ones((64, 64), np.uint8)]), clouds.layers[0])
    clear = is_clear(clouds.scl)
    assert clear.all() == (code in (0, 2, 4, 5, 6, 7, 11))
    assert clear.any() == clear.all()


def test_the_channels_of_a_picture_may_be_laid_out_either_way() -> None:
    from lulc_core.sources.sentinel_hub.requests import as_channels

    planes = np.arange(3 * 4 * 5, dtype=np.uint16).reshape(3, 4, 5)
    for picture in (planes, planes.transpose(1, 2, 0)):
        np.testing.assert_array_equal(as_channels(picture, 3, (4, 5), np.dtype(np.uint16), "https://x"), planes)
