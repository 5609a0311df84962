"""The local Sentinel Hub for the tests of this folder, and a source with little patience."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.sources.sentinel_hub import login as sentinel_hub_login
from lulc_core.sources.sentinel_hub import preview as sentinel_hub_preview
from lulc_core.sources.sentinel_hub.source import Limits, SentinelHubSource
from tests.servers.sentinel_hub.server import ShServer
from tests.servers.sentinel_hub.world import world_around

HASTY = Limits(
    connect_s=5.0,
    read_s=7.0,
    process_s=8.0,
    catalog_s=8.0,
    search_s=8.0,
    attempts=2,
    retry_wait_s=0.02,
    rate_limit_hits=4,
)
"""Few tries, so that errors come soon; time enough for an honest answer of a busy machine."""
SHORT = replace(HASTY, read_s=0.8, process_s=2.5, catalog_s=2.5, search_s=2.0)
"""For services that only the clock can end."""
LIMITS_BY_FAULT = {"trickle": SHORT, "stall": SHORT}
"""The other faults end by themselves: HASTY."""
PATIENT = Limits(connect_s=10, read_s=30, process_s=60, catalog_s=60, search_s=60, retry_wait_s=0.02)
"""For a slow machine under load."""
JUNE = (date(2023, 6, 1), date(2023, 6, 30))

MakeSource = Callable[..., SentinelHubSource]


@pytest.fixture(autouse=True)
def insides(read_in_place: None) -> None:
    """The tests of this folder look at the insides of readers, hundreds of times."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ShServer]:
    """Four overpasses in June 2023 around 8.85 E 45.49 N, in two granules each; a fresh process as to logins."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    sentinel_hub_login._ACCOUNTS.clear()
    sentinel_hub_preview._previews.clear()
    with ShServer(world_around(8.85, 45.49)) as running:
        yield running


@pytest.fixture
def make_source(server: ShServer, tmp_path: Path) -> MakeSource:
    """``make_source(sh_client_secret="wrong", limits=...)``: a source at the local server."""

    def make(*, limits: Limits = PATIENT, **changes: Any) -> SentinelHubSource:
        return SentinelHubSource(server.settings(**{"cache_dir": tmp_path / "cache", **changes}), limits=limits)

    return make


@pytest.fixture
def source(make_source: MakeSource) -> SentinelHubSource:
    return make_source()


@pytest.fixture
def aoi() -> Aoi:
    """2 x 2 km, some 4 x 5 tiles, across the seam of the two granules."""
    return Aoi.from_bbox(8.84, 45.48, 8.866, 45.498)


@pytest.fixture
def run_python(repo_root: Path) -> Callable[[str], str]:
    """Runs a script in a fresh interpreter and gives what it printed."""

    def run(script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=repo_root, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout

    return run
