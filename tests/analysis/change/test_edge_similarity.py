"""The edges of two pictures: kept by the same ground in other light, not by other ground; what that decides."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.analysis.change.detect import RULE, change_map, change_of_dates
from lulc_core.analysis.change.edge_similarity import edge_similarity_between, edge_similarity_of_pixels
from lulc_core.domain.bands import RGB
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.radiometry import to_true_colour
from lulc_core.domain.scene import Scene
from tests.analysis.change.change_maps import acquisition, land_cover

GRID = TileGrid(32632, 762, 7870, 1, 3)
ASKED = np.ones((1, 3), bool)


def ground(seed: int, grid: TileGrid = GRID) -> np.ndarray:
    """Reflectance (3, H, W) of fields and sheds, other ones for every seed."""
    rng = np.random.default_rng(seed)
    rows, cols = grid.shape_px
    out = np.full((3, rows, cols), 0.1, np.float32)
    for _ in range(60 * grid.n_tiles):
        y, x = rng.integers(0, rows), rng.integers(0, cols)
        h, w = rng.integers(4, 14, 2)
        out[:, y : y + h, x : x + w] = rng.uniform(0.04, 0.2, (3, 1, 1))
    return out


def picture(reflectance: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(to_true_colour(reflectance), 0, 2))


def test_haze_and_a_pixel_of_shift_leave_the_edges_and_other_ground_does_not():
    rng = np.random.default_rng(9)
    here = ground(1)
    hazy = np.roll(here, 1, axis=2) * 0.8 + 0.03 + rng.normal(0, 0.003, here.shape).astype(np.float32)
    assert edge_similarity_of_pixels(picture(here), picture(hazy), GRID, ASKED).min() > 0.6
    assert np.abs(edge_similarity_of_pixels(picture(here), picture(ground(2)), GRID, ASKED)).max() < 0.4


def test_it_is_the_correlation_of_the_gradients():
    a, b = picture(ground(1)), picture(ground(1) * 0.5 + ground(2))

    def gradient(p):
        bright = p[..., 0].astype(float) + p[..., 1] + p[..., 2]
        dy, dx = np.gradient(bright)
        return np.hypot(dx, dy)[2:62, 66:126]

    middle = edge_similarity_of_pixels(a, b, GRID, ASKED)[0, 1]
    assert middle == pytest.approx(np.corrcoef(gradient(a).ravel(), gradient(b).ravel())[0, 1], abs=0.01)


def test_the_rim_of_ground_without_data_is_no_edge():
    here = picture(ground(1))
    torn = here.copy()
    torn[:, :80] = 0  # all of the first tile, and a quarter of the second
    found = edge_similarity_of_pixels(here, torn, GRID, ASKED)
    assert np.isnan(found[0, 0])
    assert found[0, 1:].min() > 0.999
    assert np.abs(edge_similarity_of_pixels(picture(ground(2)), torn, GRID, ASKED)[0, 1:]).max() < 0.4


def test_not_asked_and_one_colour_are_not_known():
    flat = np.full((*GRID.shape_px, 3), 90, np.uint8)
    flat[:, 64:128] = 20  # what lies beyond a tile does not count
    assert np.isnan(edge_similarity_of_pixels(picture(ground(1)), flat, GRID, ASKED)).all()
    asked = np.array([[True, False, True]])
    assert np.isnan(edge_similarity_of_pixels(picture(ground(1)), picture(ground(1)), GRID, asked)).tolist() == [
        [False, True, False]
    ]


@pytest.mark.parametrize("cell_m", [320, 160, 80])
def test_finer_cells_are_judged_on_a_window_around_them(cell_m):
    k = 640 // cell_m
    fine = TileGrid(32632, 762 * k, (7870 + 1) * k - 1, k, 3 * k, cell_m=cell_m)
    before, after = ground(1), ground(1)
    after[:, :, 64:] = ground(2)[:, :, 64:]
    kept = edge_similarity_of_pixels(picture(before), picture(after), fine, np.ones(fine.shape, bool))
    assert kept.shape == fine.shape and not np.isnan(kept).any()
    assert kept[:, : k - k // 2].min() > 0.9 and kept[:, k + k // 2 :].max() < 0.6


def scene(reflectance: np.ndarray, day: str) -> Scene:
    everywhere = np.ones(GRID.shape_px, bool)
    return Scene(GRID, acquisition(day), RGB, reflectance, everywhere, everywhere.copy())


def test_where_the_ground_looks_the_same_a_doubtful_difference_does_not_count():
    days = ("2019-07-16", "2021-07-20")
    before, after = land_cover([["H", "H", "H"]], days[0]), land_cover([["I75 H25", "I75 H25", "I"]], days[1])
    later = ground(1)
    later[:, :, 64:128] = ground(2)[:, :, 64:128]
    scenes = [scene(ground(1), days[0]), scene(later, days[1])]
    change = change_of_dates([before, after], scenes)
    assert change_map(before, after).changed.tolist() == [[True, True, True]]
    assert change.changed.tolist() == [[False, True, True]]
    assert change.edge_similarity[0, 0] > RULE.similar_edges > change.edge_similarity[0, 1]
    pictures = [picture(s.reflectance) for s in scenes]
    np.testing.assert_array_equal(change_of_dates([before, after], pictures).edge_similarity, change.edge_similarity)


def test_pictures_of_other_ground_bear_out_classes_that_the_network_confuses():
    before, after = land_cover([["A84 C16"] * 4], "2019-07-16"), land_cover([["C84 A16"] * 4], "2021-07-20")
    edge_similarity = np.array([[0.1, 0.4, 0.9, np.nan]], np.float32)
    change = change_map(before, after, edge_similarity=edge_similarity)
    assert change.change_probability[0, 0] == pytest.approx(0.73, abs=0.01)
    assert change.changed.tolist() == [[True, False, False, False]]
    hidden = land_cover([["C84 A16/partly"] * 4], "2021-07-20")
    assert not change_map(before, hidden, edge_similarity=edge_similarity).changed.any()


def test_a_further_date_shows_edges_that_haze_hid():
    days = ("2019-07-16", "2021-07-20", "2022-07-10", "2020-07-12")
    maps = [land_cover([["A", "A", "A"]], d) for d in days]
    fog = np.full_like(ground(1), 0.2) + np.random.default_rng(3).normal(0, 0.01, ground(1).shape).astype(np.float32)
    clear = [picture(ground(1)), picture(fog), picture(ground(1))]
    assert edge_similarity_between(maps[:2], clear[:2], ASKED).max() < 0.3
    assert edge_similarity_between(maps[:3], clear, ASKED).min() > 0.95
    # A date between the two may lie on either side of the change: it says nothing.
    assert edge_similarity_between([*maps[:2], maps[3]], clear, ASKED).max() < 0.3


def test_further_dates_do_not_lift_a_doubtful_difference_where_the_ground_looks_the_same():
    maps = [
        land_cover([[cell]], day) for cell, day in (("A", "2019-07-16"), ("I55 A45", "2021-07-20"), ("I", "2022-07-10"))
    ]
    same = np.full((1, 1), 0.8, np.float32)
    assert change_map(maps[0], maps[1], confirm=maps[2:]).changed[0, 0]
    assert not change_map(maps[0], maps[1], confirm=maps[2:], edge_similarity=same).changed[0, 0]
