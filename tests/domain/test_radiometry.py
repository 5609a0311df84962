"""From numbers to reflectance to what is seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lulc_core.domain.radiometry import (
    BASELINE_04_OFFSET,
    SCL_CLEAR,
    normalized_difference,
    to_eurosat_rgb,
    to_reflectance,
    to_true_colour,
)


def test_dn_to_reflectance() -> None:
    dn = np.array([[0, 1, 1000, 1500, 11000]], np.uint16)
    np.testing.assert_allclose(to_reflectance(dn), [[0, 0.0001, 0.1, 0.15, 1.1]], rtol=1e-6)
    np.testing.assert_allclose(to_reflectance(dn, offset=BASELINE_04_OFFSET), [[0, 0, 0, 0.05, 1.0]], rtol=1e-6)
    assert to_reflectance(dn).dtype == np.float32
    half = np.array([0.0, 32767.5], np.float32)
    np.testing.assert_allclose(to_reflectance(half, quantification=65535), [0, 0.5], rtol=1e-6)


def test_eurosat_s_stretch() -> None:
    reflectance = np.array([0, 0.275 / 254, 0.1375, 0.275, 0.4, 9.0], np.float32)
    np.testing.assert_array_equal(to_eurosat_rgb(reflectance), [1, 2, 128, 255, 255, 255])
    assert to_eurosat_rgb(reflectance).dtype == np.uint8
    dn = np.arange(0, 4000, 7, dtype=np.uint16)
    own = np.clip(np.rint(1 + 254 * dn.astype(float) / 2750), 1, 255).astype(np.uint8)
    through = to_eurosat_rgb(to_reflectance(dn)).astype(int)
    assert np.abs(through - own).max() <= 1
    assert np.mean(through == own) > 0.99


def test_true_colour_is_the_same_gain_for_every_date() -> None:
    np.testing.assert_array_equal(to_true_colour(np.array([0, 0.2, 0.4, 0.8], np.float32)), [0, 128, 255, 255])
    np.testing.assert_array_equal(to_true_colour(np.array([0.2], np.float32), gain=1.0), [51])


def test_ndvi() -> None:
    nir, red = np.array([0.4, 0.0, 0.1], np.float32), np.array([0.1, 0.0, 0.3], np.float32)
    np.testing.assert_allclose(normalized_difference(nir, red), [0.6, np.nan, -0.5], rtol=1e-6)


@given(st.integers(0, 65535), st.sampled_from([0, -1000]))
def test_reflectance_is_never_negative_and_rises_with_dn(dn: int, offset: int) -> None:
    one, more = to_reflectance(np.array([dn, min(dn + 1, 65535)], np.uint16), offset=offset)
    assert 0 <= one <= more


def test_clear_codes_are_those_of_the_facts() -> None:
    assert set(SCL_CLEAR) == {2, 4, 5, 6, 7, 11}
    assert not set(SCL_CLEAR) & {0, 1, 3, 8, 9, 10}


@pytest.mark.parametrize("shape", [(3,), (17, 11), (2, 17, 11)])
def test_shapes_are_kept(shape: tuple[int, ...]) -> None:
    values = np.full(shape, 500, np.uint16)
    assert to_reflectance(values).shape == to_eurosat_rgb(to_reflectance(values)).shape == shape
