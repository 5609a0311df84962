"""What the pipeline asks of a network, its card and a picture."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.progress import Cancelled, Progress


class ModelFacts(Protocol):
    """What the pipeline reads of a model card."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def bands(self) -> tuple[str, ...]: ...
    @property
    def radiometry(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def tile_px(self) -> int: ...


class TilePrediction(Protocol):
    """What a classifier answers for N tiles."""

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """(N, 10) calibrated, sum to 1."""

    @property
    def is_ood(self) -> NDArray[np.bool_]:
        """(N,) True where a tile is out of distribution."""


class TileClassifier(Protocol):
    """A network that classifies tiles; ``lulc_core.model.classifier.Classifier`` is one."""

    @property
    def card(self) -> ModelFacts:
        """What the network expects, and its name."""

    def predict(
        self,
        rgb: NDArray[np.uint8],
        *,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> TilePrediction:
        """Predict tiles, uint8 (N, 64, 64, 3)."""
