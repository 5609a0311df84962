"""Jobs in threads that can be stopped and never outlast their time, whatever a server does.

A job waits in a queue, runs in a worker thread, and hands its outcome over to the caller:

* the caller iterates over :func:`run_jobs` in its own thread. While it waits it looks, ten times a second, whether it
  was cancelled and whether a job is past its deadline; either ends the iteration with an error;
* each worker takes the next job as long as nobody stops, and holds an outcome until the caller takes it;
* a job looks at its :class:`Control`: how much time is left, and whether anybody waits for it.

A job that ignores its deadline (a name server that hangs, a reply that trickles) is left behind: its daemon thread ends
when the job does, or with the program.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
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
        """Raise CancelledError where nobody waits for the job any more."""
        if self.stop.is_set():
            raise CancelledError("Stopped, as you asked.")


Job = Callable[[Control], T]
"""A function with everything but its control given: ``partial(fetch_preview, account, aoi, acquisition)``."""


def run_jobs(
    jobs: Sequence[Job[T]],
    *,
    limit_s: float,
    timeout_error: Callable[[], Exception],
    parallel: int = 1,
    cancelled: Cancelled | None = None,
    on_wait: Callable[[], None] | None = None,
) -> Iterator[tuple[int, T]]:
    """Run jobs in daemon threads; give their results in the caller's thread as they come.

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
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(jobs)):
        waiting.put(index)
    deadlines: dict[int, float] = {}  # of the jobs that run now
    # One slot: a finished result waits in its thread, so that memory holds few results at a time.
    outcomes: queue.Queue[tuple[int, Future[T]]] = queue.Queue(maxsize=1)

    def work() -> None:
        while not stop.is_set():
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            deadlines[index] = time.monotonic() + limit_s
            outcome: Future[T] = Future()
            try:
                outcome.set_result(jobs[index](Control(deadlines[index], stop)))
            except BaseException as error:  # noqa: BLE001 - carried over to the caller, who raises it
                outcome.set_exception(error)
            del deadlines[index]
            while not stop.is_set():  # until the caller has room for it, or waits no more
                with suppress(queue.Full):
                    outcomes.put((index, outcome), timeout=POLL_S)
                    break

    for _ in range(min(parallel, len(jobs))):
        threading.Thread(target=work, name="lulc-source", daemon=True).start()
    remaining = len(jobs)
    try:
        while remaining:
            check_cancelled(cancelled)
            if on_wait is not None:
                on_wait()
            try:
                index, outcome = outcomes.get(timeout=POLL_S)
            except queue.Empty:
                if any(time.monotonic() > deadline + GRACE_S for deadline in list(deadlines.values())):
                    raise timeout_error() from None
                continue
            remaining -= 1
            yield index, outcome.result()
    finally:
        stop.set()


def run_one(
    job: Job[T], *, limit_s: float, timeout_error: Callable[[], Exception], cancelled: Cancelled | None = None
) -> T:
    """Run one job as :func:`run_jobs` does; return its result."""
    ((_, result),) = run_jobs([job], limit_s=limit_s, timeout_error=timeout_error, cancelled=cancelled)
    return result
