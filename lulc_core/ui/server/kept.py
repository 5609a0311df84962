"""What outlives its tab, by a word in the address that nobody can guess."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import LRUCache

T = TypeVar("T")
_LEAST_BYTES = 1000


class KeptByWord(Generic[T]):
    """Things by word; the least recently used go when there are too many bytes.

    Args:
        max_bytes: of all together; a single one that is larger counts as the whole bound: it stays, alone.
        size: tells the bytes of one.
    """

    def __init__(self, max_bytes: float, size: Callable[[T], int]) -> None:
        self._lock = threading.Lock()
        self._kept: LRUCache[str, T] = LRUCache(
            max_bytes, getsizeof=lambda kept: min(_LEAST_BYTES + size(kept), max_bytes)
        )

    def put(self, word: str, kept: T) -> None:
        """Keep something in the place of what was kept under the word before."""
        with self._lock:
            self._kept[word] = kept

    def get(self, word: str) -> T | None:
        """Return what is kept under a word; None where it is gone."""
        with self._lock:
            return self._kept.get(word)
