"""Probabilities that mean what they say: one temperature, and how far off it leaves them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from lulc_core.domain.evaluation import ReliabilityBin

N_BINS = 15


def fit_temperature(logits: NDArray[np.floating], class_ids: NDArray[np.int64]) -> float:
    """Fit the temperature that makes the reference classes likeliest.

    Args:
        logits: (N, C).
        class_ids: (N,) reference.

    Returns:
        Within 0.1 to 10; 1 leaves probabilities as they are.

    Source: Guo et al. 2017, arXiv 1706.04599.
    """

    def loss(log_t: float) -> float:
        z = logits.astype(np.float64) / np.exp(log_t)
        return float((logsumexp(z, axis=1) - z[np.arange(len(z)), class_ids]).mean())

    # The loss has one minimum in 1 / T.
    found = minimize_scalar(loss, bounds=(np.log(0.1), np.log(10.0)), method="bounded", options={"xatol": 1e-10})
    return float(np.exp(found.x))


def reliability(probabilities: NDArray[np.floating], class_ids: NDArray[np.int64]) -> tuple[ReliabilityBin, ...]:
    """Compare confidence with accuracy in N_BINS equal ranges of confidence.

    Args:
        probabilities: (N, C), rows sum to 1.
        class_ids: (N,) reference.
    """
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == class_ids
    which = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    bins = []
    for i in range(N_BINS):
        in_bin = which == i
        n = int(in_bin.sum())
        mean_confidence = float(confidence[in_bin].mean()) if n else 0.0
        accuracy = float(right[in_bin].mean()) if n else 0.0
        bins.append(ReliabilityBin(i / N_BINS, (i + 1) / N_BINS, n, mean_confidence, accuracy))
    return tuple(bins)


def expected_calibration_error(probabilities: NDArray[np.floating], class_ids: NDArray[np.int64]) -> float:
    """Average the distance of confidence and accuracy over the bins, weighed by their tiles; 0 to 1, 0 for no tiles.

    Source: Naeini et al. 2015, with N_BINS equal-width bins as in Guo et al. 2017.
    """
    n = len(class_ids)
    bins = reliability(probabilities, class_ids)
    return sum(b.n * abs(b.confidence - b.accuracy) for b in bins) / n if n else 0.0
