"""The command from arguments to exit code: failed blocks, the user's own files, units."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio
import shapely

from lulc_core.cli.main import main
from lulc_core.domain.errors import AoiError, FileFormatError, InputError, NetworkError
from lulc_core.region import cluster as cluster_module
from lulc_core.region import run as run_module
from lulc_core.region.cluster import Cluster
from lulc_core.sources.area_files.units import read_units
from lulc_core.sources.simulation.source import SimulatedSource
from tests.sources.raster_files import planes, write_tif

BBOX = "8.83,45.47,8.89,45.51"
SIMULATED = ("region", "--source", "simulated", "--bbox", BBOX, "--date", "2021-08-14", "--block-tiles", "4", "--yes")


@pytest.fixture(autouse=True)
def _in_this_process(threads: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command uses the cluster of this process, and does not wait between tries."""

    @contextmanager
    def open_cluster(**options: Any) -> Iterator[Cluster]:
        yield threads

    monkeypatch.setattr(cluster_module, "open_cluster", open_cluster)
    monkeypatch.setattr(run_module, "WAIT_S", 0.01)


def test_failed_blocks_end_with_3_and_are_made_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    real = SimulatedSource.load

    def load(self: SimulatedSource, acquisition: Any, bands: Any, grid: Any, **options: Any) -> Any:
        if grid.bounds[0] < 487_500:
            raise NetworkError("The archive does not answer.", hint="Wait.")
        return real(self, acquisition, bands, grid, **options)

    monkeypatch.setattr(SimulatedSource, "load", load)
    assert main([*SIMULATED, "--out", str(tmp_path)]) == 3
    said = capsys.readouterr()
    assert "failures.csv says why" in said.err and "--retry-failed" in said.err
    run = json.loads((tmp_path / "run.json").read_text())
    assert 0 < run["blocks"]["failed"] < run["blocks"]["total"] == run["blocks"]["done"] + run["blocks"]["failed"]
    ledger = list(csv.DictReader((tmp_path / "failures.csv").read_text().splitlines()))
    assert len(ledger) == run["blocks"]["failed"] and all(r["tries"] == "3" for r in ledger)
    # Asked again as it was, nothing is tried.
    assert main([*SIMULATED, "--out", str(tmp_path), "--quiet"]) == 3
    monkeypatch.undo()
    monkeypatch.setattr(cluster_module, "open_cluster", _nobody)
    assert main([*SIMULATED, "--out", str(tmp_path), "--quiet"]) == 3, "no cluster is needed where nothing is tried"


@contextmanager
def _nobody(**options: Any) -> Iterator[Cluster]:
    raise AssertionError("a cluster was asked for")
    yield


def test_retry_failed_makes_the_map_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real, down = SimulatedSource.load, [True]

    def load(self: SimulatedSource, acquisition: Any, bands: Any, grid: Any, **options: Any) -> Any:
        if down[0] and grid.bounds[0] < 487_500:
            raise NetworkError("The archive does not answer.")
        return real(self, acquisition, bands, grid, **options)

    monkeypatch.setattr(SimulatedSource, "load", load)
    assert main([*SIMULATED, "--out", str(tmp_path), "--quiet"]) == 3
    down[0] = False
    assert main([*SIMULATED, "--out", str(tmp_path), "--quiet", "--retry-failed"]) == 0
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["blocks"]["failed"] == 0 and (tmp_path / "failures.csv").read_text().count("\n") == 1
    with rasterio.open(tmp_path / "land_cover_32632.tif") as file:
        assert np.count_nonzero(file.read(1) != 255) == run["cells"]["classified"]


def test_files_of_ones_own_are_a_region_too(tmp_path: Path):
    image = write_tif(tmp_path / "image.tif", planes(("B02", "B03", "B04", "B08"), rows=900, cols=1000))
    asked = ["--source", "geotiff", "--image", str(image), "--date", "2021-08-14", "--bands", "B02,B03,B04,B08"]
    asked += ["--level", "L1C", "--offset", "0", "--scale", "10000"]
    assert main(["map", *asked, "--out", str(tmp_path / "map"), "--quiet"]) == 0
    command = [
        "region",
        *asked,
        "--out",
        str(tmp_path / "region"),
        "--block-tiles",
        "4",
        "--no-guards",
        "--yes",
        "--quiet",
    ]
    assert main(command) == 0
    with (
        rasterio.open(tmp_path / "map" / "land_cover.tif") as whole,
        rasterio.open(tmp_path / "region" / "land_cover_32632.tif") as joined,
    ):
        assert whole.transform == joined.transform and np.array_equal(whole.read(), joined.read())
    with (
        rasterio.open(tmp_path / "map" / "probabilities.tif") as whole,
        rasterio.open(tmp_path / "region" / "probabilities_32632.tif") as joined,
    ):
        assert np.array_equal(whole.read(), joined.read(), equal_nan=True)


def test_units_are_read_by_their_names(tmp_path: Path):
    shapes = [shapely.box(8.8, 45.4, 8.85, 45.5), shapely.box(8.85, 45.4, 8.9, 45.5)]
    frame = geopandas.GeoDataFrame({"COMUNE": ["Mesero", "=1+1"], "code": [1, 2]}, geometry=shapes, crs=4326)
    path = tmp_path / "units.gpkg"
    frame.to_crs(32632).to_file(path)
    assert [u.name for u in read_units(path)] == ["Mesero", "=1+1"]
    assert [u.name for u in read_units(path, column="code")] == ["1", "2"]
    assert read_units(path)[0].geometry.area == pytest.approx(0.005, rel=0.01)
    with pytest.raises(InputError, match=r"no column 'name'; it has COMUNE, code"):
        read_units(path, column="name")
    with pytest.raises(FileFormatError, match="in no format"):
        read_units(Path(__file__))
    points = tmp_path / "points.geojson"
    points.write_text(json.dumps({"type": "Point", "coordinates": [8, 45]}))
    with pytest.raises(AoiError, match="no polygon"):
        read_units(points)
