"""EfficientNet-Lite in OpenVINO's operations, from the arrays of the weights file; torch is not imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lulc_core.model.architecture import LITE_NORM_EPSILON, LiteShape, lite_blocks
from lulc_core.model.runtime.hardware import cpu_has_bfloat16
from lulc_core.model.runtime.openvino_graph import Graph, State

SIGNED = ("_expand_conv", "_conv_head")
"""Convolutions whose input comes from no ReLU6."""


def lite_precision(bounds: Mapping[str, float]) -> str:
    """Name the precision that EfficientNet-Lite runs in here: 8 bits with bounds, else bfloat16 where there is such."""
    if bounds:
        return "int8"
    return "bfloat16" if cpu_has_bfloat16() else "float32"


class LiteGraph(Graph):
    """Network.forward() with an EfficientNetLite (lulc_core/model/efficientnet_lite.py).

    Args:
        openvino: the module.
        state: arrays of the network by torch's names, norms not yet folded.
        bounds: the largest input of each convolution that is computed in 8 bits, by name.
        variant: a key of ``architecture.LITE``.
        input_px: tiles are enlarged to this side; 0 leaves them.
    """

    epsilon = LITE_NORM_EPSILON

    def __init__(self, openvino: Any, state: State, bounds: Mapping[str, float], variant: str, input_px: int) -> None:
        super().__init__(openvino, state, bounds, views=1)
        self.blocks, self.input_px = lite_blocks(variant), input_px
        self.precision = lite_precision(bounds)
        self.hint = "bf16" if self.precision == "bfloat16" else "f32"

    def backbone(self, h: Any) -> Any:
        """(N, C, H, W) -> the last convolution (N, 1280, h, w)."""
        if self.input_px:
            h = self.op.interpolate(
                h,
                np.array([self.input_px] * 2, np.int64),
                "linear_onnx",
                "sizes",
                coordinate_transformation_mode="half_pixel",
                axes=np.array([2, 3]),
            )
        h = self.bounded(self.convolution(h, "backbone._conv_stem", "backbone._bn0", stride=2))
        for index, shape in enumerate(self.blocks):
            h = self.lite_block(h, f"backbone._blocks.{index}", shape)
        return self.bounded(self.convolution(h, "backbone._conv_head", "backbone._bn1"))

    def lite_block(self, x: Any, name: str, shape: LiteShape) -> Any:
        """LiteBlock.forward()."""
        y = x
        if shape.expansion != 1:
            y = self.bounded(self.convolution(y, f"{name}._expand_conv", f"{name}._bn0"))
        y = self.bounded(self.convolution(y, f"{name}._depthwise_conv", f"{name}._bn1", stride=shape.stride))
        y = self.convolution(y, f"{name}._project_conv", f"{name}._bn2")
        return self.op.add(x, y) if shape.adds else y

    def bounded(self, x: Any) -> Any:
        """ReLU6."""
        return self.op.clamp(x, 0.0, 6.0)

    def convolution(self, x: Any, name: str, norm: str | None = None, *, stride: int = 1) -> Any:
        """A convolution with its norm folded in, padded as TensorFlow's ``same``; depthwise where it is one deep."""
        weight, bias = self.folded(name, norm)
        deep = weight.shape[1] > 1
        if not deep:
            weight = np.ascontiguousarray(weight[:, None])  # (C, 1, k, k) -> (groups, 1, 1, k, k)
        x, kernel = self.rounded(x, weight, name, signed=name.endswith(SIGNED))
        convolve = self.op.convolution if deep else self.op.group_convolution
        return self.op.add(convolve(x, kernel, [stride] * 2, [0, 0], [0, 0], [1, 1], "same_upper"), bias)
