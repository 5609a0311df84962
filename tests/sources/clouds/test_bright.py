"""Cloud is found; what is merely bright is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.sources.clouds.bright import bright_clouds

MEADOW = {"B01": 0.12, "B02": 0.09, "B03": 0.085, "B04": 0.07, "B08": 0.22, "B11": 0.17}
CLOUD = {"B01": 0.32, "B02": 0.30, "B03": 0.28, "B04": 0.28, "B08": 0.39, "B11": 0.32}
SAND = {"B01": 0.23, "B02": 0.24, "B03": 0.255, "B04": 0.287, "B08": 0.31, "B11": 0.40}
SNOW = {"B01": 0.70, "B02": 0.65, "B03": 0.60, "B04": 0.60, "B08": 0.65, "B11": 0.08}
ROOF = CLOUD


def meadow_with(patch: dict[str, float], rows: slice, cols: slice) -> dict[str, np.ndarray]:
    planes = {}
    for band, value in MEADOW.items():
        planes[band] = np.full((120, 90), value, np.float32)
        planes[band][rows, cols] = patch[band]
    return planes


@pytest.mark.parametrize("without", [(), ("B01",)])
def test_a_cloud_is_found_to_its_border(without: tuple[str, ...]) -> None:
    planes = meadow_with(CLOUD, slice(30, 80), slice(0, 60))
    cloud = bright_clouds({b: v for b, v in planes.items() if b not in without}, pixel_m=10)
    expected = np.zeros((120, 90), bool)
    expected[30:80, :60] = True
    np.testing.assert_array_equal(cloud, expected)


@pytest.mark.parametrize(
    ("patch", "rows", "cols"),
    [
        (SAND, slice(10, 110), slice(10, 80)),
        (SNOW, slice(10, 110), slice(10, 80)),
        (ROOF, slice(50, 60), slice(20, 80)),
    ],
)
def test_sand_snow_and_a_long_roof_are_no_cloud(patch: dict[str, float], rows: slice, cols: slice) -> None:
    assert not bright_clouds(meadow_with(patch, rows, cols), pixel_m=10).any()


def test_nothing_observed_is_no_cloud() -> None:
    assert not bright_clouds({b: np.zeros((30, 20), np.float32) for b in MEADOW}, pixel_m=10).any()
