"""A deck for the back row: a title first, then the change; two sentences a frame; everything else in the notes."""

from __future__ import annotations

import re

import pytest

from lulc_core.language.words import Words
from lulc_core.report.story.build import build_story, with_edits
from lulc_core.report.story.frames import MAX_COMMENT, frames
from lulc_core.report.story.place import is_place_name
from lulc_core.report.story.slide import Edits
from tests.report.stories import bundle, story
from tests.report.story.test_check import check, made

ALL = [("compare", "en"), ("compare", "it"), ("two", "en"), ("map", "it"), ("fine", "en")]


def sentences(text: str) -> int:
    """Full stops that end a sentence: before a capital letter, or at the end."""
    return len(re.findall(r"[.!?](?=\s+[A-ZÈÀ]|$)", text.replace("et al. ", "et al ")))


@pytest.mark.parametrize(("kind", "lang"), ALL)
def test_a_frame_says_two_sentences_at_most_and_nothing_is_lost(kind, lang):
    told = story(kind, lang)
    found = frames(told, swipe=kind in ("compare", "two"))
    for frame in found:
        assert sum(map(sentences, (*frame.lines, frame.care))) <= 2, frame.key
    for slide in told.slides:
        own = [f for f in found if f.slide is slide]
        said = [line for f in own for line in (*f.lines, *f.notes)]
        assert set(slide.lines) | set(slide.cautions) | set(slide.details) <= set(said), slide.key
        assert [f.key for f in own] == list(dict.fromkeys(f.key for f in own))


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_title_comes_first_and_the_change_second(lang):
    told = story("compare", lang)
    words, (before, after) = Words(lang), [d.acquisition.datetime.date() for d in bundle("compare").dates[:2]]
    first = told.slides[0]
    assert first.key == "title" and first.title == told.place == "Field of “Mesero”"
    assert words.date(before) in first.over and words.date(after) in first.over
    assert told.slides[1].key == "change"
    keys = [f.key for f in frames(told, swipe=True)]
    assert keys[:4] == ["title", "change", "change-swipe", "change-chart"]
    assert [s.key for s in story("map", lang).slides][:2] == ["title", "land"]


def test_a_map_and_its_bars_have_a_frame_each():
    keys = [f.key for f in frames(story("map"))]
    assert keys == ["title", "land", "land-chart", "where", "when", "sure", "limits", "sources"]


def test_a_check_leads_and_nothing_contradicts_it():
    told = build_story(made(), Words("en"), check=check())
    assert [s.key for s in told.slides][:3] == ["title", "check", "land"]
    assert told.slides[0].lines[0] == told.summary[0] and set(told.slides[0].lines) <= set(told.slide("check").lines)
    assert told.slide("sure").lines[0].startswith("By a check of this very map")


def test_a_long_comment_is_a_note_and_a_short_one_is_shown():
    told = with_edits(story("map"), Edits(comments={"land": "Ours.", "sure": "x " * MAX_COMMENT}))
    by_key = {f.key: f for f in frames(told)}
    assert by_key["land"].comment == "Ours." and by_key["land-chart"].comment == ""
    assert by_key["sure"].comment == "" and any("x x" in note for note in by_key["sure"].notes)


@pytest.mark.parametrize(
    "name", ["aquileia_20190416_L2A_12b", "area", "Polygon 1", "export.geojson", "", "12", "mappa 2", "S2A-2019"]
)
def test_names_of_files_and_programs_are_no_places(name):
    assert not is_place_name(name)


@pytest.mark.parametrize("name", ["Mesero", "San Donà di Piave", "Field of “Mesero”", "Zone 3 of the plan", "東京"])
def test_names_of_people_are(name):
    assert is_place_name(name)


def test_the_place_that_the_reader_says_is_in_every_title():
    told = with_edits(story("compare"), Edits(place="  Mesero,  Milan "))
    assert told.place == told.slides[0].title == "Mesero, Milan"
    assert told.title.startswith("Mesero, Milan: ") and told.slide("where").title == "Where: Mesero, Milan"
    mine = with_edits(story("compare"), Edits(place="Mesero", title="Consumption of ground"))
    assert mine.slides[0].title == mine.title == "Consumption of ground"
