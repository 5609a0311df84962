"""From what the network predicts to classified tiles and cells: which are left out, which are flagged, and why.

A tile of 640 m is predicted from its own pixels. A finer cell is predicted from all windows of 640 m that cover it
(windows.py); windows at the rim reach into the ring of tiles around the drawn ones, whose pixels are loaded for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import N_CLASSES, NO_DATA
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.land_cover import LEFT_OUT, LandCoverMap, ModelInfo, TileFlag
from lulc_core.domain.progress import progress_of_part
from lulc_core.domain.radiometry import to_eurosat_band, to_eurosat_rgb
from lulc_core.domain.scene import Scene
from lulc_core.model.card import RGB_L1C
from lulc_core.model.resolution import load_resolution_facts
from lulc_core.model.runtime.windows import to_power
from lulc_core.pipeline.edges import WHOLE, even_squares, fill_tiles, judge_beside, tiles_of
from lulc_core.pipeline.infrared import contradictions, soften
from lulc_core.pipeline.shifted import SHIFTS, mean_over_shifts
from lulc_core.pipeline.windows import CellWindows, share_of_squares

if TYPE_CHECKING:
    from lulc_core.domain.progress import Cancelled, Progress
    from lulc_core.model.classifier import Classifier, ModelCard

CLEAR_ENOUGH = 0.98
"""A classified cell with a smaller clear share is flagged as partly cloudy; 2 % of a tile are 82 pixels, a small
cumulus."""
UNSURE_BELOW = 0.5
"""A classified cell whose largest probability is smaller is flagged as unsure: all other classes together are
likelier."""


class CellPredictions(NamedTuple):
    """What the network predicts for N cells, in row-major order."""

    probabilities: NDArray[np.float32]
    """(N, 10), sum to 1; NaN where nothing can be predicted."""
    is_ood: NDArray[np.bool_]
    """(N,) True where a cell is out of distribution."""
    left_out: NDArray[np.uint8]
    """(N,) of :class:`TileFlag`: why nothing can be predicted, 0 where something is."""


def classify_tiles(
    scene: Scene,
    network: Classifier,
    *,
    min_clear_share: float,
    wanted: NDArray[np.bool_] | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> LandCoverMap:
    """Classify the tiles of a scene, each from its own pixels and, if the network's card says so, from windows around.

    Args:
        scene: pixels of the tiles ``scene.grid``.
        network: predicts tiles.
        min_clear_share: a tile with less observed or less clear ground is left out.
        wanted: (rows, columns), False where no name is wanted; None for all.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        InputError: the scene lacks a band that the network needs.
        CancelledError: ``cancelled()`` became True.
    """
    usable = _UsableCells(scene.grid, scene, min_clear_share, network.card.bands, wanted)
    if not usable.mask.any():
        return usable.land_cover(network.card, None)
    grey = to_grey(scene, network.card)  # (H, W, bands)
    rows, cols = np.nonzero(usable.mask)
    fill_tiles(grey, scene.observed)
    tiles = np.ascontiguousarray(tiles_of(grey)[rows, :, cols])  # (N, 64, 64, bands)
    shifted = network.card.shifted_windows
    report = progress_of_part(on_progress, 0, 1 + len(SHIFTS)) if on_progress and shifted else on_progress
    prediction = network.predict(tiles, on_progress=report, cancelled=cancelled)
    probabilities = prediction.probabilities
    if shifted:
        probabilities = mean_over_shifts(
            probabilities, network, grey, scene.valid, rows, cols, on_progress=on_progress, cancelled=cancelled
        )
    is_ood = prediction.is_ood.copy()
    in_part = usable.observed_share[rows, cols] < WHOLE
    if in_part.any():
        tops, lefts = TILE_PX * rows[in_part], TILE_PX * cols[in_part]
        is_ood[in_part] = judge_beside(network, grey, scene.observed, tops, lefts, TILE_PX)
    nothing_left_out = np.zeros(len(rows), np.uint8)
    return usable.land_cover(network.card, CellPredictions(probabilities, is_ood, nothing_left_out))


def classify_cells(
    grid: TileGrid,
    scene: Scene,
    around: Scene,
    network: Classifier,
    *,
    power: float,
    min_clear_share: float,
    ood_tiles: NDArray[np.bool_] | None = None,
    judged_tiles: NDArray[np.bool_] | None = None,
    wanted: NDArray[np.bool_] | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> LandCoverMap:
    """Classify cells finer than tiles, each by the mean over all windows that cover it.

    Args:
        grid: the cells.
        scene: pixels on ``grid.tiles``.
        around: red, green and blue on ``grid.surroundings``.
        network: predicts windows.
        power: to which the mean is raised, so that it is calibrated (:func:`mean_power`).
        min_clear_share: a cell with less observed or less clear ground is left out, a window has no say.
        ood_tiles: (rows, columns) of ``grid.tiles``, True where the tile as a whole is out of distribution. Only there
            can a cell be: what judges windows in blocks is coarser than what judges tiles, and flags ordinary land of
            other kinds of imagery. None for everywhere.
        judged_tiles: (rows, columns) of ``grid.tiles``, False where a tile as a whole could not be judged (cloud, rim
            of what was observed): its cells are judged themselves, by most of their windows, and where these were
            judged in blocks also by a whole window with the cell in it. None for everywhere.
        wanted: (rows, columns) of ``grid.tiles``, False where no names are wanted; None for all.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        InputError: a scene lacks a band that the network needs.
        CancelledError: ``cancelled()`` became True.
    """
    usable = _UsableCells(grid, scene, min_clear_share, network.card.bands, wanted)
    if not usable.mask.any():
        return usable.land_cover(network.card, None)
    grey, observed, valid = _with_surroundings(scene, around, network.card)
    windows = CellWindows(grid)
    means = windows.predict(
        network,
        grey,
        windows.shares(observed),
        windows.shares(valid),
        usable.mask,
        min_clear_share=min_clear_share,
        on_progress=on_progress,
        cancelled=cancelled,
    )
    no_window = ~means.covered[usable.mask]  # (N,)
    probabilities = to_power(means.probabilities[usable.mask], power)  # (N, 10)
    probabilities[no_window] = np.nan
    is_ood = (means.ood_share[usable.mask] > 0.5) & ~no_window
    if ood_tiles is not None:
        k, px = grid.cells_per_side, grid.cell_px
        allowed = ood_tiles.repeat(k, 0).repeat(k, 1)  # tiles -> (R, C)
        if judged_tiles is not None:
            not_judged = usable.mask & ~judged_tiles.repeat(k, 0).repeat(k, 1)
            rows, cols = np.nonzero(not_judged)
            if means.as_tiles:  # their windows tell as well as a tile would
                allowed |= not_judged
            elif len(rows):
                tops, lefts = TILE_PX + px * rows, TILE_PX + px * cols  # within the ring
                allowed[rows, cols] = judge_beside(network, grey, valid, tops, lefts, px)
        is_ood &= allowed[usable.mask]  # (R, C) -> (N,)
    # The cell itself is clear enough, but no window around it is: say what its windows lack.
    lacking = np.where(means.observed_share[usable.mask] < min_clear_share, TileFlag.NO_DATA, TileFlag.CLOUDY)
    left_out = np.where(no_window, lacking, 0).astype(np.uint8)
    return usable.land_cover(network.card, CellPredictions(probabilities, is_ood, left_out))


def mean_power(card: ModelCard, cell_m: int) -> tuple[float, list[str]]:
    """Look up the power for the mean of windows, with a note where none was measured for these weights.

    Raises:
        ModelError: the file beside the weights is damaged.
    """
    facts = load_resolution_facts(card.name, card.sha256)
    if facts is not None and cell_m in facts.power:
        return facts.power[cell_m], []
    return 1.0, [
        f"How sure the model {card.name} is of cells of {cell_m} m was not measured for these weights: their "
        "probabilities are plain means of the windows that cover them, which are named one by one."
    ]


def to_grey(scene: Scene, card: ModelCard) -> NDArray[np.uint8]:
    """Convert a scene to grey levels (rows, columns, bands) as the network wants them.

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
        reflectance = scene.reflectance[scene.bands.index(name)]
        grey[..., i] = to_eurosat_rgb(reflectance) if card.radiometry == RGB_L1C else to_eurosat_band(reflectance, name)
    return grey


def bands_around(available: tuple[str, ...], needed: tuple[str, ...] = RGB) -> tuple[str, ...]:
    """Choose the bands to load of the ring of tiles around: no more than the network needs."""
    return tuple(n for n in available if n in needed)


class _UsableCells:
    """Which cells of a grid are observed and clear enough to be predicted.

    Attributes:
        clear_share: (R, C) share of each cell that is observed and clear.
        flags: (R, C) of :class:`TileFlag`, NO_DATA or CLOUDY where a cell is left out.
        mask: (R, C) True where a cell is to be predicted.
        observed_share: (R, C) share of each cell that is observed.
    """

    def __init__(
        self,
        grid: TileGrid,
        scene: Scene,
        min_clear_share: float,
        bands: tuple[str, ...],
        wanted: NDArray[np.bool_] | None,
    ) -> None:
        self.grid, self.scene = grid, scene
        observed_share = share_of_squares(scene.observed, grid.cell_px)
        clear_share = share_of_squares(scene.valid, grid.cell_px)
        if scene.has(*bands):
            even = even_squares(scene, bands, grid.cell_px)
            observed_share[even] = clear_share[even] = 0
        self.observed_share, self.clear_share = observed_share, clear_share
        self.flags = np.zeros(grid.shape, np.uint8)
        self.flags[grid.inside & (self.clear_share < min_clear_share)] = TileFlag.CLOUDY
        self.flags[grid.inside & (observed_share < min_clear_share)] = TileFlag.NO_DATA
        self.mask = grid.inside & (self.flags == 0)
        if wanted is not None:
            k = grid.cells_per_side
            self.mask &= wanted.repeat(k, 0).repeat(k, 1)

    def land_cover(self, card: ModelCard, predictions: CellPredictions | None) -> LandCoverMap:
        """Make the map from predictions of the usable cells; None where there are no such cells."""
        shape = self.grid.shape
        flags, classified = self.flags.copy(), np.zeros(shape, bool)
        probabilities = np.full((*shape, N_CLASSES), np.nan, np.float32)
        if predictions is not None:
            probabilities[self.mask] = predictions.probabilities
            flags[self.mask] |= predictions.left_out
            flags[self.mask] |= np.where(predictions.is_ood, np.uint8(TileFlag.OOD), np.uint8(0))
            predicted = self.mask & np.isfinite(probabilities[..., 0])
            flags[predicted & (self.clear_share < CLEAR_ENOUGH)] |= np.uint8(TileFlag.PARTLY_CLOUDY)
            classified = predicted & ((flags & np.uint8(LEFT_OUT)) == 0)
        class_ids = np.full(shape, NO_DATA, np.uint8)
        class_ids[classified] = probabilities[classified].argmax(axis=1)
        contradicted = contradictions(self.scene, self.grid, class_ids)
        flags |= contradicted
        probabilities[contradicted > 0] = soften(probabilities[contradicted > 0])
        unsure = np.zeros(shape, bool)
        unsure[classified] = probabilities[classified].max(axis=1) < UNSURE_BELOW
        flags[unsure] |= np.uint8(TileFlag.UNSURE)
        model = ModelInfo(card.name, card.sha256)
        return LandCoverMap(self.grid, self.scene.acquisition, model, probabilities, class_ids, flags, self.clear_share)


def _with_surroundings(
    scene: Scene, around: Scene, card: ModelCard
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
    """Grey levels, observed and valid pixels of the scene and the ring around it, on the grid of the ring."""
    grey, observed, valid = to_grey(around, card), around.observed.copy(), around.valid
    inner = slice(TILE_PX, -TILE_PX)
    drawn = scene.grid.inside.repeat(TILE_PX, 0).repeat(TILE_PX, 1)  # tiles -> pixels
    for whole, part in ((grey, to_grey(scene, card)), (observed, scene.observed), (valid, scene.valid)):
        whole[inner, inner][drawn] = part[drawn]
    fill_tiles(grey, observed)
    return grey, observed, valid
