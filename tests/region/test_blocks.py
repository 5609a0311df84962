"""Blocks of a region: whole, on the lattice, and every bit of ground once, also at the borders of zones."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.projection import to_lonlat, utm_epsg
from lulc_core.region.blocks import block_area, blocks_of, own_grid, region_km2, wide_grid, zones_of

ITALY_AND_NEIGHBOURS = Aoi.from_geometry(shapely.Point(12.0, 45.0).buffer(0.4))
"""A round area across the border of zones 32 and 33."""


def test_blocks_hold_the_tiles_that_one_drawing_has():
    aoi = Aoi.from_geometry(shapely.Point(8.9, 45.4).buffer(0.15))
    whole = TileGrid.from_aoi(aoi)
    blocks = blocks_of(aoi, 8)
    assert len({b.name for b in blocks}) == len(blocks) > 9
    assert sum(b.n_tiles for b in blocks) == whole.n_tiles
    seen = np.zeros(whole.shape, np.float32)
    for block in blocks:
        grid = own_grid(aoi, block, 640)
        row, col = whole.north0 - grid.north0, grid.east0 - whole.east0
        seen[row : row + grid.n_rows, col : col + grid.n_cols] += grid.coverage
        assert grid.inside.any(axis=0).all() or grid.inside.any(axis=1).any()
        # Squares of the lattice, the same for every region.
        assert grid.east0 // 8 == (grid.east0 + grid.n_cols - 1) // 8
    assert np.allclose(seen, whole.coverage, atol=1e-6)


@pytest.mark.parametrize("cell_m", [640, 160])
def test_the_tiles_around_a_block_are_those_of_one_drawing(cell_m: int):
    aoi = Aoi.from_geometry(shapely.Point(8.9, 45.4).buffer(0.1))
    whole = TileGrid.from_aoi(aoi, cell_m=cell_m)
    for block in blocks_of(aoi, 8):
        grid, wanted = wide_grid(aoi, block, cell_m, 2)
        row, col = whole.north0 - grid.north0, grid.east0 - whole.east0
        assert row >= 0 and col >= 0
        assert np.allclose(grid.coverage, whole.coverage[row : row + grid.n_rows, col : col + grid.n_cols], atol=1e-6)
        assert wanted.sum() == block.n_tiles == own_grid(aoi, block, cell_m).tiles.n_tiles


def test_ground_at_the_border_of_two_zones_counts_once():
    aoi = ITALY_AND_NEIGHBOURS
    blocks = blocks_of(aoi, 16)
    assert {b.epsg for b in blocks} == {32632, 32633}
    grids = [own_grid(aoi, b, 640) for b in blocks]
    hectares = sum(float(g.coverage.sum(dtype=np.float64)) * g.cell_ha for g in grids)
    assert hectares == pytest.approx(100 * region_km2(aoi), rel=1e-5)
    for epsg, borders in ((32632, "east"), (32633, "west")):
        own = next(z for z in zones_of(aoi) if z.epsg == epsg).own
        lon, lat = to_lonlat(epsg, *shapely.get_coordinates(own).T)
        assert (lon <= 12 + 1e-6).all() if borders == "east" else (lon >= 12 - 1e-6).all()
        inner = shapely.get_coordinates(shapely.buffer(own, -2000))
        for x, y in zip(*to_lonlat(epsg, inner[::20, 0], inner[::20, 1]), strict=True):
            assert utm_epsg(float(x), float(y)) == epsg
        assert lat.min() > 44 and lat.max() < 46
    names = [g.tile_id(r, c) for g in grids for r, c in np.argwhere(g.inside).tolist()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("place", "zones"),
    [
        ((179.8, -17.2, -179.8, -16.9), {32760, 32701}),
        ((5.5, 60.0, 6.5, 60.3), {32632}),
        ((8.5, 78.0, 9.5, 78.3), {32631, 32633}),
        ((8.9, -0.1, 9.1, 0.1), {32632, 32732}),
    ],
    ids=["antimeridian", "Norway", "Svalbard", "equator"],
)
def test_odd_zones(place: tuple[float, float, float, float], zones: set[int]):
    aoi = Aoi.from_bbox(*place)
    blocks = blocks_of(aoi, 32)
    assert {b.epsg for b in blocks} == zones
    hectares = sum(float(own_grid(aoi, b, 640).coverage.sum(dtype=np.float64)) * 40.96 for b in blocks)
    assert hectares == pytest.approx(100 * region_km2(aoi), rel=1e-4)
    for block in blocks[:3]:
        assert block_area(aoi, block).epsg == block.epsg
