"""What makes the names of a map doubtful: a sentence for each reason, none where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from lulc_core.domain.classes import in_training_ground
from lulc_core.language.coverage import cautions, named_sentence
from lulc_core.language.words import Words
from tests.approval import Keys
from tests.arrays import grid_at, map_of

KEYS = Keys()
FOREST = np.ones((2, 2))
HOME = grid_at(9.0, 45.5, 2, 2)


def test_a_map_like_the_training_data_has_no_caution():
    assert cautions([map_of(FOREST, HOME)], KEYS) == ()
    assert named_sentence(map_of(FOREST, HOME), KEYS) == "Named.all(day=14 August 2021, area=164 ha)"


@pytest.mark.parametrize(
    ("key", "land_cover"),
    [
        ("few", map_of(np.array([[1, 255], [255, 255]]), HOME)),
        ("level", map_of(FOREST, HOME, level="L2A")),
        ("winter", map_of(FOREST, HOME, datetime=datetime(2021, 12, 20, 10, 20, tzinfo=UTC))),
        ("cloud", map_of(FOREST, HOME, clear_share=None)),
        ("europe", map_of(FOREST, grid_at(9.0, 9.0, 2, 2))),
    ],
)
def test_each_reason_has_its_sentence(key, land_cover):
    (found,) = cautions([land_cover], KEYS)
    assert found.lower().startswith(f"caution.{key}(1, ")


def test_dates_are_named_together_and_simulated_clouds_are_known():
    first = map_of(FOREST, HOME, level="L2A")
    second = replace(first, acquisition=replace(first.acquisition, datetime=datetime(2022, 8, 1, tzinfo=UTC)))
    assert cautions([first, second], KEYS) == ("Caution.level(2, days=14 August 2021 and 1 August 2022)",)
    assert cautions([map_of(FOREST, HOME, simulated=True, clear_share=None)], KEYS) == ()


@pytest.mark.parametrize("lang", ["en", "it"])
def test_they_are_sentences_in_each_language(lang):
    bad = map_of(np.full((2, 2), 255), grid_at(9.0, 9.0, 2, 2), level="L2A", clear_share=None)
    found = cautions([bad], Words(lang))
    assert len(found) == 3 and all(text[0].isupper() and text.endswith(".") for text in found)


@pytest.mark.parametrize(
    ("lon", "lat", "inside"),
    [
        (8.8, 45.4, True), (-3.7, 40.4, True), (25.0, 60.2, True), (-21.9, 64.1, True),
        (33.4, 35.1, True), (30.5, 50.4, True),
        (24.9, 35.2, True), (14.4, 35.9, True), (-9.1, 38.7, True), (10.2, 36.8, False), (-6.8, 34.0, False),
        (29.0, 41.0, False), (32.8, 39.9, False), (35.5, 33.9, False), (37.6, 55.8, False), (147.0, -36.5, False),
        (351.0, 38.7, True),
    ],
)  # fmt: skip
def test_the_training_ground_is_the_europe_of_eurosat(lon, lat, inside):
    assert in_training_ground(lon, lat) == inside
