"""Finer cells: they cut whole tiles evenly, so that ground, pixels and areas are the same at every detail."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import RESOLUTIONS_M, TILE_M, TileGrid
from lulc_core.domain.scene import Scene
from tests.arrays import acquisition, map_of

FINER = [m for m in RESOLUTIONS_M if m != TILE_M]


@st.composite
def areas(draw: st.DrawFn) -> Aoi:
    """Triangles and quadrilaterals of some kilometres anywhere but at the poles."""
    lon, lat = draw(st.floats(-179, 179)), draw(st.floats(-79, 83))
    corners = [(draw(st.floats(-0.03, 0.03)), draw(st.floats(-0.02, 0.02))) for _ in range(3)]
    hull = shapely.MultiPoint([(lon + x, lat + y) for x, y in [*corners, (0.011, 0.012)]]).convex_hull
    shape = shapely.union(hull.buffer(0.001), shapely.box(lon, lat, lon + 0.005, lat + 0.004))
    return Aoi.from_geometry(shape.convex_hull)


@given(aoi=areas(), cell_m=st.sampled_from(FINER))
@settings(max_examples=60, deadline=None)
def test_a_finer_grid_is_the_same_ground(aoi: Aoi, cell_m: int) -> None:
    tiles, cells = TileGrid.from_aoi(aoi), TileGrid.from_aoi(aoi, cell_m=cell_m)
    assert cells.tiles == tiles and cells.tiles.tiles is cells.tiles
    assert (cells.bounds, cells.shape_px, cells.transform) == (tiles.bounds, tiles.shape_px, tiles.transform)
    np.testing.assert_allclose(cells.tiles.coverage, tiles.coverage, atol=1e-6)
    np.testing.assert_array_equal(cells.tiles.inside, tiles.inside)
    assert cells.coverage.sum(dtype=float) * cells.cell_ha == pytest.approx(aoi.area_m2 / 1e4, rel=1e-4)
    assert cells.coverage.min() >= 0 and cells.coverage.max() <= 1
    if tiles.coverage.max() < 1:
        assert (cells.coverage == 0).any(), "the rim is measured cell by cell"


@given(aoi=areas(), cell_m=st.sampled_from(FINER), at=st.tuples(st.floats(0, 1), st.floats(0, 1)))
@settings(max_examples=60, deadline=None)
def test_a_place_lies_in_its_cell_and_the_cell_in_its_tile(aoi: Aoi, cell_m: int, at: tuple[float, float]) -> None:
    cells = TileGrid.from_aoi(aoi, cell_m=cell_m)
    rows, cols = np.nonzero(cells.inside)
    n = int(at[0] * (len(rows) - 1))
    row, col = int(rows[n]), int(cols[n])
    assert cells.tile_at(*cells.tile_center(row, col)) == (row, col)
    tile = cells.tile_of(row, col)
    assert shapely.contains(cells.tiles.tile_box(*tile), cells.tile_box(row, col))
    outer, inner = cells.tiles.tile_slices(*tile), cells.tile_slices(row, col)
    for big, small in zip(outer, inner, strict=True):
        assert big.start <= small.start and small.stop <= big.stop and small.stop - small.start == cell_m // 10


def test_cells_on_the_rim_know_their_own_share() -> None:
    aoi = Aoi.from_geojson(
        {"type": "Polygon", "coordinates": [[[8.80, 45.45], [8.86, 45.45], [8.80, 45.49], [8.80, 45.45]]]}
    )
    cells = TileGrid.from_aoi(aoi, cell_m=80)
    rng = np.random.default_rng(1)
    for n in rng.integers(0, cells.n_rows * cells.n_cols, 300):
        row, col = divmod(int(n), cells.n_cols)
        exact = shapely.area(shapely.intersection(cells.tile_box(row, col), aoi.projected)) / 6400
        assert cells.coverage[row, col] == pytest.approx(exact, abs=1e-5)


def test_names_of_cells_are_their_own_and_stay_with_the_ground() -> None:
    small, large = (Aoi.from_bbox(8.80, 45.45, east, 45.50) for east in (8.84, 8.90))
    names: dict[str, tuple[float, ...]] = {}
    for aoi in (small, large):
        for cell_m in RESOLUTIONS_M:
            grid = TileGrid.from_aoi(aoi, cell_m=cell_m)
            for row in (0, grid.n_rows - 1):
                box = grid.tile_box(row, 0).bounds
                assert names.setdefault(grid.tile_id(row, 0), box) == box
    assert len(names) == 2 * len(RESOLUTIONS_M)
    assert len({TileGrid.from_aoi(small, cell_m=m).key for m in RESOLUTIONS_M}) == len(RESOLUTIONS_M)


def test_surroundings_are_the_ring_that_windows_reach_into() -> None:
    coverage = np.zeros((3, 4), np.float32)
    coverage[1, 1] = coverage[0, 3] = 0.5
    for grid in (
        TileGrid(32632, 700, 7900, 3, 4, coverage=coverage),
        TileGrid(32632, 1400, 15801, 6, 8, coverage=coverage.repeat(2, 0).repeat(2, 1), cell_m=320),
    ):
        ring = grid.surroundings
        assert ring.cell_m == TILE_M
        left, bottom, right, top = grid.bounds
        assert ring.bounds == (left - TILE_M, bottom - TILE_M, right + TILE_M, top + TILE_M)
        assert ring.inside.astype(int).tolist() == [
            [0, 0, 0, 1, 1, 1],
            [0, 1, 1, 1, 0, 1],
            [0, 1, 0, 1, 1, 1],
            [0, 1, 1, 1, 0, 0],
            [0, 0, 0, 0, 0, 0],
        ]


def test_what_is_no_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="100; it must be one of 640, 320, 160, 80"):
        TileGrid(32632, 0, 0, 4, 4, cell_m=100)
    for bad in ({"east0": 1}, {"north0": 0}, {"n_rows": 3}, {"n_cols": 5}):
        with pytest.raises(ValueError, match="whole tiles"):
            TileGrid(**{"epsg": 32632, "east0": 4, "north0": 3, "n_rows": 4, "n_cols": 4, "cell_m": 160, **bad})
    cells = TileGrid(32632, 4, 3, 4, 4, cell_m=160)
    pixels = np.ones(cells.shape_px, bool)
    with pytest.raises(ValueError, match=r"give it grid\.tiles"):
        Scene(cells, acquisition(), ("B04",), np.zeros((1, 64, 64), np.float32), pixels, pixels)


@pytest.mark.parametrize("cell_m", RESOLUTIONS_M)
def test_areas_do_not_depend_on_the_size_of_cells(cell_m: int) -> None:
    coverage = np.array([[0.25, 1.0], [0.5, 0.0]], np.float32)
    k = TILE_M // cell_m
    grid = TileGrid(32632, 700 * k, 7901 * k - 1, 2 * k, 2 * k, "x", coverage.repeat(k, 0).repeat(k, 1), cell_m)
    found = map_of(np.array([[1, 2], [255, 3]]).repeat(k, 0).repeat(k, 1), grid)
    assert found.class_ha[[1, 2, 3]].tolist() == pytest.approx([10.24, 40.96, 0])
    assert found.left_out_ha == pytest.approx(20.48) and found.total_ha == pytest.approx(71.68)
    assert found.left_out() == {"no_data": 0, "beyond": 0, "cloudy": k * k, "unlike": 0}
