"""Slides that a council sees: letters for the last row, charts that can be edited, an own style of tables, notes."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from pptx import Presentation
from pptx.oxml.ns import qn

from lulc_core.language.spaces import bound
from lulc_core.report.documents.slides import to_pptx
from lulc_core.report.documents.slides_text import LEAST_PT
from lulc_core.report.story.chart import Bar, Chart
from lulc_core.report.story.frames import frames
from tests.report.stories import awkward, story

KINDS = [("compare", "it"), ("map", "en"), ("fine", "en"), ("two", "en")]


@lru_cache(maxsize=8)
def deck(kind: str, lang: str) -> Any:
    return Presentation(io.BytesIO(to_pptx(story(kind, lang, simulated=kind == "two"))))


def runs(slide: Any) -> list[Any]:
    frames_of_text = [s.text_frame for s in slide.shapes if s.has_text_frame]
    frames_of_text += [c.text_frame for s in slide.shapes if s.has_table for r in s.table.rows for c in r.cells]
    return [r for f in frames_of_text for p in f.paragraphs for r in p.runs]


@pytest.mark.parametrize(("kind", "lang"), KINDS)
def test_no_letter_is_smaller_than_the_last_row_reads(kind, lang):
    for slide in deck(kind, lang).slides:
        for run in runs(slide):
            assert run.font.size is not None and run.font.size.pt >= LEAST_PT == 18, run.text
        for shape in slide.shapes:
            if shape.has_chart:
                letters = shape.chart._chartSpace.iter(qn("a:defRPr"), qn("a:rPr"))
                sizes = [int(e.get("sz")) for e in letters if e.get("sz")]
                assert sizes and min(sizes) >= 100 * LEAST_PT


@pytest.mark.parametrize(("kind", "lang"), KINDS)
def test_charts_can_be_edited_and_say_what_the_story_says(kind, lang):
    told = story(kind, lang, simulated=kind == "two")
    charts = [s.chart for slide in deck(kind, lang).slides for s in slide.shapes if s.has_chart]
    assert len(charts) == sum(s.chart is not None for s in told.slides) >= 2
    for made, chart in zip(charts, [f.slide.chart for f in frames(told) if f.shows == "chart"], strict=True):
        assert isinstance(chart, Chart)
        assert zipfile.is_zipfile(io.BytesIO(made.part.chart_workbook.xlsx_part.blob)), "the numbers behind the bars"
        plot = made.plots[0]
        assert [c.split("  ")[-1] for c in plot.categories] == [bound(n) for n in chart.names]
        for series, (_, bars) in zip(plot.series, chart.series, strict=True):
            assert list(series.values) == pytest.approx([b.value for b in bars], abs=1e-3)
            labels = [t.text for t in made._chartSpace.iter(qn("a:t"))]
            assert all(bound(b.text) in labels for b in bars if b.text)
            # One unit a chart.
            assert {re.sub(r"[\d.,<>+−]|\s", "", b.text) for b in bars if b.text} <= {chart.unit}


def test_intervals_of_a_check_are_error_bars():
    bars = (Bar(10.0, "10 ha", "#00441B", "F", 8.0, 13.0), Bar(4.0, "4 ha", "#E9C716", "A", 3.5, 5.0))
    chart = Chart(("Forest", "Annual crops"), (("Area", bars),), "ha", simulated=False)
    told = story("map")
    slides = tuple(replace(s, chart=chart) if s.key == "land" else s for s in told.slides)
    made = Presentation(io.BytesIO(to_pptx(replace(told, slides=slides))))
    found = next(s.chart for slide in made.slides for s in slide.shapes if s.has_chart)
    values = {
        side: [float(v.text) for v in found._chartSpace.find(f".//{qn(f'c:{side}')}").iter(qn("c:v"))]
        for side in ("plus", "minus")
    }
    assert values == {"plus": [3.0, 1.0], "minus": [2.0, 0.5]}


def test_tables_have_a_style_of_their_own():
    tables = [s for slide in deck("map", "en").slides for s in slide.shapes if s.has_table]
    assert tables
    for shape in tables:
        styled = shape._element.graphic.graphicData.tbl.tblPr
        assert styled.find(qn("a:tableStyleId")).text.startswith("{2D5ABB26") and styled.get("bandRow") == "0"
        assert all(c._tc.tcPr.find(qn("a:lnB")) is not None for r in shape.table.rows for c in r.cells)


@pytest.mark.parametrize("told", [story("compare"), story("fine", "it"), awkward("compare")], ids=["en", "it", "odd"])
def test_every_sentence_is_on_a_slide_or_in_the_notes(told):
    made = list(Presentation(io.BytesIO(to_pptx(told))).slides)
    said = " ".join(re.sub(r"\s", "", r.text) for slide in made for r in runs(slide))
    said += " ".join(re.sub(r"\s", "", slide.notes_slide.notes_text_frame.text) for slide in made)
    for slide in told.slides:
        for line in (*slide.lines, *slide.details, *slide.cautions):
            assert re.sub(r"\s", "", line) in said, line


def test_the_title_slide_comes_first_and_numbers_count_the_slides():
    told = story("compare")
    first, *rest = deck("compare", "it").slides
    texts = [s.text_frame.text for s in first.shapes if s.has_text_frame]
    assert first.shapes.title.text_frame.text == told.slides[0].title == told.place
    assert any(told.slides[0].over.split()[-1] in t for t in texts)
    assert any(s.text_frame.text == "2" for s in rest[0].shapes if s.has_text_frame)
