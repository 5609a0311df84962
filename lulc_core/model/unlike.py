"""How unlike the training data a tile is: distance of its features from those of the training patches.

Source: Lee et al. 2018, arXiv 1807.03888 (Gaussians around the class means, one shared covariance).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class UnlikeDetector:
    """Gaussians around the class means in feature space."""

    means: NDArray[np.float32]
    """(10, F): class means, whitened."""
    whitening: NDArray[np.float32]
    """(F, F): features times this have unit covariance within classes."""

    def score(
        self, rgb: NDArray[np.uint8], logits: NDArray[np.float32], features: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Scores (N,) float32, about 1 for patches like the training ones, of tiles, their logits and features."""
        z = features @ self.whitening  # (N, F)
        # |z - m|^2 for every class at once, without an (N, 10, F) array
        squared = (z**2).sum(1)[:, None] - 2 * z @ self.means.T + (self.means**2).sum(1)[None]
        return np.sqrt(np.maximum(squared.min(1, initial=np.inf), 0) / z.shape[1]).astype(np.float32)

    def to_tensors(self) -> dict[str, torch.Tensor]:
        """For the weights file, float32."""
        import torch

        return {
            "unlike.means": torch.from_numpy(self.means.copy()),
            "unlike.whitening": torch.from_numpy(self.whitening.copy()),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, torch.Tensor]) -> UnlikeDetector:
        """The inverse of to_tensors(); KeyError where a tensor is missing."""
        return cls(tensors["unlike.means"].float().numpy(), tensors["unlike.whitening"].float().numpy())


def fit_unlike(
    features: NDArray[np.float32], class_ids: NDArray[np.int64], n_classes: int, *, ridge: float = 1e-2
) -> UnlikeDetector:
    """Class means and shared covariance of training features.

    Args:
        features: (N, F).
        class_ids: (N,); every class must occur.
        ridge: share of the mean variance added to each direction, so that idle features do not decide.
    """
    x = features.astype(np.float64)
    means = np.stack([x[class_ids == c].mean(0) for c in range(n_classes)])
    within = x - means[class_ids]
    covariance = within.T @ within / len(x)
    covariance += ridge * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    values, vectors = np.linalg.eigh(covariance)
    whitening = vectors / np.sqrt(values)
    return UnlikeDetector((means @ whitening).astype(np.float32), whitening.astype(np.float32))
