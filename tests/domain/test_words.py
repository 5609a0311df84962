"""Bands, classes, acquisitions, scenes, maps: the tables are right and the types keep their promises."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES, BANDS, EUROSAT_MS_ORDER, L2A_BAND_NAMES, RGB, band
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, CORINE_L1, N_CLASSES, NO_DATA, class_by_name
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import FLAG_NAMES, LEFT_OUT, LandCoverMap, ModelInfo, TileFlag, flag_names
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.language.words import english
from tests.arrays import grid_at, map_of

GRID = TileGrid.from_aoi(Aoi.from_bbox(8.84, 45.48, 8.86, 45.49))


def test_bands_are_in_the_order_of_their_wavelength() -> None:
    assert len(BANDS) == 13
    for satellite in ("S2A", "S2B", "S2C"):
        centres = [b.centre_nm[satellite] for b in BANDS]
        assert centres == sorted(centres)
    assert BAND_NAMES[7:9] == ("B08", "B8A")
    assert EUROSAT_MS_ORDER[-1] == "B8A"
    assert sorted(EUROSAT_MS_ORDER) == sorted(BAND_NAMES)
    assert set(BAND_NAMES) - set(L2A_BAND_NAMES) == {"B10"}
    assert [band(n).title for n in RGB] == ["red", "green", "blue"]
    assert {b.name for b in BANDS if b.atmospheric} == {"B09", "B10"}
    assert {b.pixel_m for b in BANDS} == {10, 20, 60}
    with pytest.raises(KeyError):
        band("B13")


@pytest.mark.parametrize("satellite", ["S2A", "S2B", "S2C"])
def test_centres_agree_with_the_response_curves(shared_data: Callable[[str], Path], satellite: str) -> None:
    path = shared_data("README.md").parent.parent / "facts" / f"srf_{satellite}.csv"
    if not path.exists():
        pytest.skip("needs the response curves")
    with path.open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    wave_column = next(c for c in rows[0] if "nm" in c.lower() or "wave" in c.lower())
    waves = np.array([float(r[wave_column]) for r in rows])
    checked = 0
    for b in BANDS:
        column = next((c for c in rows[0] if b.name in c or b.name.replace("B0", "B") == c), None)
        if column is not None:
            response = np.array([float(r[column] or 0) for r in rows])
            assert np.average(waves, weights=response) == pytest.approx(b.centre_nm[satellite], abs=1.0), b.name
            checked += 1
    assert checked == 13


def test_classes_are_eurosat_s_in_their_order() -> None:
    assert N_CLASSES == 10
    assert list(CLASS_NAMES) == sorted(CLASS_NAMES)
    assert [c.id for c in CLASSES] == list(range(10))
    assert len({c.letter for c in CLASSES}) == len({c.color for c in CLASSES}) == len({c.label for c in CLASSES}) == 10
    assert all(c.corine_l1 in CORINE_L1 and c.corine_l2.startswith(str(c.corine_l1)) for c in CLASSES)
    assert class_by_name("SeaLake").letter == "S"
    assert NO_DATA == 255
    with pytest.raises(KeyError):
        class_by_name("Wetland")


def acquisition(**changes: object) -> Acquisition:
    known = {"id": "x", "datetime": datetime(2019, 7, 16, 10, tzinfo=UTC), "source": "geotiff"}
    return Acquisition(**{**known, "level": "L1C", "satellite": "S2A", **changes})


def test_an_acquisition_says_what_it_is() -> None:
    real = acquisition()
    assert real.date == "2019-07-16"
    assert real.attribution == "Contains modified Copernicus Sentinel data 2019"
    assert "SIMULATED" in acquisition(simulated=True).attribution
    assert real.available_bands == BAND_NAMES
    assert acquisition(level="L2A").available_bands == L2A_BAND_NAMES
    assert acquisition(bands=("B04", "B03")).available_bands == ("B03", "B04")
    with pytest.raises(FrozenInstanceError):
        real.id = "y"  # type: ignore[misc]


def scene() -> Scene:
    rows, cols = GRID.shape_px
    observed, clear = np.ones((rows, cols), bool), np.ones((rows, cols), bool)
    observed[:5], clear[:, :7] = False, False
    planes = np.stack([np.full((rows, cols), v, np.float32) for v in (0.1, 0.2)])
    return Scene(GRID, acquisition(), ("B03", "B04"), planes, observed, clear)


def test_a_scene_selects_by_name_and_is_read_only() -> None:
    made = scene()
    np.testing.assert_array_equal(made.select(["B04", "B03"])[:, 0, 0], np.float32([0.2, 0.1]))
    assert made.has("B03")
    assert not made.has("B03", "B08")
    np.testing.assert_array_equal(made.valid, made.observed & made.clear)
    with pytest.raises(KeyError, match="has no band B08; it has B03, B04"):
        made.select(["B08"])
    with pytest.raises(ValueError, match="read-only"):
        made.reflectance[0, 0, 0] = 1
    with pytest.raises(ValueError, match="shape"):
        replace(made, bands=("B03",))
    with pytest.raises(ValueError, match="shape"):
        replace(made, clear=made.clear[1:])


def test_a_map_counts_what_is_left_out_once() -> None:
    rows, cols = GRID.shape
    flags = np.zeros((rows, cols), np.uint8)
    flags[0, 0] = TileFlag.NO_DATA | TileFlag.CLOUDY
    flags[0, 1] = TileFlag.CLOUDY
    flags[1, 0] = TileFlag.OOD
    flags[1, 1] = TileFlag.PARTLY_CLOUDY
    ids = np.where(flags & int(LEFT_OUT), NO_DATA, 3).astype(np.uint8)
    made = LandCoverMap(
        GRID, acquisition(), ModelInfo("m", "0" * 64), np.full((rows, cols, 10), 0.1, np.float32), ids, flags,
        np.ones((rows, cols), np.float32),
    )  # fmt: skip
    assert GRID.inside[:2, :2].all()
    assert made.left_out() == {"no_data": 1, "beyond": 0, "cloudy": 1, "unlike": 1}
    assert made.classified.sum() == rows * cols - 3
    assert flag_names(int(flags[0, 0])) == ("no_data", "cloudy")
    infrared = {"no_water_seen", "water_seen", "no_plants_seen"}
    assert set(FLAG_NAMES.values()) == {"no_data", "cloudy", "unlike", "partly_cloudy", "unsure"} | infrared
    with pytest.raises(ValueError, match="shape"):
        replace(made, flags=flags[1:])


def test_a_date_has_one_clear_share() -> None:
    grid = replace(grid_at(9.0, 45.5, 1, 3), coverage=np.array([[1.0, 0.5, 0.0]], np.float32))
    # Its tiles have shares of 1, 0.1 and 1, which are no share of the area.
    unknown = map_of(np.array([[1, 255, 1]]), grid, clear_share=None, cloud_cover_pct=None)
    assert unknown.clear_share_of_area is None and english().clear(unknown.acquisition) == "cloud not known"
    assert map_of(np.array([[1, 255, 1]]), grid, clear_share=0.72).clear_share_of_area == 0.72


def test_a_share_of_the_area_is_measured_over_what_was_drawn() -> None:
    grid = replace(grid_at(9.0, 45.5, 1, 3), coverage=np.array([[1.0, 0.5, 0.0]], np.float32))
    observed, clear = np.ones(grid.shape_px, bool), np.ones(grid.shape_px, bool)
    observed[:, 96:] = False  # the image ends with the outline
    taken = map_of(np.array([[1, 255, 1]]), grid, clear_share=None).acquisition
    scene = Scene(grid, taken, ("B04",), np.zeros((1, *grid.shape_px), np.float32), observed, clear)
    assert scene.clear_share == 1
    half = clear.copy()
    half[:, 64:80] = False
    assert replace(scene, clear=half).clear_share == pytest.approx((1 + 0.25) / 1.5)
    assert replace(scene, observed=observed & (np.arange(192) < 64)).clear_share == pytest.approx(1 / 1.5)
    assert replace(scene, clouds_known=False).clear_share is None
