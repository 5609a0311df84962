"""One result, all its files opened: the figures of one thing are the same wherever they stand."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from functools import lru_cache
from typing import Any

import pyogrio
import pypdfium2
import pytest
from pptx import Presentation

from lulc_core.analysis.accuracy.area import area_account
from lulc_core.analysis.accuracy.olofsson import UserCheck, user_check
from lulc_core.analysis.accuracy.sample import draw_sample
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.language.words import Words
from lulc_core.report.documents.write import document
from lulc_core.report.story.build import build_story
from lulc_core.report.story.check import overall_sentence
from tests.report.stories import bundle, evaluation

KINDS = ("map", "fine", "compare")


@lru_cache(maxsize=1)
def check() -> UserCheck:
    """Of the cells of 160 m: every third answer is another class."""
    shown = bundle("fine").after.land_cover
    sample = draw_sample(shown, 120, 2)
    labels = {t.tile_id: (t.class_id + (k % 3 == 0)) % 10 for k, t in enumerate(sample.tiles)}
    return user_check(sample, labels, shown)


@lru_cache(maxsize=3)
def files(kind: str) -> dict[str, bytes]:
    """Everything of a result, by name."""
    made = bundle(kind)
    given = check() if kind == "fine" else None
    data = document(made, ".zip", Words("en"), evaluation=evaluation(made), check=given, size_px=600)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {n.rpartition("/")[2]: archive.read(n) for n in archive.namelist()}


def rows(kind: str, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files(kind)[name].decode())))


def text(kind: str, ending: str) -> str:
    """All words of a document, without the blanks that lay-out puts between them."""
    data = next(data for name, data in files(kind).items() if name.startswith("report_") and name.endswith(ending))
    if ending == ".pdf":
        with pypdfium2.PdfDocument(data) as pages:
            found = " ".join(page.get_textpage().get_text_range() for page in pages)
    elif ending == ".pptx":
        slides = list(Presentation(io.BytesIO(data)).slides)
        shapes = [s for slide in slides for s in slide.shapes]
        found = " ".join(s.text_frame.text for s in shapes if s.has_text_frame)
        found += " ".join(s.notes_slide.notes_text_frame.text for s in slides)
        found += " ".join(c.text for s in shapes if s.has_table for r in s.table.rows for c in r.cells)
    else:
        found = re.sub(r"<[^>]+>", " ", data.decode())
    return re.sub(r"\s+", "", found)


@pytest.mark.parametrize("kind", KINDS)
def test_the_areas_of_the_table_are_those_of_csv_json_and_geopackage(kind, tmp_path):
    cover = bundle(kind).after.land_cover
    areas = {r["class"]: r for r in rows(kind, "areas.csv") if r["role"] in ("map", "after")}
    summary = json.loads(files(kind)["summary.json"])
    of_json = summary["areas_ha"] if kind != "compare" else summary["after"]["areas_ha"]
    path = tmp_path / "land_cover.gpkg"
    path.write_bytes(files(kind)["land_cover.gpkg"])
    stem = "after_" if kind == "compare" else ""
    layer = pyogrio.raw.read(path, layer=f"{stem}land_cover", columns=["class", "ha"], read_geometry=False)
    named, ha = layer[3]
    for i, name in enumerate(CLASS_NAMES):
        counted = float(areas[name]["counted_ha"]) if name in areas else 0.0
        assert counted == pytest.approx(of_json[name], abs=1e-3) == pytest.approx(cover.class_ha[i], abs=1e-3)
        assert counted == pytest.approx(float(ha[named == name].sum()), abs=0.01)
    assert sum(float(r["counted_pct"]) for r in areas.values()) == pytest.approx(100, abs=0.01)
    if kind == "fine":  # both details are there, each by its own name; the table is that of the map that is shown
        tiles = pyogrio.raw.read(path, layer="tiles", columns=["ha"], read_geometry=False)[3][0]
        assert float(tiles.sum()) == pytest.approx(float(ha.sum()), rel=1e-4)
        assert summary["cells"]["classified"] == sum(int(r["cells"]) for r in areas.values() if r["class"])


@pytest.mark.parametrize("ending", [".pdf", ".pptx", ".html"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_row_of_the_story_is_in_every_document(kind, ending):
    made = bundle(kind)
    story = build_story(made, Words("en"), evaluation=evaluation(made), check=check() if kind == "fine" else None)
    found = text(kind, ending)
    for slide in story.slides:
        for line in (*slide.cautions, *slide.lines):
            assert re.sub(r"\s+", "", line.replace("&", "&amp;") if ending == ".html" else line) in found, line
        for row in slide.table.rows if slide.table is not None else ():
            assert all(re.sub(r"\s+", "", cell) in found for cell in row), row


def test_gains_and_losses_fit_the_areas_of_both_maps():
    areas = {(r["role"], r["class"]): float(r["counted_ha"]) for r in rows("compare", "areas.csv")}
    found = [r for r in rows("compare", "gains_losses.csv") if r["level"] == "class"]
    summary = json.loads(files("compare")["summary.json"])
    assert found
    for r in found:
        number = {k: float(v) for k, v in r.items() if k.endswith("_ha")}
        for side in ("before", "after"):
            assert number[f"map_{side}_ha"] == pytest.approx(areas.get((side, r["class"]), 0.0), abs=1e-3)
            between = number[f"{side}_ha"] + number[f"uncounted_{side}_ha"]
            assert between == pytest.approx(number[f"map_{side}_ha"], abs=1e-3)
        assert number["net_ha"] == pytest.approx(number["after_ha"] - number["before_ha"], abs=1e-3)
        assert number["gain_ha"] == pytest.approx(summary["gains_ha"][r["class"]], abs=1e-3)
        assert r["kind"] == ("squares crossed" if r["class"] in ("Highway", "River") else "land")


def test_a_check_has_one_set_of_figures_and_they_lead():
    found, words = check().found, Words("en")
    cover = bundle("fine").after.land_cover
    by_class: dict[str, Any] = {c.name: c for c in found.classes}
    for r in rows("fine", "areas.csv"):
        if r["class"]:
            area = by_class[r["class"]].area_ha
            ends = [float(r[k]) for k in ("check_ha", "check_low_95_ha", "check_high_95_ha")]
            assert ends == pytest.approx([area.value, area.low, area.high], abs=1e-3)
    measured = {(r["class"], r["measure"]): r for r in rows("fine", "check.csv")}
    summary = json.loads(files("fine")["summary.json"])["check"]
    for name, c in by_class.items():
        assert float(measured[name, "area_ha"]["low_95"]) == pytest.approx(c.area_ha.low, abs=1e-3)
        assert summary["areas_ha"][name]["high_95"] == pytest.approx(c.area_ha.high)
    made = build_story(bundle("fine"), words, evaluation=evaluation(bundle("fine")), check=check())
    keys = [s.key for s in made.slides]
    assert keys.index("check") < keys.index("land") and made.summary[1] == overall_sentence(found, words)
    # The areas of the check are told before the map, which is named as the network's.
    land, told = made.slide("land"), made.slide("title").lines[0]
    for key, measure in found.groups.items():
        assert words.translate(f"group.{key}") in told and words.share(measure.value / cover.total_ha) in told
    assert land.title == words.translate("land.title.checked") and words.translate("land.not_corrected") in land.lines
    assert words.translate("check.area") in made.slide("check").table.header and len(land.table.header) == 4
    assert made.slide("sure").lines[0].startswith("By a check of this very map")
    assert words.translate("land.no_range") not in land.details


def test_roads_and_rivers_have_squares_and_no_hectares():
    for kind in KINDS:
        account = area_account(bundle(kind).after.land_cover)
        for told in (build_story(bundle(kind), Words(lang)) for lang in ("en", "it")):
            table = told.slide("land").table
            lines = [row for row in table.rows if row[2] == ""]
            assert len(lines) == len(account.crossed)
        crossed = {a.cls.name for a in account.crossed}
        kinds = {r["class"]: r["kind"] for r in rows(kind, "areas.csv") if r["class"]}
        assert crossed == {n for n, k in kinds.items() if k == "squares crossed"} & crossed
