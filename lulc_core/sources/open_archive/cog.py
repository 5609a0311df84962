"""A cloud-optimised GeoTIFF read in pieces through the checked client: GDAL asks for bytes, the client gets them.

GDAL's own network (vsicurl) is not used: it keeps failed opens for ever and takes bytes that did not come for zeros.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lulc_core.domain.errors import LulcError, ServiceError
from lulc_core.sources.byte_store import ByteStore
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.open_archive.web import Web, host_of

HEAD_BYTES = 32_768
"""First read of a file: the directories of all its sizes fit in."""
_LEAST_BYTES = 4_096


class _Ranges(io.RawIOBase):
    """A file whose bytes are fetched as they are asked for."""

    def __init__(self, fetch: Callable[[int, int], tuple[bytes, int]]) -> None:
        super().__init__()
        self._fetch = fetch
        self._spans: list[tuple[int, bytes]] = []
        self._position = 0
        self.error: Exception | None = None
        head, self.total = fetch(0, HEAD_BYTES)
        self._spans.append((0, head))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = offset + (0, self._position, self.total)[whence]
        return self._position

    def read(self, size: int = -1) -> bytes:
        size = self.total - self._position if size < 0 else min(size, self.total - self._position)
        if size <= 0 or self.error is not None:
            return b""
        start, self._position = self._position, self._position + size
        for begin, data in reversed(self._spans):
            if begin <= start and start + size <= begin + len(data):
                return data[start - begin : start - begin + size]
        try:
            data, _ = self._fetch(start, min(max(size, _LEAST_BYTES), self.total - start))
        except Exception as error:  # noqa: BLE001 - GDAL would swallow it; raised when GDAL is done
            self.error = error
            return b""
        self._spans.append((start, data))
        return data[:size]

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def open_cog(web: Web, url: str, control: Control, store: ByteStore | None = None) -> Iterator[Any]:
    """Open a COG as a rasterio dataset for reading windows, at full or reduced size.

    Args:
        web: the client.
        url: of the file.
        control: deadline and stop.
        store: keeps the parts, for files that never change.

    Raises:
        SourceError: bytes did not come, or are no GeoTIFF; raised when the block is left: use nothing of before.
        CancelledError: nobody waits any more.
    """
    import rasterio
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import RasterioError

    name = url.rpartition("/")[2]
    used: list[str] = []

    def fetch(start: int, length: int) -> tuple[bytes, int]:
        key = f"cog/{url}/{start}+{length}"
        used.append(key)
        kept = store.read(key) if store is not None else None
        if kept is not None:
            return kept[8:], int.from_bytes(kept[:8], "big")
        part = web.get_part(url, start, length, f"a part of {name}", control)
        if store is not None:
            store.write(key, part.total.to_bytes(8, "big") + part.data)
        return part.data, part.total

    source = _Ranges(fetch)

    def opener(path: str, mode: str = "rb") -> Any:
        if path != "image.tif":
            raise FileNotFoundError(path)  # side-cars
        source.seek(0)
        return source

    try:
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_NUM_THREADS="1"),
            rasterio.open("image.tif", opener=opener, driver="GTiff") as dataset,
        ):
            yield dataset
    except (RasterioError, CPLE_BaseError, OSError) as error:
        if source.error is not None:
            raise source.error from error
        if isinstance(error, LulcError):
            raise
        if store is not None:
            for key in used:
                store.drop(key)
        raise ServiceError(
            f"The file {name} at {host_of(url)} is damaged: it cannot be read as GeoTIFF. Nothing was kept from it.",
            hint="Try again; if it stays so, choose another date.",
        ) from error
    if source.error is not None:
        raise source.error
