"""JPEG 2000 files read in pieces: the main header, where each tile-part lies, and a small file of some tiles.

A tile-part says how long it is, so that its place follows from the one before it; newer files hold a table of all
lengths (TLM). :func:`cut` puts the tile-parts of a rectangle of tiles behind a header that describes this rectangle
alone: an ordinary code stream, which a decoder reads whole or refuses. Nothing is missing that could be left out.

Source: ISO/IEC 15444-1, annex A (markers) and B.3 (the grid of tiles).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SOT_BYTES = 12
_START = b"\xff\x4f\xff\x51"
_SIZ, _TLM, _SOT, _EOC = 0xFF51, 0xFF55, 0xFF90, b"\xff\xd9"
_MAX_SIDE = 20_000
_MAX_TILES = 4096


class Jp2Error(ValueError):
    """The bytes are not those of such a file."""


class NeedMoreError(Exception):
    """The main header is longer than the bytes at hand."""


@dataclass(frozen=True)
class Header:
    """The main header of a file."""

    start: int
    """Where the code stream begins in the file."""
    end: int
    """Where the first tile-part begins."""
    segments: tuple[tuple[int, bytes], ...]
    """Marker and whole segment, marker included; without TLM."""
    width: int
    height: int
    tile_w: int
    tile_h: int
    lengths: tuple[tuple[int, int], ...]
    """Tile and bytes of every tile-part in the order of the file, where the header tells (TLM); else empty."""
    origin: tuple[float, float] | None
    """Left and top edge in metres, where the file tells (GMLJP2)."""
    epsg: int | None
    pixel_m: float | None

    @property
    def tiles_across(self) -> int:
        """Tiles in a row."""
        return -(-self.width // self.tile_w)

    @property
    def n_tiles(self) -> int:
        """Tiles of the file."""
        return self.tiles_across * -(-self.height // self.tile_h)

    def tiles_of(self, row0: int, col0: int, row1: int, col1: int) -> tuple[int, int, int, int]:
        """Rows and columns of tiles (half-open) that hold a window of pixels."""
        return row0 // self.tile_h, col0 // self.tile_w, -(-row1 // self.tile_h), -(-col1 // self.tile_w)


def parse_header(data: bytes) -> Header:
    """Read the main header from the first bytes of a file.

    Raises:
        NeedMoreError: there must be more of it.
        Jp2Error: it is no JPEG 2000 file, or one unlike Sentinel-2's.
    """
    start = data.find(_START)
    if start < 0:
        if data[4:8] == b"jP  " or data[:2] == b"\xff\x4f":
            raise NeedMoreError
        raise Jp2Error("it does not begin like a JPEG 2000 file")
    position = start + 2
    segments: list[tuple[int, bytes]] = []
    tables: list[tuple[int, list[tuple[int, int]]]] = []
    while True:
        if position + 4 > len(data):
            raise NeedMoreError
        marker, length = struct.unpack_from(">HH", data, position)
        if marker == _SOT:
            break
        if marker < 0xFF00 or length < 2:
            raise Jp2Error("its header is damaged")
        segment = data[position : position + 2 + length]
        if len(segment) < 2 + length:
            raise NeedMoreError
        if marker == _TLM:
            tables.append(_tlm(segment))
        else:
            segments.append((marker, segment))
        position += 2 + length
    if not segments or segments[0][0] != _SIZ or len(segments[0][1]) < 40:
        raise Jp2Error("its header has no image size")
    x1, y1, x0, y0, tile_w, tile_h, tile_x0, tile_y0 = struct.unpack_from(">8I", segments[0][1], 6)
    if x0 or y0 or tile_x0 or tile_y0:
        raise Jp2Error("its tiles do not begin at its corner")
    if not (0 < x1 <= _MAX_SIDE and 0 < y1 <= _MAX_SIDE and tile_w and tile_h):
        raise Jp2Error(f"it says to have {x1:,} x {y1:,} pixels")
    lengths = tuple(entry for _, table in sorted(tables) for entry in table)
    header = Header(start, position, tuple(segments), x1, y1, tile_w, tile_h, lengths, *_georeference(data[:start]))
    if header.n_tiles > _MAX_TILES:
        raise Jp2Error(f"it says to have {header.n_tiles:,} tiles")
    return header


def has_one_part_a_tile(sot: bytes) -> bool:
    """Tell by the beginning of a tile-part whether its tile has no other."""
    return sot[10:12] == b"\x00\x01"


def parse_sot(data: bytes, header: Header) -> tuple[int, int]:
    """Read the beginning of a tile-part: which tile, and bytes of the part from its beginning.

    Raises:
        Jp2Error: there is none.
    """
    if len(data) < SOT_BYTES:
        raise Jp2Error("a tile-part begins beyond its end")
    marker, length, tile, bytes_, _, _ = struct.unpack_from(">HHHIBB", data)
    if marker != _SOT or length != 10 or tile >= header.n_tiles or bytes_ < SOT_BYTES + 2:
        raise Jp2Error("there is no tile where one should be")
    return tile, bytes_


def find_sot(data: bytes, header: Header) -> tuple[int, int, int] | None:
    """Find the first tile-part that begins within some bytes from the middle of a file: position, tile, bytes.

    Coded data never hold the marker (B.10.1: after FF comes at most 8F); lengths of packets might, hence the checks.
    """
    position = data.find(b"\xff\x90\x00\x0a")
    while position >= 0:
        try:
            return (position, *parse_sot(data[position : position + SOT_BYTES], header))
        except Jp2Error:
            position = data.find(b"\xff\x90\x00\x0a", position + 2)
    return None


def cut(header: Header, parts: dict[int, bytes], rows: tuple[int, int], cols: tuple[int, int]) -> bytes:
    """Make a code stream of a rectangle of tiles.

    Args:
        header: of the file.
        parts: whole tile-parts by tile.
        rows, cols: of tiles, half-open.

    Raises:
        Jp2Error: a tile is missing, or is not what it should be.
    """
    (r0, r1), (c0, c1) = rows, cols
    out = bytearray(b"\xff\x4f")
    for marker, segment in header.segments:
        changed = bytearray(segment)
        if marker == _SIZ:
            left, top = c0 * header.tile_w, r0 * header.tile_h
            right, bottom = min(c1 * header.tile_w, header.width), min(r1 * header.tile_h, header.height)
            # Image and grid of tiles begin at the rectangle's corner; all coordinates stay, so precincts do, too.
            struct.pack_into(">4I", changed, 6, right, bottom, left, top)
            struct.pack_into(">2I", changed, 30, left, top)
        out += changed
    for row in range(r0, r1):
        for col in range(c0, c1):
            tile = row * header.tiles_across + col
            part = parts.get(tile)
            if part is None:
                raise Jp2Error("a tile is missing")
            for begin, bytes_ in _parts_of(part, tile, header):
                piece = bytearray(part[begin : begin + bytes_])
                struct.pack_into(">H", piece, 4, (row - r0) * (c1 - c0) + col - c0)
                out += piece
    return bytes(out + _EOC)


def decode(stream: bytes) -> NDArray[np.uint16]:
    """Decode what :func:`cut` made.

    Returns:
        uint16 (rows, columns), or (channels, rows, columns) where the file has several.

    Raises:
        Jp2Error: it cannot be decoded.
    """
    import warnings

    import rasterio
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import NotGeoreferencedWarning, RasterioError
    from rasterio.io import MemoryFile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            # One thread: bands are decoded side by side, and GDAL's threads swallow errors.
            with (
                rasterio.Env(GDAL_NUM_THREADS="1"),
                MemoryFile(stream, ext=".j2k") as memory,
                memory.open(driver="JP2OpenJPEG") as dataset,
            ):
                pixels = dataset.read()
        except (RasterioError, CPLE_BaseError) as error:
            raise Jp2Error("its tiles cannot be decoded") from error
    return np.asarray(pixels[0] if len(pixels) == 1 else pixels)


def _parts_of(part: bytes, tile: int, header: Header) -> list[tuple[int, int]]:
    """Check the tile-parts of one tile, one behind the other: position and bytes of each."""
    found, position = [], 0
    while position < len(part):
        here, bytes_ = parse_sot(part[position : position + SOT_BYTES], header)
        if here != tile or position + bytes_ > len(part):
            raise Jp2Error("a tile is not where it should be")
        found.append((position, bytes_))
        position += bytes_
    return found


def _tlm(segment: bytes) -> tuple[int, list[tuple[int, int]]]:
    """Read a table of tile-parts: its number, and tile and bytes of each."""
    number, style = segment[4], segment[5]
    tile_bytes, length_bytes = (style >> 4) & 3, 4 if style & 0x40 else 2
    step = tile_bytes + length_bytes
    body = segment[6:]
    if tile_bytes == 3 or len(body) % step:
        raise Jp2Error("its table of tiles is damaged")
    table = []
    for i in range(0, len(body), step):
        # Without a tile's number there is one part for each tile, in order (A.7.1).
        tile = int.from_bytes(body[i : i + tile_bytes], "big") if tile_bytes else number * len(body) // step + i // step
        table.append((tile, int.from_bytes(body[i + tile_bytes : i + step], "big")))
    return number, table


def _georeference(boxes: bytes) -> tuple[tuple[float, float] | None, int | None, float | None]:
    """Read corner, zone and pixel from the GML that lies in the boxes before the code stream."""
    text = boxes.decode("latin-1")
    place = re.search(r"<gml:pos>\s*([-\d.eE+]+)[\s,]+([-\d.eE+]+)\s*</gml:pos>", text)
    step = re.search(r"<gml:offsetVector[^>]*>\s*([-\d.eE+]+)[\s,]+[-\d.eE+]+\s*</gml:offsetVector>", text)
    code = re.search(r"EPSG(?:::|:|/0/|#)(32[67]\d\d)", text)
    if not (place and step):
        return None, int(code[1]) if code else None, None
    pixel = float(step[1])
    # GMLJP2 names the middle of the first pixel.
    return (float(place[1]) - pixel / 2, float(place[2]) + pixel / 2), int(code[1]) if code else None, pixel
