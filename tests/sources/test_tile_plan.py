"""Rectangles of tiles: every needed tile once, no kept tile again, few requests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lulc_core.domain.grid import Block
from lulc_core.sources.tile_plan import plan_rectangles

MASKS = hnp.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 15)))


def counts(blocks: list[Block], shape: tuple[int, int]) -> np.ndarray:
    out = np.zeros(shape, int)
    for b in blocks:
        out[b.row0 : b.row1, b.col0 : b.col1] += 1
    return out


@given(MASKS, st.data())
def test_every_needed_tile_once_and_no_held_tile(needed: np.ndarray, data: st.DataObject) -> None:
    held = data.draw(hnp.arrays(np.bool_, needed.shape)) & ~needed
    fetched = counts(plan_rectangles(needed, held, max_side=5), needed.shape)
    assert fetched.max(initial=0) <= 1
    assert fetched[needed].all()
    assert not fetched[held].any()


@given(MASKS)
def test_fetching_in_vain_is_bounded(needed: np.ndarray) -> None:
    blocks = plan_rectangles(needed)
    area = sum(b.n_tiles for b in blocks)
    single_tiles = int(needed.sum())
    assert area + 3 * len(blocks) <= single_tiles + 3 * single_tiles, "worse than asking for each tile by itself"


def test_a_rectangle_is_one_request() -> None:
    assert plan_rectangles(np.ones((16, 17), bool)) == [Block(0, 0, 16, 17)]


def test_nothing_needed_is_no_request() -> None:
    assert plan_rectangles(np.zeros((3, 4), bool)) == []


def test_what_a_larger_drawing_adds_is_an_l_of_two_requests() -> None:
    needed = np.ones((10, 10), bool)
    held = np.zeros((10, 10), bool)
    held[3:, :7] = True
    blocks = plan_rectangles(needed & ~held, held)
    assert len(blocks) == 2
    assert sum(b.n_tiles for b in blocks) == 100 - 49


def test_what_lies_around_a_kept_area_is_a_ring_of_four_requests() -> None:
    held = np.zeros((9, 8), bool)
    held[2:7, 2:7] = True
    blocks = plan_rectangles(~held, held)
    assert len(blocks) == 4
    assert sum(b.n_tiles for b in blocks) == 72 - 25


def test_a_ring_around_nothing_kept_is_fetched_without_its_middle() -> None:
    needed = np.ones((18, 18), bool)
    needed[1:-1, 1:-1] = False
    blocks = plan_rectangles(needed)
    assert len(blocks) == 4
    assert sum(b.n_tiles for b in blocks) == needed.sum()


def test_a_diagonal_strip_is_not_fetched_as_its_square() -> None:
    needed = np.abs(np.subtract.outer(np.arange(40), np.arange(40))) <= 2
    area = sum(b.n_tiles for b in plan_rectangles(needed))
    assert area < 2.5 * needed.sum() < 1600


def test_large_areas_are_cut_evenly() -> None:
    blocks = plan_rectangles(np.ones((41, 20), bool), max_side=20)
    assert [b.row1 - b.row0 for b in blocks] == [13, 14, 14]
    assert len(plan_rectangles(np.ones((120, 120), bool))) == 36


@pytest.mark.parametrize("side", [0, 40])
def test_requests_are_never_larger_than_the_service_allows(side: int) -> None:
    with pytest.raises(ValueError, match="1 to 39"):
        plan_rectangles(np.ones((2, 2), bool), max_side=side)
    assert all(
        max(b.row1 - b.row0, b.col1 - b.col0) <= 39 for b in plan_rectangles(np.ones((200, 200), bool), max_side=39)
    )
