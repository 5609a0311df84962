from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import CancelledError, ModelError
from lulc_core.model.card import WEIGHTS_DIR
from lulc_core.model.classifier import available_models, load_card, load_classifier
from lulc_core.model.network import build_network
from lulc_core.model.runtime.torch_runner import Runner, Runtime, choose_runtime, fold_norms

from .conftest import save_pocket


def test_probabilities_are_rows_that_sum_to_one_and_read_only(pocket, tiles):
    prediction = load_classifier(str(pocket), device="cpu").predict(tiles)
    assert prediction.probabilities.shape == (21, 10)
    assert prediction.probabilities.dtype == np.float32
    assert np.allclose(prediction.probabilities.sum(1), 1, atol=1e-5)
    assert prediction.ood_score.shape == prediction.is_ood.shape == (21,)
    assert np.array_equal(prediction.is_ood, prediction.ood_score > 1.2)
    for array in (prediction.probabilities, prediction.ood_score, prediction.is_ood):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_no_tiles_give_no_rows(pocket):
    prediction = load_classifier(str(pocket), device="cpu").predict(np.empty((0, 64, 64, 3), np.uint8))
    assert prediction.probabilities.shape == (0, 10)
    assert prediction.is_ood.shape == (0,)


def test_temperature_of_the_card_softens(tmp_path, tiles):
    sharp = load_classifier(str(save_pocket(tmp_path, "a", temperature=0.5)), device="cpu").predict(tiles)
    soft = load_classifier(str(save_pocket(tmp_path, "b", temperature=5.0)), device="cpu").predict(tiles)
    assert np.array_equal(sharp.probabilities.argmax(1), soft.probabilities.argmax(1))
    assert (sharp.probabilities.max(1) > soft.probabilities.max(1)).all()


def test_batches_and_order_do_not_matter(tiles):
    network = build_network("pocket").eval()
    runtime = Runtime("cpu", "float32")
    whole = Runner(_copy(network), runtime).run(tiles).logits
    parts = Runner(_copy(network), runtime, batch=4).run(tiles).logits
    backwards = Runner(_copy(network), runtime, batch=5).run(tiles[::-1]).logits
    assert np.allclose(whole, parts, atol=1e-4)
    assert np.allclose(whole, backwards[::-1], atol=1e-4)


@pytest.mark.parametrize("architecture", ["pocket", "compact", "resnet18", "resnet50"])
def test_folding_norms_keeps_the_answers(architecture):
    torch.manual_seed(0)
    network = build_network(architecture).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.7, 1.4)
            module.bias.data.normal_(0, 0.1)
    x = torch.rand(3, 3, 64, 64) * 255
    with torch.inference_mode():
        before = network(x)
        folded = fold_norms(_copy(network))
        after = folded(x)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in folded.modules())
    assert torch.allclose(before, after, rtol=1e-3, atol=1e-3 * float(before.abs().max()))


def test_bfloat16_names_as_float32_does(pocket, tiles):
    network = build_network("pocket").eval()
    full = Runner(_copy(network), Runtime("cpu", "float32")).run(tiles).logits
    half = Runner(_copy(network), Runtime("cpu", "bfloat16")).run(tiles).logits
    assert np.abs(full - half).max() < 0.05 * np.abs(full).max()


def test_out_of_memory_halves_the_batch_and_goes_on(tiles, monkeypatch):
    network = build_network("pocket").eval()
    expected = Runner(_copy(network), Runtime("cpu", "float32")).run(tiles).logits
    runner = Runner(_copy(network), Runtime("cpu", "float32"), batch=16)
    tried = []

    def small_card(module, inputs):
        tried.append(len(inputs[0]))
        if len(inputs[0]) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    runner._network.backbone.register_forward_pre_hook(small_card)
    logits = runner.run(tiles).logits
    assert tried == [16, 8, 4, 4, 4, 4, 4, 1]
    assert np.allclose(logits, expected, atol=1e-4)


def test_out_of_memory_with_a_single_tile_is_an_error(tiles):
    runner = Runner(build_network("pocket").eval(), Runtime("cpu", "float32"))

    def no_room(module, inputs):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    runner._network.backbone.register_forward_pre_hook(no_room)
    with pytest.raises(ModelError, match="not enough free memory for a single tile"):
        runner.run(tiles)


def test_progress_and_cancelling(pocket, tiles):
    classifier = load_classifier(str(pocket), device="cpu")
    heard = []
    classifier.predict(tiles, on_progress=lambda f, m: heard.append(f))
    assert heard[-1] == 1.0
    with pytest.raises(CancelledError):
        classifier.predict(tiles, cancelled=lambda: True)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((2, 64, 64, 3), np.float32),
        np.zeros((64, 64, 3), np.uint8),
        np.zeros((2, 3, 64, 64), np.uint8),
        np.zeros((2, 17, 11, 3), np.uint8),
        [[1, 2, 3]],
    ],
    ids=["float", "one tile", "channels first", "other size", "list"],
)
def test_other_shapes_and_types_are_refused(pocket, bad):
    with pytest.raises(ModelError, match=r"takes uint8 tiles of shape \(N, 64, 64, 3\); it was given"):
        load_classifier(str(pocket), device="cpu").predict(bad)


def test_unknown_names_say_what_there_is(tmp_path):
    with pytest.raises(ModelError, match="There is no model 'vgg'; available: "):
        load_card("vgg")
    with pytest.raises(ModelError, match="There is no model"):
        load_card("../weights/compact")
    with pytest.raises(ModelError, match="There is no model"):
        load_classifier(str(tmp_path / "absent.safetensors"))


def test_weights_from_the_west_alone_are_no_choice_but_can_be_named(tmp_path, monkeypatch):
    from lulc_core.model import card

    monkeypatch.setattr(card, "WEIGHTS_DIR", tmp_path)
    save_pocket(tmp_path, "made")
    west = save_pocket(tmp_path, "made-west")
    assert card.available_models() == ("made",)
    assert card.resolve("made-west") == west and load_card("made-west").name == "made-west"


def test_damaged_or_foreign_files(pocket, tmp_path):
    good = pocket.read_bytes()
    pocket.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(ModelError, match="are not those of their card: sha256"):
        load_classifier(str(pocket))
    pocket.write_bytes(good)
    card = pocket.with_suffix(".json")
    text = card.read_text()
    card.write_text(text[:50])
    with pytest.raises(ModelError, match=r"card tiny\.json is damaged"):
        load_classifier(str(pocket))
    card.write_text(text.replace('"pocket"', '"compact"'))
    with pytest.raises(ModelError, match="do not fit the architecture 'compact'"):
        load_classifier(str(pocket))
    card.unlink()
    with pytest.raises(ModelError, match="have no card"):
        load_classifier(str(pocket))


def test_garbage_with_a_matching_hash(tmp_path):
    import hashlib

    path = save_pocket(tmp_path, sha256=hashlib.sha256(b"garbage").hexdigest())
    path.write_bytes(b"garbage")
    with pytest.raises(ModelError, match="no readable safetensors file"):
        load_classifier(str(path))


def test_absent_device(pocket):
    with pytest.raises(ModelError, match="device 'tpu' is not available"):
        load_classifier(str(pocket), device="tpu")
    if not torch.cuda.is_available():
        with pytest.raises(ModelError, match="device 'cuda' is not available"):
            load_classifier(str(pocket), device="cuda")
        assert choose_runtime().device in ("cpu", "mps")


def test_cards_load_without_torch():
    code = (
        "import sys, lulc_core.model.classifier as c; c.available_models(); "
        "[c.load_card(n) for n in c.available_models()]; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not available_models(), reason="no weights here yet")
def test_shipped_default_fits_its_card():
    card = load_card()
    assert card.classes == CLASS_NAMES
    assert (WEIGHTS_DIR / f"{card.name}.safetensors").stat().st_size < 9_000_000
    prediction = load_classifier().predict(np.full((2, 64, 64, 3), 60, np.uint8))
    assert np.isfinite(prediction.probabilities).all()


def _copy(network):
    import copy

    return copy.deepcopy(network)


def test_loading_in_one_thread_leaves_predictions_in_another_alone(tmp_path):
    """Every session loads and predicts in threads of its own; neither may change what the other one does."""
    from concurrent.futures import ThreadPoolExecutor

    weights = save_pocket(tmp_path)
    tiles = np.random.default_rng(5).integers(1, 256, (8, 64, 64, 3), dtype=np.uint8)
    first = load_classifier(str(weights), device="cpu")
    expected = first.predict(tiles).probabilities
    with ThreadPoolExecutor(6) as pool:
        loads = [pool.submit(load_classifier, str(weights), device="cpu") for _ in range(12)]
        answers = [pool.submit(first.predict, tiles) for _ in range(24)]
        for future in answers:
            np.testing.assert_array_equal(future.result().probabilities, expected)
        for future in loads:
            np.testing.assert_array_equal(future.result().predict(tiles).probabilities, expected)


def test_symmetries_are_the_mean_over_all_turns_and_mirrors(pocket, tiles):
    tiles = tiles // 4 + np.linspace(0, 180, 64).astype(np.uint8)[None, :, None, None]  # brighter towards the bottom
    classifier = load_classifier(str(pocket), device="cpu", precision="float32")
    plain = classifier.predict(tiles)
    ways = [np.rot90(t, k, (1, 2)) for t in (tiles, tiles[:, :, ::-1]) for k in range(4)]
    expected = np.mean([classifier.predict(np.ascontiguousarray(w)).probabilities for w in ways], axis=0)
    averaged = classifier.predict(tiles, test_time_augmentation=True)
    assert np.allclose(averaged.probabilities, expected, atol=1e-5)
    assert not np.allclose(averaged.probabilities, plain.probabilities, atol=1e-4)
    assert np.array_equal(averaged.ood_score, plain.ood_score)
    asked = load_classifier(str(pocket), device="cpu", precision="float32", test_time_augmentation=True)
    assert np.allclose(asked.predict(tiles).probabilities, averaged.probabilities, atol=1e-5)
    heard = []
    classifier.predict(tiles, test_time_augmentation=True, on_progress=lambda f, m: heard.append(f))
    assert heard == sorted(heard) and heard[-1] == 1.0


def test_surface_reflectance_has_a_threshold_of_its_own(tmp_path, tiles):
    weights = save_pocket(tmp_path)
    plain = load_classifier(str(weights), device="cpu")
    assert plain.for_level("L2A") is plain  # cards of before have one threshold
    tiles = tiles[:, ::8, ::8].repeat(8, 1).repeat(8, 2)  # fields: noise is unlike at any level
    score = plain.predict(tiles).ood_score
    low, high = float(np.quantile(score, 0.2)), float(np.quantile(score, 0.8))
    card = replace(load_card(str(weights)), unlike_threshold=low, unlike_threshold_l2a=high)
    weights.with_suffix(".json").write_text(card.to_json())
    network = load_classifier(str(weights), device="cpu")
    assert network.for_level("L1C") is network
    assert network.predict(tiles).is_ood.sum() > network.for_level("L2A").predict(tiles).is_ood.sum() > 0


def test_what_was_seen_is_answered_from_memory(pocket, tiles, monkeypatch):
    plain = load_classifier(str(pocket), device="cpu", precision="float32")
    network = plain.remembering()
    asked, run = [], plain._runner.run
    monkeypatch.setattr(plain._runner, "run", lambda rgb, **options: asked.append(len(rgb)) or run(rgb, **options))
    first = network.predict(tiles[:6])
    again = network.predict(tiles[2:9][::-1])
    assert asked == [6, 3]
    for got, expected in ((first, plain.predict(tiles[:6])), (again, plain.predict(tiles[2:9][::-1]))):
        np.testing.assert_allclose(got.probabilities, expected.probabilities, atol=1e-6)
        np.testing.assert_allclose(got.ood_score, expected.ood_score, rtol=1e-5)
        np.testing.assert_array_equal(got.is_ood, expected.is_ood)
    asked.clear()
    network.predict(tiles[:6], test_time_augmentation=True)  # another question about the same pixels
    assert asked == [6] * 8
    plain.remembering().predict(tiles[:6])  # each remembers for itself
    assert len(asked) == 9
    assert len(network.predict(tiles[:0]).is_ood) == 0


def test_memory_keeps_so_many_answers_and_no_more(pocket, tiles, monkeypatch):
    import lulc_core.model.classifier as module

    monkeypatch.setattr(module, "MOST_KNOWN", 4)
    plain = load_classifier(str(pocket), device="cpu", precision="float32")
    network = plain.remembering()
    for part in (tiles[:3], tiles[3:9], tiles[:9]):
        got = network.predict(part)
    assert len(network._known) == 4
    np.testing.assert_allclose(got.probabilities, plain.predict(tiles[:9]).probabilities, atol=1e-6)


def test_copies_of_a_classifier_load_what_blocks_need_once():
    network = load_classifier("compact", device="cpu")
    first = network.remembering().prepare_windows()
    assert first is not None
    assert network.prepare_windows() is first and network.for_level("L2A").remembering().prepare_windows() is first
