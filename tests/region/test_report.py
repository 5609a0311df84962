"""The result of a region opens in Report: as a stored result, from which documents are made."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from lulc_core.cli.main import main
from lulc_core.domain.aoi import Aoi
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
        days = {a["datetime"][:10] for a in json.loads((region / "run.json").read_text())["acquisitions"]}
        assert bundle.aoi.name.startswith("On the border (2022-09-") and len(days) > 1
        assert bundle.notes[0].startswith("A region of")
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

    aoi = Aoi.from_geojson(json.loads((region / "plan.json").read_text())["aoi"], name="On the border")
    assert aoi.key == facts["area"]
    start, end = date.fromisoformat(facts["from"]), date.fromisoformat(facts["to"])
    request = RegionRequest(aoi, "simulated", start, end, "default", facts["model"], block_tiles=8, fill=2)
    run = finish(request, RunFolder(region), blocks_of(aoi, 8), None, kept["request"], units=None, say=lambda *_: None)
    assert {p.name: p.stat().st_mtime_ns for p in region.glob("*.tif")} == before
    assert run["files"].keys() == kept["files"].keys()


def test_a_comparison_of_two_periods_has_rasters_and_tables_of_both(tmp_path: Path):
    aoi = Aoi.from_geometry(shapely.Point(8.86, 45.49).buffer(0.02))
    day, earlier = date(2021, 8, 14), date(2019, 7, 16)
    request = RegionRequest(
        aoi, "simulated", day, day, "default", load_card().sha256, before=(earlier, earlier), block_tiles=8
    )
    folder, blocks, network = RunFolder(tmp_path), blocks_of(aoi, 8), load_classifier()
    begin(folder, request, blocks, {})
    for block in blocks:
        make_block(request, block, SimulatedSource(pictures=0), network, folder)
    run = finish(request, folder, blocks, None, {}, units=None, say=lambda line, keep: None)
    assert set(run["areas_ha"]) == {"before", "after"}
    with rasterio.open(tmp_path / "change_32632.tif") as change, rasterio.open(tmp_path / "dates_32632.tif") as dates:
        before, after, chance, counted = change.read()
        assert set(np.unique(dates.read(1))) <= {0, 20210814}
    with rasterio.open(tmp_path / "before_dates_32632.tif") as dates:
        assert set(np.unique(dates.read(1))) <= {0, 20190716}
    rows = list(csv.DictReader((tmp_path / "transitions.csv").read_text().splitlines()))
    compared = before != 255
    assert sum(int(r["cells"]) for r in rows) == compared.sum() > 0
    assert sum(int(r["cells"]) for r in rows if r["from"] != r["to"]) == (compared & (before != after)).sum()
    assert sum(int(r["counted_cells"]) for r in rows) == (counted == 1).sum() <= (before != after)[compared].sum()
    assert ((chance[compared] >= 0) & (chance[compared] <= 1)).all()
    roles = {r["role"] for r in csv.DictReader((tmp_path / "areas.csv").read_text().splitlines())}
    assert roles == {"before", "after"}
