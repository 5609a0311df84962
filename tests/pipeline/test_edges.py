"""The edge of what exists: no ground around, tiles in part, cells whose tile was never judged, squares of one value."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import NoAcquisitionError
from lulc_core.domain.grid import TILE_M, TileGrid
from lulc_core.domain.land_cover import TileFlag
from lulc_core.domain.scene import Scene
from lulc_core.model.runtime.windows import WindowAnswers
from lulc_core.pipeline.classify import classify
from lulc_core.pipeline.edges import fill_gaps, judge_beside
from tests.arrays import Answer, BrightnessClassifier, acquisition

EAST, NORTH = 700, 7900
"""Lattice place of the north-western tile."""


def red_of(class_id: int) -> float:
    """Reflectance that BrightnessClassifier takes for a class."""
    return (20 * class_id + 10 - 1) * 0.275 / 254


class Picture:
    """A source over one picture; where nothing of it lies in what is asked for, it refuses as a service does."""

    name = "arrays"

    def __init__(self, red: np.ndarray, observed: np.ndarray, clear: np.ndarray | None = None) -> None:
        self.red, self.observed = red, observed
        self.clear = np.ones_like(observed) if clear is None else clear

    def load(self, acquisition, bands, grid, *, on_progress=None, cancelled=None) -> Scene:
        rows, cols = grid.shape_px
        top, left = (NORTH - grid.north0) * 64, (grid.east0 - EAST) * 64
        margin = 4 * 64
        cut = tuple(
            np.pad(a, margin)[margin + top : margin + top + rows, margin + left : margin + left + cols]
            for a in (self.red, self.observed, self.clear)
        )
        if not (cut[1] & grid.inside.repeat(64, 0).repeat(64, 1)).any():
            raise NoAcquisitionError("The image has no pixel in the area.")
        texture = np.float32(0.05) + np.float32(1e-5) * np.arange(cols, dtype=np.float32)[None] % 7
        planes = {"B04": cut[0], "B03": np.broadcast_to(np.float32(0.05), (rows, cols)), "B02": texture}
        stack = np.stack([np.where(cut[1], planes[b], np.float32(0)) for b in bands]).astype(np.float32)
        return Scene(grid, acquisition, tuple(bands), stack, cut[1], cut[2])


class SnowIsUnlike(BrightnessClassifier):
    """Class 9 stands for snow: tiles with more than half of it are out of distribution; black is, too, as in ours."""

    def predict(self, rgb, **options) -> Answer:
        bright = (rgb[..., 0] > 180).mean(axis=(1, 2)) > 0.5
        black = (rgb == 0).all(axis=3).mean(axis=(1, 2)) > 0.1
        return Answer(super().predict(rgb).probabilities, bright | black)


def grid_of(rows: int, cols: int, cell_m: int) -> TileGrid:
    k = TILE_M // cell_m
    return TileGrid(32632, EAST * k, (NORTH + 1) * k - 1, rows * k, cols * k, "a", cell_m=cell_m)


def picture(rows: int, cols: int, class_id: int, seen: slice = slice(None), **options) -> Picture:
    red = np.full((rows * 64, cols * 64), red_of(class_id), np.float32)
    observed = np.zeros(red.shape, bool)
    observed[:, seen] = True
    return Picture(red, observed, **options)


class SnowInBlocks(SnowIsUnlike):
    """Windows are judged in blocks, by a detector that flags everything: only a whole window tells."""

    def predict_windows(self, grey, wanted, **options) -> WindowAnswers:
        plain = super().predict_windows(grey, wanted, **options)
        return WindowAnswers(plain.probabilities, np.ones(len(plain.is_ood), bool), as_tiles=False)


def made(source: Picture, grid: TileGrid, network: BrightnessClassifier | None = None, **options):
    return classify(source, acquisition(), grid, network or SnowIsUnlike(), bands=RGB, **options)


@pytest.mark.parametrize("cell_m", [320, 160, 80])
def test_without_ground_around_the_map_is_made_without_it(cell_m: int) -> None:
    found = made(picture(1, 1, 4), grid_of(1, 1, cell_m)).land_cover
    assert found.classified.all() and (found.class_ids == 4).all()


def test_nothing_in_the_area_itself_is_still_an_error() -> None:
    with pytest.raises(NoAcquisitionError):
        made(picture(1, 1, 4, slice(0, 0)), grid_of(1, 1, 160))


@pytest.mark.parametrize("seen", [60, 50, 40, 33])
def test_a_tile_in_part_is_named_by_the_part_that_was_seen(seen: int) -> None:
    found = made(picture(1, 2, 4, slice(0, 64 + seen)), grid_of(1, 2, TILE_M)).land_cover
    assert (found.class_ids == 4).all() and not (found.flags & TileFlag.OOD).any()
    alone = made(picture(1, 1, 4, slice(0, seen)), grid_of(1, 1, TILE_M)).land_cover
    assert (alone.class_ids == 4).all(), "with no whole window beside it, by what there is of its own"


@pytest.mark.parametrize("network", [SnowIsUnlike(), SnowInBlocks()], ids=["as tiles", "in blocks"])
@pytest.mark.parametrize("class_id", [4, 9])
def test_cells_of_a_tile_that_was_never_judged_are_judged(class_id: int, network: BrightnessClassifier) -> None:
    snow = class_id == 9
    found = made(picture(2, 2, class_id, slice(0, 64 + 24)), grid_of(2, 2, 160), network)
    assert found.tiles.left_out()["no_data"] == 2, "three eighths of the eastern tiles are there: they are not judged"
    rim = (slice(None), slice(4, 5))
    assert found.land_cover.classified[rim].all() == (not snow)
    assert ((found.land_cover.flags[rim] & TileFlag.OOD) > 0).all() == snow


def test_cells_beside_cloud_are_judged_by_what_can_be_seen() -> None:
    clear = np.ones((128, 192), bool)
    clear[:, 64:112] = False  # three quarters of the middle tiles; the rest of them is snow
    source = picture(2, 3, 9, clear=clear)
    found = made(source, grid_of(2, 3, 160))
    assert found.tiles.left_out()["cloudy"] == 2
    east_of_cloud = (slice(None), slice(7, 8))
    assert ((found.land_cover.flags[east_of_cloud] & TileFlag.OOD) > 0).all()


@pytest.mark.parametrize("cell_m", [640, 160])
def test_a_square_of_one_value_is_no_data(cell_m: int) -> None:
    class Even(Picture):
        def load(self, acquisition, bands, grid, **options) -> Scene:
            scene = super().load(acquisition, bands, grid, **options)
            values = scene.reflectance.copy()
            rows = min(64, values.shape[1])
            values[:, :rows, :64] = 0.05
            return Scene(grid, acquisition, scene.bands, values, scene.observed.copy(), scene.clear.copy())

    whole = picture(1, 2, 4)
    found = classify(
        Even(whole.red, whole.observed), acquisition(), grid_of(1, 2, cell_m), SnowIsUnlike(), bands=RGB
    ).tiles
    assert ((found.flags & TileFlag.NO_DATA) > 0).tolist() == [[True, False]]
    assert found.classified.tolist() == [[False, True]]


def test_where_no_tile_fits_the_lattice_is_named_and_what_detail_fits() -> None:
    small = Picture(np.full((128, 128), red_of(4), np.float32), np.zeros((128, 128), bool))
    small.observed[46:82, 46:82] = True  # 360 m around the corner of four tiles
    (note,) = (n for n in made(small, grid_of(2, 2, TILE_M)).tiles.notes if "could be named" in n)
    assert note == (
        "No tile could be named: tiles of 640 m lie on a fixed lattice, and the image has too little of each. "
        "Choose a finer detail: cells of 160 m fit in."
    )
    small.observed[:] = False
    small.observed[:4, :4] = True
    (note,) = (n for n in made(small, grid_of(2, 2, TILE_M)).tiles.notes if "could be named" in n)
    assert "Choose another date" in note


def test_gaps_are_filled_with_the_mirrored_picture() -> None:
    rng = np.random.default_rng(2)
    square = rng.integers(1, 255, (1, 64, 64, 3)).astype(np.uint8)
    observed = np.ones((1, 64, 64), bool)
    observed[0, :, 40:] = False
    filled = fill_gaps(square, observed)
    np.testing.assert_array_equal(filled[0, :, :40], square[0, :, :40])
    np.testing.assert_array_equal(filled[0, :, 40:], square[0, :, 38:14:-1])
    np.testing.assert_array_equal(fill_gaps(square, np.zeros((1, 64, 64), bool)), square)


def test_the_nearest_whole_window_judges() -> None:
    asked = []

    class Asked(BrightnessClassifier):
        def predict(self, rgb, **options) -> Answer:
            asked.append(rgb)
            return super().predict(rgb)

    columns = np.broadcast_to(np.arange(200, dtype=np.uint8)[None, :, None], (100, 200, 3)).copy()
    valid = np.zeros((100, 200), bool)
    valid[:, :120] = True
    judge_beside(Asked(), columns, valid, np.array([20]), np.array([104]), 16)
    (windows,) = asked
    assert len(windows) == 1 and windows[0, 0, -1, 0] in range(115, 124), "it ends where the pixels end"
