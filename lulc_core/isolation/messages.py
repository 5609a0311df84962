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
from typing import Any

from lulc_core.domain.errors import LulcError

_MAX_BUFFERS = 1_000
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
}


class AnswerError(Exception):
    """An answer is larger than allowed, or holds what none may hold."""


def send(connection: Connection, value: Any) -> None:
    """Send a value; arrays go as they lie in memory."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    views = [buffer.raw() for buffer in buffers]
    connection.send_bytes(struct.pack(f"!I{len(views)}Q", len(views), *(v.nbytes for v in views)) + data)
    for view in views:
        connection.send_bytes(view)


def receive(connection: Connection, most_bytes: int) -> Any:
    """Receive a value from a child.

    Raises:
        EOFError: the child has ended.
        AnswerError: too large, or nothing that an answer may hold.
    """
    head, sizes = _head(connection, most_bytes)
    try:
        return _Restricted(io.BytesIO(head), buffers=_buffers(connection, sizes)).load()
    except (EOFError, ConnectionError):
        raise
    except Exception as error:
        raise AnswerError(str(error)) from error


def receive_request(connection: Connection) -> Any:
    """Receive a value from this program itself."""
    head, sizes = _head(connection, None)
    return pickle.loads(head, buffers=_buffers(connection, sizes))  # noqa: S301 - from our own parent


def _head(connection: Connection, most_bytes: int | None) -> tuple[bytes, list[int]]:
    try:
        data = connection.recv_bytes(most_bytes)
    except EOFError:
        raise
    except OSError as error:
        if isinstance(error, ConnectionError):  # killed in the middle of it
            raise EOFError from error
        raise AnswerError("larger than allowed") from error
    (count,) = struct.unpack_from("!I", data)
    if count > _MAX_BUFFERS and most_bytes is not None:
        raise AnswerError("too many parts")
    sizes = list(struct.unpack_from(f"!{count}Q", data, 4))
    if most_bytes is not None and sum(sizes) > most_bytes:
        raise AnswerError("larger than allowed")
    return data[4 + 8 * count :], sizes


def _buffers(connection: Connection, sizes: list[int]) -> list[bytearray]:
    buffers = []
    for size in sizes:
        buffer = bytearray(size)
        if connection.recv_bytes_into(buffer) != size:
            raise AnswerError("a part is shorter than announced")
        buffers.append(buffer)
    return buffers


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED:
            return super().find_class(module, name)
        if module.startswith("lulc_core.") and name.isidentifier():
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, LulcError)):
                return found
        raise AnswerError(f"{module}.{name} may not be in an answer")
