"""A pocket network with random weights and its card, made in a moment: what is tested here is not how well it sees."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest


def save_pocket(folder: Path, name: str = "tiny", **changes) -> Path:
    """Weights and card as `train` writes them; ``changes`` go into the card."""
    import torch
    from safetensors.torch import save

    from lulc_core.domain.classes import CLASS_NAMES
    from lulc_core.model.card import ModelCard
    from lulc_core.model.network import build_network
    from lulc_core.model.unlike import fit_unlike

    torch.manual_seed(5)
    network = build_network("pocket").eval()
    for module in network.modules():  # norms as after training, so that folding them has something to fold
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.2)
    rng = np.random.default_rng(0)
    rgb = rng.integers(1, 256, (200, 16, 16, 3), dtype=np.uint8)
    features = rng.gamma(2, size=(200, network.n_features)).astype(np.float32)
    detector = fit_unlike(rgb, features, np.arange(200) % 10)
    tensors = {f"network.{k}": v.contiguous() for k, v in network.state_dict().items()} | detector.to_tensors()
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


@pytest.fixture
def pocket(tmp_path: Path) -> Path:
    return save_pocket(tmp_path)


@pytest.fixture
def tiles() -> np.ndarray:
    return np.random.default_rng(1).integers(1, 256, (21, 64, 64, 3), dtype=np.uint8)
