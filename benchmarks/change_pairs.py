"""Pairs of dates whose truth is known: simulated landscapes, and mosaics of held-out EuroSAT patches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lulc_core.analysis.confirm import season_gap_days
from lulc_core.domain.bands import RGB
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.radiometry import EUROSAT_MAX_REFLECTANCE
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.pipeline import TileClassifier, classify
from lulc_core.sources.simulated import SimulatedSource

PLACES = ((8.85, 45.488), (-3.7, 40.4), (2.3, 48.7), (16.5, 48.2), (21.0, 52.2))
"""Longitude and latitude of the simulated areas' middles."""
HAZY_FROM = 0.065
"""Share of the light that haze adds (simulation.air.Sky.haze) from which a simulated day counts as hazy."""
CLEAR_BELOW = 0.05
"""Below this a day counts as clear of haze."""


@dataclass(frozen=True)
class Case:
    """Two maps, further ones, and what is true of their tiles; arrays are (rows, columns)."""

    name: str
    before: LandCoverMap
    after: LandCoverMap
    confirm: tuple[LandCoverMap, ...]
    changed: NDArray[np.bool_]
    """True where more than half of the ground has another class."""
    unchanged: NDArray[np.bool_]
    """True where at most 1 % of the ground has another class. Tiles that are neither are not scored."""


@dataclass(frozen=True)
class SimulatedDates:
    """Days of one simulated area."""

    before: date
    after: date
    other_season: date
    hazy: date
    hazy_other_season: date
    confirm: date


def simulated_cases(
    classifier: TileClassifier, side: int, report: Callable[[str], None] = lambda text: None
) -> dict[str, list[Case]]:
    """Cases by condition, one for every place: clear or hazy, same season or not, 2017 against 2020 or later."""
    cases: dict[str, list[Case]] = {}
    source = SimulatedSource()
    for lon, lat in PLACES:
        grid = _square(lon, lat, side)
        days = _simulated_dates(source, grid)
        maps = {}
        for day in vars(days).values():
            report(f"simulated {lon}, {lat}: {day}")
            maps[day] = classify(source, _simulated(source, grid, day), grid, classifier, bands=RGB).land_cover
        shares = {day: source.truth(grid, day).shares for day in maps}
        for name, day in (
            ("clear, same season", days.after),
            ("clear, other season", days.other_season),
            ("hazy, same season", days.hazy),
            ("hazy, other season", days.hazy_other_season),
        ):
            shift = 0.5 * np.abs(shares[days.before] - shares[day]).sum(axis=2)
            ground = np.minimum(shares[days.before].sum(axis=2), shares[day].sum(axis=2)) > 0.95  # no building site
            cases.setdefault(name, []).append(
                Case(
                    f"{lon}, {lat}",
                    maps[days.before],
                    maps[day],
                    (maps[days.confirm],),
                    (shift > 0.5) & ground,
                    (shift <= 0.01) & ground,
                )
            )
    return cases


def _square(lon: float, lat: float, side: int) -> TileGrid:
    from pyproj import Transformer

    from lulc_core.domain.aoi import utm_epsg
    from lulc_core.domain.grid import TILE_M

    epsg = utm_epsg(lon, lat)
    x, y = Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True).transform(lon, lat)
    return TileGrid(epsg, int(x // TILE_M) - side // 2, int(y // TILE_M) + side // 2, side, side)


def _simulated_dates(source: SimulatedSource, grid: TileGrid) -> SimulatedDates:
    def first(start: date, low: float, high: float) -> date:
        from lulc_core.sources.simulation.orbit import overpasses

        lon, _ = grid.tile_center(grid.n_rows // 2, grid.n_cols // 2)
        for day in overpasses(lon, start, start + timedelta(days=1800)):
            sky = source._sky_of(grid, day)
            if season_gap_days(day, start) <= 40 and low <= sky.haze < high:
                left, _, _, top = grid.bounds
                cells = sky.clear_cells(left, top, grid.n_rows * 8, grid.n_cols * 8)
                if cells.mean() > (0.85 if low else 0.97):
                    return day
        raise RuntimeError(f"no such day from {start} on")

    before = first(date(2017, 6, 20), 0, CLEAR_BELOW)
    after = first(date(2022, 6, 20), 0, CLEAR_BELOW)
    other = first(date(2022, 10, 10), 0, CLEAR_BELOW)
    hazy, hazy_other = first(date(2020, 6, 20), HAZY_FROM, 1), first(date(2020, 10, 10), HAZY_FROM, 1)
    last = max(after, other, hazy, hazy_other)
    return SimulatedDates(before, after, other, hazy, hazy_other, first(date(last.year + 1, 6, 20), 0, CLEAR_BELOW))


def _simulated(source: SimulatedSource, grid: TileGrid, day: date) -> Acquisition:
    from lulc_core.domain.aoi import Aoi

    lon, lat = grid.tile_center(grid.n_rows // 2, grid.n_cols // 2)
    (found,) = source.search(Aoi.from_bbox(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01), day, day, previews=False)
    return found


Light = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]


def same_light(tiles: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Nothing differs."""
    return tiles


def other_day(tiles: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Another clear day of the season: up to 8 % brighter or darker, a little haze, noise, one pixel off."""
    n = len(tiles)
    out = tiles.astype(np.float32)
    shift = rng.integers(-1, 2, (n, 2))
    for i, (dy, dx) in enumerate(shift):
        out[i] = np.roll(out[i], (int(dy), int(dx)), axis=(0, 1))
    out *= rng.uniform(0.92, 1.08, (n, 1, 1, 1)).astype(np.float32)
    out += rng.uniform(0, 5, (n, 1, 1, 1)).astype(np.float32) * np.array([0.6, 0.8, 1.0], np.float32)
    out += rng.normal(0, 2, out.shape).astype(np.float32)
    return np.clip(np.rint(out), 1, 255).astype(np.uint8)


def hazy_day(tiles: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A hazy day: 10 to 25 % of the light comes from bluish air, on top of what differs on a clear one."""
    share = rng.uniform(0.10, 0.25, (len(tiles), 1, 1, 1)).astype(np.float32)
    air = np.array((130.0, 150.0, 180.0), np.float32)
    out = other_day(tiles, rng) * (1 - share) + air * share
    return np.clip(np.rint(out), 1, 255).astype(np.uint8)


def surface(tiles: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Surface reflectance (L2A) in the place of top-of-atmosphere (L1C), on top of what differs on another day."""
    from lulc_core.training.shifts import surface as to_surface

    return to_surface(other_day(tiles, rng))


def eurosat_cases(classifier: TileClassifier, data: Path, *, seed: int = 0) -> dict[str, Case]:
    """Mosaics of validation patches, half of whose tiles are exchanged for a patch of another class.

    The other half shows: the same patch again; the same on another clear day; on a hazy day; as surface reflectance;
    or, hardest, another patch of the same class, as if every field and house had been rearranged.
    """
    from lulc_core.training.eurosat import load_eurosat

    patches = load_eurosat(data).part("validation")
    rng = np.random.default_rng(seed)
    images, ids = patches.images, patches.class_ids
    n = len(ids)
    changed = rng.permutation(n) < n // 2
    partner = np.array([rng.choice(np.nonzero(ids != k)[0]) for k in ids])
    sibling = np.array([rng.choice(np.nonzero((ids == k) & (np.arange(n) != i))[0]) for i, k in enumerate(ids)])
    after = np.where(changed, partner, np.arange(n))
    rearranged = np.where(changed, partner, sibling)
    side = int(np.ceil(np.sqrt(n)))
    coverage = (np.arange(side * side) < n).astype(np.float32).reshape(side, side)
    grid = TileGrid(32632, 700, 7900, side, side, "mosaic", coverage)

    def shown(which: NDArray[np.int64], light: Light, day: str, salt: int) -> LandCoverMap:
        tiles = np.ones((side * side, TILE_PX, TILE_PX, 3), np.uint8)
        tiles[:n] = light(images[which], np.random.default_rng([seed, salt]))
        source = _Mosaic(grid, tiles, day)
        return classify(source, source.acquisition, grid, classifier, bands=RGB).land_cover

    before = shown(np.arange(n), same_light, "2019-07-16", 1)
    later = shown(after, other_day, "2022-07-14", 2)
    later_rearranged = shown(rearranged, other_day, "2022-07-14", 3)
    flat = np.zeros(side * side, bool)
    flat[:n] = changed
    is_changed = flat.reshape(side, side)
    is_unchanged = ~is_changed & (coverage > 0)
    cases = {}
    for name, which, light, confirm in (
        ("same patch again", after, same_light, later),
        ("another clear day", after, other_day, later),
        ("hazy day", after, hazy_day, later),
        ("other level (L2A)", after, surface, later),
        ("another patch of the class", rearranged, other_day, later_rearranged),
    ):
        m = shown(which, light, "2021-07-14", 4)
        cases[name] = Case(name, before, m, (confirm,), is_changed, is_unchanged)
    return cases


class _Mosaic:
    """A source with one scene made of patches."""

    name = "mosaic"

    def __init__(self, grid: TileGrid, tiles: NDArray[np.uint8], day: str) -> None:
        self._grid, self._tiles = grid, tiles
        moment = datetime.fromisoformat(f"{day}T10:30:00").replace(tzinfo=UTC)
        self.acquisition = Acquisition(f"mosaic-{day}", moment, self.name, "L1C", "S2A")

    def load(self, acquisition: Acquisition, bands: Sequence[str], grid: TileGrid, **_: object) -> Scene:
        rows, cols = self._grid.shape
        square = self._tiles.reshape(rows, cols, TILE_PX, TILE_PX, 3).transpose(4, 0, 2, 1, 3)
        pixels = square.reshape(3, *self._grid.shape_px).astype(np.float32)
        reflectance = (pixels - 1) * np.float32(EUROSAT_MAX_REFLECTANCE / 254)
        everywhere = np.ones(self._grid.shape_px, bool)
        return Scene(grid, acquisition, RGB, reflectance, everywhere, everywhere.copy())
