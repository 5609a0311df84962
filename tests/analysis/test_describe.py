"""Sentences for people: each kind of tile gets its own, and no figure in them is rounded to a promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lulc_core.analysis.describe import describe_map, describe_tile
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import TileFlag
from tests.arrays import grid_at, map_of


def _tile(first: float, second: float, flags: TileFlag = TileFlag.NONE, clear: float = 1.0) -> str:
    """The sentence of a residential tile with industrial as second guess."""
    land_cover = map_of(np.array([[7]]), grid_at(9.0, 45.5, 1, 1))
    p = np.full((1, 1, 10), (1 - first - second) / 8, np.float32)
    p[0, 0, 7], p[0, 0, 4] = first, second
    left_out = flags & (TileFlag.NO_DATA | TileFlag.CLOUDY | TileFlag.UNLIKE)
    ids = np.array([[255 if left_out else 7]], np.uint8)
    return describe_tile(
        replace(
            land_cover,
            probabilities=p,
            class_ids=ids,
            flags=np.array([[flags]], np.uint8),
            clear_share=np.array([[clear]], np.float32),
        ),
        0,
        0,
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0.83, 0.12), "Most likely residential (83 %); could be industrial (12 %)."),
        ((0.92, 0.02), "Most likely residential (92 %)."),
        ((0.999, 0.0005), "Almost certainly residential (over 99 %)."),
        (
            (0.4, 0.35, TileFlag.UNSURE),
            "The network is unsure: perhaps residential (40 %); could be industrial (35 %).",
        ),
        ((0.8, 0.1, TileFlag.CLOUDY, 0.12), "Not named: only 12 % of this tile is free of cloud and shadow."),
        ((0.8, 0.1, TileFlag.NO_DATA, 0.0), "Not named: the satellite did not observe enough of this tile."),
        (
            (0.98, 0.01, TileFlag.PARTLY_CLOUDY, 0.7),
            "Almost certainly residential (98 %). Read it with care: 70 % of the tile is free of cloud and shadow.",
        ),
    ],
)
def test_each_kind_of_tile_has_its_sentence(arguments, sentence):
    assert _tile(*arguments) == sentence


def test_an_unlike_tile_is_not_named_but_the_guess_is_owned_up_to():
    sentence = _tile(0.8, 0.1, TileFlag.UNLIKE)
    assert sentence.startswith("Not named") and "residential" in sentence and "not be relied on" in sentence


def test_tiles_outside_the_shape_say_so_and_outside_the_grid_are_refused():
    aoi = Aoi.from_geojson(
        {"type": "Polygon", "coordinates": [[[8.80, 45.45], [8.86, 45.45], [8.80, 45.49], [8.80, 45.45]]]}
    )
    grid = TileGrid.from_aoi(aoi)
    row, col = (int(v) for v in np.argwhere(~grid.inside)[0])
    assert describe_tile(map_of(np.zeros(grid.shape), grid), row, col) == "Outside the drawn area."
    with pytest.raises(IndexError):
        describe_tile(map_of(np.zeros(grid.shape), grid), grid.n_rows, 0)


def test_a_map_names_its_leading_classes_the_rest_and_what_was_left_out():
    ids = np.array([[1, 1, 1, 1], [1, 1, 9, 9], [4, 0, 255, 255]])
    text = describe_map(map_of(ids, grid_at(9.0, 45.5, 3, 4), confidence=0.8))
    assert text == (
        "On 2021-08-14 the area (492 ha) was forest (60 %), sea or lake (20 %) and annual crops (10 %); "
        "the remaining 10 % was other land. The network is 80 % sure of a tile on average. "
        "2 tiles (82 ha) are left out of these figures: 2 cloudy."
    )


def test_the_shares_in_the_sentence_add_up_to_100():
    # 28.3, 20.1 and 16.4 per cent: the rest is 35.2, but who adds up reads 36.
    ids = np.repeat([0, 1, 2, 5, 6], [283, 201, 164, 176, 176]).reshape(20, 50)
    text = describe_map(map_of(ids, grid_at(9.0, 45.5, 20, 50)))
    assert "annual crops (28 %), forest (20 %) and" in text
    classified = [int(part.split(" %")[0]) for part in text.split("(")[2:5]]
    rest = int(text.split("the remaining ")[1].split(" %")[0])
    assert sum(classified) + rest == 100
    ids = np.repeat([0, 1, 2, 3], [9970, 10, 10, 10]).reshape(100, 100)
    text = describe_map(map_of(ids, grid_at(9.0, 45.5, 100, 100)))
    assert "over 99 %" in text and "less than 1 %" in text and "hardly any of it was other land" in text


def test_a_map_without_names_and_a_simulated_one_say_so():
    grid = grid_at(9.0, 45.5, 1, 2)
    assert describe_map(map_of(np.full((1, 2), 255), grid)) == (
        "On 2021-08-14 no tile of the area could be named: 2 cloudy."
    )
    assert describe_map(map_of(np.zeros((1, 2)), grid, simulated=True)).startswith("SIMULATED imagery: On 2021")
