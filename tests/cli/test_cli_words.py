"""What the command line says: help with examples that work, and one sentence for each mistake."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from lulc_core.cli.main import build_parser, main

COMMANDS = ("classify", "map", "search", "compare", "region", "train", "evaluate", "benchmark")
AREA = ("--bbox", "8.80,45.45,8.82,45.47")
DAY = ("--date", "2021-08-14")
SIMULATED = ("--source", "simulated")


@pytest.mark.parametrize("command", ("", *COMMANDS))
def test_help_shows_an_example_that_the_parser_takes(command, capsys):
    assert main([command, "--help"] if command else ["--help"]) == 0
    text = capsys.readouterr().out.replace("\\\n", " ")
    examples = [line for line in text.splitlines() if line.strip().startswith("python -m lulc_core")]
    assert examples
    for example in examples:
        words = shlex.split(example)[3:]
        args = build_parser().parse_args(words)
        assert args.command == (command or args.command)
    if not command:
        assert all(name in text for name in COMMANDS) and "Exit codes: 0" in text


def test_help_is_quick_and_loads_nothing_heavy():
    code = (
        "import sys\nfrom lulc_core.cli.main import main\nmain(['--help'])\n"
        "heavy = {'torch', 'rasterio', 'numpy', 'shapely', 'sentinelhub', 'plotly', 'scipy', 'pandas', 'streamlit'}\n"
        "print('loaded', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.splitlines()[-1] == "loaded []"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["map", *SIMULATED, *AREA, *DAY], "--out"),
        (["map", *SIMULATED, *AREA, "--out", "o"], "No date is given"),
        (["map", *SIMULATED, *DAY, "--out", "o"], "No area is given"),
        (["map", *AREA, *DAY, "--out", "o"], "No source of imagery is named"),
        (["map", "--source", "landsat", *AREA, *DAY, "--out", "o"], "invalid choice: 'landsat'"),
        (["map", *SIMULATED, *AREA, "--aoi", "x", *DAY, "--out", "o"], "not allowed with"),
        (["map", *SIMULATED, "--bbox", "8.8,45.4,8.9", *DAY, "--out", "o"], "four numbers W,S,E,N"),
        (["map", *SIMULATED, "--bbox", "8.8,45.4,8.9,north", *DAY, "--out", "o"], "four numbers W,S,E,N"),
        (["map", *SIMULATED, "--bbox", "8.8,nan,8.9,45.5", *DAY, "--out", "o"], "finite"),
        (["map", *SIMULATED, "--bbox", "8.8,45.5,8.9,45.4", *DAY, "--out", "o"], "south must be below north"),
        (["map", *SIMULATED, "--bbox", "45.4,98.8,45.5,98.9", *DAY, "--out", "o"], "swapped"),
        (["map", *SIMULATED, "--bbox", "8,45,10,47", *DAY, "--out", "o"], "km² are allowed at once"),
        (["map", *SIMULATED, *AREA, "--date", "14.8.2021", "--out", "o"], "written YYYY-MM-DD"),
        (["map", *SIMULATED, *AREA, "--date", "2021-02-30", "--out", "o"], "no calendar has"),
        (["map", *SIMULATED, *AREA, "--date", "2999-01-01", "--out", "o"], "in the future"),
        (["map", *SIMULATED, *AREA, "--date", "2014-01-01", "--out", "o"], "before the first Sentinel-2 image"),
        (["map", *SIMULATED, *AREA, "--date", "2021-08-13", "--out", "o"], "2021-08-14"),
        (["map", *SIMULATED, *AREA, *DAY, "--from", "2021-08-01", "--out", "o"], "Both --date and a period"),
        (["map", *SIMULATED, *AREA, "--from", "2021-08-01", "--out", "o"], "--to is missing"),
        (["map", *SIMULATED, *AREA, "--from", "2021-08-09", "--to", "2021-08-01", "--out", "o"], "Swap the two dates"),
        (["map", *SIMULATED, *AREA, *DAY, "--model", "nonesuch", "--out", "o"], "no model 'nonesuch'"),
        (["map", *SIMULATED, *AREA, *DAY, "--image", "x.tif", "--out", "o"], "--image go with --source geotiff"),
        (["map", *SIMULATED, *AREA, *DAY, "--min-clear-share", "2", "--out", "o"], "--min-clear-share is 2"),
        (["map", "--source", "geotiff", "--out", "o"], "needs files"),
        (["map", "--image", "nonesuch.tif", "--out", "o"], "nonesuch.tif"),
        (["map", *SIMULATED, "--aoi", "nonesuch.geojson", *DAY, "--out", "o"], "There is no file nonesuch.geojson"),
        (["map", "--source", "sentinel-hub", *AREA, *DAY, "--out", "o"], "SH_CLIENT_ID"),
        (["search", *SIMULATED, *AREA, "--from", "yesterday", "--to", "2021-08-01"], "written YYYY-MM-DD"),
        (["classify", "nonesuch.jpg"], "nonesuch.jpg"),
        (["train", "--out", "o"], "No data are named"),
        (["train", "--data", "nonesuch.zip", "--out", "o"], "nonesuch.zip"),
        (["train", "--data", "x.zip", "--out", "o", "--init", "imagenet", "--bands", "all"], "red, green and blue"),
        (["train", "--show-augmentation", "nonesuch.jpg", "--out", "o"], "nonesuch.jpg"),
        (["train", "--data", "nonesuch.zip", "--out", "o", "--epochs", "0"], "epochs is 0"),
        (["evaluate", "--data", "nonesuch.zip"], "nonesuch.zip"),
        (["evaluate", "--data", "x.zip", "--write"], "Add --shifts"),
        (["evaluate", "--data", "x.zip", "--split", "all"], "invalid choice"),
        (["benchmark", "--seconds", "0"], "--seconds is 0"),
        (["colour"], "invalid choice: 'colour'"),
        ([], "COMMAND"),
    ],
    ids=lambda v: " ".join(v)[:60] if isinstance(v, list) else "",
)
def test_a_mistake_gets_exit_code_2_and_one_sentence(words, sentence, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = main(words)
    out, err = capsys.readouterr()
    # Missing credentials are nothing that the arguments got wrong: something outside has to change.
    assert code == (1 if "SH_CLIENT_ID" in sentence else 2), err
    assert out == ""
    assert sentence in err
    complaint = [line for line in err.splitlines() if line.startswith("Error: ")]
    assert len(complaint) == 1 and "Traceback" not in err
    assert list(tmp_path.iterdir()) in ([], [tmp_path / "lulc-cache"])


def test_a_swapped_or_crossed_area_file_is_refused(capsys, tmp_path):
    for ring, word in (
        ([[45.4, 98.8], [45.5, 98.8], [45.5, 98.9], [45.4, 98.8]], "swapped"),
        ([[8.8, 45.4], [8.9, 45.5], [8.9, 45.4], [8.8, 45.5], [8.8, 45.4]], "crosses itself"),
    ):
        path = tmp_path / "area.geojson"
        path.write_text(f'{{"type": "Polygon", "coordinates": [{ring}]}}')
        assert main(["search", *SIMULATED, "--aoi", str(path), *DAY]) == 2
        assert word in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--bbox", "-3.75,40.38,-3.70,40.42"], ["--bbox=-3.75,40.38,-3.70,40.42"]])
def test_western_longitudes_need_no_trick(words, capsys):
    assert main(["search", *SIMULATED, *words, "--from", "2021-08-01", "--to", "2021-08-10"]) == 0
    assert "SIMULATED" in capsys.readouterr().out


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("LULC Explorer ")


def test_help_speaks_of_the_program_that_was_typed(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["/usr/bin/lulc"])
    assert main(["report", "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: lulc report") and "\n  lulc report --from" in text and "python -m" not in text
