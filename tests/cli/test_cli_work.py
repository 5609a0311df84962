"""What the command line does, from arguments to files: real sources, the shipped model, files opened again."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

from lulc_core.cli.main import main
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.export.bundle_read import read_bundle
from lulc_core.model.card import load_card
from tests.servers.sentinel_hub.server import CLIENT_SECRET, ShServer
from tests.servers.sentinel_hub.world import world_around
from tests.sources.raster_files import planes, write_tif

FILE_NAMES = ("land_cover.tif", "probabilities.tif", "tiles.geojson", "summary.json")
SIMULATED = ("--source", "simulated", "--bbox", "8.83,45.47,8.87,45.50")
DAY = ("--date", "2021-08-14")


def test_a_simulated_map_is_written_printed_and_the_same_every_time(tmp_path, capsys):
    assert main(["map", *SIMULATED, *DAY, "--out", str(tmp_path / "a"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    written = json.loads((tmp_path / "a" / "summary.json").read_text(encoding="utf-8"))
    files = printed.pop("files")
    assert files[:4] == [str(tmp_path / "a" / name) for name in FILE_NAMES]
    assert sorted(files) == sorted(str(p) for p in (tmp_path / "a").iterdir())
    back = read_bundle(tmp_path / "a")
    assert back.request["date"] == "2021-08-14" and back.request["command"] == "map"
    assert int(back.after.land_cover.classified.sum()) == written["tiles"]["classified"]
    assert printed == written
    assert written["acquisition"]["simulated"] is True and written["attribution"].startswith("SIMULATED")
    assert written["acquisition"]["datetime"].startswith("2021-08-14")
    assert written["model"]["sha256"] == load_card().sha256
    assert written["tiles"]["total"] == written["tiles"]["classified"] + sum(written["tiles"]["left_out"].values())
    assert sum(written["areas_ha"].values()) == pytest.approx(written["area"]["named_ha"], abs=0.01)
    with rasterio.open(tmp_path / "a" / "land_cover.tif") as file:
        assert np.count_nonzero(file.read(1) != 255) == written["tiles"]["classified"] > 0
    # A second time, as text, with the area from a file.
    area = {"type": "Polygon", "coordinates": written["area"]["geometry"]["coordinates"]}
    (tmp_path / "area.geojson").write_text(json.dumps(area))
    arguments = ["--source", "simulated", "--aoi", str(tmp_path / "area.geojson"), *DAY]
    assert main(["map", *arguments, "--out", str(tmp_path / "b"), "--quiet"]) == 0
    text = capsys.readouterr().out
    assert "SIMULATED imagery" in text and "wrote" in text
    for name in FILE_NAMES[:3]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_the_clearest_of_a_period_is_taken_and_search_lists_them_all(tmp_path, capsys):
    period = ("--from", "2021-07-20", "--to", "2021-08-20")
    assert main(["search", *SIMULATED, *period, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) >= 6 and [a["date"] for a in found] == sorted((a["date"] for a in found), reverse=True)
    assert all(a["simulated"] and a["attribution"].startswith("SIMULATED") for a in found)
    assert main(["map", *SIMULATED, *period, "--out", str(tmp_path), "--json"]) == 0
    taken = json.loads(capsys.readouterr().out)["acquisition"]
    assert taken["clear_share"] == max(a["clear_share"] for a in found)
    assert main(["search", *SIMULATED, *period]) == 0
    assert len([line for line in capsys.readouterr().out.splitlines() if "SIMULATED" in line]) == len(found)


def test_where_all_is_cloudy_files_are_written_without_classes_and_a_note_says_why(tmp_path, capsys):
    assert main(["search", *SIMULATED, "--from", "2021-01-01", "--to", "2021-12-31", "--json", "--quiet"]) == 0
    known = [a for a in json.loads(capsys.readouterr().out) if a["cloud_cover_pct"] is not None]
    worst = max(known, key=lambda a: a["cloud_cover_pct"])
    assert main(["map", *SIMULATED, "--date", worst["date"], "--out", str(tmp_path), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert written["tiles"]["classified"] == 0 and written["tiles"]["left_out"]["cloudy"] == written["tiles"]["total"]
    assert any("No tile could be named" in note for note in written["notes"])
    assert set(FILE_NAMES) < {p.name for p in tmp_path.iterdir()}
    assert not read_bundle(tmp_path).after.land_cover.classified.any()


def test_a_file_of_ones_own_needs_neither_source_nor_area(tmp_path, capsys):
    bands = {n: v.repeat(4, 0).repeat(4, 1) for n, v in planes(rows=50, cols=70).items()}
    path = write_tif(tmp_path / "scene.tif", bands, tags={"level": "L1C"})
    assert main(["map", "--image", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "--date" in capsys.readouterr().err
    assert main(["map", "--image", str(path), "--date", "2019-09-18", "--out", str(tmp_path / "out"), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert written["acquisition"]["source"] == "geotiff" and written["acquisition"]["level"] == "L1C"
    assert written["acquisition"]["datetime"].startswith("2019-09-18")
    assert written["attribution"] == "Contains modified Copernicus Sentinel data 2019"
    assert written["area"]["total_ha"] == pytest.approx(200 * 280 / 100, rel=0.02)
    with rasterio.open(path) as scene, rasterio.open(tmp_path / "out" / "land_cover.tif") as made:
        assert made.crs == scene.crs
        assert made.bounds.left <= scene.bounds.left and made.bounds.top >= scene.bounds.top


def test_a_real_scene_through_the_command_line(tmp_path, capsys, shared_data):
    path = shared_data("scenes/sen1floods11_Spain_20190918_L1C_13b.tif")
    assert main(["map", "--image", str(path), "--out", str(tmp_path), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert written["acquisition"]["datetime"].startswith("2019-09-18")
    assert written["tiles"]["classified"] >= 30
    land = sum(v for k, v in written["areas_ha"].items() if k not in ("SeaLake", "River"))
    assert land > 0.7 * written["area"]["named_ha"]  # fields, villages, roads


@pytest.fixture
def server(monkeypatch) -> Iterator[ShServer]:
    from lulc_core.sources.sentinel_hub import login as sentinel_hub_login
    from lulc_core.sources.sentinel_hub import preview as sentinel_hub_preview

    sentinel_hub_login._ACCOUNTS.clear()
    sentinel_hub_preview._previews.clear()
    with ShServer(world_around(8.85, 45.49)) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


HUB = ("--source", "sentinel-hub", "--bbox", "8.83,45.48,8.87,45.50", "--from", "2023-06-01", "--to", "2023-06-30")


def test_a_sentinel_hub_area_through_the_command_line(tmp_path, capsys, server):
    assert main(["map", *HUB, "--out", str(tmp_path / "out"), "--json"]) == 0
    out, err = capsys.readouterr()
    written = json.loads(out)
    taken = written["acquisition"]
    assert (taken["source"], taken["level"], taken["simulated"]) == ("sentinel-hub", "L1C", False)
    assert taken["datetime"].startswith("2023-06-03")  # the clear one of the four
    assert written["tiles"]["left_out"]["cloudy"] == 0 and written["tiles"]["total"] > 10
    assert written["attribution"] == "Contains modified Copernicus Sentinel data 2023"
    for path in (tmp_path / "out").iterdir():
        assert CLIENT_SECRET.encode() not in path.read_bytes(), path.name
    found = read_bundle(tmp_path / "out").provenance["dates"][0]
    assert found["products"] == taken["products"] != [] and "harmonizeValues" in found["harmonisation"]
    asked = server.count("process")
    assert main(["map", *HUB, "--out", str(tmp_path / "again"), "--quiet"]) == 0
    loads = [p for p in server.payloads("process")[asked:] if "B12" in json.dumps(p)]
    assert loads == []  # the pixels came from the disk
    everything = out + err + "".join(p.read_text("latin-1") for p in tmp_path.rglob("*") if p.is_file())
    assert CLIENT_SECRET not in everything + "".join(capsys.readouterr())


def test_what_fails_outside_exits_with_1_and_leaves_nothing(tmp_path, capsys, server, monkeypatch):
    monkeypatch.setenv("SH_CLIENT_SECRET", "wrong-" + CLIENT_SECRET[:6])
    server.fail("token", "token-wrong-secret")
    assert main(["map", *HUB, "--out", str(tmp_path / "out")]) == 1
    out, err = capsys.readouterr()
    assert "secret" in err.lower() and "wrong-" not in err and out == "" and "Traceback" not in err
    server.heal()
    server.fail("process", "quota")
    monkeypatch.setenv("SH_CLIENT_SECRET", CLIENT_SECRET)
    assert main(["map", *HUB, "--out", str(tmp_path / "out")]) == 1
    err = capsys.readouterr().err
    assert "Error: " in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_pictures_are_named_in_their_order(tmp_path, capsys):
    rng = np.random.default_rng(0)
    water = np.clip(rng.normal((35, 55, 75), 2, (64, 64, 3)), 1, 255).astype(np.uint8)
    Image.fromarray(water).save(tmp_path / "water.png")
    Image.fromarray(water).resize((100, 80)).save(tmp_path / "larger.jpg")
    paths = [str(tmp_path / "larger.jpg"), str(tmp_path / "water.png")]
    assert main(["classify", *paths, "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert [a["path"] for a in answers] == paths
    for answer in answers:
        assert set(answer) == {"path", "class", "probability", "probabilities", "notes"}
        assert list(answer["probabilities"]) == list(CLASS_NAMES)
        assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert (
            answer["probability"] == max(answer["probabilities"].values()) == answer["probabilities"][answer["class"]]
        )
    assert any("resampled" in note for note in answers[0]["notes"])
    assert not any("resampled" in note for note in answers[1]["notes"])
    assert main(["classify", *paths]) == 0
    assert len([line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]) == 2


def test_eurosats_own_pictures_are_mostly_named_right(tmp_path, capsys, shared_data):
    import zipfile

    names = [f"{c}_{i}" for c in ("Forest", "SeaLake", "Residential", "River") for i in range(1, 40)]
    held_back = [n for n in names if int(hashlib.sha256(n.encode()).hexdigest()[:8], 16) % 10 == 8][:12]
    with zipfile.ZipFile(shared_data("EuroSAT.zip")) as archive:
        for name in held_back:
            (tmp_path / f"{name}.jpg").write_bytes(archive.read(f"2750/{name.split('_')[0]}/{name}.jpg"))
    assert main(["classify", *(str(tmp_path / f"{n}.jpg") for n in held_back), "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    right = [Path(a["path"]).stem.split("_")[0] == a["class"] for a in answers]
    assert len(right) >= 8 and sum(right) >= len(right) - 1


@pytest.fixture
def small_eurosat(tmp_path) -> Path:
    """Eleven made patches a class, of which those of the validation part are few."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "2750"
    for k, name in enumerate(CLASS_NAMES):
        (folder / name).mkdir(parents=True)
        for i in range(1, 12):
            patch = rng.normal(60 + 15 * k, 12, (64, 64, 3)).clip(1, 255).astype(np.uint8)
            Image.fromarray(patch).save(folder / name / f"{name}_{i}.jpg", quality=90)
    return tmp_path


def test_evaluate_prints_the_matrix_with_truth_in_rows(small_eurosat, capsys):
    assert main(["evaluate", "--data", str(small_eurosat), "--split", "validation", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"n", "accuracy", "ece", "classes", "matrix", "per_class"} <= set(result)
    stems = [f"{c}_{i}" for c in CLASS_NAMES for i in range(1, 12)]
    held_back = [s for s in stems if int(hashlib.sha256(s.encode()).hexdigest()[:8], 16) % 10 == 8]
    assert result["n"] == len(held_back)
    in_rows = [sum(s.startswith(f"{c}_") for s in held_back) for c in CLASS_NAMES]
    assert [sum(row) for row in result["matrix"]] == in_rows
    assert result["accuracy"] == pytest.approx(np.trace(result["matrix"]) / result["n"], abs=1e-4)
    assert main(["evaluate", "--data", str(small_eurosat)]) == 0
    text = capsys.readouterr().out
    assert "rows: reference, columns: predicted" in text and "neighbouring patches" in text


def test_train_writes_weights_that_classify_can_name(small_eurosat, tmp_path, capsys):
    words = ["--epochs", "1", "--batch", "16", "--architecture", "pocket", "--name", "mine", "--json"]
    assert main(["train", "--data", str(small_eurosat), "--out", str(tmp_path / "weights"), *words]) == 0
    result = json.loads(capsys.readouterr().out)
    weights = Path(result["weights"])
    assert result["name"] == "mine" and hashlib.sha256(weights.read_bytes()).hexdigest() == result["sha256"]
    card = load_card(str(weights))
    assert "train --data" in card.command and card.command.startswith("python -m lulc_core train")
    picture = small_eurosat / "2750" / "Forest" / "Forest_1.jpg"
    assert main(["classify", str(picture), "--model", str(weights), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["class"] in CLASS_NAMES


def test_ctrl_c_ends_with_130_and_nothing_half_written(tmp_path, repo_root):
    folder = tmp_path / "out"
    command = [sys.executable, "-m", "lulc_core", "map", "--source", "simulated", "--bbox", "8.5,45.3,8.8,45.5"]
    running = subprocess.Popen(
        [*command, *DAY, "--out", str(folder)],
        cwd=repo_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LULC_CACHE_DIR": str(tmp_path / "cache")},
        # A shell that runs the tests in the background has Ctrl-C ignored, and what it starts inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert running.stderr is not None
    first = running.stderr.readline()  # at work now
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, first + err
    assert "Stopped" in err and "Traceback" not in err and out == ""
    assert not folder.exists()


def test_a_reader_that_leaves_early_is_no_error(repo_root):
    command = f"{sys.executable} -m lulc_core search --source simulated --bbox 8.8,45.4,8.82,45.42"
    period = "--from 2016-01-01 --to 2021-12-31 --json --quiet"
    done = subprocess.run(
        ["bash", "-c", f"{command} {period} | head -c 20"], cwd=repo_root, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("[") and done.stderr == ""
