"""The spatial split: figures of a network that learnt from the west alone, beside those of the one that ships."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lulc_core.cli.main import main
from lulc_core.domain.errors import InputError, ModelError
from lulc_core.model.card import evaluation_path, weights_path
from lulc_core.model.classifier import load_classifier
from lulc_core.training.eurosat import load_eurosat, load_places
from lulc_core.training.evaluate import evaluate
from lulc_core.training.new_ground import add_to_evaluation, evaluate_spatial, west_of
from lulc_core.training.request import TrainRequest
from lulc_core.training.train import train


@pytest.fixture(scope="module")
def places(tiny_zip, tmp_path_factory) -> Path:
    part = ["train"] * 12 + ["val"] * 6 + ["test"] * 6  # by number, 24 of each class
    rows = (f"{s},{part[int(s.split('_')[1]) - 1]}" for s in load_eurosat(tiny_zip).stems)
    path = tmp_path_factory.mktemp("places") / "split.csv"
    path.write_text("stem,part\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def west(tiny_zip, places, trained) -> Path:
    """Weights beside those of ``trained``, of the same recipe from the west alone."""
    request = TrainRequest(
        tiny_zip, trained[0].weights.parent, name="tiny-west", architecture="pocket", epochs=2, batch=16,
        peak_rate=0.05, robust_share=0, mix_share=0, ema=0.8, split="spatial", places=places,
    )  # fmt: skip
    return train(request).weights


def test_middle_and_east_are_measured_apart(west, tiny_zip, places, trained):
    network = load_classifier(str(west))
    found = evaluate_spatial(tiny_zip, places, network)
    assert found["middle"]["n"] == found["east"]["n"] == 60
    east = load_eurosat(tiny_zip).part("test", load_places(places))
    answer = network.predict(east.images).probabilities
    assert found["east"]["accuracy"] == pytest.approx((answer.argmax(1) == east.class_ids).mean(), abs=1e-5)
    assert found["east"]["stated"] == pytest.approx(np.mean(answer.max(1)), abs=1e-5)
    assert found["model"]["sha256"] == network.card.sha256
    with pytest.raises(InputError, match="learnt from everywhere"):
        evaluate_spatial(tiny_zip, places, load_classifier(str(trained[0].weights)))


def test_the_command_finds_the_west_beside_the_weights_and_keeps_what_was_stored(
    west, tiny_zip, places, trained, capsys
):
    model, stored = str(trained[0].weights), evaluation_path(trained[0].weights)
    words = ["evaluate", "--data", str(tiny_zip), "--split", "spatial", "--places", str(places), "--model", model]
    stored.unlink(missing_ok=True)
    assert main([*words, "--write"]) == 2
    assert "no evaluation yet" in capsys.readouterr().err
    stored.write_text(json.dumps({"model": {"sha256": trained[0].card.sha256}, "accuracy": 0.9}))
    assert main([*words, "--write"]) == 0
    assert "tiny-west, which learnt from the west of Europe alone" in capsys.readouterr().out
    kept = json.loads(stored.read_text())
    assert kept["accuracy"] == 0.9 and kept["spatial"]["east"]["n"] == 60
    stored.write_text(json.dumps({"model": {"sha256": "0"}}))
    with pytest.raises(InputError, match="other weights"):
        add_to_evaluation({}, model)
    assert main(["benchmark", "--seconds", "0.1", "--model", model, "--write"]) == 2
    stored.write_text(json.dumps({"model": {"sha256": trained[0].card.sha256}, "accuracy": 0.9}))
    assert main(["benchmark", "--seconds", "0.1", "--model", model, "--write"]) == 0
    assert json.loads(stored.read_text())["speed"]["tiles_per_s"] > 0
    stored.unlink()
    with pytest.raises(ModelError, match="no weights that learnt from the west alone"):
        west_of(str(west))
    assert main(words[:5]) == 2
    assert "Give --data and --places, both" in capsys.readouterr().err


def test_certainty_is_taken_from_where_the_west_has_not_been(west, tiny_zip, trained, tmp_path):
    request = TrainRequest(tiny_zip, tmp_path, architecture="pocket", epochs=1, batch=16, certainty_of=str(west))
    card = train(request).card
    assert card.temperature == load_classifier(str(west)).card.temperature
    assert card.shifted_windows
    # The same run without it goes on from the same checkpoint: only the card differs.
    assert card.training["certainty_of_sha256"] == load_classifier(str(west)).card.sha256
    found = evaluate(tiny_zip, model=str(weights_path(request.name, tmp_path)), corruptions=False)
    assert found["ece_n"] == found["n"] and found["calibration"]["n_fitted"] == 0  # nothing was fitted on these
    plain = train(replace(request, certainty_of="")).card
    assert plain.sha256 == card.sha256 and not plain.shifted_windows
    with pytest.raises(InputError, match="learnt from everywhere"):
        train(replace(request, certainty_of=str(trained[0].weights)))
