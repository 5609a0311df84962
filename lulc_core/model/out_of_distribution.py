"""How far out of the distribution of the training data a tile is.

Three plain questions, the worst answer counts: does the tile lie far from the training patches in what the network
makes of it (pooled features; catches noise, no-data stripes, odd structures), are its bands as those of none of them
(mean and spread of red, green and blue; catches snow, cloud, glare, bare red ground), and is it empty. Features are
judged by one Gaussian around all training patches: real tiles often hold two classes, which EuroSAT's patches do not,
and a Gaussian or neighbours of each class flag them for being between two. Band statistics are judged by neighbours:
they fill a bent, patchy volume that no Gaussian fits (docs/model.md has the shares of both).

Source: Kamoi and Kobayashi 2020, arXiv 2003.00402, for one Gaussian over features; Sun et al. 2022, arXiv 2204.06507,
for distances to neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

FEATURE_SHARE = 0.97
STATS_SHARE = 0.98
"""Shares of the training patches whose distance counts as up to 1."""

DIRECTIONS = 256
"""Of the Gaussian over features at most; a network of 1,280 features would have a detector as large as itself."""

DRAWS, DRAWN = 5, 250
"""Draws of training patches whose band statistics are kept, and patches of each variant in one."""

EMPTY_SHARE = 0.1
EMPTY_SCORE = 10.0
"""Tiles with more black pixels than this get at least this score. Black, 0 in all three channels, is a value that
EuroSAT's stretch never gives (it starts at 1); dark lakes are not black."""

_TENSORS = {
    "mean": "mean",
    "whitening": "whitening",
    "stats_mean": "light_mean",
    "stats_std": "light_std",
    "stats_bank": "lights",
    "scales": "scales",
}
"""Names of the arrays in a weights file, ``unlike.<name>``, by those of :class:`OodDetector`."""


class NetworkOutput(NamedTuple):
    """Output of a network for N tiles, and statistics of the tiles themselves."""

    logits: NDArray[np.float32]
    """(N, C), before the temperature."""
    features: NDArray[np.float32]
    """(N, F), pooled, 0 or more."""
    band_stats: NDArray[np.float32]
    """(N, 6): mean and spread of red, green, blue over every second row and column, in grey levels."""
    zero_share: NDArray[np.float32]
    """(N,): share of pixels that are 0 in all three channels."""

    @classmethod
    def empty(cls, n: int, classes: int, features: int) -> NetworkOutput:
        """Make arrays to be filled."""
        shapes = ((n, classes), (n, features), (n, 6), (n,))
        return cls(*(np.empty(shape, dtype=np.float32) for shape in shapes))


@dataclass(frozen=True)
class OodDetector:
    """A Gaussian in feature space and draws of training band statistics; F features."""

    mean: NDArray[np.float32]
    """(F,): of the square roots of features, which are skewed as they come."""
    whitening: NDArray[np.float32]
    """(F, D): square roots of features times this have unit covariance; D the DIRECTIONS at most that vary most."""
    stats_mean: NDArray[np.float32]
    stats_std: NDArray[np.float32]
    """(6,): of the logarithms of band statistics."""
    stats_bank: NDArray[np.float32]
    """(DRAWS, patches in a draw, 6): logarithms of band statistics of training patches, standardised."""
    scales: NDArray[np.float32]
    """(2,): the distances in features and band statistics that count as 1."""

    def score(self, output: NetworkOutput) -> NDArray[np.float32]:
        """Score tiles (N,) float32, up to about 1 for what the training data hold."""
        feature_distance, stats_distance = self.distances(output.features, output.band_stats)
        score = np.maximum(feature_distance / self.scales[0], stats_distance / self.scales[1]).astype(np.float32)
        empty = output.zero_share > EMPTY_SHARE
        score[empty] = np.maximum(score[empty], np.float32(EMPTY_SCORE))
        return score

    def distances(
        self, features: NDArray[np.float32], band_stats: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Measure how far tiles lie from the training patches, in features and in band statistics.

        Returns:
            Of features (N, F) the root mean square in standard deviations, (N,). Of band statistics (N, 6) the distance
            to the nearest patch of a draw, mean of the draws, which is steadier than the one nearest of all, (N,).
        """
        feature_distance = np.empty(len(features), dtype=np.float32)
        stats_distance = np.empty(len(features), dtype=np.float32)
        draws, drawn, _ = self.stats_bank.shape
        bank = self.stats_bank.reshape(-1, 6)  # (draws * drawn, 6)
        squares = (bank * bank).sum(1)
        for start in range(0, len(features), 256):  # 10 MB of distances at a time
            part = slice(start, start + 256)
            z = (_rooted(features[part]) - self.mean) @ self.whitening  # (n, D)
            feature_distance[part] = np.sqrt((z * z).mean(1))
            x = (_logarithm(band_stats[part]) - self.stats_mean) / self.stats_std  # (n, 6)
            to_bank = squares - 2 * (x @ bank.T)  # (n, draws * drawn), less the square of x
            nearest = to_bank.reshape(len(x), draws, drawn).min(2) + (x * x).sum(1)[:, None]  # (n, draws)
            stats_distance[part] = np.sqrt(np.maximum(nearest, 0)).mean(1)
        return feature_distance, stats_distance

    def to_tensors(self) -> dict[str, torch.Tensor]:
        """Convert to tensors for the weights file, float32."""
        import torch

        return {f"unlike.{key}": torch.from_numpy(getattr(self, name).copy()) for name, key in _TENSORS.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray]) -> OodDetector:
        """Make a detector from the arrays of a weights file; KeyError where one is missing."""
        return cls(**{name: np.asarray(arrays[f"unlike.{key}"], dtype=np.float32) for name, key in _TENSORS.items()})


def fit_ood_detector(kinds: Sequence[NetworkOutput], *, seed: int = 0) -> OodDetector:
    """Fit a Gaussian and draws of band statistics to training patches.

    Args:
        kinds: outputs for training patches as they are, then for the same patches in each variant that is to pass too,
            such as surface reflectance; what counts as far is measured on the first.
        seed: of the draws.
    """
    plain = kinds[0]
    features = _rooted(np.concatenate([k.features for k in kinds])).astype(np.float64)
    covariance = np.cov(features.T)  # (F, F)
    ridge = 1e-2 * np.trace(covariance) / len(covariance)  # keeps directions that hardly vary from deciding
    values, vectors = np.linalg.eigh(covariance + ridge * np.eye(len(covariance)))
    whitening = (vectors / np.sqrt(values))[:, -DIRECTIONS:]  # those that vary most come last

    all_stats = np.stack([_logarithm(k.band_stats) for k in kinds])  # (K, N, 6)
    stats_mean, stats_std = all_stats.mean((0, 1)), all_stats.std((0, 1)) + np.float32(1e-6)
    n = len(plain.band_stats)
    order = np.random.default_rng(seed).permutation(n)
    drawn = max(1, min(DRAWN, n // (2 * DRAWS)))  # of each kind; half of the patches stay to measure with
    chosen = order[: DRAWS * drawn].reshape(DRAWS, drawn)  # row numbers of patches
    bank = np.concatenate([logarithms[chosen] for logarithms in all_stats], axis=1)  # (DRAWS, K * drawn, 6)

    detector = OodDetector(
        mean=features.mean(0).astype(np.float32),
        whitening=whitening.astype(np.float32),
        stats_mean=stats_mean.astype(np.float32),
        stats_std=stats_std.astype(np.float32),
        stats_bank=((bank - stats_mean) / stats_std).astype(np.float32),
        scales=np.ones(2, dtype=np.float32),
    )
    not_drawn = order[DRAWS * drawn :]
    feature_distance, stats_distance = detector.distances(plain.features[not_drawn], plain.band_stats[not_drawn])
    scales = [np.quantile(feature_distance, FEATURE_SHARE), np.quantile(stats_distance, STATS_SHARE)]
    return replace(detector, scales=np.array(scales, dtype=np.float32))


def _logarithm(band_stats: NDArray[np.float32]) -> NDArray[np.float32]:
    """Band statistics as logarithms: ratios count; a few grey levels of dark water or a flat field do not."""
    return np.log(band_stats + np.array((5, 5, 5, 3, 3, 3), dtype=np.float32))


def _rooted(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Square roots; the constant keeps features that are mostly 0 from mattering."""
    return np.sqrt(np.maximum(features, 0) + np.float32(1e-3))
