"""The compact networks over blocks of a scene in torch: graphics cards, and processors without OpenVINO."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from lulc_core.domain.errors import ModelError
from lulc_core.model.architecture import FLAT_STD
from lulc_core.model.network import CompactBackbone, Network, ResidualBlock
from lulc_core.model.out_of_distribution import NetworkOutput
from lulc_core.model.runtime.torch_runner import Runtime, ready
from lulc_core.model.runtime.windows import PLACES, STRIDE_PX


class TorchBlocks:
    """The network in torch over one block; see windows.Blocks.

    Args:
        network: of a compact architecture, float32, on the CPU, norms not yet folded; it is changed, hand in your own.
        runtime: where and how.

    Raises:
        ModelError: the network is of another kind.
    """

    def __init__(self, network: Network, runtime: Runtime) -> None:
        if not isinstance(network.backbone, CompactBackbone):
            raise ModelError("Only the compact networks can be run over whole blocks.", hint="Use their windows.")
        self._network = ready(network, runtime)
        self._runtime = runtime

    @torch.inference_mode()
    def predict(self, grey: NDArray[np.uint8]) -> NetworkOutput:
        """Run the network on all windows of a block that begin on its places; R = H / 16 - 3, C = W / 16 - 3."""
        network, dtype = self._network, self._runtime.dtype
        x = torch.from_numpy(np.array(grey, order="C")).to(self._runtime.device)
        x = x.permute(2, 0, 1)[None].to(torch.float32)  # (1, 3, H, W)
        # The network's own statistics look at every second row and column: so do these.
        quarter = x[:, :, ::2, ::2]
        middle = _of_windows(F.avg_pool2d(quarter, STRIDE_PX // 2))  # (1, 3, R, C)
        square = _of_windows(F.avg_pool2d(quarter * quarter, STRIDE_PX // 2))  # (1, 3, R, C)
        spread = (square - middle * middle).clamp_min(0).sqrt()
        h = (x - network.mean) / network.std  # (1, 3, H, W)
        if network.views == 2:
            factor = 1 / (spread + FLAT_STD)
            h = torch.cat((h, x * _around(factor, STRIDE_PX) - _around(middle * factor, STRIDE_PX)), 1)
        features = _of_windows(self._trunk(h.to(dtype).to(memory_format=torch.channels_last)))  # (1, F, R, C)
        features = features[0].permute(1, 2, 0)  # (R, C, F)
        band_stats = torch.cat((middle, spread), 1)[0].permute(1, 2, 0)  # (R, C, 6)
        is_zero = (quarter.amax(1, keepdim=True) == 0).float()  # (1, 1, H / 2, W / 2)
        zero_share = _of_windows(F.avg_pool2d(is_zero, STRIDE_PX // 2))[0, 0]  # (R, C)
        return NetworkOutput(*(a.cpu().numpy() for a in (network.head(features), features, band_stats, zero_share)))

    def _trunk(self, h: torch.Tensor) -> torch.Tensor:
        """The backbone without its pooling: (1, C, H, W) -> (1, F, H / 16, W / 16)."""
        place = STRIDE_PX  # features along the side of a place of the last layer, so far
        for layer in self._network.backbone.children():
            if isinstance(layer, ResidualBlock):
                place //= layer.conv1.stride[0]
                y = layer.bn2(layer.conv2(torch.relu(layer.bn1(layer.conv1(h)))))
                means = _of_windows(F.avg_pool2d(y, place).float()).to(y.dtype)
                gates = torch.sigmoid(layer.se.excite(torch.relu(layer.se.squeeze(means))))
                h = torch.relu(y * _around(gates, place) + layer.shortcut(h))
            elif isinstance(layer, nn.AdaptiveAvgPool2d):
                break
            else:
                if isinstance(layer, nn.Conv2d):
                    place //= layer.stride[0]
                h = layer(h)
        return F.avg_pool2d(h.float(), place)  # a network of fewer stages has several features in a place


def _of_windows(places: torch.Tensor) -> torch.Tensor:
    """Take the mean over the places of every window: (1, C, R, C) -> (1, C, R - 3, C - 3)."""
    return F.avg_pool2d(places, PLACES, 1)


def _around(windows: torch.Tensor, size: int) -> torch.Tensor:
    """Give every feature the value of the window around it: (1, C, R - 3, C - 3) -> (1, C, R * size, C * size).

    Around the middle of a place lie four windows equally near; between the middles it is interpolated. A block as
    narrow as one window has no more than that one's value.
    """
    shape = [(n + PLACES - 1) * size for n in windows.shape[2:]]
    wide = F.pad(windows.float(), (1, 1, 1, 1), mode="replicate")
    places = F.pad(F.avg_pool2d(wide, 2, 1), (1, 1, 1, 1), mode="replicate")
    return F.interpolate(places, size=shape, mode="bilinear", align_corners=False).to(windows.dtype)
