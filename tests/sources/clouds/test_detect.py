"""The trees of s2cloudless say what they say in LightGBM, and blocks are smoothed and widened."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.sources.clouds.detect import BLOCK_M, block_means, detect_clouds
from lulc_core.sources.clouds.trees import BANDS, cloud_probability

CLEAR = (0.125, 0.095, 0.07, 0.1, 0.225, 0.25, 0.07, 0.0012, 0.17, 0.1)
THIN = (0.186, 0.171, 0.146, 0.17, 0.27, 0.28, 0.1, 0.035, 0.21, 0.12)
CLOUD = (0.31, 0.30, 0.29, 0.31, 0.39, 0.37, 0.15, 0.03, 0.32, 0.24)
SNOW = (0.70, 0.65, 0.60, 0.62, 0.65, 0.63, 0.3, 0.004, 0.08, 0.07)
OF_LIGHTGBM = (0.0178598, 0.9901117, 0.9944128, 0.1347641)


def blocks(spectrum: np.ndarray) -> dict[str, np.ndarray]:
    return {band: spectrum[..., i].astype(np.float32) for i, band in enumerate(BANDS)}


def test_probabilities() -> None:
    """Those of lightgbm 4.7.0 with the model file of s2cloudless 1.7.3."""
    pixels = np.array([CLEAR, THIN, CLOUD, SNOW])
    np.testing.assert_allclose(cloud_probability(pixels), OF_LIGHTGBM, atol=1e-6)
    assert cloud_probability(np.zeros((0, 10))).shape == (0,)


def test_many_pixels_are_each_told_on_their_own() -> None:
    pixels = np.array([CLEAR, CLOUD])[np.arange(40_000) % 2]
    found = cloud_probability(pixels)
    assert len(np.unique(found[::2])) == len(np.unique(found[1::2])) == 1 and found[1] > 0.9 > 0.1 > found[0]


def test_a_roof_is_smoothed_away_and_a_cloud_is_widened() -> None:
    land = np.tile(np.array(CLEAR), (20, 30, 1))
    land[3, 4] = CLOUD  # 80 m
    assert not detect_clouds(blocks(land), (160, 240)).any()
    land[8:16, 10:20] = CLOUD
    found = detect_clouds(blocks(land), (155, 237))
    assert found.shape == (155, 237)
    assert found[64:128, 80:160].all() and not found[:40].any() and not found[:, 190:].any()


def test_what_was_not_observed_is_no_cloud_and_hides_none() -> None:
    land = np.tile(np.array(CLOUD), (20, 30, 1))
    land[:, :15] = np.nan
    found = detect_clouds(blocks(land), (160, 240))
    assert found[:, 120:].all() and not found[:, :100].any()


@pytest.mark.parametrize(("pixel_m", "side"), [(10, 8), (20, 4), (60, 1), (300, 1)])
def test_blocks(pixel_m: float, side: int) -> None:
    values = np.arange(17 * 21, dtype=np.float32).reshape(17, 21)
    values[0, 0] = np.nan
    means = block_means(values, pixel_m)
    assert means.shape == (-(-17 // side), -(-21 // side)) and BLOCK_M == 80
    assert means[0, 0] == pytest.approx(np.nanmean(values[:side, :side])) if side > 1 else np.isnan(means[0, 0])
    if side == 8:
        assert np.isnan(means[2, 0]), "one row of eight is too little to judge by"
