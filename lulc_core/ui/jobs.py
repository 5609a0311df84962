"""Work in the background: progress that a page can poll, and a way to stop it. No Streamlit in here."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from lulc_core.domain.errors import CancelledError

_log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[Callable[[float, str], None], Callable[[], bool]], T]
"""``work(on_progress, cancelled) -> result``, as everything below ui takes it."""

MAX_HEAVY = 2
"""Classifications at once in one process; more would only slow each other down."""
MAX_LIGHT = 8
"""Searches at once: they wait for a network most of the time."""


class Job(Generic[T]):
    """One piece of work in a thread. Start it with :func:`start`."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self._progress: tuple[float, str] = (0.0, "Waiting for other work to end")
        self._stop = threading.Event()
        self._future: Future[T] = Future()

    @property
    def fraction(self) -> float:
        """How far it is, 0 to 1."""
        return self._progress[0]

    @property
    def message(self) -> str:
        """What is being done, in words."""
        return self._progress[1]

    @property
    def done(self) -> bool:
        """True when there is a result or an error."""
        return self._future.done()

    @property
    def stopping(self) -> bool:
        """True after :meth:`cancel`, until the work has noticed."""
        return self._stop.is_set() and not self.done

    @property
    def cancelled(self) -> bool:
        """True if it ended because somebody stopped it."""
        return self.done and (self._future.cancelled() or isinstance(self._future.exception(), CancelledError))

    @property
    def error(self) -> BaseException | None:
        """What went wrong; None while running, after success and after being stopped."""
        return None if not self.done or self.cancelled else self._future.exception()

    def result(self) -> T:
        """What it made.

        Raises:
            whatever the work raised.
        """
        return self._future.result(timeout=0)

    def cancel(self) -> None:
        """Asks the work to stop; it ends at its next step."""
        self._stop.set()
        self._future.cancel()  # at once where it has not begun

    def _report(self, fraction: float, message: str) -> None:
        self._progress = (min(max(float(fraction), 0.0), 1.0), message)

    def _stopped(self) -> bool:
        # Also when the program ends: a thread that goes on would keep the terminal waiting.
        return self._stop.is_set() or not threading.main_thread().is_alive()


def start(title: str, work: Work[T], *, heavy: bool = False) -> Job[T]:
    """Starts work in a thread.

    Args:
        title: what is being done, for the reader of the log.
        work: called with ``on_progress`` and ``cancelled``.
        heavy: takes a processor core for seconds; only some such run at once.
    """
    job: Job[T] = Job(title)

    def run() -> T:
        job._report(0.0, title)
        return work(job._report, job._stopped)

    job._future = _pool(heavy).submit(run)
    job._future.add_done_callback(functools.partial(_note, title))
    return job


@functools.cache
def _pool(heavy: bool) -> ThreadPoolExecutor:
    name = "heavy" if heavy else "light"
    return ThreadPoolExecutor(MAX_HEAVY if heavy else MAX_LIGHT, thread_name_prefix=f"lulc-{name}")


def _note(title: str, future: Future[Any]) -> None:
    from lulc_core.domain.errors import LulcError

    if future.cancelled():
        return
    error = future.exception()
    if error is not None and not isinstance(error, LulcError):
        _log.error("%s failed", title, exc_info=error)
