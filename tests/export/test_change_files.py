"""The four files of a comparison: opened again, added up, compared byte by byte."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from rasterio.io import MemoryFile

from lulc_core.analysis.change.detect import change_map
from lulc_core.analysis.change.report import change_report
from lulc_core.domain.change import ChangeReport
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.grid import TILE_HA, TileGrid
from lulc_core.export.change_files import change_files, change_summary
from tests.analysis.change.change_maps import land_cover

D1, D2 = "2019-07-16", "2021-08-14"
COVERAGE = np.array([[1, 1, 0.5, 1], [1, 1, 1, 0]], np.float32)
GRID = TileGrid(32632, 762, 7870, 2, 4, "shape", COVERAGE)
BEFORE = [["A", "H99.8", "A", "F"], ["A52 R48", ".cloudy", "W", "A"]]
AFTER = [["I", "I73 H26.7", "I", "F"], ["A45 R55", "A", "W", "A"]]


FILE_NAMES = ("change.tif", "changes.geojson", "transitions.csv", "summary.json")


def compared(**more) -> ChangeReport:
    before, after = (land_cover(rows, d, grid=GRID, **more) for rows, d in ((BEFORE, D1), (AFTER, D2)))
    return change_report(change_map(before, after))


@pytest.fixture(scope="module")
def files():
    return change_files(compared())


def test_raster_has_from_to_and_chance_on_the_lattice(files):
    with MemoryFile(files["change.tif"]) as memory, memory.open() as file:
        assert file.descriptions == ("from", "to", "chance") and file.nodata == 255
        assert file.crs.to_epsg() == 32632 and file.transform[:6] == GRID.tile_transform
        start, end, change_probability = file.read()
        assert file.tags()["TIFFTAG_COPYRIGHT"] == "Contains modified Copernicus Sentinel data 2019, 2021"
    assert start.tolist() == [[0, 3, 0, 1], [0, 255, 8, 255]]
    assert end.tolist() == [[4, 4, 4, 1], [7, 255, 8, 255]]
    assert change_probability[0, 1] == pytest.approx(1 - 0.998 * 0.267, abs=2e-3)
    assert change_probability[1, 1] == 255 and change_probability[1, 3] == 255


def test_geojson_holds_every_compared_tile_ranked(files):
    data = json.loads(files["changes.geojson"])
    features = data["features"]
    assert len(features) == 6 and [f["properties"]["rank"] for f in features] == list(range(1, 7))
    first = features[0]["properties"]
    assert (first["from"], first["to"], first["changed"]) == ("AnnualCrop", "Industrial", True)
    changed = [f["properties"]["changed"] for f in features]
    assert changed == sorted(changed, reverse=True) and sum(changed) == 3
    for f in features:
        p = f["properties"]
        before, after = p["probabilities_before"], p["probabilities_after"]
        assert tuple(before) == CLASS_NAMES and sum(before.values()) == pytest.approx(1, abs=1e-5)
        assert p["chance"] == pytest.approx(1 - sum(before[k] * after[k] for k in before), abs=1e-5)
        assert (p["sentence"] is None) == (p["from"] == p["to"])
    ids = {f["properties"]["tile_id"] for f in features}
    assert ids == {GRID.tile_id(r, c) for r, c in ((0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 2))}
    ring = features[0]["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    np.testing.assert_allclose(ring, GRID.tile_polygon(0, 0), atol=1e-6)


def test_table_adds_up_to_what_was_compared(files):
    rows = list(csv.DictReader(io.StringIO(files["transitions.csv"].decode())))
    assert len(rows) == 100
    cells = {(r["from"], r["to"]): r for r in rows}
    assert cells["AnnualCrop", "Industrial"]["tiles"] == "2"
    assert float(cells["AnnualCrop", "Industrial"]["ha"]) == pytest.approx(1.5 * TILE_HA)
    assert cells["AnnualCrop", "Residential"]["tiles"] == "0"
    assert cells["AnnualCrop", "Residential"]["label_tiles"] == "1"
    for column, total in (("tiles", 6), ("label_tiles", 6), ("ha", 5.5 * TILE_HA), ("pct", 100)):
        assert sum(float(r[column]) for r in rows) == pytest.approx(total, abs=1e-2)


def test_summary_agrees_with_the_other_files(files):
    numbers = json.loads(files["summary.json"])
    assert numbers["tiles"]["total"] == 7
    assert numbers["tiles"]["compared"] == 6 and numbers["tiles"]["changed"] == 3
    assert numbers["tiles"]["left_out"] == {"no_data": 0, "beyond": 0, "cloudy": 1, "unlike": 0}
    assert numbers["tiles"]["differing_not_counted"] == 1
    assert numbers["before"]["date"] == D1 and numbers["after"]["date"] == D2 and numbers["confirm"] == []
    assert tuple(numbers["gains_ha"]) == tuple(numbers["losses_ha"]) == CLASS_NAMES
    assert numbers["gains_ha"]["Industrial"] == pytest.approx(2.5 * TILE_HA)
    assert numbers["losses_ha"]["AnnualCrop"] == pytest.approx(1.5 * TILE_HA)
    assert sum(numbers["gains_ha"].values()) == pytest.approx(numbers["area"]["changed_ha"])
    assert sum(numbers["net_ha"].values()) == pytest.approx(0, abs=1e-3)
    assert len(numbers["sentences"]) == 3 and numbers["notes"]
    assert numbers["before"]["areas_ha"]["Forest"] == pytest.approx(TILE_HA)


def test_the_same_comparison_gives_the_same_bytes(files):
    assert change_files(compared()) == files


def test_simulated_is_in_every_file_that_can_say_so():
    result = compared(simulated=True)
    made = change_files(result)
    assert json.loads(made["summary.json"])["simulated"] is True
    assert "SIMULATED" in json.loads(made["changes.geojson"])["attribution"]
    with MemoryFile(made["change.tif"]) as memory, memory.open() as file:
        assert file.tags()["simulated"] == "SIMULATED"
    assert change_summary(result)["sentences"][0].startswith("SIMULATED")


def test_its_four_files_come_in_this_order(files):
    assert tuple(files) == FILE_NAMES


def test_tiles_across_the_antimeridian_are_cut():
    grid = TileGrid(32660, 1301, 0, 1, 4)  # about 180 degrees east, on the equator
    before, after = land_cover([["A"] * 4], D1, grid=grid), land_cover([["I"] * 4], D2, grid=grid)
    data = json.loads(change_files(change_report(change_map(before, after)))["changes.geojson"])
    kinds = [f["geometry"]["type"] for f in data["features"]]
    lons = [x for f in data["features"] for x, _ in _points(f["geometry"]["coordinates"])]
    assert kinds.count("MultiPolygon") == 1 and max(lons) <= 180 and min(lons) >= -180


def _points(nested):
    if isinstance(nested[0], float):
        yield nested
    else:
        for part in nested:
            yield from _points(part)
