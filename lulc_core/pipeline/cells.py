"""From what a network says of windows to named cells: flags, means over overlapping windows, edges.

A cell finer than a tile is named from all windows of 640 m that cover it. Windows begin every 160 m (every 80 m for
cells of 80 m); a cell's probabilities are the mean over its windows, those that have it nearer their middle counting
more, sharpened so that they are calibrated as a mean (lulc_core/model/resolution.py). Windows at the rim reach into the
ring of tiles around the drawn ones, whose pixels are loaded for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import N_CLASSES, NO_DATA
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import PIXEL_M, TILE_PX, TileGrid
from lulc_core.domain.land_cover import LEFT_OUT, LandCoverMap, ModelInfo, TileFlag
from lulc_core.domain.radiometry import to_eurosat_rgb
from lulc_core.domain.scene import Scene
from lulc_core.model.resolution import load_resolution_facts
from lulc_core.model.runtime.windows import WindowAnswers, predict_one_by_one, sharpened

if TYPE_CHECKING:
    from lulc_core.domain.progress import Cancelled, Progress
    from lulc_core.pipeline.types import ModelFacts, TileClassifier

CLEAR_ENOUGH = 0.98
"""A named cell with a smaller clear share is flagged as partly cloudy; 2 % of a tile are 82 pixels, a small cumulus."""
UNSURE_BELOW = 0.5
"""A named cell whose largest probability is smaller is flagged as unsure: the rest together is likelier."""
WINDOW_STEP_M = 160
"""Windows begin so far apart, or as far as cells are wide where that is less."""
SOFTNESS = 0.25
"""Power of cos^2 that weighs a window by how near its middle a cell lies. 0 would be flat, 1 is a Hann window; measured
on mosaics flat is best by a hair and 1 worst (docs/detail.md); 0.25 keeps windows from entering with a jolt."""
SHARE_POWER = 8
"""Windows count by their clear share to this power: a quarter of black pixels misleads by more than a quarter."""


class CellPredictions(NamedTuple):
    """What is known of N cells once the network was asked; in row-major order."""

    probabilities: NDArray[np.float32]
    """(N, 10), sum to 1; NaN where nothing could be said."""
    is_ood: NDArray[np.bool_]
    """(N,)."""
    refused: NDArray[np.uint8]
    """(N,) of :class:`TileFlag`: why nothing could be said, 0 where something could."""


def classify_cells(
    grid: TileGrid,
    scene: Scene,
    card: ModelFacts,
    *,
    min_clear_share: float,
    ask: Callable[[NDArray[np.bool_]], CellPredictions],
) -> LandCoverMap:
    """Decides which cells get a name; the same for tiles and for finer cells.

    Args:
        grid: the cells.
        scene: pixels on ``grid.tiles``.
        card: of the network.
        min_clear_share: a cell with less is left out.
        ask: the network's answer for the cells of a mask; called only where there are any.
    """
    seen, usable = _share(scene.observed, grid.cell_px), _share(scene.valid, grid.cell_px)
    flags = np.zeros(grid.shape, np.uint8)
    flags[grid.inside & (usable < min_clear_share)] = TileFlag.CLOUDY
    flags[grid.inside & (seen < min_clear_share)] = TileFlag.NO_DATA
    asked = grid.inside & (flags == 0)
    probabilities = np.full((*grid.shape, N_CLASSES), np.nan, np.float32)
    if asked.any():
        answer = ask(asked)
        probabilities[asked] = answer.probabilities
        flags[asked] |= answer.refused
        flags[asked] |= np.where(answer.is_ood, np.uint8(TileFlag.UNLIKE), np.uint8(0))
        asked &= np.isfinite(probabilities[..., 0])
        flags[asked & (usable < CLEAR_ENOUGH)] |= np.uint8(TileFlag.PARTLY_CLOUDY)
    classified = asked & ((flags & np.uint8(LEFT_OUT)) == 0)
    class_ids = np.full(grid.shape, NO_DATA, np.uint8)
    class_ids[classified] = probabilities[classified].argmax(axis=1)
    unsure = np.zeros(grid.shape, bool)
    unsure[classified] = probabilities[classified].max(axis=1) < UNSURE_BELOW
    flags[unsure] |= np.uint8(TileFlag.UNSURE)
    model = ModelInfo(card.name, card.sha256)
    return LandCoverMap(grid, scene.acquisition, model, probabilities, class_ids, flags, usable)


def predict_tiles(
    scene: Scene,
    network: TileClassifier,
    *,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Callable[[NDArray[np.bool_]], CellPredictions]:
    """Asks the network for whole tiles, one by one."""

    def ask(asked: NDArray[np.bool_]) -> CellPredictions:
        rows, cols = np.nonzero(asked)
        grey = to_grey(scene, network.card)
        cut = grey.reshape(scene.grid.n_rows, TILE_PX, scene.grid.n_cols, TILE_PX, grey.shape[2])
        prediction = network.predict(
            np.ascontiguousarray(cut[rows, :, cols]), on_progress=on_progress, cancelled=cancelled
        )
        return CellPredictions(prediction.probabilities, prediction.is_ood, np.zeros(len(rows), np.uint8))

    return ask


def predict_windows(
    scene: Scene,
    around: Scene,
    grid: TileGrid,
    network: TileClassifier,
    *,
    sharpness: float,
    min_clear_share: float,
    suspects: NDArray[np.bool_] | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Callable[[NDArray[np.bool_]], CellPredictions]:
    """Asks the network for all windows that cover a cell, and gives the mean of what it says.

    Args:
        scene: pixels on ``grid.tiles``.
        around: red, green and blue on ``grid.surroundings``.
        grid: the cells, finer than tiles.
        network: names tiles; if it has ``predict_windows`` that does the work in one go.
        sharpness: power to which the mean is raised.
        min_clear_share: a window with less observed or less clear ground has no say.
        suspects: (rows, columns) of ``grid.tiles``, True where the tile as a whole is unlike the training data. Only
            there can a cell be: what judges windows in blocks is coarser than what judges tiles, and flags ordinary
            land of other kinds of imagery. None for everywhere.
        on_progress: called with the share of windows done.
        cancelled: asked now and then.
    """
    step_m = min(grid.cell_m, WINDOW_STEP_M)
    step_px = step_m // PIXEL_M
    per_side = TILE_PX // step_px  # windows that cover a step, along a side
    split = grid.cell_m // step_m

    def ask(asked: NDArray[np.bool_]) -> CellPredictions:
        grey, observed, clear = _with_surroundings(scene, around, network.card)
        seen, usable = (_window_means(_share(m, step_px), per_side) for m in (observed, clear))
        steps = np.pad(asked.repeat(split, 0).repeat(split, 1), per_side)
        covers = _window_means(steps.astype(np.float32), per_side) > 0
        wanted = covers & (seen >= min_clear_share) & (usable >= min_clear_share)
        weight = np.where(wanted, usable**SHARE_POWER, 0).astype(np.float32)
        values = np.zeros((*wanted.shape, N_CLASSES + 2), np.float32)
        if wanted.any():
            answers = _predict(network, grey, wanted, step_px, on_progress, cancelled)
            values[wanted, :N_CLASSES] = answers.probabilities
            values[wanted, N_CLASSES] = answers.is_ood
        values[..., N_CLASSES + 1] = 1
        values *= weight[..., None]
        sums = _around_steps(values, per_side)
        shape = grid.n_rows, split, grid.n_cols, split, N_CLASSES + 2
        per_cell = sums.reshape(shape).sum(axis=(1, 3))[asked]
        total = per_cell[:, -1]
        nothing = total <= 0
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = per_cell[:, :N_CLASSES] / total[:, None]
            unlike = per_cell[:, N_CLASSES] / total > 0.5
        probabilities = sharpened(mean, sharpness)
        probabilities[nothing] = np.nan
        # The cell itself is clear enough, but no window around it is: say what its windows lack.
        near = _around_steps(seen[..., None], per_side)[..., 0]
        near = near.reshape(shape[:4]).mean(axis=(1, 3))[asked] / _weights(per_side).sum() ** 2
        why = np.where(near < min_clear_share, np.uint8(TileFlag.NO_DATA), np.uint8(TileFlag.CLOUDY))
        if suspects is not None:
            k = grid.cells_per_side
            unlike &= suspects.repeat(k, 0).repeat(k, 1)[asked]
        return CellPredictions(probabilities, unlike & ~nothing, np.where(nothing, why, np.uint8(0)))

    return ask


def mean_power(card: ModelFacts, cell_m: int) -> tuple[float, list[str]]:
    """Power for the mean of windows, and a note where none was measured for these weights.

    Raises:
        ModelError: the file beside the weights is damaged.
    """
    facts = load_resolution_facts(card.name, card.sha256)
    if facts is not None and cell_m in facts.sharpness:
        return facts.sharpness[cell_m], []
    return 1.0, [
        f"How sure the model {card.name} is of cells of {cell_m} m was not measured for these weights: their "
        "probabilities are plain means of the windows that cover them, which are named one by one."
    ]


def to_grey(scene: Scene, card: ModelFacts) -> NDArray[np.uint8]:
    """(rows, columns, bands) grey levels as the network wants them.

    Raises:
        InputError: the scene lacks a band that it needs.
    """
    missing = [n for n in card.bands if not scene.has(n)]
    if missing:
        raise InputError(
            f"The network needs the bands {', '.join(card.bands)}; {', '.join(missing)} is missing.",
            hint="Load them as well, or choose imagery that has them.",
        )
    grey = np.empty((*scene.grid.shape_px, len(card.bands)), np.uint8)
    for i, name in enumerate(card.bands):
        grey[..., i] = to_eurosat_rgb(scene.reflectance[scene.bands.index(name)])
    return grey


def bands_around(available: tuple[str, ...]) -> tuple[str, ...]:
    """Bands that are loaded of the ring of tiles around: no more than the network looks at."""
    return tuple(n for n in available if n in RGB)


def _predict(
    network: TileClassifier,
    grey: NDArray[np.uint8],
    wanted: NDArray[np.bool_],
    step_px: int,
    on_progress: Progress | None,
    cancelled: Cancelled | None,
) -> WindowAnswers:
    at_once: Any = getattr(network, "predict_windows", None)
    options: Mapping[str, Any] = {"step_px": step_px, "on_progress": on_progress, "cancelled": cancelled}
    return at_once(grey, wanted, **options) if at_once else predict_one_by_one(network, grey, wanted, **options)


def _with_surroundings(
    scene: Scene, around: Scene, card: ModelFacts
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
    """Grey levels, observed and valid pixels of the scene and the ring around it, on the grid of the ring."""
    grey, observed, valid = to_grey(around, card), around.observed.copy(), around.valid
    inner = slice(TILE_PX, -TILE_PX)
    own = scene.grid.inside.repeat(TILE_PX, 0).repeat(TILE_PX, 1)
    for whole, part in ((grey, to_grey(scene, card)), (observed, scene.observed), (valid, scene.valid)):
        whole[inner, inner][own] = part[own]
    return grey, observed, valid


def _share(pixels: NDArray[np.bool_], side: int) -> NDArray[np.float32]:
    """(rows, columns) share of True among the pixels of each square of ``side`` pixels."""
    cut = pixels.reshape(pixels.shape[0] // side, side, pixels.shape[1] // side, side)
    # Two sums in small integers: np.mean over two axes of a cut array is many times slower.
    counts = cut.sum(axis=3, dtype=np.uint8).sum(axis=1, dtype=np.uint16)
    return (counts / np.float32(side * side)).astype(np.float32)


def _window_means(steps: NDArray[np.float32], per_side: int) -> NDArray[np.float32]:
    """Means over the steps of every window: (R, C) -> (R - per_side + 1, C - per_side + 1)."""
    view = np.lib.stride_tricks.sliding_window_view
    rows = view(steps, per_side, axis=0).mean(axis=2)
    return view(rows, per_side, axis=1).mean(axis=2).astype(np.float32)


def _weights(per_side: int) -> NDArray[np.float32]:
    """How much a window counts for a step, by its place along one side; positive and symmetric."""
    away = (np.arange(per_side) - (per_side - 1) / 2) / per_side
    return (np.cos(np.pi * away) ** (2 * SOFTNESS)).astype(np.float32)


def _around_steps(windows: NDArray[np.float32], per_side: int) -> NDArray[np.float32]:
    """Weighted sums over the windows that cover each step of the grid itself, the ring left off.

    Args:
        windows: (R, C, K), the first beginning ``per_side`` steps before the grid.

    Returns:
        (rows, columns, K) of steps.
    """
    weights = _weights(per_side)
    for axis in (0, 1):
        n = windows.shape[axis] - per_side - 1
        parts = (np.take(windows, range(1 + k, 1 + k + n), axis=axis) * w for k, w in enumerate(weights))
        total = next(parts)
        for part in parts:
            total += part
        windows = total
    return windows
