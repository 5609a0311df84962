"""How unlike the training data a tile is.

Three plain questions, the worst answer counts: does the tile lie far from the training patches in what the network
makes of it (pooled features; catches noise, no-data stripes, odd structures), is it lit as none of them is (mean and
spread of red, green and blue; catches snow, cloud, glare), and is it empty. The first two are distances from Gaussians:
one for all features, one for the light of each class. Real tiles often hold two classes, which EuroSAT's patches do
not: a Gaussian around each class in feature space flags them for being between two (12, 33 and 56 % of three scenes of
ordinary land), the one around all does so less (6 % of each; docs/model.md).

Source: Kamoi and Kobayashi 2020, arXiv 2003.00402, for one Gaussian over features.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

FEATURE_SHARE = 0.96
LIGHT_SHARE = 0.99
"""Shares of the training patches whose distance counts as up to 1. Light is the coarser question and gets more room:
it shall catch what is lit as nothing in the training data, not the darkest lake of it."""

EMPTY_SHARE = 0.5
EMPTY_SCORE = 10.0
"""Tiles with more black pixels than this get at least this score. Black, 0 in all three channels, is a value that
EuroSAT's stretch never gives (it starts at 1); dark lakes are not black."""

_FIELDS = ("mean", "whitening", "light_means", "light_whitening", "scales")


@dataclass(frozen=True)
class UnlikeDetector:
    """Gaussians in feature space and in light; F features, K kinds of light."""

    mean: NDArray[np.float32]
    """(F,): of the square roots of features, which are skewed as they come."""
    whitening: NDArray[np.float32]
    """(F, F): square roots of features times this have unit covariance."""
    light_means: NDArray[np.float32]
    """(K, 6): mean and spread of red, green, blue in grey levels."""
    light_whitening: NDArray[np.float32]
    """(K, 6, 6)."""
    scales: NDArray[np.float32]
    """(2,): the distances in features and light that count as 1."""

    def score(self, rgb: NDArray[np.uint8], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores (N,) float32, up to about 1 for what the training data hold.

        Args:
            rgb: uint8 tiles (N, H, W, 3) as the network saw them.
            features: its pooled features (N, F).
        """
        in_features, in_light = self.distances(rgb, features)
        score = np.maximum(in_features / self.scales[0], in_light / self.scales[1]).astype(np.float32)
        empty = (rgb[:, ::2, ::2] == 0).all(axis=3).mean(axis=(1, 2)) > EMPTY_SHARE
        score[empty] = np.maximum(score[empty], np.float32(EMPTY_SCORE))
        return score

    def distances(
        self, rgb: NDArray[np.uint8], features: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Root mean square distances (N,) in standard deviations: features, light of the nearest kind."""
        z = (_rooted(features) - self.mean) @ self.whitening  # (N, F)
        in_features = np.sqrt((z * z).mean(1))
        away = light_of(rgb)[:, None] - self.light_means[None]  # (N, K, 6)
        squared = (np.einsum("nki,kij->nkj", away, self.light_whitening) ** 2).mean(2)  # (N, K)
        return in_features, np.sqrt(squared.min(1, initial=np.inf))

    def to_tensors(self) -> dict[str, torch.Tensor]:
        """For the weights file, float32."""
        import torch

        return {f"unlike.{name}": torch.from_numpy(getattr(self, name).copy()) for name in _FIELDS}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, torch.Tensor]) -> UnlikeDetector:
        """The inverse of to_tensors(); KeyError where a tensor is missing."""
        return cls(**{name: tensors[f"unlike.{name}"].float().numpy() for name in _FIELDS})


def light_of(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean and spread (N, 6) of red, green, blue over every second row and column, in grey levels."""
    light = np.empty((len(rgb), 6), dtype=np.float32)
    for start in range(0, len(rgb), 1024):  # a whole granule as float32 would take 0.4 GB
        part = rgb[start : start + 1024, ::2, ::2].astype(np.float32)
        pixels = part.reshape(len(part), part.shape[1] * part.shape[2], 3)
        light[start : start + 1024] = np.concatenate([pixels.mean(1), pixels.std(1)], axis=1)
    return light


def fit_unlike(rgb: NDArray[np.uint8], features: NDArray[np.float32], light_kinds: NDArray[np.int64]) -> UnlikeDetector:
    """Gaussians around training patches.

    Args:
        rgb: uint8 (N, H, W, 3).
        features: (N, F) that the network makes of them, not negative.
        light_kinds: (N,) which Gaussian of light a patch belongs to, 0 to K - 1, such as its class.
    """
    x = _rooted(features).astype(np.float64)
    mean = x.mean(0)
    whitening = _whitening(np.cov(x.T), ridge=1e-2)

    light = light_of(rgb).astype(np.float64)
    ridge = 1e-3 * np.trace(np.cov(light.T)) / 6
    present = [light[light_kinds == k] for k in range(int(light_kinds.max()) + 1)]
    light_whitening = [_whitening(np.cov(p.T), ridge_added=ridge) for p in present]

    detector = UnlikeDetector(
        mean=mean.astype(np.float32),
        whitening=whitening.astype(np.float32),
        light_means=np.stack([p.mean(0) for p in present]).astype(np.float32),
        light_whitening=np.stack(light_whitening).astype(np.float32),
        scales=np.ones(2, dtype=np.float32),
    )
    in_features, in_light = detector.distances(rgb, features)
    scales = np.array([np.quantile(in_features, FEATURE_SHARE), np.quantile(in_light, LIGHT_SHARE)], dtype=np.float32)
    return UnlikeDetector(detector.mean, detector.whitening, detector.light_means, detector.light_whitening, scales)


def _rooted(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Square roots; the constant keeps features that are mostly 0 from mattering."""
    return np.sqrt(np.maximum(features, 0) + np.float32(1e-3))


def _whitening(covariance: NDArray[np.float64], *, ridge: float = 0.0, ridge_added: float = 0.0) -> NDArray[np.float64]:
    """(F, F) matrix that gives unit covariance; the ridge keeps directions that hardly vary from deciding."""
    n = len(covariance)
    values, vectors = np.linalg.eigh(covariance + (ridge * np.trace(covariance) / n + ridge_added) * np.eye(n))
    return vectors / np.sqrt(values)
