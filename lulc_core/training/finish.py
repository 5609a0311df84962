"""From a trained network to weights that can be shipped: temperature, unlike scores, float16, card."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES
from lulc_core.model.card import ModelCard, weights_path
from lulc_core.model.classifier import softmax
from lulc_core.model.inference import Runner, choose_runtime
from lulc_core.model.network import Network
from lulc_core.model.unlike import UnlikeDetector, fit_unlike
from lulc_core.training.calibration import expected_calibration_error, fit_temperature
from lulc_core.training.eurosat import SPLIT_RULE, Patches
from lulc_core.training.shifts import surface

KEPT_SHARE = 0.95
"""Share of validation patches that the unlike threshold lets pass."""


def calibration_half(patches: Patches) -> NDArray[np.bool_]:
    """(N,) True for the half on which temperature is fitted; figures of calibration come from the other half."""
    return np.array([int(hashlib.sha256(s.encode()).hexdigest()[8:10], 16) % 2 == 0 for s in patches.stems], dtype=bool)


def finish(
    network: Network,
    out: Path,
    name: str,
    architecture: str,
    training: Patches,
    validation: Patches,
    *,
    command: str,
    made_with: Mapping[str, Any],
) -> tuple[Path, ModelCard]:
    """Rounds the weights to float16, fits what the card needs with these very weights, and writes both.

    Returns:
        The weights file and its card (written beside it as JSON).
    """
    from safetensors.torch import save

    state = _rounded(network)
    final = copy.deepcopy(network).cpu().float()
    final.load_state_dict({k: v.float() for k, v in state.items()})
    runner = Runner(final, choose_runtime())
    detector = _fit_detector(runner, training)

    temperature, threshold, figures = 1.0, math.inf, {}
    if len(validation):
        logits, features = runner.run(validation.images)
        half = calibration_half(validation)
        temperature = fit_temperature(logits[half], validation.class_ids[half]) if half.any() else 1.0
        threshold = float(np.quantile(detector.score(validation.images, features), KEPT_SHARE))
        probabilities = softmax(logits / np.float32(temperature))
        figures = {
            "n": len(validation),
            "accuracy": float((probabilities.argmax(1) == validation.class_ids).mean()),
            "ece": expected_calibration_error(probabilities[~half], validation.class_ids[~half]),
        }
    tensors = {f"network.{k}": v.contiguous() for k, v in state.items()} | detector.to_tensors()
    data = save(tensors)
    card = ModelCard(
        name=name,
        architecture=architecture,
        bands=RGB,
        radiometry="eurosat-rgb-l1c",
        classes=CLASS_NAMES,
        tile_px=64,
        temperature=round(temperature, 4),
        unlike_threshold=round(threshold, 4),
        sha256=hashlib.sha256(data).hexdigest(),
        split=SPLIT_RULE,
        command=command,
        figures=figures,
        training=made_with,
    )
    weights = weights_path(name, out)
    _write(weights, data)
    _write(weights.with_suffix(".json"), card.to_json().encode())
    return weights, card


def _fit_detector(runner: Runner, training: Patches) -> UnlikeDetector:
    """What training patches look like, as they are and as surface reflectance, which users bring just as often."""
    images = np.concatenate([training.images, surface(training.images)])
    kinds = np.concatenate([training.class_ids, training.class_ids + N_CLASSES])
    _, features = runner.run(images)
    return fit_unlike(images, features, kinds)


def _rounded(network: Network) -> dict[str, torch.Tensor]:
    """Convolutions and the linear layer as float16; norms, a thousandth of the weights, stay float32."""
    return {
        k: (v.half() if v.dtype.is_floating_point and v.ndim > 1 and k not in ("mean", "std") else v).cpu()
        for k, v in network.state_dict().items()
    }


def _write(path: Path, data: bytes) -> None:
    half = path.with_name(path.name + ".half")
    half.write_bytes(data)
    half.replace(path)
