"""Run work in the background, with progress that a page can poll and a way to stop it. No Streamlit in here."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from lulc_core.domain.errors import CancelledError, LulcError
from lulc_core.ui.server.faults import number_of

T = TypeVar("T")
Work = Callable[[Callable[[float, str], None], Callable[[], bool]], T]
"""``work(on_progress, cancelled) -> result``, as everything below ui takes it."""

MAX_HEAVY = 2
"""Classifications at once in one process; more would only slow each other down."""
MAX_LIGHT = 8
"""Searches at once: they wait for a network most of the time."""


class Job(Generic[T]):
    """One piece of work in a thread. Start it with :func:`start`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.fraction, self.message = 0.0, "Waiting for other work to end"
        """How far it is, 0 to 1, and what is being done, in words."""
        self._stop = threading.Event()
        self._future: Future[T] = Future()

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
        """Return what it made.

        Raises:
            whatever the work raised.
        """
        return self._future.result(timeout=0)

    def cancel(self) -> None:
        """Ask the work to stop; it ends at its next step."""
        self._stop.set()
        self._future.cancel()  # at once where it has not begun

    def _report(self, fraction: float, message: str) -> None:
        self.fraction, self.message = min(max(float(fraction), 0.0), 1.0), message

    def _stopped(self) -> bool:
        # Also when the program ends: a thread that goes on would keep the terminal waiting.
        return self._stop.is_set() or not threading.main_thread().is_alive()


class JobSlot(Generic[T]):
    """Room for one job of a page. Starting another drops the one before, so that its late result changes nothing.

    A page asks :meth:`poll` in every run, and shows what runs with ``panels.progress.show_progress``::

        if (job := self.search.poll()) is not None:
            if job.error is not None:
                self.error = as_user_error(job.error)
            elif not job.cancelled:
                self.found = job.result()
    """

    def __init__(self) -> None:
        self.job: Job[T] | None = None
        """The job that runs, or has ended and was not polled yet."""

    def __bool__(self) -> bool:
        return self.job is not None

    def jobs(self) -> list[Job[T]]:
        """Return the job in a list, which is empty without one."""
        return [] if self.job is None else [self.job]

    def start(self, title: str, work: Work[T], *, heavy: bool = False, quiet: bool = False) -> None:
        """Start work in a thread, see :func:`start`; a job before it is dropped."""
        self.drop()
        self.job = start(title, work, heavy=heavy, quiet=quiet)

    def drop(self) -> None:
        """Stop the job and forget it: it could still end well, and nobody would take that in."""
        if self.job is not None:
            self.job.cancel()
            self.job = None

    def poll(self) -> Job[T] | None:
        """Return the job once, when it has ended, and make room for the next; None until then."""
        if self.job is None or not self.job.done:
            return None
        job, self.job = self.job, None
        return job


def start(title: str, work: Work[T], *, heavy: bool = False, quiet: bool = False) -> Job[T]:
    """Start work in a thread.

    Args:
        title: what is being done, for the reader of the log.
        work: called with ``on_progress`` and ``cancelled``.
        heavy: takes a processor core for seconds; only some such run at once.
        quiet: its progress is not shown.
    """
    job: Job[T] = Job(quiet=quiet)

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
    if future.cancelled():
        return
    error = future.exception()
    if error is not None and not isinstance(error, LulcError):
        number_of(error, title)
