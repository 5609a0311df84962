"""From what the Sentinel Hub client raises to the errors that a user reads: one place for all of it.

Nothing here quotes a request: its headers carry the token, its body may carry the secret.
"""

from __future__ import annotations

import json
import re
import struct
import tarfile
import zlib
from typing import Any
from urllib.parse import urlsplit

from lulc_core.domain.errors import CredentialsError, LulcError, NetworkError, QuotaError, ServiceError, SourceError

DECODE_ERRORS: tuple[type[Exception], ...] = (
    ValueError,  # includes tifffile.TiffFileError, JSONDecodeError, UnicodeDecodeError
    OSError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    tarfile.TarError,
)
"""What tifffile, tarfile, zlib and json raise on a reply that is not what was asked for."""

WAIT_HINT = "Wait a few minutes and try again."
NETWORK_HINT = "Check the connection to the internet (and a proxy or firewall), then try again."
QUOTA_HINT = (
    "Monthly units come back on the first of the month, the rate limit within a minute; "
    "a smaller area costs less. The simulated source costs nothing."
)
URL_HINT = (
    "For Copernicus Data Space leave both addresses at their defaults; for the commercial service set SH_BASE_URL "
    "and SH_TOKEN_URL to it. Credentials of one do not work at the other."
)
ID_HINT = "Copy the client id again from the OAuth clients of your account (the secret is shown only once there)."
PERMISSION_HINT = (
    "See in your account whether it has this service and Sentinel-2 L1C, or ask whoever runs it; the simulated source "
    "needs none."
)
SECRET_HINT = "Make a new OAuth client in your account and copy its secret; it is shown only once."
_MAX_QUOTE = 200
_SECRET_REFUSED = re.compile(r"\b(illegal|invalid|wrong|bad) (client )?secret", re.IGNORECASE)
_NO_UNITS = re.compile(r"insufficient[ _](processing[ _]units|units|requests)", re.IGNORECASE)
"""What tells used-up units from a missing permission (COMMON_INSUFFICIENT_PERMISSIONS): both are 403."""
_UNKNOWN_HOST = re.compile(r"NameResolution|Name or service not known|getaddrinfo")
_LONG_WORD = re.compile(r"[A-Za-z0-9_\-.+/=]{60,}")
"""Tokens look like this, and Java class names; neither helps anybody."""


def host_of(url: str) -> str:
    """Give the host of an address, without user name, password, path or query."""
    try:
        return urlsplit(url).hostname or "the given address"
    except ValueError:
        return "the given address"


def service_of(url: str) -> str:
    """Give the host, and the port where there is one: which service's imagery it is."""
    try:
        port = urlsplit(url).port
    except ValueError:
        port = None
    return f"{host_of(url)}:{port}" if port else host_of(url)


def translate(error: BaseException, *, url: str, secrets: tuple[str, ...] = (), login: bool = False) -> LulcError:
    """Make the error of ours that says what the client's error means.

    Args:
        error: what was raised while talking to ``url``.
        url: the address that was asked; only its host is shown.
        secrets: texts that must not be shown, whatever the service sent back.
        login: True while a token was asked for.

    Returns:
        CredentialsError, QuotaError, NetworkError or ServiceError, to be raised ``from error``.
    """
    import requests
    from oauthlib.oauth2 import OAuth2Error
    from sentinelhub.exceptions import DownloadFailedException, OutOfRequestsException

    host = host_of(url)
    if isinstance(error, LulcError):
        return error
    _scrub(error, secrets)
    if isinstance(error, OAuth2Error):
        return _from_oauth(error, host, secrets)
    if isinstance(error, OutOfRequestsException):
        return rate_limited(host)
    cause = error.request_exception if isinstance(error, DownloadFailedException) else error
    if isinstance(cause, requests.RequestException):
        response = cause.response
        if response is not None:
            return _from_status(response.status_code, response.content, host, secrets, login=login)
        return _from_transport(cause, host)
    return _no_token_service(host) if login else unreadable(host)


def rate_limited(host: str, wait_s: float = 0.0) -> QuotaError:
    """The error where the service kept answering 429, or asks for a longer wait than there is time."""
    asks = f" and asks to wait {wait_s:,.0f} s" if wait_s else ""
    return QuotaError(f"{host} refuses requests for now{asks}: the account's rate limit is reached.", hint=QUOTA_HINT)


def unreadable(host: str, what: str = "something that cannot be read as imagery or metadata") -> ServiceError:
    """The error where the reply was 200 and cannot be used."""
    return ServiceError(f"{host} sent {what}. Nothing was kept from it.", hint=WAIT_HINT)


def too_slow(host: str, limit_s: float) -> NetworkError:
    """The error where there was no complete answer within the time allowed."""
    return NetworkError(f"{host} did not answer within {limit_s:g} s.", hint=NETWORK_HINT)


def wrong_address(message: str, hint: str = URL_HINT) -> CredentialsError:
    """The error where one of the two addresses cannot be used, or belongs to another service."""
    return CredentialsError(message, hint=hint, part="url")


def insecure(name: str, host: str) -> CredentialsError:
    """The error of an address over which secrets would travel readable."""
    return wrong_address(f"The {name} address ({host}) must begin with https://, since secrets travel over it.")


def _login_refused(host: str, why: str) -> CredentialsError:
    """Make the error where a token service says no without naming the part: waiting would not help."""
    message = f"{host} refused to log in with this client id and secret{why}."
    return CredentialsError(message, hint=f"{ID_HINT} {URL_HINT}", part="id")


def _no_token_service(host: str) -> CredentialsError:
    return wrong_address(f"{host} did not answer as a token service does.", f"Check the token address. {URL_HINT}")


def _from_oauth(error: Any, host: str, secrets: tuple[str, ...]) -> LulcError:
    from oauthlib.oauth2 import (
        InsecureTransportError,
        InvalidClientError,
        MissingTokenError,
        ServerError,
        TemporarilyUnavailableError,
        UnauthorizedClientError,
    )

    if isinstance(error, InsecureTransportError):
        return insecure("token", host)
    if isinstance(error, MissingTokenError):
        return _no_token_service(host)
    text = f"{error.error} {error.description or ''}"
    if isinstance(error, UnauthorizedClientError) or _SECRET_REFUSED.search(text):
        return CredentialsError(
            f"{host} knows the client id but refused the client secret.", hint=SECRET_HINT, part="secret"
        )
    if isinstance(error, InvalidClientError):
        return CredentialsError(
            f"{host} does not know this client id (or this secret for it).", hint=f"{ID_HINT} {URL_HINT}", part="id"
        )
    status = re.search(r"'status': (\d{3})", text)  # the Process API's shape, where a token service should answer
    if status:
        return _from_status(int(status[1]), b"", host, secrets, login=True)
    quoted = _quote(str(error.description or error.error or ""), secrets)
    if isinstance(error, ServerError | TemporarilyUnavailableError):
        return ServiceError(f"{host} cannot log anybody in for now{quoted}.", hint=WAIT_HINT)
    return _login_refused(host, quoted)


def _from_status(status: int, content: bytes, host: str, secrets: tuple[str, ...], *, login: bool) -> SourceError:
    code, message = _read_body(content)
    quoted = _quote(message, secrets)
    if 300 <= status < 400:
        return wrong_address(f"The address of {host} only leads on to another one; nothing is sent there.")
    if status == 429:
        return rate_limited(host)
    if status >= 500:
        return ServiceError(f"{host} failed with an error of its own (HTTP {status}){quoted}.", hint=WAIT_HINT)
    if status in (404, 405, 410):
        service = "token service" if login else "Sentinel Hub service"
        return wrong_address(f"There is no {service} at the given address of {host} (HTTP {status}).")
    if login:
        return _login_refused(host, f" (HTTP {status}){quoted}")
    if status == 401:
        return wrong_address(f"{host} does not accept the login of these credentials: they belong to another service.")
    if status == 402:
        return QuotaError("The account does not cover this request.", hint=QUOTA_HINT)
    if status == 403 and _NO_UNITS.search(f"{code} {message}"):
        return QuotaError("The account's processing units or requests are used up.", hint=QUOTA_HINT)
    if status == 403:
        return ServiceError(f"{host} does not allow this account to do that (HTTP 403){quoted}.", hint=PERMISSION_HINT)
    return ServiceError(
        f"{host} refused the request (HTTP {status}){quoted}.",
        hint="Try another date or area; if it stays, report it together with this message.",
    )


def _from_transport(error: Any, host: str) -> SourceError:
    from requests import exceptions as kinds

    if isinstance(error, kinds.InvalidURL | kinds.MissingSchema):
        return wrong_address("The address of the service is not a web address.")
    if isinstance(error, kinds.InvalidSchema):
        return wrong_address("The address of the service must begin with https://.")
    text = str(error)
    hint = NETWORK_HINT
    if isinstance(error, kinds.SSLError):
        message = f"A secure connection to {host} could not be made."
    elif isinstance(error, kinds.ProxyError):
        message = f"The proxy on the way to {host} refused."
    elif isinstance(error, kinds.ChunkedEncodingError | kinds.ContentDecodingError):
        message = f"The connection to {host} broke off in the middle of the answer."
    elif isinstance(error, kinds.ConnectionError) and _UNKNOWN_HOST.search(text):
        message, hint = f"The host {host} cannot be found.", f"{NETWORK_HINT} Is the address right?"
    elif isinstance(error, kinds.Timeout) or (isinstance(error, kinds.ConnectionError) and "timed out" in text.lower()):
        message = f"{host} did not answer in time."
    elif isinstance(error, kinds.ConnectionError):
        message = f"{host} cannot be reached."
    else:
        message = f"Talking to {host} failed."
    return NetworkError(message, hint=hint)


def _read_body(content: bytes) -> tuple[str, str]:
    """Read code and message of an error body of any of the services' shapes; empty where it is not JSON."""
    try:
        body = json.loads(content)
    except ValueError:
        return "", ""
    inner = body.get("error", body) if isinstance(body, dict) else {}
    if isinstance(inner, str):
        return inner, str(body.get("error_description", ""))
    if not isinstance(inner, dict):
        return "", ""
    return str(inner.get("code", "")), str(inner.get("message") or inner.get("description") or "")


def _quote(text: str, secrets: tuple[str, ...]) -> str:
    """Quote a service's own words, shortened, on one line, without anything secret; empty where there are none."""
    text = re.sub(r"\s+", " ", _without(text, secrets)).strip().rstrip(".")
    if not text:
        return ""
    return f': "{text[:_MAX_QUOTE]}{"..." if len(text) > _MAX_QUOTE else ""}"'


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        if len(secret) > 3:  # shorter ones would only blot out ordinary words
            text = text.replace(secret, "***")
    return _LONG_WORD.sub("***", text)


def _scrub(error: BaseException | None, secrets: tuple[str, ...]) -> None:
    """Take requests, and secrets that a service sent back, out of an exception and its causes.

    They travel on as ``__cause__`` and are shown in tracebacks.
    """
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen or isinstance(current, LulcError):
            continue
        seen.add(id(current))
        waiting += [current.__cause__, current.__context__, getattr(current, "request_exception", None)]
        current.args = tuple(_without(a, secrets) if isinstance(a, str) else a for a in current.args)
        for name, value in list(vars(current).items()):
            if name == "request":
                current.request = None  # type: ignore[attr-defined]
            elif name == "response" and value is not None:
                value.request = None
            elif isinstance(value, str | dict):
                setattr(current, name, _without(str(value), secrets))
