"""Logins at Sentinel Hub: one account for each set of credentials, shared by the threads of a process.

An :class:`Account` is in one of three states:

* logged out: it is new, its token was refused (:meth:`Account.drop_token`), or a login is forced;
* logging in: one thread asks for a token, the others wait for it, each until its own deadline;
* logged in: :meth:`Account.headers` gives the token at once; the session renews it before its end.

:func:`account_for` hands out accounts and knows the 64 used last. An account whose login may hang is forgotten
as soon as a job outlasts its time: the next user starts with a new one.
"""

from __future__ import annotations

import hashlib
import secrets as random_secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cachetools import LRUCache

from lulc_core.domain.errors import CredentialsError, SourceError
from lulc_core.domain.progress import Cancelled
from lulc_core.settings import Settings
from lulc_core.sources.deadline_jobs import Control, Job, run_jobs, run_one
from lulc_core.sources.sentinel_hub.errors import host_of, insecure, too_slow, translate, wrong_address
from lulc_core.sources.sentinel_hub.limits import Limits, StartGate

T = TypeVar("T")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Account:
    """One login: client id, secret and addresses, with its token and its place in the rate limit.

    Made by :func:`account_for`.
    """

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self.base_url = settings.sh_base_url
        self.token_url = settings.sh_token_url
        self.secrets = (settings.sh_client_secret, settings.sh_client_id)
        self.limits = limits
        self.config = _make_config(settings, limits)
        self.gate = StartGate()
        self._session: Any = None
        self._headers: dict[str, str] = {}
        self._login_lock = threading.Lock()

    def headers(self, control: Control) -> dict[str, str]:
        """Give the Authorization header; log in or renew the token where needed.

        Raises:
            SourceError: translated, or the login of another thread took too long.
            CancelledError: nobody waits any more.
        """
        from lulc_core.sources.sentinel_hub.overrides import LOGIN_ERRORS, BoundedSession

        if not self._login_lock.acquire(timeout=max(control.left_s, 0)):
            raise too_slow(host_of(self.token_url), self.limits.search_s)
        try:
            control.check()
            try:
                if self._session is None:
                    self._session = BoundedSession(self.config, self.limits)
                self._headers = dict(self._session.session_headers)
                return self._headers
            except LOGIN_ERRORS as error:
                raise self.translated(error, login=True) from error
        finally:
            self._login_lock.release()

    def drop_token(self, refused: dict[str, str]) -> None:
        """Drop the token that the service has refused, unless another thread has done so already."""
        # Without the lock: a thread that is logging in now replaces both anyway.
        if self._headers == refused:
            self._session = None

    def force_login(self, control: Control) -> None:
        """Ask for a token in any case: the only proof that id and secret are right."""
        self._session = None
        self.headers(control)

    def translated(self, error: BaseException, *, login: bool = False) -> Exception:
        """Make the error of ours that says what the client's error means."""
        return translate(error, url=self.token_url if login else self.base_url, secrets=self.secrets, login=login)

    def run(
        self,
        jobs: Sequence[Job[T]],
        *,
        limit_s: float,
        cancelled: Cancelled | None = None,
        on_wait: Callable[[], None] | None = None,
    ) -> Iterator[tuple[int, T]]:
        """Run jobs that ask the service, as many at once as the limits allow; see :func:`run_jobs`."""
        return run_jobs(
            jobs,
            limit_s=limit_s,
            timeout_error=lambda: self._timeout_error(limit_s),
            parallel=self.limits.parallel,
            cancelled=cancelled,
            on_wait=on_wait,
        )

    def run_one(self, job: Job[T], *, limit_s: float, cancelled: Cancelled | None = None) -> T:
        """Run one job that asks the service; return its result."""
        return run_one(job, limit_s=limit_s, timeout_error=lambda: self._timeout_error(limit_s), cancelled=cancelled)

    def _timeout_error(self, limit_s: float) -> SourceError:
        """Make the error for a job that took too long; forget the account, in case its login is what hangs."""
        with _ACCOUNTS_LOCK:
            for key in [key for key, account in _ACCOUNTS.items() if account is self]:
                del _ACCOUNTS[key]
        return too_slow(host_of(self.base_url), limit_s)


_ACCOUNTS: LRUCache[tuple[str, ...], Account] = LRUCache(maxsize=64)
_ACCOUNTS_LOCK = threading.Lock()
_SALT = random_secrets.token_bytes(16)


def account_for(settings: Settings, limits: Limits) -> Account:
    """Give the process' account for these credentials: one for each id, secret and pair of addresses.

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
    needed = {
        "client id (SH_CLIENT_ID)": settings.sh_client_id,
        "client secret (SH_CLIENT_SECRET)": settings.sh_client_secret,
    }
    lacking = [name for name, value in needed.items() if not value]
    if lacking:
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
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # also where the port is none
        usable = False
    if not usable:
        raise wrong_address(f"The {name} address is not a web address.", "It begins with https://.")
    if parts.username or parts.password or parts.query:
        raise wrong_address(
            f"The {name} address must not carry a user name, password or query.", "Leave just the address."
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise insecure(name, host_of(url))


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
