"""Work in threads that can be stopped and never outlasts its time, whatever a server does."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lulc_core.domain.errors import CancelledError
from lulc_core.domain.progress import Cancelled, check_cancelled

T = TypeVar("T")
POLL_S = 0.1
"""How soon a cancelled job is noticed."""
GRACE_S = 2.0
"""How long after its deadline a job may still report its own, more telling error."""


@dataclass(frozen=True)
class Control:
    """What a job must keep looking at."""

    deadline: float
    """``time.monotonic()`` at which it must have ended."""
    stop: threading.Event
    """Set when nobody waits for the job any more."""

    @property
    def left_s(self) -> float:
        """Seconds until the deadline; may be negative."""
        return self.deadline - time.monotonic()

    def check(self) -> None:
        """Raises CancelledError where nobody waits for the job any more."""
        if self.stop.is_set():
            raise CancelledError("Stopped, as you asked.")


def run_jobs(
    jobs: Sequence[Callable[[Control], T]],
    *,
    limit_s: float,
    timeout_error: Callable[[], Exception],
    parallel: int = 1,
    cancelled: Cancelled | None = None,
    on_wait: Callable[[], None] | None = None,
) -> Iterator[tuple[int, T]]:
    """Runs jobs in daemon threads and gives their results in the caller's thread as they come.

    A job that ignores its deadline (a name server that hangs, a reply that trickles) is left behind: its thread
    ends by itself or with the program.

    Args:
        jobs: called with a Control.
        limit_s: seconds each job may take.
        timeout_error: makes the error for a job that took longer.
        parallel: how many at once.
        cancelled: asked ten times a second.
        on_wait: called ten times a second in the caller's thread.

    Yields:
        Position in ``jobs`` and result.

    Raises:
        CancelledError: ``cancelled()`` said so.
        Exception: the first that a job raised; the others are stopped.
    """
    stop = threading.Event()
    todo: queue.Queue[int] = queue.Queue()
    for index in range(len(jobs)):
        todo.put(index)
    # One slot: a finished result waits in its thread, so that memory holds few results at a time.
    done: queue.Queue[tuple[int, T | None, BaseException | None]] = queue.Queue(maxsize=1)
    started: dict[int, float] = {}

    def work() -> None:
        while not stop.is_set():
            try:
                index = todo.get_nowait()
            except queue.Empty:
                return
            started[index] = time.monotonic()
            result: T | None = None
            failure: BaseException | None = None
            try:
                result = jobs[index](Control(started[index] + limit_s, stop))
            except BaseException as error:  # noqa: BLE001 - carried over to the caller, who raises it
                failure = error
            started.pop(index, None)
            while not stop.is_set():
                try:
                    done.put((index, result, failure), timeout=POLL_S)
                    break
                except queue.Full:
                    continue

    for _ in range(min(parallel, len(jobs))):
        threading.Thread(target=work, name="lulc-source", daemon=True).start()
    remaining = len(jobs)
    try:
        while remaining:
            check_cancelled(cancelled)
            if on_wait is not None:
                on_wait()
            try:
                index, result, failure = done.get(timeout=POLL_S)
            except queue.Empty:
                now = time.monotonic()
                if any(now > begun + limit_s + GRACE_S for begun in list(started.values())):
                    raise timeout_error() from None
                continue
            remaining -= 1
            if failure is not None:
                raise failure
            yield index, result  # type: ignore[misc]
    finally:
        stop.set()


def run_one(
    job: Callable[[Control], T],
    *,
    limit_s: float,
    timeout_error: Callable[[], Exception],
    cancelled: Cancelled | None = None,
    on_wait: Callable[[], None] | None = None,
) -> T:
    """One job of :func:`run_jobs`, its result returned."""
    ((_, result),) = run_jobs([job], limit_s=limit_s, timeout_error=timeout_error, cancelled=cancelled, on_wait=on_wait)
    return result
