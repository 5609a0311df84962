"""The "test connection" button: which of id, secret, address or quota is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from lulc_core.domain.errors import CredentialsError, LulcError, NetworkError, QuotaError
from lulc_core.settings import Settings
from lulc_core.sources.background import Control, run_one
from lulc_core.sources.sentinel_hub_client import fetch
from lulc_core.sources.sentinel_hub_errors import host_of, too_slow
from lulc_core.sources.sentinel_hub_login import Account, Limits, account_for
from lulc_core.sources.sentinel_hub_requests import as_channels, preview_script, process_request


@dataclass(frozen=True)
class ConnectionReport:
    """What :func:`test_connection` found."""

    ok: bool
    part: str
    """At fault: ``missing``, ``id``, ``secret``, ``url``, ``quota``, ``network`` or ``service``; empty where ok."""
    message: str
    hint: str = ""


def test_connection(settings: Settings, *, limits: Limits | None = None) -> ConnectionReport:
    """Logs in anew and asks for one pixel, and says which of id, secret, address or quota is wrong.

    Costs 0.005 processing units. Never raises for what it is there to find out.
    """
    limits = limits or Limits(read_s=20.0, search_s=30.0, attempts=2, rate_limit_hits=5)
    try:
        account = account_for(settings, limits)
        run_one(
            lambda control: _ask_one_pixel(account, control),
            limit_s=limits.search_s,
            late=lambda: too_slow(host_of(settings.sh_base_url), limits.search_s),
        )
    except CredentialsError as error:
        return ConnectionReport(False, error.part, error.message, error.hint)
    except QuotaError as error:
        return ConnectionReport(False, "quota", error.message, error.hint)
    except NetworkError as error:
        return ConnectionReport(False, "network", error.message, error.hint)
    except LulcError as error:
        return ConnectionReport(False, "service", error.message, error.hint)
    return ConnectionReport(True, "", f"Logged in; {host_of(settings.sh_base_url)} delivers imagery.")


test_connection.__test__ = False  # type: ignore[attr-defined]  # pytest takes anything called test_* for a test


def _ask_one_pixel(account: Account, control: Control) -> None:
    account.log_in_anew(control)
    request = process_request(
        base_url=account.base_url,
        config=account.config,
        level="L1C",
        script=preview_script(with_scl=False),
        outputs=("default",),
        when=datetime(2020, 6, 1, 12, tzinfo=UTC),
        upsampling="NEAREST",
        epsg=32632,
        bounds=(500_000.0, 5_000_000.0, 500_010.0, 5_000_010.0),
        size=(1, 1),
    )
    reply = fetch(account, request, control, max_bytes=1_000_000)
    as_channels(reply, 4, (1, 1), np.dtype(np.uint8), account.base_url)
