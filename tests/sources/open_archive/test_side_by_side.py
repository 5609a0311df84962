"""The same ground from the open archive, from Sentinel Hub and from a file: the same reflectance, the same names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lulc_core.cli.main import main
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.model.classifier import load_classifier
from lulc_core.pipeline.classify import classify
from lulc_core.sources.geotiff.source import GeoTiffSource
from lulc_core.sources.open_archive.source import OpenArchiveSource
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import Overpass, World, granule_around
from tests.servers.sentinel_hub.server import ShServer
from tests.servers.sentinel_hub.world import fields_landscape, world_around
from tests.sources.open_archive.conftest import FIRST, JUNE, QUICK
from tests.sources.raster_files import write_tif

RGB_NIR = ("B04", "B03", "B02", "B08")
BOX = "8.844,45.479,8.856,45.491"


@pytest.fixture
def archive() -> Iterator[OpenServer]:
    granule = granule_around(8.85, 45.485, "32TMR", half_m=2_400)
    days = (FIRST, datetime(2024, 6, 2, 10, 10, 31, tzinfo=UTC))
    with OpenServer(World([Overpass(day, (granule,)) for day in days])) as server:
        yield server


def test_three_sources_show_the_same_ground_and_give_it_the_same_names(
    archive: OpenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    aoi = Aoi.from_bbox(*map(float, BOX.split(",")))
    grid = TileGrid.from_aoi(aoi)
    ours = OpenArchiveSource(archive.settings(cache_dir=tmp_path / "open"), limits=QUICK)
    network, scenes, maps = load_classifier(), {}, {}
    found: dict[str, tuple[Any, Acquisition]] = {}
    found["open"] = ours, ours.search(aoi, *JUNE, previews=False)[-1]

    def make(name: str) -> None:
        source, acquisition = found[name]
        result = classify(source, acquisition, grid, network, bands=RGB_NIR)
        scenes[name], maps[name] = result.scene, result.land_cover

    make("open")
    with ShServer(world_around(8.85, 45.49, first=FIRST, count=1)) as server:
        hub = SentinelHubSource(server.settings(cache_dir=tmp_path / "hub"))
        found["hub"] = hub, hub.search(aoi, *JUNE, previews=False)[0]
        make("hub")
    left, bottom, right, top = grid.bounds
    from affine import Affine

    dn = fields_landscape(grid.epsg, np.arange(left + 5, right, 10), np.arange(top - 5, bottom, -10), FIRST)
    layers = dict(zip(BAND_NAMES, dn, strict=True))
    path = write_tif(tmp_path / "S2_2023-06-03_L1C.tif", layers, epsg=grid.epsg, transform=Affine(*grid.transform))
    own = GeoTiffSource([path])
    found["file"] = own, own.search(aoi, *JUNE)[0]
    make("file")
    inside = scenes["open"].observed
    for name in ("hub", "file"):
        np.testing.assert_allclose(
            scenes[name].reflectance[:, inside], scenes["open"].reflectance[:, inside], atol=1e-6, err_msg=name
        )
        np.testing.assert_array_equal(maps[name].class_ids, maps["open"].class_ids, err_msg=name)
        best = maps[name].probabilities.argmax(axis=2)  # such fields are unlike all training data, yet have a class
        np.testing.assert_array_equal(best, maps["open"].probabilities.argmax(axis=2), err_msg=name)
        np.testing.assert_allclose(maps[name].probabilities, maps["open"].probabilities, atol=1e-4, err_msg=name)
    assert np.isfinite(maps["open"].probabilities).any()


def test_map_and_compare_run_from_the_command_line(
    archive: OpenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in archive.environment.items():
        monkeypatch.setenv(name, value)
    area = ["--source", "open", f"--bbox={BOX}", "--json"]
    assert main(["map", *area, "--date", "2023-06-03", "--out", str(tmp_path / "map")]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["acquisition"]["source"] == "open" and made["acquisition"]["level"] == "L1C"
    kept = json.loads((tmp_path / "map" / "result.json").read_text(encoding="utf-8"))
    assert "offset -1000" in json.dumps(kept)
    days = ["--before", "2023-06-03", "--after", "2024-06-02"]
    assert main(["compare", *area, *days, "--out", str(tmp_path / "change")]) == 0
