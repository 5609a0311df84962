"""EfficientNet-Lite: depthwise blocks without squeeze-excitation, TensorFlow's padding; takes tiles of any size.

The names of the layers are those of the packages that carry the ImageNet weights, so that these load as they are.

Source: Tan and Le 2019, arXiv 1905.11946; the Lite variants as in tensorflow/tpu, efficientnet/lite (Apache-2.0).
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from lulc_core.model.architecture import LITE_FEATURES, LITE_NORM_EPSILON, LITE_STEM, LiteShape, lite_blocks


class SamePadConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's ``same``: what does not divide evenly goes to the right and below."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, c_in, H, W) -> (N, c_out, ceil(H / stride), ceil(W / stride))."""
        stride, kernel = self.stride[0], self.kernel_size[0]
        rows, columns = (max((math.ceil(n / stride) - 1) * stride + kernel - n, 0) for n in x.shape[2:])
        even = rows == columns and rows % 2 == 0
        if not even:
            x = F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        padding = rows // 2 if even else 0
        if x.requires_grad and self.groups > 1 and not self.weight.requires_grad:
            fixed: torch.Tensor = _FixedDepthwise.apply(x, self.weight.to(x.dtype), stride, padding)
            return fixed
        return F.conv2d(x, self.weight, self.bias, stride, padding, 1, self.groups)


class _FixedDepthwise(torch.autograd.Function):
    """A depthwise convolution whose kernels do not learn.

    Its gradient is a convolution too, of the gradient with zeros between for the stride, by the kernels turned over;
    as such torch runs it many times faster on a processor than as the gradient of a strided one.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, stride: int, padding: int) -> torch.Tensor:
        ctx.save_for_backward(weight)
        ctx.stride, ctx.padding, ctx.shape = stride, padding, x.shape
        return F.conv2d(x, weight, None, stride, padding, 1, len(weight))

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        (weight,), (grad,) = ctx.saved_tensors, grads
        reach = weight.shape[2] - 1
        if ctx.stride > 1:  # zeros where no output looked, so that the shape is that of the input
            rows, columns = (n + 2 * ctx.padding - reach for n in ctx.shape[2:])
            spread = grad.new_zeros((*grad.shape[:2], rows, columns)).contiguous(memory_format=torch.channels_last)
            spread[:, :, :: ctx.stride, :: ctx.stride] = grad
            grad = spread
        turned = weight.flip(2, 3)
        return F.conv2d(grad, turned, None, 1, reach - ctx.padding, 1, len(weight)), None, None, None


class LiteBlock(nn.Module):
    """Expand, filter each channel alone, project; with a short cut where the shape stays."""

    def __init__(self, shape: LiteShape) -> None:
        super().__init__()
        c_in, c_out, kernel, stride, expansion = shape
        wide = c_in * expansion
        self.expands = expansion != 1
        if self.expands:
            self._expand_conv = nn.Conv2d(c_in, wide, 1, bias=False)
            self._bn0 = _norm(wide)
        self._depthwise_conv = SamePadConv2d(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = _norm(wide)
        self._project_conv = nn.Conv2d(wide, c_out, 1, bias=False)
        self._bn2 = _norm(c_out)
        self.adds = shape.adds

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, c_in, H, W) -> (N, c_out, H / stride, W / stride)."""
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class EfficientNetLite(nn.Module):
    """Backbone ending in 1280 pooled features.

    Args:
        variant: a key of ``architecture.LITE``.
        input_px: tiles are brought to this side before the first convolution; 0 leaves them as they come.
        channels: of the input.
    """

    def __init__(self, variant: str, input_px: int = 0, channels: int = 3) -> None:
        super().__init__()
        blocks = lite_blocks(variant)
        self.input_px = input_px
        self._conv_stem = SamePadConv2d(channels, LITE_STEM, 3, 2, bias=False)
        self._bn0 = _norm(LITE_STEM)
        self._blocks = nn.ModuleList(LiteBlock(shape) for shape in blocks)
        self._conv_head = nn.Conv2d(blocks[-1].c_out, LITE_FEATURES, 1, bias=False)
        self._bn1 = _norm(LITE_FEATURES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, channels, H, W) -> features (N, 1280)."""
        if self.input_px and x.shape[2:] != (self.input_px, self.input_px):
            x = F.interpolate(x, size=(self.input_px, self.input_px), mode="bilinear", align_corners=False)
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return F.relu6(self._bn1(self._conv_head(x))).mean((2, 3))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=LITE_NORM_EPSILON)
