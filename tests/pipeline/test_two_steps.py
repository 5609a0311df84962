"""The map comes before the spectrum, and is the same map."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.results import ClassifyResult
from lulc_core.domain.scene import Scene
from lulc_core.pipeline.two_steps import FIRST_BANDS, first_bands, missing_bands, with_all_bands
from lulc_core.sources.open_archive.source import OpenArchiveSource
from lulc_core.sources.simulation.source import SimulatedSource
from tests.arrays import map_of
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import Overpass, World, granule_around
from tests.sources.open_archive.conftest import FIRST, JUNE, QUICK


def test_the_other_bands_come_later_and_make_the_same_scene(tmp_path: Path) -> None:
    aoi = Aoi.from_bbox(8.844, 45.479, 8.856, 45.491)
    grid = TileGrid.from_aoi(aoi)
    with OpenServer(World([Overpass(FIRST, (granule_around(8.85, 45.485, "32TMR", half_m=1_800),))])) as server:
        source = OpenArchiveSource(server.settings(cache_dir=tmp_path / "a"), limits=QUICK)
        (found,) = source.search(aoi, *JUNE, previews=False)
        few = first_bands(source, found, grid)
        assert few is not None and set(few) == set(FIRST_BANDS)
        scene = source.load(found, few, grid)
        first = _result_of(scene)
        assert set(missing_bands(first)) == set(found.available_bands) - set(few)
        server.forget()
        done = with_all_bands(source, first)
        assert not any(s.path.endswith("_B04.jp2") for s in server.seen), "nothing is fetched twice"
        assert missing_bands(done) == () and done.tiles is first.tiles
        whole = OpenArchiveSource(server.settings(cache_dir=tmp_path / "b"), limits=QUICK).load(
            found, found.available_bands, grid
        )
        assert done.scene.bands == whole.bands
        np.testing.assert_array_equal(done.scene.reflectance, whole.reflectance)


def test_what_waits_for_nothing_comes_whole() -> None:
    aoi = Aoi.from_bbox(8.844, 45.479, 8.856, 45.491)
    source = SimulatedSource()
    assert first_bands(source, source.search(aoi, *JUNE)[0], TileGrid.from_aoi(aoi)) is None


def _result_of(scene: Scene) -> ClassifyResult:
    return ClassifyResult(map_of(np.zeros(scene.grid.shape, np.int16), scene.grid), scene)
