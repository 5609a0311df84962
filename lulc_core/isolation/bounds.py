"""How a child process binds itself to its limits before it looks at a file. Not on Windows."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from lulc_core.isolation import kernel
from lulc_core.isolation.limits import Limits

MAX_WRITTEN_BYTES = 256_000_000
"""Of one file that the child writes in its own folder."""


def prepare() -> kernel.FileRules | None:
    """Bind this process to all that does not depend on a request: no network, no other program, first to go.

    Returns:
        What :func:`bind` needs.
    """
    with suppress(OSError):  # where memory runs out, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    _limit(resource.RLIMIT_FSIZE, MAX_WRITTEN_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    rules = kernel.file_rules()
    kernel.restrict_calls()
    return rules


def bind(rules: kernel.FileRules | None, limits: Limits, readable: Iterable[Path], folder: Path) -> None:
    """Bind this process for good: memory and files; what the system lacks is passed over.

    Args:
        rules: from :func:`prepare`.
        limits: of these the memory; time is counted by :func:`count_down`.
        readable: files and folders that may be read, beside Python and its libraries.
        folder: the only one that may be written.
    """
    with suppress(OSError, ValueError):
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        _limit(resource.RLIMIT_AS, used + limits.memory_mb * 1_000_000)
    kernel.restrict_files(rules, readable, folder)


def count_down(seconds: float) -> None:
    """Have the kernel end this process when it has computed so long, whatever it is doing; 0 stops the clock."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit(what: int, most: int) -> None:
    with suppress(OSError, ValueError):  # macOS knows some of them by name only
        resource.setrlimit(what, (most, most))
