"""What the browser gets to draw tiles from."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import FLAG_NAMES, LandCoverMap, ModelInfo, TileFlag
from lulc_core.domain.scene import Acquisition
from lulc_core.language.words import Words, english
from lulc_core.ui.map import data as map_data

AREAS = {
    "north": Aoi.from_bbox(8.80, 45.45, 8.90, 45.52),
    "south": Aoi.from_bbox(-68.8, -33.2, -68.5, -33.0),
    "antimeridian": Aoi.from_bbox(179.9, -17.0, -179.8, -16.8),
    "zone edge, far north": Aoi.from_bbox(11.5, 69.8, 12.6, 70.2),
}


def land_cover(aoi: Aoi, seed: int = 0) -> LandCoverMap:
    grid = TileGrid.from_aoi(aoi)
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(10, 0.2), grid.shape).astype(np.float32)
    ids = probabilities.argmax(axis=2).astype(np.uint8)
    flags = np.zeros(grid.shape, np.uint8)
    outside = ~grid.inside
    ids[outside], probabilities[outside] = 255, np.nan
    row, col = np.argwhere(grid.inside)[len(np.argwhere(grid.inside)) // 2]
    ids[row, col], probabilities[row, col], flags[row, col] = 255, np.nan, TileFlag.CLOUDY
    acquisition = Acquisition("a", datetime(2021, 8, 14, tzinfo=UTC), "simulated", "L1C", "S2A", simulated=True)
    return LandCoverMap(
        grid, acquisition, ModelInfo("m", "0"), probabilities, ids, flags, np.ones(grid.shape, np.float32)
    )


def decoded(aoi: Aoi) -> tuple[LandCoverMap, dict]:
    made = land_cover(aoi)
    return made, json.loads(map_data.tiles_json(made, aoi))


def bytes_of(data: dict, name: str, shape: tuple[int, int]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(data[name]), np.uint8).reshape(shape)


@pytest.mark.parametrize("name", AREAS)
def test_tiles_arrive_as_they_are(name: str) -> None:
    made, data = decoded(AREAS[name])
    shape = made.grid.shape
    assert (data["rows"], data["cols"]) == shape
    np.testing.assert_array_equal(bytes_of(data, "class_ids", shape), made.class_ids)
    np.testing.assert_array_equal(bytes_of(data, "flags", shape), made.flags)
    np.testing.assert_array_equal(bytes_of(data, "inside", shape), made.grid.inside)
    percent = bytes_of(data, "percent", shape)
    asked = np.isfinite(made.confidence)
    np.testing.assert_allclose(percent[asked], made.confidence[asked] * 100, atol=0.5001)
    assert (percent[~asked] == 255).all()


@pytest.mark.parametrize("name", AREAS)
def test_lattice_corners_are_true_within_a_metre_also_between_nodes(name: str) -> None:
    made, data = decoded(AREAS[name])
    grid, rows, cols = made.grid, data["node_rows"], data["node_cols"]
    lng = np.array(data["node_lng"]).reshape(len(rows), len(cols))
    lat = np.array(data["node_lat"]).reshape(len(rows), len(cols))
    middle = (AREAS[name].bbox[0] + AREAS[name].bbox[2]) / 2
    worst = 0.0
    for row in range(grid.n_rows):
        for col in range(grid.n_cols):
            ring = map_data.tile_ring(grid, row, col, near=middle)
            corner = max(ring, key=lambda p: p[1] - 0.5 * abs(p[0] - min(q[0] for q in ring)))
            i = min(int(np.searchsorted(rows, row, side="right")) - 1, len(rows) - 2)
            j = min(int(np.searchsorted(cols, col, side="right")) - 1, len(cols) - 2)
            v, u = (row - rows[i]) / (rows[i + 1] - rows[i]), (col - cols[j]) / (cols[j + 1] - cols[j])
            weights = np.array([[(1 - v) * (1 - u), (1 - v) * u], [v * (1 - u), v * u]])
            x = (weights * lng[i : i + 2, j : j + 2]).sum()
            y = (weights * lat[i : i + 2, j : j + 2]).sum()
            metres = np.hypot((x - corner[0]) * 111_320 * np.cos(np.radians(y)), (y - corner[1]) * 111_320)
            worst = max(worst, metres)
    assert worst < 1.5
    assert abs(lng - middle).max() < 2, "longitudes must stay on one turn of the globe"


def test_the_outline_and_the_selected_tile_are_on_the_turn_of_the_drawing() -> None:
    aoi = AREAS["antimeridian"]
    made, data = decoded(aoi)
    outline = np.array(data["outline"][0][0])
    assert (outline[:, 0].min(), outline[:, 0].max()) == (aoi.bbox[0], aoi.bbox[2])
    assert outline[:, 0].min() < -180, "this area is meant to cross"
    for col in (0, made.grid.n_cols - 1):
        ring = np.array(map_data.tile_ring(made.grid, 3, col, near=aoi.bbox[0]))
        assert abs(ring[:, 0] - aoi.bbox[0]).max() < 1


def test_the_browser_has_classes_and_flags_of_the_domain() -> None:
    options = map_data.options(english())
    assert [(c["id"], c["letter"], c["color"]) for c in options["classes"]] == [
        (c.id, c.letter, c.color) for c in CLASSES
    ]
    assert dict(map(tuple, options["flags"])) == {
        int(flag): english().translate(f"map.flag.{name}") for flag, name in FLAG_NAMES.items()
    }
    assert {c["ink"] for c in options["classes"]} == {"#FFFFFF", "#111111"}


def test_classes_have_the_letters_of_the_reader() -> None:
    for words in (english(), Words("it")):
        said = map_data.options(words)["classes"]
        assert [c["letter"] for c in said] == [words.class_letter(c.id) for c in CLASSES]
    assert said[0]["letter"] == "S", "seminativi"
