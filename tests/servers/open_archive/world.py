"""What the open archive's server holds: overpasses, and the small products of each granule.

The ground is that of Sentinel Hub's server (tests/servers/sentinel_hub/world), so that both sources show the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.projection import from_lonlat, to_lonlat
from lulc_core.sources.open_archive.granules import square_of
from tests.servers.sentinel_hub import world as ground

BLOCKS = {10: 256, 20: 160, 60: 48}
"""Sides of the tiles in the small JPEG 2000 files, a quarter of the real ones."""
PIXELS = {
    "B01": 60, "B02": 10, "B03": 10, "B04": 10, "B05": 20, "B06": 20, "B07": 20, "B08": 10, "B8A": 20, "B09": 60,
    "B10": 60, "B11": 20, "B12": 20,
}  # fmt: skip


@dataclass(frozen=True)
class Granule:
    """A granule's product of one overpass; its raster may be a small part of the real 109.8 km."""

    tile: str
    left_m: int
    top_m: int
    cols: int
    rows: int
    """Of 10 m pixels; multiples of 6."""
    swath_west_m: float = -np.inf
    """West of it the satellite saw nothing: zeros, and no footprint."""
    cloud_pct: float = 10.0

    @property
    def epsg(self) -> int:
        """Zone."""
        square = square_of(self.tile)
        assert square is not None
        return square.epsg

    @property
    def footprint(self) -> shapely.Polygon:
        """In longitude and latitude."""
        left = max(self.left_m, self.swath_west_m)
        box = shapely.box(left, self.top_m - self.rows * 10, self.left_m + self.cols * 10, self.top_m)
        lon, lat = to_lonlat(self.epsg, *shapely.get_coordinates(shapely.segmentize(box, 2000)).T)
        if lon.max() - lon.min() > 180:
            lon = np.where(lon < 0, lon + 360, lon)
        return shapely.Polygon(np.column_stack([lon, lat]))


@dataclass(frozen=True)
class Overpass:
    """What one satellite saw within a minute."""

    when: datetime
    granules: tuple[Granule, ...]
    satellite: str = "S2B"
    orbit: int = 22
    baselines: tuple[str, ...] = ("0500",)
    """Of the products in the bucket."""
    listed: tuple[str, ...] | None = None
    """Of those in the catalogue; the same where None."""
    has_l2a: bool = True
    l2a_collection: str = "sentinel-2-c1-l2a"
    l2a_offset_flag: bool | None = None
    cloud_share: float = 0.0
    old_names: bool = False
    """As products of 2015 and 2016 are named."""

    def name(self, granule: Granule, baseline: str) -> str:
        """Name of a product."""
        stamp = f"{self.when:%Y%m%dT%H%M%S}"
        if self.old_names:
            return f"{self.satellite}_OPER_PRD_MSIL1C_PDMC_{stamp[:8]}T235959_R{self.orbit:03d}_V{stamp}_{stamp}"
        made = f"{stamp[:8]}T2{baseline[1]}5959"
        return f"{self.satellite}_MSIL1C_{stamp}_N{baseline}_R{self.orbit:03d}_T{granule.tile}_{made}"

    @property
    def as_ground(self) -> ground.Overpass:
        """For the clouds of the ground."""
        return ground.Overpass(self.when, (), cloud_share=self.cloud_share)


@dataclass
class World:
    """Everything the server knows."""

    overpasses: Sequence[Overpass]
    landscape: ground.Landscape = field(default=ground.fields_landscape)
    tlm: bool = False
    blocks: dict[int, int] = field(default_factory=lambda: dict(BLOCKS))
    without_band: str = ""
    without_metadata: tuple[str, ...] = ()
    """Baselines whose products have none."""
    masks: bool = False
    """Products have masks of their own."""

    def dn(self, overpass: Overpass, granule: Granule, band: str, pixel_m: int) -> NDArray[np.uint16]:
        """10,000 times reflectance of a granule's raster; 0 beside the swath."""
        rows, cols = granule.rows * 10 // pixel_m, granule.cols * 10 // pixel_m
        x = granule.left_m + (np.arange(cols) + 0.5) * pixel_m
        y = granule.top_m - (np.arange(rows) + 0.5) * pixel_m
        dn = self.landscape(granule.epsg, x, y, overpass.when)[ground.BANDS.index(band)]
        dn = np.where(ground.clouds(x, y, overpass.as_ground), 7000, dn)
        dn[:, x < granule.swath_west_m] = 0
        return dn.astype(np.uint16)

    def scl(self, overpass: Overpass, granule: Granule, pixel_m: int = 20) -> NDArray[np.uint8]:
        """Scene classification."""
        rows, cols = granule.rows * 10 // pixel_m, granule.cols * 10 // pixel_m
        x = granule.left_m + (np.arange(cols) + 0.5) * pixel_m
        y = granule.top_m - (np.arange(rows) + 0.5) * pixel_m
        scl = np.where(ground.clouds(x, y, overpass.as_ground), 9, 4).astype(np.uint8)
        scl[:, x < granule.swath_west_m] = 0
        return scl


def granule_around(lon: float, lat: float, tile: str, *, half_m: int = 3_000, **changes: object) -> Granule:
    """Make a small raster of a granule around a place, on whole 60 m of its zone."""
    square = square_of(tile)
    assert square is not None
    x, y = from_lonlat(square.epsg, lon, lat)
    left, top = int(x - half_m) // 60 * 60, int(y + half_m) // 60 * 60
    size = half_m * 2 // 60 * 6
    return Granule(tile, left, top, size, size, **changes)


def world_around(
    lon: float = 8.85,
    lat: float = 45.485,
    *,
    tile: str = "32TMR",
    first: datetime = datetime(2023, 6, 3, 10, 10, 31, tzinfo=UTC),
    count: int = 4,
    half_m: int = 3_000,
    landscape: ground.Landscape = ground.fields_landscape,
    **changes: object,
) -> World:
    """Overpasses every five days over a place, each in two rasters of one granule's zone that meet in the place.

    The second stands for a neighbouring granule; its name is that of the square to the east.
    """
    square = square_of(tile)
    assert square is not None
    x, y = from_lonlat(square.epsg, lon, lat)
    left, top = int(x - half_m) // 60 * 60, int(y + half_m) // 60 * 60
    rows = half_m * 2 // 60 * 6
    cols = rows // 2 // 6 * 6
    overpasses = [
        Overpass(
            first + timedelta(days=5 * i),
            (
                Granule(tile, left, top, cols + 60, rows, cloud_pct=20.0 * i),
                Granule(_east_of(tile), left + cols * 10, top, cols, rows, cloud_pct=20.0 * i + 4),
            ),
            satellite=("S2B", "S2A")[i % 2],
            cloud_share=min(0.25 * i, 1.0),
            **changes,
        )
        for i in range(count)
    ]
    return World(overpasses, landscape)


def _east_of(tile: str) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return tile[:3] + letters[letters.index(tile[3]) + 1] + tile[4]
