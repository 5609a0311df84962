"""The Spectra page, part by part, with and without the user's own ground."""

from __future__ import annotations

import csv
import io
import threading
from datetime import UTC, datetime

import numpy as np
import pytest
import streamlit as st

from lulc_core.analysis.spectra.roi import Roi
from lulc_core.domain.results import ClassifyResult
from lulc_core.export import tables as export_tables
from lulc_core.ui import resources
from lulc_core.ui.explore.state import Shown
from lulc_core.ui.spectra import viewer as spectra_viewer
from lulc_core.ui.spectra.state import MAX_ROIS, Spectra
from tests.arrays import scene_of
from tests.model_files import write_model
from tests.pages.spectra_driver import AOI, GRID, LAT, LON, charts, dated_of, html, made, page, run, text


@pytest.fixture(autouse=True)
def fresh_caches():
    st.cache_resource.clear()
    st.cache_data.clear()


# --- without a map ---------------------------------------------------------------------------------------------------


def test_without_a_map_every_part_serves_and_says_how_to_get_ones_own_ground():
    (reference,) = charts(run(page("reference")))
    assert sum(t.get("yaxis") == "y2" for t in reference["data"]) == 13
    assert {"lawn grass", "turbid water"} <= {t.get("name") for t in reference["data"]}
    assert len(charts(run(page("classes")))) == 1
    instrument = run(page("sentinel2"))
    assert len(charts(instrument)) == 1 and "786 km" in html(instrument)
    for part in ("sentinel2", "ground", "viewer"):
        said = [i.value for i in run(page(part)).info]
        assert len(said) == 1 and "Explore" in said[0] and "Classify" in said[0]


def test_while_a_map_is_being_made_the_page_waits_and_then_shows_it():
    ready = threading.Event()
    shown = made("2021-08-14")
    at = page("ground", shown)
    here = at.session_state["explore"]
    here.shown = None

    def work(report, stopped):
        report(0.25, "Fetching pixels")
        ready.wait(30)
        return shown

    here.running.start("Classifying", work)
    try:
        assert "goes on by itself" in text(run(at)) and not at.info
    finally:
        ready.set()
    here.running.job._future.result(timeout=30)
    assert "Click the map" in text(run(at)) and here.shown is shown


def test_another_satellite_moves_the_bands_and_seen_by_bands_makes_points_of_curves():
    at = run(page("reference"))
    before = charts(at)[0]
    at.radio(key="reference-satellite").set_value("S2C")
    after = charts(run(at))[0]
    assert "Sentinel-2C" in after["layout"]["xaxis"]["title"]["text"]
    assert before["data"][-1]["x"] != after["data"][-1]["x"]
    at.radio(key="reference-how").set_value("bands")
    grass = next(t for t in charts(run(at))[0]["data"] if t.get("name") == "lawn grass" and "lines" in t["mode"])
    assert len(grass["x"]) == 12  # eleven bands of the ground and the gap at the air


def test_an_unknown_part_in_the_link_is_the_first():
    assert run(page("nonsense")).query_params["part"] in ("reference", ["reference"])


def test_going_back_in_the_browser_opens_the_part_before(monkeypatch):
    at = run(page("classes"))
    at.segmented_control(key="spectra-part").set_value("viewer")
    run(at)
    at.query_params["part"] = "classes"
    assert run(at).segmented_control(key="spectra-part").value == "viewer", "an address that was reported late"
    at.query_params["part"] = "classes"
    monkeypatch.setattr("lulc_core.ui.address_bar.went_through_history", lambda: True)
    assert run(at).segmented_control(key="spectra-part").value == "classes"
    assert at.query_params["part"] in ("classes", ["classes"])


# --- the ten classes -------------------------------------------------------------------------------------------------


def test_two_classes_are_ranked_and_their_confusion_is_counted(tmp_path, monkeypatch):
    matrix = [[0] * 10 for _ in range(10)]
    matrix[8][8], matrix[8][3], matrix[3][8], matrix[3][3] = 240, 7, 4, 245
    weights = write_model(tmp_path, matrix=matrix, n=496)
    monkeypatch.setenv("LULC_MODEL", str(weights))
    at = run(page("classes"))  # river and highway
    assert "**7 of 247** patches of ground crossed by a river for ground crossed by a road" in text(
        at
    ) and "**4 of 249** the other way" in text(at)
    assert html(at).count('<tr><th scope="row">B') == 11
    assert "part most in **B04**" in text(at) and text(at).count("hardly apart") == 1, "the same is not said twice"
    assert "mean of ground crossed by a road less that of ground crossed by a river" in text(at)
    at.selectbox(key="classes-b").set_value("River")
    assert "two different classes" in text(run(at))


@pytest.mark.parametrize("changes", [{"sha256": "cd"}, {"matrix": np.eye(9).tolist()}, {"evaluation": False}])
def test_an_evaluation_of_other_weights_a_damaged_one_or_none_is_not_shown(tmp_path, monkeypatch, changes):
    monkeypatch.setenv("LULC_MODEL", str(write_model(tmp_path, **changes)))
    at = run(page("classes"))
    assert "No evaluation is stored" in text(at) and "The network took" not in text(at)


# --- the user's own ground -------------------------------------------------------------------------------------------


def test_a_pick_shows_its_line_its_indices_and_what_it_is_like():
    page_state = Spectra()
    page_state.add(Roi.point(LON, LAT))
    page_state.add(Roi.tile(LON, LAT), "my field")
    shown = made("2021-08-14")
    at = run(page("ground", shown, page_state))
    names = {t.get("name") for t in charts(at)[0]["data"]}
    assert {"Point 1", "my field"} <= names
    assert charts(at)[0]["layout"]["yaxis"]["title"]["text"] == "Top-of-atmosphere reflectance"
    said = html(at)
    assert all(f"<strong>{name}</strong>" in said for name in ("NDVI", "NDWI", "NDBI", "EVI"))
    assert "4,096 pixels" in text(at) and "°</td>" in said
    line = next(t for t in charts(at)[0]["data"] if t.get("name") == "my field" and "lines" in t["mode"])
    row, col = GRID.tile_at(LON, LAT)
    mean = shown.result.scene.reflectance[(slice(None), *GRID.tile_slices(row, col))].mean((1, 2))
    assert line["y"][0] == pytest.approx(mean[0], abs=1e-4)


def test_before_and_after_are_both_drawn_where_two_dates_are_loaded():
    before, after = made("2019-07-16", seed=1), made("2021-08-14", seed=2, level="L2A")
    foreign = made("2020-07-16", scope="somebody-else")
    for one in (before, after, foreign):
        resources.results().put(one.request, one.result)
    page_state = Spectra()
    page_state.add(Roi.point(LON, LAT))
    at = run(page("ground", after, page_state))
    assert at.multiselect(key="ground-dates").options == ["16 Jul 2019", "14 Aug 2021"]
    chart = charts(at)[0]
    lines = {t["name"]: t for t in chart["data"] if "markers" in t["mode"] and "lines" in t["mode"]}
    assert set(lines) == {"Point 1, 16 Jul 2019", "Point 1, 14 Aug 2021"}
    assert len({t["line"]["dash"] for t in lines.values()}) == 2
    assert "levels differ" in chart["layout"]["yaxis"]["title"]["text"]


def test_a_square_around_a_place_and_corners_can_be_typed():
    at = run(page("ground", made("2021-08-14")))
    at.radio(key="ground-kind").set_value("square")
    run(at)
    at.number_input(key="ground-side").set_value(200)
    at.text_input(key="ground-typed").set_value(f"{LAT}, {LON}")
    next(b for b in at.button if b.label == "Pick it").click()
    run(at)
    at.text_input(key="ground-typed").set_value(f"{LAT}, {LON}; {LAT + 0.001}, {LON + 0.002}")
    next(b for b in at.button if b.label == "Pick it").click()
    run(at)
    rois = at.session_state["spectra"].rois
    assert [p.name for p in rois] == ["Square 1", "Area 2"]
    counts = [c.value for c in at.caption if c.value.endswith("pixels")]
    assert [int(c.split()[0]) for c in counts] == pytest.approx([400, 156 * 111 / 100], rel=0.05)


def test_real_bands_of_three_sizes_are_shown_and_say_what_they_are():
    at = run(page("sentinel2", made("2021-08-14")))  # noise: no band comes in pixels of its own size
    assert len(at.get("image")) == 10
    assert "60 x 60 pixels of 10 m, as delivered" in text(at)
    assert text(at).count("Delivered interpolated to 10 m") == 2
    at.selectbox(key="pixels-60").set_value("B01")
    assert "as delivered" in text(run(at))


def test_a_cloudy_pick_says_so_and_draws_no_line():
    page_state = Spectra()
    page_state.add(Roi.point(LON, LAT))
    at = run(page("ground", made("2021-08-14", clear=np.zeros(GRID.shape_px, bool)), page_state))
    assert "under cloud" in text(at) and "no spectrum" in text(at)
    assert not charts(at) and "NDVI" not in html(at)


def test_a_pick_of_another_area_says_that_it_lies_outside():
    page_state = Spectra()
    page_state.add(Roi.point(20.0, 10.0))
    at = run(page("ground", made("2021-08-14"), page_state))
    assert "outside the imagery" in text(at) and not charts(at)


def test_a_place_can_be_typed_named_and_removed():
    at = run(page("ground", made("2021-08-14")))
    at.text_input(key="ground-typed").set_value(f"{LAT}, {LON}")
    next(b for b in at.button if b.label == "Pick it").click()
    run(at)
    at.text_input(key="pick-name-1").set_value("<b>north field</b>")
    run(at)
    assert "&lt;b&gt;north field" in html(at) and "<b>north field" not in html(at)
    at.button(key="pick-bin-1").click()
    assert not run(at).session_state["spectra"].rois
    at.text_input(key="ground-typed").set_value("somewhere")
    next(b for b in at.button if b.label == "Pick it").click()
    assert "latitude, longitude" in text(run(at))


def test_clicks_and_drawings_of_the_map_become_picks_once():
    from lulc_core.ui.spectra.picture import on_map_event

    page_state = Spectra()
    ring = [[LON, LAT], [LON + 0.001, LAT], [LON + 0.001, LAT + 0.001], [LON, LAT]]
    drawn = {"seq": 5, "features": [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}]}
    event = {"click": {"seq": 4, "lat": LAT, "lng": LON}, "area": drawn}
    on_map_event(page_state, event)
    on_map_event(page_state, event)
    assert sorted(p.roi.kind for p in page_state.rois) == ["area", "point"]
    on_map_event(page_state, {"click": {"seq": 9, "lat": LAT, "lng": LON}, "area": drawn})
    assert len(page_state.rois) == 3


def test_a_click_right_after_another_choice_picks_what_was_chosen(monkeypatch):
    from lulc_core.ui.spectra.picture import on_map_event

    page_state = Spectra()  # the page has not run since the choice
    monkeypatch.setitem(st.session_state, "ground-kind", "square")
    monkeypatch.setitem(st.session_state, "ground-side", 60)
    on_map_event(page_state, {"click": {"seq": 1, "lat": LAT, "lng": LON}})
    (saved,) = page_state.rois
    assert saved.name == "Square 1" and page_state.side_m == 60


def test_eight_are_kept_with_eight_colours_and_a_ninth_is_refused():
    page_state = Spectra()
    for _ in range(MAX_ROIS):
        page_state.add(Roi.point(LON, LAT))
    assert len({p.color for p in page_state.rois}) == MAX_ROIS
    page_state.add(Roi.point(LON, LAT))
    assert len(page_state.rois) == MAX_ROIS and "remove one first" in page_state.warning
    gone = page_state.rois[3]
    page_state.remove(gone.id)
    page_state.add(Roi.point(LON, LAT))
    assert page_state.rois[-1].color == gone.color and page_state.rois[-1].name == "Point 9"


def test_the_csv_holds_every_pick():
    page_state = Spectra()
    shown = made("2021-08-14")
    resources.results().put(shown.request, shown.result)
    page_state.add(Roi.point(LON, LAT), "wiese äöü")
    dated = dated_of(shown)
    data = export_tables.spectra([(p.name, page_state.spectrum(dated, p)) for p in page_state.rois])
    rows = list(csv.DictReader(io.StringIO(data)))
    assert len(rows) == 13 and rows[0]["name"] == "wiese äöü" and rows[0]["level"] == "L1C"


# --- band viewer -----------------------------------------------------------------------------------------------------


def test_any_three_bands_and_any_index_can_be_shown():
    at = run(page("viewer", made("2021-08-14")))
    at.selectbox(key="viewer-r").set_value("B12")
    assert "B12 0.00 to 0.40" in text(run(at))
    at.radio(key="viewer-stretch").set_value(spectra_viewer.FITTED)
    assert "B12 0.41 to 0.43" in text(run(at))
    at.radio(key="viewer-stretch").set_value(spectra_viewer.OWN)
    run(at)
    at.slider(key="viewer-range").set_value((0.1, 0.2))
    assert "B12 0.10 to 0.20" in text(run(at))
    at.radio(key="viewer-what").set_value("index")
    run(at)
    at.selectbox(key="viewer-index").set_value("EVI")
    assert "2.5 (B08 - B04)" in text(run(at))


def test_imagery_that_lacks_bands_offers_what_it_can():
    moment = datetime(2021, 8, 14, tzinfo=UTC)
    shown = made("2021-08-14")
    few = scene_of(GRID, ("B02", "B03", "B04"), datetime=moment)
    shown = Shown(shown.request, ClassifyResult(shown.result.land_cover, few, {}), AOI, shown.tiles)
    at = run(page("viewer", shown))
    at.radio(key="viewer-what").set_value("index")
    assert "lacks the bands of every index" in text(run(at))
    assert "lacks a band" in text(run(page("sentinel2", shown)))
