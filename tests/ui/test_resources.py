"""Bounded memory, and accounts that stay where they were typed in."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from lulc_core.domain.grid import TileGrid
from lulc_core.domain.results import ClassifyResult
from lulc_core.ui.forms import SHARED, MapRequest
from lulc_core.ui.resources import Credentials, ResultStore, scope_of, settings_with
from tests.arrays import grid_at, map_of, scene_of

ACCOUNT = Credentials("my-client-id", "my-very-secret", "https://base.example", "https://token.example")


def request(n: int) -> MapRequest:
    return MapRequest(f"area-{n}", "simulated", SHARED, "a", "2021-08-14", "default")


def result(n_bytes: int) -> SimpleNamespace:
    return SimpleNamespace(
        scene=SimpleNamespace(reflectance=np.zeros(n_bytes, np.uint8)),
        tiles=SimpleNamespace(probabilities=np.zeros(0, np.float32)),
        land_cover=SimpleNamespace(probabilities=np.zeros(0, np.float32)),
    )


def test_the_least_recently_used_map_goes_first() -> None:
    store = ResultStore(max_bytes=250)
    made = [result(100) for _ in range(3)]
    store.put(request(0), made[0])
    store.put(request(1), made[1])
    assert store.get(request(0)) is made[0]
    store.put(request(2), made[2])
    assert store.get(request(1)) is None
    assert store.get(request(0)) is made[0] and store.get(request(2)) is made[2]


def test_one_map_larger_than_the_bound_is_still_kept() -> None:
    store = ResultStore(max_bytes=10)
    store.put(request(0), result(100))
    assert store.get(request(0)) is not None and len(store) == 1


def test_an_account_never_shows() -> None:
    for text in (repr(ACCOUNT), str(ACCOUNT), repr(settings_with(ACCOUNT)), str(settings_with(ACCOUNT))):
        assert "my-very-secret" not in text and "my-client-id" not in text
    assert settings_with(ACCOUNT).sh_client_secret == "my-very-secret"


def test_results_of_a_typed_in_account_stay_in_its_session() -> None:
    assert scope_of("simulated", ACCOUNT, "session-1") == SHARED
    assert scope_of("sentinel-hub", None, "session-1") == SHARED
    assert scope_of("sentinel-hub", ACCOUNT, "session-1") == "session-1"
    assert scope_of("geotiff", None, "session-1") == "session-1"


def test_a_finer_map_knows_the_tiles_of_its_acquisition_and_no_other_detail() -> None:
    grid = grid_at(8.85, 45.49, 1, 1)
    cells = TileGrid(grid.epsg, grid.east0 * 4, (grid.north0 + 1) * 4 - 1, 4, 4, cell_m=160)
    made = ClassifyResult(
        map_of(np.full((1, 1), 2), grid), scene_of(grid, ("B04",)), {}, map_of(np.full((4, 4), 2), cells)
    )
    store = ResultStore(10**9)
    store.put(replace(request(0), resolution_m=160), made)
    assert store.get(replace(request(0), resolution_m=160)) is made
    tiles = store.get(request(0))
    assert tiles is not None and tiles.land_cover is made.tiles and tiles.scene is made.scene
    assert store.get(replace(request(0), resolution_m=80)) is None and store.get(request(1)) is None
