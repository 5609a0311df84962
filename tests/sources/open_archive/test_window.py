"""A window with the satellite's own pixels: the blocks of the files, nothing interpolated."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import InputError, SourceError
from lulc_core.domain.grid import TileGrid
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import PIXELS
from tests.sources.open_archive.conftest import JUNE, MakeSource

THREE = ("B08", "B8A", "B09")


def test_each_pixel_of_10_m_has_the_number_of_the_satellites_that_it_lies_in(
    server: OpenServer, make_source: MakeSource, aoi: Aoi
) -> None:
    source, grid = make_source(), TileGrid.from_aoi(aoi)
    acquisition = source.search(aoi, *JUNE, previews=False)[-1]
    left, bottom, _, _ = grid.bounds
    bounds = (left + 300, bottom + 300, left + 900, bottom + 900)  # across tiles
    planes = source.own_pixels(acquisition, THREE, bounds, grid.epsg)
    assert planes.shape == (3, 60, 60)
    overpass = server.world.overpasses[0]
    granule = overpass.granules[0]
    x, y = np.arange(bounds[0] + 5, bounds[2], 10), np.arange(bounds[3] - 5, bounds[1], -10)
    for name, values in zip(THREE, planes, strict=True):
        size = PIXELS[name]
        dn = server.world.dn(overpass, granule, name, size)
        rows = ((granule.top_m - y) // size).astype(int)
        cols = ((x - granule.left_m) // size).astype(int)
        np.testing.assert_allclose(values, dn[np.ix_(rows, cols)] / 10_000, atol=1e-6, err_msg=name)


def test_an_error_of_the_bucket_is_one_of_ours(server: OpenServer, make_source: MakeSource, aoi: Aoi) -> None:
    source, grid = make_source(), TileGrid.from_aoi(aoi)
    acquisition = source.search(aoi, *JUNE, previews=False)[-1]
    left, bottom, _, _ = grid.bounds
    bounds = (left, bottom, left + 600, bottom + 600)
    with pytest.raises(InputError, match="B99"):
        source.own_pixels(acquisition, ("B99",), bounds, grid.epsg)
    server.fail("list", "403")
    with pytest.raises(SourceError):
        source.own_pixels(acquisition, THREE, bounds, grid.epsg)
