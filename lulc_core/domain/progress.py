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


def stopping_progress(on_progress: Progress | None, cancelled: Cancelled | None) -> Progress:
    """Make one callable that reports a step, and raises CancelledError where the user has asked to stop."""

    def step(fraction: float, message: str) -> None:
        check_cancelled(cancelled)
        if on_progress is not None:
            on_progress(fraction, message)

    return step


def progress_of_part(on_progress: Progress, part: int, n_parts: int) -> Progress:
    """Make the progress of one of several equal parts of a work, from that of the whole.

    Args:
        on_progress: of the whole.
        part: which one, from 0.
        n_parts: how many there are.
    """
    return lambda fraction, message: on_progress((part + fraction) / n_parts, message)
