"""The link of a report says what its result was made of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lulc_core.ui.forms import Link
from lulc_core.ui.report import link
from lulc_core.ui.report.link import KIND, params_of, remake, reported
from lulc_core.ui.report.state import Choice, ReportState
from tests.render.results import AOI, compare_result, map_result


def test_a_link_leads_back_to_the_page_that_makes_the_result():
    params = params_of(Choice("m", "map", map_result(simulated=True), AOI))
    again = remake({**params, "report": "a-word-that-is-gone", "lang": "it"})
    assert again is not None and again.page == "pages/explore.py"
    assert set(again.params) == {"area", "source", "date", "detail"} and again.params["date"] == "2021-08-14"
    both = remake(params_of(Choice("c", "compare", compare_result(), AOI)))
    assert both is not None and both.page == "pages/compare.py"
    assert both.params["before"] == "2019-07-16" and both.params["confirm"] == "2022-07-20"


def test_what_needs_a_file_of_the_user_cannot_be_made_from_a_link():
    made = map_result()
    cover = made.tiles
    own = replace(made, tiles=replace(cover, acquisition=replace(cover.acquisition, source="geotiff")))
    assert params_of(Choice("m", "map", own, AOI)) == {}
    assert remake({}) is None and remake({KIND: "spectra", "area": "1,2,3,4"}) is None


def test_after_a_report_was_reloaded_the_page_that_made_its_result_opens_with_it(monkeypatch: pytest.MonkeyPatch):
    results = Choice("c", "compare", compare_result(), AOI), Choice("m", "map", map_result(simulated=True), AOI)
    monkeypatch.setattr(link.st, "session_state", {"report": ReportState(results=results)})
    opened, errors = Link.from_params(reported("map"), ("simulated", "open"))
    assert opened.area is not None and opened.area.key == AOI.key and opened.day is not None and not errors
    assert reported("compare")["before"] == "2019-07-16"
    monkeypatch.setattr(link.st, "session_state", {"report": ReportState()})
    assert reported("map") == {}, "a report of this session leaves the pages as they are"
    monkeypatch.setattr(link.st, "session_state", {})
    assert reported("compare") == {}
