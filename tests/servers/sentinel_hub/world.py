"""The ground that the Sentinel Hub server shows: overpasses, pixels and clouds, all functions of place and date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
BARE = (1350, 1150, 1100, 1250, 1450, 1700, 1850, 2000, 2150, 800, 15, 2700, 2100)
GREEN = (1250, 950, 850, 600, 1000, 2400, 3000, 3200, 3400, 1100, 12, 1600, 800)
"""DN of a ploughed field and of a green one, about as EuroSAT's mean spectra have them."""
FIELD_M = 320

Landscape = Callable[[int, NDArray[np.float64], NDArray[np.float64], datetime], NDArray[np.uint16]]
"""``landscape(epsg, x, y, when)``: eastings and northings of pixel centres -> DN (13, rows, columns)."""


@dataclass(frozen=True)
class Granule:
    """One product of an overpass; its footprint is a box in longitude and latitude."""

    tile: str
    box: tuple[float, float, float, float]
    cloud_pct: float = 10.0


@dataclass(frozen=True)
class Overpass:
    """What one satellite saw within a minute."""

    when: datetime
    granules: tuple[Granule, ...]
    satellite: str = "S2B"
    orbit: int = 22
    baselines: tuple[str, ...] = ("0500",)
    """More than one: the catalogue lists each granule once for each processing."""
    has_l2a: bool = True
    cloud_share: float = 0.0
    """Share of the ground that the L2A product calls cloud."""

    def ids(self, level: str) -> list[tuple[str, Granule, datetime]]:
        """Product name, granule and sensing time, as the catalogue lists them."""
        stamp = self.when.strftime("%Y%m%dT%H%M%S")
        return [
            (
                f"{self.satellite}_MSI{level}_{stamp}_N{baseline}_R{self.orbit:03d}_T{granule.tile}_{stamp[:8]}T235959.SAFE",
                granule,
                # Sensing times differ by seconds from granule to granule, and have fractions.
                self.when + timedelta(seconds=14.3 * i, milliseconds=37),
            )
            for baseline in self.baselines
            for i, granule in enumerate(self.granules)
        ]


@dataclass
class World:
    """Everything the server knows."""

    overpasses: Sequence[Overpass]
    landscape: Landscape = field(default=lambda *args: fields_landscape(*args))

    def at(self, epsg: int, bounds: Sequence[float], start: datetime, end: datetime, level: str) -> list[Overpass]:
        """Overpasses in a time range with a granule in the bounds, newest first."""
        area = shapely.box(*bounds)
        return sorted(
            (
                o
                for o in self.overpasses
                if any(start <= t <= end for _, _, t in o.ids(level))
                and (level == "L1C" or o.has_l2a)
                and any(shapely.intersects(_to_zone(g.box, epsg), area) for g in o.granules)
            ),
            key=lambda o: o.when,
            reverse=True,
        )

    def pixels(
        self, epsg: int, bounds: Sequence[float], width: int, height: int, start: datetime, end: datetime, level: str
    ) -> dict[str, NDArray[np.float64]]:
        """All bands, SCL and dataMask of the most recent overpass at every pixel, (height, width) each."""
        left, bottom, right, top = bounds
        x = left + (np.arange(width) + 0.5) * (right - left) / width
        y = top - (np.arange(height) + 0.5) * (top - bottom) / height
        out = {name: np.zeros((height, width)) for name in (*BANDS, "SCL", "dataMask")}
        for overpass in reversed(self.at(epsg, bounds, start, end, level)):
            here = np.zeros((height, width), bool)
            for granule in overpass.granules:
                here |= _inside(_to_zone(granule.box, epsg), x, y, bounds)
            dn = self.landscape(epsg, x, y, overpass.when)
            here &= dn.any(axis=0)
            scl = np.where(clouds(x, y, overpass), 9, 4)
            for i, name in enumerate(BANDS):
                out[name][here] = np.where(scl == 9, 7000, dn[i])[here]
            out["SCL"][here] = scl[here]
            out["dataMask"][here] = 1
        return out


def fields_landscape(epsg: int, x: NDArray[np.float64], y: NDArray[np.float64], when: datetime) -> NDArray[np.uint16]:
    """Square fields of 320 m between bare and green, and a grain that tells every pixel from its neighbours."""
    column, row = np.floor(x / FIELD_M).astype(np.int64), np.floor(y / FIELD_M).astype(np.int64)
    green = _hash(column[np.newaxis, :], row[:, np.newaxis], epsg)
    grain = _hash(np.floor(x / 10).astype(np.int64)[np.newaxis, :], np.floor(y / 10).astype(np.int64)[:, np.newaxis], 7)
    season = 0.2 * np.sin(2 * np.pi * when.timetuple().tm_yday / 365)
    share = np.clip(green + season, 0, 1)
    bands = [bare + (leaf - bare) * share + 60 * grain for bare, leaf in zip(BARE, GREEN, strict=True)]
    return np.rint(np.stack(bands)).astype(np.uint16)


def clouds(x: NDArray[np.float64], y: NDArray[np.float64], overpass: Overpass) -> NDArray[np.bool_]:
    """(rows, columns) True under a cloud; clouds are squares of 160 m."""
    cell_x, cell_y = np.floor(x / 160).astype(np.int64), np.floor(y / 160).astype(np.int64)
    return _hash(cell_x[np.newaxis, :], cell_y[:, np.newaxis], overpass.when.toordinal()) < overpass.cloud_share


def world_around(
    lon: float,
    lat: float,
    *,
    first: datetime = datetime(2023, 6, 3, 10, 10, 31, tzinfo=UTC),
    count: int = 4,
    half_deg: float = 0.6,
    has_l2a: bool = True,
    landscape: Landscape | None = None,
) -> World:
    """Overpasses every five days over a place, each in two granules that meet near it and overlap a little."""
    west, south, east, north = lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg
    overpasses = [
        Overpass(
            first + timedelta(days=5 * i),
            (
                Granule("32TMR", (west, south, lon + 0.01, north), cloud_pct=20.0 * i),
                Granule("32TNR", (lon - 0.01, south, east, north), cloud_pct=20.0 * i + 4),
            ),
            satellite=("S2B", "S2A")[i % 2],
            cloud_share=min(0.25 * i, 1.0),
            has_l2a=has_l2a,
        )
        for i in range(count)
    ]
    return World(overpasses, landscape or fields_landscape)


def _hash(a: NDArray[np.int64], b: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """0 to 1, the same for the same three numbers."""
    mixed = (a * 73856093) ^ (b * 19349663) ^ (seed * 83492791)
    mixed = (mixed ^ (mixed >> 13)) * 1274126177
    return ((mixed ^ (mixed >> 16)) & 0xFFFF) / 0xFFFF


def _to_zone(box: tuple[float, float, float, float], epsg: int) -> shapely.Geometry:
    outline = shapely.segmentize(shapely.box(*box), 0.1)
    forward = Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True)
    return shapely.transform(outline, lambda c: np.column_stack(forward.transform(c[:, 0], c[:, 1])))


def _inside(
    shape: shapely.Geometry, x: NDArray[np.float64], y: NDArray[np.float64], bounds: Sequence[float]
) -> NDArray[np.bool_]:
    area = shapely.box(*bounds)
    if shapely.contains(shape, area):
        return np.ones((len(y), len(x)), bool)
    if not shapely.intersects(shape, area):
        return np.zeros((len(y), len(x)), bool)
    shapely.prepare(shape)
    return shapely.contains_xy(shape, *np.meshgrid(x, y))
