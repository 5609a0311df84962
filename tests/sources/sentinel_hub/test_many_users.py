"""Two sessions on the same ground pay once; an operator's limit is asked first; empty answers are not kept for good."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import CancelledError, QuotaError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.sources import cache as cache_module
from lulc_core.sources.in_flight import InFlight
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.server import ShServer
from tests.servers.sentinel_hub.world import World
from tests.sources.conftest import JUNE, PATIENT, MakeSource
from tests.sources.sentinel_hub.test_pixels import asked_tiles

LEFT, RIGHT = TileGrid(32632, 764, 7871, 3, 3), TileGrid(32632, 765, 7871, 3, 3)
"""Two areas with two of three columns in common."""


@pytest.mark.parametrize("grids", [(LEFT, LEFT), (LEFT, RIGHT)], ids=["the same ground", "some of it"])
def test_two_sessions_on_the_same_ground_pay_once(
    server: ShServer, make_source: MakeSource, acquisition: Acquisition, grids: tuple[TileGrid, TileGrid]
) -> None:
    server.delay_s = 0.4
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(make_source().load, acquisition, ("B04",), grid) for grid in grids]
        scenes = [job.result() for job in jobs]
    asked = asked_tiles(server.payloads("process"))
    assert sorted(asked) == sorted({*asked}), "no tile was asked for twice"
    assert all(scene.observed.all() for scene in scenes)
    alone = make_source().load(acquisition, ("B04",), grids[1])
    np.testing.assert_array_equal(scenes[1].reflectance, alone.reflectance)


def test_who_waits_goes_on_alone_where_the_other_stops(
    server: ShServer, make_source: MakeSource, acquisition: Acquisition
) -> None:
    server.delay_s, stop, waits = 1.0, threading.Event(), threading.Event()

    def on_progress(_: float, message: str) -> None:
        if "Another session" in message:
            waits.set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(make_source().load, acquisition, ("B04",), LEFT, cancelled=stop.is_set)
        while server.count("process") == 0:
            assert not first.done()
        second = pool.submit(make_source().load, acquisition, ("B04",), LEFT, on_progress=on_progress)
        assert waits.wait(60)
        server.delay_s = 0.0
        stop.set()
        with pytest.raises(CancelledError):
            first.result()
        assert second.result().observed.all()


def test_claims_are_of_one_until_let_go() -> None:
    flight = InFlight()
    assert flight.claim([1, 2]) == {1, 2} and flight.claim([2, 3]) == {3}
    flight.let_go([2])
    assert flight.claim([1, 2, 3]) == {2}


def test_the_limit_is_asked_before_anything_is_sent(server: ShServer, make_source: MakeSource, aoi: Aoi) -> None:
    asked: list[tuple[int, float]] = []

    def spend(requests: int, units: float) -> None:
        asked.append((requests, round(units, 3)))
        if units > 0.5:
            raise QuotaError("Enough for today.")

    source = SentinelHubSource(make_source()._settings, limits=PATIENT, spend=spend)
    found = source.search(aoi, *JUNE)
    assert asked[0] == (1, 0) and asked[1][0] == len(found), "the catalogue, then a preview of each"
    sent = server.count("process")
    with pytest.raises(QuotaError):
        source.load(found[0], ("B02", "B03", "B04"), TileGrid(32632, 764, 7871, 10, 10))
    assert server.count("process") == sent
    cost = source.cost(LEFT, ("B04",))
    source.load(found[0], ("B04",), LEFT)
    assert asked[-1] == (cost.requests, pytest.approx(cost.processing_units, abs=0.001))
    n = len(asked)
    source.load(found[0], ("B04",), LEFT)
    assert len(asked) == n, "what is kept costs nothing"


def test_an_empty_answer_is_asked_for_again_after_a_day(
    server: ShServer, source: SentinelHubSource, acquisition: Acquisition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An L2A product that a service lacked on one day, and a tile of L1C, are there on another."""
    full = server.world
    server.world = World([replace(o, has_l2a=False) for o in full.overpasses], full.landscape)
    assert source.load(acquisition, ("B04",), LEFT).notes
    server.world = full
    server.forget()
    assert source.load(acquisition, ("B04",), LEFT).notes and not server.count("process"), "believed for a day"
    now = cache_module.time.time()
    monkeypatch.setattr(cache_module.time, "time", lambda: now + timedelta(days=1.01).total_seconds())
    assert not source.load(acquisition, ("B04",), LEFT).notes
    kinds = {p["input"]["data"][0]["type"] for p in server.payloads("process")}
    assert kinds == {"sentinel-2-l2a"}, "only what was empty"


def test_what_is_forgotten_is_fetched_again(
    server: ShServer, source: SentinelHubSource, acquisition: Acquisition
) -> None:
    source.load(acquisition, ("B04",), LEFT)
    server.forget()
    source.load(acquisition, ("B04",), LEFT)
    assert not server.count("process")
    source.forget(acquisition, LEFT)
    source.load(acquisition, ("B04",), LEFT)
    assert server.count("process") == 2, "pixels and clouds"
