"""From an acquisition and a grid to a land-cover map: load, predict, classify tiles and, if wanted, finer cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES
from lulc_core.domain.errors import InputError, ModelError, NoAcquisitionError
from lulc_core.domain.grid import PIXEL_M, RESOLUTIONS_M, TILE_M, TILE_PX, TileGrid
from lulc_core.domain.land_cover import LandCoverMap, TileFlag
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled, stopping_progress
from lulc_core.domain.results import ClassifyResult, Picture, PictureResult
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.model.card import MS_L1C, RGB_L1C
from lulc_core.pipeline.cells import UNSURE_BELOW, bands_around, classify_cells, classify_tiles, mean_power
from lulc_core.pipeline.edges import no_ground
from lulc_core.pipeline.windows import share_of_squares
from lulc_core.sources.base import Cost, ImagerySource

if TYPE_CHECKING:
    from lulc_core.model.classifier import Classifier, ModelCard

MAX_SCENE_BYTES = 2 * 1024**3
"""Above this the default is to load only what map and pictures need, not the whole spectrum."""

_LOADED = 0.7  # share of the progress bar that fetching pixels takes; measured, docs/benchmarks.md
_MODEL_READY = 0.75
_AROUND = 0.1  # share of the loading that the ring around finer cells takes
_TILES_OF_CELLS = 0.3  # share of the naming that the tiles take where finer cells follow
_ASK_EVERY_S = 0.2  # how soon a click on cancel is seen while the network loads


def classify(
    source: ImagerySource,
    acquisition: Acquisition,
    grid: TileGrid,
    classifier: Classifier | Callable[[], Classifier],
    *,
    bands: Sequence[str] | None = None,
    min_clear_share: float = 0.5,
    wanted: NDArray[np.bool_] | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ClassifyResult:
    """Load an acquisition on the grid and classify its tiles and, where the grid is finer, its cells.

    Args:
        source: where the pixels come from.
        acquisition: one that ``source.search`` returned.
        grid: tiles or finer cells; only those with ground in the drawn shape are named. For finer cells the ring of
            tiles around is loaded as well.
        classifier: the network, or a function without arguments that makes it. The function runs in a thread
            while pixels are fetched.
        bands: bands to load; None for all the acquisition has (for spectra and pictures), or only red, green,
            blue and near infrared where all would take more than MAX_SCENE_BYTES, which a note then says.
        min_clear_share: 0 to 1; a tile or cell with less observed or clear ground is left out.
        wanted: (rows, columns) of ``grid.tiles``, True where names are wanted; the other tiles only lend their pixels
            to windows that reach into them. None for all.
        on_progress, cancelled: see ``domain.progress``.

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
    step = stopping_progress(on_progress, cancelled)
    started = time.perf_counter()
    bands, notes = default_bands(acquisition, grid) if bands is None else (tuple(bands), [])
    fine = grid.cell_m != grid.tiles.cell_m
    pool = ThreadPoolExecutor(1, thread_name_prefix="lulc-model")
    model = pool.submit(lambda: cast("Classifier", classifier) if hasattr(classifier, "predict") else classifier())
    pool.shutdown(wait=False)  # its thread ends with the task; where fetching fails, nobody waits for it
    report(0.0, "Loading imagery")
    share = _LOADED * (1 - _AROUND) if fine else _LOADED
    scene = source.load(
        acquisition,
        bands,
        grid.tiles,
        on_progress=lambda f, m: report(share * f, m),
        cancelled=cancelled,
    )
    if acquisition.clear_share is None and scene.clear_share is not None:  # the list it was chosen from had none
        acquisition = replace(scene.acquisition, clear_share=round(scene.clear_share, 4))
        scene = replace(scene, acquisition=acquisition)
    loaded = time.perf_counter()
    step(share, "Loading the network")
    while wait([model], timeout=_ASK_EVERY_S).not_done:
        check_cancelled(cancelled)
    network = model.result()
    _check_card(network.card)
    network = network.for_level(acquisition.level)
    if fine and not network.in_blocks:  # windows of cells are in part those that tell about the tiles
        network = network.remembering()
    ready = time.perf_counter()
    around = None
    if fine:  # after the network, which says what it needs of it
        try:
            around = source.load(
                acquisition,
                bands_around(acquisition.available_bands, network.card.bands),
                grid.surroundings,
                on_progress=lambda f, m: report(share + (_LOADED - share) * f, m),
                cancelled=cancelled,
            )
        except NoAcquisitionError:  # the satellite saw the area, but none of the ground around it
            around = no_ground(scene, grid.surroundings, network.card.bands)
    surrounded = time.perf_counter()
    step(_MODEL_READY, "Classifying tiles")
    tiles_done = _MODEL_READY + (1 - _MODEL_READY) * (_TILES_OF_CELLS if fine else 1)
    tiles = classify_tiles(
        scene,
        network,
        min_clear_share=min_clear_share,
        wanted=wanted,
        on_progress=lambda f, m: report(_MODEL_READY + (tiles_done - _MODEL_READY) * f, m),
        cancelled=cancelled,
    )
    cells = None
    if around is not None:
        step(tiles_done, f"Classifying cells of {grid.cell_m} m")
        power, unknown = mean_power(network.card, grid.cell_m)
        cells = classify_cells(
            grid,
            scene,
            around,
            network,
            power=power,
            min_clear_share=min_clear_share,
            ood_tiles=(tiles.flags & TileFlag.OOD) > 0,
            judged_tiles=~tiles.grid.inside | np.isfinite(tiles.confidence),
            wanted=wanted,
            on_progress=lambda f, m: report(tiles_done + (1 - tiles_done) * f, m),
            cancelled=cancelled,
        )
        cells = _with_notes(cells, [*notes, *unknown, *_facts(cells, scene)], scene)
    tiles = _with_notes(tiles, [*notes, *_facts(tiles, scene)], scene)
    done = time.perf_counter()
    report(1.0, "Done")
    timings = {
        "load": loaded - started + surrounded - ready,
        "model": ready - loaded,
        "predict": done - surrounded,
        "total": done - started,
    }
    return ClassifyResult(tiles, scene, MappingProxyType(timings), cells)


def cost_of(source: ImagerySource, grid: TileGrid, bands: Sequence[str]) -> Cost:
    """Estimate what :func:`classify` loads of a source: the drawn tiles and, for finer cells, the ring around them."""
    cost = source.cost(grid.tiles, bands)
    if grid.tiles is grid:
        return cost
    ring = source.cost(grid.surroundings, bands_around(tuple(bands)))
    return Cost(
        cost.tiles + ring.tiles,
        cost.requests + ring.requests,
        round(cost.processing_units + ring.processing_units, 4),
        round(cost.seconds + ring.seconds, 2),
        round(cost.megabytes + ring.megabytes, 1),
    )


def choose_acquisition(acquisitions: Sequence[Acquisition], *, day: date | None = None) -> Acquisition:
    """Choose the acquisition of a day, or the clearest one.

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


def classify_pictures(pictures: Sequence[Picture], classifier: Classifier) -> list[PictureResult]:
    """Classify pictures, in their order; all their tiles go through the network in one call.

    A picture of several tiles gets the mean of their probabilities.

    Raises:
        ModelError: the network wants input that pictures cannot give.
    """
    _check_card(classifier.card, (RGB_L1C,))
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
        is_ood = bool(prediction.is_ood[part].mean() > 0.5)
        best = int(probabilities.argmax())
        notes = list(picture.notes)
        if is_ood:
            notes.append("The picture is unlike everything the network learned from; do not rely on the class.")
        elif probabilities[best] < UNSURE_BELOW:
            notes.append("The network is unsure: no class has half of the probability.")
        results.append(PictureResult(best, float(probabilities[best]), probabilities, is_ood, tuple(notes)))
    return results


def default_bands(acquisition: Acquisition, grid: TileGrid) -> tuple[tuple[str, ...], list[str]]:
    """Choose the bands to load: all, or few where all would take too much memory, which a note then says."""
    bands = acquisition.available_bands
    rows, cols = grid.shape_px
    if rows * cols * 4 * len(bands) <= MAX_SCENE_BYTES:
        return bands, []
    few = tuple(n for n in bands if n in (*RGB, "B08"))
    return few, [
        f"The area is large: only the bands {', '.join(few)} were loaded, so that spectra have no more than these."
    ]


def _check_card(card: ModelCard, known: tuple[str, ...] = (RGB_L1C, MS_L1C)) -> None:
    if card.radiometry not in known:
        raise ModelError(
            f"The model {card.name} wants input of the kind {card.radiometry!r}; here is {' or '.join(known)}.",
            hint="Choose another model, or update this program.",
        )
    if tuple(card.classes) != CLASS_NAMES or card.tile_px != TILE_PX:
        raise ModelError(
            f"The model {card.name} has other classes or another tile size than this program "
            f"({N_CLASSES} EuroSAT classes, {TILE_PX} px).",
            hint="Choose another model.",
        )


def _facts(land_cover: LandCoverMap, scene: Scene) -> list[str]:
    notes = []
    if land_cover.acquisition.level == "L2A":
        notes.append(
            "This is surface reflectance (L2A); the network was trained on top-of-atmosphere reflectance (L1C), "
            "so expect more mistakes."
        )
    if not land_cover.classified.any():
        counts = land_cover.left_out()
        why = max(counts, key=lambda name: counts[name])
        if why in ("no_data", "beyond") and (finer := _finer_with_data(land_cover, scene)):
            whose = "the file has" if land_cover.acquisition.source == "geotiff" else "the image has"
            return [
                *notes,
                f"No tile could be named: tiles of {TILE_M} m lie on a fixed lattice, and {whose} too little of each. "
                f"Choose a finer detail: cells of {finer} m fit in.",
            ]
        reason = {
            "no_data": "the image covers too little of them",
            "beyond": "the image ends in each of them",
            "cloudy": "too little of them is free of cloud and shadow",
            "unlike": "they look unlike everything the network learned from",
        }[why]
        notes.append(f"No {land_cover.grid.unit} could be named: {reason}. Choose another date.")
    return notes


def _finer_with_data(land_cover: LandCoverMap, scene: Scene) -> int | None:
    """The coarsest finer cells of which one is wholly observed, metres; None where there is none, or they are here."""
    if land_cover.grid.cell_m < TILE_M:
        return None
    shares = ((m, share_of_squares(scene.observed, m // PIXEL_M)) for m in RESOLUTIONS_M[1:])
    return next((m for m, share in shares if (share == 1).any()), None)


def _with_notes(land_cover: LandCoverMap, notes: list[str], scene: Scene) -> LandCoverMap:
    # The same sentence may come with the acquisition and with its scene; say it once, in a fixed order.
    notes_once = dict.fromkeys([*land_cover.acquisition.notes, *scene.notes, *notes])
    return replace(land_cover, notes=tuple(notes_once))
