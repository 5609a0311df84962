"""Labelled scenes: made ones here; real ones where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from lulc_core.cli.main import main
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.labelled_scenes import CROSSWALKS, Cells, accepted_classes, area_under_curve, labels_on, measure_outside
from lulc_core.model.card import evaluation_path, resolve
from lulc_core.model.classifier import load_classifier
from tests.real_data import SHARED_DATA

OUTSIDE = SHARED_DATA / "outside"
PX, WEST, NORTH = 320, 500_000, 5_000_000
WATER, FOREST = CLASS_NAMES.index("SeaLake"), CLASS_NAMES.index("Forest")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sea of 3.2 km; somebody's map calls its western half water, its eastern half trees, and a corner snow."""
    place = {"transform": from_origin(WEST, NORTH, 10, 10), "crs": "EPSG:32633"}
    pixels = np.random.default_rng(0).normal((900, 700, 400), 8, (PX, PX, 3)).astype(np.uint16)
    with rasterio.open(
        tmp_path / "sea_L1C_3b.tif", "w", driver="GTiff", height=PX, width=PX, count=3, dtype="uint16", **place
    ) as file:
        file.write(np.moveaxis(pixels, 2, 0))
        file.descriptions = ("B02", "B03", "B04")
        file.update_tags(level="L1C", date="2021-06-01")
    labels = np.full((PX, PX), 1, np.uint8)
    labels[:, PX // 2 :] = 2
    labels[:64, :64] = 7
    with rasterio.open(
        tmp_path / "sea_land_cover.tif", "w", driver="GTiff", height=PX, width=PX, count=1, dtype="uint8", **place
    ) as file:
        file.write(labels, 1)
    return tmp_path


def test_half_of_a_sea_that_is_called_forest_is_half_right(folder):
    found = measure_outside(folder, load_classifier())
    (scene,) = found["scenes"]
    assert scene["name"] == "sea_L1C_3b"
    assert scene["cells"] == found["cells"] > 200
    assert 0.4 < found["right"] < 0.55  # what is called snow does not count
    assert found["stated"] > 0.8
    assert found["ece"] == pytest.approx(found["stated"] - found["right"], abs=0.05)
    assert found["sure"]["n"] > 100 and 0.4 < found["sure"]["right"] < 0.6
    assert found["sure"]["roads"] == 0 and found["sure"]["right_but_roads"] == found["sure"]["right"]
    assert json.loads(json.dumps(found)) == found


def test_the_command_measures_scenes_alone(folder, capsys):
    assert main(["evaluate", "--outside", str(folder)]) == 0
    text = capsys.readouterr().out
    assert "labelled scenes: 1 of" in text and "sea_L1C_3b" in text
    assert main(["evaluate"]) == 2
    assert "Give --data EuroSAT.zip, --outside DIR" in capsys.readouterr().err


def test_cells_count_where_one_label_covers_most_of_them():
    labels = np.zeros((32, 48), np.uint8)
    labels[:16, :16] = 1
    labels[:16, 16:26] = 2  # ten of sixteen columns: enough
    labels[:16, 32:41] = 2  # nine are not
    labels[16:, :16] = 7  # snow has no counterpart
    accepted = accepted_classes(labels, CROSSWALKS["_land_cover.tif"])
    assert accepted.shape == (2, 3, 10)
    assert accepted.any(axis=2).tolist() == [[True, True, False], [False, False, False]]
    assert [CLASS_NAMES[i] for i in np.flatnonzero(accepted[0, 0])] == ["River", "SeaLake"]
    assert np.flatnonzero(accepted[0, 1]).tolist() == [FOREST]


def test_labels_are_read_where_the_pixels_lie(folder):
    grid = TileGrid(32633, 782 * 4, 7811 * 4 - 1, 8, 8, cell_m=160)  # a tile and a half from the corner
    read = labels_on(grid, folder / "sea_land_cover.tif")
    left, _, _, top = grid.bounds
    rows, cols = round((NORTH - top) / 10), round((left - WEST) / 10)
    with rasterio.open(folder / "sea_land_cover.tif") as file:
        expected = file.read(1)[rows : rows + read.shape[0], cols : cols + read.shape[1]]
    np.testing.assert_array_equal(read, expected)
    (folder / "x_labels.tif").write_bytes(b"no map")
    with pytest.raises(FileFormatError, match=r"x_labels\.tif is something else"):
        labels_on(grid, folder / "x_labels.tif")


def test_folders_without_a_pair_are_said(tmp_path):
    with pytest.raises(InputError, match="no labelled scene"):
        measure_outside(tmp_path, load_classifier())


def test_the_power_makes_certainty_as_large_as_the_share_that_is_right():
    from benchmarks.detail_outside import HIGHEST, LOWEST, fit_power, stated_with

    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(10, 0.4), 500).astype(np.float32)
    no = np.zeros(500, bool)

    def cells(share_right: float) -> Cells:
        return Cells(probabilities.argmax(1), probabilities, np.arange(500) < 500 * share_right, no, no)

    modest, boastful = fit_power([cells(0.7)]), fit_power([cells(0.4)])
    assert boastful < 1 < modest
    assert stated_with([cells(0.7)], modest) == pytest.approx(0.7, abs=0.002)
    assert fit_power([cells(0.0)]) == LOWEST and fit_power([cells(1.0)]) == HIGHEST


def test_area_under_curve_counts_pairs():
    score, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    assert area_under_curve(score, right) == 0.75  # three of the four pairs
    assert area_under_curve(np.ones(4), right) == 0.5
    assert area_under_curve(score, np.ones(4, bool)) is None


@pytest.mark.real_data("outside")
def test_stored_figures_are_those_of_the_real_scenes():
    found = measure_outside(OUTSIDE, load_classifier())
    stored = json.loads(evaluation_path(resolve("default")).read_text())
    assert found["cells"] == stored["outside"]["cells"]
    assert found["right"] == pytest.approx(stored["outside"]["right"], abs=0.02)  # 8 bits differ by processor
