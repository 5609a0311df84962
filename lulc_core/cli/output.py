"""What the command line prints: JSON and tables on standard output, progress and notes on standard error."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

_EVERY_S = 5.0  # between lines of progress where there is no terminal to redraw one on
_BAR = 24


def print_json(value: Any) -> None:
    """Print one JSON value on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on standard output."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def print_notes(notes: Iterable[str]) -> None:
    """Print sentences on standard error."""
    sys.stderr.write("".join(f"Note: {note}\n" for note in notes))


def share(value: float | None, digits: int = 0) -> str:
    """Write a share (0 to 1) in per cent, as the pages do."""
    from lulc_core.language.words import english

    return english().share(value, digits, short=True)


def written(paths: Sequence[Path]) -> list[str]:
    """Write lines that name the four files for other programs, and say what the others are for."""
    lines = [f"wrote {p}" for p in paths[:4]]
    if paths[4:]:
        lines.append(f"and {len(paths) - 4} more, with which `report --from {paths[0].parent}` works")
    return lines


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out a table in lines; columns whose header ends in a space are aligned to the right."""
    lines = [header, *rows]
    widths = [max(len(row[i].strip()) for row in lines) for i in range(len(header))]
    right = [h.endswith(" ") for h in header]
    return [
        "  ".join(
            c.strip().rjust(w) if r else c.strip().ljust(w) for c, w, r in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in lines
    ]


def progress(args: argparse.Namespace) -> Callable[[float, str], None]:
    """Make ``on_progress`` for this command: a line that is redrawn on a terminal, a line now and then elsewhere."""
    if args.quiet:
        return lambda fraction, message: None
    if sys.stderr.isatty():
        return _redraw
    last = [0.0]

    def now_and_then(fraction: float, message: str) -> None:
        now = time.monotonic()
        if now - last[0] >= _EVERY_S:
            last[0] = now
            sys.stderr.write(f"{100 * fraction:3.0f} % {message}\n")

    return now_and_then


def _redraw(fraction: float, message: str) -> None:
    done = round(_BAR * min(max(fraction, 0.0), 1.0))
    sys.stderr.write(f"\r\x1b[K[{'#' * done}{'.' * (_BAR - done)}] {100 * fraction:3.0f} % {message[:60]}")
    if fraction >= 1:
        sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()
