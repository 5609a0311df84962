"""Pairs of dates whose truth is known: simulated landscapes, and mosaics of held-out EuroSAT patches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulated_world import BUSY, simulated_shares
from lulc_core.analysis.change.detect import differing
from lulc_core.analysis.change.edge_similarity import edge_similarity_between
from lulc_core.analysis.change.persistence import season_gap_days
from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import class_by_name
from lulc_core.domain.grid import TILE_M, TILE_PX, TileGrid
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.radiometry import EUROSAT_MAX_REFLECTANCE
from lulc_core.domain.results import ClassifyResult
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.model.classifier import Classifier
from lulc_core.pipeline.classify import classify
from lulc_core.sources.simulation.air import Sky
from lulc_core.sources.simulation.source import SimulatedSource

REPORTED = (
    (8.85, 45.0, 101), (-3.7, 40.4, 102), (2.3, 48.7, 103), (16.5, 48.2, 104), (21.0, 52.2, 105), (12.4, 43.1, 106),
    (26.1, 44.6, 107), (-1.2, 52.9, 108), (149.1, -35.2, 109), (10.9, 48.3, 110), (-8.2, 40.1, 111), (23.7, 54.9, 112),
    (-60.5, -33.0, 113), (4.6, 44.1, 114),
)  # fmt: skip
"""Longitude, latitude and seed of the simulated areas that figures are reported on."""
LEARNT = (
    (10.2, 45.3, 11), (-4.7, 41.4, 12), (3.3, 47.7, 13), (17.5, 47.2, 14), (22.0, 51.2, 15), (24.5, 44.3, 16),
    (-1.5, 52.6, 17), (146.0, -35.5, 18),
)  # fmt: skip
"""Other areas, on which the thresholds were chosen (``--sweep``)."""
HAZY_FROM = 0.065
"""Share of the light that haze adds (simulation.air.Sky.haze) from which a simulated day counts as hazy."""
CLEAR_BELOW = 0.05
"""Below this a day counts as clear of haze."""
CROSSED_FROM = 0.02
"""Share of a tile under highway or river from which it counts as crossed by one."""


@dataclass(frozen=True)
class Case:
    """Two maps, a further one, and what is true of their tiles; arrays are (rows, columns)."""

    name: str
    before: LandCoverMap
    after: LandCoverMap
    confirm: tuple[LandCoverMap, ...]
    changed: NDArray[np.bool_]
    """True where more than half of the ground has another class."""
    unchanged: NDArray[np.bool_]
    """True where at most 1 % of the ground has another class. Tiles that are neither are not scored."""
    crossed: NDArray[np.bool_]
    """True where a highway or river crosses the tile on both dates. EuroSAT names such a tile for the line, which stays
    when the land beside it changes, so that it is scored apart."""
    edge_similarity: NDArray[np.float32]
    """How far the edges of both pictures agree (``analysis.structure``)."""
    structure_confirmed: NDArray[np.float32]
    """The same with the further date."""


@dataclass(frozen=True)
class Condition:
    """One kind of pairs."""

    group: str
    """``simulated`` or ``eurosat``."""
    name: str
    season: str
    """``same`` or ``other``."""
    levels: str
    """``same`` or ``other`` (L1C against L2A)."""
    spoken: bool = True
    """Taken into what sentences say; False for pairs that are no two dates of one place."""


CONDITIONS = (
    Condition("simulated", "clear, same season", "same", "same"),
    Condition("simulated", "clear, other season", "other", "same"),
    Condition("simulated", "hazy, same season", "same", "same"),
    Condition("simulated", "hazy, other season", "other", "same"),
    Condition("eurosat", "another clear day", "same", "same"),
    Condition("eurosat", "hazy day", "same", "same"),
    Condition("eurosat", "other level (L2A)", "same", "other"),
    Condition("eurosat", "another patch of the class", "same", "same", spoken=False),
)


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
    classifier: Classifier,
    side: int,
    places: Sequence[tuple[float, float, int]] = REPORTED,
    report: Callable[[str], None] = lambda text: None,
    *,
    cell_m: int = TILE_M,
) -> dict[str, list[Case]]:
    """Cases by condition, one for every place: clear or hazy, same season or not, 2017 against 2020 or later.

    ``cell_m``: side of what is compared, tiles or finer cells, m.
    """
    jobs = [(i, name) for i in range(len(places)) for name in SimulatedDates.__dataclass_fields__]
    worlds = [_World.of(lon, lat, seed, side, cell_m) for lon, lat, seed in places]
    cases: dict[str, list[Case]] = {}
    shown: dict[str, ClassifyResult] = {}
    # The next scenes are drawn while the network looks at this one; two at a time, so that memory stays small.
    with ThreadPoolExecutor(1) as pool:
        drawn = deque(pool.submit(worlds[i].scenes, name) for i, name in jobs[:2])
        for n, (i, name) in enumerate(jobs):
            ready = _Ready(drawn.popleft().result())
            if n + 2 < len(jobs):
                drawn.append(pool.submit(worlds[jobs[n + 2][0]].scenes, jobs[n + 2][1]))
            report(f"{n + 1} of {len(jobs)}: simulated {places[i][:2]}, {ready.acquisition.date}")
            shown[name] = classify(ready, ready.acquisition, worlds[i].grid, classifier, bands=RGB)
            if len(shown) == len(SimulatedDates.__dataclass_fields__):
                for condition, case in worlds[i].cases(shown).items():
                    cases.setdefault(condition, []).append(case)
                shown = {}
    return cases


@dataclass(frozen=True)
class _World:
    """One simulated area: where it is, and its days."""

    source: SimulatedSource
    grid: TileGrid
    days: SimulatedDates

    @classmethod
    def of(cls, lon: float, lat: float, seed: int, side: int, cell_m: int) -> _World:
        source, tiles = SimulatedSource(seed=seed, rate=BUSY), square(lon, lat, side)
        k = TILE_M // cell_m
        north = (tiles.north0 + 1) * k - 1
        grid = TileGrid(tiles.epsg, tiles.east0 * k, north, side * k, side * k, cell_m=cell_m)
        return cls(source, grid, _simulated_dates(source, tiles))

    def scenes(self, name: str) -> list[Scene]:
        """Pixels of the tiles and, for finer cells, of the ring around them."""
        acquisition = simulated_on(self.source, self.grid.tiles, getattr(self.days, name))
        grids = [self.grid] if self.grid.tiles is self.grid else [self.grid.tiles, self.grid.surroundings]
        return [self.source.load(acquisition, RGB, grid) for grid in grids]

    def cases(self, shown: Mapping[str, ClassifyResult]) -> dict[str, Case]:
        truth = {n: simulated_shares(self.source, self.grid, getattr(self.days, n)) for n in shown}
        found = {}
        for condition, name in (
            ("clear, same season", "after"),
            ("clear, other season", "other_season"),
            ("hazy, same season", "hazy"),
            ("hazy, other season", "hazy_other_season"),
        ):
            first, last = truth["before"], truth[name]
            shift = 0.5 * np.abs(first - last).sum(axis=2)
            ground = np.minimum(first.sum(axis=2), last.sum(axis=2)) > 0.95  # no building site
            lines = [s[..., class_by_name("Highway").id] + s[..., class_by_name("River").id] for s in (first, last)]
            found[condition] = case_of(
                f"{condition}: {self.grid.key}",
                (shown["before"], shown[name], shown["confirm"]),
                changed=(shift > 0.5) & ground,
                unchanged=(shift <= 0.01) & ground,
                crossed=np.minimum(*lines) > CROSSED_FROM,
            )
        return found


def case_of(
    name: str,
    dates: tuple[ClassifyResult, ClassifyResult, ClassifyResult],
    *,
    changed: NDArray[np.bool_],
    unchanged: NDArray[np.bool_],
    crossed: NDArray[np.bool_],
) -> Case:
    """A case of the earlier, the later and the further date."""
    maps, scenes = [r.land_cover for r in dates], [r.scene for r in dates]
    asked = differing(maps[0], maps[1])
    plain, confirmed = (edge_similarity_between(maps[:n], scenes[:n], asked) for n in (2, 3))
    return Case(name, maps[0], maps[1], (maps[2],), changed, unchanged, crossed, plain, confirmed)


def square(lon: float, lat: float, side: int) -> TileGrid:
    """Tiles around a place, ``side`` along each side."""
    from pyproj import Transformer

    from lulc_core.domain.projection import utm_epsg

    epsg = utm_epsg(lon, lat)
    x, y = Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True).transform(lon, lat)
    return TileGrid(epsg, int(x // TILE_M) - side // 2, int(y // TILE_M) + side // 2, side, side)


def _simulated_dates(source: SimulatedSource, grid: TileGrid) -> SimulatedDates:
    from lulc_core.sources.simulation.orbit import overpasses

    lon, lat = grid.tile_center(grid.n_rows // 2, grid.n_cols // 2)
    summer, autumn = ((6, 20), (10, 10)) if lat > 0 else ((12, 20), (4, 10))
    left, _, _, top = grid.bounds

    def first(year: int, season: tuple[int, int], low: float, high: float) -> date:
        start = date(year, *season)
        days = [d for d in overpasses(lon, start, start + timedelta(days=2200)) if season_gap_days(d, start) <= 40]
        for least_clear in (0.85 if low else 0.97, 0.7):  # where no day is as clear, a cloudier one
            for day in days:
                sky = Sky.on(day, grid.epsg, source.seed)
                if (
                    low <= sky.haze < high
                    and sky.clear_cells(left, top, *(8 * n for n in grid.shape)).mean() > least_clear
                ):
                    return day
        raise RuntimeError(f"no such day near {lon:.1f}, {lat:.1f} from {start} on")

    before, after = first(2016, summer, 0, CLEAR_BELOW), first(2020, summer, 0, CLEAR_BELOW)
    other = first(2020, autumn, 0, CLEAR_BELOW)
    hazy, hazy_other = first(2020, summer, HAZY_FROM, 1), first(2020, autumn, HAZY_FROM, 1)
    last = max(after, other, hazy, hazy_other)
    confirm = first(last.year + (last.timetuple().tm_yday > 60), summer, 0, CLEAR_BELOW)
    return SimulatedDates(before, after, other, hazy, hazy_other, confirm)


def simulated_on(source: SimulatedSource, grid: TileGrid, day: date) -> Acquisition:
    """The acquisition of a day."""
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
    from lulc_core.training.corruptions import surface as to_surface

    return to_surface(other_day(tiles, rng))


def eurosat_cases(
    classifier: Classifier,
    data: Path,
    *,
    seed: int = 0,
    limit: int | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> dict[str, Case]:
    """Mosaics of validation patches, half of whose tiles are exchanged for a patch of another class.

    The other half shows: the same patch on another clear day; on a hazy day; as surface reflectance; or, hardest,
    another patch of the same class, as if every field and house had been rearranged. ``limit``: so many patches.
    """
    from lulc_core.training.eurosat import load_eurosat

    patches = load_eurosat(data).part("validation")
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(patches.class_ids))[:limit])
    images, ids = patches.images[chosen], patches.class_ids[chosen]
    n = len(ids)
    changed = rng.permutation(n) < n // 2
    partner = np.array([rng.choice(np.nonzero(ids != k)[0]) for k in ids])
    sibling = np.array([rng.choice(np.nonzero((ids == k) & (np.arange(n) != i))[0]) for i, k in enumerate(ids)])
    after = np.where(changed, partner, np.arange(n))
    rearranged = np.where(changed, partner, sibling)
    side = int(np.ceil(np.sqrt(n)))
    coverage = (np.arange(side * side) < n).astype(np.float32).reshape(side, side)
    grid = TileGrid(32632, 700, 7900, side, side, "mosaic", coverage)

    def shown(which: NDArray[np.int64], light: Light, day: str, salt: int) -> ClassifyResult:
        report(f"EuroSAT: {light.__name__.replace('_', ' ')}")
        tiles = np.ones((side * side, TILE_PX, TILE_PX, 3), np.uint8)
        tiles[:n] = light(images[which], np.random.default_rng([seed, salt]))
        scene = _mosaic(grid, tiles, day)
        return classify(_Ready([scene]), scene.acquisition, grid, classifier, bands=RGB)

    before = shown(np.arange(n), same_light, "2019-07-16", 1)
    later = shown(after, other_day, "2022-07-14", 2)
    later_rearranged = shown(rearranged, other_day, "2022-07-14", 3)
    flat = np.zeros(side * side, bool)
    flat[:n] = changed
    is_changed = flat.reshape(side, side)
    is_unchanged = ~is_changed & (coverage > 0)
    cases = {}
    for name, which, light, confirm in (
        ("another clear day", after, other_day, later),
        ("hazy day", after, hazy_day, later),
        ("other level (L2A)", after, surface, later),
        ("another patch of the class", rearranged, other_day, later_rearranged),
    ):
        dates = before, shown(which, light, "2021-07-14", 4), confirm
        # The truth knows no mixtures: a patch that shows a highway is of the class Highway.
        cases[name] = case_of(
            name, dates, changed=is_changed, unchanged=is_unchanged, crossed=np.zeros_like(is_changed)
        )
    return cases


def _mosaic(grid: TileGrid, tiles: NDArray[np.uint8], day: str) -> Scene:
    """A scene made of patches."""
    moment = datetime.fromisoformat(f"{day}T10:30:00").replace(tzinfo=UTC)
    rows, cols = grid.shape
    square_px = tiles.reshape(rows, cols, TILE_PX, TILE_PX, 3).transpose(4, 0, 2, 1, 3)
    pixels = square_px.reshape(3, *grid.shape_px).astype(np.float32)
    reflectance = (pixels - 1) * np.float32(EUROSAT_MAX_REFLECTANCE / 254)
    everywhere = np.ones(grid.shape_px, bool)
    acquisition = Acquisition(f"mosaic-{day}", moment, "mosaic", "L1C", "S2A")
    return Scene(grid, acquisition, RGB, reflectance, everywhere, everywhere.copy())


class _Ready:
    """A source that has its scenes already."""

    name = "ready"

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self.acquisition = scenes[0].acquisition
        self._scenes = {scene.grid.key: scene for scene in scenes}

    def load(self, acquisition: Acquisition, bands: Sequence[str], grid: TileGrid, **_: object) -> Scene:
        return self._scenes[grid.key]
