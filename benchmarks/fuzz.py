"""Readers of what others send, fed with damaged and hostile input for as long as one likes.

    python -m benchmarks.fuzz --minutes 10
    python -m benchmarks.fuzz --minutes 60 --only rasters --seed 7
    python -m benchmarks.fuzz --repeat rasters:7:1234

Ordinary files and those of ``hostile_files`` are damaged at random and read as the app reads them, in child processes;
links are read in place. Each input ends as ``read``, ``refused`` (one sentence) or ``ended`` (its child was ended, in
one sentence too). Anything else is a fault: another error, a sentence that cannot be shown, more than ten seconds.
A fault and an ``ended`` are printed with the words that make them again. Exits with 1 where there was a fault.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import hostile_files
from benchmarks.machine import describe_machine
from lulc_core.domain.errors import LulcError

WITHIN_S = 10.0
MAX_SEED_BYTES = 200_000
PLAIN = 4
"""How many times as often an ordinary file is damaged as one that does harm already."""
_TOKENS = (
    b"9" * 5_000, b"1e300", b"-1", b"nan", b" " * 60_000, b"(" * 1_000, b"[" * 5_000, b"<a>" * 200, b"\x00",
    b"\xff" * 16,
    b"\xed\xa0\x80", b"/etc/passwd", b"/vsicurl/http://127.0.0.1:9/", b"+nadgrids=/etc/passwd", b"../" * 5, b"%00",
)  # fmt: skip
Seed = tuple[str, bytes]


@dataclass(frozen=True)
class Kind:
    """One kind of input: what begins it, and what reads it."""

    seeds: Callable[[], list[Seed]]
    read: Callable[[str, bytes], Any]


@dataclass(frozen=True)
class Ending:
    """How one input ended."""

    how: str
    """``read``, ``refused``, ``ended`` or ``fault``."""
    said: str
    seconds: float


def _small(files: dict[str, tuple[str, Callable[[], bytes]]]) -> list[Seed]:
    made = [(name, make()) for name, make in files.values()]
    return [(name, data) for name, data in made if len(data) <= MAX_SEED_BYTES]


@cache
def _areas() -> list[Seed]:
    return [*hostile_files.plain_areas() * PLAIN, *_small(hostile_files.area_files())]


@cache
def _rasters() -> list[Seed]:
    return [*hostile_files.plain_rasters() * PLAIN, *_small(hostile_files.raster_files())]


@cache
def _archives() -> list[Seed]:
    """Zipped areas, a copy of EuroSAT, and a result of the command line."""
    from lulc_core.cli.main import main

    with tempfile.TemporaryDirectory() as folder:
        area = ["--bbox", "8.80,45.45,8.82,45.46", "--date", "2021-08-14"]
        main(["map", "--source", "simulated", *area, "--out", f"{folder}/result", "--quiet"])
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path(folder, "result").iterdir()):
                archive.write(path, path.name)
    zipped = [(name, data) for name, data in _areas() if name.endswith((".zip", ".kmz"))]
    return [*zipped, ("eurosat.zip", hostile_files.eurosat_copy()), ("result.zip", out.getvalue())]


def _links() -> list[Seed]:
    return [
        ("link", b"8.8,45.45,8.9,45.52"),
        ("link", b"pgvw5gCyo36lIgyDAgyDf"),
        ("link", b"p" + b"~." * 50),
        ("link", b"1e300,1e300,nan,inf"),
    ]


def _read_area(name: str, data: bytes) -> Any:
    from lulc_core.sources.area_files.reader import read_area_file

    return read_area_file(data, name)


def _read_raster(name: str, data: bytes) -> Any:
    from lulc_core.sources.geotiff.source import GeoTiffSource

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return GeoTiffSource([path], date="2021-07-16").footprint()


def _read_archive(name: str, data: bytes) -> Any:
    from lulc_core.eurosat_browser import open_copy
    from lulc_core.export.bundle_read import read_bundle

    if name not in ("eurosat.zip", "result.zip"):
        return _read_area(name, data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        if name == "result.zip":
            return read_bundle(path)
        copy = open_copy(path)
        return [copy.picture(stem) for stem in copy.class_ids]


def _read_link(_: str, data: bytes) -> Any:
    from lulc_core.ui.permalink import LinkReader, decode_area

    text = data.decode("utf-8", "replace")
    link = LinkReader({"area": text, "date": text, "detail": text})
    link.area(), link.days("date", hint="x"), link.resolution_m()
    return decode_area(text)


KINDS = {
    "areas": Kind(_areas, _read_area),
    "rasters": Kind(_rasters, _read_raster),
    "archives": Kind(_archives, _read_archive),
    "links": Kind(_links, _read_link),
}


def mutated(seeds: list[Seed], chance: random.Random) -> Seed:
    """Damage one of the seeds, in one way or in several."""
    name, first = chance.choice(seeds)
    data = bytearray(first)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):  # what is damaged little gets furthest
        at, end = sorted(chance.randint(0, len(data)) for _ in range(2))
        end = min(end, at + chance.choice((1, 1, 4, 4, 100, 100_000)))
        way = chance.choice((0, 0, 0, 1, 2, 3, 3, 4, 4, 5, 6))
        if way == 0 and data:  # single bits
            for _ in range(chance.randint(1, 8)):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        elif way == 1:
            del data[at:end]
        elif way == 2:
            data[at:at] = data[at:end] * chance.choice((1, 2, 50))
        elif way == 3:
            data[at:end] = chance.choice(_TOKENS)
        elif way == 4:  # a number of four bytes, as file formats have them
            data[at : at + 4] = chance.choice((0, 1, 255, 65_535, 2**31 - 1, 2**32 - 1)).to_bytes(4, "little")
        elif way == 5:
            other = chance.choice(seeds)[1]
            start = chance.randint(0, len(other))
            data[at:end] = other[start : start + chance.choice((4, 100, 10_000))]
        else:
            del data[end:]
    return name, bytes(data)


def ending_of(kind: str, name: str, data: bytes) -> Ending:
    """Read one input and say how it ended."""
    started = time.monotonic()
    try:
        KINDS[kind].read(name, data)
        how, said = "read", ""
    except LulcError as error:
        said = str(error)
        shown = said.encode("utf-8", "replace").decode() == said and "\x00" not in said and said.strip()
        how = "fault" if not shown else "ended" if "was not read" in said else "refused"
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        how, said = "fault", f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - started
    return Ending("fault" if seconds > WITHIN_S else how, said, seconds)


def inputs(kind: str, seed: int) -> Iterator[tuple[int, Seed]]:
    """Give damaged inputs with their numbers, the same for the same seed, without end."""
    seeds, number = KINDS[kind].seeds(), 0
    while True:
        yield number, mutated(seeds, random.Random(f"{kind}-{seed}-{number}"))
        number += 1


def run(minutes: float, kinds: list[str], seed: int) -> dict[str, Any]:
    """Read damaged inputs, each kind in turn, and count how they end."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    slowest = dict.fromkeys(kinds, 0.0)
    streams = {kind: inputs(kind, seed) for kind in kinds}
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        for kind in kinds:
            number, (name, data) = next(streams[kind])
            ending = ending_of(kind, name, data)
            counts[kind][ending.how] += 1
            slowest[kind] = max(slowest[kind], ending.seconds)
            if ending.how in ("ended", "fault"):
                print(f"{ending.how}: --repeat {kind}:{seed}:{number} ({ending.seconds:.1f} s) {ending.said[:200]!r}")
    rounded = {kind: round(seconds, 2) for kind, seconds in slowest.items()}
    return {"seed": seed, "counts": {k: dict(c) for k, c in counts.items()}, "slowest_s": rounded, **describe_machine()}


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeat", metavar="KIND:SEED:NUMBER", help="read one input again, with its log")
    args = parser.parse_args()
    if args.repeat:
        kind, seed, number = args.repeat.split(":")
        name, data = mutated(KINDS[kind].seeds(), random.Random(f"{kind}-{seed}-{number}"))
        print(name, len(data), ending_of(kind, name, data))
        return 0
    logging.disable(logging.ERROR)
    report = run(args.minutes, [args.only] if args.only else list(KINDS), args.seed)
    print(json.dumps(report, indent=2))
    return 1 if any("fault" in counts for counts in report["counts"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
