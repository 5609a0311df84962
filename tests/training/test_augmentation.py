from __future__ import annotations

import numpy as np
import pytest
import torch

from lulc_core.training import augmentation as aug


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _batch(n: int = 16, px: int = 64) -> torch.Tensor:
    return torch.rand(n, 3, px, px, generator=_rng(9)) * 200 + 20


def test_eighths_of_the_batch_get_the_eight_symmetries():
    one = _batch(1)
    turned = aug.turn_and_flip(one.expand(8, -1, -1, -1))
    output = {t.numpy().tobytes() for t in turned}
    assert len(output) == 8
    for t in turned:  # the same grey levels at other places
        assert torch.equal(t.flatten().sort().values, one.flatten().sort().values)


def test_augment_repeats_with_the_same_generator_and_stays_in_range():
    x = _batch()
    a, b, c = (aug.augment(x, _rng(s), 1.0, each=1.0) for s in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert float(a.min()) >= 0
    assert float(a.max()) <= 255
    assert torch.isfinite(a).all()


def test_robust_share_says_how_many_patches_change():
    x = _batch(40)
    out = aug.augment(x, _rng(), 0.25, each=1.0)
    symmetric = aug.turn_and_flip(x)
    changed = (out != symmetric).flatten(1).any(1).sum()
    assert int(changed) == 10


@pytest.mark.parametrize("name", list(aug.EFFECTS))
def test_every_effect_changes_and_keeps_the_shape(name):
    x = _batch(17, 33)
    y = aug.EFFECTS[name](x.clone(), _rng())
    assert y.shape == x.shape
    assert float((y - x).abs().mean()) > 0.5


def test_surface_effect_darkens_blue_most():
    x = torch.full((64, 3, 8, 8), 100.0)  # reflectance 0.108, a usual land value
    change = (aug.to_surface(x, _rng()) - x).mean((0, 2, 3))
    assert change[2] < change[1] < change[0] < 0


def test_mix_weights_add_up():
    x = torch.arange(12.0).view(12, 1, 1, 1).expand(12, 3, 20, 20).contiguous()
    kinds = set()
    for seed in range(30):
        mixed, partner, own = aug.mix(x, _rng(seed), 1.0)
        expected = own * torch.arange(12.0) + (1 - own) * partner.float()
        assert torch.allclose(mixed.mean((1, 2, 3)), expected, atol=1e-4)
        kinds.add(len(mixed[0].unique()))
    assert kinds == {1, 2}  # mixup leaves one grey level, cutmix two
    same, _, own = aug.mix(x, _rng(), 0.0)
    assert own == 1.0
    assert torch.equal(same, x)


def test_to_batch_keeps_channels_in_order():
    image = np.zeros((1, 4, 4, 3), np.uint8)
    image[..., 2] = 7
    x = aug.to_batch(torch.from_numpy(image))
    assert x.shape == (1, 3, 4, 4)
    assert x[0, 2].eq(7).all()
    assert x[0, :2].eq(0).all()


def test_stretch_fills_the_range_and_never_leaves_it():
    x = _batch(64) * 0.2 + 90  # flat patches: 94 to 134
    y = aug.stretch(x, _rng())
    assert float(y.min()) >= 0 and float(y.max()) <= 255
    spread = y.flatten(1).std(1) / x.flatten(1).std(1)
    assert float(spread.min()) >= 0.99
    assert float((spread > 4).float().mean()) > 0.3  # half go the whole way


def test_blur_flattens_and_keeps_the_mean():
    x = _batch(32)
    y = aug.blur(x, _rng(), 1.6)
    assert (y.flatten(1).std(1) < x.flatten(1).std(1)).all()
    assert torch.allclose(y.mean((1, 2, 3)), x.mean((1, 2, 3)), atol=1.0)


def test_strips_without_data_touch_an_edge_and_leave_the_rest_alone():
    x = _batch(64)
    y = aug.cut_off(x, _rng(), 0.3)
    gone = ((y == 0) | (y == 255)).all(1)  # (N, H, W)
    assert (gone.flatten(1).float().mean(1) <= 0.31).all()
    edge = torch.cat((gone[:, 0], gone[:, -1], gone[:, :, 0], gone[:, :, -1]), 1).any(1)
    assert torch.equal(edge, gone.flatten(1).any(1))
    assert torch.equal(torch.where(gone[:, None], x, y), x)


def test_compression_is_that_of_jpeg_files():
    x = _batch(4).round()
    y = aug.compress(x, _rng(), 100, 100)
    z = aug.compress(x, _rng(), 30, 30)
    assert float((y - x).abs().mean()) < float((z - x).abs().mean())
    assert torch.equal(y, y.round())


def test_columns_or_rows_differ_by_a_factor_of_their_own():
    x = torch.full((200, 3, 17, 11), 100.0)
    y = aug.add_columns(x, _rng(), 0.07)
    along_rows = (y - y[:, :, :1]).abs().amax((1, 2, 3)) < 1e-3  # every row alike: columns differ
    along_columns = (y - y[:, :, :, :1]).abs().amax((1, 2, 3)) < 1e-3
    assert (along_rows ^ along_columns).all()
    assert 60 < int(along_rows.sum()) < 140
    grey = (y - y[:, :1]).abs().amax((1, 2, 3)) < 1e-3  # all channels by the same factor
    assert 60 < int(grey.sum()) < 140
    assert float(y.mean()) == pytest.approx(100, abs=0.3)
    assert 0.03 < float(y.std()) / 100 < 0.05  # sigma is uniform up to 0.07: root mean square 0.040
