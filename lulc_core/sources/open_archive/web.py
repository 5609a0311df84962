"""The one way out of this source: HTTP requests that are checked, tried again, and end when nobody waits for them.

An answer is what was asked for or an error: a status other than 200 or 206, fewer bytes than promised, a web page in
place of JSON, another part of a file than the one named, all end in one sentence that names the address, the question
and the answer. Proxies (HTTPS_PROXY) and own certificates (REQUESTS_CA_BUNDLE, SSL_CERT_FILE) are honoured.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from lulc_core.domain.errors import LulcError, NetworkError, QuotaError, ServiceError
from lulc_core.sources.deadline_jobs import Control
from lulc_core.version import __version__

CONNECTIONS_A_HOST = 8
"""Requests under way to one host, of all threads of this process together: politeness to what is free of charge."""
USER_AGENT = f"LULC-Explorer/{__version__} (Sentinel-2 land cover; python-requests)"
_CHUNK_BYTES = 1 << 16
_AGAIN = (429, 500, 502, 503, 504)
_MAX_JSON_BYTES = 60_000_000
NETWORK_HINT = "Check the connection to the internet (and a proxy or firewall), or ask every service whether it works."
SERVICE_HINT = "Wait a few minutes and try again, or ask every service whether it works."
ASK = "python -m lulc_core sources"
"""Asks every service; pages have a button for it."""


class NotThereError(ServiceError):
    """The service answers, and does not have what was asked for (403 and 404)."""


@dataclass(frozen=True)
class Patience:
    """How long and how often a request is tried."""

    connect_s: float = 6.0
    """Seconds for a connection to come about."""
    read_s: float = 15.0
    """Seconds of silence before a connection is given up."""
    attempts: int = 4
    wait_s: float = 0.5
    """Seconds before the second try; doubled before each further one."""


@dataclass(frozen=True)
class Part:
    """Bytes of a file, and how long the whole is."""

    data: bytes
    total: int


class Web:
    """A client for the open archives; threads share it.

    Args:
        patience: how long and how often it tries.

    Attributes:
        requests, received: what was asked and how many bytes came, since the start; for costs and benchmarks.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self.requests = 0
        self.received = 0
        self._lock = threading.Lock()

    def get(self, url: str, question: str, control: Control, *, max_bytes: int = 20_000_000) -> bytes:
        """Fetch a small file whole.

        Args:
            url: its address.
            question: what is asked, in words, for errors: ``"the metadata of S2A_..."``.
            control: deadline and stop.
            max_bytes: more is not read.

        Raises:
            NotThereError: 403 or 404.
            NetworkError, QuotaError, ServiceError: no usable answer.
            CancelledError: nobody waits any more.
        """
        return self._ask("GET", url, question, control, max_bytes=max_bytes)[0]

    def get_part(self, url: str, start: int, length: int, question: str, control: Control) -> Part:
        """Fetch bytes of a file; fewer only where the file ends before.

        Raises:
            As :meth:`get`.
        """
        headers = {"Range": f"bytes={start}-{start + length - 1}"}
        data, reply = self._ask("GET", url, question, control, headers=headers, max_bytes=length, part=(start, length))
        return Part(data, int(reply.headers["Content-Range"].rpartition("/")[2]))

    def get_json(self, url: str, question: str, control: Control, *, body: Any = None) -> Any:
        """Ask for JSON, with a POST where there is a body.

        Raises:
            As :meth:`get`.
        """
        data, _ = self._ask("GET" if body is None else "POST", url, question, control, body=body)
        try:
            return json.loads(data)
        except ValueError as error:
            kind = "a web page" if data.lstrip()[:1] == b"<" else "something"
            raise _failed(ServiceError, url, question, f"{kind} in place of JSON", SERVICE_HINT) from error

    def _ask(
        self,
        method: str,
        url: str,
        question: str,
        control: Control,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        max_bytes: int = _MAX_JSON_BYTES,
        part: tuple[int, int] | None = None,
    ) -> tuple[bytes, Any]:
        """Try until there is an answer; give its content and the reply."""
        from requests import RequestException

        host = host_of(url)
        last: LulcError | None = None
        for attempt in range(self.patience.attempts):
            wait_s = self.patience.wait_s * 2.0 ** (attempt - 1) * random.uniform(0.8, 1.2) if attempt else 0.0
            if isinstance(last, _AskedToWait):
                wait_s = max(wait_s, last.wait_s)
            if last is not None and (wait_s > control.left_s or not _nap(wait_s, control)):
                break
            try:
                with _turn(host, control):
                    return self._once(method, url, question, control, headers or {}, body, max_bytes, part)
            except _TryAgain as again:
                last = again.error
            except RequestException as error:
                last = _from_transport(error, url, question)
                last.__cause__ = error
        control.check()
        if last is None:
            last = _failed(NetworkError, url, question, "nothing in time", NETWORK_HINT)
        raise last

    def _once(
        self,
        method: str,
        url: str,
        question: str,
        control: Control,
        headers: Mapping[str, str],
        body: Any,
        max_bytes: int,
        part: tuple[int, int] | None,
    ) -> tuple[bytes, Any]:
        with self._lock:
            self.requests += 1
        left = max(control.left_s, 0.1)
        with _session().request(
            method,
            url,
            headers=dict(headers),
            json=body,
            auth=_no_login,
            timeout=(min(self.patience.connect_s, left), min(self.patience.read_s, left)),
            stream=True,
        ) as reply:
            _check_status(reply, url, question)
            if part is not None:
                _check_part(reply, url, question, part)
            data = bytearray()
            for chunk in reply.iter_content(_CHUNK_BYTES):
                data += chunk
                control.check()
                if control.left_s < 0:
                    raise _failed(NetworkError, url, question, "too slowly: the time was over", NETWORK_HINT)
                if len(data) > max_bytes:
                    raise _failed(ServiceError, url, question, f"more than {max_bytes:,} bytes", SERVICE_HINT)
        with self._lock:
            self.received += len(data)
        if part is not None:
            first, last, _ = _content_range(reply)
            if len(data) != last - first + 1:
                raise _TryAgain(_failed(NetworkError, url, question, "half of it", NETWORK_HINT))
        elif "html" in reply.headers.get("Content-Type", "").lower():
            raise _failed(ServiceError, url, question, "a web page (text/html): is there a log-in page?", NETWORK_HINT)
        return bytes(data), reply


class _TryAgain(Exception):
    """An answer that another try may better."""

    def __init__(self, error: LulcError) -> None:
        super().__init__(str(error))
        self.error = error


class _AskedToWait(QuotaError):
    """429 or 503 with Retry-After."""

    wait_s: float = 0.0


def host_of(url: str) -> str:
    """Give the host of an address, with its port where there is one; no user name, path or query."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "the given address"
    except ValueError:
        return "the given address"


def _failed(kind: type[LulcError], url: str, question: str, answer: str, hint: str) -> LulcError:
    return kind(f"{host_of(url)} was asked for {question} and answered {answer}.", hint=hint, option=ASK)


def _check_status(reply: Any, url: str, question: str) -> None:
    status = reply.status_code
    if status in (200, 206):
        return
    answer = f"{status} ({reply.reason})" if reply.reason else str(status)
    if status == 429:
        error = _AskedToWait(
            f"{host_of(url)} was asked for {question} and answered {answer}: it wants fewer requests.",
            hint="Wait a few minutes and try again.",
        )
        error.wait_s = _retry_after_s(reply.headers.get("Retry-After"))
        raise _TryAgain(error)
    if status in _AGAIN:
        raise _TryAgain(_failed(ServiceError, url, question, answer, SERVICE_HINT))
    if status in (403, 404):
        raise _failed(NotThereError, url, question, answer, SERVICE_HINT)
    raise _failed(ServiceError, url, question, answer, SERVICE_HINT)


def _check_part(reply: Any, url: str, question: str, part: tuple[int, int]) -> None:
    """See to it that the bytes are those that were asked for: a log-in page or a whole file is none of them."""
    start, length = part
    if "html" in reply.headers.get("Content-Type", "").lower():
        raise _failed(ServiceError, url, question, "a web page (text/html): is there a log-in page?", NETWORK_HINT)
    if reply.status_code != 206:
        raise _failed(ServiceError, url, question, "a whole file in place of a part (no range requests)", SERVICE_HINT)
    first, last, total = _content_range(reply)
    if first != start or last != min(start + length, total) - 1:
        raise _failed(ServiceError, url, question, f"bytes {first} to {last} in place of {start} on", SERVICE_HINT)


def _content_range(reply: Any) -> tuple[int, int, int]:
    """Read ``bytes 0-99/1234``; impossible numbers where it is something else."""
    try:
        span, _, total = reply.headers["Content-Range"].removeprefix("bytes ").partition("/")
        first, _, last = span.partition("-")
        return int(first), int(last), int(total)
    except (KeyError, ValueError):
        return -1, -1, -1


def _retry_after_s(header: str | None) -> float:
    """Read a Retry-After header, seconds or a date; 0 where there is none that can be read."""
    if not header:
        return 0.0
    try:
        return max(float(header), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def _from_transport(error: Exception, url: str, question: str) -> LulcError:
    from requests import exceptions

    text = str(error)
    if isinstance(error, exceptions.SSLError):
        hint = "If your network uses its own certificate, name its file in REQUESTS_CA_BUNDLE."
        return _failed(NetworkError, url, question, "with a certificate that is not trusted", hint)
    if isinstance(error, exceptions.ProxyError):
        return NetworkError(
            f"The proxy did not let a request to {host_of(url)} through.", hint=NETWORK_HINT, option=ASK
        )
    if isinstance(error, exceptions.Timeout):
        return _failed(NetworkError, url, question, "nothing in time", NETWORK_HINT)
    if "NameResolution" in text or "getaddrinfo" in text or "Name or service" in text:
        return NetworkError(
            f"There is no host {host_of(url)} that this computer can find.", hint=NETWORK_HINT, option=ASK
        )
    if "IncompleteRead" in text:
        return _failed(NetworkError, url, question, "half of it", NETWORK_HINT)
    message = f"The connection to {host_of(url)} broke while it was asked for {question}."
    return NetworkError(message, hint=NETWORK_HINT, option=ASK)


def _nap(seconds: float, control: Control) -> bool:
    """Sleep; raise where nobody waits any more, False where the time is over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if control.stop.wait(min(left, 0.2)):
            control.check()
        if control.left_s <= 0:
            return False
    return True


_SLOTS: dict[str, threading.BoundedSemaphore] = {}
_SLOTS_LOCK = threading.Lock()


class _turn:
    """One of the few connections to a host."""

    def __init__(self, host: str, control: Control) -> None:
        with _SLOTS_LOCK:
            self._slot = _SLOTS.setdefault(host, threading.BoundedSemaphore(CONNECTIONS_A_HOST))
        self._control = control

    def __enter__(self) -> None:
        while not self._slot.acquire(timeout=0.1):
            self._control.check()
            if self._control.left_s <= 0:
                raise _TryAgain(NetworkError("There was no free connection in time.", hint=NETWORK_HINT))

    def __exit__(self, *_: object) -> None:
        self._slot.release()


def _no_login(request: Any) -> Any:
    """Send no login found in ~/.netrc: nothing here needs one."""
    return request


@cache
def _session() -> Any:
    """Make the session of the process: its connections are kept open and shared by all threads."""
    import requests
    from requests.adapters import HTTPAdapter
    from requests.cookies import RequestsCookieJar

    class NoCookies(RequestsCookieJar):
        def set_cookie(self, *args: Any, **kwargs: Any) -> None:
            """Keep none."""

    session = requests.Session()
    session.cookies = NoCookies()
    session.max_redirects = 3
    session.headers["User-Agent"] = USER_AGENT
    certificates = os.environ.get("SSL_CERT_FILE")
    if certificates and not os.environ.get("REQUESTS_CA_BUNDLE"):
        session.verify = certificates
    adapter = HTTPAdapter(pool_connections=8, pool_maxsize=CONNECTIONS_A_HOST)
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    return session
