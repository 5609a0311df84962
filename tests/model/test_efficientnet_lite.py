"""EfficientNet-Lite: TensorFlow's padding, tiles of any size, and the quick gradient of kernels that do not learn."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from lulc_core.domain.errors import ModelError
from lulc_core.model.efficientnet_lite import SamePadConv2d
from lulc_core.model.network import build_network


@pytest.mark.parametrize(("kernel", "stride", "height", "width"), [(3, 2, 12, 9), (5, 2, 7, 12), (5, 1, 3, 4)])
def test_padding_is_tensorflow_s_same(kernel, stride, height, width):
    conv = SamePadConv2d(4, 4, kernel, stride, groups=4, bias=False)
    x = torch.randn(2, 4, height, width)
    y = conv(x)
    assert y.shape[2:] == (-(-height // stride), -(-width // stride))
    # By hand: the padded picture, what does not divide evenly to the right and below.
    down, across = (max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in (height, width))
    padded = F.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))
    assert torch.allclose(y, F.conv2d(padded, conv.weight, stride=stride, groups=4), atol=1e-6)


@pytest.mark.parametrize(
    ("kernel", "stride", "px"), [(3, 1, 12), (3, 2, 12), (5, 2, 12), (5, 2, 7), (5, 1, 4), (5, 2, 3)]
)
def test_gradient_past_fixed_kernels_is_that_of_torch(kernel, stride, px):
    conv = SamePadConv2d(8, 8, kernel, stride, groups=8, bias=False).double()
    x = torch.randn(2, 8, px, px, dtype=torch.double, requires_grad=True)
    y = conv(x)
    above = torch.randn_like(y)
    (expected,) = torch.autograd.grad(y, x, above)
    conv.weight.requires_grad_(False)
    fixed = conv(x)
    (found,) = torch.autograd.grad(fixed, x, above)
    assert torch.equal(fixed, y)
    assert torch.allclose(found, expected, atol=1e-12)


def test_tiles_are_enlarged_inside():
    network = build_network("lite0-96").eval()
    tiles = torch.randint(0, 256, (2, 3, 64, 64)).float()
    large = F.interpolate(tiles, size=(96, 96), mode="bilinear", align_corners=False)
    with torch.inference_mode():
        assert torch.allclose(network(tiles), network(large), atol=1e-4)
    assert sum(p.numel() for p in network.backbone.parameters()) == 3_371_008  # as in the package


@pytest.mark.parametrize("name", ["lite3", "lite0-100", "lite0-", "lite0-0"])
def test_unknown_variants_are_refused(name):
    with pytest.raises(ModelError, match="known are"):
        build_network(name)
