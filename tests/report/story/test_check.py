"""The user's own check of a map in documents: the figures are those of the estimator, in every kind and language."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from functools import lru_cache, partial

import numpy as np
import pypdfium2
import pytest
from pptx import Presentation

from lulc_core.analysis.accuracy.labels import labels_from_json
from lulc_core.analysis.accuracy.olofsson import UserCheck, user_check
from lulc_core.analysis.accuracy.sample import CANNOT_TELL, OTHER, draw_sample
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.export.bundle import Bundle, bundle_of
from lulc_core.export.bundle_read import read_bundle
from lulc_core.language.words import Words
from lulc_core.report.documents.write import document
from lulc_core.report.story.build import build_story
from lulc_core.report.story.check import area_sentences
from lulc_core.report.story.frames import frames
from lulc_core.report.story.slide import Story
from tests.render.results import AOI, map_of, map_result, scene_of
from tests.report.stories import bundle as small_bundle


@lru_cache(maxsize=1)
def made() -> Bundle:
    """120 tiles of three classes: enough for a check."""
    grid = TileGrid(32632, 790, 7873, 10, 12)
    classes = np.array([sum(divmod(i, 12)) % 3 for i in range(120)], np.uint8).reshape(10, 12)
    return bundle_of(
        type(map_result())(map_of(classes, grid), scene_of(grid), {}), aoi=AOI, request={"source": "arrays"}
    )


@lru_cache(maxsize=1)
def check() -> UserCheck:
    """Eighty tiles: half of what the map calls forest is annual crops, one tile is none of the ten, one is unclear."""
    tiles = made().after.tiles
    sample = draw_sample(tiles, 80, 5)
    labels = {t.tile_id: t.class_id for t in sample.tiles}
    forest = [t.tile_id for t in sample.tiles if t.class_id == 1]
    labels.update(dict.fromkeys(forest[: len(forest) // 2], 0))
    first, second = [t.tile_id for t in sample.tiles if t.class_id == 2][:2]
    labels.update({first: OTHER, second: CANNOT_TELL})
    return user_check(sample, labels, tiles)


@lru_cache(maxsize=2)
def story(lang: str = "en") -> Story:
    return build_story(made(), Words(lang), check=check())


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_slide_says_what_the_estimator_says(lang):
    words, found = Words(lang), check().found
    slide = story(lang).slide("check")
    o = found.overall
    right = words.translate(
        "checked.overall", value=words.share(o.value), low=words.share(o.low), high=words.share(o.high)
    )
    assert right in slide.lines and story(lang).slide("title").lines[1] == right
    assert 0.7 < o.value < 0.9 and o.low < o.value < o.high
    assert words.translate("checked.how", 79, side=words.metres(640)) in slide.lines
    assert words.translate("checked.cannot", 1) in slide.lines
    by_name, total = {row[0]: row for row in slide.table.rows}, made().after.land_cover.total_ha
    for c in found.classes:
        name = words.translate("check.other") if c.class_id == OTHER else words.capital(words.class_name(c.class_id))
        area = partial(words.area, like=total)
        assert by_name[name][1:3] == (area(c.mapped_ha), area(c.area_ha.value))
        assert by_name[name][3].endswith(area(c.area_ha.high))
        assert words.area_number(c.area_ha.low, like=total) in by_name[name][3]
        if c.users is not None:
            assert by_name[name][4].startswith(words.share(c.users.value))
    assert len(by_name) == len(found.classes) == 4
    counts = [[int(v) for v in row[1:]] for row in slide.detail_table.rows]
    assert counts == found.matrix[:10].tolist() and np.sum(counts) == found.n


def test_what_the_map_shows_too_much_of_is_said_and_in_short_too():
    words = Words("en")
    by_id = {c.class_id: c for c in check().found.classes}
    forest, crops = by_id[1], by_id[0]
    assert forest.mapped_ha > forest.area_ha.high and crops.mapped_ha < crops.area_ha.low
    text = " ".join(story().slide("check").lines)
    for key, name, c in (("checked.too_much", "forest", forest), ("checked.too_little", "annual crops", crops)):
        area = partial(words.area, like=made().after.land_cover.total_ha)
        ends = {"low": area(c.area_ha.low), "high": area(c.area_ha.high)}
        assert words.translate(key, name=name, mapped=area(c.mapped_ha), **ends) in text
    assert story().slide("check").lines[0] in story().summary


@pytest.mark.parametrize("lang", ["en", "it"])
def test_a_checked_deck_tells_one_story(lang):
    """Its areas lead, the bars are shown once, and the map is named as the network's, which the check does not mend."""
    words, told = Words(lang), story(lang)
    assert told.slide("title").lines[0] == area_sentences(check().found, words, made().after.land_cover.total_ha)[0]
    assert [f.key for f in frames(told)][:3] == ["title", "check", "land"]
    assert [f.slide.key for f in frames(told) if f.shows == "chart" and f.slide.chart.unit != "%"] == ["check"]
    land = told.slide("land")
    date = words.date(made().after.acquisition.datetime.date())
    assert land.caption == words.translate("land.caption_check", date=date)
    assert land.title == words.translate("land.title.checked")
    assert words.translate("land.not_corrected") in land.lines[:2]


def test_without_a_check_there_is_no_such_slide():
    assert build_story(made(), Words("en")).slide("check") is None


@pytest.mark.parametrize("lang", ["en", "it"])
@pytest.mark.parametrize("ending", [".pdf", ".html", ".pptx"])
def test_every_document_carries_it(ending, lang):
    words, o = Words(lang), check().found.overall
    data = document(made(), ending, words, check=check())
    if ending == ".pdf":
        pages = pypdfium2.PdfDocument(data)
        text = " ".join(pages[i].get_textpage().get_text_range() for i in range(len(pages)))
    elif ending == ".pptx":
        shapes = [s for slide in Presentation(io.BytesIO(data)).slides for s in slide.shapes]
        text = " ".join(s.text_frame.text for s in shapes if s.has_text_frame)
        text += " ".join(c.text for s in shapes if s.has_table for r in s.table.rows for c in r.cells)
    else:
        text = data.decode()
    squeezed = "".join(text.split())
    for said in (
        words.translate("checked.title"),
        words.share(o.value),
        words.translate("check.users"),
        words.translate("check.other"),
    ):
        assert "".join(said.split()) in squeezed, said


def test_the_archive_holds_figures_counts_and_answers_and_is_read_back(tmp_path):
    data = document(made(), ".zip", Words("en"), check=check())
    path = tmp_path / "all.zip"
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive:
        files = {n.rpartition("/")[2]: archive.read(n) for n in archive.namelist()}
    rows = list(csv.DictReader(io.StringIO(files["check.csv"].decode())))
    found = check().found
    overall = next(r for r in rows if r["measure"] == "overall_accuracy")
    assert [float(overall[k]) for k in ("value", "low_95", "high_95")] == pytest.approx(
        [found.overall.value, found.overall.low, found.overall.high], abs=1e-4
    )
    areas = {r["class"]: float(r["value"]) for r in rows if r["measure"] == "area_ha"}
    assert areas == pytest.approx({c.name: c.area_ha.value for c in found.classes}, abs=1e-3)
    assert sum(areas.values()) == pytest.approx(float(made().after.tiles.class_ha.sum()), rel=1e-5)
    counts = list(csv.DictReader(io.StringIO(files["check_matrix.csv"].decode())))
    assert int(counts[1]["answer_AnnualCrop"]) == found.matrix[1, 0] > 0
    assert all(r["attribution"] == made().attribution for r in (*rows, *counts))
    back = read_bundle(path)
    sample, labels = labels_from_json(files["check_answers.json"], back.after.tiles)
    assert labels == check().labels and sample == check().sample
    read_me = files["README.txt"].decode()
    assert all(name in read_me for name in ("check.csv", "check_matrix.csv", "check_answers.json"))
    assets = json.loads(files["item.json"])["assets"]
    assert any(a["href"].endswith("check.csv") for a in assets.values())


def test_a_check_of_another_map_is_refused():
    with pytest.raises(InputError, match="another map"):
        build_story(small_bundle("map"), Words("en"), check=check())
    with pytest.raises(InputError, match="another map"):
        user_check(check().sample, check().labels, map_result().tiles)
