"""What a region will take, before it is done: blocks, imagery, megabytes, requests, hours, disk."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import NoAcquisitionError
from lulc_core.domain.grid import TILE_M, TILE_PX
from lulc_core.pipeline.windows import predictions_per_tile
from lulc_core.region.blocks import RegionBlock, block_area, own_grid, region_km2
from lulc_core.region.folder import RunFolder
from lulc_core.region.request import RegionRequest

if TYPE_CHECKING:
    from lulc_core.settings import Settings

SAMPLE = 8
"""Blocks that the catalogue is asked about, and whose cost is estimated, spread over the region."""
_BYTES_A_TILE = 220.0
"""On disk, of a block's file: measured on simulated blocks (190 kB for 1,024 tiles), and the files made of them."""
_BYTES_A_CELL = 60.0
_MEASURED_TILES = 128
EXPENSIVE_MB, EXPENSIVE_HOURS, EXPENSIVE_UNITS = 2_000.0, 1.0, 500.0
"""Above any of these it is asked again before a run."""


@dataclass(frozen=True)
class Plan:
    """What was foreseen; ready for a table or JSON."""

    blocks: int
    blocks_left: int
    """Not made yet in this folder."""
    tiles: int
    km2: float
    zones: tuple[int, ...]
    granules: int
    """110 km units of ESA that hold it; as many downloads where whole granules are fetched."""
    dates: tuple[str, ...]
    """Days of the period with an acquisition over the blocks that were asked about, newest first."""
    blocks_without_date: int
    """Of those asked about."""
    blocks_asked: int
    megabytes: float
    requests: int
    processing_units: float
    hours: float
    rate: str
    """Where the hours come from, in words."""
    disk_mb: float

    @property
    def is_expensive(self) -> bool:
        """True where it should be asked again before a run."""
        return self.megabytes > EXPENSIVE_MB or self.hours > EXPENSIVE_HOURS or self.processing_units > EXPENSIVE_UNITS

    def to_json(self) -> dict[str, Any]:
        """Return it as values that JSON knows."""
        return {**self.__dict__, "zones": list(self.zones), "dates": list(self.dates), "expensive": self.is_expensive}

    def lines(self) -> list[str]:
        """Say it on a few lines."""
        left = "" if self.blocks_left == self.blocks else f", {self.blocks_left:,} of them still to be made"
        zones = ", ".join(f"EPSG:{z}" for z in self.zones)
        days = f"{len(self.dates)} day{'' if len(self.dates) == 1 else 's'}" if self.dates else "no day"
        lines = [
            f"{self.km2:,.0f} km² in {self.blocks:,} blocks ({self.tiles:,} tiles) of {zones}{left}; "
            f"{self.granules:,} granules.",
            f"{self.blocks_asked} blocks asked about: imagery on {days}"
            + (f" ({' to '.join(sorted({self.dates[-1], self.dates[0]}))})" if self.dates else "")
            + (f", none over {self.blocks_without_date} of them" if self.blocks_without_date else "")
            + ".",
        ]
        if self.requests:
            units = f", {self.processing_units:,.0f} processing units" if self.processing_units else ""
            amount = f"{self.megabytes / 1000:,.1f} GB" if self.megabytes else "an unknown amount of data"
            lines.append(f"About {amount} in {self.requests:,} requests{units}, for one acquisition of each block.")
        lines.append(f"About {self.hours:,.1f} h ({self.rate}); {self.disk_mb:,.0f} MB on disk.")
        return lines


def make_plan(
    request: RegionRequest,
    blocks: Sequence[RegionBlock],
    settings: Settings,
    folder: RunFolder | None,
    workers: int,
) -> Plan:
    """Foresee a run; asks no more than the catalogue.

    Args:
        request: of the region.
        blocks: of it.
        settings: addresses and account.
        folder: of the run, whose finished blocks tell the rate; None for none.
        workers: threads that work at once.

    Raises:
        SourceError: the catalogue cannot be asked.
    """
    markers = [] if folder is None else [folder.marker(b.name, request.key) for b in blocks]
    made = [m for m in markers if m is not None]
    left = len(blocks) - len(made)
    source = request.open_source(settings)
    asked = [blocks[i] for i in np.unique(np.linspace(0, len(blocks) - 1, SAMPLE).round().astype(int))]
    days: set[str] = set()
    without = megabytes = requests = units = seconds = 0.0
    for block in asked:
        area = block_area(request.aoi, block)
        try:
            days |= {a.date for a in source.search(area, request.start, request.end, previews=False)}
        except NoAcquisitionError:
            without += 1
        cost = source.cost(own_grid(request.aoi, block, TILE_M), (*RGB, "B08"))
        megabytes, requests = megabytes + cost.megabytes, requests + cost.requests
        units, seconds = units + cost.processing_units, seconds + cost.seconds
    dates = 1 if request.before is None else 2
    share = dates * left / len(asked)
    rate, each = _seconds_a_block(request, made, seconds / len(asked), dates, blocks)
    tiles = sum(b.n_tiles for b in blocks)
    cells = tiles * (TILE_M // request.cell_m) ** 2
    from lulc_core.sources.open_archive.granules import squares_of

    return Plan(
        blocks=len(blocks),
        blocks_left=left,
        tiles=tiles,
        km2=round(region_km2(request.aoi), 1),
        zones=tuple(sorted({b.epsg for b in blocks})),
        granules=len({s.name for s in squares_of(request.aoi) if s.epsg in {b.epsg for b in blocks}}),
        dates=tuple(sorted(days, reverse=True)),
        blocks_without_date=int(without),
        blocks_asked=len(asked),
        megabytes=round(megabytes * share, 1),
        requests=round(requests * share),
        processing_units=round(units * share, 1),
        hours=round(each * left / max(workers, 1) / 3600, 3),
        rate=rate,
        disk_mb=round((tiles * _BYTES_A_TILE + 2 * cells * _BYTES_A_CELL) * dates / 1e6, 1),
    )


def _seconds_a_block(
    request: RegionRequest,
    made: Sequence[dict[str, Any]],
    load_s: float,
    dates: int,
    blocks: Sequence[RegionBlock],
) -> tuple[str, float]:
    """Where the seconds come from, and how many a block takes."""
    if made:
        mean = sum(float(m["seconds"]["total"]) for m in made) / len(made)
        return f"{mean:.1f} s a block, measured on the {len(made):,} that are made", mean
    from lulc_core.model.classifier import load_classifier

    network = load_classifier(request.model)
    tiles = np.random.default_rng(0).integers(0, 255, (_MEASURED_TILES, TILE_PX, TILE_PX, len(network.card.bands)))
    network.predict(tiles[:32].astype(np.uint8))
    clock = time.perf_counter()
    network.predict(tiles.astype(np.uint8))
    rate = _MEASURED_TILES / (time.perf_counter() - clock)
    mean_tiles = sum(b.n_tiles for b in blocks) / len(blocks)
    predict_s = mean_tiles * predictions_per_tile(network, request.cell_m) / rate
    said = f"{rate:,.0f} tiles/s classified on this machine just now, {load_s:.1f} s to load a block by estimate"
    return said, dates * (load_s + predict_s)
