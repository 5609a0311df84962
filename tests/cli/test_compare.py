"""``compare``: files of the user's own and simulated dates through the real command line; refusals in one sentence."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from lulc_core.cli.main import main
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.grid import TILE_HA, TILE_M
from lulc_core.export.bundle_read import read_bundle
from lulc_core.language.words import english
from lulc_core.sources.simulation.orbit import overpasses
from tests.arrays import BrightnessClassifier

FILE_NAMES = ("change.tif", "changes.geojson", "transitions.csv", "summary.json")
EAST, NORTH = 762 * TILE_M, 7871 * TILE_M
BANDS = ("B02", "B03", "B04", "B08", "B11")


@pytest.fixture(autouse=True)
def named_by_brightness(monkeypatch):
    """The network is not what is tested here: tiles are named by their red."""
    monkeypatch.setattr("lulc_core.model.classifier.load_classifier", lambda *a, **k: BrightnessClassifier())
    monkeypatch.setattr("lulc_core.model.card.load_card", lambda *a, **k: BrightnessClassifier().card)


def image(path: Path, classes, day: str, *, east: int = EAST, level: str = "L1C", clear: bool = True) -> str:
    """A GeoTIFF of whole tiles whose red makes BrightnessClassifier say these classes."""
    classes = np.atleast_2d(classes)
    rows, cols = classes.shape
    dn = np.full((len(BANDS), rows * 64, cols * 64), 900, np.uint16)
    red = np.rint((20 * classes + 10 - 1) * 0.275 / 254 * 10_000).astype(np.uint16)
    dn[2] = red.repeat(64, 0).repeat(64, 1)
    if not clear:
        dn[:] = 4000 + np.arange(len(BANDS), dtype=np.uint16)[:, None, None]
    dn[0, ::2] += 1  # no grey level, but ground of one value would be no data
    profile = {"driver": "GTiff", "count": len(BANDS), "dtype": "uint16", "crs": "EPSG:32632", "nodata": 0}
    shape = {"height": rows * 64, "width": cols * 64, "transform": from_origin(east, NORTH, 10, 10)}
    with rasterio.open(path, "w", **profile, **shape) as file:
        file.write(dn)
        file.update_tags(level=level, date=day)
        for i, name in enumerate(BANDS, start=1):
            file.set_band_description(i, name)
    return str(path)


def compare(*arguments: str) -> int:
    return main(["compare", "--quiet", *arguments])


def test_two_files_give_four(tmp_path, capsys):
    before = image(tmp_path / "a.tif", [[0, 1, 1], [0, 0, 9]], "2019-07-16")
    after = image(tmp_path / "b.tif", [[4, 1, 1], [0, 4, 9]], "2021-08-14")
    out = tmp_path / "out"
    assert compare("--image-before", before, "--image-after", after, "--out", str(out), "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["files"][:4] == [str(out / name) for name in FILE_NAMES]
    assert sorted(printed["files"]) == sorted(str(p) for p in out.iterdir())
    back = read_bundle(out)
    assert back.request["image-before"] == ["a.tif"]  # the name, not the folder
    assert [d.acquisition.date for d in back.dates] == ["2019-07-16", "2021-08-14"]
    numbers = json.loads((out / "summary.json").read_text())
    assert {**numbers, "files": printed["files"]} == printed
    assert numbers["tiles"]["compared"] == 6 and numbers["tiles"]["changed"] == 2
    assert numbers["before"]["date"] == "2019-07-16" and numbers["after"]["date"] == "2021-08-14"
    assert numbers["gains_ha"]["Industrial"] == pytest.approx(2 * TILE_HA, rel=0.03)
    assert numbers["losses_ha"]["AnnualCrop"] == pytest.approx(2 * TILE_HA, rel=0.03)
    features = json.loads((out / "changes.geojson").read_text())["features"]
    assert [f["properties"]["to"] for f in features if f["properties"]["changed"]] == ["Industrial"] * 2
    with rasterio.open(out / "change.tif") as file:
        assert file.read(1).tolist() == [[0, 1, 1], [0, 0, 9]] and file.read(2).tolist() == [[4, 1, 1], [0, 4, 9]]
    rows = list(csv.DictReader((out / "transitions.csv").read_text().splitlines()))
    assert {(r["from"], r["to"]): int(r["tiles"]) for r in rows if int(r["tiles"])} == {
        ("AnnualCrop", "AnnualCrop"): 1,
        ("AnnualCrop", "Industrial"): 2,
        ("Forest", "Forest"): 2,
        ("SeaLake", "SeaLake"): 1,
    }


def test_every_compared_tile_is_in_the_list_and_the_most_credible_come_first(tmp_path, capsys):
    before = image(tmp_path / "a.tif", [[0, 1, 1], [0, 0, 9]], "2019-07-16")
    after = image(tmp_path / "b.tif", [[4, 1, 1], [0, 4, 8]], "2021-08-14")
    out = tmp_path / "out"
    assert compare("--image-before", before, "--image-after", after, "--out", str(out), "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert {"tiles", "before", "after", "gains_ha", "losses_ha", "sentences", "notes"} <= set(numbers)
    assert {"compared", "changed", "left_out"} <= set(numbers["tiles"])
    assert set(numbers["tiles"]["left_out"]) == {"no_data", "beyond", "cloudy", "unlike"}
    tiles = [f["properties"] for f in json.loads((out / "changes.geojson").read_text())["features"]]
    assert len(tiles) == numbers["tiles"]["compared"] == len({t["tile_id"] for t in tiles}) == 6
    for tile in tiles:
        assert {"tile_id", "from", "to", "chance", "changed", "probabilities_before", "probabilities_after"} <= set(
            tile
        )
        p, q = tile["probabilities_before"], tile["probabilities_after"]
        assert set(p) == set(q) == set(CLASS_NAMES) and sum(p.values()) == pytest.approx(1, abs=1e-3)
        assert tile["chance"] == pytest.approx(1 - sum(p[k] * q[k] for k in p), abs=1e-3)
        assert (tile["from"], tile["to"]) == (max(p, key=p.get), max(q, key=q.get))
    assert [t["changed"] for t in tiles] == sorted((t["changed"] for t in tiles), reverse=True)
    for group in (True, False):
        chances = [t["chance"] for t in tiles if t["changed"] is group and (t["from"] != t["to"]) is group]
        assert chances == sorted(chances, reverse=True) and chances


def test_a_further_file_confirms(tmp_path, capsys):
    names = [
        image(tmp_path / f"{day}.tif", [classes], day)
        for day, classes in (("2019-07-16", [0, 0, 1]), ("2021-07-14", [4, 4, 1]), ("2022-07-12", [4, 0, 1]))
    ]
    arguments = ["--image-before", names[0], "--image-after", names[1], "--image-confirm", names[2]]
    assert compare(*arguments, "--out", str(tmp_path / "o"), "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["tiles"]["changed"] == 1
    assert numbers["tiles"]["course"]["sustained"] == 1 and numbers["tiles"]["course"]["came_and_went"] == 1
    assert [c["date"] for c in numbers["confirm"]] == ["2022-07-12"]


def test_in_words_without_json_and_twice_the_same_bytes(tmp_path, capsys):
    before = image(tmp_path / "a.tif", [[0, 1, 1]], "2019-07-16")
    after = image(tmp_path / "b.tif", [[4, 1, 1]], "2021-08-14")
    for name in ("one", "two"):
        assert compare("--image-before", before, "--image-after", after, "--out", str(tmp_path / name)) == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    captured = capsys.readouterr()
    flow = {"old": "annual crops", "new": "industrial ground"}
    assert english().translate("change.single_flow", 1, **flow) in captured.out and "Industrial" in captured.out
    assert "Contains modified Copernicus Sentinel data 2019, 2021" in captured.out
    assert "Note: " in captured.err


def test_only_the_ground_that_both_files_cover_is_compared(tmp_path, capsys):
    before = image(tmp_path / "a.tif", [[0, 1, 1]], "2019-07-16")
    after = image(tmp_path / "b.tif", [[1, 1, 4]], "2021-08-14", east=EAST + TILE_M)
    assert compare("--image-before", before, "--image-after", after, "--out", str(tmp_path / "o"), "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["tiles"]["compared"] == 2 and numbers["tiles"]["changed"] == 0


@pytest.fixture
def files(tmp_path):
    return {
        "before": image(tmp_path / "a.tif", [[0, 1]], "2019-07-16"),
        "same_day": image(tmp_path / "b.tif", [[0, 1]], "2019-07-16"),
        "earlier": image(tmp_path / "c.tif", [[0, 1]], "2018-07-16"),
        "elsewhere": image(tmp_path / "d.tif", [[0, 1]], "2021-07-16", east=EAST + 100 * TILE_M),
        "cloudy": image(tmp_path / "e.tif", [[0, 1]], "2021-07-16", clear=False),
        "out": str(tmp_path / "out"),
        "folder": tmp_path,
    }


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("same_day", "Both dates are 2019-07-16"),
        ("earlier", "lies after the later one"),
        ("elsewhere", "no ground in common"),
    ],
)
def test_files_that_are_no_comparison(files, after, words, capsys):
    code = compare("--image-before", files["before"], "--image-after", files[after], "--out", files["out"])
    captured = capsys.readouterr()
    assert code == 2 and words in captured.err and captured.out == ""
    assert captured.err.startswith("Error: ") and "Traceback" not in captured.err
    assert not Path(files["out"]).exists()


def test_where_nothing_can_be_compared_the_files_say_why(files, capsys):
    assert compare("--image-before", files["before"], "--image-after", files["cloudy"], "--out", files["out"]) == 0
    assert "nothing can be compared" in capsys.readouterr().out
    summary = json.loads((Path(files["out"]) / "summary.json").read_text())
    assert summary["tiles"]["compared"] == 0 and summary["tiles"]["left_out"]["cloudy"] == 2


def test_different_levels_are_noted_not_hidden(tmp_path, capsys):
    before = image(tmp_path / "a.tif", [[0, 1]], "2019-07-16")
    after = image(tmp_path / "b.tif", [[0, 1]], "2021-07-16", level="L2A")
    assert compare("--image-before", before, "--image-after", after, "--out", str(tmp_path / "o"), "--json") == 0
    assert any("The levels differ" in n for n in json.loads(capsys.readouterr().out)["notes"])


BOX = "--bbox=8.84,45.48,8.86,45.49"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--source", "simulated", BOX, "--before", "2019-07-16", "--after", "2019-07-16"],
            "Both dates are 2019-07-16",
        ),
        (["--source", "simulated", BOX, "--before", "2021-08-14", "--after", "2019-07-16"], "Swap the two dates"),
        (["--source", "simulated", BOX, "--before", "2019-07-16"], "--after is missing"),
        (["--source", "simulated", "--before", "2019-07-16", "--after", "2021-08-14"], "No area is given"),
        (["--source", "simulated", BOX, "--before", "16.7.2019", "--after", "2021-08-14"], "YYYY-MM-DD"),
        (["--source", "simulated", BOX, "--before", "2019-07-17", "--after", "2021-08-14"], "nearest"),
        (
            [
                "--source",
                "simulated",
                BOX,
                "--before",
                "2019-07-16",
                "--after",
                "2021-08-14",
                "--confirm",
                "2019-07-16",
            ],
            "in use already",
        ),
        (["--source", "simulated", BOX, "--image-before", "x.tif"], "go with --source geotiff"),
        (["--image-before", "x.tif"], "--image-after is missing"),
        ([BOX, "--before", "2019-07-16", "--after", "2021-08-14"], "No source of imagery is named"),
        (["--image-before", "x.tif", "--image-after", "y.tif"], "x.tif"),
    ],
)
def test_requests_that_cannot_be_met(arguments, words, tmp_path, capsys):
    assert compare(*arguments, "--out", str(tmp_path / "out")) == 2
    captured = capsys.readouterr()
    assert words in captured.err and captured.out == "" and captured.err.count("Error: ") == 1
    assert not (tmp_path / "out").exists()


def test_simulated_dates_are_marked(tmp_path, capsys):
    arguments = ["--source", "simulated", BOX, "--before", "2019-07-16", "--after", "2021-08-14"]
    later = str(overpasses(8.85, date(2022, 7, 1), date(2022, 7, 31))[-1])
    assert compare(*arguments, "--confirm", later, "--out", str(tmp_path / "o"), "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert [c["date"] for c in numbers["confirm"]] == [later]
    assert numbers["simulated"] is True and "SIMULATED" in numbers["attribution"]
    assert numbers["sentences"][0].startswith("SIMULATED imagery: ")
    assert sum(numbers["tiles"]["left_out"].values()) + numbers["tiles"]["compared"] == numbers["tiles"]["total"]
    assert set(numbers["gains_ha"]) == set(CLASS_NAMES)


def test_help_shows_an_example():
    done = subprocess.run(
        [sys.executable, "-m", "lulc_core", "compare", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0 and "python -m lulc_core compare --source simulated" in done.stdout


def test_fill_values_on_one_date_are_no_change(tmp_path, capsys):
    classes = [[0, 1, 1], [0, 4, 9]]
    before = image(tmp_path / "a.tif", classes, "2019-07-16")
    after = image(tmp_path / "b.tif", classes, "2021-08-14")
    with rasterio.open(after, "r+") as file:
        dn = file.read()
        dn[:, :, :80] = 65535
        file.write(dn)
    box = ("--image-before", before, "--image-after", after, "--out", str(tmp_path / "out"), "--json")
    assert compare(*box) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["tiles"]["changed"] == 0
    assert any("value 65535 are taken as no data" in note for note in printed["notes"])
