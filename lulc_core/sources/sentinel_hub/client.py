"""The sentinelhub client within bounds of time and size.

Mended here (sentinelhub 3.12): 429 may be waited for without end, a Retry-After that is not an integer is an uncaught
ValueError, and a reply may trickle for ever.
"""

from __future__ import annotations

import hashlib
import re
import threading
import warnings
from functools import cache
from typing import Any

from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.sentinel_hub.errors import DECODE_ERRORS, host_of, rate_limited, too_slow, unreadable
from lulc_core.sources.sentinel_hub.login import (
    Account,
    floor_s,
    leave_as_is,
    read_within,
    retry_after_s,
    transport_errors,
)

_STEP = 1 << 16
_SLICE_S = 0.2
_COLLECTIONS_LOCK = threading.Lock()


def fetch(account: Account, request: Any, control: Control, *, max_bytes: int) -> Any:
    """Sends a DownloadRequest of the client and decodes the reply.

    Raises:
        SourceError: translated; nothing of the client's own gets out.
        CancelledError: nobody waits any more.
    """
    client = _client_class()(account, control, max_bytes)
    try:
        response = client.send(request)
    except transport_errors() as error:
        raise account.translated(error) from error
    try:
        return response.decode()
    except DECODE_ERRORS as error:
        raise unreadable(host_of(account.base_url)) from error


@cache
def collection(level: str, base_url: str) -> Any:
    """The client's collection of a level at an address; the enum behind it is one for the whole process."""
    from sentinelhub import DataCollection

    with _COLLECTIONS_LOCK:
        origin = {"L1C": DataCollection.SENTINEL2_L1C, "L2A": DataCollection.SENTINEL2_L2A}[level]
        wanted = origin.value.derive(service_url=base_url)
        for known in DataCollection:
            if known.value == wanted:
                return known
        readable, digest = re.sub(r"[^A-Za-z0-9]+", "_", base_url), hashlib.sha256(base_url.encode()).hexdigest()[:8]
        name = f"LULC_{level}_{readable}_{digest}"
        return origin.define_from(name, service_url=base_url)


@cache
def _client_class() -> type:
    import requests
    from sentinelhub.constants import SHConstants
    from sentinelhub.download import SentinelHubDownloadClient
    from sentinelhub.download.rate_limit import SentinelHubRateLimit
    from sentinelhub.exceptions import SHRateLimitWarning

    # The wait is told through on_progress; a warning for every 429 would only fill the log.
    warnings.filterwarnings("ignore", category=SHRateLimitWarning)

    class Pace(SentinelHubRateLimit):
        """The client's rate limit, shared by all requests of an account, and never beyond a deadline."""

        def __init__(self, account: Account, control: Control) -> None:
            super().__init__()
            self.account, self.control, self.hits = account, control, 0

        def register_next(self) -> float:
            self.control.check()
            wait = self.account.claim_start(self.wait_time)
            if wait > self.control.left_s:
                raise rate_limited(host_of(self.account.base_url), wait)
            return min(wait, _SLICE_S)  # short naps, so that a stop is noticed

        def update(self, headers: Any, *, default: float) -> None:
            wait = max(retry_after_s(headers.get(self.RETRY_HEADER), default / 1000), floor_s(self.hits))
            if wait > self.control.left_s:
                raise rate_limited(host_of(self.account.base_url), wait)
            self.account.hold(wait)
            self.hits += 1

    class BoundedClient(SentinelHubDownloadClient):
        """The client on one account's own session, each reply within a deadline and a size."""

        def __init__(self, account: Account, control: Control, max_bytes: int) -> None:
            super().__init__(config=account.config, default_retry_time=10)
            self.account, self.control, self.max_bytes = account, control, max_bytes
            self.rate_limit = Pace(account, control)
            self._used: dict[str, str] = {}

        def send(self, request: Any) -> Any:
            """The reply, undecoded. A token that was revoked is replaced once."""
            from sentinelhub.exceptions import DownloadFailedException

            try:
                return self._single_download(request)
            except DownloadFailedException as error:
                response = getattr(error.request_exception, "response", None)
                if response is None or response.status_code != 401:
                    raise
            self.account.log_in_again(self._used)
            return self._single_download(request)

        def _prepare_headers(self, request: Any) -> dict[str, str]:
            self._used = self.account.headers(self.control)
            return {**SHConstants.HEADERS, **self._used, **request.headers}

        def _do_download(self, request: Any) -> Any:
            limits, host = self.account.limits, host_of(request.url)
            headers = self._prepare_headers(request)
            self.control.check()
            left = self.control.left_s
            if left <= 0:
                raise too_slow(host, limits.process_s)
            with requests.Session() as session:
                session.max_redirects = 0  # a POST that is sent elsewhere arrives as a GET, and without the token
                with session.request(
                    request.request_type.value,
                    request.url,
                    json=request.post_values,
                    headers=headers,
                    auth=leave_as_is,
                    timeout=(min(limits.connect_s, left), min(limits.read_s, left)),
                    stream=True,
                ) as reply:
                    self.control.check()
                    return read_within(reply, self.control.deadline, max_bytes=self.max_bytes, step=_STEP)

    return BoundedClient
