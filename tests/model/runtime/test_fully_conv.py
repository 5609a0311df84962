"""All windows of a scene at once: the same windows wherever blocks and phases lie, and near to them one by one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lulc_core.domain.errors import CancelledError, ModelError
from lulc_core.model.resolution import ResolutionFacts, facts_path, load_resolution_facts
from lulc_core.model.runtime.windows import predict_one_by_one, to_power, window_counts

torch = pytest.importorskip("torch")

from lulc_core.model.network import build_network  # noqa: E402
from lulc_core.model.runtime import fully_conv  # noqa: E402
from lulc_core.model.runtime.fully_conv_openvino import OpenVinoBlocks  # noqa: E402
from lulc_core.model.runtime.fully_conv_torch import TorchBlocks  # noqa: E402
from lulc_core.model.runtime.openvino_runner import openvino_or_none  # noqa: E402
from lulc_core.model.runtime.torch_runner import Runtime  # noqa: E402

FLOAT = Runtime("cpu", "float32")


def network(architecture: str = "pocket") -> fully_conv.FullyConvolutional:
    torch.manual_seed(1)
    return fully_conv.FullyConvolutional(TorchBlocks(build_network(architecture), FLOAT))


def land(rows: int, cols: int, seed: int = 0) -> np.ndarray:
    """Smooth patches with some noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 200, (rows // 32, cols // 32, 3)).repeat(32, 0).repeat(32, 1)
    return np.clip(coarse + rng.normal(0, 12, coarse.shape), 1, 255).astype(np.uint8)


def output(
    grey: np.ndarray, wanted: np.ndarray, step_px: int = 16, made: fully_conv.FullyConvolutional | None = None
) -> np.ndarray:
    """(R, C, 10) logits, NaN where nothing was seen."""
    out = np.full((wanted.size, 10), np.nan, np.float32)
    for index, part in (made or network()).run(grey, wanted, step_px=step_px):
        assert np.isnan(out[index]).all(), "every window has one turn"
        out[index] = part.logits
    return out.reshape(*wanted.shape, 10)


def test_exactly_the_wanted_windows_are_seen() -> None:
    grey = land(192, 256)
    wanted = np.random.default_rng(2).random(window_counts(grey.shape[:2], 16)) < 0.2
    found = output(grey, wanted)
    np.testing.assert_array_equal(np.isfinite(found[..., 0]), wanted)
    every = output(grey, np.ones_like(wanted))
    np.testing.assert_allclose(found[wanted], every[wanted], atol=1e-4)


def test_blocks_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    grey = land(448, 448)
    wanted = np.ones(window_counts(grey.shape[:2], 16), bool)
    whole = output(grey, wanted)
    monkeypatch.setattr(fully_conv, "BLOCK_PX", 128)
    cut = output(grey, wanted)
    scale = whole.std()
    assert np.abs(cut - whole).mean() < 0.02 * scale and (cut.argmax(2) == whole.argmax(2)).mean() > 0.97


def test_every_second_window_of_80_m_is_one_of_160_m() -> None:
    grey = land(192, 224)
    fine = output(grey, np.ones(window_counts(grey.shape[:2], 8), bool), 8)
    assert np.isfinite(fine).all()
    coarse = output(grey, np.ones(window_counts(grey.shape[:2], 16), bool))
    np.testing.assert_allclose(fine[::2, ::2], coarse, atol=1e-4)


def test_light_and_black_are_those_of_each_window() -> None:
    grey = land(128, 160)
    grey[:40, :72] = 0
    wanted = np.ones(window_counts(grey.shape[:2], 16), bool)
    ((index, found),) = network().run(grey, wanted, step_px=16)
    assert index.tolist() == list(range(wanted.size))
    for k, (row, col) in enumerate(np.argwhere(wanted)):
        pixels = grey[16 * row : 16 * row + 64 : 2, 16 * col : 16 * col + 64 : 2].astype(np.float64)
        band_stats = np.concatenate([pixels.mean((0, 1)), pixels.std((0, 1))])
        np.testing.assert_allclose(found.band_stats[k], band_stats, rtol=1e-3, atol=0.05)
        assert found.zero_share[k] == pytest.approx((pixels == 0).all(2).mean(), abs=1e-5)


def test_one_window_alone_is_close_to_the_network_itself() -> None:
    tiles = np.stack([land(64, 64, seed) for seed in range(12)])
    torch.manual_seed(1)
    plain = build_network("pocket").eval()
    with torch.inference_mode():
        expected = plain(torch.from_numpy(tiles).permute(0, 3, 1, 2).float()).numpy()
    found = np.concatenate([output(t, np.ones((1, 1), bool))[0] for t in tiles])
    # A window with nothing around it ends in zeros like a tile, and all statistics are its own.
    np.testing.assert_allclose(found, expected, atol=2e-3)


@pytest.mark.parametrize("architecture", ["pocket", "compact-plain", "compact"])
@pytest.mark.parametrize("shape", [(64, 64), (64, 160), (208, 336)])
def test_openvino_sees_in_blocks_what_torch_sees(architecture: str, shape: tuple[int, int]) -> None:
    openvino = openvino_or_none()
    if openvino is None:
        pytest.skip("OpenVINO is not installed here")
    torch.manual_seed(2)
    made = build_network(architecture)
    for module in made.modules():  # norms as after training: of their own mean and spread
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    state = {k: v.numpy().copy() for k, v in made.state_dict().items()}
    grey = land(*(32 * -(-n // 32) for n in shape))[: shape[0], : shape[1]].copy()
    grey[:30, :40] = 0
    torchs = TorchBlocks(made, FLOAT).predict(grey)
    floats = OpenVinoBlocks(openvino, architecture, state, {}).predict(grey)
    assert floats.logits.shape == ((shape[0] - 64) // 16 + 1, (shape[1] - 64) // 16 + 1, 10)
    for ours, theirs in zip(floats, torchs, strict=True):
        assert ours.shape == theirs.shape and ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=2e-3 * max(1.0, float(np.abs(theirs).max())) * 0.1)


def test_what_cannot_be_run_is_refused_and_stopping_works() -> None:
    with pytest.raises(ModelError, match="compact"):
        TorchBlocks(build_network("resnet18"), FLOAT)
    grey = land(128, 128)
    with pytest.raises(ValueError, match="5, 5"):
        list(network().run(grey, np.ones((3, 3), bool), step_px=16))
    with pytest.raises(ValueError, match="step_px is 32"):
        list(network().run(grey, np.ones((3, 3), bool), step_px=32))
    with pytest.raises(CancelledError):
        list(network().run(grey, np.ones((5, 5), bool), step_px=16, cancelled=lambda: True))


def test_one_by_one_gives_each_window_as_a_tile() -> None:
    grey = land(128, 160)
    wanted = np.zeros(window_counts(grey.shape[:2], 32), bool)
    wanted[1, 2] = wanted[2, 0] = True

    class Remembers:
        def predict(self, rgb, **_):
            self.rgb = rgb
            return type(
                "A", (), {"probabilities": np.full((len(rgb), 10), 0.1, np.float32), "is_ood": rgb[:, 0, 0, 0] > 0}
            )

    classifier = Remembers()
    answers = predict_one_by_one(classifier.predict, grey, wanted, step_px=32)
    np.testing.assert_array_equal(classifier.rgb[0], grey[32:96, 64:128])
    np.testing.assert_array_equal(classifier.rgb[1], grey[64:128, 0:64])
    assert answers.probabilities.shape == (2, 10) and not answers.probabilities.flags.writeable


def test_facts_belong_to_one_set_of_weights(tmp_path: Path) -> None:
    assert load_resolution_facts("mine", "ab", tmp_path) is None
    facts = ResolutionFacts("ab", 1.25, {320: 1.4, 160: 1.3}, {"n": 3})
    facts_path("mine", tmp_path).write_text(facts.to_json(), encoding="utf-8")
    assert load_resolution_facts("mine", "ab", tmp_path) == facts
    assert load_resolution_facts("mine", "cd", tmp_path) is None, "measured for other weights"
    broken = json.loads(facts.to_json())
    del broken["sharpness"]
    facts_path("mine", tmp_path).write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(ModelError, match=r"mine\.detail\.json"):
        load_resolution_facts("mine", "ab", tmp_path)


def test_sharpening_keeps_the_order_and_the_sum() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(10), 50).astype(np.float32)
    for power in (0.7, 1.0, 2.0):
        q = to_power(p, power)
        np.testing.assert_allclose(q.sum(1), 1, rtol=1e-5)
        np.testing.assert_array_equal(q.argsort(1), p.argsort(1))
    assert (to_power(p, 2.0).max(1) > p.max(1)).all() and (to_power(p, 0.7).max(1) < p.max(1)).all()
