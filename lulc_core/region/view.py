"""One period of a block: which acquisitions were taken, and what they say of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import N_CLASSES, NO_DATA
from lulc_core.domain.grid import TILE_M, TILE_PX, TileGrid
from lulc_core.domain.land_cover import TileFlag
from lulc_core.domain.radiometry import to_true_colour
from lulc_core.pipeline.classify import choose_acquisition, classify, default_bands
from lulc_core.pipeline.edges import tiles_of
from lulc_core.pipeline.two_steps import FIRST_BANDS, first_bands
from lulc_core.region.blocks import RegionBlock, wide_grid

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.domain.scene import Acquisition
    from lulc_core.model.classifier import Classifier
    from lulc_core.region.request import RegionRequest
    from lulc_core.sources.base import ImagerySource

NO_ACQUISITION = 255
"""In ``which``: no acquisition named the cell."""
LOOK_PX = 8
"""Pixels of the small picture along a tile's side: 80 m."""
RING_OF_GAPS = 2
"""Tiles around that gaps are filled from, and the tiles those are filled from in turn (``pipeline.edges``)."""
_AGAIN = np.uint8(TileFlag.CLOUDY | TileFlag.NO_DATA)


@dataclass
class View:
    """What one period gives of a block, on the block's own cells."""

    grid: TileGrid
    class_ids: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    clear_share: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    """(10, rows, columns)."""
    which: NDArray[np.uint8]
    """(rows, columns) number of the acquisition that a cell is from."""
    look: NDArray[np.uint8]
    """(rows, columns, 3) small true-colour picture."""
    acquisitions: list[Acquisition] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    timings_s: dict[str, float] = field(default_factory=lambda: {"search": 0.0, "load": 0.0, "predict": 0.0})

    @classmethod
    def nothing(cls, grid: TileGrid) -> View:
        """Begin with cells that nothing is known of."""
        shape, tiles = grid.shape, grid.tiles.shape
        return cls(
            grid,
            np.full(shape, NO_DATA, np.uint8),
            np.where(grid.inside, np.uint8(TileFlag.NO_DATA), np.uint8(0)),
            np.zeros(shape, np.float32),
            np.full((N_CLASSES, *shape), np.nan, np.float32),
            np.full(shape, NO_ACQUISITION, np.uint8),
            np.zeros((tiles[0] * LOOK_PX, tiles[1] * LOOK_PX, 3), np.uint8),
        )

    @property
    def unnamed(self) -> NDArray[np.bool_]:
        """(rows, columns) of tiles, True where clouds or lack of data leave something without a name."""
        rows, cols, k = *self.grid.tiles.shape, self.grid.cells_per_side
        return np.asarray(((self.flags & _AGAIN) > 0).reshape(rows, k, cols, k).any(axis=(1, 3)))

    def inner(self, corner: tuple[int, int]) -> tuple[slice, slice]:
        """Return where the block's cells are in a larger map, by row and column of its first tile there."""
        k, (rows, cols) = self.grid.cells_per_side, self.grid.shape
        return slice(corner[0] * k, corner[0] * k + rows), slice(corner[1] * k, corner[1] * k + cols)

    def take(self, result: ClassifyResult, corner: tuple[int, int], wanted: NDArray[np.bool_]) -> None:
        """Take names that nothing has given yet from a map.

        Args:
            result: a map that holds the block.
            corner: row and column of the block's first tile in it.
            wanted: (rows, columns) of the block's tiles that it names.
        """
        k, inner, land_cover = self.grid.cells_per_side, self.inner(corner), result.land_cover
        better = ((self.flags & _AGAIN) > 0) & wanted.repeat(k, 0).repeat(k, 1) & self.grid.inside
        if self.acquisitions:  # a second view that is no better leaves things as they are
            better &= (land_cover.flags[inner] & _AGAIN) == 0
        number = len(self.acquisitions)
        self.acquisitions.append(replace(land_cover.acquisition, preview=None))
        for whole, part in (
            (self.class_ids, land_cover.class_ids),
            (self.flags, land_cover.flags),
            (self.clear_share, land_cover.clear_share),
        ):
            whole[better] = part[inner][better]
        self.probabilities[:, better] = land_cover.probabilities[inner][better].T
        self.which[better] = number
        self._draw(result, corner, better)
        self.notes |= dict.fromkeys(note for note in land_cover.notes if " could be named: " not in note)
        for name in ("load", "predict"):
            self.timings_s[name] += result.timings_s[name]

    def _draw(self, result: ClassifyResult, corner: tuple[int, int], better: NDArray[np.bool_]) -> None:
        """Draw the tiles that were named into the small picture: every eighth pixel, no mean, which would cost more."""
        (rows, cols), k, step = self.grid.tiles.shape, self.grid.cells_per_side, TILE_PX // LOOK_PX
        y, x = (
            slice(first * TILE_PX + step // 2, (first + count) * TILE_PX, step)
            for first, count in zip(corner, (rows, cols), strict=True)
        )
        tiles = better.reshape(rows, k, cols, k).any(axis=(1, 3)).repeat(LOOK_PX, 0).repeat(LOOK_PX, 1)
        scene = result.scene
        for i, name in enumerate(RGB):
            colour = to_true_colour(scene.reflectance[scene.bands.index(name)][y, x])
            self.look[..., i][tiles] = colour[tiles]


def ranked(acquisitions: Sequence[Acquisition]) -> list[Acquisition]:
    """Order acquisitions by clearness, the clearest first, as ``choose_acquisition`` takes them."""
    rest, order = list(acquisitions), []
    while rest:
        order.append(choose_acquisition(rest))
        rest.remove(order[-1])
    return order


def bands_of(source: ImagerySource, acquisition: Acquisition, grid: TileGrid) -> tuple[str, ...]:
    """Choose the bands to load: those of the app's map, which names are made from.

    Clouds are looked for in all bands of the user's own files; simulated bands do not depend on one another.
    """
    few = first_bands(source, acquisition, grid)
    if few is None and source.name == "simulated":
        few = tuple(b for b in acquisition.available_bands if b in FIRST_BANDS)
    return few or default_bands(acquisition, grid)[0]


def classified(
    request: RegionRequest,
    block: RegionBlock,
    source: ImagerySource,
    network: Classifier,
    acquisition: Acquisition,
    wanted: NDArray[np.bool_],
    *,
    ring: int = 0,
) -> tuple[ClassifyResult, tuple[int, int]]:
    """Classify tiles of a block as one map of the whole region would.

    Windows that are shifted, and those of finer cells, reach into the tiles around; what was not observed
    is filled from them. Only then are they loaded.

    Args:
        request: of the region.
        block: one of it.
        source: where pixels come from.
        network: names tiles.
        acquisition: over the block.
        wanted: (rows, columns) of the block's tiles that are to be named.
        ring: at least so many tiles around are laid.

    Returns:
        The result, and row and column of the block's first tile in it.

    Raises:
        NoAcquisitionError: the acquisition has no pixel in it.
    """
    if network.card.shifted_windows or request.cell_m != TILE_M:
        ring = max(ring, 1)
    while True:
        grid, inside = wide_grid(request.aoi, block, request.cell_m, ring)
        tiles = grid.tiles
        top, left = tiles.north0 - (block.south + block.n_rows - 1), block.east - tiles.east0
        asked = np.zeros(tiles.shape, bool)
        asked[top : top + block.n_rows, left : left + block.n_cols] = wanted
        asked &= inside
        lent = _around(asked, ring) & (tiles.coverage > 0)
        k = grid.cells_per_side
        loaded = replace(grid, coverage=np.where(lent.repeat(k, 0).repeat(k, 1), grid.coverage, np.float32(0)))
        result = classify(
            source,
            acquisition,
            loaded,
            network,
            bands=bands_of(source, acquisition, loaded.tiles),
            min_clear_share=request.min_clear_share,
            wanted=asked,
        )
        whole = tiles_of(result.scene.observed).all(axis=(1, 3))
        if ring >= RING_OF_GAPS or np.asarray(whole)[lent].all():
            return result, (top, left)
        ring = RING_OF_GAPS


def _around(tiles: NDArray[np.bool_], ring: int) -> NDArray[np.bool_]:
    """Widen a set of tiles by so many on every side."""
    if ring == 0:
        return tiles
    wide = np.pad(tiles, ring)
    near = [
        wide[r : r + tiles.shape[0], c : c + tiles.shape[1]] for r in range(2 * ring + 1) for c in range(2 * ring + 1)
    ]
    return np.asarray(np.logical_or.reduce(near))
