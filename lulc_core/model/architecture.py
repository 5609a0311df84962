"""Numbers of the networks that torch and OpenVINO must agree on; loads nothing heavy."""

from __future__ import annotations

import math
from typing import NamedTuple

FLAT_STD = 4.0
"""Grey levels added to a tile's own spread, so that the noise of open water is not blown up to a texture."""

NORM_EPSILON = 1e-5
"""Of batch normalisation; torch's default."""

VIEWS = {"compact": 2, "compact-plain": 1, "pocket": 2}
"""Views of a tile that each of our own networks takes (network.py, Network); torchvision's take one."""

LAST = {
    "compact": ("backbone.11.conv2.weight", (256, 256, 3, 3)),
    "compact-plain": ("backbone.11.conv2.weight", (256, 256, 3, 3)),
    "pocket": ("backbone.9.conv2.weight", (32, 32, 3, 3)),
}
"""Name and shape of the last convolution, by which weights of another network are told."""

LITE = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}
"""Width and depth of the EfficientNet-Lite variants, as multiples of Lite0's."""
LITE_INPUTS = (96, 128, 160, 224)
"""Sides in pixels that tiles can be enlarged to inside such a network."""
LITE_STEM, LITE_FEATURES = 32, 1280
"""Channels of the first and the last convolution, the same in all variants."""
LITE_NORM_EPSILON = 1e-3
"""Of their batch normalisation; TensorFlow's default."""

_LITE_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, side of the depthwise kernel, stride of the first block, expansion and channels of each stage of Lite0."""


class LiteShape(NamedTuple):
    """One block of an EfficientNet-Lite."""

    c_in: int
    c_out: int
    kernel: int
    """Side of the depthwise kernel."""
    stride: int
    expansion: int
    """Channels inside are ``c_in`` times this."""

    @property
    def adds(self) -> bool:
        """True where a short cut goes around the block."""
        return self.stride == 1 and self.c_in == self.c_out


def lite_variant(architecture: str) -> tuple[str, int] | None:
    """Split ``lite0-128`` into ``("lite0", 128)`` and ``lite0`` into ``("lite0", 0)``; None for any other network."""
    name, dash, size = architecture.partition("-")
    if name not in LITE or (dash and size not in {str(px) for px in LITE_INPUTS}):
        return None
    return name, int(size or 0)


def lite_blocks(variant: str) -> tuple[LiteShape, ...]:
    """List the blocks of a variant, a key of LITE, in order."""
    width, depth = LITE[variant]
    blocks, c_in = [], LITE_STEM
    for stage, (repeats, kernel, stride, expansion, channels) in enumerate(_LITE_STAGES):
        scaled = stage not in (0, len(_LITE_STAGES) - 1)  # Lite keeps the first and the last stage at one block
        c_out = _whole_eights(channels * width)
        for i in range(math.ceil(repeats * depth) if scaled else repeats):
            blocks.append(LiteShape(c_in, c_out, kernel, stride if i == 0 else 1, expansion))
            c_in = c_out
    return tuple(blocks)


def _whole_eights(channels: float) -> int:
    """Round to a multiple of 8, never down by more than a tenth."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8
