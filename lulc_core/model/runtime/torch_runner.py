"""A trained network made ready to classify many tiles quickly: device, precision, folded norms, batches."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lulc_core.domain.errors import ModelError
from lulc_core.domain.progress import Cancelled, Progress, check_cancelled
from lulc_core.model.network import Network
from lulc_core.model.out_of_distribution import NetworkOutput
from lulc_core.model.runtime.hardware import cpu_has_bfloat16

CPU_BATCH = 256
"""On two cores 128 to 512 measured the same; smaller means finer progress and less memory."""
GPU_BATCH = 2048


@dataclass(frozen=True)
class Runtime:
    """Where and how numbers are computed."""

    device: str
    """``cuda``, ``mps`` or ``cpu``."""
    precision: str
    """``bfloat16``, ``float16`` or ``float32``: of the convolutions; logits are float32."""

    @property
    def dtype(self) -> torch.dtype:
        """The torch type of the precision."""
        return getattr(torch, self.precision)


def choose_runtime(device: str | None = None) -> Runtime:
    """Choose CUDA before MPS before CPU, and the fastest precision that keeps the answers.

    Args:
        device: ``cuda``, ``mps``, ``cpu`` or None to choose.

    Raises:
        ModelError: the device is unknown or absent.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device is None:
        device = next(d for d, there in present.items() if there)
    if not present.get(device, False):
        raise ModelError(
            f"The device {device!r} is not available here; there is {', '.join(d for d, t in present.items() if t)}.",
            hint="Leave the device out to have it chosen.",
        )
    if device == "cuda":
        return Runtime("cuda", "bfloat16" if torch.cuda.is_bf16_supported() else "float16")
    if device == "mps":
        return Runtime("mps", "float32")
    return Runtime("cpu", "bfloat16" if cpu_has_bfloat16() else "float32")


def fold_norms(network: Network) -> Network:
    """Merge batch normalisation into the convolutions before it, in place; the answers stay the same.

    The network must be in eval mode. A norm belongs to the convolution registered just before it in the same module,
    which holds for our networks and torchvision's ResNets (a test compares the answers). Tracing with torch.fx would
    find the pairs too, but it patches every module of the process while it runs, which breaks whatever another user's
    thread is predicting at that moment.
    """
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for module in list(network.backbone.modules()):
        for (before, conv), (name, child) in pairwise(list(module.named_children())):
            if isinstance(child, nn.BatchNorm2d) and isinstance(conv, nn.Conv2d):
                setattr(module, before, fuse_conv_bn_eval(conv, child))
                setattr(module, name, nn.Identity())
    return network


def ready(network: Network, runtime: Runtime) -> Network:
    """Fold a network, move it to its device and bring its convolutions to their precision; it is changed in place."""
    network = fold_norms(network.eval()).requires_grad_(False)
    network.backbone.to(runtime.dtype)
    return network.to(runtime.device).to(memory_format=torch.channels_last)


class Runner:
    """Runs a network over any number of tiles.

    Args:
        network: in eval mode on the CPU, float32; it is folded and moved, so hand in one of your own.
        runtime: where and how.
        batch: tiles at once; None for a size that suits the device.
    """

    def __init__(self, network: Network, runtime: Runtime, *, batch: int | None = None) -> None:
        self.runtime = runtime
        self.device, self.precision = runtime.device, runtime.precision
        self.batch = batch or (CPU_BATCH if runtime.device == "cpu" else GPU_BATCH)
        self._network = ready(network, runtime)

    def run(
        self,
        rgb: NDArray[np.uint8],
        *,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> NetworkOutput:
        """Run the network on uint8 tiles (N, H, W, 3).

        CUDA out of memory halves the batch and goes on; at one tile it is an error.

        Raises:
            ModelError: not even one tile fits into the memory of the device.
            CancelledError: ``cancelled()`` became True between two batches.
        """
        n = len(rgb)
        output = NetworkOutput.empty(n, self._network.head.out_features, self._network.n_features)
        done = 0
        while done < n:
            check_cancelled(cancelled)
            part = slice(done, min(n, done + self.batch))
            try:
                for whole, array in zip(output, self._one_batch(rgb[part]), strict=True):
                    whole[part] = array.cpu().numpy()
            except torch.OutOfMemoryError as e:
                if self.batch == 1:
                    raise ModelError(
                        "The graphics card has not enough free memory for a single tile.",
                        hint="Close what else uses it, or choose the device cpu.",
                    ) from e
                self.batch = max(1, min(self.batch, n) // 2)
                torch.cuda.empty_cache()
                continue
            done = part.stop
            if on_progress is not None:
                on_progress(done / n, f"{done:,} of {n:,} tiles named")
        return output

    @torch.inference_mode()
    def _one_batch(self, rgb: NDArray[np.uint8]) -> tuple[torch.Tensor, ...]:
        network = self._network
        x = torch.from_numpy(np.array(rgb, order="C")).to(self.runtime.device)  # a copy: results stay read-only
        x = x.permute(0, 3, 1, 2).to(torch.float32)  # (B, 3, H, W), already channels last in memory
        features = network.backbone(network.normalise(x).to(self.runtime.dtype)).to(torch.float32)
        quarter = x[:, :3, ::2, ::2]  # red, green, blue come first
        spread, middle = torch.std_mean(quarter, (2, 3), correction=0)
        zero_share = (quarter.amax(1) == 0).float().mean((1, 2))
        return network.head(features), features, torch.cat((middle, spread), 1), zero_share
