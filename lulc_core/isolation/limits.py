"""What reading a file in a child process may take."""

from __future__ import annotations

from dataclasses import dataclass

WALL_FACTOR = 4


@dataclass(frozen=True)
class Limits:
    """What reading one file may take; each kind of file has its own."""

    seconds: float
    """Of processor time until the answer, or from one part of the answer to the next; large files have more."""
    memory_mb: int
    """Beyond what the libraries take."""
    output_mb: int
    """Of one answer, or of one part of it."""
    at_once: int = 4
    """Children under these limits at the same time; further calls wait."""

    @property
    def wall_s(self) -> float:
        """Seconds by the clock: a good file may wait for the processor on a busy machine, and no file for ever."""
        return WALL_FACTOR * self.seconds


AREA = Limits(seconds=6, memory_mb=500, output_mb=20)
PICTURE = Limits(seconds=6, memory_mb=700, output_mb=200)
HEADER = Limits(seconds=8, memory_mb=700, output_mb=20)
"""What a raster holds, and where."""
PIXELS = Limits(seconds=60, memory_mb=1_500, output_mb=700)
"""One band of a raster on the grid: at most that of the largest area."""
RESULT = Limits(seconds=60, memory_mb=2_000, output_mb=1_000, at_once=2)
PATCHES = Limits(seconds=20, memory_mb=500, output_mb=30, at_once=2)
"""A few hundred patches of a copy of EuroSAT, or the list of its 27,000."""
