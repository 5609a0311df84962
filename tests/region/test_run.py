"""Runs: failures are tried again and written down, what is made stays, what differs is refused."""

from __future__ import annotations

import json
import os
import platform
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import CredentialsError, InputError, ModelError, NetworkError, SourceError
from lulc_core.model.card import load_card
from lulc_core.region import run as run_module
from lulc_core.region import worker
from lulc_core.region.blocks import RegionBlock, blocks_of
from lulc_core.region.cluster import Cluster, check_workers
from lulc_core.region.execute import Options, begin, make_blocks
from lulc_core.region.folder import OutputError, RunFolder
from lulc_core.region.pace import Guard, in_words
from lulc_core.region.request import RegionRequest
from lulc_core.region.run import Outcome
from lulc_core.settings import Settings, load_settings

AREA = Aoi.from_geometry(shapely.Point(8.86, 45.49).buffer(0.04))


def request(**changes: Any) -> RegionRequest:
    day = date(2021, 8, 14)
    values = {"aoi": AREA, "start": day, "end": day, "block_tiles": 4, "model_sha256": load_card().sha256, **changes}
    return RegionRequest(source="simulated", model="default", **values)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Blocks are made without imagery, and retries do not wait; gives the names of what was made, in order."""
    made: list[str] = []
    monkeypatch.setattr(run_module, "WAIT_S", 0.01)

    def make_block(request: RegionRequest, block: RegionBlock, source: Any, network: Any, folder: RunFolder) -> Any:
        made.append(block.name)
        marker = {
            "run": request.key,
            "block": block.name,
            "state": "done",
            "acquisitions": [{"level": "L1C"}],
            "cells": {"total": block.n_tiles, "left_out": {"no_data": 0, "cloudy": 0, "unlike": 0}},
            "seconds": {},
            "megabytes": 1.0,
        }
        folder.keep_block(block.name, None, marker)
        return marker

    monkeypatch.setattr("lulc_core.region.work.make_block", make_block)
    monkeypatch.setattr(worker._Run, "parts", lambda self: (None, None))
    return made


def go(cluster: Cluster, folder: RunFolder, wanted: RegionRequest, options: Options | None = None) -> Outcome:
    blocks = blocks_of(wanted.aoi, wanted.block_tiles)
    begin(folder, wanted, blocks, {"command": "region"})
    settings: Settings = load_settings()
    return make_blocks(cluster, wanted, settings, folder, blocks, lambda line, keep: None, options or Options())


def failing(monkeypatch: pytest.MonkeyPatch, fails: Any) -> None:
    """Let making a block fail where ``fails(block, how often it was tried)`` gives an error."""
    from lulc_core.region import work

    real, tried = work.make_block, {}

    def make_block(request: Any, block: RegionBlock, *rest: Any) -> Any:
        tried[block.name] = tried.get(block.name, 0) + 1
        error = fails(block, tried[block.name])
        if error is not None:
            raise error
        return real(request, block, *rest)

    monkeypatch.setattr(work, "make_block", make_block)


def test_a_run_goes_on_where_it_stopped(threads: Cluster, tmp_path: Path, quick: list[str]):
    folder, wanted = RunFolder(tmp_path), request()
    blocks = blocks_of(AREA, 4)
    first = go(threads, folder, wanted)
    assert (first.total, first.done, first.failed, first.made_now) == (len(blocks), len(blocks), 0, len(blocks))
    assert sorted(quick) == sorted(b.name for b in blocks)
    status, plan = folder.status(), folder.plan()
    assert status["state"] == "done" and set(status["states"].values()) == {"done"}
    assert set(plan["blocks"]) == set(status["states"]) and len(plan["blocks"][blocks[0].name]["outline"]) == 4
    # Two are taken away: only they are made again.
    for block in blocks[:2]:
        folder.marker_file(block.name).unlink()
    quick.clear()
    assert begin(folder, wanted, blocks, {}).endswith(f"{len(blocks) - 2} of {len(blocks)} blocks are made.")
    assert go(threads, folder, wanted).made_now == 2
    assert sorted(quick) == sorted(b.name for b in blocks[:2])


def test_half_of_a_service_failing_is_a_ledger_not_an_end(
    threads: Cluster, tmp_path: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch
):
    blocks = blocks_of(AREA, 4)
    bad = {b.name for b in blocks[::2]}
    failing(monkeypatch, lambda block, tries: NetworkError("503, 'try' later") if block.name in bad else None)
    folder = RunFolder(tmp_path)
    outcome = go(threads, folder, request())
    assert (outcome.done, outcome.failed) == (len(blocks) - len(bad), len(bad))
    ledger = folder.failures()
    assert set(ledger) == bad and all(f.tries == run_module.TRIES and "503" in f.reason for f in ledger.values())
    assert all(8.8 < f.lon < 8.95 and 45.4 < f.lat < 45.6 for f in ledger.values())
    states = folder.status()["states"]
    assert {name for name, state in states.items() if state == "failed"} == bad
    # The same command leaves them; --retry-failed tries them again.
    quick.clear()
    monkeypatch.undo()
    assert go(threads, folder, request(), Options()).failed == len(bad) and quick == []


def test_failed_blocks_are_made_when_asked_for(
    threads: Cluster, tmp_path: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch
):
    blocks, calls = blocks_of(AREA, 4), []

    def fails(block: RegionBlock, tries: int) -> BaseException | None:
        calls.append(block.name)
        return ValueError("a fault") if block is not None and len(calls) <= 3 * len(blocks) else None

    failing(monkeypatch, fails)
    folder = RunFolder(tmp_path)
    options = Options(guards=False)
    assert go(threads, folder, request(), options).failed == len(blocks)
    assert "ValueError: a fault" in folder.failures()[blocks[0].name].reason
    outcome = go(threads, folder, request(), Options(retry_failed=True))
    assert (outcome.done, outcome.failed) == (len(blocks), 0)


def test_a_second_try_heals(threads: Cluster, tmp_path: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch):
    failing(monkeypatch, lambda block, tries: NetworkError("reset") if tries < run_module.TRIES else None)
    folder = RunFolder(tmp_path)
    assert go(threads, folder, request(), Options(guards=False)).failed == 0
    assert folder.failures() == {}


@pytest.mark.parametrize("error", [OutputError("disk full"), CredentialsError("no account"), ModelError("weights")])
def test_what_would_meet_every_block_ends_the_run(
    error: Exception, threads: Cluster, tmp_path: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch
):
    failing(monkeypatch, lambda block, tries: error)
    folder = RunFolder(tmp_path)
    with pytest.raises(type(error)):
        go(threads, folder, request())
    assert folder.status()["state"] == "stopped" and folder.failures() == {}


def test_a_full_disk_is_a_sentence(tmp_path: Path):
    folder = RunFolder(tmp_path)
    (tmp_path / "blocks").write_text("a file where a folder is needed")
    with pytest.raises(OutputError, match=r"cannot be written.*the same command goes on"):
        folder.keep_block("a", b"1", {})


def test_another_request_is_refused_by_name(tmp_path: Path):
    folder, wanted = RunFolder(tmp_path), request()
    blocks = blocks_of(AREA, 4)
    assert begin(folder, wanted, blocks, {"command": "region"}) == ""
    others = [
        (request(model_sha256="0" * 64), r"model \(\w{12} there, 000000000000 here\)"),
        (request(cell_m=160), r"detail \(640 there, 160 here\)"),
        (request(end=date(2021, 8, 20)), r"to \(2021-08-14 there, 2021-08-20 here\)"),
        (request(service="https://elsewhere.example"), r"service"),
        (request(before=(date(2019, 7, 1), date(2019, 7, 31))), r"compare-to \(None there, 2019-07-01 to 2019-07-31"),
        (request(aoi=Aoi.from_bbox(8.8, 45.4, 8.9, 45.5)), r"area \("),
    ]
    for other, match in others:
        with pytest.raises(InputError, match=match):
            begin(folder, other, blocks, {})
    # Markers of another request do not count, whatever they are called.
    folder.keep_block(blocks[0].name, None, {"run": "another"})
    assert folder.marker(blocks[0].name, wanted.key) is None


def test_two_processes_do_not_work_on_one_folder(tmp_path: Path):
    folder, blocks = RunFolder(tmp_path), blocks_of(AREA, 4)
    begin(folder, request(), blocks, {})

    def status(pid: int, host: str, age_s: float) -> None:
        content = {"state": "running", "updated": time.time() - age_s, "writer": {"pid": pid, "host": host}}
        (tmp_path / "status.json").write_text(json.dumps(content))

    status(os.getppid(), platform.node(), 1000)
    with pytest.raises(InputError, match="Another process"):
        begin(folder, request(), blocks, {})
    status(2**22 + 12345, platform.node(), 1)  # it was killed
    begin(folder, request(), blocks, {})
    status(1, "another-machine", 10)
    with pytest.raises(InputError, match="another-machine"):
        begin(folder, request(), blocks, {})
    status(1, "another-machine", 1000)
    begin(folder, request(), blocks, {})


def test_a_worker_that_does_not_fit_is_named(threads: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wanted = request()
    plugin = worker.RegionPlugin(wanted, load_settings(), tmp_path, connections=0, local=False)
    threads.client.register_plugin(plugin)
    try:
        assert len(check_workers(threads, wanted, tmp_path)) == 2
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(ModelError, match=r"Worker .* has other weights"):
            _weights(threads, tmp_path, wanted)
        monkeypatch.setattr(worker, "__version__", "0.1.9")
        with pytest.raises(InputError, match=r"has lulc_core 0\.1\.9, here it is"):
            check_workers(threads, wanted, tmp_path)
        monkeypatch.undo()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        with pytest.raises(InputError, match="does not write to the folder"):
            check_workers(threads, wanted, elsewhere)
    finally:
        threads.client.unregister_worker_plugin(plugin.name)


def _weights(threads: Cluster, folder: Path, wanted: RegionRequest) -> None:
    from dataclasses import replace

    other = replace(wanted, model_sha256="f" * 64)
    plugin = worker.RegionPlugin(other, load_settings(), folder, connections=0, local=False)
    threads.client.register_plugin(plugin)
    try:
        check_workers(threads, other, folder)
    finally:
        threads.client.unregister_worker_plugin(plugin.name)


@pytest.mark.parametrize(
    ("found", "match"),
    [
        ({"unlike": 600}, "mostly unlike"),
        ({"no_data": 1000}, "mostly without data"),
        ({"level": "L2A"}, r"surface reflectance \(L2A\)"),
    ],
)
def test_a_run_that_goes_wrong_everywhere_stops(found: dict[str, Any], match: str):
    counts = {"no_data": 0, "cloudy": 0, "unlike": 0, **{k: v for k, v in found.items() if k != "level"}}
    block = {"cells": {"total": 1000, "left_out": counts}, "levels": [found.get("level", "L1C")]}
    guard = Guard(100, level="L1C")
    with pytest.raises(SourceError, match=match):
        for _ in range(30):
            guard.look(block)
    fine = {"cells": {"total": 1000, "left_out": dict.fromkeys(counts, 0)}, "levels": ["L1C"]}
    guard = Guard(100, level="L1C")
    for i in range(90):
        guard.look(block if i % 3 == 0 else fine)
    calm = Guard(100, level="L1C", active=False)
    for _ in range(50):
        calm.look(block)


def test_a_service_that_is_down_stops_the_run():
    guard = Guard(1000)
    with pytest.raises(SourceError, match="no block could be made, the last failed with: no route"):
        for _ in range(10):
            guard.failed("no route")
    guard = Guard(1000)
    guard.look({"cells": {"total": 1, "left_out": {"no_data": 0, "cloudy": 0, "unlike": 0}}, "levels": []})
    with pytest.raises(SourceError, match="20 blocks failed one after the other, the last failed with: no route"):
        for _ in range(20):
            guard.failed("no route")


def test_durations_are_said_in_words():
    assert [in_words(s) for s in (40, 700, 12_000)] == ["40 s", "12 min", "3.3 h"]


def test_a_connection_cap_holds_over_the_whole_cluster(
    threads: Cluster, tmp_path: Path, quick: list[str], monkeypatch: pytest.MonkeyPatch
):
    from lulc_core.region import work

    real, now, most = work.make_block, [0], [0]

    def make_block(*args: Any) -> Any:
        now[0] += 1
        most[0] = max(most[0], now[0])
        time.sleep(0.05)
        now[0] -= 1
        return real(*args)

    monkeypatch.setattr(work, "make_block", make_block)
    folder = RunFolder(tmp_path)
    assert go(threads, folder, request(), Options(max_connections=8)).failed == 0
    assert most[0] == 1
    assert np.isfinite(folder.status()["tiles_per_s"])
