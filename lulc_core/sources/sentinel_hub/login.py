"""Logins at Sentinel Hub on which nobody else can ride.

Mended here (sentinelhub 3.12): the client shares its sessions in the process without looking at the secret, and its
token request has no timeout and takes a 429 for the end.
"""

from __future__ import annotations

import hashlib
import logging
import secrets as random_secrets
import threading
import time
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from cachetools import LRUCache

from lulc_core.domain.errors import CredentialsError, SourceError
from lulc_core.settings import Settings
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.sentinel_hub.errors import (
    host_of,
    insecure,
    rate_limited,
    too_slow,
    translate,
    unreadable,
)

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_UNSAID_LIFETIME_S = 240.0
"""Of a token whose reply does not say. A token that is refused before that is replaced anyway."""


@dataclass(frozen=True)
class Limits:
    """How long and how often the service is asked."""

    connect_s: float = 10.0
    """Seconds for a connection to come about."""
    read_s: float = 60.0
    """Seconds of silence before a connection is given up."""
    process_s: float = 180.0
    """Seconds for one image request, with all tries and waits for the rate limit."""
    catalog_s: float = 90.0
    """Seconds for a search of the catalogue, all pages together."""
    search_s: float = 45.0
    """Seconds for one login or preview."""
    attempts: int = 3
    """Tries on server errors and broken connections."""
    retry_wait_s: float = 1.0
    """Seconds before the second try; three times as long before each further one."""
    rate_limit_hits: int = 12
    """Replies 429 to one request before it is given up."""
    parallel: int = 3
    """Requests under way at a time."""


class Account:
    """One login: client id, secret and addresses, with its token and its place in the rate limit.

    Made by :func:`account_for`. The secret is in no repr.
    """

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self.base_url = settings.sh_base_url
        self.token_url = settings.sh_token_url
        self.secrets = (settings.sh_client_secret, settings.sh_client_id)
        self.limits = limits
        self._config = _make_config(settings, limits)
        self._session: Any = None
        self._headers: dict[str, str] = {}
        self._login_lock = threading.Lock()
        self._pace_lock = threading.Lock()
        self._next_start = 0.0

    def __repr__(self) -> str:
        return f"Account({host_of(self.base_url)})"

    @property
    def config(self) -> Any:
        """The client's SHConfig."""
        return self._config

    def headers(self, control: Control) -> dict[str, str]:
        """Authorization header; logs in or renews where needed."""
        if not self._login_lock.acquire(timeout=max(control.left_s, 0)):
            raise too_slow(host_of(self.token_url), self.limits.search_s)
        try:
            control.check()
            try:
                if self._session is None:
                    self._session = _session_class()(self._config, self.limits)
                self._headers = dict(self._session.session_headers)
                return self._headers
            except _login_errors() as error:
                raise self.translated(error, login=True) from error
        finally:
            self._login_lock.release()

    def log_in_again(self, used: dict[str, str]) -> None:
        """Drops the token that the service has refused, unless another thread has done so already."""
        # Without the lock: a thread that is logging in now replaces both anyway.
        if self._headers == used:
            self._session = None

    def force_login(self, control: Control) -> None:
        """Asks for a token in any case: the only proof that id and secret are right."""
        self._session = None
        self.headers(control)

    def translated(self, error: BaseException, *, login: bool = False) -> Exception:
        """The error of ours that says what the client's error means."""
        return translate(error, url=self.token_url if login else self.base_url, secrets=self.secrets, login=login)

    def late(self, limit_s: float) -> SourceError:
        """The error for a job that took too long. The login is forgotten, in case it is what hangs."""
        with _ACCOUNTS_LOCK:
            for key in [key for key, account in _ACCOUNTS.items() if account is self]:
                del _ACCOUNTS[key]
        return too_slow(host_of(self.base_url), limit_s)

    def claim_start(self, spacing_s: float) -> float:
        """0 where a request may start now (and the next must wait ``spacing_s``), else seconds to wait."""
        with self._pace_lock:
            now = time.monotonic()
            wait = self._next_start - now
            if wait > 0:
                return wait
            self._next_start = now + spacing_s
            return 0.0

    def hold(self, seconds: float) -> None:
        """Lets no request start for that long: the service has said so."""
        with self._pace_lock:
            self._next_start = max(self._next_start, time.monotonic() + seconds)

    @property
    def held_s(self) -> float:
        """Seconds for which requests are held back now."""
        return max(self._next_start - time.monotonic(), 0.0)


_ACCOUNTS: LRUCache[tuple[str, ...], Account] = LRUCache(maxsize=64)
_ACCOUNTS_LOCK = threading.Lock()
_SALT = random_secrets.token_bytes(16)


def account_for(settings: Settings, limits: Limits) -> Account:
    """The process' login for these credentials; one for each id, secret and pair of addresses.

    Raises:
        CredentialsError: id or secret are missing, or an address is none.
    """
    settings = replace(
        settings,  # pasted texts often carry white space
        sh_client_id=settings.sh_client_id.strip(),
        sh_client_secret=settings.sh_client_secret.strip(),
        sh_base_url=settings.sh_base_url.strip().rstrip("/"),
        sh_token_url=settings.sh_token_url.strip(),
    )
    if not settings.has_credentials:
        lacking = [
            name
            for name, value in (
                ("client id (SH_CLIENT_ID)", settings.sh_client_id),
                ("client secret (SH_CLIENT_SECRET)", settings.sh_client_secret),
            )
            if not value
        ]
        raise CredentialsError(
            f"Sentinel Hub needs a login, and the {' and the '.join(lacking)} "
            f"{'is' if len(lacking) == 1 else 'are'} missing.",
            hint="Type in what is missing, or set it in the environment or .streamlit/secrets.toml. Your account's "
            "OAuth clients show the id; they show the secret only once, when it is made.",
            part="missing",
        )
    for name, url in (("service", settings.sh_base_url), ("token", settings.sh_token_url)):
        _check_url(name, url)
    digest = hashlib.sha256(_SALT + settings.sh_client_secret.encode()).hexdigest()
    key = (settings.sh_client_id, digest, settings.sh_base_url, settings.sh_token_url, repr(limits))
    with _ACCOUNTS_LOCK:
        if key not in _ACCOUNTS:
            _ACCOUNTS[key] = Account(settings, limits)
        return _ACCOUNTS[key]


def _check_url(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise CredentialsError(
            f"The {name} address is not a web address.", hint="It begins with https://.", part="url"
        ) from error
    if parts.scheme not in ("http", "https") or not host:
        raise CredentialsError(f"The {name} address is not a web address.", hint="It begins with https://.", part="url")
    if parts.username or parts.password or parts.query:
        raise CredentialsError(
            f"The {name} address must not carry a user name, password or query.",
            hint="Leave just the address.",
            part="url",
        )
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise insecure(name, url)


def _make_config(settings: Settings, limits: Limits) -> Any:
    from sentinelhub import SHConfig

    # use_defaults: no config.toml is read or written, and no variable of another user's shell is taken.
    return SHConfig(
        use_defaults=True,
        sh_client_id=settings.sh_client_id,
        sh_client_secret=settings.sh_client_secret,
        sh_base_url=settings.sh_base_url,
        sh_token_url=settings.sh_token_url,
        max_download_attempts=limits.attempts,
        download_sleep_time=limits.retry_wait_s,
        download_timeout_seconds=limits.read_s,
        max_retries=limits.rate_limit_hits,
    )


def leave_as_is(request: Any) -> Any:
    """Given as ``auth=``, it keeps requests from replacing our header by something found in ~/.netrc."""
    return request


def read_within(reply: Any, deadline: float, *, max_bytes: int = 1_000_000, step: int = 16) -> Any:
    """A streamed requests.Response read whole, as one whose content can still be asked for.

    Args:
        reply: with ``stream=True``.
        deadline: ``time.monotonic()`` by which it must be there.
        max_bytes: more is not read.
        step: bytes after which the clock is looked at.

    Raises:
        NetworkError: too slow.
        ServiceError: too much.
    """
    import requests

    host, begun = host_of(reply.url), time.monotonic()
    body = bytearray()
    try:
        for chunk in reply.iter_content(step):
            body += chunk
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


def retry_after_s(value: Any, default_s: float) -> float:
    """Seconds of a Retry-After header, which is in milliseconds here; ``default_s`` where it is no number."""
    try:
        return max(float(value) / 1000, 0.0)
    except (TypeError, ValueError):
        return default_s


def floor_s(hit: int) -> float:
    """Least wait after the n-th 429, so that waits grow even where a gateway means seconds and says milliseconds."""
    return min(0.1 * 2.0**hit, 10.0)


@cache
def _login_errors() -> tuple[type[Exception], ...]:
    from oauthlib.oauth2 import OAuth2Error

    # A token service that answers with JSON of another shape makes oauthlib stumble in many ways.
    return (OAuth2Error, TypeError, ValueError, AttributeError, KeyError, *transport_errors())


@cache
def transport_errors() -> tuple[type[Exception], ...]:
    """What the client lets out of a request."""
    import requests
    from sentinelhub.exceptions import BaseSentinelHubException

    return (requests.RequestException, BaseSentinelHubException)


@cache
def _session_class() -> type:
    import requests
    from oauthlib.oauth2 import BackendApplicationClient
    from requests_oauthlib import OAuth2Session
    from sentinelhub import SentinelHubSession
    from sentinelhub.download.handlers import fail_user_errors, retry_temporary_errors

    # At DEBUG this logger writes the secret and the token in full.
    logging.getLogger("requests_oauthlib.oauth2_session").addFilter(lambda record: record.levelno > logging.DEBUG)

    class BoundedSession(SentinelHubSession):
        """The client's session with a timeout, patience with 429, and renewal that suits short-lived tokens."""

        def __init__(self, config: Any, limits: Limits) -> None:
            self.limits = limits
            super().__init__(config)

        def _collect_new_token(self) -> Any:
            end = time.monotonic() + self.limits.search_s
            for hit in range(self.limits.rate_limit_hits):
                try:
                    token = super()._collect_new_token()
                except requests.HTTPError as error:  # only 429 arrives as such
                    said = getattr(error.response, "headers", {}).get("Retry-After")
                    wait = max(retry_after_s(said, 5.0), floor_s(hit))
                    if time.monotonic() + wait > end or hit + 1 == self.limits.rate_limit_hits:
                        raise
                    time.sleep(wait)
                    continue
                token.setdefault("expires_at", time.time() + _UNSAID_LIFETIME_S)
                lifetime = token["expires_at"] - time.time()
                self.refresh_before_expiry = min(self.DEFAULT_SECONDS_BEFORE_EXPIRY, lifetime / 4)
                return token
            raise rate_limited(host_of(self.config.sh_token_url))

        @retry_temporary_errors
        @fail_user_errors
        def _fetch_token(self, request: Any) -> Any:
            client = BackendApplicationClient(client_id=self.config.sh_client_id)
            deadline = time.monotonic() + self.limits.search_s
            with OAuth2Session(client=client) as session:
                session.max_redirects = 0  # the secret goes to no other address than the one given
                session.stream = True  # so that the hook reads the reply, and not for ever
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

    return BoundedSession
