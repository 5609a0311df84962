"""How long and how often Sentinel Hub is asked, and when the next request of an account may start."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass


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


class StartGate:
    """When the next request of an account may start: one for all its threads, open or paused until a moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_start = 0.0  # time.monotonic()

    def claim_start(self, spacing_s: float) -> float:
        """Start a request now (0; the next one must wait ``spacing_s``), or give the seconds to wait."""
        with self._lock:
            wait_s = self._next_start - time.monotonic()
            if wait_s > 0:
                return wait_s
            self._next_start = time.monotonic() + spacing_s
            return 0.0

    def pause(self, seconds: float) -> None:
        """Let no request start for that long: the service has said so."""
        with self._lock:
            self._next_start = max(self._next_start, time.monotonic() + seconds)

    @property
    def paused_s(self) -> float:
        """Seconds for which requests are held back now."""
        return max(self._next_start - time.monotonic(), 0.0)
