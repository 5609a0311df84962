"""Requests to Sentinel Hub: sent within bounds of time and size, decoded, errors translated."""

from __future__ import annotations

import hashlib
import re
import threading
from functools import cache
from typing import Any

from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.sentinel_hub.errors import DECODE_ERRORS, host_of, unreadable
from lulc_core.sources.sentinel_hub.login import Account

_COLLECTIONS_LOCK = threading.Lock()


def fetch(account: Account, request: Any, control: Control, *, max_bytes: int) -> Any:
    """Send a DownloadRequest of the client and decode the reply. A token that was revoked is replaced once.

    Raises:
        SourceError: translated; nothing of the client's own gets out.
        CancelledError: nobody waits any more.
    """
    from lulc_core.sources.sentinel_hub.overrides import TRANSPORT_ERRORS, BoundedClient

    client = BoundedClient(
        account.config,
        account.limits,
        control,
        gate=account.gate,
        log_in=lambda: account.headers(control),
        max_bytes=max_bytes,
    )
    try:
        try:
            response = client.send(request)
        except TRANSPORT_ERRORS as error:
            reply = getattr(getattr(error, "request_exception", None), "response", None)
            if reply is None or reply.status_code != 401:
                raise
            account.drop_token(client.authorization)
            response = client.send(request)
    except TRANSPORT_ERRORS as error:
        raise account.translated(error) from error
    try:
        return response.decode()
    except DECODE_ERRORS as error:
        raise unreadable(host_of(account.base_url)) from error


@cache
def collection(level: str, base_url: str) -> Any:
    """Give the client's collection of a level at an address; the enum behind it is one for the whole process."""
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
