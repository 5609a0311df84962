"""Bounded memory, and accounts that stay where they were typed in."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from lulc_core.ui.forms import SHARED, MapRequest
from lulc_core.ui.store import Credentials, ResultStore, scope_of, settings_with

ACCOUNT = Credentials("my-client-id", "my-very-secret", "https://base.example", "https://token.example")


def request(n: int) -> MapRequest:
    return MapRequest(f"area-{n}", "simulated", SHARED, "a", "2021-08-14", "default")


def result(n_bytes: int) -> SimpleNamespace:
    return SimpleNamespace(
        scene=SimpleNamespace(reflectance=np.zeros(n_bytes, np.uint8)),
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
