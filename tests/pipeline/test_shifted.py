"""Tiles as the mean over shifted windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lulc_core.pipeline.cells import classify_tiles, to_grey
from lulc_core.pipeline.shifted import SHIFTS, mean_over_shifts
from tests.arrays import BrightnessClassifier, Card, grid_at, scene_of


def _by_hand(network, grey, top, left, tops_and_lefts) -> np.ndarray:
    places = [(top, left), *tops_and_lefts]
    return np.mean([network.predict(grey[None, y : y + 64, x : x + 64]).probabilities[0] for y, x in places], axis=0)


def test_the_mean_is_over_the_tile_and_four_windows_around_moved_back_at_the_edge():
    grid = grid_at(8.85, 45.49, 2, 3)
    scene = scene_of(grid, seed=3)
    red = np.linspace(0.02, 0.26, grid.shape_px[1], dtype=np.float32)  # brighter to the east
    scene.reflectance.setflags(write=True)
    scene.reflectance[scene.bands.index("B04")] = red
    network = BrightnessClassifier(card=Card(shifted_windows=True), confidence=0.9)
    heard: list[float] = []
    found = classify_tiles(scene, network, min_clear_share=0.5, on_progress=lambda f, m: heard.append(f))
    grey = to_grey(scene, network.card)
    corner = _by_hand(network, grey, 0, 0, [(0, 0), (0, 16), (16, 0), (16, 16)][1:])
    np.testing.assert_allclose(found.probabilities[0, 0], corner, atol=1e-6)  # one window is the tile itself
    middle = _by_hand(network, grey, 64, 64, [(48, 48), (48, 80), (64, 48), (64, 80)])
    np.testing.assert_allclose(found.probabilities[1, 1], middle, atol=1e-6)
    assert found.confidence[1, 1] < 0.9  # the windows do not agree
    assert heard == sorted(heard) and heard[-1] == 1.0
    plain = classify_tiles(scene, replace(network, card=Card()), min_clear_share=0.5)
    assert plain.confidence[1, 1] == pytest.approx(0.9)


def test_windows_with_cloud_or_without_pixels_have_no_say():
    network = BrightnessClassifier()
    grey = np.full((64, 128, 3), 10, np.uint8)
    grey[:, 64:] = 190
    valid = np.ones((64, 128), bool)
    valid[:, 64:] = False
    at = np.zeros(1, np.intp)
    own = network.predict(grey[None, :, :64]).probabilities
    np.testing.assert_array_equal(mean_over_shifts(own, network, grey, valid, at, at), own)
    valid[:] = True
    assert not np.array_equal(mean_over_shifts(own, network, grey, valid, at, at), own)
    assert len(SHIFTS) == 4
