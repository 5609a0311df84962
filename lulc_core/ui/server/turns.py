"""Turns at what is scarce, processors and memory, fair between sessions. No Streamlit in here."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from lulc_core.domain.errors import CancelledError

POLL_S = 0.2
"""How soon somebody who waits notices that nobody wants the work any more."""
OVERTAKEN_S = 60.0
"""So long smaller wishes may overtake one that is too large for what is free."""
LATE_S = 15.0
"""Who holds nothing and has waited so long comes before sessions that have just come: long work needs many turns."""
_REMEMBERED = 10_000


@dataclass(eq=False)
class _Waiter:
    owner: str
    amount: float
    since: float = field(default_factory=time.monotonic)


class Turns:
    """A capacity that is lent to sessions: next comes who holds least of it, then who had it longest ago.

    Whoever holds nothing and has waited long goes before both.
    """

    def __init__(self, capacity: float) -> None:
        self.capacity = float(capacity)
        self._free = self.capacity
        self._held: Counter[str] = Counter()  # amounts by owner
        self._served: dict[str, int] = {}  # when an owner last got something
        self._clock = itertools.count()
        self._waiting: list[_Waiter] = []
        self._changed = threading.Condition()

    def take(self, owner: str, amount: float = 1.0, *, stopped: Callable[[], bool] = lambda: False) -> float:
        """Wait for a share of the capacity.

        Args:
            owner: the session.
            amount: at most the capacity counts: what is larger gets everything.
            stopped: asked while waiting.

        Returns:
            The amount, to be given back.

        Raises:
            CancelledError: ``stopped()`` said so.
        """
        waiter = _Waiter(owner, min(amount, self.capacity))
        with self._changed:
            self._waiting.append(waiter)
            try:
                while self._next() is not waiter:
                    if stopped():
                        raise CancelledError("Stopped, as you asked.")
                    self._changed.wait(POLL_S)
                self._free -= waiter.amount
                self._held[owner] += waiter.amount  # type: ignore[assignment]
                self._served.pop(owner, None)
                self._served[owner] = next(self._clock)
                while len(self._served) > _REMEMBERED:
                    del self._served[next(iter(self._served))]
            finally:
                self._waiting.remove(waiter)
                self._changed.notify_all()
        return waiter.amount

    def give_back(self, owner: str, amount: float = 1.0) -> None:
        """Give back what :meth:`take` returned."""
        with self._changed:
            self._free += amount
            self._held[owner] -= amount  # type: ignore[assignment]
            if self._held[owner] <= 0:
                del self._held[owner]
            self._changed.notify_all()

    def others_wait(self, owner: str) -> bool:
        """Return whether another session waits."""
        with self._changed:
            return any(waiter.owner != owner for waiter in self._waiting)

    def _next(self) -> _Waiter | None:
        """Choose who gets something of what is free; None while nobody can."""
        for waiter in sorted(self._waiting, key=self._rank):
            if waiter.amount <= self._free + 1e-9:
                return waiter
            if time.monotonic() - waiter.since > OVERTAKEN_S:
                return None
        return None

    def _rank(self, waiter: _Waiter) -> tuple[float, float, float]:
        held, waited = self._held[waiter.owner], time.monotonic() - waiter.since
        late = (waited > OVERTAKEN_S and waiter.amount > self._free) or (waited > LATE_S and not held)
        return (-1.0, 0, waiter.since) if late else (held, self._served.get(waiter.owner, -1), waiter.since)
