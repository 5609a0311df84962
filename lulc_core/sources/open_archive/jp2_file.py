"""One band's file in the bucket: where its tiles lie, learned once and kept, and the pixels of some of them.

Old files have no table of their tiles. Their places are found by going from tile to tile, 12 bytes a time; over longer
distances by looking into the file where a tile should be, and going on from the next that begins there. What was
learned is kept, and so are the tiles themselves, as they came.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import ServiceError
from lulc_core.sources.byte_store import ByteStore
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.open_archive.jp2 import (
    SOT_BYTES,
    Header,
    Jp2Error,
    NeedMoreError,
    cut,
    decode,
    find_sot,
    has_one_part_a_tile,
    parse_header,
    parse_sot,
)
from lulc_core.sources.open_archive.web import Web, host_of

HEAD_BYTES = 16_384
"""First read of a file: boxes, main header and the first tile's beginning fit in."""
_MAX_HEAD_BYTES = 1 << 20
WALK_TILES = 12
"""Tiles that are gone through one by one; over more than a row it is cheaper to look further on."""
_LOOK_BYTES = 4_096, 262_144
"""Least and most that is looked through at a time; between them half a tile."""
_RUN_BYTES = 24_000_000

Tile = tuple[int, int]
"""Row and column of a tile of the file."""


class Jp2File:
    """A JPEG 2000 file that is read in pieces.

    Args:
        web: the client.
        url: of the file.
        name: for keeping what is known of it: its path in the bucket, which never changes.
        store: keeps the index and the tiles.
    """

    def __init__(self, web: Web, url: str, name: str, store: ByteStore) -> None:
        self._web, self._url, self._name, self._store = web, url, name, store
        self._short = name.rpartition("/")[2]
        self._total = 0
        self._head = b""
        self._one_part = True
        self._places: dict[int, list[tuple[int, int]]] = {}  # tile -> position and bytes of its parts
        self._header: Header | None = None

    def header(self, control: Control) -> Header:
        """Read the main header.

        Raises:
            SourceError: it cannot be had, or is none.
        """
        if self._header is None:
            kept = self._store.read_json(f"index/{self._name}")
            if kept is not None:
                self._head, self._total = base64.b64decode(kept["head"]), kept["total"]
                self._one_part = kept["one_part"]
                self._places = {int(tile): [(a, b) for a, b in parts] for tile, parts in kept["places"].items()}
                self._header = parse_header(self._head)
            else:
                try:
                    self._header = self._fetch_header(control)
                except Jp2Error:  # garbage may come once
                    try:
                        self._header = self._fetch_header(control)
                    except Jp2Error as error:
                        raise self._broken(error) from error
        return self._header

    def read(self, tiles: Iterable[Tile], control: Control) -> dict[Tile, NDArray[np.uint16]]:
        """Read tiles.

        Returns:
            uint16 (rows, columns) of each tile, or (channels, rows, columns); smaller at the right and lower edge.

        Raises:
            SourceError: bytes did not come, or are no image. Nothing is kept of those.
        """
        wanted = sorted(set(tiles))
        try:
            return self._read(wanted, control)
        except Jp2Error:
            # The index may be of a file that has been replaced since: learn it anew, once.
            self._forget(wanted)
        try:
            return self._read(wanted, control)
        except Jp2Error as error:
            self._forget(wanted)
            raise self._broken(error) from error

    def _read(self, wanted: list[Tile], control: Control) -> dict[Tile, NDArray[np.uint16]]:
        header = self.header(control)
        numbers = {row * header.tiles_across + col for row, col in wanted}
        parts = {n: data for n in numbers if (data := self._store.read(f"tile/{self._name}/{n}")) is not None}
        missing = sorted(numbers - parts.keys())
        if missing:
            self._locate(missing, control)
            parts |= self._fetch(missing, control)
        pixels = {}
        for row, members in groupby(wanted, key=lambda tile: tile[0]):
            for first, last in _runs([col for _, col in members]):
                control.check()
                block = decode(cut(header, parts, (row, row + 1), (first, last + 1)))
                for col in range(first, last + 1):
                    left = (col - first) * header.tile_w
                    pixels[row, col] = block[..., left : left + header.tile_w]
        for n in missing:  # only what could be decoded
            self._store.write(f"tile/{self._name}/{n}", parts[n])
        return pixels

    def _fetch_header(self, control: Control) -> Header:
        size = HEAD_BYTES
        while True:
            part = self._web.get_part(self._url, 0, size, f"the beginning of {self._short}", control)
            try:
                header = parse_header(part.data)
                first = part.data[header.end : header.end + SOT_BYTES]
                self._one_part = len(first) == SOT_BYTES and has_one_part_a_tile(first)
            except NeedMoreError:
                if size >= min(_MAX_HEAD_BYTES, part.total):
                    raise Jp2Error("its header has no end") from None
                size *= 8
                continue
            self._head, self._total = part.data[: header.end + SOT_BYTES], part.total
            position = header.end
            for tile, bytes_ in header.lengths:
                self._places.setdefault(tile, []).append((position, bytes_))
                position += bytes_
            if not header.lengths:
                self._add(header.end, first, header)
            elif position > part.total:
                raise Jp2Error("its table of tiles reaches beyond its end")
            self._keep()
            return header

    def _locate(self, numbers: list[int], control: Control) -> None:
        """Learn where tiles lie; what was learned is kept, even where the rest fails."""
        header = self.header(control)
        before = len(self._places)
        try:
            if not self._one_part:
                if not set(numbers) <= self._places.keys():
                    self._walk_all(header, control)
            else:
                for number in numbers:
                    self._find(number, header, control)
        finally:
            if len(self._places) > before:
                self._keep()

    def _find(self, number: int, header: Header, control: Control) -> None:
        """Find a tile among parts that follow each other in order, one for each tile."""
        while number not in self._places:
            below = max(n for n in self._places if n < number)
            above = min((n for n in self._places if n > number), default=header.n_tiles)
            position = sum(self._places[below][-1])
            if number - below > WALK_TILES:
                end = self._places[above][0][0] if above in self._places else self._total
                mean = (end - position) / (above - below - 1)
                guess = int(position + (number - below - 3) * mean)  # rather before it than behind
                step = int(min(max(mean / 2, _LOOK_BYTES[0]), _LOOK_BYTES[1]))
                if guess > position and self._look(guess, end, step, header, control):
                    continue
            self._step(below + 1, position, header, control)

    def _step(self, number: int, position: int, header: Header, control: Control) -> None:
        question = f"the place of a tile in {self._short}"
        part = self._web.get_part(self._url, position, SOT_BYTES, question, control)
        if self._add(position, part.data, header) != number:
            raise Jp2Error("its tiles are not in order")

    def _look(self, position: int, end: int, step: int, header: Header, control: Control) -> bool:
        """Look for a tile that begins between two positions; True where one was found that was not known."""
        question, tail = f"the place of a tile in {self._short}", b""
        while position < end:
            length = min(step, end - position)
            part = self._web.get_part(self._url, position, length, question, control)
            data = tail + part.data
            found = find_sot(data, header)
            if found is not None:
                begin, tile, bytes_ = found
                if tile in self._places:
                    return False
                self._places[tile] = [(position - len(tail) + begin, bytes_)]
                return True
            tail = data[-SOT_BYTES + 1 :]
            position += length
        return False

    def _walk_all(self, header: Header, control: Control) -> None:
        self._places, position = {}, header.end
        while position < self._total - 2:
            question = f"the place of a tile in {self._short}"
            part = self._web.get_part(self._url, position, SOT_BYTES, question, control)
            tile = self._add(position, part.data, header)
            position = sum(self._places[tile][-1])

    def _add(self, position: int, sot: bytes, header: Header) -> int:
        tile, bytes_ = parse_sot(sot, header)
        if position + bytes_ > self._total:
            raise Jp2Error("a tile reaches beyond its end")
        self._places.setdefault(tile, []).append((position, bytes_))
        return tile

    def _fetch(self, numbers: list[int], control: Control) -> dict[int, bytes]:
        """Fetch tiles, those that follow each other in the file with one request."""
        pieces = sorted((*place, number) for number in numbers for place in self._places.get(number, []))
        parts = dict.fromkeys(numbers, b"")
        run: list[tuple[int, int, int]] = []
        runs: list[list[tuple[int, int, int]]] = []
        for piece in pieces:
            joins = run and sum(run[-1][:2]) == piece[0] and piece[0] + piece[1] - run[0][0] <= _RUN_BYTES
            if not joins:
                run = []
                runs.append(run)
            run.append(piece)
        for run in runs:
            start, length = run[0][0], sum(bytes_ for _, bytes_, _ in run)
            data = self._web.get_part(self._url, start, length, f"{len(run)} tiles of {self._short}", control).data
            for position, bytes_, number in run:
                parts[number] += data[position - start : position - start + bytes_]
        return parts

    def _keep(self) -> None:
        places = {str(tile): parts for tile, parts in self._places.items()}
        head = base64.b64encode(self._head).decode()
        value = {"head": head, "total": self._total, "one_part": self._one_part, "places": places}
        self._store.write_json(f"index/{self._name}", value)

    def _forget(self, wanted: list[Tile]) -> None:
        if self._header is not None:
            for row, col in wanted:
                self._store.drop(f"tile/{self._name}/{row * self._header.tiles_across + col}")
        self._store.drop(f"index/{self._name}")
        self._places, self._header = {}, None

    def _broken(self, error: Jp2Error) -> ServiceError:
        return ServiceError(
            f"The file {self._short} at {host_of(self._url)} is damaged: {error}. Nothing was kept from it.",
            hint="Try again; if it stays so, choose another date.",
        )


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """First and last of the whole numbers that follow each other: 1 2 3 7 gives (1, 3), (7, 7)."""
    found: list[tuple[int, int]] = []
    for n in numbers:
        if found and n == found[-1][1] + 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return found
