"""Numbers of the networks that torch and OpenVINO must agree on; loads nothing heavy."""

from __future__ import annotations

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
"""Width and depth of the EfficientNet-Lite variants, as multiples of Lite0's (efficientnet_lite.py)."""

LITE_NORM_EPSILON = 1e-3
"""Of their batch normalisation; TensorFlow's default."""

LITE_INPUTS = (96, 128, 160, 224)
"""Sides in pixels that tiles can be enlarged to inside such a network."""


def lite_variant(architecture: str) -> tuple[str, int] | None:
    """Split ``lite0-128`` into ``("lite0", 128)`` and ``lite0`` into ``("lite0", 0)``; None for any other network."""
    name, dash, size = architecture.partition("-")
    if name not in LITE or (dash and size not in {str(px) for px in LITE_INPUTS}):
        return None
    return name, int(size or 0)
