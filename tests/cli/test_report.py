"""``report``: documents of folders that ``map`` and ``compare`` write, through the real command line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image
from pptx import Presentation

from lulc_core.analysis.accuracy.labels import labels_to_json
from lulc_core.analysis.accuracy.sample import draw_sample
from lulc_core.cli.main import main
from lulc_core.cli.report import size_of
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.export.bundle import write_result
from lulc_core.language.catalogue import LANGUAGES
from lulc_core.language.words import Words, english
from tests.render.results import AOI, compare_result, map_of, map_result, scene_of


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    made = {name: tmp_path_factory.mktemp(name) for name in ("map", "compare")}
    write_result(map_result(simulated=True), made["map"], aoi=AOI, request={"source": "simulated"})
    write_result(compare_result(), made["compare"], aoi=AOI, request={"source": "arrays"})
    return made


def report(*arguments: object) -> int:
    return main(["report", "--quiet", *map(str, arguments)])


def test_a_pdf_in_italian(folders, tmp_path, capsys):
    out = tmp_path / "new" / "mesero.pdf"
    assert report("--from", folders["compare"], "--out", out, "--lang", "it", "--title", "Il mio titolo") == 0
    said = capsys.readouterr()
    assert f"wrote {out}" in said.out and "Copernicus" in said.out
    reader = pypdf.PdfReader(out)
    assert reader.metadata.title == "Il mio titolo" and Words("it").translate("limits.title") in "".join(
        p.extract_text() for p in reader.pages
    )
    assert [p.name for p in out.parent.iterdir()] == ["mesero.pdf"]


def test_slides_web_page_and_map_sheet(folders, tmp_path, capsys):
    assert report("--from", folders["map"], "--out", tmp_path / "a.pptx") == 0
    assert len(Presentation(tmp_path / "a.pptx").slides) >= 7
    assert report("--from", folders["map"], "--out", tmp_path / "a.HTML") == 0
    assert (tmp_path / "a.HTML").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert report("--from", folders["map"], "--out", tmp_path / "a.png", "--size", "800x600", "--corine") == 0
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (800, 600)
    assert capsys.readouterr().out.count("SIMULATED imagery") == 3


def test_a_check_saved_on_the_page_goes_into_the_report(tmp_path, capsys):
    grid = TileGrid(32632, 790, 7873, 8, 9)
    classes = (np.arange(72, dtype=np.uint8) % 3).reshape(8, 9)
    result = type(map_result())(map_of(classes, grid), scene_of(grid), {})
    write_result(result, tmp_path / "map", aoi=AOI, request={"source": "arrays"})
    sample = draw_sample(result.tiles, 60, 1)
    answers = tmp_path / "labels.json"
    answers.write_text(labels_to_json(sample, {t.tile_id: t.class_id for t in sample.tiles[:55]}))
    out = tmp_path / "checked.html"
    assert report("--from", tmp_path / "map", "--out", out, "--check", answers) == 0
    page = out.read_text("utf-8")
    assert Words("en").translate("checked.title") in page
    sentence = english().translate("checked.overall", value=english().share(1), low="LOW", high=english().share(1))
    assert sentence.partition("LOW")[0] in page and f"{english().share(1)} to {english().share(1)}" not in page
    for labels, said in (({t.tile_id: 0 for t in sample.tiles[:7]}, "7 squares are labelled"), (None, "not JSON")):
        answers.write_text("no" if labels is None else labels_to_json(sample, labels))
        assert report("--from", tmp_path / "map", "--out", tmp_path / "b.pdf", "--check", answers) != 0
        assert said in capsys.readouterr().err and not (tmp_path / "b.pdf").exists()
    assert report("--from", tmp_path / "map", "--out", tmp_path / "b.pdf", "--check", tmp_path / "none.json") != 0
    assert "cannot be read" in capsys.readouterr().err


def test_json_says_what_was_written(folders, tmp_path, capsys):
    assert report("--from", folders["map"], "--out", tmp_path / "a.png", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["kind"] == "map" and said["simulated"] is True
    assert said["bytes"] == (tmp_path / "a.png").stat().st_size


def test_the_same_request_gives_the_same_bytes(folders, tmp_path):
    for name in ("a", "b"):
        assert report("--from", folders["map"], "--out", tmp_path / f"{name}.html") == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--from": "nowhere"}, "There is no nowhere"),
        ({"--from": "."}, "There is no result in"),
        ({"--out": "report.docx"}, "report.docx ends in .docx; documents end in .pdf"),
        ({"--out": "report"}, "report has no known ending"),
        ({"--out": "folder.pdf"}, "folder.pdf is a folder"),
        ({"--out": "file/report.pdf"}, "is a file; a folder is needed"),
        ({"--size": "big"}, "--size big is no size"),
        ({"--out": "a.png", "--size": "10"}, "The picture would be 10 pixels"),
        ({"--title": "x" * 20_001}, "20,001 characters"),
        ({"--lang": "de"}, "invalid choice: 'de'"),
    ],
)
def test_bad_input_is_one_sentence(folders, tmp_path, monkeypatch, capsys, change, said):
    monkeypatch.chdir(tmp_path)
    Path("folder.pdf").mkdir()
    Path("file").write_text("x")
    arguments = {"--from": str(folders["map"]), "--out": "out.pdf", **change}
    assert report(*[x for pair in arguments.items() for x in pair]) == 2
    err = capsys.readouterr().err
    assert said in err and "Traceback" not in err and err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.pdf"]


def test_a_title_of_5000_characters_is_no_error(folders, tmp_path):
    assert report("--from", folders["map"], "--out", tmp_path / "a.pdf", "--title", "Title " * 833) == 0
    reader = pypdf.PdfReader(io.BytesIO((tmp_path / "a.pdf").read_bytes()))
    assert reader.metadata.title.endswith("…")
    assert sum(p.extract_text().count("Title") for p in reader.pages) >= 833


def test_languages_on_the_command_line_are_those_of_the_catalogue():
    from lulc_core.cli import report as cli_report

    assert cli_report._LANGUAGES == LANGUAGES


@pytest.mark.parametrize(("text", "size"), [("2000", 2000), (" 800x600 ", (800, 600)), ("800×600", (800, 600))])
def test_sizes(text, size):
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "x", "800x", "-5", "1e9", "800x600x2"])
def test_what_is_no_size(text):
    with pytest.raises(InputError, match="no size in pixels"):
        size_of(text)


def test_it_needs_neither_browser_nor_network_nor_torch(folders, tmp_path):
    arguments = ["report", "--quiet", "--from", str(folders["map"]), "--out", str(tmp_path / "a.html")]
    code = (
        "import sys, socket\n"
        "def refuse(*a, **k): raise OSError('no network here')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from lulc_core.cli.main import main\n"
        f"assert main({arguments!r}) == 0\n"
        "print([m for m in ('torch', 'streamlit', 'plotly', 'requests', 'sentinelhub') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
