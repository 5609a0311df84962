"""Tiles in, calibrated probabilities out. torch loads on first use, not on import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.errors import ModelError
from lulc_core.model.card import ModelCard, available_models, checked_bytes, load_card, resolve

if TYPE_CHECKING:
    from lulc_core.model.inference import Runner
    from lulc_core.model.unlike import UnlikeDetector

__all__ = ["Classifier", "ModelCard", "Prediction", "available_models", "load_card", "load_classifier"]


@dataclass(frozen=True)
class Prediction:
    """What the network says about N tiles; arrays are read-only."""

    probabilities: NDArray[np.float32]
    """(N, 10), calibrated, each row sums to 1."""
    unlike: NDArray[np.float32]
    """(N,), the higher, the less the tile is like the training data."""
    is_unlike: NDArray[np.bool_]
    """(N,), True where the score is above the card's threshold, which keeps 95 % of validation patches."""


class Classifier:
    """A trained network with its card, ready on one device.

    Attributes:
        card: what the weights are.
        device: ``cuda``, ``mps`` or ``cpu``.
        precision: ``bfloat16``, ``float16`` or ``float32``.
    """

    def __init__(self, card: ModelCard, runner: Runner, unlike: UnlikeDetector) -> None:
        self.card = card
        self.device = runner.runtime.device
        self.precision = runner.runtime.precision
        self._runner = runner
        self._unlike = unlike

    def predict(
        self,
        rgb: NDArray[np.uint8],
        *,
        on_progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Prediction:
        """Names tiles.

        Args:
            rgb: uint8 (N, 64, 64, 3), red, green, blue, through radiometry.to_eurosat_rgb(); N may be 0.
            on_progress: called with the share done and a sentence.
            cancelled: asked between batches.

        Raises:
            ModelError: shape or type are others, or the device has too little memory.
            CancelledError: ``cancelled()`` became True.
        """
        px = self.card.tile_px
        if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.ndim != 4 or rgb.shape[1:] != (px, px, 3):
            given = f"{rgb.dtype} {rgb.shape}" if isinstance(rgb, np.ndarray) else type(rgb).__name__
            raise ModelError(
                f"The classifier takes uint8 tiles of shape (N, {px}, {px}, 3); it was given {given}.",
                hint="Convert reflectance with radiometry.to_eurosat_rgb() first.",
            )
        logits, features = self._runner.run(rgb, on_progress=on_progress, cancelled=cancelled)
        probabilities = softmax(logits / np.float32(self.card.temperature))
        unlike = self._unlike.score(rgb, features)
        is_unlike = unlike > self.card.unlike_threshold
        for array in (probabilities, unlike, is_unlike):
            array.flags.writeable = False
        return Prediction(probabilities, unlike, is_unlike)


def load_classifier(name: str = "default", *, device: str | None = None) -> Classifier:
    """A classifier by name or by path of its weights.

    Args:
        name: ``default``, one of available_models(), or the path of a .safetensors file with its card beside it.
        device: ``cuda``, ``mps``, ``cpu``, or None for the best that is there.

    Raises:
        ModelError: unknown name, damaged or foreign weights, a device that is not there.
    """
    card = load_card(name)
    return classifier_from(resolve(name), card, device=device)


def classifier_from(weights: Path, card: ModelCard, *, device: str | None = None) -> Classifier:
    """A classifier from a weights file and its card; see load_classifier()."""
    data = checked_bytes(weights, card)

    from safetensors import SafetensorError
    from safetensors.torch import load

    from lulc_core.model.inference import Runner, choose_runtime
    from lulc_core.model.network import build_network
    from lulc_core.model.unlike import UnlikeDetector

    runtime = choose_runtime(device)
    try:
        tensors = load(data)
    except (SafetensorError, ValueError, KeyError) as e:
        raise ModelError(f"{weights.name} is no readable safetensors file ({e}).", hint="Fetch it again.") from e
    network = build_network(card.architecture)
    state = {k.removeprefix("network."): v.float() for k, v in tensors.items() if k.startswith("network.")}
    try:
        network.load_state_dict(state)
        unlike = UnlikeDetector.from_tensors(tensors)
    except (RuntimeError, KeyError) as e:
        raise ModelError(
            f"The weights {weights.name} do not fit the architecture {card.architecture!r} of their card.",
            hint="Fetch weights and card together.",
        ) from e
    return Classifier(card, Runner(network, runtime), unlike)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits (N, C), float32, each row summing to 1."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return shifted / shifted.sum(axis=1, keepdims=True)
