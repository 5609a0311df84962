"""Downloads kept on disk: GeoTIFF files of 4 x 4 lattice tiles, bounded in all, safe against being killed half-way.

One file, a block, holds any of its 16 tiles, so that a drawing of any shape fetches exactly what it lacks. It is a
georeferenced DEFLATE GeoTIFF of 256 x 256 pixels that GDAL and QGIS open. Its tags name the pixels (``LULC_KEY``) and
the tiles that are there (``LULC_TILES``; the others are 0) and since when some of them are empty (``LULC_EMPTY``), and
the SHA-256 of the GeoTIFF follows its last byte: half a file, a damaged or a foreign one counts as absent.

Several processes may share a folder. Files are written under another name and renamed; where two processes write the
same block at once the later one wins, and the other's tiles are fetched again. Keys carry no credentials.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import SourceError
from lulc_core.domain.files import PARTIAL_SUFFIX, delete_longest_unused, files_below, write_whole
from lulc_core.domain.grid import PIXEL_M, TILE_M, TILE_PX

BLOCK_TILES = 4
"""Tiles along a side of a block: about 1 MB for 13 bands, so a full cache of 4 GB has some 5,000 files."""
_BLOCK_PX = BLOCK_TILES * TILE_PX
BLOCK_SUFFIX = ".block.tif"
"""Nobody else's GeoTIFF ends like this: files of other names are never deleted."""
BYTES_SUFFIX = ".block.bin"
"""Of a :class:`~lulc_core.sources.byte_store.ByteStore` in the same folder, bounded together with the blocks."""
_EARLIER_SUFFIX = ".blk"
"""Blocks of earlier versions, in a format of their own that is not read any more."""
EMPTY_KEPT_S = 24 * 3600.0
"""An empty answer is believed so long: a service that had nothing yesterday may have the image today."""
_ABANDONED_S = 3600.0
_DIGEST_BYTES = hashlib.sha256().digest_size
_CHECK_EVERY_BYTES = 64 * 2**20

_log = logging.getLogger(__name__)

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

    def read(self, key: CacheKey, tiles: Iterable[LatticeTile]) -> Iterator[tuple[LatticeTile, NDArray[Any]]]:
        """Read the tiles that are there, block by block.

        Args:
            key: whose pixels.
            tiles: lattice indices.

        Yields:
            Tile and its array (channels, 64, 64) of the key's dtype.
        """
        for block, members in groupby(sorted(tiles, key=_block_of), _block_of):
            held = self._read_block(key, block).tiles
            yield from ((tile, held[tile]) for tile in members if tile in held)

    def write(self, key: CacheKey, tiles: Mapping[LatticeTile, NDArray[Any]]) -> None:
        """Keep tiles beside those that are there, then see to the bound.

        Raises:
            SourceError: the folder cannot be written; the pixels themselves are not lost by that.
        """
        for array in tiles.values():
            if array.shape != (key.channels, TILE_PX, TILE_PX) or array.dtype != np.dtype(key.dtype):
                raise ValueError(
                    f"a tile is {array.shape} {array.dtype}, expected {key.channels} x 64 x 64 {key.dtype}"
                )
        try:
            for block, members in groupby(sorted(tiles, key=_block_of), _block_of):
                self._write_block(key, block, {tile: tiles[tile] for tile in members})
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

    def forget(self, source: str, product: str, epsg: int, tiles: Iterable[LatticeTile]) -> None:
        """Delete the blocks that hold tiles of a product, whatever their layer; neighbours in a block go with them.

        Args:
            source, product, epsg: as in :class:`CacheKey`.
            tiles: lattice indices.
        """
        blocks = {_block_of(tile) for tile in tiles}
        folder = self.folder.joinpath(*(_safe(p) for p in (*source.split("/"), product)))
        for east, north in blocks:
            for path in folder.glob(f"*/{epsg}/{east}_{north}{BLOCK_SUFFIX}"):
                _delete(path)

    def trim(self) -> int:
        """Delete the longest unused blocks until the bound holds, and what earlier versions and killed processes left.

        Returns:
            Bytes that remain.
        """
        abandoned_before = time.time() - _ABANDONED_S
        partial_bytes = earlier = 0
        for path, info in files_below(self.folder):
            if path.suffix == PARTIAL_SUFFIX and info.st_mtime >= abandoned_before:
                partial_bytes += info.st_size
            elif path.suffix == PARTIAL_SUFFIX:
                _delete(path)
            elif path.suffix == _EARLIER_SUFFIX:
                earlier += _delete(path)
        if earlier:
            _log.warning("Deleted %d files of an earlier version's cache format from %s.", earlier, self.folder)
        return partial_bytes + delete_longest_unused(self.folder, self.max_bytes - partial_bytes)

    def _path(self, key: CacheKey, block: LatticeTile) -> Path:
        return self.folder / key.path / f"{block[0]}_{block[1]}{BLOCK_SUFFIX}"

    def _read_block(self, key: CacheKey, block: LatticeTile) -> _Held:
        path = self._path(key, block)
        try:
            data = path.read_bytes()
        except OSError:
            return _Held({}, {})
        found = _decode(data, key, block)
        with suppress(OSError):
            if found is None:
                path.unlink()  # damaged: fetched and written again
            else:
                os.utime(path)  # the time of use decides what goes first; access times are often switched off
        return found or _Held({}, {})

    def _write_block(self, key: CacheKey, block: LatticeTile, tiles: dict[LatticeTile, NDArray[Any]]) -> None:
        held = self._read_block(key, block)
        since = {tile: moment for tile, moment in held.empty_since.items() if tile not in tiles}
        since |= {tile: time.time() for tile, pixels in tiles.items() if not pixels.any()}
        data = _encode(_Held({**held.tiles, **tiles}, since), key, block)
        write_whole(self._path(key, block), data)
        with self._lock:
            self._unchecked_bytes += len(data)


@dataclass(frozen=True)
class _Held:
    """What a block holds."""

    tiles: Mapping[LatticeTile, NDArray[Any]]
    empty_since: Mapping[LatticeTile, float]
    """When those of the tiles that hold nothing were fetched, seconds since 1970."""


def _delete(path: Path) -> bool:
    """Delete a file; False where another process was faster, or the system refuses."""
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _block_of(tile: LatticeTile) -> LatticeTile:
    return tile[0] // BLOCK_TILES, tile[1] // BLOCK_TILES


def _safe(part: str) -> str:
    """Make a folder's name: readable where the text allows, with a digest where something had to be changed."""
    plain = re.sub(r"[^A-Za-z0-9_.\-]", "_", part)[:100]
    if plain == part and plain.strip("."):
        return plain
    return f"{plain.strip('.') or 'x'}-{hashlib.sha256(part.encode()).hexdigest()[:12]}"


def _encode(held: _Held, key: CacheKey, block: LatticeTile) -> bytes:
    """Make a block's file: its GeoTIFF and the digest of that."""
    from affine import Affine
    from rasterio.io import MemoryFile

    pixels = np.zeros((key.channels, _BLOCK_PX, _BLOCK_PX), key.dtype)
    for tile, array in held.tiles.items():
        pixels[:, *_slices(tile)] = array
    left_m, top_m = block[0] * BLOCK_TILES * TILE_M, (block[1] + 1) * BLOCK_TILES * TILE_M
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=_BLOCK_PX,
            height=_BLOCK_PX,
            count=key.channels,
            dtype=key.dtype,
            crs=f"EPSG:{key.epsg}",
            transform=Affine(PIXEL_M, 0.0, left_m, 0.0, -PIXEL_M, top_m),
            # A channel is one internal tile: read faster, and smaller, than 16 of them.
            tiled=True,
            blockxsize=_BLOCK_PX,
            blockysize=_BLOCK_PX,
            interleave="band",
            compress="deflate",
            zlevel=1,
            predictor=3 if pixels.dtype.kind == "f" else 2,
        ) as dataset:
            names = " ".join(f"{east},{north}" for east, north in sorted(held.tiles))
            empty = " ".join(f"{east},{north},{moment:.0f}" for (east, north), moment in held.empty_since.items())
            dataset.update_tags(LULC_KEY=_label(key, block), LULC_TILES=names, LULC_EMPTY=empty)
            dataset.write(pixels)
        content = bytes(memory.getbuffer())
    return content + hashlib.sha256(content).digest()


def _decode(data: bytes, key: CacheKey, block: LatticeTile) -> _Held | None:
    """Read the tiles that a block's file holds, without those that have been empty for too long to be believed.

    Returns:
        None where it is damaged or another one's.
    """
    from rasterio.errors import RasterioError
    from rasterio.io import MemoryFile

    content = data[:-_DIGEST_BYTES]
    if hashlib.sha256(content).digest() != data[-_DIGEST_BYTES:]:
        return None
    try:
        with MemoryFile(content) as memory, memory.open(driver="GTiff") as dataset:
            tags = dataset.tags()
            if tags.get("LULC_KEY") != _label(key, block):
                return None
            names = [name.split(",") for name in tags.get("LULC_TILES", "").split()]
            stamps = [name.split(",") for name in tags.get("LULC_EMPTY", "").split()]
            pixels = dataset.read()  # (channels, 256, 256)
    except RasterioError:
        return None
    fresh = time.time() - EMPTY_KEPT_S
    since = {(int(east), int(north)): float(moment) for east, north, moment in stamps if float(moment) > fresh}
    held = {(int(east), int(north)): pixels[:, *_slices((int(east), int(north)))] for east, north in names}
    return _Held({tile: array for tile, array in held.items() if tile in since or array.any()}, since)


def _label(key: CacheKey, block: LatticeTile) -> str:
    return json.dumps({**asdict(key), "block": block}, sort_keys=True)


def _slices(tile: LatticeTile) -> tuple[slice, slice]:
    """Rows and columns of a tile's pixels in its block; row 0 is the northern edge."""
    top = (BLOCK_TILES - 1 - tile[1] % BLOCK_TILES) * TILE_PX
    left = tile[0] % BLOCK_TILES * TILE_PX
    return slice(top, top + TILE_PX), slice(left, left + TILE_PX)
