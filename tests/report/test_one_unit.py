"""Areas that are read together have one unit, and the same areas have it in tables, charts and on the pages."""

from __future__ import annotations

import re

import pytest

from lulc_core.analysis.accuracy.area import area_account
from lulc_core.language.words import Words, area_unit
from lulc_core.render.charts.change import gain_loss_bars
from lulc_core.report.story.build import build_story
from lulc_core.report.story.slide import Slide
from lulc_core.ui.tables import area_table
from tests.report.stories import bundle, story
from tests.report.story.test_check import check, made

AREA = re.compile(r"\d\s(ha|km²)(?!\w)")


def units(*texts: str) -> set[str]:
    """The units of the areas in some texts."""
    return {unit for text in texts for unit in AREA.findall(text)}


def units_of(slide: Slide) -> list[set[str]]:
    """The units of each table and of the chart of a slide."""
    found = [units(*(cell for row in t.rows for cell in row)) for t in (slide.table, slide.detail_table) if t]
    if slide.chart is not None and slide.chart.unit != "%":
        found.append(units(*(bar.text for _, bars in slide.chart.series for bar in bars)) | {slide.chart.unit})
    return [u for u in found if u]


@pytest.mark.parametrize("lang", ["en", "it"])
@pytest.mark.parametrize("kind", ["map", "fine", "compare", "checked"])
def test_tables_and_charts_of_a_slide_have_one_unit(kind, lang):
    told = build_story(made(), Words(lang), check=check()) if kind == "checked" else story(kind, lang)
    found = {s.key: units_of(s) for s in told.slides if units_of(s)}
    assert found and all(len(set.union(*of_slide)) == 1 for of_slide in found.values()), found


def test_what_a_check_corrects_is_said_in_the_unit_of_its_table():
    told = build_story(made(), Words("en"), check=check())
    slide = told.slide("check")
    assert units(*slide.lines) == set.union(*units_of(slide)) == {area_unit(made().after.land_cover.total_ha)[0]}


def test_the_page_counts_in_the_unit_of_the_report():
    for of in (made(), bundle("map")):
        cover = of.after.land_cover
        land = story("map").slide("land") if of is not made() else build_story(of, Words("en")).slide("land")
        assert {area_unit(cover.total_ha)[0]} == set.union(*units_of(land))
        assert f">{area_unit(cover.total_ha)[0]}</th>" in area_table(area_account(cover), "")


def test_a_chart_of_the_page_has_the_unit_of_its_longest_bar():
    from dataclasses import replace

    from lulc_core.report.story.comparison import report_of

    balances = report_of(bundle("compare")).balances
    for factor, unit in ((1, "ha"), (100, "km²")):
        grown = [replace(b, gain_ha=factor * b.gain_ha, loss_ha=factor * b.loss_ha) for b in balances]
        figure = gain_loss_bars(grown)
        assert unit in figure.layout.xaxis.title.text
        assert all(unit in trace.hovertemplate for trace in figure.data)
