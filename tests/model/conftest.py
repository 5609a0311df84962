"""A pocket network with random weights and its card, made in a moment: what is tested here is not how well it sees."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest


def pocket_network():
    """With random weights, and norms as after training, so that folding them has something to fold."""
    import torch

    from lulc_core.model.network import build_network

    torch.manual_seed(5)
    network = build_network("pocket").eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.2)
    return network


def save_pocket(folder: Path, name: str = "tiny", *, int8: bool = False, **changes) -> Path:
    """Weights and card as `train` writes them; ``changes`` go into the card."""
    import torch
    from safetensors.torch import save

    from lulc_core.domain.classes import CLASS_NAMES
    from lulc_core.model.card import ModelCard
    from lulc_core.model.out_of_distribution import fit_ood_detector
    from lulc_core.training.export import activation_bounds

    network = pocket_network()
    plain = made_output(200, network.n_features)
    detector = fit_ood_detector([plain])
    tensors = {f"network.{k}": v.contiguous() for k, v in network.state_dict().items()} | detector.to_tensors()
    if int8:
        some = np.random.default_rng(1).integers(1, 256, (32, 64, 64, 3), dtype=np.uint8)
        tensors |= {f"int8.{k}": torch.tensor(v) for k, v in activation_bounds(network, some).items()}
    data = save(tensors)
    values = {
        "name": name, "architecture": "pocket", "bands": ("B04", "B03", "B02"), "radiometry": "eurosat-rgb-l1c",
        "classes": CLASS_NAMES, "tile_px": 64, "temperature": 1.5, "unlike_threshold": 1.2,
        "sha256": hashlib.sha256(data).hexdigest(), "split": "none", "command": "made by a test",
        "figures": {"n": 0}, **changes,
    }  # fmt: skip
    path = folder / f"{name}.safetensors"
    path.write_bytes(data)
    path.with_suffix(".json").write_text(ModelCard(**values).to_json())
    return path


def made_output(n: int, n_features: int, seed: int = 0):
    """Output of a network for n ordinary tiles, made up."""
    from lulc_core.model.out_of_distribution import NetworkOutput

    rng = np.random.default_rng(seed)
    features = rng.gamma(2, size=(n, n_features)).astype(np.float32)
    band_stats = np.concatenate([rng.normal(100, 25, (n, 3)), rng.normal(20, 4, (n, 3))], axis=1).clip(1, 255)
    return NetworkOutput(
        np.zeros((n, 10), np.float32), features, band_stats.astype(np.float32), np.zeros(n, np.float32)
    )


@pytest.fixture
def pocket(tmp_path: Path) -> Path:
    return save_pocket(tmp_path)


@pytest.fixture
def tiles() -> np.ndarray:
    return np.random.default_rng(1).integers(1, 256, (21, 64, 64, 3), dtype=np.uint8)
