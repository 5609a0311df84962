"""Blocks from the open archive, by a server on this machine: the same as the app's map, at the swath's edge too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.model.classifier import Classifier, load_classifier
from lulc_core.pipeline.classify import classify
from lulc_core.pipeline.two_steps import FIRST_BANDS
from lulc_core.region.blocks import blocks_of
from lulc_core.region.cluster import Cluster
from lulc_core.region.execute import Options, begin, make_blocks
from lulc_core.region.folder import RunFolder
from lulc_core.region.rasters import MadeBlock
from lulc_core.region.request import RegionRequest
from tests.region.test_work import assert_equal
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import Overpass, World, granule_around
from tests.sources.open_archive.conftest import QUICK

DAY = date(2021, 8, 14)
AREA = Aoi.from_bbox(8.805, 45.465, 8.875, 45.505)


@pytest.fixture(scope="module")
def network() -> Classifier:
    return load_classifier()


@pytest.fixture
def server() -> Iterator[OpenServer]:
    """One overpass whose swath ends within the area, in the middle of tiles."""
    whole = granule_around(8.84, 45.485, "32TMR", half_m=4_200)
    granule = type(whole)(whole.tile, whole.left_m, whole.top_m, whole.cols, whole.rows, swath_west_m=486_700)
    with OpenServer(
        World([Overpass(datetime(2021, 8, 14, 10, 20, 31, tzinfo=UTC), (granule,), cloud_share=0.05)])
    ) as running:
        yield running


def test_blocks_equal_one_map_at_the_edge_of_the_swath(
    server: OpenServer, network: Classifier, threads: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from lulc_core.sources.open_archive.source import OpenArchiveSource

    settings = server.settings(cache_dir=tmp_path / "cache")
    source = OpenArchiveSource(settings, limits=QUICK)
    (acquisition,) = source.search(AREA, DAY, DAY, previews=False)
    whole = classify(source, acquisition, TileGrid.from_aoi(AREA), network, bands=FIRST_BANDS).land_cover
    assert 0 < whole.left_out()["no_data"] < whole.grid.n_tiles
    request = RegionRequest(
        AREA,
        "open",
        DAY,
        DAY,
        "default",
        network.card.sha256,
        service=server.settings(cache_dir=tmp_path).gcs_url,
        block_tiles=4,
    )
    monkeypatch.setattr(RegionRequest, "open_source", lambda self, settings: OpenArchiveSource(settings, limits=QUICK))
    monkeypatch.setenv("LULC_CACHE_DIR", str(tmp_path / "worker"))
    folder, blocks = RunFolder(tmp_path / "out"), blocks_of(AREA, 4)
    begin(folder, request, blocks, {"command": "region"})
    outcome = make_blocks(threads, request, settings, folder, blocks, lambda *_: None, Options(max_connections=8))
    assert (outcome.done, outcome.failed) == (len(blocks), 0), folder.failures()
    states = set()
    for block in blocks:
        marker = folder.marker(block.name, request.key)
        assert marker is not None
        states.add(marker["state"])
        made = MadeBlock.read(block, marker, folder.arrays(block.name, marker))
        if marker["state"] == "done":
            assert_equal(made, whole)
            assert marker["megabytes"] > 0 and marker["acquisitions"][0]["level"] == "L1C"
        else:
            row, col = whole.grid.north0 - made.grid.north0, made.grid.east0 - whole.grid.east0
            there = whole.class_ids[row : row + made.grid.n_rows, col : col + made.grid.n_cols]
            assert (there[made.grid.inside] == 255).all(), "a block without an image has no name in one map either"
    assert "done" in states and np.isfinite(outcome.seconds)


def test_a_service_that_fails_is_a_ledger_and_heals(
    server: OpenServer, network: Classifier, threads: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from lulc_core.region import run
    from lulc_core.sources.open_archive.source import OpenArchiveSource

    monkeypatch.setattr(run, "WAIT_S", 0.01)
    monkeypatch.setattr(RegionRequest, "open_source", lambda self, settings: OpenArchiveSource(settings, limits=QUICK))
    monkeypatch.setenv("LULC_CACHE_DIR", str(tmp_path / "worker"))
    small = Aoi.from_bbox(8.85, 45.48, 8.87, 45.49)
    request = RegionRequest(small, "open", DAY, DAY, "default", network.card.sha256, block_tiles=2)
    folder, blocks = RunFolder(tmp_path / "out"), blocks_of(small, 2)
    settings = server.settings(cache_dir=tmp_path / "cache")
    begin(folder, request, blocks, {})
    for endpoint in ("list", "file", "catalogue", "twins", "cog"):
        server.fail(endpoint, "503")
    outcome = make_blocks(threads, request, settings, folder, blocks, lambda *_: None, Options(guards=False))
    assert outcome.failed == len(blocks)
    assert all(f.tries == run.TRIES and "503" in f.reason for f in folder.failures().values()), folder.failures()
    server.heal()
    again = Options(retry_failed=True)
    assert make_blocks(threads, request, settings, folder, blocks, lambda *_: None, again).failed == 0
