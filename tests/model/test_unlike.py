from __future__ import annotations

import numpy as np
import pytest

from lulc_core.model.unlike import UnlikeDetector, fit_unlike, light_of


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(3)
    class_ids = np.arange(600) % 10
    features = (rng.normal(size=(600, 6)) + 4 * np.eye(10, 6)[class_ids]).astype(np.float32)
    rgb = np.clip(rng.normal(100, 20, (600, 16, 16, 3)) + rng.normal(0, 10, (600, 1, 1, 3)), 1, 255).astype(np.uint8)
    return fit_unlike(rgb, features, class_ids, 10), rgb, features


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
    class_ids = np.arange(600) % 10
    means = np.stack([features[class_ids == c].mean(0) for c in range(10)])
    within = features - means[class_ids]
    covariance = within.T @ within / 600
    inverse = np.linalg.inv(covariance + 1e-3 * np.trace(covariance) / 6 * np.eye(6))
    away = features[:50, None] - means[None]
    expected = np.sqrt(np.einsum("nki,ij,nkj->nk", away, inverse, away).min(1) / 6)
    assert np.allclose(detector.distances(rgb[:50], features[:50])[0], expected, rtol=1e-3)


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
