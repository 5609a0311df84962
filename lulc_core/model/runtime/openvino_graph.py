"""The compact networks in OpenVINO's operations.

The graph is written down here once more, operation by operation, from the arrays of the weights file: nothing is traced
or converted, and torch is not even imported, which saves most of the start-up time. Inputs of the convolutions are
rounded to 256 levels up to a bound that `train` measured on training patches and stored with the weights; weights to
255 levels a channel. Tests compare the answers with torch's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.model.architecture import FLAT_STD, NORM_EPSILON
from lulc_core.model.runtime.hardware import available_cores

State = Mapping[str, NDArray[np.float32]]


class Graph:
    """Network.forward() of lulc_core/model/network.py, with a CompactBackbone."""

    precision = "int8"
    hint = "f32"
    """Of what is not in 8 bits: bfloat16 cost 0.15 points of accuracy."""
    epsilon = NORM_EPSILON

    def __init__(self, openvino: Any, state: State, bounds: Mapping[str, float], views: int) -> None:
        from openvino import opset13

        self.ov, self.op = openvino, opset13
        self.state, self.bounds, self.views = state, bounds, views

    def compiled(self, streams: int) -> Any:
        """Compile the model for the processor; ``streams`` parts of the work run at once and share the cores."""
        hints = {
            "INFERENCE_NUM_THREADS": available_cores(),
            "NUM_STREAMS": streams,
            "INFERENCE_PRECISION_HINT": self.hint,
            "ENABLE_CPU_PINNING": False,  # others may work on these cores too
        }
        return self.ov.Core().compile_model(self.model(), "CPU", hints)

    def model(self) -> Any:
        """uint8 (N, 64, 64, 3) -> the four arrays of NetworkOutput."""
        op = self.op
        tiles, x, quarter = self.opened([-1, 64, 64, self.state["mean"].shape[1]])
        middle = self.mean(quarter)  # (N, 3, 1, 1)
        away = op.subtract(quarter, middle)
        spread = op.sqrt(self.mean(op.multiply(away, away)))
        h = self.absolute(x)
        if self.views == 2:
            relative = op.divide(op.subtract(x, middle), op.add(spread, np.float32(FLAT_STD)))
            h = op.concat([h, relative], 1)
        features = op.squeeze(self.mean(self.backbone(h)), np.array([2, 3]))  # (N, F)
        rgb = np.array([0, 1, 2])  # red, green, blue come first
        band_stats = op.concat([op.gather(middle, rgb, 1), op.gather(spread, rgb, 1)], 1)
        band_stats = op.squeeze(band_stats, np.array([2, 3]))  # (N, 6)
        zero_share = op.squeeze(self.mean(self.is_zero(op.gather(quarter, rgb, 1))), np.array([1, 2, 3]))  # (N,)
        return self.closed(tiles, features, band_stats, zero_share)

    def opened(self, shape: list[int]) -> tuple[Any, Any, Any]:
        """The parameter uint8 (N, H, W, C), its grey levels (N, C, H, W), every second row and column of them."""
        op = self.op
        pixels = op.parameter(shape, np.uint8)
        x = op.transpose(op.convert(pixels, "f32"), np.array([0, 3, 1, 2]))
        none = np.zeros(4, np.int64)
        return pixels, x, op.strided_slice(x, none, none, np.array([1, 1, 2, 2]), [1] * 4, [1] * 4)

    def absolute(self, x: Any) -> Any:
        """The first view: each channel by mean and spread of the training data."""
        return self.op.multiply(self.op.subtract(x, self.state["mean"]), 1 / self.state["std"])

    def is_zero(self, rgb: Any) -> Any:
        """1 where a pixel is 0 in all three channels: (N, 3, H, W) -> (N, 1, H, W)."""
        return self.op.convert(self.op.equal(self.op.reduce_max(rgb, np.array([1]), True), np.float32(0)), "f32")

    def closed(self, pixels: Any, features: Any, band_stats: Any, zero_share: Any) -> Any:
        """The model from its parameter to NetworkOutput; features (..., F)."""
        op = self.op
        logits = op.add(op.matmul(features, self.state["head.weight"], False, True), self.state["head.bias"])
        return self.ov.Model([op.result(r) for r in (logits, features, band_stats, zero_share)], [pixels])

    def mean(self, x: Any) -> Any:
        return self.op.reduce_mean(x, np.array([2, 3]), True)

    def backbone(self, h: Any) -> Any:
        op = self.op
        stages = sorted({int(k.split(".")[1]) for k in self.state if k.startswith("backbone.")})
        for i in stages:
            name = f"backbone.{i}"
            if f"{name}.conv1.weight" in self.state:
                h = self.block(h, name)
            elif self.state[f"{name}.weight"].ndim == 4:
                h = op.relu(self.convolution(h, name, f"backbone.{i + 1}", stride=2 if i == 0 else 1))
        return h

    def block(self, x: Any, name: str) -> Any:
        """ResidualBlock: the short cut has weights exactly where the block strides."""
        op = self.op
        strides = f"{name}.shortcut.1.weight" in self.state
        y = op.relu(self.convolution(x, f"{name}.conv1", f"{name}.bn1", stride=2 if strides else 1))
        y = self.convolution(y, f"{name}.conv2", f"{name}.bn2")
        y = op.multiply(y, self.gates(y, name))
        if strides:
            x = op.avg_pool(x, [2, 2], [0, 0], [0, 0], [2, 2], True)
            x = self.convolution(x, f"{name}.shortcut.1", f"{name}.shortcut.2")
        return op.relu(op.add(y, x))

    def gates(self, y: Any, name: str) -> Any:
        """SqueezeExcitation's weights of the channels, by the mean over the tile."""
        return self.excited(self.mean(y), name)

    def excited(self, means: Any, name: str) -> Any:
        squeezed = self.op.relu(self.convolution(means, f"{name}.se.squeeze"))
        return self.op.sigmoid(self.convolution(squeezed, f"{name}.se.excite"))

    def convolution(self, x: Any, name: str, norm: str | None = None, *, stride: int = 1) -> Any:
        """A convolution with its norm folded in, in 8 bits where there is a bound for its input."""
        weight, bias = self.folded(name, norm)
        x, kernel = self.rounded(x, weight, name)
        pad = [(weight.shape[2] - 1) // 2] * 2
        y = self.op.convolution(x, kernel, [stride, stride], pad, pad, [1, 1])
        return self.op.add(y, self.op.constant(bias))

    def rounded(self, x: Any, weight: NDArray[np.float32], name: str, *, signed: bool = False) -> tuple[Any, Any]:
        """Input and kernel (c_out, ...) of a convolution, in 8 bits where there is a bound for the input.

        An input without sign comes from a ReLU: 0 and more.
        """
        op = self.op
        kernel, bound = op.constant(weight), self.bounds.get(name)
        if bound is None:
            return x, kernel
        bound = max(bound, 1e-6)
        low, high = np.float32(-bound if signed else 0), np.float32(bound * 127 / 128 if signed else bound)
        rest = tuple(range(1, weight.ndim))
        largest = np.maximum(np.abs(weight).max(axis=rest, keepdims=True), 1e-8).astype(np.float32)
        kernel = op.fake_quantize(kernel, -largest, largest, -largest, largest, 255)
        return op.fake_quantize(x, low, high, low, high, 256), kernel

    def folded(self, name: str, norm: str | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Kernel (c_out, c_in, k, k) and bias (1, c_out, 1, 1) of a convolution with its norm folded in."""
        weight = self.state[f"{name}.weight"]
        bias = self.state.get(f"{name}.bias", np.zeros(len(weight), np.float32))
        if norm is not None:
            factor = self.state[f"{norm}.weight"] / np.sqrt(
                self.state[f"{norm}.running_var"] + np.float32(self.epsilon)
            )
            weight = weight * factor[:, None, None, None]
            bias = self.state[f"{norm}.bias"] - self.state[f"{norm}.running_mean"] * factor
        return np.ascontiguousarray(weight, np.float32), bias.reshape(1, -1, 1, 1).astype(np.float32)
