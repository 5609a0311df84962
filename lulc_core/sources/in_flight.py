"""What is being fetched now, by anybody in this process: two who want the same ground fetch it once."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


class InFlight:
    """Keys that somebody has claimed.

    Whoever wants something claims it, fetches what came to it, keeps it where all look (the cache), and lets it go.
    What another has claimed it waits for, then looks again: it is there, or can be claimed. Nobody holds a claim while
    waiting, so nobody waits for ever.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._claimed: set[Hashable] = set()

    def claim(self, keys: Iterable[K]) -> set[K]:
        """Claim those of the keys that nobody has claimed; return them."""
        with self._changed:
            mine = {key for key in keys if key not in self._claimed}
            self._claimed |= mine
            return mine

    def let_go(self, keys: Iterable[Hashable]) -> None:
        """Give up claims."""
        with self._changed:
            self._claimed.difference_update(keys)
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until somebody lets something go, at most some seconds."""
        with self._changed:
            self._changed.wait(seconds)
