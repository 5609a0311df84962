"""Downloads kept on disk: small files of 4 x 4 lattice tiles, bounded in all, safe against being killed half-way.

A file holds any of its 16 tiles, so a drawing of any shape fetches exactly what it lacks. Files are written under
another name and renamed, and end in a checksum: half a file, or a foreign one, counts as absent. Several processes
may share a folder; where two write the same file at once the later one wins, and the other's tiles are fetched again.
Nothing is unpickled, and keys carry no credentials.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import struct
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import SourceError
from lulc_core.domain.files import PARTIAL_SUFFIX, write_whole
from lulc_core.domain.grid import TILE_PX

BLOCK_TILES = 4
"""Tiles along a side of a block: about 1 MB for 13 bands, so a full cache of 4 GB has some 5,000 files."""
_MAGIC = b"LULCBLK1"
_SUFFIX = ".blk"
_ABANDONED_S = 3600.0
_DIGEST = hashlib.sha256().digest_size
_CHECK_EVERY_BYTES = 64 * 2**20

LatticeTile = tuple[int, int]
"""Easting and northing index of a tile on its zone's lattice."""


@dataclass(frozen=True)
class CacheKey:
    """Where pixels of one kind are kept: source, product and bands, in one UTM zone."""

    source: str
    """Name of the source and, for services, the host: ``sentinel-hub/sh.dataspace.copernicus.eu``. No secret."""
    product: str
    """``Acquisition.id``."""
    layer: str
    """Which bands, resampled how."""
    epsg: int
    channels: int
    """Arrays have the shape (channels, 64, 64)."""
    dtype: str
    """``uint8``, ``uint16`` or ``float32``."""

    @property
    def path(self) -> Path:
        """Folder within the cache, made of letters, digits, ``.``, ``-`` and ``_`` only."""
        parts = [*self.source.split("/"), self.product, f"{self.layer}-{self.channels}{self.dtype}", str(self.epsg)]
        return Path(*(_safe(p) for p in parts))


class TileCache:
    """A folder of tile blocks.

    Args:
        folder: made where it does not exist.
        max_mb: bound of all files together, MiB; the longest unused go first.
    """

    def __init__(self, folder: Path, max_mb: float) -> None:
        self.folder = Path(folder)
        self.max_bytes = int(max_mb * 2**20)
        self._unchecked_bytes = float("inf")  # what other processes left behind is not known yet
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"BlockCache({str(self.folder)!r}, max_mb={self.max_bytes / 2**20:g})"

    def read(self, shelf: CacheKey, tiles: Iterable[LatticeTile]) -> Iterator[tuple[LatticeTile, NDArray[Any]]]:
        """The tiles that are there, block by block.

        Args:
            shelf: what is looked for.
            tiles: lattice indices.

        Yields:
            Tile and its array (channels, 64, 64) of the shelf's dtype.
        """
        wanted: dict[LatticeTile, set[LatticeTile]] = defaultdict(set)
        for tile in tiles:
            wanted[_block_of(tile)].add(tile)
        for block, members in wanted.items():
            held = self._read_block(shelf, block, members)
            yield from held.items()

    def write(self, shelf: CacheKey, tiles: Mapping[LatticeTile, NDArray[Any]]) -> None:
        """Keeps tiles beside those that are there, then sees to the bound.

        Raises:
            SourceError: the folder cannot be written; the pixels themselves are not lost by that.
        """
        groups: dict[LatticeTile, dict[LatticeTile, NDArray[Any]]] = defaultdict(dict)
        for tile, array in tiles.items():
            if array.shape != (shelf.channels, TILE_PX, TILE_PX) or array.dtype != np.dtype(shelf.dtype):
                raise ValueError(
                    f"a tile is {array.shape} {array.dtype}, expected {shelf.channels} x 64 x 64 {shelf.dtype}"
                )
            groups[_block_of(tile)][tile] = array
        try:
            for block, members in groups.items():
                self._write_block(shelf, block, members)
        except OSError as error:
            raise SourceError(
                f"The download could not be kept in {self.folder} ({error.strerror or 'no reason given'}).",
                hint="Make room there, or set LULC_CACHE_DIR to another folder.",
            ) from error
        with self._lock:
            due = self._unchecked_bytes >= min(_CHECK_EVERY_BYTES, self.max_bytes // 8)
            if due:
                self._unchecked_bytes = 0.0
        if due:
            self.trim()

    def trim(self) -> int:
        """Deletes the longest unused blocks until the bound holds, and what killed processes left behind.

        Returns:
            Bytes that remain.
        """
        now = time.time()
        files: list[tuple[float, int, str]] = []
        for entry in _walk(self.folder):
            with contextlib.suppress(OSError):  # another process may have deleted it just now
                info = entry.stat()
                if entry.name.endswith(PARTIAL_SUFFIX) and now - info.st_mtime > _ABANDONED_S:
                    os.unlink(entry.path)
                elif entry.name.endswith((_SUFFIX, PARTIAL_SUFFIX)):
                    files.append((info.st_mtime, info.st_size, entry.path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.max_bytes:
                break
            if path.endswith(_SUFFIX):
                with contextlib.suppress(OSError):
                    os.unlink(path)
                    total -= size
        return total

    def clear(self) -> None:
        """Deletes every block; other files in the folder stay."""
        for entry in _walk(self.folder):
            if entry.name.endswith((_SUFFIX, PARTIAL_SUFFIX)):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)

    def _path(self, shelf: CacheKey, block: LatticeTile) -> Path:
        return self.folder / shelf.path / f"{block[0]}_{block[1]}{_SUFFIX}"

    def _read_block(
        self, shelf: CacheKey, block: LatticeTile, members: set[LatticeTile] | None = None
    ) -> dict[LatticeTile, NDArray[Any]]:
        path = self._path(shelf, block)
        try:
            data = path.read_bytes()
        except OSError:
            return {}
        found = _decode(data, shelf, block, members)
        if found is None:
            with contextlib.suppress(OSError):  # damaged: fetched again and written anew
                path.unlink()
            return {}
        with contextlib.suppress(OSError):
            os.utime(path)  # the time of use decides what goes first; access times are often switched off
        return found

    def _write_block(self, shelf: CacheKey, block: LatticeTile, tiles: dict[LatticeTile, NDArray[Any]]) -> None:
        path = self._path(shelf, block)
        data = _encode({**self._read_block(shelf, block), **tiles}, shelf, block)
        write_whole(path, data)
        with self._lock:
            self._unchecked_bytes += len(data)


def _block_of(tile: LatticeTile) -> LatticeTile:
    return tile[0] // BLOCK_TILES, tile[1] // BLOCK_TILES


def _safe(part: str) -> str:
    """A name for a folder: readable where the text allows, with a digest where something had to be changed."""
    plain = re.sub(r"[^A-Za-z0-9_.\-]", "_", part)[:100]
    if plain == part and plain.strip("."):
        return plain
    return f"{plain.strip('.') or 'x'}-{hashlib.sha256(part.encode()).hexdigest()[:12]}"


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield entry


def _header(shelf: CacheKey, block: LatticeTile) -> dict[str, Any]:
    return {
        "source": shelf.source,
        "product": shelf.product,
        "layer": shelf.layer,
        "epsg": shelf.epsg,
        "shape": [shelf.channels, TILE_PX, TILE_PX],
        "dtype": np.dtype(shelf.dtype).newbyteorder("<").str,
        "block": list(block),
    }


def _encode(tiles: Mapping[LatticeTile, NDArray[Any]], shelf: CacheKey, block: LatticeTile) -> bytes:
    order = sorted(tiles)
    packed = [_pack(tiles[tile]) for tile in order]
    header = {**_header(shelf, block), "tiles": order, "sizes": [len(p) for p in packed]}
    head = json.dumps(header, sort_keys=True).encode()
    body = b"".join([_MAGIC, struct.pack("<I", len(head)), head, *packed])
    return body + hashlib.sha256(body).digest()


def _decode(
    data: bytes, shelf: CacheKey, block: LatticeTile, members: set[LatticeTile] | None
) -> dict[LatticeTile, NDArray[Any]] | None:
    """Tiles of a block file, or None where the file is damaged or another one's."""
    start = len(_MAGIC) + 4
    if len(data) < start + _DIGEST or not data.startswith(_MAGIC):
        return None
    view = memoryview(data)
    if hashlib.sha256(view[:-_DIGEST]).digest() != data[-_DIGEST:]:
        return None
    (length,) = struct.unpack_from("<I", data, len(_MAGIC))
    try:
        header = json.loads(data[start : start + length])
        tiles = [(int(e), int(n)) for e, n in header.pop("tiles")]
        sizes = [int(s) for s in header.pop("sizes")]
        if header != _header(shelf, block) or len(sizes) != len(tiles):
            return None
        found, at = {}, start + length
        for tile, size in zip(tiles, sizes, strict=True):
            if members is None or tile in members:
                found[tile] = _unpack(view[at : at + size], shelf)
            at += size
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
        return None
    return found


def _pack(array: NDArray[Any]) -> bytes:
    # Low and high bytes apart: the high bytes of imagery hardly vary, which zlib then sees.
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    planes = little.view(np.uint8).reshape(-1, little.dtype.itemsize).T
    return zlib.compress(np.ascontiguousarray(planes).tobytes(), 1)


def _unpack(data: memoryview, shelf: CacheKey) -> NDArray[Any]:
    dtype = np.dtype(shelf.dtype).newbyteorder("<")
    count = shelf.channels * TILE_PX * TILE_PX
    raw = zlib.decompressobj().decompress(data, count * dtype.itemsize + 1)
    planes = np.frombuffer(raw, np.uint8).reshape(dtype.itemsize, count)
    flat = np.ascontiguousarray(planes.T).view(dtype).reshape(shelf.channels, TILE_PX, TILE_PX)
    return flat.astype(np.dtype(shelf.dtype), copy=False)
