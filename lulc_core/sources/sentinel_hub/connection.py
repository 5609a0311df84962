"""The "test connection" button: which of id, secret, address or quota is wrong."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from lulc_core.domain.errors import CredentialsError, LulcError, NetworkError, QuotaError
from lulc_core.settings import Settings
from lulc_core.sources.deadline_jobs import Control, run_one
from lulc_core.sources.sentinel_hub.errors import URL_HINT, host_of, too_slow
from lulc_core.sources.sentinel_hub.limits import Limits
from lulc_core.sources.sentinel_hub.login import Account, account_for
from lulc_core.sources.sentinel_hub.requests import fetch_picture


@dataclass(frozen=True)
class ConnectionReport:
    """What :func:`test_connection` found."""

    ok: bool
    part: str
    """At fault: ``missing``, ``id``, ``secret``, ``url``, ``quota``, ``network`` or ``service``; empty where ok."""
    message: str
    hint: str = ""


def test_connection(settings: Settings, *, limits: Limits | None = None) -> ConnectionReport:
    """Force a login, ask for one pixel, and say which of id, secret, address or quota is wrong.

    Costs 0.005 processing units. Never raises for what it is there to find out.
    """
    limits = limits or Limits(read_s=20.0, search_s=30.0, attempts=2, rate_limit_hits=5)
    logged_in = threading.Event()
    try:
        account = account_for(settings, limits)
        account.run_one(partial(_ask_one_pixel, account, logged_in), limit_s=limits.search_s)
    except CredentialsError as error:
        return ConnectionReport(False, error.part, error.message, error.hint)
    except QuotaError as error:
        return ConnectionReport(False, "quota", error.message, error.hint)
    except NetworkError as error:
        return _network_report(error, settings, logged_in=logged_in.is_set(), wait_s=limits.connect_s)
    except LulcError as error:
        return ConnectionReport(False, "service", error.message, error.hint)
    return ConnectionReport(True, "", f"Logged in; {host_of(settings.sh_base_url)} delivers imagery.")


test_connection.__test__ = False  # type: ignore[attr-defined]  # pytest takes anything called test_* for a test


def _network_report(error: NetworkError, settings: Settings, *, logged_in: bool, wait_s: float) -> ConnectionReport:
    """Tell a wrong address from a missing network: where one service answers and the other does not, the network
    is there."""
    name, url, other = (
        ("service", settings.sh_base_url, settings.sh_token_url)
        if logged_in
        else ("token", settings.sh_token_url, settings.sh_base_url)
    )
    if not _answers(url, wait_s) and (logged_in or _answers(other, wait_s)):
        return ConnectionReport(
            False,
            "url",
            f"Nothing answers at the {name} address ({host_of(url)}), while {host_of(other)} answers.",
            f"Is the {name} address right? {URL_HINT}",
        )
    return ConnectionReport(False, "network", error.message, error.hint)


def _answers(url: str, wait_s: float) -> bool:
    """Try whether something takes a connection at an address."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)

    def tcp_connects(control: Control) -> bool:
        try:
            with socket.create_connection((parts.hostname or "", port), timeout=wait_s):
                return True
        except OSError:
            return False

    try:  # in a thread, since a name server may hang for longer than any timeout
        return run_one(tcp_connects, limit_s=wait_s, timeout_error=lambda: too_slow(host_of(url), wait_s))
    except NetworkError:
        return False


def _ask_one_pixel(account: Account, logged_in: threading.Event, control: Control) -> None:
    account.force_login(control)
    logged_in.set()
    bounds = (500_000.0, 5_000_000.0, 500_010.0, 5_000_010.0)
    fetch_picture(account, "L1C", 32632, bounds, (1, 1), datetime(2020, 6, 1, 12, tzinfo=UTC), control)
