"""One factory for each source: everything tests/contract/test_sources.py needs to know of it.

To have a source tested, write a context manager that yields a Case and name it in FACTORIES. Call ``pytest.skip`` in it
where its data does not exist on this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.radiometry import Level
from lulc_core.sources.base import ImagerySource
from lulc_core.sources.geotiff.source import GeoTiffSource
from lulc_core.sources.open_archive.source import OpenArchiveSource
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from lulc_core.sources.simulation.source import SimulatedSource
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import world_around as archive_around
from tests.servers.sentinel_hub.server import ShServer
from tests.servers.sentinel_hub.world import world_around
from tests.sources.raster_files import planes, write_tif


@dataclass(frozen=True)
class Case:
    """A source and what may be expected of it."""

    source: ImagerySource
    name: str
    aoi: Aoi
    """An area with imagery, at least 3 x 3 tiles, small enough to be loaded many times; clipped, so not a rectangle."""
    start: date
    end: date
    """A period with at least one acquisition over the area."""
    bands: tuple[str, ...] = BAND_NAMES
    """What the acquisitions have."""
    level: Level = "L1C"
    simulated: bool = False
    nothing: tuple[date, date] | None = None
    """A period without an acquisition; None where the source has one at any time."""
    elsewhere: Aoi | None = None
    """An area without imagery; None where the source has it everywhere."""


Factory = Callable[[Path, pytest.MonkeyPatch], AbstractContextManager[Case]]

TRIANGLE = {"type": "Polygon", "coordinates": [[[8.83, 45.47], [8.87, 45.47], [8.86, 45.50], [8.83, 45.47]]]}


@contextmanager
def sentinel_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """The real client against the local server, with clouds and two granules that meet in the area."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    with ShServer(world_around(8.85, 45.485)) as server:
        yield Case(
            source=SentinelHubSource(server.settings(cache_dir=tmp_path / "cache")),
            name="sentinel-hub",
            aoi=Aoi.from_geojson(TRIANGLE),
            start=date(2023, 6, 1),
            end=date(2023, 6, 30),
            nothing=(date(2023, 7, 10), date(2023, 7, 12)),
            elsewhere=Aoi.from_bbox(120.0, -30.0, 120.03, -29.97),
        )


@contextmanager
def open_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """The open archive's local server, with clouds and two granules that meet in the area."""
    with OpenServer(archive_around(8.85, 45.485)) as server:
        yield Case(
            source=OpenArchiveSource(server.settings(cache_dir=tmp_path / "cache")),
            name="open",
            aoi=Aoi.from_geojson(TRIANGLE),
            start=date(2023, 6, 1),
            end=date(2023, 6, 30),
            nothing=(date(2023, 7, 10), date(2023, 7, 12)),
            elsewhere=Aoi.from_bbox(120.0, -30.0, 120.03, -29.97),
        )


@contextmanager
def geotiff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """A file of the user's that covers 4 x 6 tiles, with a clipped area in its middle."""
    path = write_tif(tmp_path / "mine_2019-07-16_L1C.tif", planes(BAND_NAMES, rows=390, cols=260))
    source = GeoTiffSource([path])
    west, south, east, north = source.footprint().bbox
    width, height = east - west, north - south
    ring = [[0.1, 0.1], [0.9, 0.15], [0.8, 0.9], [0.1, 0.1]]
    yield Case(
        source=source,
        name="geotiff",
        aoi=Aoi.from_geojson(
            {"type": "Polygon", "coordinates": [[[west + x * width, south + y * height] for x, y in ring]]}
        ),
        start=date(2019, 7, 1),
        end=date(2019, 7, 31),
        nothing=(date(2019, 8, 1), date(2019, 8, 31)),
        elsewhere=Aoi.from_bbox(120.0, -30.0, 120.03, -29.97),
    )


@contextmanager
def simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """The invented landscape near Mesero, with an overpass on 2021-08-14 and every five days."""
    yield Case(
        source=SimulatedSource(),
        name="simulated",
        aoi=Aoi.from_geojson(TRIANGLE),
        start=date(2021, 8, 1),
        end=date(2021, 8, 31),
        simulated=True,
        nothing=(date(2021, 8, 15), date(2021, 8, 17)),
    )


FACTORIES: dict[str, Factory] = {
    "open": open_archive,
    "sentinel-hub": sentinel_hub,
    "geotiff": geotiff,
    "simulated": simulated,
}
"""Every source, by its name."""
