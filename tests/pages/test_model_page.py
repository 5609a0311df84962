"""The Model page, part by part: with and without pictures, with and without an evaluation."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lulc_core.domain.classes import CLASS_NAMES, CLASSES
from lulc_core.model.classifier import Prediction
from lulc_core.ui import resources
from lulc_core.ui.model import state as model_state
from lulc_core.ui.model.link import PARTS
from lulc_core.ui.model.state import PAGE, ModelPage
from tests.model_files import PER_CLASS, eurosat_folder, evaluation_values, validation_stems, write_model
from tests.pages.driver import until

FILE = Path(__file__).resolve().parents[2] / "pages" / "model.py"
FIRST = ("PermanentCrop", "HerbaceousVegetation")


@pytest.fixture(autouse=True)
def fresh_caches():
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def eurosat(tmp_path_factory):
    return eurosat_folder(tmp_path_factory.mktemp("eurosat"))


@pytest.fixture
def model(tmp_path, monkeypatch):
    """Makes a model and has the app use it; gives the maker, to be called with what is to be other than usual."""

    def make(**changes):
        weights = write_model(tmp_path / "weights", **changes)
        monkeypatch.setenv("LULC_MODEL", str(weights))
        return weights

    return make


def page(**params: str) -> AppTest:
    at = AppTest.from_file(str(FILE), default_timeout=60)
    for name, value in params.items():
        at.query_params[name] = value
    return at


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def text(at: AppTest) -> str:
    shown = (*at.markdown, *at.caption, *at.info, *at.error, *at.subheader)
    return " ".join(str(e.value) for e in shown).replace("\N{NO-BREAK SPACE}", " ")


def html(at: AppTest) -> str:
    return " ".join(e.proto.body for e in at.get("html")).replace("\N{NO-BREAK SPACE}", " ")


def tables(at: AppTest) -> list[str]:
    return [json.loads(e.proto.json)["html"] for e in at.get("bidi_component")]


def pictures(at: AppTest) -> int:
    return html(at).count("<img src='data:image/jpeg")


def here(at: AppTest) -> ModelPage:
    return at.session_state["model-page"]


def with_pictures(at: AppTest) -> AppTest:
    run(at)
    return until(at, lambda a: not here(a).job and (here(a).copy is not None or here(a).error is not None))


# --- figures without pictures ------------------------------------------------------------------------------------


def test_ground_where_it_has_never_been_comes_first(model):
    east = {"n": 400, "accuracy": 0.94, "accuracy_95": [0.913, 0.96], "stated": 0.95, "ece": 0.012}
    spatial = {"middle": east, "east": east, "model": {"name": "made-west"}}
    sure = {"from": 0.9, "n": 120, "right": 0.88, "roads": 10, "right_but_roads": 0.93}
    outside = {"scenes": [{}] * 3, "cells": 500, "cell_m": 160, "right": 0.61, "stated": 0.7, "sure": sure}
    model(spatial=spatial, outside=outside)
    at = run(page())
    assert "Where it has never been, about 94 of 100 tiles are named right." in html(at)
    said = text(at).replace("\N{NO-BREAK SPACE}", " ")
    assert "94.0 % of 400 patches right (95 % interval 91.3 to 96.0 %)" in said
    assert "61 % right and on average 70 % sure, 500 cells of 160 m in 3 scenes" in said
    assert "Of 120 cells where it is 90 % sure and more, 88 % are right" in said
    assert "10 of them are named highway" in said and "of the others 93 % are right" in said
    assert said.index("asked in the east") < said.index("outside the training data") < said.index("neighbours of")
    model(outside={**outside, "sure": {**sure, "n": 0, "right": None, "roads": 0, "right_but_roads": None}})
    at = run(page())
    assert "On ground outside its training data, about 61 of 100 cells are named right." in html(at)
    assert "sure and more" not in text(at)


def test_one_sentence_the_matrix_and_the_pairs_stand_without_a_data_set(model):
    model()
    at = run(page())
    assert "about 97 are named right; it most often takes permanent crops for herbaceous vegetation." in html(at)
    assert "neighbours of training patches are among them" in text(at)
    matrix, pairs = tables(at)
    assert matrix.count("<button") == 100 and matrix.count("aria-pressed='true'") == 1
    label = "permanent crops named herbaceous vegetation: 3 patches, 20.0 % of the truth"
    pressed = f"data-pick='PermanentCrop,HerbaceousVegetation' aria-pressed='true' title='{label}'"
    assert pressed in matrix.replace("\N{NO-BREAK SPACE}", " ")
    assert "Rows: What it is (truth). Columns: What the network said (map). Per cent of each true class." in matrix
    assert "permanent crops → herbaceous vegetation" in pairs and "sea or lake → forest" in pairs
    assert "**3 of 15** patches of permanent crops (20.0 %) were named herbaceous vegetation" in text(at)
    assert "The pictures are not part of the project" in text(at) and "zenodo" in text(at)
    assert all(stem in html(at) for stem in validation_stems("PermanentCrop")[:3])  # the list does without


def test_a_link_restores_the_cell_and_how_it_is_counted(model):
    model()
    at = run(page(cell="River,Highway", norm="counts", rows="map"))
    matrix, _ = tables(at)
    label = "river named highway: 1 patch"
    assert f"data-pick='River,Highway' aria-pressed='true' title='{label}'" in matrix
    # Truth river (8) stands in the columns now: the cell is in the row of what the network said.
    assert "data-r='3' data-c='8' data-pick='River,Highway'" in matrix
    assert "Rows: What the network said (map). Columns: What it is (truth). Patches." in matrix
    assert at.query_params["cell"] in ("River,Highway", ["River,Highway"])
    at.segmented_control(key="model-norm").set_value("columns")
    run(at)
    assert f"{100 / 16:.1f} % of what was named so" in tables(at)[0].replace("\N{NO-BREAK SPACE}", " ")
    assert at.query_params["norm"] in ("columns", ["columns"])


def test_a_later_link_into_the_open_page_is_followed_and_damage_is_said(model, monkeypatch):
    model()
    at = run(page())
    monkeypatch.setattr("lulc_core.ui.address_bar.went_through_history", lambda: True)
    at.query_params["cell"] = "Forest,Pasture"
    assert "None of the 15 patches of forest was named pasture" in text(run(at))
    at.query_params["cell"] = "Forest,Moon"
    assert "not two of the ten classes" in " ".join(e.value for e in run(at).error)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("classes", "Mistaken for"),
        ("sure", "55.0 %"),
        ("sure", "fitted by one temperature on 75 other patches"),
        ("shifts", "It bends most under **blur**"),
        ("limits", "neighbours from one scene"),
        ("training", "python -m lulc_core train --name made"),
    ],
)
def test_every_part_says_what_it_is_for(model, part, said):
    model()
    at = run(page(part=part))
    assert said in text(at) + html(at) + " ".join(c.value for c in at.code)
    assert bool(at.get("plotly_chart")) is (part != "limits")


def test_words_of_the_file_are_no_html(model):
    model()
    assert "a &lt;resampling&gt;" in html(run(page(part="shifts")))


def test_another_network_is_named_beside_this_one_where_it_was_measured(model):
    other = {"name": "clean-patches-only", "command": "python -m lulc_core train", "accuracy": 0.98}
    model(against={**other, "shifts": {"haze": 0.5, "blur": 0.7}})
    said = text(run(page(part="shifts")))
    assert "clean-patches-only (not shipped), on the same patches. It names 98.0 % of them right as they are" in said
    assert "and 60.0 % in the mean of these kinds; this one" in said and "and 75.5 %. Made by: python -m" in said


def test_details_of_a_class_count_both_kinds_of_mistakes(model):
    model()
    at = run(page(part="classes"))
    assert "herbaceous vegetation (3)" in text(at) and "See the 3 taken" in at.button(key="model-to-cell").label
    at.selectbox(key="model-class").set_value("Highway")
    run(at)
    assert "nothing: all were found" in text(at) and "river (1)" in text(at)
    assert at.query_params["class"] in ("Highway", ["Highway"])
    at.selectbox(key="model-class").set_value("River")
    run(at)
    at.button(key="model-to-cell").click()
    assert "river named highway" in tables(run(at))[0] and here(at).link.cell == ("River", "Highway")


def test_the_shipped_model_shows_every_part():
    for part in PARTS:
        run(page(part=part))


# --- without an evaluation ----------------------------------------------------------------------------------------


def test_without_an_evaluation_the_page_says_how_to_make_it_and_shows_what_the_card_knows(model):
    weights = model(evaluation=False)
    at = run(page())
    assert "No evaluation lies beside the weights" in text(at)
    (command,) = at.code
    assert command.value == f"python -m lulc_core evaluate --data EuroSAT.zip --model {weights} --shifts --write"
    assert not tables(at)
    assert "1 minutes" in html(run(page(part="training"))) or "2 minutes" in html(run(page(part="training")))


def test_an_evaluation_of_other_weights_or_a_damaged_one_is_not_shown(model):
    model(sha256="cd")
    assert "of other weights" in text(run(page()))
    st.cache_resource.clear()
    model(n=3)
    at = run(page())
    assert "n is 3" in text(at) and not tables(at)


def test_an_evaluation_that_is_replaced_shows_without_a_restart(model):
    weights = model(evaluation=False)
    at = run(page())
    assert not tables(at)
    card = json.loads(weights.with_suffix(".json").read_text())
    values = evaluation_values(card["sha256"])
    weights.with_name("made.evaluation.json").write_text(json.dumps(values))
    assert len(tables(run(at))) == 2


def test_optional_parts_of_the_file_may_be_missing(model):
    model(reliability=None, shifts=None, unlike=None, confused=None, ece=None, corine_l1_accuracy=None)
    assert "no reliability bins" in text(run(page(part="sure")))
    assert "without the shift suite" in text(run(page(part="shifts")))
    assert len(tables(run(page()))) == 2


# --- pictures -----------------------------------------------------------------------------------------------------


def test_the_very_patches_of_a_cell_with_their_probabilities(model, eurosat, monkeypatch):
    model()
    monkeypatch.setenv("LULC_EUROSAT", str(eurosat))
    at = with_pictures(page())
    assert pictures(at) == 3
    shown = html(at)
    order = [shown.index(f"<b>{s}</b>") for s in reversed(validation_stems("PermanentCrop")[:3])]
    assert order == sorted(order), "the surest mistake comes first"
    assert "named herbaceous vegetation, 70 % sure" in shown and "lulc-truth" in shown
    assert "As the stored evaluation lists them" in text(at)


@pytest.fixture
def open_server(monkeypatch):
    """A server whose operator lets users name its files."""
    monkeypatch.setenv("LULC_ALLOW_SERVER_PATHS", "1")


def test_nobody_names_files_of_the_server_unless_the_operator_allows_it(model, eurosat):
    model()
    at = run(page())
    assert not [w for w in at.text_input if w.key == "model-path"] and "Whoever runs this server" in text(at)
    here(at).use(str(eurosat))
    at = run(at)
    assert not here(at).path and not here(at).job and pictures(at) == 0


def test_the_diagonal_shows_patches_that_were_named_right_and_more_of_them_when_asked(model, eurosat, open_server):
    model()
    at = run(page(cell="PermanentCrop,PermanentCrop"))
    at.text_input(key="model-path").set_value(f' "{eurosat}" ')
    at.button[-1].click()
    at = with_pictures(at)
    assert pictures(at) == min(PAGE, PER_CLASS - 3)
    assert not any(f"<b>{s}</b>" in html(at) for s in validation_stems("PermanentCrop")[:3])
    forest = with_pictures(page_with(eurosat, cell="Forest,Forest"))
    assert pictures(forest) == PAGE
    forest.button(key="model-more").click()
    assert pictures(run(forest)) == PER_CLASS


def page_with(eurosat: Path, **params: str) -> AppTest:
    at = page(**params)
    at.session_state["model-page"] = ModelPage(path=str(eurosat))
    return at


def test_patches_that_a_copy_lacks_are_counted(model, eurosat, tmp_path):
    model()
    part = tmp_path / "part" / "PermanentCrop"
    part.mkdir(parents=True)
    stem = validation_stems("PermanentCrop")[0]
    (part / f"{stem}.jpg").write_bytes((eurosat / "2750" / "PermanentCrop" / f"{stem}.jpg").read_bytes())
    at = with_pictures(page_with(part.parent))
    assert pictures(at) == 1 and "2 of these 3 patches are not in part" in text(at)


def test_a_wrong_path_is_one_sentence_and_can_be_mended(model, eurosat, open_server):
    model()
    at = with_pictures(page_with(Path("/nowhere/EuroSAT.zip")))
    (error,) = at.error
    assert "There is no file or folder /nowhere/EuroSAT.zip" in error.value.replace("\\", "")
    at.text_input(key="model-path").set_value(str(eurosat))
    at.button[-1].click()
    assert pictures(with_pictures(at)) == 3


class SaysForest:
    """A network that has to be waited for, and names everything forest."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def predict(self, rgb, *, on_progress=None, cancelled=None):
        while not self.go.wait(0.02):
            if cancelled():
                from lulc_core.domain.errors import CancelledError

                raise CancelledError("stopped")
        p = np.full((len(rgb), 10), 0.01, np.float32)
        p[:, 1] = 0.91
        return Prediction(p, np.zeros(len(rgb), np.float32), np.zeros(len(rgb), bool))


def test_without_a_stored_list_the_patches_are_named_in_the_background(model, eurosat, monkeypatch):
    model(confused=None)
    network = SaysForest()
    monkeypatch.setattr(model_state, "_network", lambda name: lambda: network)
    monkeypatch.setattr(model_state, "_named", model_state._Kept())
    at = run(page_with(eurosat, cell="River,Forest"))
    assert here(at).job and len(tables(at)) == 2  # the matrix is there meanwhile
    at.button(key="model-cancel").click()
    run(at)
    assert here(at).stopped and not here(at).job
    at.button(key="model-go-on").click()
    network.go.set()
    at = with_pictures(at)
    # The stored matrix has no river named forest, so its cell stays empty; the copy's own cell of forests is full.
    assert pictures(at) == 0 and "None of the 15 patches" in text(at)
    here(at).go(cell=FIRST)
    at = run(at)
    assert "Computed just now from your copy" in text(at)
    classified = model_state._named.get(next(iter(model_state._named._values)))
    assert len(classified) == 10 * PER_CLASS and {p.predicted for p in classified} == {1}


def test_pictures_do_without_a_network_that_cannot_be_loaded(model, eurosat):
    model(confused=None)  # its weights are no network
    at = with_pictures(page_with(eurosat, cell="Forest,Forest"))
    assert len(at.error) == 1 and pictures(at) == PAGE


def test_augmentation_at_work_shows_each_change_and_eight_mixtures(model, eurosat):
    model()
    at = with_pictures(page_with(eurosat, part="training"))
    until(at, lambda a: "As training sees it" in html(a))
    grids = html(at).count("data:image/png")
    assert grids >= 1 + 6 + 8
    before = html(at)
    at.button(key="model-looks-again").click()
    run(at)
    until(at, lambda a: "As training sees it" in html(a))
    assert html(at) != before


# --- models -------------------------------------------------------------------------------------------------------


def test_another_model_can_be_chosen_and_the_link_names_it(model):
    model()
    at = run(page())
    box = at.selectbox(key="model-name")
    assert box.options[0] == "Model: made (in use)" and "Model: compact" in box.options
    box.set_value("compact")
    run(at)
    assert at.query_params["model"] in ("compact", ["compact"])
    assert "about 97" not in html(at) or resources.settings().model != "made"


def test_networks_stand_side_by_side_with_what_was_measured_of_each(model, tmp_path, monkeypatch):
    east = {"n": 100, "accuracy": 0.9, "accuracy_95": [0.8, 0.95], "stated": 0.91, "ece": 0.02}
    speed = {"tiles_per_s": 1234.4, "baseline_tiles_per_s": 44.0, "precision": "int8", "machine": "a test's machine"}
    model(spatial={"model": {}, "middle": east, "east": east}, speed=speed)
    monkeypatch.setattr("lulc_core.ui.model.evaluation.TRIALS_DIR", tmp_path / "trials")
    write_model(tmp_path / "trials").unlink()  # networks that were only tried have no weights
    at = run(page(part="networks"))
    made, *others = html(at).partition("</table>")[0].split("<tr>")[2:]  # before them the head
    assert "90.0 %" in made and "1,234" in made and "MB" in made
    assert any("resnet50" in row and "the talk" in row for row in others)
    assert "made" in others[-1] and "MB" not in others[-1]
    assert "a test's machine" in text(at)


def test_class_names_and_colours_come_from_the_domain(model):
    model()
    matrix, _ = tables(run(page()))
    assert all(c.label in matrix and c.color in matrix for c in CLASSES) and len(CLASS_NAMES) == 10
