"""Functions that read files of unknown origin, called as ever and run in a child process.

::

    @isolated(SHORT, name=lambda data, filename: filename)
    def read_area_file(data: bytes, filename: str) -> Aoi: ...

The child is forked from a process that has the libraries loaded (``nursery``), answers one call and ends. It has no
network, sees no file but those that the call names, and is killed when it takes more than its limits; all that the
caller sees of that is a FileFormatError with one sentence. On systems without ``fork`` (Windows) the function runs
where it is called.
"""

from __future__ import annotations

import atexit
import functools
import logging
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from lulc_core.domain.errors import FileFormatError, LulcError, SourceError
from lulc_core.isolation import messages
from lulc_core.isolation.limits import Limits

_log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

READ_MB_PER_S = 20.0
"""Slow, for a file that must be decoded whole: what a call may take grows with the files that it names."""
PLACE_WAIT_S = 30.0
"""At least so long a call waits for a place among those of its kind."""
SPARE = 2
"""Children that wait for a call, so that none waits for a fork."""
in_child = not hasattr(os, "fork")
"""True where functions run in the process that calls them: in a child itself, and where there are no children."""
_KEPT = (
    "PATH",
    "LANG",
    "TZ",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PROJ_DATA",
    "PROJ_LIB",
    "GDAL_DATA",
)
_ENVIRONMENT = {
    "GDAL_CACHEMAX": "256",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PROJ_NETWORK": "OFF",
}


@dataclass(frozen=True)
class Request:
    """One call, as a child gets it."""

    module: str
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    parts: bool
    """The function gives its result in parts (it is a generator)."""
    limits: Limits
    readable: tuple[Path, ...]
    folder: Path
    """For the child's own files; removed afterwards."""


def isolated(limits: Limits, name: Callable[..., str]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a function run in a child process.

    Its arguments and its result are plain values, arrays, shapes and this project's dataclasses. The child may read
    the files that are named in the arguments by a ``Path``; a text names none.

    Args:
        limits: what a call may take.
        name: given the arguments, how the user knows the file.

    Raises (beside what the function raises):
        FileFormatError: the file takes more time or memory than allowed, or breaks the program that reads it.
        SourceError: no child can be started.
    """

    def wrap(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            if in_child:
                return function(*args, **kwargs)
            (result,) = _run(function, args, kwargs, limits, lambda: name(*args, **kwargs), parts=False)
            return result

        return call

    return wrap


def isolated_parts(
    limits: Limits, name: Callable[..., str]
) -> Callable[[Callable[P, Iterator[T]]], Callable[P, Iterator[T]]]:
    """Make a generator run in a child process, as :func:`isolated`; closing it ends the child."""

    def wrap(function: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
            if in_child:
                yield from function(*args, **kwargs)
            else:
                yield from _run(function, args, kwargs, limits, lambda: name(*args, **kwargs), parts=True)

        return call

    return wrap


def warm_up() -> None:
    """Start what children are forked from, in the background; the first call need not wait for it then."""
    if not in_child:
        _nursery.prepare()


def _run(
    function: Callable[..., Any], args: Any, kwargs: Any, limits: Limits, name: Callable[[], str], *, parts: bool
) -> Iterator[Any]:
    with _slot(limits, name), tempfile.TemporaryDirectory(prefix="lulc-child-") as folder:
        readable = _named_files((args, kwargs))
        size_mb = sum(path.stat().st_size for path in readable if path.is_file()) / 1e6
        limits = replace(limits, seconds=limits.seconds + size_mb / READ_MB_PER_S)
        request = Request(
            function.__module__, function.__name__, args, kwargs, parts, limits, readable, Path(folder).resolve()
        )
        child = _nursery.take()
        try:
            messages.send(child.connection, request)
            child.answer(limits, name)  # it begins: what it takes counts from here, not what it waited for
            while True:
                kind, value = child.answer(limits, name)
                if kind == "end":
                    return
                if kind != "value":
                    raise _error(kind, value, limits, name())
                yield value
        except ConnectionError as error:  # ended before it had the whole request
            raise _error("broken", "", limits, name()) from error
        finally:
            child.forget()
            _nursery.prepare()  # not before: it would take the processor from the child


class _Child:
    """A process that waits for one request."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._handle: int | None = None
        """Its process: a descriptor that cannot become another's, on Linux; its number elsewhere."""

    def begin(self) -> None:
        """Learn which process it is, from what forked it and before it can say anything itself.

        Raises:
            EOFError: there is none.
        """
        pid = int(self.connection.recv_bytes(20))
        self._handle = os.pidfd_open(pid) if sys.platform == "linux" else pid

    def answer(self, limits: Limits, name: Callable[[], str]) -> tuple[str, Any]:
        """Wait for the next part of the answer.

        Raises:
            FileFormatError: it takes too long, has ended without one, or gives what no answer may hold.
        """
        # The child counts its own time; one that waits, or that a file has taken over, does not.
        watch = threading.Timer(limits.wall_s, self.kill)
        watch.daemon = True
        started = time.monotonic()
        watch.start()
        try:
            kind, value = messages.receive(self.connection, limits.output_mb * 1_000_000)
            return kind, value
        except (EOFError, ConnectionError) as error:
            late = time.monotonic() - started >= 0.9 * limits.seconds  # no process computes longer than the clock runs
            raise _error("late" if late else "broken", "", limits, name()) from error
        except (messages.AnswerError, TypeError, ValueError) as error:
            raise _error("broken", f"its answer is refused: {error}", limits, name()) from error
        finally:
            watch.cancel()

    def kill(self) -> None:
        """End it, if it has not ended by itself."""
        with suppress(OSError):
            if self._handle is not None and sys.platform == "linux":
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            elif self._handle is not None:
                os.kill(self._handle, signal.SIGKILL)

    def forget(self) -> None:
        """End it and close what leads to it."""
        self.kill()
        self.connection.close()
        if self._handle is not None and sys.platform == "linux":
            os.close(self._handle)
        self._handle = None


class _Nursery:
    """What children are forked from, and those that wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Connection | None = None
        self._spare: deque[_Child] = deque()

    def prepare(self) -> None:
        """Start it where it does not run, and have children forked ahead; returns at once."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            while len(self._spare) < SPARE:
                self._fork()

    def take(self) -> _Child:
        """Take a child that nobody else has.

        Raises:
            SourceError: none can be started.
        """
        for _ in range(2 + SPARE):  # what forks them may have ended since, and those that wait with it
            try:
                self.prepare()
                with self._lock:
                    child = self._spare.popleft()
                child.begin()
                return child
            except (OSError, EOFError, IndexError) as error:
                _log.warning("A process that reads files had ended: %r", error)
        raise SourceError("The process that reads files cannot be started.", hint="Try again in a minute.")

    def stop(self) -> None:
        """End it with the program; it would end by itself, a little later."""
        if self._process is not None and self._control is not None:
            self._control.close()
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        self._spare.clear()
        ours, theirs = Pipe()
        package = Path(__file__).resolve().parents[2]
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        path = os.pathsep.join([str(package), *filter(None, [environment.get("PYTHONPATH")])])
        program = f"from lulc_core.isolation.nursery import run; run({theirs.fileno()})"
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", program],
                env={**environment, **_ENVIRONMENT, "PYTHONPATH": path},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._control = ours

    def _fork(self) -> None:
        assert self._control is not None and self._process is not None  # since prepare
        ours, theirs = Pipe()
        with theirs:
            send_handle(self._control, theirs.fileno(), self._process.pid)
        self._spare.append(_Child(ours))


_nursery = _Nursery()
atexit.register(_nursery.stop)
_slots: dict[Limits, threading.BoundedSemaphore] = {}
_slots_lock = threading.Lock()


@contextmanager
def _slot(limits: Limits, name: Callable[[], str]) -> Iterator[None]:
    """Wait for one of the places that these limits have."""
    with _slots_lock:
        places = _slots.setdefault(limits, threading.BoundedSemaphore(limits.at_once))
    if not places.acquire(timeout=max(limits.wall_s, PLACE_WAIT_S)):
        raise SourceError(f"{name()} was not read: too many other files are being read now.", hint="Try again.")
    try:
        yield
    finally:
        places.release()


def _error(kind: str, value: Any, limits: Limits, name: str) -> LulcError:
    if kind == "error" and isinstance(value, LulcError):
        return value
    if value:
        _log.error("Reading %s broke off: %s", name, value)
    if kind == "late":
        return FileFormatError(
            f"{name} was not read to its end: it takes more than {limits.seconds:.0f} s, where files of its kind take "
            "one or two.",
            hint="Keep only what is needed of it, or export it again.",
        )
    if kind == "memory":
        return FileFormatError(
            f"{name} was not read: it takes more than the {limits.memory_mb} MB of memory that are allowed.",
            hint="Keep only what is needed of it, or export it again.",
        )
    return FileFormatError(
        f"{name} was not read: it breaks the program that reads such files, so it is damaged or made to do harm.",
        hint="Export it again.",
    )


def _named_files(given: Any) -> tuple[Path, ...]:
    """Find the files that the arguments of a call name by a ``Path``, anywhere in them."""
    found: list[Path] = []

    class Finder(pickle.Pickler):
        def reducer_override(self, value: Any) -> Any:
            if isinstance(value, Path):
                found.append(value)
            return NotImplemented

    Finder(_Nowhere(), protocol=5, buffer_callback=lambda _: None).dump(given)
    return tuple(path.resolve() for path in found if os.path.exists(path))


class _Nowhere:
    def write(self, data: Any) -> int:
        return len(data)
