"""What goes between this program and a child: requests as they are, answers with a list of what may be in them.

A child that a file has taken over may send anything. Its answer is unpickled into arrays, dates, paths, shapes and
this project's own dataclasses and errors; whatever else it names is refused, as Python's documentation shows
(pickle, "Restricting globals").
"""

from __future__ import annotations

import dataclasses
import importlib
import io
import pickle
import struct
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Any

from lulc_core.domain.errors import LulcError

_MAX_BUFFERS = 1_000
_COUNT = struct.Struct("!I")
_ENTRY = struct.Struct("!Q?")
"""Size of an array in bytes, and whether it is read-only."""
_ALLOWED = {
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("pathlib", "PosixPath"),
    ("pathlib._local", "PosixPath"),  # from Python 3.13 on
    ("shapely.io", "from_wkb"),
    (__name__, "frozen"),
}


class AnswerError(Exception):
    """An answer is larger than allowed, or holds what none may hold."""


def send(connection: Connection, value: Any) -> None:
    """Send a value; arrays go as they lie in memory, and stay read-only where they are."""
    buffers: list[pickle.PickleBuffer] = []
    out = io.BytesIO()
    _Pickler(out, protocol=5, buffer_callback=buffers.append).dump(value)
    data = out.getbuffer()
    views = [buffer.raw() for buffer in buffers]
    table = b"".join(_ENTRY.pack(view.nbytes, view.readonly) for view in views)
    connection.send_bytes(b"".join((_COUNT.pack(len(views)), table, data)))
    for view in views:
        connection.send_bytes(view)


def receive(connection: Connection, most_bytes: int) -> Any:
    """Receive a value from a child.

    Raises:
        EOFError: the child has ended.
        AnswerError: too large, or nothing that an answer may hold.
    """
    head, table = _head(connection, most_bytes)
    try:
        return _Restricted(io.BytesIO(head), buffers=_buffers(connection, table)).load()
    except (EOFError, ConnectionError):
        raise
    except Exception as error:
        raise AnswerError(str(error)) from error


def receive_request(connection: Connection) -> Any:
    """Receive a value from this program itself."""
    head, table = _head(connection, None)
    return pickle.loads(head, buffers=_buffers(connection, table))  # noqa: S301 - from our own parent


def _head(connection: Connection, most_bytes: int | None) -> tuple[bytes, list[tuple[int, bool]]]:
    try:
        data = connection.recv_bytes(most_bytes)
    except EOFError:
        raise
    except OSError as error:
        if isinstance(error, ConnectionError):  # killed in the middle of it
            raise EOFError from error
        raise AnswerError("larger than allowed") from error
    (count,) = _COUNT.unpack_from(data)
    if count > _MAX_BUFFERS and most_bytes is not None:
        raise AnswerError("too many parts")
    end = _COUNT.size + count * _ENTRY.size
    table = list(_ENTRY.iter_unpack(data[_COUNT.size : end]))
    if most_bytes is not None and sum(size for size, _ in table) > most_bytes:
        raise AnswerError("larger than allowed")
    return data[end:], table


def _buffers(connection: Connection, table: list[tuple[int, bool]]) -> list[memoryview]:
    buffers = []
    for size, readonly in table:
        buffer = memoryview(bytearray(size))
        if connection.recv_bytes_into(buffer) != size:
            raise AnswerError("a part is shorter than announced")
        buffers.append(buffer.toreadonly() if readonly else buffer)
    return buffers


def frozen(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """Make a dictionary read-only again; Python pickles none that is."""
    return MappingProxyType(values)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        return (frozen, (dict(value),)) if isinstance(value, MappingProxyType) else NotImplemented


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED:
            return super().find_class(module, name)
        if module.startswith("lulc_core.") and name.isidentifier():
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, LulcError)):
                return found
        raise AnswerError(f"{module}.{name} may not be in an answer")
