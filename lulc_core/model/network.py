"""The networks: 64 x 64 RGB tiles in, ten logits out. Read from top to bottom.

Every network takes grey levels 0 to 255 as float, normalises them itself, and offers its pooled features beside the
logits, since the detector of out-of-distribution tiles judges those. Import this module only where torch is needed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lulc_core.domain.classes import N_CLASSES
from lulc_core.domain.errors import ModelError
from lulc_core.model.architecture import FLAT_STD, LITE, LITE_FEATURES, VIEWS, lite_variant
from lulc_core.model.efficientnet_lite import EfficientNetLite

CHANNEL_MEAN = (85.7, 99.8, 112.8)
CHANNEL_STD = (50.6, 34.4, 30.4)
"""Grey levels of red, green, blue over the training patches. Source: EuroSAT.zip, split 0 to 7."""


class SqueezeExcitation(nn.Module):
    """Channels weighed by what the whole tile holds (Hu et al. 2018, arXiv 1709.01507)."""

    def __init__(self, channels: int, reduction: int = 8) -> None:
        super().__init__()
        hidden = max(4, channels // reduction)
        self.squeeze = nn.Conv2d(channels, hidden, 1)
        self.excite = nn.Conv2d(hidden, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> the same shape."""
        pooled = x.mean((2, 3), keepdim=True)  # (N, C, 1, 1)
        return x * torch.sigmoid(self.excite(torch.relu(self.squeeze(pooled))))


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions, squeeze-excitation, and a short cut that averages before it strides."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)
        self.se = SqueezeExcitation(c_out)
        if c_in == c_out and stride == 1:
            self.shortcut: nn.Module = nn.Identity()
        else:
            pool: nn.Module = nn.AvgPool2d(2) if stride == 2 else nn.Identity()
            self.shortcut = nn.Sequential(pool, nn.Conv2d(c_in, c_out, 1, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, c_in, H, W) -> (N, c_out, H / stride, W / stride)."""
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.se(self.bn2(self.conv2(y)))
        return torch.relu(y + self.shortcut(x))


class CompactBackbone(nn.Sequential):
    """Strided stem, then stages of residual blocks at a quarter, an eighth and a sixteenth of the size.

    The first convolution strides at once: three quarters of the work of a 64 px network sits in its full-size layers,
    and land cover at 10 m did not need them (docs/model.md).
    """

    def __init__(self, channels: int, stem: int, widths: tuple[int, ...], blocks: int = 2) -> None:
        layers: list[nn.Module] = []
        for c_in, stride in ((channels, 2), (stem, 1)):
            layers += [nn.Conv2d(c_in, stem, 3, stride, 1, bias=False), nn.BatchNorm2d(stem), nn.ReLU()]
        c_in = stem
        for width in widths:
            for i in range(blocks):
                layers.append(ResidualBlock(c_in, width, 2 if i == 0 else 1))
                c_in = width
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.n_features = widths[-1]


class Network(nn.Module):
    """Normalisation, a backbone that ends in pooled features, and one linear layer.

    With two views the backbone sees each tile twice: as it is, and with each channel brought to the tile's own mean
    and spread. Sun, haze, exposure and the step from top-of-atmosphere to surface reflectance are, to a good
    approximation, one straight line a channel and tile, and the second view does not change under any of them.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, backbone: nn.Module, n_features: int, *, views: int, channels: int = 3) -> None:
        super().__init__()
        known = channels == len(CHANNEL_MEAN)
        self.register_buffer("mean", torch.tensor(CHANNEL_MEAN if known else (0.0,) * channels).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(CHANNEL_STD if known else (1.0,) * channels).view(1, -1, 1, 1))
        self.views = views
        self.backbone = backbone
        self.head = nn.Linear(n_features, N_CLASSES)
        self.n_features = n_features

    def measure_band_stats(self, images: NDArray[np.uint8]) -> None:
        """Measure mean and spread of the channels on training patches uint8 (N, H, W, channels)."""
        part = torch.from_numpy(images[:: max(1, len(images) // 2000), ::2, ::2].copy()).float()
        self.std, self.mean = (t.view(1, -1, 1, 1) for t in torch.std_mean(part.flatten(0, 2), 0, correction=0))
        self.std = self.std.clamp_min(1.0)

    def normalise(self, x: torch.Tensor) -> torch.Tensor:
        """Grey levels float (N, 3, H, W), 0 to 255 -> input of the backbone (N, 3 * views, H, W)."""
        absolute = (x - self.mean) / self.std
        if self.views == 1:
            return absolute
        # Every second row and column say as much about mean and spread, at a quarter of the cost.
        pixels = x[:, :, ::2, ::2].permute(0, 2, 3, 1).flatten(1, 2)  # (N, H * W / 4, 3)
        middle = pixels.mean(1)  # (N, 3)
        spread = ((pixels * pixels).mean(1) - middle * middle).clamp_min(0).sqrt()
        relative = (x - middle[:, :, None, None]) / (spread[:, :, None, None] + FLAT_STD)
        return torch.cat((absolute, relative), 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Grey levels float (N, 3, H, W), 0 to 255 -> logits (N, n_classes)."""
        return self.head(self.backbone(self.normalise(x)))


_COMPACT = {
    "compact": (32, (64, 128, 256)),
    "compact-plain": (32, (64, 128, 256)),
    "pocket": (8, (16, 32)),
}
"""Channels of the stem and of each stage."""
_RESNETS = ("resnet18", "resnet50")
LITE_MEAN, LITE_STD = 127.0, 128.0
"""Grey levels that the ImageNet weights of EfficientNet-Lite were trained with."""


def build_network(architecture: str, *, channels: int = 3) -> Network:
    """Make a network with random weights.

    Args:
        architecture: ``compact`` (2.8 million weights, the default), ``compact-plain`` (the same with one view),
            ``pocket`` (for trials and tests), ``lite0`` to ``lite2`` (EfficientNet-Lite; ``lite0-128``
            enlarges tiles to 128 px inside), ``resnet18`` or ``resnet50`` (torchvision's).
        channels: of the tiles; 3 is red, green, blue.

    Raises:
        ModelError: there is no such architecture.
    """
    if architecture in _COMPACT:
        views, (stem, widths) = VIEWS[architecture], _COMPACT[architecture]
        compact = CompactBackbone(channels * views, stem, widths)
        return Network(compact, compact.n_features, views=views, channels=channels)
    variant = lite_variant(architecture)
    if variant is not None:
        lite = Network(EfficientNetLite(*variant, channels), LITE_FEATURES, views=1, channels=channels)
        if channels == len(CHANNEL_MEAN):
            lite.mean.fill_(LITE_MEAN)
            lite.std.fill_(LITE_STD)
        return lite
    if architecture not in _RESNETS:
        known = ", ".join(sorted((*_COMPACT, *LITE, *_RESNETS)))
        raise ModelError(
            f"There is no network called {architecture!r}; known are {known}.",
            hint="Choose one of these.",
        )
    import torchvision

    # Branches of residual blocks begin at zero, so that a deep network begins as a shallow one (Goyal et al. 2017,
    # arXiv 1706.02677): without ImageNet's weights it learns sooner.
    backbone = getattr(torchvision.models, architecture)(weights=None, zero_init_residual=True)
    n_features = backbone.fc.in_features
    backbone.fc = nn.Identity()
    if channels != 3:
        backbone.conv1 = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
    return Network(backbone, n_features, views=1, channels=channels)  # one view, so that torchvision's own weights fit


def network_with(architecture: str, state: Mapping[str, NDArray]) -> Network:
    """Make a network with given weights.

    Args:
        architecture: see build_network().
        state: arrays by torch's names, of any number of channels.

    Raises:
        ModelError: there is no such architecture.
        RuntimeError: the weights are those of another one.
    """
    network = build_network(architecture, channels=state["mean"].shape[1] if "mean" in state else 3)
    network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in state.items()})
    return network
