"""What reading a file in a child process may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What reading one file may take; each kind of file has its own."""

    seconds: float
    """Of wall time until the answer, or from one part of the answer to the next."""
    memory_mb: int
    """Beyond what the libraries take."""
    output_mb: int
    """Of one answer, or of one part of it."""
    at_once: int = 4
    """Children under these limits at the same time; further calls wait."""
