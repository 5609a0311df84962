"""Where the sentinelhub client (3.12.0) is overridden: which of its methods, and why. Nowhere else.

SentinelHubSession
    _collect_new_token: a 429 of the token service ended the login; it is waited for, with an end. A token that lives
        100 s was fetched for every request, as the client renews 120 s before the end.
    _fetch_token: it had no timeout, followed redirects with the secret, and let ~/.netrc replace the login.
SentinelHubRateLimit
    register_next: waits of all requests of an account are shared, seen by a stop, and end at a deadline.
    update: a Retry-After that is not an integer was an uncaught ValueError.
SentinelHubDownloadClient
    _get_session_headers: sessions were shared in the process without looking at the secret.
    _do_download: a reply could trickle without end, and be of any size.

Private methods that are called as they are: SentinelHubSession._compliance_hook (error codes of a login),
SentinelHubDownloadClient._single_download (one request with the client's own tries) and _prepare_headers.

This module imports sentinelhub (0.5 s), so it is imported in functions. tests/sources/sentinel_hub/test_overrides.py
holds it against the pinned version; every method is also tried against a server in test_login and test_errors.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import Any

import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session
from sentinelhub import SentinelHubSession
from sentinelhub.download import SentinelHubDownloadClient
from sentinelhub.download.handlers import fail_user_errors, retry_temporary_errors
from sentinelhub.download.rate_limit import SentinelHubRateLimit
from sentinelhub.exceptions import BaseSentinelHubException, SHRateLimitWarning

from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.sentinel_hub.errors import host_of, rate_limited, too_slow, unreadable
from lulc_core.sources.sentinel_hub.limits import Limits, StartGate

TRANSPORT_ERRORS: tuple[type[Exception], ...] = (requests.RequestException, BaseSentinelHubException)
"""What the client lets out of a request."""
LOGIN_ERRORS = (OAuth2Error, TypeError, ValueError, AttributeError, KeyError, *TRANSPORT_ERRORS)
"""And out of a login: JSON of another shape makes oauthlib stumble in many ways."""
_UNSAID_LIFETIME_S = 240.0
"""Of a token whose reply does not say. A token that is refused before that is replaced anyway."""
_CHUNK_BYTES = 1 << 16
_NAP_S = 0.2

# At DEBUG this logger writes the secret and the token in full.
logging.getLogger("requests_oauthlib.oauth2_session").addFilter(lambda record: record.levelno > logging.DEBUG)
# on_progress tells of the wait; a warning for every 429 would only fill the log.
warnings.filterwarnings("ignore", category=SHRateLimitWarning)


class BoundedSession(SentinelHubSession):
    """The client's session with a timeout, patience with 429, and renewal that suits short-lived tokens."""

    def __init__(self, config: Any, limits: Limits) -> None:
        self.limits = limits
        super().__init__(config)

    def _collect_new_token(self) -> Any:
        deadline = time.monotonic() + self.limits.search_s
        for hit in range(self.limits.rate_limit_hits):
            try:
                token = super()._collect_new_token()
            except requests.HTTPError as error:  # only 429 arrives as such
                header = getattr(error.response, "headers", {}).get("Retry-After")
                wait_s = max(retry_after_s(header, 5.0), min_backoff_s(hit))
                if time.monotonic() + wait_s > deadline or hit + 1 == self.limits.rate_limit_hits:
                    raise
                time.sleep(wait_s)
                continue
            token.setdefault("expires_at", time.time() + _UNSAID_LIFETIME_S)
            lifetime_s = token["expires_at"] - time.time()
            self.refresh_before_expiry = min(self.DEFAULT_SECONDS_BEFORE_EXPIRY, lifetime_s / 4)
            return token
        raise rate_limited(host_of(self.config.sh_token_url))

    @retry_temporary_errors
    @fail_user_errors
    def _fetch_token(self, request: Any) -> Any:
        client = BackendApplicationClient(client_id=self.config.sh_client_id)
        deadline = time.monotonic() + self.limits.search_s
        with OAuth2Session(client=client) as session:
            session.max_redirects = 0  # the secret goes to no other address than the one given
            session.stream = True  # so that the hook reads the reply, within the deadline
            session.hooks["response"] = [lambda reply, **_: read_within(reply, deadline)]
            session.register_compliance_hook("access_token_response", self._check_reply)
            return session.fetch_token(
                request.url,
                client_secret=self.config.sh_client_secret,
                include_client_id=True,
                headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
                auth=leave_as_is,
                timeout=(self.limits.connect_s, min(self.limits.read_s, self.limits.search_s)),
            )

    @staticmethod
    def _check_reply(response: Any) -> Any:
        if response.status_code == 429:
            response.raise_for_status()
        return SentinelHubSession._compliance_hook(response)


class RateLimiter(SentinelHubRateLimit):
    """The client's rate limit for one request: its gate is shared by the account, no wait goes beyond the deadline."""

    def __init__(self, gate: StartGate, control: Control, host: str) -> None:
        super().__init__()
        self._gate, self._control, self._host, self._hits = gate, control, host, 0

    def register_next(self) -> float:
        """Give the seconds to sleep before asking again, 0 where the request may start."""
        self._control.check()
        wait_s = self._within_deadline(self._gate.claim_start(self.wait_time))
        return min(wait_s, _NAP_S)  # short naps, so that a stop is noticed

    def update(self, headers: Any, *, default: float) -> None:
        """Take in a reply 429; ``default`` is in milliseconds."""
        wait_s = max(retry_after_s(headers.get(self.RETRY_HEADER), default / 1000), min_backoff_s(self._hits))
        self._gate.pause(self._within_deadline(wait_s))
        self._hits += 1

    def _within_deadline(self, wait_s: float) -> float:
        if wait_s > self._control.left_s:
            raise rate_limited(self._host, wait_s)
        return wait_s


class BoundedClient(SentinelHubDownloadClient):
    """The client for one request: on the session of its account, the reply within a deadline and a size.

    Args:
        config: the client's SHConfig.
        limits: seconds for connecting and reading.
        control: deadline and stop.
        gate: of the account.
        log_in: gives the Authorization header.
        max_bytes: more is not read.
    """

    def __init__(
        self,
        config: Any,
        limits: Limits,
        control: Control,
        *,
        gate: StartGate,
        log_in: Callable[[], dict[str, str]],
        max_bytes: int,
    ) -> None:
        super().__init__(config=config, default_retry_time=10)
        self.rate_limit = RateLimiter(gate, control, host_of(config.sh_base_url))
        self.authorization: dict[str, str] = {}
        self._limits, self._control, self._log_in, self._max_bytes = limits, control, log_in, max_bytes

    def send(self, request: Any) -> Any:
        """Send a DownloadRequest; return the client's DownloadResponse, not decoded."""
        return self._single_download(request)

    def _get_session_headers(self) -> dict[str, str]:
        self.authorization = self._log_in()
        return self.authorization

    def _do_download(self, request: Any) -> Any:
        headers = self._prepare_headers(request)
        self._control.check()
        left_s = self._control.left_s
        if left_s <= 0:
            raise too_slow(host_of(request.url), self._limits.process_s)
        with requests.Session() as session:
            session.max_redirects = 0  # a POST that is sent elsewhere arrives as a GET, and without the token
            with session.request(
                request.request_type.value,
                request.url,
                json=request.post_values,
                headers=headers,
                auth=leave_as_is,
                timeout=(min(self._limits.connect_s, left_s), min(self._limits.read_s, left_s)),
                stream=True,
            ) as reply:
                self._control.check()
                return read_within(reply, self._control.deadline, max_bytes=self._max_bytes, chunk=_CHUNK_BYTES)


def leave_as_is(request: Any) -> Any:
    """Keep our header, given as ``auth=``: requests would replace it by something found in ~/.netrc."""
    return request


def read_within(reply: Any, deadline: float, *, max_bytes: int = 1_000_000, chunk: int = 16) -> Any:
    """Read a streamed requests.Response whole; return it as one whose content can still be asked for.

    Args:
        reply: with ``stream=True``.
        deadline: ``time.monotonic()`` by which it must be there.
        max_bytes: more is not read.
        chunk: bytes after which the clock is looked at.

    Raises:
        NetworkError: too slow.
        ServiceError: too much.
    """
    host, begun = host_of(reply.url), time.monotonic()
    body = bytearray()
    try:
        for part in reply.iter_content(chunk):
            body += part
            if time.monotonic() > deadline:
                raise too_slow(host, max(deadline - begun, 0))
            if len(body) > max_bytes:
                raise unreadable(host, f"more than {max_bytes / 1e6:,.0f} MB where less was asked for")
    finally:
        reply.close()
    whole = requests.Response()
    whole.status_code, whole.reason, whole.url = reply.status_code, reply.reason, reply.url
    whole.headers, whole.elapsed, whole.request = reply.headers, reply.elapsed, reply.request
    whole.history, whole.encoding = reply.history, reply.encoding
    whole.raw = BytesIO(body)
    return whole


def retry_after_s(header: Any, default_s: float) -> float:
    """Read a Retry-After header, which is in milliseconds here; ``default_s`` where it is not a number."""
    try:
        return max(float(header) / 1000, 0.0)
    except (TypeError, ValueError):
        return default_s


def min_backoff_s(hit: int) -> float:
    """Least wait after the n-th 429: waits grow even where a gateway means seconds and says milliseconds."""
    return min(0.1 * 2.0**hit, 10.0)
