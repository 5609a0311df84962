"""Cells finer than tiles: means of windows, the rim, what is missing, and that tiles stay what they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import CancelledError
from lulc_core.domain.grid import RESOLUTIONS_M, TILE_M, TileGrid
from lulc_core.domain.land_cover import TileFlag
from lulc_core.domain.scene import Scene
from lulc_core.pipeline.cells import bands_around, classify_cells
from lulc_core.pipeline.classify import classify, cost_of
from lulc_core.pipeline.windows import SHARE_POWER, predictions_per_tile
from lulc_core.sources.base import Cost
from tests.arrays import Answer, BrightnessClassifier, Card, acquisition

FINER = [m for m in RESOLUTIONS_M if m != TILE_M]
EAST, NORTH, SIDE = 700, 7900, 8
"""Lattice place of the north-western tile of the made world, and tiles along its side."""


def level(class_id: int) -> float:
    """Reflectance whose grey level is in the middle of a class of BrightnessClassifier."""
    return (20 * class_id + 10 - 1) * 0.275 / 254


@dataclass
class World:
    """A source over one large made picture; anything beyond it is not observed."""

    red: np.ndarray
    blue: float = 0.05
    clear: np.ndarray | None = None
    asked: list[TileGrid] = field(default_factory=list)
    name: str = "arrays"

    def load(self, acquisition, bands, grid, *, on_progress=None, cancelled=None) -> Scene:
        self.asked.append(grid)
        rows, cols = grid.shape_px
        top, left = (NORTH - grid.north0) * 64, (grid.east0 - EAST) * 64
        pixels = np.zeros((len(bands), rows, cols), np.float32)
        observed, clear = np.zeros((rows, cols), bool), np.ones((rows, cols), bool)
        r0, c0 = max(0, -top), max(0, -left)
        r1, c1 = min(rows, SIDE * 64 - top), min(cols, SIDE * 64 - left)
        here = (slice(r0, r1), slice(c0, c1))
        there = (slice(r0 + top, r1 + top), slice(c0 + left, c1 + left))
        for i, band in enumerate(bands):
            pixels[i][here] = self.red[there] if band == "B04" else self.blue
            if band == "B02":
                pixels[i][:, ::2] *= np.float32(1.0001)  # no grey level, but ground of one value would be no data
        observed[here] = True
        if self.clear is not None:
            clear[here] = self.clear[there]
        return Scene(grid, acquisition, tuple(bands), pixels, observed, clear)

    def cost(self, grid, bands) -> Cost:
        return Cost(grid.n_tiles, 1, float(grid.n_tiles * len(bands)), 1.0)


class Soft(BrightnessClassifier):
    """Surer, the nearer the tile's red is to the middle of the class; so that a mean of windows says something."""

    def predict(self, rgb, *, on_progress=None, cancelled=None) -> Answer:
        if cancelled is not None and cancelled():
            raise CancelledError("stopped")
        red = rgb[..., 0].astype(np.float32).mean(axis=(1, 2))
        away = np.abs(red[:, None] - (20 * np.arange(10) + 10))
        p = np.exp(-away / 10)
        return Answer((p / p.sum(1, keepdims=True)).astype(np.float32), rgb[..., 2].mean(axis=(1, 2)) > self.ood_above)


def world(red: np.ndarray | float, **options) -> World:
    return World(np.broadcast_to(np.float32(red), (SIDE * 64, SIDE * 64)).copy(), **options)


def area(row: int, col: int, rows: int, cols: int, cell_m: int) -> TileGrid:
    """Whole tiles of the world."""
    k = TILE_M // cell_m
    return TileGrid(32632, (EAST + col) * k, (NORTH - row + 1) * k - 1, rows * k, cols * k, "a", cell_m=cell_m)


def made(source: World, grid: TileGrid, classifier=None, **options):
    return classify(source, acquisition(), grid, classifier or Soft(), bands=RGB, **options)


@pytest.mark.parametrize("cell_m", FINER)
def test_tiles_are_the_same_at_every_detail(cell_m: int) -> None:
    source = world(np.random.default_rng(0).uniform(0, 0.25, (SIDE * 64, SIDE * 64)))
    coarse, fine = made(source, area(2, 2, 3, 4, TILE_M)), made(source, area(2, 2, 3, 4, cell_m))
    assert coarse.land_cover is coarse.tiles and fine.land_cover is fine.cells
    np.testing.assert_array_equal(fine.tiles.probabilities, coarse.tiles.probabilities)
    np.testing.assert_array_equal(fine.tiles.class_ids, coarse.tiles.class_ids)
    np.testing.assert_array_equal(fine.scene.reflectance, coarse.scene.reflectance)
    assert fine.land_cover.grid.cell_m == cell_m and fine.land_cover.grid.tiles == coarse.land_cover.grid
    assert fine.land_cover.classified.all()


@pytest.mark.parametrize("cell_m", FINER)
def test_one_kind_of_ground_is_one_class_to_the_very_rim(cell_m: int) -> None:
    found = made(world(level(6)), area(2, 2, 2, 2, cell_m)).land_cover
    assert (found.class_ids == 6).all()
    np.testing.assert_allclose(found.probabilities.sum(axis=2), 1, rtol=1e-5)
    assert np.ptp(found.probabilities, axis=(0, 1)).max() < 1e-5


@pytest.mark.parametrize("in_blocks", [True, False])
def test_a_cell_is_the_weighted_mean_of_the_windows_that_cover_it(in_blocks: bool) -> None:
    rng = np.random.default_rng(3)
    source = world(rng.uniform(0, 0.25, (SIDE, SIDE)).repeat(64, 0).repeat(64, 1))
    grid = area(3, 3, 1, 1, 160)
    scene, around = (source.load(acquisition(), RGB, g) for g in (grid.tiles, grid.surroundings))
    network = Soft(in_blocks=in_blocks)
    found = classify_cells(grid, scene, around, network, power=1.0, min_clear_share=0.5).probabilities
    weights = np.sqrt(np.cos(np.pi * np.array([-0.375, -0.125, 0.125, 0.375])))
    for row, col in ((0, 0), (1, 2), (3, 3)):
        total, weight = np.zeros(10), 0.0
        for i, down in enumerate(range(-3, 1)):
            for j, right in enumerate(range(-3, 1)):
                if not in_blocks and (row + down + col + right) % 2:
                    continue  # where each window costs as much as a tile, every second is asked
                top, left = 192 + 16 * (row + down), 192 + 16 * (col + right)
                red = source.red[top : top + 64, left : left + 64]
                tile = np.rint(1 + red * 254 / 0.275).clip(1, 255).astype(np.uint8)[None, ..., None].repeat(3, 3)
                total += weights[i] * weights[j] * Soft().predict(tile).probabilities[0]
                weight += weights[i] * weights[j]
        np.testing.assert_allclose(found[row, col], total / weight, atol=1e-5)


@pytest.mark.parametrize("cell_m", [160, 80])
def test_every_second_window_is_asked_and_tiles_with_those_around_are_among_them(cell_m: int) -> None:
    class Asked(Soft):
        """Keeps which windows were asked."""

        def predict_windows(self, grey, wanted, **options):
            self.windows = wanted
            return super().predict_windows(grey, wanted, **options)

    source = world(np.random.default_rng(0).uniform(0, 0.25, (SIDE * 64, SIDE * 64)))
    every, second = Asked(), Asked(in_blocks=False)
    plain, fewer = (made(source, area(2, 2, 3, 4, cell_m), network).land_cover for network in (every, second))
    assert 0.48 < second.windows.sum() / every.windows.sum() < 0.52 and not (second.windows & ~every.windows).any()
    tile, aside = 640 // cell_m, 160 // cell_m  # in steps; the drawn tiles lie within a ring of one
    for down, right in ((0, 0), (aside, aside), (-aside, aside), (aside, -aside), (-aside, -aside)):
        of_tiles = second.windows[tile + down :: tile, tile + right :: tile][:3, :4]
        assert of_tiles.shape == (3, 4) and of_tiles.all()
    assert fewer.classified.all()
    assert np.abs(fewer.probabilities - plain.probabilities).max() < 0.1


def test_what_a_map_costs_is_known_before() -> None:
    plain, shifted = Soft(in_blocks=False), Soft(Card(shifted_windows=True), in_blocks=False)
    assert [predictions_per_tile(plain, m) for m in (640, 320, 160, 80)] == [1, 8, 8, 32]
    assert [predictions_per_tile(shifted, m) for m in (640, 320, 160, 80)] == [5, 8, 8, 32]
    assert [predictions_per_tile(Soft(), m) for m in (640, 160, 80)] == pytest.approx([1, 3.4, 10.6])


def test_a_cell_whose_only_clear_windows_would_be_left_out_keeps_them() -> None:
    clear = np.zeros((SIDE * 64, SIDE * 64), bool)
    clear[192:256, 208:272] = True  # one window, one step beside a tile: every second leaves it out
    found = made(world(level(6), clear=clear), area(3, 3, 1, 1, 160), Soft(in_blocks=False), min_clear_share=0.9)
    assert found.land_cover.classified[:, 1:].all() and not found.land_cover.classified[:, 0].any()


@pytest.mark.parametrize("cell_m", FINER)
def test_the_same_ground_is_named_alike_whatever_is_drawn(cell_m: int) -> None:
    source = world(np.random.default_rng(5).uniform(0, 0.25, (SIDE * 4, SIDE * 4)).repeat(16, 0).repeat(16, 1))
    large, small = made(source, area(1, 1, 5, 5, cell_m)).land_cover, made(source, area(3, 2, 1, 2, cell_m)).land_cover
    k = TILE_M // cell_m
    part = large.probabilities[2 * k : 3 * k, k : 3 * k]
    np.testing.assert_allclose(small.probabilities, part, atol=1e-5)  # no edge is worse than the middle


def test_a_slanting_border_is_nearer_to_the_truth_the_finer_the_cells() -> None:
    y, x = np.mgrid[: SIDE * 64, : SIDE * 64]
    truth = np.where(x + 0.6 * y > 0.8 * SIDE * 64, 7, 2)
    source = world(np.where(truth == 7, level(7), level(2)))

    class TwoKinds(Soft):
        def predict(self, rgb, **_) -> Answer:
            share = (rgb[..., 0] > 100).mean(axis=(1, 2))  # of the brighter ground
            p = np.full((len(rgb), 10), 1e-3, np.float32)
            p[:, 7], p[:, 2] = share, 1 - share
            return Answer(p / p.sum(1, keepdims=True), np.zeros(len(rgb), bool))

    wrong = []
    for cell_m in RESOLUTIONS_M:
        ids = made(source, area(1, 1, 6, 6, cell_m), TwoKinds()).land_cover.class_ids
        ground = ids.repeat(cell_m // 10, 0).repeat(cell_m // 10, 1)
        wrong.append(float((ground != truth[64:-64, 64:-64]).mean()))
    assert wrong[0] > 1.5 * wrong[1] > 2 * wrong[2] > 2.5 * wrong[3] > 0, wrong


def test_only_the_drawn_ground_and_the_ring_around_it_are_loaded() -> None:
    source = world(level(4))
    coverage = np.zeros((3, 3), np.float32)
    coverage[0, 0] = coverage[2, 2] = 0.5
    grid = TileGrid(32632, (EAST + 2) * 4, (NORTH - 1) * 4 - 1, 12, 12, "a", coverage.repeat(4, 0).repeat(4, 1), 160)
    result = made(source, grid)
    assert [g.cell_m for g in source.asked] == [640, 640]
    assert source.asked[0] == grid.tiles and source.asked[1] == grid.surroundings
    assert (result.land_cover.classified == grid.inside).all() and grid.n_tiles == 32
    assert np.isnan(result.land_cover.probabilities[~grid.inside]).all()
    cost = cost_of(source, grid, ("B02", "B03", "B04", "B08"))
    assert cost.tiles == 2 + grid.surroundings.n_tiles and cost.requests == 2
    assert cost.processing_units == 2 * 4 + 3 * grid.surroundings.n_tiles, "of the ring no more than red, green, blue"
    assert cost_of(source, grid.tiles, ("B04",)) == source.cost(grid.tiles, ("B04",))
    assert bands_around(("B02", "B03", "B04", "B08")) == ("B02", "B03", "B04")


@pytest.mark.parametrize("cell_m", FINER)
def test_clouds_and_gaps_flag_the_cells_they_cover(cell_m: int) -> None:
    clear = np.ones((SIDE * 64, SIDE * 64), bool)
    clear[128:192, 128:160] = False  # half of the first tile
    found = made(world(level(3), clear=clear), area(2, 2, 2, 2, cell_m)).land_cover
    k = TILE_M // cell_m
    cloudy = np.zeros((2 * k, 2 * k), bool)
    cloudy[:k, : k // 2] = True
    assert ((found.flags & TileFlag.CLOUDY) > 0).tolist() == cloudy.tolist()
    assert (found.classified == ~cloudy).all() and (found.class_ids[~cloudy] == 3).all()
    assert np.isnan(found.probabilities[cloudy]).all()


def test_a_clear_gap_in_thick_cloud_has_no_window_to_be_named_from() -> None:
    clear = np.zeros((SIDE * 64, SIDE * 64), bool)
    clear[200:232, 200:232] = True
    found = made(world(level(3), clear=clear), area(3, 3, 1, 1, 80)).land_cover
    assert found.clear_share.max() == 1 and not found.classified.any()
    assert ((found.flags & TileFlag.CLOUDY) > 0).all() and np.isnan(found.probabilities).all()
    assert any("No cell could be named" in note for note in found.notes)


def test_windows_over_missing_ground_count_less() -> None:
    rng = np.random.default_rng(9)
    source = world(rng.uniform(0, 0.25, (SIDE, SIDE)).repeat(64, 0).repeat(64, 1))
    grid = area(0, 0, 1, 1, 320)
    found = made(source, grid).land_cover
    assert found.classified.all()
    whole = made(source, area(0, 0, 1, 1, TILE_M)).land_cover.probabilities[0, 0]
    assert SHARE_POWER > 1
    # The corner is covered by one whole window only: that one decides, though this classifier hears every black pixel.
    assert found.probabilities[0, 0].argmax() == whole.argmax()


def test_unlike_is_what_most_windows_of_a_cell_say() -> None:
    class BlueIsUnlike(Soft):
        def predict(self, rgb, **options) -> Answer:
            answer = super().predict(rgb, **options)
            return Answer(answer.probabilities, (rgb[..., 0] > 150).mean(axis=(1, 2)) > 0.5)

    red = np.full((SIDE * 64, SIDE * 64), level(2), np.float32)
    red[:, 256:] = level(9)
    found = made(world(red), area(2, 2, 2, 4, 160), BlueIsUnlike()).land_cover
    out_of_distribution = (found.flags & TileFlag.OOD) > 0
    assert not out_of_distribution[:, :7].any() and out_of_distribution[:, 9:].all()
    assert (found.classified == ~out_of_distribution).all() and np.isfinite(found.probabilities).all()


def test_unmeasured_weights_say_so_and_stopping_works() -> None:
    source = world(level(1))
    notes = made(source, area(2, 2, 1, 1, 160)).land_cover.notes
    assert any("160 m was not measured" in note for note in notes)
    assert not any("not measured" in note for note in made(source, area(2, 2, 1, 1, TILE_M)).land_cover.notes)
    with pytest.raises(CancelledError):
        made(source, area(2, 2, 1, 1, 160), cancelled=lambda: len(source.asked) > 3)
