"""How unlike the training data a tile is.

Two plain questions, the worse answer counts: does the tile lie far from the training patches in what the network makes
of it (pooled features; catches noise, no-data, odd structures), and is it lit as none of them is (mean and spread of
red, green and blue; catches snow, cloud, glare). Both are distances from Gaussians: around the class means with one
covariance for the features, around each class on its own for the light.

Source: Lee et al. 2018, arXiv 1807.03888, for the features.
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

_FIELDS = ("means", "whitening", "light_means", "light_whitening", "scales")


@dataclass(frozen=True)
class UnlikeDetector:
    """Gaussians in feature space and in light; C classes, F features, K kinds of light."""

    means: NDArray[np.float32]
    """(C, F): class means, whitened."""
    whitening: NDArray[np.float32]
    """(F, F): features times this have unit covariance within classes."""
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
        feature_distance, light_distance = self.distances(rgb, features)
        return np.maximum(feature_distance / self.scales[0], light_distance / self.scales[1]).astype(np.float32)

    def distances(
        self, rgb: NDArray[np.uint8], features: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Root mean square distances (N,) in standard deviations from the nearest class: features, light."""
        z = features @ self.whitening  # (N, F)
        # |z - m|^2 for every class at once, without an (N, C, F) array
        squared = (z**2).sum(1)[:, None] - 2 * z @ self.means.T + (self.means**2).sum(1)[None]
        in_features = np.sqrt(np.maximum(squared.min(1, initial=np.inf), 0) / z.shape[1])
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


def fit_unlike(
    rgb: NDArray[np.uint8],
    features: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    n_classes: int,
    *,
    light_kinds: NDArray[np.int64] | None = None,
) -> UnlikeDetector:
    """Gaussians around training patches.

    Args:
        rgb: uint8 (N, H, W, 3).
        features: (N, F) that the network makes of them.
        class_ids: (N,); every class must occur.
        light_kinds: (N,) which Gaussian of light a patch belongs to, 0 to K - 1; the classes if None.
    """
    x = features.astype(np.float64)
    means = np.stack([x[class_ids == c].mean(0) for c in range(n_classes)])
    within = x - means[class_ids]
    whitening = _whitening(within.T @ within / len(x), ridge=1e-3)

    light = light_of(rgb).astype(np.float64)
    kinds = class_ids if light_kinds is None else light_kinds
    ridge = 1e-3 * np.trace(np.cov(light.T)) / 6
    present = [light[kinds == k] for k in range(int(kinds.max()) + 1)]
    light_whitening = [_whitening(np.cov(p.T), ridge_added=ridge) for p in present]

    detector = UnlikeDetector(
        means=(means @ whitening).astype(np.float32),
        whitening=whitening.astype(np.float32),
        light_means=np.stack([p.mean(0) for p in present]).astype(np.float32),
        light_whitening=np.stack(light_whitening).astype(np.float32),
        scales=np.ones(2, dtype=np.float32),
    )
    in_features, in_light = detector.distances(rgb, features)
    scales = np.array([np.quantile(in_features, FEATURE_SHARE), np.quantile(in_light, LIGHT_SHARE)], dtype=np.float32)
    return UnlikeDetector(detector.means, detector.whitening, detector.light_means, detector.light_whitening, scales)


def _whitening(covariance: NDArray[np.float64], *, ridge: float = 0.0, ridge_added: float = 0.0) -> NDArray[np.float64]:
    """(F, F) matrix that gives unit covariance; the ridge keeps directions that hardly vary from deciding."""
    n = len(covariance)
    values, vectors = np.linalg.eigh(covariance + (ridge * np.trace(covariance) / n + ridge_added) * np.eye(n))
    return vectors / np.sqrt(values)
