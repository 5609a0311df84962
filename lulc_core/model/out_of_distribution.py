"""How far out of the distribution of the training data a tile is.

Four plain questions, the worst answer counts: does the tile lie far from the training patches in what the network
makes of it (pooled features; catches odd structures), are its bands as those of none of them (mean and spread of red,
green and blue; catches snow, cloud, glare, bare red ground), is it as rough as noise, and is it empty. Features are
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

FEATURE_SHARE = 0.995
STATS_SHARE = 0.96
"""Shares of the training patches whose distance counts as up to 1. Features as strict as light flag a third of
ordinary farmland elsewhere, and light alone catches snow, cloud and desert."""

SOFT = (40.0, 40.0, 40.0, 10.0, 10.0, 10.0)
"""Grey levels added to band statistics before the logarithm: surface reflectance of dark land differs by few of them,
but by large ratios. Those of weights of before are in _SOFT_BEFORE."""
_SOFT_BEFORE = (5.0, 5.0, 5.0, 3.0, 3.0, 3.0)

ROUGH_FROM = 0.8
"""Neighbouring pixels of noise differ as any two do: roughness() 0.85 to 1. The roughest of 24,272 patches has 0.73."""
_ROUGH_SOFT = 3.0
"""Grey levels, so that the noise of open water is no roughness."""

DIRECTIONS = 256
"""Of the Gaussian over features at most; a network of 1,280 features would have a detector as large as itself."""

DRAWS, DRAWN = 5, 250
"""Draws of training patches whose band statistics are kept, and patches of each variant in one, times its copies."""

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
    "stats_soft": "light_soft",
    "scales": "scales",
}
_HALVED = ("whitening", "stats_bank")
"""Kept as float16; fitted with these very numbers."""
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
    stats_soft: NDArray[np.float32]
    """(6,): added to band statistics before the logarithm."""
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
            x = (np.log(band_stats[part] + self.stats_soft) - self.stats_mean) / self.stats_std  # (n, 6)
            to_bank = squares - 2 * (x @ bank.T)  # (n, draws * drawn), less the square of x
            nearest = to_bank.reshape(len(x), draws, drawn).min(2) + (x * x).sum(1)[:, None]  # (n, draws)
            stats_distance[part] = np.sqrt(np.maximum(nearest, 0)).mean(1)
        return feature_distance, stats_distance

    def to_tensors(self) -> dict[str, torch.Tensor]:
        """Convert to tensors for the weights file."""
        import torch

        tensors = {name: torch.from_numpy(getattr(self, name).copy()) for name in _TENSORS}
        return {f"unlike.{_TENSORS[n]}": t.half() if n in _HALVED else t for n, t in tensors.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray]) -> OodDetector:
        """Make a detector from the arrays of a weights file; KeyError where one is missing."""
        known = {"unlike.light_soft": np.array(_SOFT_BEFORE), **arrays}
        return cls(**{name: np.asarray(known[f"unlike.{key}"], dtype=np.float32) for name, key in _TENSORS.items()})


def roughness(tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compare how much neighbouring pixels of a tile differ with how much any two do: near 0 smooth, 1 noise.

    Args:
        tiles: (N, H, W, bands), the second band green, of which every fourth row is looked at.

    Returns:
        (N,).
    """
    found = np.empty(len(tiles), np.float32)
    for start in range(0, len(tiles), 256):
        green = tiles[start : start + 256, ::4, :, 1].astype(np.float32)  # (n, H / 4, W)
        step = green[..., 1:] - green[..., :-1]
        near = np.sqrt((step * step).mean((1, 2)) / 2)
        found[start : start + 256] = near / (green.std((1, 2)) + _ROUGH_SOFT)
    return found


def fit_ood_detector(
    kinds: Sequence[NetworkOutput], *, copies: Sequence[int] | None = None, seed: int = 0
) -> OodDetector:
    """Fit a Gaussian and draws of band statistics to training patches.

    Args:
        kinds: outputs for training patches as they are, then for the same patches in each variant that is to pass too,
            such as surface reflectance; what counts as far is measured on the first.
        copies: of each kind, how many times DRAWN patches go into a draw; None for one of each.
        seed: of the draws.
    """
    copies = copies or [1] * len(kinds)
    plain = kinds[0]
    features = _rooted(np.concatenate([k.features for k in kinds])).astype(np.float64)
    covariance = np.cov(features.T)  # (F, F)
    ridge = 1e-2 * np.trace(covariance) / len(covariance)  # keeps directions that hardly vary from deciding
    values, vectors = np.linalg.eigh(covariance + ridge * np.eye(len(covariance)))
    whitening = (vectors / np.sqrt(values))[:, -DIRECTIONS:]  # those that vary most come last

    soft = np.array(SOFT, dtype=np.float32)
    all_stats = np.stack([np.log(k.band_stats + soft) for k in kinds])  # (K, N, 6)
    stats_mean, stats_std = all_stats.mean((0, 1)), all_stats.std((0, 1)) + np.float32(1e-6)
    n, most = len(plain.band_stats), max(copies)
    order = np.random.default_rng(seed).permutation(n)
    drawn = max(1, min(DRAWN, int(n / (1.4 * DRAWS * most))))  # a quarter of the patches or more stay to measure with
    chosen = order[: DRAWS * most * drawn].reshape(DRAWS, most * drawn)  # row numbers of patches
    parts = [logarithms[chosen[:, : k * drawn]] for logarithms, k in zip(all_stats, copies, strict=True)]
    bank = np.concatenate(parts, axis=1)  # (DRAWS, sum of copies * drawn, 6)

    detector = OodDetector(
        mean=features.mean(0).astype(np.float32),
        whitening=whitening.astype(np.float16).astype(np.float32),
        stats_mean=stats_mean.astype(np.float32),
        stats_std=stats_std.astype(np.float32),
        stats_bank=((bank - stats_mean) / stats_std).astype(np.float16).astype(np.float32),
        stats_soft=soft,
        scales=np.ones(2, dtype=np.float32),
    )
    not_drawn = order[DRAWS * most * drawn :]
    feature_distance, stats_distance = detector.distances(plain.features[not_drawn], plain.band_stats[not_drawn])
    scales = [np.quantile(feature_distance, FEATURE_SHARE), np.quantile(stats_distance, STATS_SHARE)]
    return replace(detector, scales=np.array(scales, dtype=np.float32))


def _rooted(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Square roots; the constant keeps features that are mostly 0 from mattering."""
    return np.sqrt(np.maximum(features, 0) + np.float32(1e-3))
