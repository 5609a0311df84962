"""The open archive over a slow line: a list of a month, and the click to a map of 10 x 10 km, cold and from the cache.

    python -m benchmarks.open_archive --json

A local server of tests/servers holds one granule of real size (10980 pixels; tiles of 1024 in 10 m bands as ESA's files
have them, about 1 MB each, without a table of tiles unless ``--tlm``) and answers after 40 ms over a line of 50 Mbit/s
that all requests share. Files repeat one encoded tile: decoding is real, the ground repeats every 10 km.
"""

from __future__ import annotations

import argparse
import json
import struct
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine
from tests.servers.open_archive import files
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import PIXELS, Granule, Overpass, World, granule_around

SIDE_PX, TILE = {10: 10_980, 20: 5_490, 60: 1_830}, {10: 1_024, 20: 512, 60: 256}
"""Of 20 and 60 m ESA has 640 and 192: a tile can be repeated only where code blocks of 64 begin with it."""
LEFT, TOP = 399_960, 5_100_000
PLACE = (8.85, 45.488)
LATENCY_S, BYTES_PER_S = 0.040, 50e6 / 8
FIRST_BANDS = ("B02", "B03", "B04", "B08", "B11")


class Repeated:
    """A file of one header and many copies of a tile-part, each with its own number; made when it is read."""

    def __init__(self, head: bytes, part: bytes, n: int) -> None:
        self.head, self.part, self.n = head, part, n

    def __len__(self) -> int:
        return len(self.head) + self.n * len(self.part) + 2

    def __getitem__(self, window: slice) -> bytes:
        start, end, _ = window.indices(len(self))
        out = bytearray(self.head[start:end])
        first = max(start - len(self.head), 0) // len(self.part)
        for i in range(first, self.n):
            begin = len(self.head) + i * len(self.part)
            if begin >= end:
                break
            part = bytearray(self.part)
            struct.pack_into(">H", part, 4, i)
            out += part[max(start - begin, 0) : end - begin]
        return bytes(out) + b"\xff\xd9"[: max(end - (len(self) - 2), 0)]


@cache
def band_file(pixel_m: int, tlm: bool) -> Repeated:
    """Encode one tile of noisy ground and repeat it over the granule; no precincts, which depend on a tile's place."""
    side, tile = SIDE_PX[pixel_m], TILE[pixel_m]
    rng = np.random.default_rng(7)
    smooth = np.kron(rng.integers(1_700, 3_500, (tile // 32, tile // 32)), np.ones((32, 32)))
    ground = (smooth + rng.normal(0, 45, (tile, tile))).astype(np.uint16)
    data = files.encode_jp2(ground, 32632, LEFT, TOP, pixel_m, tile, tlm=False, precincts=False)
    stream = data.index(b"\xff\x4f\xff\x51")
    sot = data.index(b"\xff\x90\x00\x0a", stream)
    head, part = bytearray(data[:sot]), data[sot:-2]
    struct.pack_into(">2I", head, stream + 8, side, side)
    n = (-(-side // tile)) ** 2
    if tlm:
        table = b"".join(struct.pack(">BI", i, len(part)) for i in range(n))
        head += struct.pack(">HHBB", 0xFF55, 4 + len(table), 0, 0x50) + table
    return Repeated(bytes(head), part, n)


class GranuleServer(OpenServer):
    """The server with files of real size; the L2A twin covers the area alone."""

    def __init__(self, overpasses: list[Overpass], *, tlm: bool) -> None:
        super().__init__(World(overpasses, tlm=tlm), delay_s=LATENCY_S, bytes_per_s=BYTES_PER_S)
        self.near = granule_around(*PLACE, "32TMR", half_m=6_000)
        self._kept: dict[str, Callable[[], bytes]] | None = None

    def objects(self) -> dict[str, Callable[[], bytes]]:
        if self._kept is None:
            made = super().objects()
            for name in made:
                if name.endswith(".jp2"):
                    whole = band_file(PIXELS[name[-7:-4]], self.world.tlm)
                    made[name] = lambda whole=whole: whole  # type: ignore[misc]
            self._kept = made
        return self._kept

    def cog(self, path: str) -> bytes | None:
        for overpass in self.world.overpasses:
            if f"_{overpass.when:%Y%m%dT%H%M%S}_" in path:
                key = path.rpartition("/")[2].removesuffix(".tif")
                return files.cog_of(self.world, overpass, self.near, key, shifted=True)
        return None


def least_possible(grid: Any, bands: tuple[str, ...]) -> tuple[int, float]:
    """Blocks that hold the area's pixels, and their megabytes: nobody can do with less."""
    left, bottom, right, top = grid.bounds
    blocks, megabytes = 0, 0.0
    for band in bands:
        side = TILE[PIXELS[band]] * PIXELS[band]
        cols = int((right - LEFT - 1) // side) - int((left - LEFT) // side) + 1
        rows = int((TOP - bottom - 1) // side) - int((TOP - top) // side) + 1
        blocks += cols * rows
        megabytes += cols * rows * len(band_file(PIXELS[band], False).part) / 1e6
    return blocks, round(megabytes, 1)


def measure(*, tlm: bool) -> dict[str, Any]:
    """List a month, then make one map cold and once more from the cache."""
    from benchmarks.click_to_map import SIDE_TILES, square
    from lulc_core.domain.aoi import Aoi
    from lulc_core.domain.grid import TileGrid
    from lulc_core.model.classifier import load_classifier
    from lulc_core.pipeline.classify import classify
    from lulc_core.render.overlays.map_layers import land_cover_layer, true_colour_layer
    from lulc_core.sources.open_archive.source import OpenArchiveSource

    aoi = Aoi.from_geojson({"type": "Polygon", "coordinates": [square(SIDE_TILES)]})
    grid = TileGrid.from_aoi(aoi)
    granule = Granule("32TMR", LEFT, TOP, 10_980, 10_980)
    first = datetime(2021, 8, 1, 10, 20, 31, tzinfo=UTC)
    passes = [Overpass(first + timedelta(days=5 * i), (granule,), cloud_share=0.02) for i in range(4)]
    for pixel in TILE:
        band_file(pixel, tlm)
    network = load_classifier()
    with GranuleServer(passes, tlm=tlm) as server, tempfile.TemporaryDirectory() as folder:
        for overpass in passes:  # made before the clock starts
            for key in ("scl", "visual"):
                server.cog(f"/cogs/x_{overpass.when:%Y%m%dT%H%M%S}_L2A/{key}.tif")
        server.objects()

        def run(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
            server.forget()
            clock, computed = time.perf_counter(), time.process_time()
            made = work()
            seconds = time.perf_counter() - clock
            return made, {
                "seconds": round(seconds, 2),
                "cpu_seconds": round(time.process_time() - computed, 2),  # with those of the server
                "requests": len(server.seen),
                "megabytes": round(server.sent_bytes / 1e6, 2),
            }

        def painted(bands: tuple[str, ...]) -> Any:
            source = OpenArchiveSource(server.settings(cache_dir=Path(folder)))
            result = classify(source, chosen, grid, network, bands=bands)
            return land_cover_layer(result.land_cover), true_colour_layer(result.scene)

        searching = OpenArchiveSource(server.settings(cache_dir=Path(folder)))
        found, listing = run(lambda: searching.search(aoi, date(2021, 8, 1), date(2021, 8, 31)))
        chosen = replace(found[0], preview=None)
        _, cold = run(lambda: painted(FIRST_BANDS))
        _, kept = run(lambda: painted(FIRST_BANDS))
        _, rest = run(lambda: painted(chosen.available_bands))
    blocks, megabytes = least_possible(grid, FIRST_BANDS)
    return {
        "tiles": grid.n_tiles,
        "table_of_tiles": tlm,
        "list_of_a_month": {**listing, "acquisitions": len(found)},
        "map_cold": {**cold, "least_blocks": blocks, "least_megabytes": megabytes},
        "map_from_the_cache": kept,
        "all_bands_after_it": rest,
    }


def main() -> None:
    """Prints the measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tlm", action="store_true", help="files with a table of tiles, as made from February 2026 on")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    machine = describe_machine()
    figures = {"machine": machine, **measure(tlm=args.tlm)}
    if args.json:
        print(json.dumps(figures, indent=2))
        return
    print(
        f"{figures['tiles']} tiles on {machine['processor']}, {machine['cores']} cores, load {machine['load_before']}"
    )
    for name in ("list_of_a_month", "map_cold", "map_from_the_cache", "all_bands_after_it"):
        print(f"{name}: " + ", ".join(f"{value:g} {key}" for key, value in figures[name].items()))


if __name__ == "__main__":
    main()
