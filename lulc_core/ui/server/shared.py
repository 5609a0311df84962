"""Work that several sessions want at once is done once. No Streamlit in here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from functools import partial
from typing import Any, Generic, TypeVar

from lulc_core.domain.errors import CancelledError
from lulc_core.domain.progress import Cancelled, check_cancelled

T = TypeVar("T")
POLL_S = 0.2


class SharedWork(Generic[T]):
    """Work by key: the first who asks does it, others who ask meanwhile get the same result or the same error.

    Where the first one is stopped, another goes on with it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Hashable, Future[Any]] = {}

    def get(
        self,
        key: Hashable,
        make: Callable[[], T],
        *,
        cancelled: Cancelled,
        wait: Callable[[Callable[[], None]], None] = lambda done: done(),
    ) -> T:
        """Return the result of ``make``, or of whoever makes it already.

        Args:
            key: of the work.
            make: called in this thread where nobody else makes it.
            cancelled: asked while waiting.
            wait: calls the function that it is given, which returns when somebody else has done the work.

        Raises:
            CancelledError: ``cancelled()`` said so, or ``make`` was stopped.
            Exception: that of the work.
        """
        while True:
            with self._lock:
                other = self._running.get(key)
                if other is None:
                    mine = self._running[key] = Future[Any]()
            if other is None:
                return self._make(key, make, mine)
            wait(partial(_wait_for, other, cancelled))
            if not isinstance(other.exception(), CancelledError):
                return other.result()

    def _make(self, key: Hashable, make: Callable[[], T], future: Future[Any]) -> T:
        try:
            result = make()
        except BaseException as error:
            self._end(key)
            future.set_exception(error)
            raise
        self._end(key)
        future.set_result(result)
        return result

    def _end(self, key: Hashable) -> None:
        with self._lock:
            del self._running[key]


def _wait_for(other: Future[Any], cancelled: Cancelled) -> None:
    while wait_for([other], timeout=POLL_S).not_done:
        check_cancelled(cancelled)
