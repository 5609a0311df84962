"""How fast a run goes, how long it still takes, and when it goes so wrong that it had better stop."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from lulc_core.domain.errors import SourceError

BAD_SHARE = 0.5
"""A block is bad where more of its tiles than this are unlike the training data, or without data."""
LEAST_BAD = 12
"""So few bad blocks stop no run: a lake, a glacier, the edge of a swath."""
FAILED_IN_A_ROW = 20
FIRST_FAILED = 10
"""So many blocks, spread over the region, must fail before a run ends that has not made a single one."""


class Pace:
    """Counts what a run makes.

    Args:
        tiles: that are to be made.
    """

    def __init__(self, tiles: int) -> None:
        self._started, self._left, self._made, self._megabytes = time.monotonic(), tiles, 0, 0.0

    def count(self, tiles: int, megabytes: float) -> None:
        """Count a block that was made."""
        self._made += tiles
        self._left -= tiles
        self._megabytes += megabytes

    def skip(self, tiles: int) -> None:
        """Count a block that was given up."""
        self._left -= tiles

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._started

    @property
    def tiles_per_s(self) -> float | None:
        """Tiles of 640 m a second, None before the first block."""
        return round(self._made / max(self.seconds, 1e-3), 2) if self._made else None

    @property
    def megabytes_per_s(self) -> float:
        """That came over the network."""
        return round(self._megabytes / max(self.seconds, 1e-3), 2)

    @property
    def seconds_left(self) -> float | None:
        """Until the last block at this rate, None before the first."""
        rate = self.tiles_per_s
        return None if not rate else round(max(self._left, 0) / rate, 1)

    def line(self, counts: Mapping[str, int]) -> str:
        """Say it in a line: ``34 of 61 blocks done, 2 running, 1 failed, 410 tiles/s, 12 min left, 3.2 MB/s``."""
        parts = [f"{counts['done']:,} of {counts['total']:,} blocks done"]
        parts += [f"{counts[name]:,} {name}" for name in ("running", "failed") if counts[name]]
        if self.tiles_per_s is not None and self.seconds_left is not None:
            parts += [f"{self.tiles_per_s:,.0f} tiles/s", f"{in_words(self.seconds_left)} left"]
        if self._megabytes:
            parts.append(f"{self.megabytes_per_s:,.1f} MB/s")
        return ", ".join(parts)


def in_words(seconds: float) -> str:
    """Write a duration: ``40 s``, ``12 min``, ``3.4 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class Guard:
    """Stops a run whose blocks are mostly of no use, before it has cost a night.

    Args:
        total: blocks of the region.
        level: processing level that the network was trained on; None where any will do.
        active: False lets everything pass.
    """

    def __init__(self, total: int, *, level: str | None = None, active: bool = True) -> None:
        self._least, self._level, self._active = max(LEAST_BAD, total // 20), level, active
        self._seen, self._bad = 0, dict.fromkeys(("unlike", "no_data", "level"), 0)
        self._in_a_row = 0

    def look(self, found: Mapping[str, Any]) -> None:
        """Look at a block that was made.

        Raises:
            SourceError: too many were bad.
        """
        self._in_a_row = 0
        self._seen += 1
        cells, total = found["cells"], max(found["cells"]["total"], 1)
        for name in ("unlike", "no_data"):
            self._bad[name] += cells["left_out"][name] > BAD_SHARE * total
        self._bad["level"] += self._level is not None and any(level != self._level for level in found["levels"])
        if not self._active:
            return
        for name, count in self._bad.items():
            if count >= self._least and count > BAD_SHARE * self._seen:
                what, hint = _WORDS[name]
                raise SourceError(
                    f"Stopped: {count:,} of the {self._seen:,} blocks made so far {what}.",
                    hint=f"{hint} With --no-guards the same command goes on.",
                )

    def failed(self, reason: str) -> None:
        """Count a block that was given up.

        Raises:
            SourceError: so many failed one after the other.
        """
        self._in_a_row += 1
        if self._active and self._in_a_row >= (FAILED_IN_A_ROW if self._seen else FIRST_FAILED):
            which = f"{self._in_a_row} blocks failed one after the other" if self._seen else "no block could be made"
            raise SourceError(
                f"Stopped: {which}, the last failed with: {reason}",
                hint="Mend that; `--retry-failed` makes them again.",
            )


_WORDS = {
    "unlike": (
        "are mostly unlike what the network learned from",
        "Look at one of them with `map`: is it snow, haze, another processing level?",
    ),
    "no_data": ("are mostly without data", "Choose a longer period, or another source of imagery."),
    "level": (
        "are of surface reflectance (L2A), while the network was trained on L1C",
        "Ask `python -m lulc_core sources` why L1C cannot be had.",
    ),
}
