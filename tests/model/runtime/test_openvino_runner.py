"""The network in OpenVINO: the same answers as torch's, in 8 bits nearly so, and torch where it cannot be had."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import RGB
from lulc_core.domain.errors import CancelledError, ModelError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.radiometry import to_eurosat_rgb
from lulc_core.model.classifier import load_classifier
from lulc_core.model.network import build_network
from lulc_core.model.runtime import openvino_runner
from lulc_core.model.runtime.torch_runner import Runner, Runtime
from lulc_core.sources.simulation.source import SimulatedSource
from tests.model.conftest import pocket_network, save_pocket

openvino = openvino_runner.openvino_or_none()
needs_openvino = pytest.mark.skipif(openvino is None, reason="OpenVINO is not installed")


def _state(network) -> dict[str, np.ndarray]:
    return {k: v.numpy().copy() for k, v in network.state_dict().items()}


@needs_openvino
@pytest.mark.parametrize("architecture", ["pocket", "compact", "compact-plain"])
def test_without_bounds_it_computes_what_torch_computes(architecture, tiles):
    import torch

    torch.manual_seed(2)
    network = pocket_network() if architecture == "pocket" else build_network(architecture).eval()
    with_zeros = tiles.copy()
    with_zeros[3, :, :40] = 0
    ours = openvino_runner.OpenVinoRunner(openvino, architecture, _state(network), {}).run(with_zeros)
    theirs = Runner(network, Runtime("cpu", "float32")).run(with_zeros)
    for name, a, b in zip(ours._fields, ours, theirs, strict=True):
        assert a.shape == b.shape, name
        assert np.allclose(a, b, rtol=1e-3, atol=1e-3 * max(1.0, float(np.abs(b).max()))), name
    assert ours.zero_share[3] == pytest.approx(40 / 64)


@needs_openvino
@pytest.mark.parametrize("architecture", ["lite0", "lite0-96", "lite2"])
def test_efficientnet_lite_is_torch_s_in_float32_and_nearly_so_in_bfloat16(architecture, tiles, monkeypatch):
    import torch

    torch.manual_seed(3)
    network = build_network(architecture).eval()
    state = _state(network)  # before its norms are folded
    monkeypatch.setattr("lulc_core.model.runtime.openvino_lite.cpu_has_bfloat16", lambda: False)
    exact = openvino_runner.OpenVinoRunner(openvino, architecture, state, {})
    theirs = Runner(network, Runtime("cpu", "float32")).run(tiles)
    assert exact.precision == "float32"
    for name, a, b in zip(theirs._fields, exact.run(tiles), theirs, strict=True):
        assert a.shape == b.shape, name
        assert np.allclose(a, b, rtol=1e-3, atol=1e-4 * max(1.0, float(np.abs(b).max()))), name
    monkeypatch.setattr("lulc_core.model.runtime.openvino_lite.cpu_has_bfloat16", lambda: True)
    rounded = openvino_runner.OpenVinoRunner(openvino, architecture, state, {})
    assert rounded.precision == "bfloat16"
    assert np.abs(rounded.run(tiles).logits - theirs.logits).max() < 0.1 * np.abs(theirs.logits).max()
    with pytest.raises(KeyError, match="are not those of lite1"):
        openvino_runner.check_state("lite1", {**state, "backbone._conv_head.weight": np.zeros((1, 1, 1, 1))})


@needs_openvino
def test_in_8_bits_it_answers_nearly_the_same(tmp_path, tiles):
    weights = str(save_pocket(tmp_path, int8=True))
    fast = load_classifier(weights, device="cpu")
    slow = load_classifier(weights, device="cpu", precision="float32")
    assert (fast.precision, slow.precision) == ("int8", "float32")
    a, b = fast.predict(tiles).probabilities, slow.predict(tiles).probabilities
    assert np.abs(a - b).max() < 0.05
    assert not np.array_equal(a, b)  # it is another computation


@needs_openvino
def test_the_default_in_8_bits_names_what_it_names_in_float32():
    source, aoi = SimulatedSource(), Aoi.from_bbox(8.80, 45.44, 8.90, 45.52)
    grid = TileGrid.from_aoi(aoi)
    (day, *_) = source.search(aoi, date(2021, 6, 10), date(2021, 7, 10))
    rgb = to_eurosat_rgb(source.load(day, RGB, grid).reflectance)
    ground = rgb.reshape(3, grid.n_rows, 64, grid.n_cols, 64).transpose(1, 3, 2, 4, 0).reshape(-1, 64, 64, 3)
    fast, slow = load_classifier(device="cpu"), load_classifier(device="cpu", precision="float32")
    assert (fast.precision, slow.precision) == ("int8", "float32")
    a, b = fast.predict(ground).probabilities, slow.predict(ground).probabilities
    assert np.abs(a - b).mean() < 0.01
    assert (a.argmax(1) == b.argmax(1)).mean() >= 0.95
    assert not np.array_equal(a, b)


@needs_openvino
def test_values_are_first_read_by_one_thread_alone(monkeypatch):
    """Two threads that read OpenVINO's first array at once wait for one another without end: seen once, by gdb."""
    read = []

    class Tensor(openvino.Tensor):
        @property
        def data(self):
            read.append(openvino_runner._FIRST_READ.locked())
            return super().data

    monkeypatch.setattr(openvino, "Tensor", Tensor)
    assert openvino_runner.openvino_or_none() is openvino
    assert read == [True]


@needs_openvino
def test_more_tiles_than_a_batch_come_back_in_order(tmp_path):
    classifier = load_classifier(str(save_pocket(tmp_path, int8=True)), device="cpu")
    many = np.random.default_rng(3).integers(1, 256, (3 * openvino_runner.BATCH + 7, 64, 64, 3), dtype=np.uint8)
    whole = classifier.predict(many).probabilities
    again = np.concatenate([classifier.predict(many[i : i + 10]).probabilities for i in range(0, len(many), 10)])
    assert np.allclose(whole, again, atol=1e-5)
    heard = []
    classifier.predict(many, on_progress=lambda f, m: heard.append(f))
    assert heard == sorted(heard) and heard[-1] == 1.0
    with pytest.raises(CancelledError):
        classifier.predict(many, cancelled=lambda: True)


def test_torch_takes_over_where_openvino_is_not(tmp_path, tiles, monkeypatch):
    monkeypatch.setattr(openvino_runner, "openvino_or_none", lambda: None)
    weights = str(save_pocket(tmp_path, int8=True))
    classifier = load_classifier(weights, device="cpu")
    assert classifier.precision in ("bfloat16", "float32")
    assert classifier.predict(tiles).probabilities.shape == (21, 10)
    with pytest.raises(ModelError, match="cannot be run in 8 bits here"):
        load_classifier(weights, device="cpu", precision="int8")


def test_weights_without_bounds_run_in_torch(pocket):
    assert load_classifier(str(pocket), device="cpu").precision in ("bfloat16", "float32")
    with pytest.raises(ModelError, match="no precision 'int4'"):
        load_classifier(str(pocket), device="cpu", precision="int4")


@needs_openvino
def test_naming_tiles_loads_neither_torch_nor_anything_that_reports_to_others(tmp_path):
    weights = str(save_pocket(tmp_path, int8=True))
    code = (
        "import sys, numpy as np; from lulc_core.model.classifier import load_classifier; "
        f"load_classifier({weights!r}, device='cpu').predict(np.ones((1, 64, 64, 3), 'u1')); "
        "loaded = [m for m, there in sys.modules.items() if there is not None]; "
        "sys.exit('openvino' not in loaded or any(m.split('.')[0] in ('torch', 'openvino_telemetry') for m in loaded))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_openvino
def test_naming_windows_of_finer_maps_does_without_torch_too():
    code = (
        "import sys, numpy as np; from lulc_core.model.classifier import load_classifier; "
        "answers = load_classifier(device='cpu').predict_windows("
        "np.full((96, 80, 3), 90, 'u1'), np.ones((3, 2), bool), step_px=16); "
        "sys.exit(answers.probabilities.shape != (6, 10) or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
