"""What is asked of a region: all that its numbers depend on, and how one request differs from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.radiometry import Level
from lulc_core.version import __version__

if TYPE_CHECKING:
    from lulc_core.settings import Settings
    from lulc_core.sources.base import ImagerySource

BLOCK_TILES = 32
"""Tiles along a side of a block: 2,048 pixels, 20.5 km. Files in the cloud are read in blocks of 1,024 pixels; smaller
blocks would read most of them twice, larger ones take memory."""


@dataclass(frozen=True)
class Files:
    """The user's own imagery, and what is said of it; as ``GeoTiffSource`` takes it."""

    paths: tuple[Path, ...]
    level: Level | None = None
    bands: tuple[str, ...] = ()
    offset: float | None = None
    scale: float | None = None
    day: date | None = None
    satellite: str = ""

    def open(self) -> ImagerySource:
        """Open them as a source.

        Raises:
            FileFormatError: what :class:`GeoTiffSource` raises.
        """
        from lulc_core.sources.geotiff.source import GeoTiffSource

        return GeoTiffSource(
            self.paths,
            level=self.level,
            bands=self.bands or None,
            offset=self.offset,
            scale=self.scale,
            date=self.day,
            satellite=self.satellite,
        )


@dataclass(frozen=True)
class RegionRequest:
    """One region. Small, and the same on every worker."""

    aoi: Aoi
    source: str
    """Name of the source of imagery."""
    start: date
    end: date
    """First and last day, UTC, of which each block takes its clearest acquisition."""
    model: str
    """Name of the network, or path of its weights: the same on every worker."""
    model_sha256: str
    cell_m: int = 640
    before: tuple[date, date] | None = None
    """An earlier period to compare with."""
    fill: int = 0
    """So many further acquisitions may name tiles that the clearest one leaves out for cloud or lack of data."""
    min_clear_share: float = 0.5
    service: str = ""
    """Address that pixels come from, or the key of the user's files."""
    files: Files | None = None
    block_tiles: int = BLOCK_TILES

    def facts(self) -> dict[str, Any]:
        """Say what the numbers depend on, by the words of the command line, ready for JSON."""
        return {
            "area": self.aoi.key,
            "source": self.source,
            "service": self.service,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "compare-to": None if self.before is None else [day.isoformat() for day in self.before],
            "detail": self.cell_m,
            "model": self.model_sha256,
            "fill": self.fill,
            "min-clear-share": self.min_clear_share,
            "block": self.block_tiles,
            "program": __version__,
        }

    @cached_property
    def key(self) -> str:
        """Twelve hexadecimal digits that name the run."""
        return hashlib.sha256(json.dumps(self.facts(), sort_keys=True).encode()).hexdigest()[:12]

    def differences(self, kept: Mapping[str, Any]) -> list[str]:
        """Name what another run's facts have otherwise: ``detail (640 there, 320 here)``."""
        here = self.facts()
        return [
            f"{name} ({_short(kept.get(name))} there, {_short(value)} here)"
            for name, value in here.items()
            if kept.get(name) != value
        ]

    def open_source(self, settings: Settings) -> ImagerySource:
        """Open where pixels come from; nothing is fetched yet.

        Raises:
            FileFormatError: of the user's own files.
        """
        if self.files is not None:
            return self.files.open()
        if self.source == "simulated":
            from lulc_core.sources.simulation.source import SimulatedSource

            return SimulatedSource(pictures=0)  # nobody looks at them
        from lulc_core.sources.registry import open_source

        return open_source(self.source, settings)


def service_of(source: str, settings: Settings) -> str:
    """Return the address that a source's pixels come from; empty where there is none."""
    return {"open": settings.gcs_url, "sentinel-hub": settings.sh_base_url}.get(source, "")


def _short(value: Any) -> str:
    text = " to ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text[:12] if len(text) == 64 else text or "none"
