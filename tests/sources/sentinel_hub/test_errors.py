"""Everything a service can do wrong: a clear sentence, in bounded time, nothing kept, no secret anywhere."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import (
    CancelledError,
    CredentialsError,
    LulcError,
    NetworkError,
    QuotaError,
    ServiceError,
    SourceError,
)
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.sources import deadline_jobs as background
from lulc_core.sources.sentinel_hub.errors import translate
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.server import CLIENT_ID, CLIENT_SECRET, TOKEN_MARK, ShServer
from tests.sources.conftest import HASTY, JUNE, LIMITS_BY_FAULT, MakeSource

BOUND_S = HASTY.process_s + 3.0
pytestmark = pytest.mark.filterwarnings("ignore::sentinelhub.exceptions.SHRateLimitWarning")

SECRETS = (CLIENT_SECRET, CLIENT_ID, TOKEN_MARK)


def everything_shown(error: BaseException) -> str:
    """Everything that could be shown or logged of an error and its causes."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))


@pytest.fixture
def aoi() -> Aoi:
    """A few tiles are enough to fail with."""
    return Aoi.from_bbox(8.845, 45.488, 8.853, 45.493)


@pytest.fixture
def acquisition(source: SentinelHubSource, aoi: Aoi, monkeypatch: pytest.MonkeyPatch) -> Acquisition:
    monkeypatch.setattr(background, "GRACE_S", 0.3)
    return source.search(aoi, *JUNE, previews=False)[-1]


# What goes wrong at the picture service; what the user gets; how often the service is asked.
PROCESS_FAULTS: list[tuple[str, type[SourceError], int]] = [
    ("400", ServiceError, 1),
    ("401", CredentialsError, 2),
    ("403", ServiceError, 1),
    ("403-permission", ServiceError, 1),
    ("404", CredentialsError, 1),
    ("redirect", CredentialsError, 1),
    ("quota", QuotaError, 1),
    ("429", QuotaError, 4),
    ("429-long", QuotaError, 1),
    ("429-odd", QuotaError, 4),
    ("429-date", QuotaError, 1),
    ("429-bare", QuotaError, 1),
    ("500", ServiceError, 2),
    ("502", ServiceError, 2),
    ("503", ServiceError, 2),
    ("html", ServiceError, 1),
    ("garbage", ServiceError, 1),
    ("empty", ServiceError, 1),
    ("half", ServiceError, 1),
    ("json-object", ServiceError, 1),
    ("flood", ServiceError, 1),
    ("echo", ServiceError, 1),
    ("drop", NetworkError, 2),
    ("reset", NetworkError, 2),
    ("stall", NetworkError, 2),
    ("trickle", NetworkError, 1),
]


@pytest.mark.parametrize(("fault", "expected", "asked"), PROCESS_FAULTS)
def test_a_failing_picture_service(
    server: ShServer,
    make_source: MakeSource,
    acquisition: Acquisition,
    aoi: Aoi,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    expected: type[SourceError],
    asked: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    source, grid = (
        make_source(cache_dir=tmp_path / "other", limits=LIMITS_BY_FAULT.get(fault, HASTY)),
        TileGrid.from_aoi(aoi),
    )
    server.forget()
    server.fail("process", fault, when=lambda p: p["input"]["data"][0]["type"] == "sentinel-2-l1c")
    begun = time.monotonic()
    with pytest.raises(expected) as caught:
        source.load(acquisition, BAND_NAMES, grid)
    assert time.monotonic() - begun < BOUND_S
    asked_l1c = [p for p in server.payloads("process") if p["input"]["data"][0]["type"] == "sentinel-2-l1c"]
    assert len(asked_l1c) == asked
    assert caught.value.message.endswith(".")
    assert caught.value.hint
    assert "127.0.0.1" in caught.value.message or expected is QuotaError
    for secret in SECRETS:
        assert secret not in everything_shown(caught.value)
        assert secret not in caplog.text
    assert not list((tmp_path / "other").rglob("*l1c*/**/*.block.tif")), "a failed picture left something behind"

    server.heal()
    patient = make_source(cache_dir=tmp_path / "other")
    assert patient.load(acquisition, BAND_NAMES, grid).observed.all(), "it must work once the service does"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("400", ServiceError),
        ("401", CredentialsError),
        ("quota", QuotaError),
        ("429", QuotaError),
        ("500", ServiceError),
        ("html", ServiceError),
        ("garbage", ServiceError),
        ("empty", ServiceError),
        ("half", ServiceError),
        ("json-number", ServiceError),
        ("json-list", ServiceError),
        ("json-object", ServiceError),
        ("drop", NetworkError),
        ("stall", NetworkError),
        ("trickle", NetworkError),
    ],
)
def test_a_failing_catalogue(
    server: ShServer, make_source: MakeSource, aoi: Aoi, fault: str, expected: type[SourceError]
) -> None:
    source = make_source(limits=LIMITS_BY_FAULT.get(fault, HASTY))
    server.fail("catalog", fault)
    begun = time.monotonic()
    with pytest.raises(expected) as caught:
        source.search(aoi, *JUNE)
    assert time.monotonic() - begun < BOUND_S
    assert not any(secret in everything_shown(caught.value) for secret in SECRETS)
    server.heal()
    assert len(source.search(aoi, *JUNE, previews=False)) == 4


@pytest.mark.parametrize(
    ("fault", "expected", "part"),
    [
        ("token-unknown-client", CredentialsError, "id"),
        ("token-wrong-secret", CredentialsError, "secret"),
        ("token-illegal-secret", CredentialsError, "secret"),
        ("404", CredentialsError, "url"),
        ("redirect", CredentialsError, "url"),
        ("html", CredentialsError, "url"),
        ("empty", CredentialsError, "url"),
        ("garbage", CredentialsError, "url"),
        ("json-number", CredentialsError, "url"),
        ("json-list", CredentialsError, "url"),
        ("json-object", CredentialsError, "url"),
        ("half", CredentialsError, "url"),
        ("429", QuotaError, None),
        ("429-long", QuotaError, None),
        ("token-illegal-client", CredentialsError, "id"),
        ("token-invalid-request", CredentialsError, "id"),
        ("400", CredentialsError, "id"),
        ("403", CredentialsError, "id"),
        ("echo", CredentialsError, "id"),
        ("500", ServiceError, None),
        ("502", ServiceError, None),
        ("drop", NetworkError, None),
        ("reset", NetworkError, None),
        ("stall", NetworkError, None),
        ("trickle", NetworkError, None),
    ],
)
def test_a_failing_token_service(
    server: ShServer,
    make_source: MakeSource,
    aoi: Aoi,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    expected: type[SourceError],
    part: str | None,
) -> None:
    caplog.set_level(logging.DEBUG)
    source = make_source(limits=LIMITS_BY_FAULT.get(fault, HASTY))
    server.fail("token", fault)
    begun = time.monotonic()
    with pytest.raises(expected) as caught:
        source.search(aoi, *JUNE)
    assert time.monotonic() - begun < BOUND_S
    assert getattr(caught.value, "part", None) == part
    for secret in SECRETS:
        assert secret not in everything_shown(caught.value)
        assert secret not in caplog.text
    assert server.count("catalog") == 0
    server.heal()
    assert source.search(aoi, *JUNE, previews=False)


def test_nothing_listens_there(make_source: MakeSource, aoi: Aoi) -> None:
    closed = "http://127.0.0.1:9"
    with pytest.raises(NetworkError, match="cannot be reached"):
        make_source(sh_token_url=closed + "/token").search(aoi, *JUNE)
    with pytest.raises(NetworkError, match="cannot be reached"):
        make_source(sh_base_url=closed).search(aoi, *JUNE)


def test_a_host_that_no_name_server_knows() -> None:
    import requests
    from sentinelhub.exceptions import DownloadFailedException

    from lulc_core.sources.sentinel_hub.errors import translate

    cause = requests.ConnectionError("HTTPSConnectionPool: Max retries exceeded (Caused by NameResolutionError(...))")
    error = translate(DownloadFailedException("x", request_exception=cause), url="https://sh.example.org/api")
    assert isinstance(error, NetworkError)
    assert "sh.example.org cannot be found" in error.message
    assert "address" in error.hint


@pytest.mark.parametrize("fault", ["429", "500", "drop"])
def test_a_short_failure_is_overcome(
    server: ShServer, source: SentinelHubSource, acquisition: Acquisition, aoi: Aoi, fault: str
) -> None:
    server.fail("process", fault, times=1)
    server.fail("token", fault, times=1)
    scene = source.load(acquisition, ("B04",), TileGrid.from_aoi(aoi))
    assert scene.observed.all()


def test_retry_after_is_obeyed_in_milliseconds(
    server: ShServer, source: SentinelHubSource, acquisition: Acquisition, aoi: Aoi
) -> None:
    grid = TileGrid.from_aoi(aoi)
    source.load(acquisition, ("B03",), grid)  # the login is done
    server.fail("process", "429", times=2)
    begun = time.monotonic()
    source.load(acquisition, ("B04",), grid)
    assert 0.3 <= time.monotonic() - begun < 20.0, "twice 150 ms, neither skipped nor taken for seconds"


def test_waiting_for_the_rate_limit_is_told_and_can_be_stopped(
    server: ShServer, make_source: MakeSource, acquisition: Acquisition, aoi: Aoi
) -> None:
    source = make_source(limits=replace(HASTY, process_s=60.0))
    server.fail("process", "429-bare")  # no Retry-After: ten seconds by default
    messages: list[str] = []
    begun = time.monotonic()
    with pytest.raises(CancelledError):
        source.load(
            acquisition,
            ("B04",),
            TileGrid.from_aoi(aoi),
            on_progress=lambda fraction, message: messages.append(message),
            cancelled=lambda: any("asks to wait" in m for m in messages),
        )
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(("endpoint", "fault"), [("token", "stall"), ("catalog", "stall"), ("catalog", "trickle")])
def test_a_stalled_search_stops_at_once_when_told_to(
    server: ShServer, make_source: MakeSource, aoi: Aoi, endpoint: str, fault: str
) -> None:
    from lulc_core.sources.sentinel_hub.source import Limits

    server.fail(endpoint, fault)
    begun = time.monotonic()
    with pytest.raises(CancelledError):
        make_source(limits=Limits()).search(aoi, *JUNE, cancelled=lambda: time.monotonic() - begun > 0.4)
    assert time.monotonic() - begun < 5, "the limits themselves are a minute"


def test_previews_that_fail_leave_a_list_that_says_so(server: ShServer, source: SentinelHubSource, aoi: Aoi) -> None:
    server.fail("process", "quota")
    found = source.search(aoi, *JUNE)
    assert len(found) == 4
    for acquisition in found:
        assert acquisition.clear_share is None
        assert acquisition.preview is None
        assert "processing units or requests are used up" in " ".join(acquisition.notes)
    server.heal()
    assert all(a.clear_share is not None for a in source.search(aoi, *JUNE)), "the failure was kept"


def test_every_error_is_one_of_ours(server: ShServer, make_source: MakeSource, aoi: Aoi) -> None:
    for changes in ({"sh_base_url": "ftp://x"}, {"sh_base_url": "nonsense"}, {"sh_token_url": "http://[::1"}):
        with pytest.raises(LulcError) as caught:
            make_source(**changes).search(aoi, *JUNE)
        assert getattr(caught.value, "part", "") == "url"


def test_a_missing_permission_is_not_called_used_up_units(
    server: ShServer, make_source: MakeSource, acquisition: Acquisition, aoi: Aoi
) -> None:
    server.fail("process", "403-permission")
    with pytest.raises(ServiceError, match="does not allow this account to do that") as caught:
        make_source().load(acquisition, BAND_NAMES, TileGrid.from_aoi(aoi))
    assert "not authorized to perform this action" in caught.value.message
    assert "used up" not in str(caught.value) and "whether it has this service" in caught.value.hint
    server.fail("token", "token-illegal-client")
    with pytest.raises(CredentialsError, match="refused to log in with this client id") as refused:
        make_source(sh_client_id="nobody").search(aoi, *JUNE)
    assert "Wait" not in str(refused.value)


def test_the_body_of_the_development_case(shared_data: Callable[[str], Path]) -> None:
    reply = requests.Response()
    reply.status_code, reply._content = 403, shared_data("../cases/S01_403_no_permission/reply_403.json").read_bytes()
    error = translate(requests.HTTPError(response=reply), url="https://sh.dataspace.copernicus.eu")
    assert "does not allow this account" in str(error) and "used up" not in str(error)
