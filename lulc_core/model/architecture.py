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
