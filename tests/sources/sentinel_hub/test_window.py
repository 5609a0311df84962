"""A window with the satellite's own pixels: one small request, nothing interpolated, no-data is no number."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import InputError, SourceError
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.sentinel_hub.requests import processing_units
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.server import ShServer
from tests.servers.sentinel_hub.world import BANDS, fields_landscape
from tests.sources.conftest import JUNE

THREE = ("B08", "B8A", "B09")


@pytest.fixture
def asked(source: SentinelHubSource, aoi: Aoi):
    grid = TileGrid.from_aoi(aoi)
    left, _, _, top = grid.bounds
    return source.search(aoi, *JUNE, previews=False)[-1], (left, top - 600, left + 600, top), grid.epsg


def test_one_request_without_interpolation(server: ShServer, source: SentinelHubSource, asked) -> None:
    acquisition, bounds, epsg = asked
    before, spent = len(server.seen), server.units
    planes = source.own_pixels(acquisition, THREE, bounds, epsg)
    sent = [s.payload for s in server.seen[before:] if s.endpoint == "process"]
    assert len(sent) == 1
    assert sent[0]["input"]["data"][0]["processing"]["upsampling"] == "NEAREST"
    assert (sent[0]["output"]["width"], sent[0]["output"]["height"]) == (60, 60)
    assert (
        server.units - spent == pytest.approx(processing_units(THREE, bounds))
        and processing_units(THREE, bounds) < 0.02
    )
    left, bottom, right, top = bounds
    x, y = np.arange(left + 5, right, 10), np.arange(top - 5, bottom, -10)
    truth = fields_landscape(epsg, x, y, server.world.overpasses[0].when)[[BANDS.index(b) for b in THREE]]
    np.testing.assert_array_equal(planes, truth.astype(np.float32) / np.float32(10_000))


def test_ground_that_was_not_observed_has_no_number(source: SentinelHubSource, asked) -> None:
    acquisition, (left, bottom, right, top), epsg = asked
    far = (left + 600_000, bottom, right + 600_000, top)
    assert np.isnan(source.own_pixels(acquisition, THREE, far, epsg)).all()


def test_an_error_of_the_service_is_one_of_ours(server: ShServer, source: SentinelHubSource, asked) -> None:
    server.fail("process", "500")
    with pytest.raises(SourceError):
        source.own_pixels(asked[0], THREE, *asked[1:])
    with pytest.raises(InputError, match="B99"):
        source.own_pixels(asked[0], ("B99",), *asked[1:])
