from __future__ import annotations

import json

import numpy as np
import pytest

from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES
from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.model.card import evaluation_path
from lulc_core.model.classifier import load_classifier
from lulc_core.training.calibration import expected_calibration_error, fit_temperature, reliability
from lulc_core.training.corruptions import CORRUPTIONS
from lulc_core.training.evaluate import (
    confusion_matrix,
    corine_l1_accuracy,
    evaluate,
    per_class,
    write_evaluation,
)

from .conftest import patch


def test_matrix_has_reference_in_rows():
    matrix = confusion_matrix(np.array([3, 3, 3, 8]), np.array([8, 8, 3, 8]))
    assert matrix[3, 8] == 2
    assert matrix[8, 3] == 0
    assert matrix.sum() == 4
    rows = per_class(matrix)
    assert rows[3]["recall"] == pytest.approx(1 / 3, abs=1e-5)
    assert rows[3]["precision"] == 1.0
    assert rows[8]["recall"] == 1.0
    assert rows[8]["precision"] == pytest.approx(1 / 3, abs=1e-5)
    assert rows[0]["recall"] is None
    assert [r["class"] for r in rows] == list(CLASS_NAMES)


def test_corine_level_1_counts_confusions_within_a_group_as_right():
    assert corine_l1_accuracy(np.array([0, 0, 0, 7]), np.array([6, 5, 1, 4])) == 0.75


def _overconfident(n: int = 20000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (n, N_CLASSES))
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = (p.cumsum(1) > rng.random((n, 1))).argmax(1)
    return logits * 2.5, truth


def test_temperature_is_found_and_mends_calibration():
    logits, truth = _overconfident()
    temperature = fit_temperature(logits, truth)
    assert temperature == pytest.approx(2.5, rel=0.03)

    def ece(z):
        p = np.exp(z - z.max(1, keepdims=True))
        return expected_calibration_error(p / p.sum(1, keepdims=True), truth)

    assert ece(logits / temperature) < 0.02 < 0.2 < ece(logits)


def test_calibration_error_by_hand():
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    truth = np.array([0, 1, 0, 1])
    # bin of 0.9: two tiles, half right: |0.9 - 0.5|; bin of 0.6: two tiles, both right: |0.6 - 1|
    assert expected_calibration_error(p, truth) == pytest.approx(0.5 * 0.4 + 0.5 * 0.4)
    assert sum(b.n for b in reliability(p, truth)) == 4
    assert expected_calibration_error(p[:0], truth[:0]) == 0.0


def test_evaluate_agrees_with_its_own_matrix_and_with_the_card(trained, tiny_zip):
    result = evaluate(tiny_zip, model=str(trained[0].weights), corruptions=True)
    matrix = np.array(result["matrix"])
    assert result["n"] == matrix.sum() == trained[0].card.figures["n"]
    assert result["accuracy"] == pytest.approx(matrix.trace() / matrix.sum(), abs=1e-5)
    assert result["accuracy"] == pytest.approx(trained[0].card.figures["accuracy"], abs=1e-5)
    assert result["ece"] == pytest.approx(trained[0].card.figures["ece"], abs=1e-5)
    assert sum(b["n"] for b in result["reliability"]) == result["ece_n"] < result["n"]
    assert result["classes"] == list(CLASS_NAMES)
    assert result["model"]["sha256"] == trained[0].card.sha256
    assert set(result["shifts"]) == {s.name for s in CORRUPTIONS}
    assert sum(not s["used_in_training"] for s in result["shifts"].values()) >= 4
    assert json.loads(json.dumps(result)) == result
    path = write_evaluation(result, str(trained[0].weights))
    assert path == evaluation_path(trained[0].weights)
    assert json.loads(path.read_text()) == result
    with pytest.raises(InputError, match="not of the weights"):
        write_evaluation({**result, "model": {**result["model"], "sha256": "0"}}, str(trained[0].weights))


def test_absent_part_of_the_split_is_said(tmp_path, trained):
    import zipfile

    from lulc_core.training.eurosat import split_of

    from .conftest import jpeg

    only_train = [f"Forest_{i}" for i in range(1, 30) if split_of(f"Forest_{i}") == "train"]
    with zipfile.ZipFile(tmp_path / "part.zip", "w") as archive:
        for stem in only_train:
            archive.writestr(f"Forest/{stem}.jpg", jpeg(patch(1, 1)))
    with pytest.raises(InputError, match="belongs to the test part"):
        evaluate(tmp_path / "part.zip", split="test", model=str(trained[0].weights))
    with pytest.raises(InputError, match="no split 'holdout'"):
        evaluate(tmp_path / "part.zip", split="holdout")
    with pytest.raises(FileFormatError):
        (tmp_path / "x.zip").write_bytes(b"x")
        evaluate(tmp_path / "x.zip", model=str(trained[0].weights))


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda s: s.name)
def test_every_corruption_changes_patches_repeats_itself_and_leaves_its_input_alone(corruption):
    tiles = np.stack([patch(c, 1) for c in range(4)])
    before = tiles.copy()
    out = corruption.apply(tiles)
    assert out.dtype == np.uint8
    assert out.shape == tiles.shape
    assert np.array_equal(out, corruption.apply(tiles))
    assert np.array_equal(tiles, before)
    assert np.abs(out.astype(int) - tiles).mean() > 0.5


def test_true_colour_export_is_what_the_domain_shows_people():
    from lulc_core.domain.radiometry import to_eurosat_rgb, to_true_colour
    from lulc_core.training.corruptions import true_colour_export

    reflectance = np.linspace(0.001, 0.27, 64 * 64 * 3, dtype=np.float32).reshape(1, 64, 64, 3)
    output = true_colour_export(to_eurosat_rgb(reflectance)).astype(int)
    assert np.abs(output - to_true_colour(reflectance)).max() <= 1


def test_another_network_is_measured_on_the_same_patches(trained, tiny_zip):
    weights = str(trained[0].weights)
    classifier = load_classifier(weights, device="cpu")
    result = evaluate(tiny_zip, model=classifier, corruptions=True, against=classifier)
    other = result["against"]
    assert other["sha256"] == result["model"]["sha256"] and other["command"] == "python -m lulc_core train"
    assert other["accuracy"] == result["accuracy"]
    assert other["shifts"] == {name: s["accuracy"] for name, s in result["shifts"].items()}
    assert other["mean_shift_accuracy"] == pytest.approx(result["shift_summary"]["all"]["mean_accuracy"], abs=1e-5)
    alone = evaluate(tiny_zip, model=classifier, corruptions=False, against=classifier)["against"]
    assert alone["shifts"] == {} and alone["mean_shift_accuracy"] is None
    assert "against" not in evaluate(tiny_zip, model=classifier, corruptions=False)
