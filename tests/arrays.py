"""Small scenes and maps made of arrays, for tests of the rooms behind the sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES, NO_DATA
from lulc_core.domain.grid import TILE_M, TILE_PX, TileGrid
from lulc_core.domain.land_cover import LandCoverMap, ModelInfo, TileFlag
from lulc_core.domain.progress import check_cancelled
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.model.runtime.windows import WindowAnswers, predict_one_by_one
from lulc_core.sources.base import Cost


def acquisition(**changes: Any) -> Acquisition:
    values: dict[str, Any] = {
        "id": "S2A_20210814_T32TMR",
        "datetime": datetime(2021, 8, 14, 10, 20, 31, tzinfo=UTC),
        "source": "arrays",
        "level": "L1C",
        "satellite": "S2A",
        "cloud_cover_pct": 3.5,
        "clear_share": 0.97,
    }
    return Acquisition(**{**values, **changes})


def grid_at(lon: float, lat: float, n_rows: int, n_cols: int) -> TileGrid:
    """A full grid of n_rows x n_cols whole tiles around a place."""
    from lulc_core.domain.projection import utm_epsg

    epsg = utm_epsg(lon, lat)
    from pyproj import Transformer

    x, y = Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True).transform((lon + 180) % 360 - 180, lat)
    return TileGrid(epsg, int(x // TILE_M), int(y // TILE_M), n_rows, n_cols)


def scene_of(grid: TileGrid, bands: Sequence[str] = BAND_NAMES, *, seed: int = 0, **changes: Any) -> Scene:
    """Reflectance that differs from band to band and pixel to pixel."""
    rng = np.random.default_rng(seed)
    base = 0.05 + 0.03 * np.arange(len(bands), dtype=np.float32)[:, None, None]
    reflectance = (base + rng.uniform(0, 0.02, (len(bands), *grid.shape_px))).astype(np.float32)
    yes = np.ones(grid.shape_px, bool)
    observed, clear = changes.pop("observed", yes), changes.pop("clear", yes.copy())
    reflectance[:, ~observed] = 0
    return Scene(grid, acquisition(**changes), tuple(bands), reflectance, observed, clear)


def map_of(class_ids: np.ndarray, grid: TileGrid, *, confidence: float = 0.8, **changes: Any) -> LandCoverMap:
    """A map with the given classes; 255 inside the drawn shape becomes a cloudy tile."""
    class_ids = np.where(grid.inside, class_ids, NO_DATA).astype(np.uint8)
    probabilities = np.full((*grid.shape, N_CLASSES), np.nan, np.float32)
    classified = class_ids != NO_DATA
    probabilities[classified] = (1 - confidence) / (N_CLASSES - 1)
    rows, cols = np.nonzero(classified)
    probabilities[rows, cols, class_ids[classified]] = confidence
    flags = np.where(grid.inside & ~classified, TileFlag.CLOUDY, TileFlag.NONE).astype(np.uint8)
    clear_share = np.where(flags > 0, 0.1, 1.0).astype(np.float32)
    notes = changes.pop("notes", ())
    model = ModelInfo("test", "ab" * 32)
    return LandCoverMap(grid, acquisition(**changes), model, probabilities, class_ids, flags, clear_share, notes)


@dataclass
class ArraySource:
    """An imagery source over scenes that are already there."""

    scene: Scene
    asked: list[tuple[str, ...]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    name: str = "arrays"

    def search(self, aoi: Aoi, start: Any, end: Any, **_: Any) -> tuple[Acquisition, ...]:
        return (self.scene.acquisition,)

    def load(self, acquisition, bands, grid, *, on_progress=None, cancelled=None) -> Scene:
        self.asked.append(tuple(bands))
        self.before()
        check_cancelled(cancelled)
        if on_progress:
            on_progress(1.0, "read")
        s = self.scene
        return Scene(grid, acquisition, tuple(bands), s.select(bands), s.observed, s.clear, s.notes)

    def cost(self, grid: TileGrid, bands: Sequence[str]) -> Cost:
        return Cost(grid.n_tiles, 0, 0.0, 0.0)


@dataclass
class Card:
    name: str = "by-brightness"
    sha256: str = "cd" * 32
    bands: tuple[str, ...] = ("B04", "B03", "B02")
    radiometry: str = "eurosat-rgb-l1c"
    classes: tuple[str, ...] = CLASS_NAMES
    tile_px: int = TILE_PX
    shifted_windows: bool = False


@dataclass
class Answer:
    probabilities: np.ndarray
    is_ood: np.ndarray


@dataclass
class BrightnessClassifier:
    """Classify a tile by its red: class id = the mean red level // 20; out of distribution above a level of blue."""

    card: Card = field(default_factory=Card)
    confidence: float = 0.8
    ood_above: float = 300
    seen: list[np.ndarray] = field(default_factory=list)
    in_blocks: bool = True

    def for_level(self, level: str) -> BrightnessClassifier:
        return self

    def remembering(self) -> BrightnessClassifier:
        return self

    def predict(self, rgb, *, on_progress=None, cancelled=None) -> Answer:
        self.seen.append(rgb)
        check_cancelled(cancelled)
        if on_progress:
            on_progress(1.0, "named")
        red, blue = rgb[..., 0].mean(axis=(1, 2)), rgb[..., 2].mean(axis=(1, 2))
        ids = np.clip(red // 20, 0, N_CLASSES - 1).astype(int)
        probabilities = np.full((len(rgb), N_CLASSES), (1 - self.confidence) / (N_CLASSES - 1), np.float32)
        probabilities[np.arange(len(rgb)), ids] = self.confidence
        return Answer(probabilities, blue > self.ood_above)

    def predict_windows(self, grey, wanted, **options) -> WindowAnswers:
        return predict_one_by_one(self.predict, grey, wanted, **options)
