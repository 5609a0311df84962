"""Changes of class probability in a tile: figures, order, words, and tiles that keep their class."""

from __future__ import annotations

import numpy as np

from lulc_core.analysis.change.class_probabilities import probability_points, probability_sentence, strongest_gain
from lulc_core.analysis.change.detect import change_map
from tests.analysis.change.change_maps import land_cover, vector

D1, D2 = "2019-07-16", "2021-08-14"


def test_points_are_differences_with_gains_first_and_losses_last():
    moved = probability_points(vector("A60 P40"), vector("I62 A02 P36"))
    assert [(m.cls.name, round(m.points)) for m in moved] == [("Industrial", 62), ("Pasture", -4), ("AnnualCrop", -58)]
    assert [m.words for m in moved] == ["+62", "−4", "−58"]
    everything = probability_points(vector("A60 P40"), vector("I62 A02 P36"), at_least=0)
    assert len(everything) == 10 and abs(sum(m.points for m in everything)) < 1e-3


def test_the_sentence_names_the_largest_first_and_a_new_neighbour():
    said = probability_sentence(vector("A60 P40"), vector("I62 A02 P36"))
    assert said == "The mixture of the tile: industrial +62 points, annual crops −58, pasture −4."
    beside = probability_sentence(vector("H90 A10"), vector("H60 I30 A10"))
    assert (
        "Ground crossed by a road is still the likeliest, but industrial ground seems to have come beside it." in beside
    )
    assert probability_sentence(vector("A"), vector("A")) == "The mixture of the tile is the same on both dates."


def test_a_tile_that_keeps_its_name_is_shown_as_shifted():
    before = land_cover([["H90 A10", "A", ".cloudy", "A"]], D1)
    after = land_cover([["H60 I40", "A85 P15", "A", "F"]], D2)
    ids, gain = strongest_gain(change_map(before, after))
    assert ids.tolist() == [[4, 255, 255, 1]]
    np.testing.assert_allclose(gain, [[0.4, 0, 0, 1]], atol=0.02)
