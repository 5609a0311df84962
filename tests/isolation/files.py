"""Functions that a child runs for the tests of it."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError
from lulc_core.isolation.calls import isolated, isolated_parts
from lulc_core.isolation.limits import Limits

QUICK = Limits(seconds=2, memory_mb=300, output_mb=50)


@isolated(QUICK, name=lambda what, *_: f"{what}.tif")
def do(what: str, argument: Any = None) -> Any:
    """Do one thing in a child."""
    return _DEEDS[what](argument)


@isolated_parts(QUICK, name=lambda n: "parts.tif")
def parts(n: int) -> Iterator[tuple[int, Any]]:
    """Give arrays one after the other."""
    for i in range(n):
        yield i, np.full((1000, 500), i, np.float32)


def _fail(_: Any) -> None:
    raise AoiError("It crosses itself.", hint="Draw it again.")


def _bug(_: Any) -> None:
    raise ZeroDivisionError("a fault of our own")


@dataclass
class Foreign:
    """Not of this project."""

    value: int = 1


def _hang(_: Any) -> None:
    time.sleep(60)


def _spin(_: Any) -> None:
    while True:
        pass


def _wait(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def _refused(deed: Callable[[Any], Any]) -> Callable[[Any], str]:
    """What the system says to a deed."""

    def tried(argument: Any) -> str:
        try:
            deed(argument)
        except OSError as error:
            return type(error).__name__
        return "done"

    return tried


_DEEDS: dict[str, Callable[[Any], Any]] = {
    "echo": lambda x: x,
    "square": lambda _: Aoi.from_bbox(8.8, 45.4, 8.9, 45.5, name="square"),
    "fail": _fail,
    "bug": _bug,
    "die": lambda _: ctypes.string_at(0),
    "hang": _hang,
    "spin": _spin,
    "wait": _wait,
    "memory": lambda _: len(bytearray(2_000_000_000)),
    "output": lambda _: bytes(60_000_000),
    "array": lambda _: np.zeros(60_000_000, np.uint8),
    "foreign": lambda _: Foreign(),
    "pid": lambda _: os.getpid(),
    "cpu": lambda _: time.process_time(),
    "environment": lambda _: dict(os.environ),
    "connect": _refused(lambda address: socket.create_connection(address, timeout=1)),
    "program": _refused(lambda _: subprocess.run([sys.executable, "-V"], check=True)),
    "read": lambda path: Path(path).read_bytes(),
    "read hidden": _refused(lambda path: Path("/", *path).read_bytes()),
    "write": _refused(lambda path: Path(path).write_bytes(b"x")),
    "signal": _refused(lambda pid: os.kill(pid, 0)),
}
