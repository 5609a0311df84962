"""Hectares: against shapely on the UTM grid, clipped to the drawn shape, without what was left out."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from lulc_core.analysis.accuracy.area import area_account, class_areas, weighted_ha
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from tests.arrays import grid_at, map_of

TRIANGLE = {"type": "Polygon", "coordinates": [[[8.80, 45.45], [8.90, 45.45], [8.80, 45.52], [8.80, 45.45]]]}


def test_whole_tiles_have_40_96_ha():
    areas = class_areas(map_of(np.array([[1, 1, 9], [1, 4, 255]]), grid_at(9.0, 45.5, 2, 3)))
    assert [(a.cls.name, a.tiles) for a in areas] == [("Forest", 3), ("Industrial", 1), ("SeaLake", 1)]
    assert [a.ha for a in areas] == pytest.approx([122.88, 40.96, 40.96])
    assert [a.pct for a in areas] == pytest.approx([50, 100 / 6, 100 / 6])


def test_areas_are_clipped_to_the_drawn_shape():
    aoi = Aoi.from_geojson(TRIANGLE)
    grid = TileGrid.from_aoi(aoi)
    ids = np.add.outer(np.arange(grid.n_rows), np.arange(grid.n_cols)) % 4
    ids[3, 2] = 255
    land_cover = map_of(ids, grid)
    areas = class_areas(land_cover)
    expected = dict.fromkeys((*range(4), 255), 0.0)
    for row, col in np.argwhere(grid.inside).tolist():
        expected[int(ids[row, col])] += shapely.intersection(grid.tile_box(row, col), aoi.projected).area / 1e4
    assert {a.cls.id: a.ha for a in areas} == pytest.approx({k: v for k, v in expected.items() if k < 255}, rel=1e-5)
    assert land_cover.left_out_ha == pytest.approx(expected[255], rel=1e-5)
    assert land_cover.class_ha.sum() + land_cover.left_out_ha == pytest.approx(aoi.area_m2 / 1e4, rel=1e-5)
    assert sum(a.pct for a in areas) == pytest.approx(100 - 100 * land_cover.left_out_ha / land_cover.total_ha)
    assert [a.ha for a in areas] == sorted((a.ha for a in areas), reverse=True)


def test_a_map_without_names_has_no_areas():
    land_cover = map_of(np.full((2, 2), 255), grid_at(9.0, 45.5, 2, 2))
    assert class_areas(land_cover) == () and land_cover.class_ha.sum() == 0
    assert land_cover.left_out_ha == pytest.approx(4 * 40.96)


def test_the_account_parts_the_drawn_area_without_rest_and_roads_are_no_land():
    land_cover = map_of(np.array([[1, 2, 9, 3], [0, 4, 255, 8]]), grid_at(9.0, 45.5, 2, 4), confidence=0.7)
    account = area_account(land_cover)
    assert {g.key: g.tiles for g in account.groups} == {"nature": 2, "farmland": 1, "built_up": 1, "water": 1}
    assert account.groups[0].key == "nature" and [a.cls.name for a in account.crossed] == ["Highway", "River"]
    assert account.left_out_tiles == 1 and account.left_out_pct == pytest.approx(12.5)
    parts = sum(g.ha for g in account.groups) + sum(a.ha for a in account.crossed) + account.left_out_ha
    assert parts == pytest.approx(account.total_ha) == pytest.approx(8 * 40.96)
    weighted = weighted_ha(land_cover)
    assert weighted.sum() == pytest.approx(7 * 40.96) and weighted[1] == pytest.approx(40.96 * (0.7 + 6 * 0.3 / 9))
