"""Example places."""

from __future__ import annotations

import pytest

from lulc_core.ui.panels.examples import EXAMPLES


def test_the_first_example_is_the_fields_of_mesero() -> None:
    aoi = EXAMPLES[0].aoi
    assert aoi.center == pytest.approx((8.850, 45.488), abs=1e-4)
    assert aoi.area_km2 == pytest.approx(36, rel=0.02)


def test_examples_lie_in_both_hemispheres_and_have_a_period() -> None:
    assert {e.aoi.epsg // 100 for e in EXAMPLES} == {326, 327}
    assert all(e.start < e.end and 15 < e.aoi.area_km2 < 120 for e in EXAMPLES)
