from __future__ import annotations

import numpy as np
import pytest

from lulc_core.model.out_of_distribution import ROUGH_FROM, SOFT, OodDetector, fit_ood_detector, roughness

from .conftest import made_output


@pytest.fixture(scope="module")
def fitted():
    plain = made_output(3000, 6, seed=3)
    return fit_ood_detector([plain, plain._replace(band_stats=plain.band_stats * 1.3)]), plain


def test_training_patches_are_below_one(fitted):
    detector, plain = fitted
    share = (detector.score(plain) <= 1).mean()
    assert 0.93 < share < 0.98  # half a per cent by features, 4 % by light
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
    assert np.allclose(detector.distances(plain.features[:50], plain.band_stats[:50])[0], expected, rtol=3e-3)


def test_distance_in_light_is_the_mean_over_draws_of_the_nearest(fitted):
    detector, plain = fitted
    band_stats = plain.band_stats[-600:]  # more than one part
    x = (np.log(band_stats + np.array(SOFT)) - detector.stats_mean) / detector.stats_std
    away = np.linalg.norm(x[:, None, None] - detector.stats_bank[None], axis=3)  # (n, draws, drawn)
    expected = away.min(2).mean(1)
    assert np.allclose(detector.distances(plain.features[-600:], band_stats)[1], expected, atol=2e-3)


def test_black_tiles_are_unlike_whatever_the_network_makes_of_them(fitted):
    detector, plain = fitted
    few = type(plain)(*(a[:2] for a in plain))._replace(zero_share=np.array([0.2, 0.05], np.float32))
    scores = detector.score(few)
    assert scores[0] >= 10
    assert scores[1] < 10


def test_noise_is_rougher_than_anything_with_neighbours():
    rng = np.random.default_rng(1)
    noise = rng.integers(1, 256, (3, 64, 64, 3), dtype=np.uint8)
    slope = np.broadcast_to(np.arange(64, dtype=np.uint8)[:, None], (3, 64, 64, 3))
    water = np.clip(rng.normal(60, 1.5, (3, 64, 64, 3)), 1, 255).astype(np.uint8)  # its noise is no roughness
    fields = np.repeat(np.repeat(rng.integers(40, 160, (3, 8, 8, 3), dtype=np.uint8), 8, 1), 8, 2)
    assert (roughness(noise) > ROUGH_FROM).all()
    for calm in (slope, water, fields):
        assert (roughness(calm) < 0.75).all()
    assert roughness(noise[:0]).shape == (0,)


def test_more_is_kept_of_a_kind_with_more_copies():
    plain = made_output(3000, 6, seed=3)
    other = plain._replace(band_stats=plain.band_stats * 1.5)
    few, many = (fit_ood_detector([plain, other], copies=[1, k]) for k in (1, 3))
    assert many.stats_bank.shape[1] > few.stats_bank.shape[1]
    assert (
        many.distances(other.features, other.band_stats)[1].mean()
        < few.distances(other.features, other.band_stats)[1].mean()
    )


def test_weights_of_before_keep_the_logarithm_that_they_were_fitted_with(fitted):
    arrays = {k: v.numpy() for k, v in fitted[0].to_tensors().items()}
    del arrays["unlike.light_soft"]
    assert OodDetector.from_arrays(arrays).stats_soft.tolist() == [5, 5, 5, 3, 3, 3]


def test_survives_the_weights_file(fitted):
    detector, plain = fitted
    again = OodDetector.from_arrays({k: v.numpy() for k, v in detector.to_tensors().items()})
    assert np.array_equal(again.score(plain), detector.score(plain))
    with pytest.raises(KeyError):
        OodDetector.from_arrays({})
