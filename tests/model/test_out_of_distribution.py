from __future__ import annotations

import numpy as np
import pytest

from lulc_core.model.out_of_distribution import OodDetector, fit_ood_detector

from .conftest import made_output


@pytest.fixture(scope="module")
def fitted():
    plain = made_output(3000, 6, seed=3)
    return fit_ood_detector([plain, plain._replace(band_stats=plain.band_stats * 1.3)]), plain


def test_training_patches_are_below_one(fitted):
    detector, plain = fitted
    share = (detector.score(plain) <= 1).mean()
    assert 0.93 < share < 0.98  # 3 % by features, 2 % by light
    assert (
        detector.score(plain._replace(band_stats=plain.band_stats * 1.3)) <= 1
    ).mean() > 0.9  # the other light passes too


def test_far_features_and_odd_light_each_suffice(fitted):
    detector, plain = fitted
    few = type(plain)(*(a[:9] for a in plain))
    assert (detector.score(few._replace(features=few.features + 30)) > 2).all()
    assert (detector.score(few._replace(band_stats=np.full((9, 6), 250, np.float32))) > 2).all()
    red = few.band_stats * np.array([1.6, 0.7, 0.5, 0.5, 0.5, 0.5], np.float32)  # no brighter than others, but red
    assert (detector.score(few._replace(band_stats=red)) > 1).all()


def test_distance_in_features_is_that_of_mahalanobis(fitted):
    detector, plain = fitted
    x = np.sqrt(plain.features + 1e-3)
    both = np.concatenate([x, x])
    covariance = np.cov(both.T)
    inverse = np.linalg.inv(covariance + 1e-2 * np.trace(covariance) / 6 * np.eye(6))
    away = x[:50] - x.mean(0)
    expected = np.sqrt(np.einsum("ni,ij,nj->n", away, inverse, away) / 6)
    assert np.allclose(detector.distances(plain.features[:50], plain.band_stats[:50])[0], expected, rtol=1e-3)


def test_distance_in_light_is_the_mean_over_draws_of_the_nearest(fitted):
    detector, plain = fitted
    band_stats = plain.band_stats[-600:]  # more than one part
    x = (np.log(band_stats + np.array([5, 5, 5, 3, 3, 3])) - detector.stats_mean) / detector.stats_std
    away = np.linalg.norm(x[:, None, None] - detector.stats_bank[None], axis=3)  # (n, draws, drawn)
    expected = away.min(2).mean(1)
    assert np.allclose(detector.distances(plain.features[-600:], band_stats)[1], expected, atol=2e-3)


def test_black_tiles_are_unlike_whatever_the_network_makes_of_them(fitted):
    detector, plain = fitted
    few = type(plain)(*(a[:2] for a in plain))._replace(zero_share=np.array([0.2, 0.05], np.float32))
    scores = detector.score(few)
    assert scores[0] >= 10
    assert scores[1] < 10


def test_survives_the_weights_file(fitted):
    detector, plain = fitted
    again = OodDetector.from_arrays({k: v.numpy() for k, v in detector.to_tensors().items()})
    assert np.array_equal(again.score(plain), detector.score(plain))
    with pytest.raises(KeyError):
        OodDetector.from_arrays({})
