"""Run work in the background, with progress that a page can poll and a way to stop it.

Work that computes takes a turn: only some compute at once, fairly between sessions, and who waits for a download
leaves the turn to others (:func:`off_turn`). Work of a session whose tab was closed stops.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from lulc_core.domain.errors import CancelledError, LulcError
from lulc_core.domain.progress import check_cancelled
from lulc_core.ui import resources
from lulc_core.ui.server.faults import number_of
from lulc_core.ui.server.sessions import current_session, is_open
from lulc_core.ui.server.turns import Turns
from lulc_core.ui.words import translate

T = TypeVar("T")
Work = Callable[[Callable[[float, str], None], Callable[[], bool]], T]
"""``work(on_progress, cancelled) -> result``, as everything below ui takes it."""

MAX_THREADS = 64
"""Of each kind of work: most wait for a turn, a network or memory. How many compute at once is a setting."""
SLICE_S = 2.0
"""So long work that can pause keeps its turn while other sessions wait."""


class Job(Generic[T]):
    """One piece of work in a thread. Start it with :func:`start`."""

    def __init__(self, *, quiet: bool = False, can_pause: bool = False) -> None:
        self.quiet = quiet
        self._waiting = translate("app.waiting")
        self.fraction, self.message = 0.0, self._waiting
        """How far it is, 0 to 1, and what is being done, in words."""
        self._stop = threading.Event()
        self._future: Future[T] = Future()
        self._session = current_session()
        self._closed_since: float | None = None
        self._can_pause = can_pause
        self._memory = 0.0
        self._turn_since: float | None = None
        self._thread = 0

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
        if (
            self._can_pause
            and self._turn_since is not None
            and time.monotonic() - self._turn_since > SLICE_S
            and threading.get_ident() == self._thread
            and processors().others_wait(self._session)
        ):
            self._end_turn()
            self._take_turn()

    def _stopped(self) -> bool:
        # Also when the program ends: a thread that goes on would keep the terminal waiting.
        if self._stop.is_set() or not threading.main_thread().is_alive():
            return True
        if is_open(self._session):
            self._closed_since = None
            return False
        now = time.monotonic()
        self._closed_since = now if self._closed_since is None else self._closed_since
        if now - self._closed_since > resources.settings().left_s:
            self._stop.set()
        return self._stop.is_set()

    def _take_turn(self) -> None:
        if self._turn_since is not None:
            return
        doing, self.message = self.message, self._waiting
        processors().take(self._session, stopped=self._stopped)
        self._turn_since, self._thread, self.message = time.monotonic(), threading.get_ident(), doing

    def _end_turn(self) -> None:
        if self._turn_since is not None:
            self._turn_since = None
            processors().give_back(self._session)

    def _take_memory(self, megabytes: float) -> None:
        self._memory = memory().take(self._session, megabytes, stopped=self._stopped)

    def _end_memory(self) -> None:
        amount, self._memory = self._memory, 0.0
        if amount:
            memory().give_back(self._session, amount)


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

    def start(self, title: str, work: Work[T], *, quiet: bool = False, **how: Any) -> None:
        """Start work in a thread, see :func:`start`; a job before it is dropped."""
        self.drop()
        self.job = start(title, work, quiet=quiet, **how)

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


def start(
    title: str,
    work: Work[T],
    *,
    heavy: bool = False,
    quiet: bool = False,
    megabytes: float = 0.0,
    can_pause: bool = False,
    turn: bool = True,
    after_s: float = 0.0,
) -> Job[T]:
    """Start work in a thread, for the session whose page runs.

    Args:
        title: what is being done, for the reader of the log.
        work: called with ``on_progress`` and ``cancelled``.
        heavy: takes a processor core for seconds: it waits for its turn.
        quiet: its progress is not shown.
        megabytes: of memory that heavy work takes; it waits until there is room for it.
        can_pause: heavy work that holds no lock while it reports progress, and so may be paused there for others.
        turn: False for heavy work that takes its turn itself (:func:`take_turn`), as it may begin with a download.
        after_s: how long heavy work waits before it begins, for what the page shows meanwhile.
    """
    job: Job[T] = Job(quiet=quiet, can_pause=can_pause)

    def run() -> T:
        if not heavy:
            job._report(0.0, title)
            return work(job._report, job._stopped)
        _own.job = job
        try:
            if job._stop.wait(after_s):
                check_cancelled(job._stopped)
            job._take_memory(megabytes)
            if turn:
                job._take_turn()
            job._report(0.0, title)
            return work(job._report, job._stopped)
        finally:
            job._end_turn()
            job._end_memory()
            _own.job = None

    job._future = _pool(heavy).submit(run)
    job._future.add_done_callback(functools.partial(_note, title))
    return job


_own = threading.local()
"""``job``: the heavy job that runs in a thread."""


def take_turn() -> None:
    """Take the turn of the heavy job of this thread, if it has none."""
    job: Job[Any] | None = getattr(_own, "job", None)
    if job is not None:
        job._take_turn()


@contextmanager
def off_turn(*, needs_memory: bool = True) -> Iterator[None]:
    """Leave the turn of the heavy job of this thread to others during a block, and take one again after it.

    Args:
        needs_memory: False where the block only waits, and what follows takes little: then memory is left to others
            for good.
    """
    job: Job[Any] | None = getattr(_own, "job", None)
    if job is None:
        yield
        return
    job._end_turn()
    if not needs_memory:
        job._end_memory()
    yield
    job._take_turn()


@functools.cache
def processors() -> Turns:
    """Return the turns at computing of this server."""
    return Turns(resources.settings().computing)


@functools.cache
def memory() -> Turns:
    """Return the memory for maps that are being made, MB."""
    return Turns(resources.settings().memory_mb)


@functools.cache
def _pool(heavy: bool) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MAX_THREADS, thread_name_prefix=f"lulc-{'heavy' if heavy else 'light'}")


def _note(title: str, future: Future[Any]) -> None:
    if future.cancelled():
        return
    error = future.exception()
    if error is not None and not isinstance(error, LulcError):
        number_of(error, title)
