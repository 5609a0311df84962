from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import CancelledError, FileFormatError, InputError, ModelError
from lulc_core.model.classifier import load_card, load_classifier
from lulc_core.model.out_of_distribution import ROUGH_FROM, roughness
from lulc_core.training import augmentation
from lulc_core.training.eurosat import load_eurosat
from lulc_core.training.train import TrainRequest, train


def test_learns_and_the_saved_weights_do_what_the_card_says(trained, tiny_zip):
    result, _ = trained
    losses = [e.train_loss for e in result.history]
    assert losses[-1] < losses[0] - 0.3
    card = load_card(str(result.weights))
    assert card == result.card
    assert card.classes == CLASS_NAMES
    assert card.bands == ("B04", "B03", "B02")
    assert card.command == "python -m lulc_core train"
    validation = load_eurosat(tiny_zip).part("validation")
    prediction = load_classifier(str(result.weights), device="cpu").predict(validation.images)
    accuracy = (prediction.probabilities.argmax(1) == validation.class_ids).mean()
    assert accuracy == pytest.approx(card.figures["accuracy"])
    assert accuracy > 0.5  # ten classes: chance is 0.1
    calm = roughness(validation.images) <= ROUGH_FROM  # the finest stripes are as rough as noise
    assert calm.mean() > 0.5 and prediction.is_ood[calm].mean() <= 0.1
    weights = load_file(result.weights)
    assert weights["network.head.weight"].dtype == np.float16


def test_progress_tells_the_time_left_and_never_goes_back(tiny_zip, tmp_path):
    heard: list[tuple[float, str]] = []
    request = TrainRequest(tiny_zip, tmp_path, architecture="pocket", epochs=2, batch=16)
    train(request, on_progress=lambda f, m: heard.append((f, m)))
    fractions = [f for f, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert any("left" in m for _, m in heard)


def test_stopped_and_resumed_run_gives_the_same_weights(small_zip, tmp_path):
    base = TrainRequest(small_zip, tmp_path / "whole", architecture="pocket", epochs=3, batch=16, seed=3)
    whole = train(base)
    calls = 0

    def stop_in_second_epoch() -> bool:
        nonlocal calls
        calls += 1
        return calls > 7  # one at reading, four steps an epoch

    broken = replace(base, out=tmp_path / "broken")
    with pytest.raises(CancelledError):
        train(broken, cancelled=stop_in_second_epoch)
    assert broken.checkpoint.exists()
    assert not list(broken.out.glob("*.safetensors"))
    resumed = train(broken)
    assert resumed.card.sha256 == whole.card.sha256
    assert [e.train_loss for e in resumed.history] == [e.train_loss for e in whole.history]
    assert train(replace(base, out=tmp_path / "other", seed=4)).card.sha256 != whole.card.sha256


def test_a_run_killed_within_an_epoch_goes_on_from_there(small_zip, tmp_path, monkeypatch):
    base = TrainRequest(small_zip, tmp_path / "whole", architecture="pocket", epochs=2, batch=16, seed=3)
    whole = train(base)
    monkeypatch.setattr("lulc_core.training.train.SAVE_EVERY_S", 0)
    steps = 0
    augment = augmentation.augment

    def counted(*args):
        nonlocal steps
        steps += 1
        return augment(*args)

    monkeypatch.setattr(augmentation, "augment", counted)
    broken = replace(base, out=tmp_path / "broken")
    with pytest.raises(CancelledError):
        train(broken, cancelled=lambda: steps >= 3)
    assert steps == 3
    resumed = train(broken)
    assert steps == 8  # four an epoch, none of them twice
    assert resumed.card.sha256 == whole.card.sha256
    assert [e.train_loss for e in resumed.history] == pytest.approx([e.train_loss for e in whole.history])


def test_the_spatial_split_is_trained_on_the_west_and_calibrated_in_the_middle(tiny_zip, tmp_path):
    places = tmp_path / "places.csv"
    stems = load_eurosat(tiny_zip).stems
    part = {
        s: "train" if int(s.split("_")[1]) <= 12 else "val" if int(s.split("_")[1]) <= 18 else "test" for s in stems
    }
    places.write_text("stem,part\n" + "".join(f"{s},{p}\n" for s, p in part.items()))
    request = TrainRequest(
        tiny_zip, tmp_path / "out", architecture="pocket", epochs=1, batch=16, split="spatial", places=places
    )
    card = train(request).card
    assert card.training["patches"] == 120
    assert card.figures["n"] == 60
    assert "longitude" in card.split
    assert card.training["split"] == "spatial"
    with pytest.raises(InputError, match="where the patches lie"):
        replace(request, places=None)


def test_checkpoint_of_other_settings_is_refused(small_zip, tmp_path):
    request = TrainRequest(small_zip, tmp_path, architecture="pocket", epochs=1, batch=16)
    train(request)
    with pytest.raises(ModelError, match="other settings"):
        train(replace(request, epochs=2))
    request.checkpoint.write_bytes(b"broken")
    with pytest.raises(ModelError, match="damaged"):
        train(request)


def test_bad_requests(tiny_zip, tmp_path):
    with pytest.raises(InputError, match="epochs is 0; allowed is 1 to"):
        TrainRequest(tiny_zip, tmp_path, epochs=0)
    with pytest.raises(FileFormatError, match="fewer than one batch of 512"):
        train(TrainRequest(tiny_zip, tmp_path, architecture="pocket", batch=512))
    with pytest.raises(ModelError, match="no network called 'resnet51'"):
        train(TrainRequest(tiny_zip, tmp_path, architecture="resnet51", batch=16))


def test_card_is_plain_json(trained):
    values = json.loads(trained[0].weights.with_suffix(".json").read_text())
    assert values["training"]["epochs"] == 6
    assert len(values["training"]["history"]) == 6
    assert "data" not in values["training"]  # no paths of the machine it was trained on
