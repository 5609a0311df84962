from __future__ import annotations

import numpy as np
import pytest

from lulc_core.model.unlike import UnlikeDetector, fit_unlike, light_of


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(3)
    kinds = np.arange(600) % 10
    features = (rng.gamma(2, size=(600, 6)) + 4 * np.eye(10, 6)[kinds]).astype(np.float32)
    rgb = np.clip(rng.normal(100, 20, (600, 16, 16, 3)) + rng.normal(0, 10, (600, 1, 1, 3)), 1, 255).astype(np.uint8)
    return fit_unlike(rgb, features, kinds), rgb, features


def test_training_patches_are_below_one(fitted):
    detector, rgb, features = fitted
    share = (detector.score(rgb, features) <= 1).mean()
    assert 0.93 < share < 0.97  # 4 % by features, 1 % by light


def test_far_features_and_odd_light_each_suffice(fitted):
    detector, rgb, features = fitted
    assert (detector.score(rgb[:9], features[:9] + 30) > 2).all()
    white = np.full((1, 16, 16, 3), 255, np.uint8)
    assert detector.score(white, features[:1])[0] > 2


def test_distance_is_that_of_mahalanobis(fitted):
    detector, rgb, features = fitted
    x = np.sqrt(features + 1e-3)
    covariance = np.cov(x.T)
    inverse = np.linalg.inv(covariance + 1e-2 * np.trace(covariance) / 6 * np.eye(6))
    away = x[:50] - x.mean(0)
    expected = np.sqrt(np.einsum("ni,ij,nj->n", away, inverse, away) / 6)
    assert np.allclose(detector.distances(rgb[:50], features[:50])[0], expected, rtol=1e-3)


def test_black_tiles_are_unlike_whatever_the_network_makes_of_them(fitted):
    detector, rgb, features = fitted
    black = rgb[:2].copy()
    black[0, :, :10] = 0  # ten of sixteen columns
    black[1, :, :6] = 0
    scores = detector.score(black, features[:2])
    assert scores[0] >= 10
    assert scores[1] < 10


def test_light_is_mean_and_spread_by_channel():
    rgb = np.zeros((1, 8, 12, 3), np.uint8)
    rgb[:, :, :, 0] = 50
    rgb[:, :4, :, 2] = 20
    assert np.allclose(light_of(rgb), [[50, 0, 10, 0, 0, 10]])


def test_survives_the_weights_file(fitted):
    detector, rgb, features = fitted
    again = UnlikeDetector.from_tensors(detector.to_tensors())
    assert np.array_equal(again.score(rgb, features), detector.score(rgb, features))
    with pytest.raises(KeyError):
        UnlikeDetector.from_tensors({})
