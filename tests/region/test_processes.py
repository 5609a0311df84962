"""The command with real processes: workers, schedulers and the command are killed, and the result is the same."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import psutil
import pyogrio
import pystac
import pytest
import rasterio
from rio_cogeo.cogeo import cog_validate

from lulc_core.cli.main import main
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.model.classifier import load_classifier
from lulc_core.pipeline.classify import classify
from lulc_core.sources.simulation.source import SimulatedSource

ROOT = Path(__file__).resolve().parents[2]
BBOX = "8.78,45.44,8.92,45.54"
ASKED = ("region", "--source", "simulated", "--bbox", BBOX, "--date", "2021-08-14", "--block-tiles", "4", "--yes")
pytestmark = pytest.mark.slow


def command(*arguments: str, **changes: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "lulc_core", *arguments],
        cwd=ROOT,
        env={**os.environ, **changes},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # also where the tests run in the background
    )


def wait_until(there: Callable[[], Any], process: subprocess.Popen[str], seconds: float = 150) -> None:
    end = time.monotonic() + seconds
    while not there():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"it did not come to that: {process.communicate(timeout=5)}")
        time.sleep(0.05)


def made(folder: Path) -> int:
    return len(list((folder / "blocks").glob("*.json"))) if (folder / "blocks").exists() else 0


def classes_of(folder: Path) -> np.ndarray:
    with rasterio.open(folder / "land_cover_32632.tif") as file:
        array: np.ndarray = file.read(1)
    return array


@pytest.fixture(scope="module")
def whole() -> np.ndarray:
    """Classes of one map of the whole area, as the app makes it."""
    west, south, east, north = map(float, BBOX.split(","))
    aoi = Aoi.from_bbox(west, south, east, north)
    source = SimulatedSource()
    (acquisition,) = source.search(aoi, date(2021, 8, 14), date(2021, 8, 14))
    return classify(source, acquisition, TileGrid.from_aoi(aoi), load_classifier()).land_cover.class_ids


def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path, whole: np.ndarray):
    units = tmp_path / "units.geojson"
    squares = [(8.78, 45.44, 8.85, 45.54), (8.85, 45.44, 8.92, 45.54)]
    features = [
        {"type": "Feature", "properties": {"comune": f"unit {i}"}, "geometry": _box(*square)}
        for i, square in enumerate(squares)
    ]
    units.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    out = tmp_path / "out"
    run = command(*ASKED, "--out", str(out), "--workers", "2", "--units", str(units), "--json")
    wait_until(lambda: made(out) >= 2, run)
    workers = [p for p in psutil.Process(run.pid).children(recursive=True) if "spawn_main" in " ".join(p.cmdline())]
    workers[0].kill()
    printed, said = run.communicate(timeout=220)
    assert run.returncode == 0, said
    assert "Another process" not in said
    result = json.loads(printed)
    assert result["blocks"] == {"total": result["blocks"]["total"], "done": result["blocks"]["total"], "failed": 0}
    assert result == {k: v for k, v in json.loads((out / "run.json").read_text()).items() if k != "format"}
    assert np.array_equal(classes_of(out), whole)
    _check_files(out, whole, result)


def _check_files(out: Path, whole: np.ndarray, result: dict[str, Any]) -> None:
    for name in ("land_cover", "probabilities", "dates", "quality"):
        valid, errors, _ = cog_validate(out / f"{name}_32632.tif")
        assert valid, errors
    with rasterio.open(out / "dates_32632.tif") as file:
        assert set(np.unique(file.read(1))) == {20210814}
        assert file.tags()["simulated"] == "SIMULATED"
    with rasterio.open(out / "probabilities_32632.tif") as file:
        assert file.count == 10 and np.nanmax(np.abs(np.nansum(file.read(), axis=0) - 1)[whole != 255]) < 1e-4
    cells = geopandas.read_parquet(out / "tiles.parquet")
    assert len(cells) == cells.tile_id.nunique() == result["cells"]["total"] and cells.crs.to_string() == "OGC:CRS84"
    assert int(cells["class"].notna().sum()) == result["cells"]["classified"] == int((whole != 255).sum())
    table = pyogrio.raw.read(out / "areas.csv")[0]["fields"]
    assert list(table[:3]) == ["unit", "role", "class"]
    rows = [line.split(",") for line in (out / "areas.csv").read_text().splitlines()[1:]]
    total = sum(float(r[7]) for r in rows if r[0] == "whole region")
    units = sum(float(r[7]) for r in rows if r[0].startswith("unit "))
    assert total == pytest.approx(cells.ha.sum(), abs=0.5) and units == pytest.approx(total, rel=1e-3)
    assert sum(int(r[6]) for r in rows if r[0].startswith("unit ")) <= result["cells"]["total"]
    collection = pystac.Collection.from_file(str(out / "collection.json"))
    items = list(collection.get_items())
    assert len(items) == 1 and Path(items[0].assets["land_cover"].get_absolute_href()).exists()


def test_ctrl_c_leaves_what_is_made_and_no_process(tmp_path: Path, whole: np.ndarray):
    run = command(*ASKED, "--out", str(tmp_path), "--workers", "1")
    wait_until(lambda: made(tmp_path) >= 2, run)
    children = psutil.Process(run.pid).children(recursive=True)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the command and its workers
    _, said = run.communicate(timeout=150)
    assert run.returncode == 130 and "Traceback" not in said, said
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
    before = made(tmp_path)
    assert json.loads((tmp_path / "status.json").read_text())["state"] == "stopped"
    # Killed in the middle of the second run as well.
    run = command(*ASKED, "--out", str(tmp_path), "--workers", "1")
    wait_until(lambda: made(tmp_path) >= before + 2, run)
    run.kill()
    _, said = run.communicate(timeout=150)
    assert f"{before} of" in said
    run = command(*ASKED, "--out", str(tmp_path), "--workers", "1")
    _, said = run.communicate(timeout=220)
    assert run.returncode == 0, said
    assert np.array_equal(classes_of(tmp_path), whole)


@contextmanager
def cluster_by_hand(port: int, folder: Path, workers: int = 2) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A scheduler and workers as a user starts them, over TCP."""
    address = f"tcp://127.0.0.1:{port}"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    dask = [sys.executable, "-m", "dask"]
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    started = [subprocess.Popen([*dask, "scheduler", *options], **quiet)]
    worker = ["worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--death-timeout", "20"]
    for _ in range(workers):
        started.append(subprocess.Popen([*dask, *worker, "--local-directory", str(folder)], **quiet))
    try:
        yield started
    finally:
        for process in started:
            for child in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []:
                child.kill()
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_scheduler_by_hand_may_die_and_is_never_closed(tmp_path: Path, whole: np.ndarray):
    out, port = tmp_path / "out", _free_port()
    address = f"tcp://127.0.0.1:{port}"
    with cluster_by_hand(port, tmp_path) as started:
        run = command(*ASKED, "--out", str(out), "--scheduler", address)
        wait_until(lambda: made(out) >= 2, run)
        started[0].kill()
        _, said = run.communicate(timeout=220)
        assert run.returncode == 1 and "the same command goes on" in said and "Traceback" not in said, said
    with cluster_by_hand(port, tmp_path) as started:
        run = command(*ASKED, "--out", str(out), DASK_SCHEDULER_ADDRESS=address)
        _, said = run.communicate(timeout=220)
        assert run.returncode == 0 and "Going on with run" in said, said
        assert [p.poll() for p in started] == [None] * 3
    assert np.array_equal(classes_of(out), whole)


def test_nobody_at_the_address_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any):
    from lulc_core.region import cluster

    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    address = f"tcp://127.0.0.1:{_free_port()}"
    assert main([*ASKED, "--out", str(tmp_path), "--scheduler", address]) == 1
    said = capsys.readouterr().err
    assert f"No Dask scheduler answers at {address}" in said and "Start `dask scheduler`" in said


def test_the_plan_does_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    asked = [*ASKED[:5], "--from", "2021-08-01", "--to", "2021-08-31", "--out", str(out), "--plan"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "blocks" in said and "EPSG:32632" in said and "h (" in said
    assert main([*asked, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["blocks"] == plan["blocks_left"] and plan["tiles"] == TileGrid.from_aoi(_aoi()).n_tiles
    assert plan["dates"] == sorted(plan["dates"], reverse=True) and plan["expensive"] is False
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--compare-to", "2021-08-20"], "must end before"),
        (["--compare-to", "2019-07-16", "--fill", "2"], "do not go together"),
        (["--workers", "0"], "--workers is 0"),
        (["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "Leave one of them out"),
        (["--max-connections", "-1"], "0 (no limit) or more"),
        (["--units", "nowhere.gpkg"], "nowhere.gpkg cannot be read"),
        (["--units-name", "a"], "Add --units FILE"),
        (["--scheduler-file", "nowhere.json"], "no scheduler file nowhere.json"),
    ],
)
def test_bad_arguments_get_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main([*ASKED, "--out", str(tmp_path / "out"), *arguments]) == 2
    assert said in capsys.readouterr().err


def _aoi() -> Aoi:
    west, south, east, north = map(float, BBOX.split(","))
    return Aoi.from_bbox(west, south, east, north)


def _box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}
