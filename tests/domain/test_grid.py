"""The lattice: the same ground is the same tile, whatever is drawn."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError
from lulc_core.domain.grid import TILE_HA, TILE_M, Block, TileGrid
from lulc_core.domain.projection import to_utm, utm_epsg

PLACES = {
    "Mesero": (8.85, 45.488),
    "Buenos Aires": (-58.45, -34.6),
    "equator": (36.8, -0.02),
    "Fiji": (179.99, -16.8),
    "Bergen": (5.3, 60.4),
    "Longyearbyen": (15.6, 78.2),
    "zone border": (11.99, 46.0),
    "Ushuaia": (-68.3, -54.8),
    "far north": (-35.0, 83.4),
}


def around(name: str, *, size: float = 0.05) -> Aoi:
    lon, lat = PLACES[name]
    return Aoi.from_bbox(lon - size / 2, lat - size / 3, lon + size / 2, lat + size / 3)


@pytest.mark.parametrize("name", PLACES)
def test_coverage_sums_to_the_area(name: str) -> None:
    aoi = around(name)
    grid = TileGrid.from_aoi(aoi)
    assert grid.coverage.sum() * TILE_M**2 == pytest.approx(aoi.area_m2, rel=1e-5)
    assert grid.coverage.min() >= 0
    assert grid.coverage.max() <= 1
    assert not grid.coverage.flags.writeable


@pytest.mark.parametrize("name", PLACES)
def test_every_place_in_the_area_has_its_tile(name: str) -> None:
    aoi = around(name)
    grid = TileGrid.from_aoi(aoi)
    west, south, east, north = aoi.bbox
    for x in np.linspace(west, east, 7)[1:-1]:
        for y in np.linspace(south, north, 5)[1:-1]:
            at = grid.tile_at(x, y)
            assert at is not None
            assert at == grid.tile_at(x + 360, y)
            turned = [aoi.bbox[0] + (lon - aoi.bbox[0] + 180) % 360 - 180 for lon, _ in grid.tile_polygon(*at)]
            assert max(turned) - min(turned) < 0.2, "a ring does not jump"
    assert grid.tile_at(west - 1, south) is None


@pytest.mark.parametrize("name", PLACES)
def test_edges_lie_on_multiples_of_640_m_and_on_sentinel_2_s_pixels(name: str) -> None:
    grid = TileGrid.from_aoi(around(name))
    left, bottom, right, top = grid.bounds
    assert {v % TILE_M for v in grid.bounds} == {0.0}
    assert (right - left, top - bottom) == (grid.n_cols * TILE_M, grid.n_rows * TILE_M)
    assert Affine(*grid.transform) @ (grid.shape_px[1], grid.shape_px[0]) == (right, bottom)
    assert Affine(*grid.tile_transform) @ (grid.n_cols, grid.n_rows) == (right, bottom)
    assert shapely.union_all([grid.tile_box(r, c) for r in range(grid.n_rows) for c in range(grid.n_cols)]).equals(
        shapely.box(*grid.bounds)
    )


def test_the_smallest_rectangle_is_taken() -> None:
    grid = TileGrid.from_aoi(around("Mesero"))
    assert grid.inside.any(axis=0).all()
    assert grid.inside.any(axis=1).all()


def test_south_of_the_equator_rows_count_from_the_north() -> None:
    grid = TileGrid.from_aoi(around("Buenos Aires"))
    assert grid.epsg == 32721
    assert grid.tile_center(0, 0)[1] > grid.tile_center(grid.n_rows - 1, 0)[1]
    assert grid.tile_id(0, 0).startswith("21S-E")


def test_an_area_across_the_equator_stays_in_one_zone() -> None:
    aoi = Aoi.from_bbox(36.8, -0.03, 36.85, 0.05)
    grid = TileGrid.from_aoi(aoi)
    assert grid.epsg == 32637
    assert grid.bounds[1] < 0 < grid.bounds[3]
    assert len({grid.tile_id(r, c) for r in range(grid.n_rows) for c in range(grid.n_cols)}) == np.prod(grid.shape)


def test_touching_a_zone_border_stays_in_one_zone_and_loses_no_ground() -> None:
    aoi = Aoi.from_bbox(11.9, 46.0, 12.05, 46.1)
    grid = TileGrid.from_aoi(aoi)
    assert grid.epsg == 32632
    assert grid.tile_at(12.04, 46.05) is not None
    other = TileGrid.from_aoi(aoi, epsg=32633)
    assert other.epsg == 32633
    assert other.coverage.sum() == pytest.approx(grid.coverage.sum(), rel=2e-3)


def test_holes_take_tiles_out() -> None:
    grid = TileGrid.from_aoi(around("Mesero"))
    box = shapely.box(*grid.bounds)
    hole = grid.tile_box(2, 2).buffer(100, join_style="mitre")
    back = Transformer.from_crs(grid.epsg, 4326, always_xy=True)
    ring = shapely.transform(box.difference(hole), lambda c: np.column_stack(back.transform(c[:, 0], c[:, 1])))
    holed = TileGrid.from_aoi(Aoi.from_geometry(ring))
    middle = grid.tile_center(2, 2)
    assert holed.tile_at(*middle) is None
    lost = (grid.n_rows * grid.n_cols) - holed.coverage.sum()
    assert lost == pytest.approx(hole.area / TILE_M**2, rel=0.02)
    assert holed.n_tiles == int((holed.coverage > 0).sum())


def test_a_corner_touch_is_no_ground() -> None:
    """A shape that ends exactly on the lattice has no tiles beyond it."""
    exact = shapely.box(763 * TILE_M, 7870 * TILE_M, 765 * TILE_M, 7871 * TILE_M)
    back = Transformer.from_crs(32632, 4326, always_xy=True)
    aoi = Aoi.from_geometry(shapely.transform(exact, lambda c: np.column_stack(back.transform(c[:, 0], c[:, 1]))))
    grid = TileGrid.from_aoi(aoi)
    assert np.count_nonzero(grid.coverage > 0.5) == 2
    assert grid.coverage.sum() == pytest.approx(2, abs=1e-3)


def test_blocks_cover_the_grid_once_and_keep_ids_and_coverage() -> None:
    grid = TileGrid.from_aoi(around("Mesero", size=0.3))
    seen = np.zeros(grid.shape, int)
    for block in Block(0, 0, *grid.shape).cut(7):
        seen[block.row0 : block.row1, block.col0 : block.col1] += 1
        part = grid.window(block)
        assert part.n_rows * part.n_cols == block.n_tiles <= 49
        assert part.tile_id(0, 0) == grid.tile_id(block.row0, block.col0)
        assert (
            part.bounds
            == grid.tile_box(block.row0, block.col0)
            .union(grid.tile_box(block.row1 - 1, block.col1 - 1))
            .envelope.bounds
        )
        np.testing.assert_array_equal(part.coverage, grid.coverage[block.row0 : block.row1, block.col0 : block.col1])
    assert (seen == 1).all()


def test_slices_and_equality() -> None:
    grid = TileGrid.from_aoi(around("Mesero"))
    rows, cols = grid.tile_slices(1, 2)
    assert (rows, cols) == (slice(64, 128), slice(128, 192))
    assert grid == TileGrid.from_aoi(around("Mesero"))
    assert hash(grid) == hash(TileGrid.from_aoi(around("Mesero")))
    assert grid.window(Block(0, 0, 1, 1)) != grid
    assert pytest.approx(40.96) == TILE_HA


def test_more_than_a_granule_is_refused() -> None:
    with pytest.raises(AoiError, match="at most a whole Sentinel-2 granule"):
        TileGrid.from_aoi(Aoi.from_bbox(8, 45, 10, 46.5))


@settings(max_examples=50, deadline=None)
@given(
    st.floats(-180, 180),
    st.floats(-78, 82),
    st.lists(st.tuples(st.floats(0.003, 0.05), st.floats(0.003, 0.05)), min_size=2, max_size=3),
)
def test_every_drawing_around_a_place_gives_it_the_same_tile(
    lon: float, lat: float, halves: list[tuple[float, float]]
) -> None:
    ids = set()
    for width, height in halves:
        aoi = Aoi.from_bbox(lon - width, lat - height, lon + width * 0.7, lat + height * 0.6)
        if aoi.epsg != utm_epsg(lon, lat):
            continue  # a drawing with its centre in the next zone is gridded there
        grid = TileGrid.from_aoi(aoi)
        at = grid.tile_at(lon, lat)
        assert at is not None
        ids.add(grid.tile_id(*at))
        shape_m = to_utm(shapely.Point(lon, lat), grid.epsg)
        assert grid.tile_box(*at).buffer(1e-6).contains(shape_m)
    assert len(ids) <= 1


@settings(max_examples=40, deadline=None)
@given(st.floats(-180, 180), st.floats(-78, 82), st.integers(3, 9), st.integers(0, 2**31))
def test_coverage_of_any_shape_sums_to_its_area(lon: float, lat: float, corners: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = rng.uniform(0.005, 0.04, corners)
    star = shapely.Polygon(np.column_stack([lon + reach * np.cos(angles), lat + reach * np.sin(angles)]))
    try:
        aoi = Aoi.from_geometry(star)
    except AoiError:
        return  # too thin, or three corners in a line
    grid = TileGrid.from_aoi(aoi)
    assert grid.coverage.sum(dtype=float) * TILE_M**2 == pytest.approx(aoi.area_m2, rel=1e-4)
