"""How long work tells of itself and is stopped."""

from __future__ import annotations

from collections.abc import Callable

from lulc_core.domain.errors import CancelledError

Progress = Callable[[float, str], None]
"""``on_progress(fraction, message)``: 0 to 1, and what is being done, in words."""
Cancelled = Callable[[], bool]
"""Asked between steps; True stops the work with CancelledError."""


def check_cancelled(cancelled: Cancelled | None) -> None:
    """Raise CancelledError where the user has asked to stop."""
    if cancelled is not None and cancelled():
        raise CancelledError("Stopped, as you asked.", hint="Nothing was kept from the unfinished part.")
