"""Sentences for people: each kind of tile gets its own. The wording itself: tests/approved/describe_*.txt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lulc_core.analysis.describe import describe_map, describe_tile
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import TileFlag
from lulc_core.language.catalogue import LANGUAGES
from lulc_core.language.words import Words
from tests.approval import Keys, approve
from tests.arrays import grid_at, map_of

KEYS = Keys()
TILES = {
    "tile.likely_or(first=residential (83 %), second=industrial (12 %))": (0.83, 0.12),
    "tile.likely(first=residential (92 %))": (0.92, 0.02),
    "tile.certain(first=residential (over 99 %))": (0.999, 0.0005),
    "tile.unsure_or(first=residential (40 %), second=industrial (35 %))": (0.4, 0.35, TileFlag.UNSURE),
    "tile.cloudy(clear=12 %)": (0.8, 0.1, TileFlag.CLOUDY, 0.12),
    "tile.no_data": (0.8, 0.1, TileFlag.NO_DATA, 0.0),
    "tile.unlike(first=residential)": (0.8, 0.1, TileFlag.OOD),
    "tile.certain(first=residential (98 %)) tile.partly_cloudy(clear=70 %)": (0.98, 0.01, TileFlag.PARTLY_CLOUDY, 0.7),
}


def _tile(first: float, second: float, flags: TileFlag = TileFlag.NONE, clear: float = 1.0, words: Words = KEYS) -> str:
    """The sentence of a residential tile with industrial as second guess."""
    land_cover = map_of(np.array([[7]]), grid_at(9.0, 45.5, 1, 1))
    p = np.full((1, 1, 10), (1 - first - second) / 8, np.float32)
    p[0, 0, 7], p[0, 0, 4] = first, second
    left_out = flags & (TileFlag.NO_DATA | TileFlag.CLOUDY | TileFlag.OOD)
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
        words,
    )


@pytest.mark.parametrize(("text", "arguments"), TILES.items())
def test_each_kind_of_tile_has_its_sentence(text, arguments):
    assert _tile(*arguments) == text


def test_tiles_outside_the_shape_say_so_and_outside_the_grid_are_refused():
    aoi = Aoi.from_geojson(
        {"type": "Polygon", "coordinates": [[[8.80, 45.45], [8.86, 45.45], [8.80, 45.49], [8.80, 45.45]]]}
    )
    grid = TileGrid.from_aoi(aoi)
    row, col = (int(v) for v in np.argwhere(~grid.inside)[0])
    assert describe_tile(map_of(np.zeros(grid.shape), grid), row, col, KEYS) == "tile.outside"
    with pytest.raises(IndexError):
        describe_tile(map_of(np.zeros(grid.shape), grid), grid.n_rows, 0)


MIXED = np.array([[1, 1, 1, 1], [1, 1, 9, 9], [4, 0, 255, 255]])


def test_a_map_says_how_much_was_named_then_groups_then_classes():
    sentences = describe_map(map_of(MIXED, grid_at(9.0, 45.5, 3, 4), confidence=0.8), KEYS)
    assert list(sentences) == [
        "Named.part(day=14 August 2021, share=83 %, reasons=under cloud, named=410 ha, area=492 ha, left=82 ha)",
        "land.groups(list=group.nature (50 %), group.water (17 %), group.farmland (8 %) and group.built_up (8 %))",
        "land.classes(3, list=forest (50 %), sea or lake (17 %) and annual crops (8 %))",
        "sure.mean(share=80 %)",
    ]


def test_roads_and_rivers_are_squares_crossed_and_no_land():
    ids = np.array([[3, 3, 1, 1], [8, 1, 1, 1]])
    sentences = describe_map(map_of(ids, grid_at(9.0, 45.5, 2, 4)), KEYS)
    text = " ".join(sentences)
    assert "land.groups(list=group.nature (62 %)) land.classes(1, list=forest (62 %))" in text
    assert "land.crossed.Highway(2, share=25 %) land.crossed.River(1, share=12 %)" in text


def test_less_than_half_named_is_an_amber_note():
    sentences = describe_map(map_of(np.array([[1, 255, 255]]), grid_at(9.0, 45.5, 1, 3)), KEYS)
    assert sentences[0].startswith("Named.part(") and sentences[-1].startswith("Caution.few(1, ")


def test_no_share_is_rounded_to_a_promise():
    ids = np.repeat([0, 1], [9970, 30]).reshape(100, 100)
    sentences = describe_map(map_of(ids, grid_at(9.0, 45.5, 100, 100)), KEYS)
    assert "annual crops (over 99 %)" in " ".join(sentences)


def test_a_map_without_names_and_a_simulated_one_say_so():
    grid = grid_at(9.0, 45.5, 1, 2)
    nothing = describe_map(map_of(np.full((1, 2), 255), grid), KEYS)
    assert nothing[0] == "Land.nothing(day=14 August 2021, reasons=under cloud)" and len(nothing) == 1
    assert describe_map(map_of(np.zeros((1, 2)), grid, simulated=True), KEYS)[0] == "simulated.first"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_wording_is_the_approved_one(lang):
    words = Words(lang)
    lines = [_tile(*arguments, words=words) for arguments in TILES.values()]
    grid = grid_at(9.0, 45.5, 3, 4)
    for m in (map_of(MIXED, grid), map_of(np.zeros((3, 4)), grid, simulated=True), map_of(np.full((3, 4), 255), grid)):
        lines += ["== map", *describe_map(m, words)]
    approve(f"describe_{lang}", "\n".join(lines))
