"""From an acquisition and a tile grid to a land-cover map: load, predict, and decide which tiles get a name."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES, NO_DATA
from lulc_core.domain.errors import InputError, ModelError, NoAcquisitionError
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.land_cover import LEFT_OUT, LandCoverMap, ModelInfo, TileFlag
from lulc_core.domain.radiometry import to_eurosat_rgb
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.sources.base import Cancelled, ImagerySource, Progress, check_cancelled

CLEAR_ENOUGH = 0.98
"""A named tile with a smaller clear share is flagged as partly cloudy; 2 % are 82 pixels, a small cumulus."""
UNSURE_BELOW = 0.5
"""A named tile whose largest probability is smaller is flagged as unsure: the rest together is likelier."""
MAX_SCENE_BYTES = 2 * 1024**3
"""Above this the default is to load only what map and pictures need, not the whole spectrum."""

_LOADED = 0.7  # share of the progress bar that fetching pixels takes; measured, docs/benchmarks.md
_MODEL_READY = 0.75
_ASK_EVERY_S = 0.2  # how soon a click on cancel is seen while the network loads
_RADIOMETRY = "eurosat-rgb-l1c"


class ModelFacts(Protocol):
    """What the pipeline reads of a model card."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def bands(self) -> tuple[str, ...]: ...
    @property
    def radiometry(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def tile_px(self) -> int: ...


class TilePrediction(Protocol):
    """What a classifier answers for N tiles."""

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """(N, 10) calibrated, sum to 1."""

    @property
    def is_unlike(self) -> NDArray[np.bool_]:
        """(N,) True where a tile is unlike the training data."""


class TileClassifier(Protocol):
    """A network that names tiles; ``lulc_core.model.classifier.Classifier`` is one."""

    @property
    def card(self) -> ModelFacts:
        """What the network expects, and its name."""

    def predict(
        self,
        rgb: NDArray[np.uint8],
        *,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> TilePrediction:
        """Answers for tiles, uint8 (N, 64, 64, 3)."""


class PictureTiles(Protocol):
    """What the pipeline reads of a picture; ``lulc_core.sources.picture.Picture`` is one."""

    @property
    def tiles(self) -> NDArray[np.uint8]:
        """(N, 64, 64, 3) the picture as the network wants it, N at least 1."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to it, in sentences."""


@dataclass(frozen=True)
class ClassifyResult:
    """A map, the pixels it was made from, and how long it took."""

    tiles: LandCoverMap
    """The tiles of 640 m: what the network was asked, and the unit of evidence."""
    scene: Scene
    """Pixels on the grid of the tiles."""
    timings_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds: ``load`` (pixels), ``model`` (waiting for the network beyond that), ``predict``, ``total``."""
    cells: LandCoverMap | None = None
    """The map in finer cells over the same ground, where it was asked for."""

    @property
    def land_cover(self) -> LandCoverMap:
        """The map at the detail asked for; ``tiles`` itself at 640 m."""
        return self.tiles if self.cells is None else self.cells


@dataclass(frozen=True)
class PictureResult:
    """What the network says of one picture."""

    class_id: int
    """The likeliest class, 0 to 9."""
    probability: float
    """Of that class."""
    probabilities: NDArray[np.float32]
    """(10,) mean over the tiles of the picture, sum to 1; read-only."""
    unlike: bool
    """True if most of the picture is unlike the training data: do not rely on the class."""
    notes: tuple[str, ...] = ()


def classify(
    source: ImagerySource,
    acquisition: Acquisition,
    grid: TileGrid,
    classifier: TileClassifier | Callable[[], TileClassifier],
    *,
    bands: Sequence[str] | None = None,
    min_clear_share: float = 0.5,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ClassifyResult:
    """Loads an acquisition on the grid and names its tiles.

    Args:
        source: where the pixels come from.
        acquisition: one that ``source.search`` returned.
        grid: tiles; only those with ground in the drawn shape are given to the network.
        classifier: the network, or a function without arguments that makes it. The function runs in a thread
            while pixels are fetched.
        bands: bands to load; None for all the acquisition has (for spectra and pictures), or only red, green,
            blue and near infrared where all would take more than MAX_SCENE_BYTES, which a note then says.
        min_clear_share: 0 to 1; a tile with less observed or clear ground is left out.
        on_progress: called with 0 to 1 and what is being done.
        cancelled: asked between steps.

    Returns:
        The map. Where every tile is cloudy or empty it is a map without names, and a note says so.

    Raises:
        InputError: bands that the network needs are missing; min_clear_share is out of range.
        ModelError: the network cannot be loaded or wants input that this program cannot make.
        SourceError: fetching failed.
        CancelledError: ``cancelled()`` said so.
    """
    if not 0 <= min_clear_share <= 1:
        raise InputError(f"The least clear share is {min_clear_share:g}; it must lie between 0 and 1.")
    report = on_progress or (lambda fraction, message: None)
    started = time.perf_counter()
    notes: list[str] = []
    if bands is None:
        bands, reduced = _default_bands(acquisition, grid)
        notes += [reduced] if reduced else []
    with _Loading(classifier) as model:
        report(0.0, "Loading imagery")
        scene = source.load(
            acquisition,
            tuple(bands),
            grid,
            on_progress=lambda f, m: report(_LOADED * f, m),
            cancelled=cancelled,
        )
        loaded = time.perf_counter()
        check_cancelled(cancelled)
        report(_LOADED, "Loading the network")
        while wait([model], timeout=_ASK_EVERY_S).not_done:
            check_cancelled(cancelled)
        network = model.result()
    ready = time.perf_counter()
    check_cancelled(cancelled)
    _check_card(network.card)
    report(_MODEL_READY, "Classifying tiles")
    observed, clear = _tile_share(scene.observed, grid), _tile_share(scene.valid, grid)
    flags = np.zeros(grid.shape, np.uint8)
    flags[grid.inside & (clear < min_clear_share)] = TileFlag.CLOUDY
    flags[grid.inside & (observed < min_clear_share)] = TileFlag.NO_DATA
    asked = grid.inside & (flags == 0)
    probabilities = np.full((*grid.shape, N_CLASSES), np.nan, np.float32)
    if asked.any():
        prediction = network.predict(
            _tiles(scene, network.card, asked),
            on_progress=lambda f, m: report(_MODEL_READY + (1 - _MODEL_READY) * f, m),
            cancelled=cancelled,
        )
        probabilities[asked] = prediction.probabilities
        flags[asked] |= np.where(prediction.is_unlike, np.uint8(TileFlag.UNLIKE), np.uint8(0))
        flags[asked & (clear < CLEAR_ENOUGH)] |= np.uint8(TileFlag.PARTLY_CLOUDY)
    named = asked & ((flags & np.uint8(LEFT_OUT)) == 0)
    class_ids = np.full(grid.shape, NO_DATA, np.uint8)
    class_ids[named] = probabilities[named].argmax(axis=1)
    unsure = np.zeros(grid.shape, bool)
    unsure[named] = probabilities[named].max(axis=1) < UNSURE_BELOW
    flags[unsure] |= np.uint8(TileFlag.UNSURE)
    land_cover = LandCoverMap(
        grid,
        acquisition,
        ModelInfo(network.card.name, network.card.sha256),
        probabilities,
        class_ids,
        flags,
        clear,
    )
    land_cover = _with_notes(land_cover, [*notes, *_facts(land_cover)], scene)
    done = time.perf_counter()
    report(1.0, "Done")
    timings = {
        "load": loaded - started,
        "model": ready - loaded,
        "predict": done - ready,
        "total": done - started,
    }
    return ClassifyResult(land_cover, scene, MappingProxyType(timings))


def choose_acquisition(acquisitions: Sequence[Acquisition], *, day: date | None = None) -> Acquisition:
    """The acquisition of a day, or the clearest one.

    Clearest over the drawn shape where that is known, else by the granule's cloud cover; the newest of equals.

    Args:
        acquisitions: what a search returned.
        day: UTC day; None for any.

    Raises:
        NoAcquisitionError: there is none (of that day); carries the nearest days.
    """
    if not acquisitions:
        raise NoAcquisitionError(
            "There is no acquisition in the period.", hint="Widen the period: Sentinel-2 passes every 3 to 5 days."
        )
    candidates = [a for a in acquisitions if day is None or a.datetime.date() == day]
    if not candidates:
        days = {a.datetime.date() for a in acquisitions}
        nearest = tuple(sorted(days, key=lambda d: (abs((d - cast(date, day)).days), d)))[:3]
        raise NoAcquisitionError(
            f"There is no acquisition on {day}.",
            hint=f"The nearest are of {', '.join(str(d) for d in nearest)}.",
            nearest=nearest,
        )

    def clearness(a: Acquisition) -> tuple[float, float]:
        if a.clear_share is not None:
            return a.clear_share, a.datetime.timestamp()
        cover = 100.0 if a.cloud_cover_pct is None else a.cloud_cover_pct
        return 1 - cover / 100, a.datetime.timestamp()

    return max(candidates, key=clearness)


def classify_pictures(pictures: Sequence[PictureTiles], classifier: TileClassifier) -> list[PictureResult]:
    """Class probabilities of pictures, in their order; all their tiles go through the network in one call.

    A picture of several tiles gets the mean of their probabilities.

    Raises:
        ModelError: the network wants input that pictures cannot give.
    """
    _check_card(classifier.card)
    if not pictures:
        return []
    counts = [len(p.tiles) for p in pictures]
    prediction = classifier.predict(np.concatenate([p.tiles for p in pictures]))
    results = []
    start = 0
    for picture, count in zip(pictures, counts, strict=True):
        part = slice(start, start + count)
        start += count
        mean = prediction.probabilities[part].mean(axis=0, dtype=np.float64)
        probabilities = (mean / mean.sum()).astype(np.float32)
        probabilities.setflags(write=False)
        unlike = bool(prediction.is_unlike[part].mean() > 0.5)
        best = int(probabilities.argmax())
        notes = list(picture.notes)
        if unlike:
            notes.append("The picture is unlike everything the network learned from; do not rely on the class.")
        elif probabilities[best] < UNSURE_BELOW:
            notes.append("The network is unsure: no class has half of the probability.")
        results.append(PictureResult(best, float(probabilities[best]), probabilities, unlike, tuple(notes)))
    return results


class _Loading:
    """The network, made in a thread where a function was given that makes it."""

    def __init__(self, classifier: TileClassifier | Callable[[], TileClassifier]) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._future: Future[TileClassifier] = Future()
        if hasattr(classifier, "predict"):
            self._future.set_result(cast(TileClassifier, classifier))
        else:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="lulc-model")
            self._future = self._pool.submit(classifier)

    def __enter__(self) -> Future[TileClassifier]:
        return self._future

    def __exit__(self, *_: Any) -> None:
        if self._pool is not None:
            # Not waiting: where fetching failed or was cancelled, the user hears of it at once.
            self._pool.shutdown(wait=False)


def _default_bands(acquisition: Acquisition, grid: TileGrid) -> tuple[tuple[str, ...], str]:
    every = acquisition.available_bands
    rows, cols = grid.shape_px
    if rows * cols * 4 * len(every) <= MAX_SCENE_BYTES:
        return every, ""
    few = tuple(n for n in every if n in (*RGB, "B08"))
    return few, (
        f"The area is large: only the bands {', '.join(few)} were loaded, so that spectra have no more than these."
    )


def _check_card(card: ModelFacts) -> None:
    if card.radiometry != _RADIOMETRY:
        raise ModelError(
            f"The model {card.name} wants input of the kind {card.radiometry!r}; this program makes {_RADIOMETRY!r}.",
            hint="Choose another model, or update this program.",
        )
    if tuple(card.classes) != CLASS_NAMES or card.tile_px != TILE_PX:
        raise ModelError(
            f"The model {card.name} has other classes or another tile size than this program "
            f"({N_CLASSES} EuroSAT classes, {TILE_PX} px).",
            hint="Choose another model.",
        )


def _tile_share(pixels: NDArray[np.bool_], grid: TileGrid) -> NDArray[np.float32]:
    """(rows, columns) share of True among the pixels of each tile."""
    cut = pixels.reshape(grid.n_rows, TILE_PX, grid.n_cols, TILE_PX)
    # Two sums in small integers: np.mean over two axes of a cut array is many times slower.
    counts = cut.sum(axis=3, dtype=np.uint8).sum(axis=1, dtype=np.uint16)
    return (counts / np.float32(TILE_PX * TILE_PX)).astype(np.float32)


def _tiles(scene: Scene, card: ModelFacts, asked: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(N, 64, 64, bands) uint8 tiles of ``asked`` in row-major order, through the radiometry of the network."""
    missing = [n for n in card.bands if not scene.has(n)]
    if missing:
        raise InputError(
            f"The network needs the bands {', '.join(card.bands)}; {', '.join(missing)} is missing.",
            hint="Load them as well, or choose imagery that has them.",
        )
    rows, cols = np.nonzero(asked)
    tiles = np.empty((len(rows), TILE_PX, TILE_PX, len(card.bands)), np.uint8)
    for i, name in enumerate(card.bands):
        grey = to_eurosat_rgb(scene.reflectance[scene.bands.index(name)])
        cut = grey.reshape(scene.grid.n_rows, TILE_PX, scene.grid.n_cols, TILE_PX)
        tiles[..., i] = cut[rows, :, cols, :]
    return tiles


def _facts(land_cover: LandCoverMap) -> list[str]:
    notes = []
    if land_cover.acquisition.level == "L2A":
        notes.append(
            "This is surface reflectance (L2A); the network was trained on top-of-atmosphere reflectance (L1C), "
            "so expect more mistakes than its card says."
        )
    if not land_cover.named.any():
        counts = land_cover.left_out()
        why = max(counts, key=lambda name: counts[name])
        reason = {
            "no_data": "the satellite did not observe enough of them",
            "cloudy": "too little of them is free of cloud and shadow",
            "unlike": "they look unlike everything the network learned from",
        }[why]
        notes.append(f"No tile could be named: {reason}. Choose another date.")
    return notes


def _with_notes(land_cover: LandCoverMap, notes: list[str], scene: Scene) -> LandCoverMap:
    # The same sentence may come with the acquisition and with its scene; say it once, in a fixed order.
    every = dict.fromkeys([*land_cover.acquisition.notes, *scene.notes, *notes])
    return replace(land_cover, notes=tuple(every))
