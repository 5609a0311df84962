"""The script for a graphics card, tried on the processor with a small network."""

from __future__ import annotations

import json

import pytest

from benchmarks.graphics_card import RECIPES, main, operations_of
from lulc_core.training.eurosat import load_eurosat
from lulc_core.training.request import TrainRequest


def test_both_splits_are_trained_and_measured(tiny_zip, tmp_path, capsys):
    part = ["train"] * 16 + ["val"] * 4 + ["test"] * 4  # by number, 24 of each class
    places = tmp_path / "places.csv"
    rows = (f"{s},{part[int(s.split('_')[1]) - 1]}" for s in load_eurosat(tiny_zip).stems)
    places.write_text("stem,part\n" + "\n".join(rows) + "\n")
    words = ["--data", str(tiny_zip), "--places", str(places), "--out", str(tmp_path / "runs"), "--device", "cpu"]
    main([*words, "--networks", "pocket", "--epochs", "1", "--minutes", "3", "--tiles", "64"])
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((tmp_path / "runs" / "figures.json").read_text())
    assert set(found["networks"]) == {"pocket", "pocket-west"} and found["not_over"] == []
    assert found["networks"]["pocket-west"]["east"]["n"] == 40
    assert found["networks"]["pocket"]["tiles_per_s"] > 0
    logs = {p.name for p in (tmp_path / "runs").glob("*.log")}
    assert logs == {"pocket.log", "pocket-west.log"}


def test_operations_are_those_of_the_convolutions():
    assert operations_of("lite0-128") == pytest.approx(4 * operations_of("lite0"), rel=0.15)


@pytest.mark.parametrize("network", sorted(RECIPES))
def test_recipes_are_options_of_train(network, tmp_path):
    from lulc_core.cli.main import build_parser

    words = ["train", "--data", "x.zip", "--out", str(tmp_path), *RECIPES[network].split()]
    args = build_parser().parse_args(words)
    TrainRequest(tmp_path, tmp_path, architecture=args.architecture, init=args.init, small_px=args.small_px)
