"""The result of a region opens in Report: as a stored result, from which documents are made."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lulc_core.cli.main import main
from lulc_core.export.bundle_read import read_bundle
from lulc_core.model.card import load_card
from lulc_core.model.classifier import load_classifier
from lulc_core.region.blocks import blocks_of
from lulc_core.region.execute import begin
from lulc_core.region.finish import finish
from lulc_core.region.folder import RunFolder
from lulc_core.region.request import RegionRequest
from lulc_core.region.work import make_block
from lulc_core.sources.simulation.source import SimulatedSource


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small region across two zones, finished without Dask."""
    import shapely

    from lulc_core.domain.aoi import Aoi

    path = tmp_path_factory.mktemp("region")
    aoi = Aoi.from_geometry(shapely.Point(12.0, 45.62).buffer(0.035), name="On the border")
    start, end = date(2022, 9, 1), date(2022, 9, 28)
    request = RegionRequest(aoi, "simulated", start, end, "default", load_card().sha256, block_tiles=8, fill=2)
    folder, blocks, network = RunFolder(path), blocks_of(aoi, 8), load_classifier()
    begin(folder, request, blocks, {"command": "region"})
    for block in blocks:
        make_block(request, block, SimulatedSource(pictures=0), network, folder)
    run = finish(request, folder, blocks, None, {"command": "region"}, units=None, say=lambda line, keep: None)
    assert run["blocks"] == {"total": len(blocks), "done": len(blocks), "failed": 0}
    hectares = sum(run["areas_ha"]["map"].values())
    assert 0 < hectares <= 100 * aoi.area_km2 * 1.002
    return path


def test_each_zone_opens_as_a_result_and_makes_documents(region: Path, tmp_path: Path):
    tiles = 0
    for epsg in (32632, 32633):
        bundle = read_bundle(region / f"report_{epsg}")
        dated = bundle.after
        assert bundle.kind == "map" and bundle.simulated and dated.land_cover.grid.epsg == epsg
        assert dated.pixel_m == 80 and dated.picture.any()
        tiles += int(dated.land_cover.classified.sum())
        west, _, east, _ = bundle.aoi.bbox
        assert (east <= 12.0001) if epsg == 32632 else (west >= 11.9999)
    assert tiles == json.loads((region / "run.json").read_text())["cells"]["classified"]
    out = tmp_path / "report.html"
    assert main(["report", "--from", str(region / "report_32633"), "--out", str(out)]) == 0
    assert "SIMULATED" in out.read_text(encoding="utf-8")


def test_finishing_again_leaves_rasters_as_they_are(region: Path):
    before = {p.name: p.stat().st_mtime_ns for p in region.glob("*.tif")}
    kept = json.loads((region / "run.json").read_text())
    facts = kept["facts"]
    assert facts["fill"] == 2 and np.isfinite(kept["cells"]["total"])
    from lulc_core.domain.aoi import Aoi

    aoi = Aoi.from_geojson(json.loads((region / "plan.json").read_text())["aoi"], name="On the border")
    assert aoi.key == facts["area"]
    start, end = date.fromisoformat(facts["from"]), date.fromisoformat(facts["to"])
    request = RegionRequest(aoi, "simulated", start, end, "default", facts["model"], block_tiles=8, fill=2)
    run = finish(request, RunFolder(region), blocks_of(aoi, 8), None, kept["request"], units=None, say=lambda *_: None)
    assert {p.name: p.stat().st_mtime_ns for p in region.glob("*.tif")} == before
    assert run["files"].keys() == kept["files"].keys()
