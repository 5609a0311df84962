"""Files that a source keeps as they came: checked when read, bounded together with the tiles of the download cache."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from lulc_core.domain.files import write_whole
from lulc_core.sources.cache import BYTES_SUFFIX

_DIGEST_BYTES = hashlib.sha256().digest_size


class ByteStore:
    """Bytes by name, in a folder; what is damaged counts as absent, and a folder that cannot be written keeps nothing.

    Args:
        folder: within that of a :class:`~lulc_core.sources.cache.TileCache`, which bounds it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes | None:
        """Return what was kept under a name (any text); None where there is nothing whole."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        content = data[:-_DIGEST_BYTES]
        with suppress(OSError):
            if _digest(name, content) == data[-_DIGEST_BYTES:]:
                os.utime(path)  # the time of use decides what goes first
                return content
            path.unlink()
        return None

    def write(self, name: str, content: bytes) -> None:
        """Keep bytes, whole or not at all."""
        with suppress(OSError):
            write_whole(self._path(name), content + _digest(name, content))

    def read_json(self, name: str) -> Any:
        """Return what :meth:`write_json` kept; None where there is nothing."""
        data = self.read(name)
        return None if data is None else json.loads(data)

    def write_json(self, name: str, value: Any) -> None:
        """Keep a value that JSON knows."""
        self.write(name, json.dumps(value, separators=(",", ":")).encode())

    def drop(self, name: str) -> None:
        """Forget what was kept under a name."""
        with suppress(OSError):
            self._path(name).unlink()

    def _path(self, name: str) -> Path:
        digest = hashlib.sha256(name.encode()).hexdigest()
        return self.folder / digest[:2] / f"{digest[2:34]}{BYTES_SUFFIX}"


def _digest(name: str, content: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\0" + content).digest()
