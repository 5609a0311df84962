"""Simulated worlds for measuring: what really lies in each tile, and a land on which much changes in two years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import N_CLASSES
from lulc_core.domain.classes import NO_DATA as NO_CLASS
from lulc_core.domain.grid import TILE_M, Block, TileGrid
from lulc_core.sources.simulation import land
from lulc_core.sources.simulation.changes import ChangeRate, Kind, cover_on
from lulc_core.sources.simulation.layout import Layout, lay_out
from lulc_core.sources.simulation.lines import HIGHWAY_HALF_M
from lulc_core.sources.simulation.source import BLOCK_TILES, SimulatedSource, pixel_centres

TRUTH_M = 20
TRUTH_PX = TILE_M // TRUTH_M
"""The truth is counted on 32 x 32 points of a tile."""
SINGLE_SHARE = 0.95
"""A tile holds one class where that class covers this share of it."""
BUSY = ChangeRate(
    "busy",
    4,
    date(2018, 3, 1),
    600,
    (
        Kind(91, 1.0),
        Kind(92, 1.0, land.HERB, (land.FOREST,)),
        Kind(93, 0.5, land.SEA, (land.ANNUAL, land.HERB, land.PASTURE, land.PERMANENT, land.FOREST)),
        Kind(94, 0.5, land.PERMANENT, (land.ANNUAL, land.PASTURE, land.HERB)),
        Kind(95, 0.5, land.FOREST, (land.ANNUAL, land.PASTURE, land.HERB)),
    ),
)
"""As much changes in 2018 and 2019 as elsewhere in a lifetime, and in more ways: buildings, clearings, reservoirs,
orchards, new forest. Before and after nothing does, but for the fixed localities."""


@dataclass(frozen=True)
class SimulatedTruth:
    """What really lies in each tile of a grid on a day."""

    grid: TileGrid
    date: date
    shares: NDArray[np.float32]
    """(n_rows, n_cols, 10) share of each class of the tile's ground; sums to 1, less where there is a building site."""
    single_class: NDArray[np.uint8]
    """(n_rows, n_cols) class id of tiles that hold one class, 255 elsewhere.

    That is at least 95 % of the ground; for Highway and River, whose EuroSAT patches show a line that crosses other
    land, a highway or a river through the middle third of the tile with mostly open land beside it.
    """


def simulated_truth(source: SimulatedSource, grid: TileGrid, day: date) -> SimulatedTruth:
    """Compute what really lies in each tile on a day, whether or not there is an acquisition or a cloud."""
    shares = np.zeros((*grid.shape, N_CLASSES), np.float32)
    single = np.full(grid.shape, NO_CLASS, np.uint8)
    for part in Block(0, 0, *grid.shape).cut(2 * BLOCK_TILES):
        window = grid.window(part)
        s, c = _truth_of_block(source, window, day)
        shares[part.row0 : part.row1, part.col0 : part.col1] = s
        single[part.row0 : part.row1, part.col0 : part.col1] = c
    shares.setflags(write=False)
    single.setflags(write=False)
    return SimulatedTruth(grid, day, shares, single)


def simulated_shares(source: SimulatedSource, grid: TileGrid, day: date) -> NDArray[np.float32]:
    """Compute the share of each class in every cell, tile or finer: (rows, columns, 10), as in SimulatedTruth."""
    tiles, k, px = grid.tiles, grid.cells_per_side, grid.cell_m // TRUTH_M
    shares = np.zeros((*grid.shape, N_CLASSES), np.float32)
    for part in Block(0, 0, *tiles.shape).cut(2 * BLOCK_TILES):
        cls, _ = _cover(source, tiles.window(part), day)
        cells = cls.reshape(cls.shape[0] // px, px, cls.shape[1] // px, px)
        found = np.stack([(cells == c).mean((1, 3)) for c in range(N_CLASSES)], axis=-1)
        shares[part.row0 * k : part.row1 * k, part.col0 * k : part.col1 * k] = found
    return shares


def _cover(source: SimulatedSource, grid: TileGrid, day: date) -> tuple[NDArray[np.uint8], Layout]:
    """Class ids on points of TRUTH_M, N_CLASSES on building sites; and how the land is laid out."""
    left, bottom, right, top = grid.bounds
    xs, ys = pixel_centres(left, bottom, right, top, TRUTH_M)
    layout = lay_out(xs, ys, grid.epsg, source.seed, source.rate)
    cls, site = cover_on(layout.cls, xs, ys, layout.changes, day)
    cls[site] = N_CLASSES
    return cls, layout


def _truth_of_block(
    source: SimulatedSource, grid: TileGrid, day: date
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    cls, layout = _cover(source, grid, day)
    tiles = cls.reshape(grid.n_rows, TRUTH_PX, grid.n_cols, TRUTH_PX)
    shares = np.stack([(tiles == c).mean((1, 3)) for c in range(N_CLASSES)], axis=-1).astype(np.float32)
    return shares, _single(shares, layout, grid)


def _single(shares: NDArray[np.float32], layout: Layout, grid: TileGrid) -> NDArray[np.uint8]:
    """The class of tiles that hold one; see SimulatedTruth.single_class."""
    best = shares.argmax(-1).astype(np.uint8)
    single = np.where(shares.max(-1) >= SINGLE_SHARE, best, np.uint8(NO_CLASS))
    third = slice(TRUTH_PX // 3, TRUTH_PX - TRUTH_PX // 3)

    def nearest(distance: NDArray[np.float32]) -> NDArray[np.float32]:
        tiles = distance.reshape(grid.n_rows, TRUTH_PX, grid.n_cols, TRUTH_PX)
        return tiles[:, third][:, :, :, third].min((1, 3))

    built = shares[..., land.INDUSTRIAL] + shares[..., land.RESIDENTIAL]
    water = shares[..., land.RIVER] + shares[..., land.SEA]
    road = (nearest(layout.roads.distance_m) < HIGHWAY_HALF_M) & (shares[..., land.HIGHWAY] > 0.05)
    single[road & (built < 0.3) & (water < 0.02)] = land.HIGHWAY
    river = (nearest(layout.river_m) < 0) & (shares[..., land.RIVER] > 0.1) & (shares[..., land.RIVER] < 0.75)
    river &= (shares[..., land.SEA] < 0.02) & (shares[..., land.HIGHWAY] < 0.01) & (built < 0.3)
    single[river] = land.RIVER
    lost = (road & (single != land.HIGHWAY)) | ((shares[..., land.RIVER] > 0.02) & (single != land.RIVER))
    single[lost] = NO_CLASS
    return single.astype(np.uint8)
