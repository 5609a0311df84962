"""The Spectra page, part by part, with and without the user's own ground."""

from __future__ import annotations

import csv
import io
import json
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.warp
import streamlit as st
from affine import Affine
from streamlit.testing.v1 import AppTest

from lulc_core.analysis.picks import Place
from lulc_core.comparison import compare_results
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BANDS
from lulc_core.domain.grid import TileGrid
from lulc_core.pipeline import ClassifyResult
from lulc_core.sources.geotiff import GeoTiffSource
from lulc_core.ui import jobs, spectra_confusion, spectra_ground, spectra_viewer, store
from lulc_core.ui.compare_state import Comparing
from lulc_core.ui.compare_work import Compared
from lulc_core.ui.compare_work import Dated as CompareDate
from lulc_core.ui.forms import SHARED, MapRequest
from lulc_core.ui.map_data import tiles_json
from lulc_core.ui.spectra_confusion import Confusions, stored_confusions
from lulc_core.ui.spectra_source import Dated
from lulc_core.ui.spectra_state import MAX_PICKS, Spectra
from lulc_core.ui.state import Explore, Shown, new_state
from tests.arrays import map_of, scene_of
from tests.sources.raster_files import EAST, NORTH, planes, write_tif

PAGE = Path(__file__).resolve().parents[2] / "pages" / "spectra.py"
AOI = Aoi.from_bbox(8.84, 45.475, 8.86, 45.489)
GRID = TileGrid.from_aoi(AOI)
LON, LAT = GRID.tile_center(1, 1)


@pytest.fixture(autouse=True)
def fresh_caches():
    st.cache_resource.clear()
    st.cache_data.clear()


def made(
    day: str, *, clear: np.ndarray | None = None, scope: str = SHARED, seed: int = 0, aoi: Aoi = AOI, **changes
) -> Shown:
    """A finished map of the area, as the Explore page leaves it."""
    grid = TileGrid.from_aoi(aoi)
    moment = datetime.fromisoformat(f"{day}T10:20:00").replace(tzinfo=UTC)
    more = {} if clear is None else {"clear": clear}
    name = f"S2A_{day}"
    scene = scene_of(grid, seed=seed, id=name, datetime=moment, **more, **changes)
    land_cover = map_of(np.zeros(grid.shape, np.uint8), grid, id=name, datetime=moment)
    request = MapRequest(aoi.key, "arrays", scope, name, day, "default")
    return Shown(request, ClassifyResult(land_cover, scene, {}), aoi, tiles_json(land_cover, aoi))


def dated_of(shown: Shown) -> Dated:
    return Dated(shown.request.id, shown.request.day, shown.result.scene)


def page(part: str, shown: Shown | None = None, picks: Spectra | None = None) -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=60)
    at.query_params["part"] = part
    if shown is not None:
        explore = new_state(date(2021, 9, 1))
        explore.shown = shown
        at.session_state["explore"] = explore
    if picks is not None:
        at.session_state["spectra"] = picks
    return at


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def charts(at: AppTest) -> list[dict]:
    return [json.loads(c.proto.spec) for c in at.get("plotly_chart")]


def text(at: AppTest) -> str:
    return " ".join(str(e.value) for e in (*at.markdown, *at.caption, *at.info, *at.warning, *at.error))


def html(at: AppTest) -> str:
    return " ".join(e.proto.body for e in at.get("html"))


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

    here.running = jobs.start("Classifying", work)
    try:
        assert "goes on by itself" in text(run(at)) and not at.info
    finally:
        ready.set()
    here.running._future.result(timeout=30)
    assert "Click the map" in text(run(at)) and here.shown is shown


def test_another_satellite_moves_the_bands_and_seen_by_bands_makes_points_of_curves():
    at = run(page("reference"))
    before = charts(at)[0]
    at.radio(key="reference-satellite").set_value("S2C")
    after = charts(run(at))[0]
    assert "Sentinel-2C" in after["layout"]["xaxis"]["title"]["text"]
    assert before["data"][-1]["x"] != after["data"][-1]["x"]
    at.radio(key="reference-how").set_value("As the bands see them")
    grass = next(t for t in charts(run(at))[0]["data"] if t.get("name") == "lawn grass" and "lines" in t["mode"])
    assert len(grass["x"]) == 12  # eleven bands of the ground and the gap at the air


def test_an_unknown_part_in_the_link_is_the_first():
    assert run(page("nonsense")).query_params["part"] in ("reference", ["reference"])


# --- the ten classes -------------------------------------------------------------------------------------------------


def test_two_classes_are_ranked_and_their_confusion_is_counted(monkeypatch):
    matrix = [[0] * 10 for _ in range(10)]
    matrix[8][8], matrix[8][3], matrix[3][8], matrix[3][3] = 240, 7, 4, 245
    stored = Confusions("validation", 2725, tuple(map(tuple, matrix)))
    monkeypatch.setattr("lulc_core.ui.spectra_classes.stored_confusions", lambda: stored)
    at = run(page("classes"))  # river and highway
    assert "**7 of 247** river patches for highway" in text(at) and "**4 of 249** the other way" in text(at)
    assert html(at).count("<tr><th scope='row'>B") == 11
    at.selectbox(key="classes-b").set_value("River")
    assert "two different classes" in text(run(at))


def test_an_evaluation_of_other_weights_is_not_shown(tmp_path, monkeypatch):
    weights = tmp_path / "compact.safetensors"
    matrix = np.eye(10, dtype=int).tolist()
    good = {"classes": list(spectra_confusion.CLASS_NAMES), "matrix": matrix, "split": "validation", "n": 10}
    monkeypatch.setattr("lulc_core.model.card.resolve", lambda name: weights)
    monkeypatch.setattr("lulc_core.model.card.load_card", lambda name: type("Card", (), {"sha256": "ab"}))
    path = tmp_path / "compact.evaluation.json"
    for data, expected in (
        ({**good, "model": {"sha256": "ab"}}, True),
        ({**good, "model": {"sha256": "cd"}}, False),
        ({**good, "model": {"sha256": "ab"}, "matrix": matrix[:9]}, False),
        ({}, False),
    ):
        path.write_text(json.dumps(data))
        stored_confusions.clear()
        assert (stored_confusions() is not None) is expected
    path.unlink()
    stored_confusions.clear()
    assert stored_confusions() is None


# --- the user's own ground -------------------------------------------------------------------------------------------


def test_a_pick_shows_its_line_its_indices_and_what_it_is_like():
    picks = Spectra()
    picks.add(Place.point(LON, LAT))
    picks.add(Place.tile(LON, LAT), "my field")
    shown = made("2021-08-14")
    at = run(page("ground", shown, picks))
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
        store.results().put(one.request, one.result)
    picks = Spectra()
    picks.add(Place.point(LON, LAT))
    at = run(page("ground", after, picks))
    assert at.multiselect(key="ground-dates").options == ["2019-07-16", "2021-08-14"]
    chart = charts(at)[0]
    lines = {t["name"]: t for t in chart["data"] if "markers" in t["mode"] and "lines" in t["mode"]}
    assert set(lines) == {"Point 1, 2019-07-16", "Point 1, 2021-08-14"}
    assert len({t["line"]["dash"] for t in lines.values()}) == 2
    assert "levels differ" in chart["layout"]["yaxis"]["title"]["text"]


def comparison(before: Shown, after: Shown, explore: Explore) -> Comparing:
    """A finished comparison, as the Compare page leaves it."""
    dates = tuple(CompareDate(None, s.result.scene.acquisition, s.request) for s in (before, after))
    result = compare_results(before.result, after.result)
    here = Comparing(explore=explore, day_before=date(2019, 7, 16), day_after=date(2021, 8, 14))
    here.shown = Compared("pair", result, before.aoi, {}, None, dates)
    return here


def test_a_comparison_serves_without_any_map_of_the_explore_page():
    before, after = made("2019-07-16", seed=1), made("2021-08-14", seed=2)
    explore = new_state(date(2021, 9, 1))
    picks = Spectra()
    picks.add(Place.tile(LON, LAT))
    at = page("ground", picks=picks)
    at.session_state["compare"] = comparison(before, after, explore)
    lines = {t.get("name") for t in charts(run(at))[0]["data"] if "markers" in t["mode"] and "lines" in t["mode"]}
    assert lines == {"Tile 1, 2019-07-16", "Tile 1, 2021-08-14"}
    assert not at.info and "4,096 pixels" in text(at)
    for part in ("sentinel2", "viewer"):
        at = page(part)
        at.session_state["compare"] = comparison(before, after, explore)
        assert not run(at).info


def test_map_and_comparison_of_one_outline_stand_together_and_of_two_are_asked_for():
    before, after, third = made("2019-07-16", seed=1), made("2021-08-14", seed=2), made("2022-06-01", seed=3)
    at = page("ground", third)
    at.session_state["compare"] = comparison(before, after, at.session_state["explore"])
    run(at)
    assert at.multiselect(key="ground-dates").options == ["2019-07-16", "2021-08-14", "2022-06-01"]
    assert at.selectbox(key="ground-date").value == third.request.id
    elsewhere = made("2022-06-01", aoi=Aoi.from_bbox(8.88, 45.475, 8.90, 45.489))
    at = page("ground", elsewhere)
    at.session_state["compare"] = comparison(before, after, at.session_state["explore"])
    run(at)
    choice = at.segmented_control(key="spectra-ground-of")
    assert choice.options == ["Map of 2022-06-01", "Comparison of 2019-07-16 and 2021-08-14"]
    assert not at.multiselect
    choice.set_value("compare")
    run(at)
    assert at.multiselect(key="ground-dates").options == ["2019-07-16", "2021-08-14"]


CRS = {
    # EPSG, pixel widths along x and y, upper left corner
    "same zone, off the lattice": (32632, 10.0, 10.0, EAST + 4.0, NORTH - 3.0),
    "other zone": (32633, 10.0, 10.0, 18_000.0, 5_052_000.0),
    "degrees": (4326, 1.3e-4, 9e-5, 8.849, 45.491),
    "national grid": (3035, 10.0, 10.0, 4_234_000.0, 2_486_000.0),
}


@pytest.mark.parametrize("case", CRS)
def test_a_pixel_picked_on_the_page_is_the_files_own_in_any_crs(tmp_path, case):
    epsg, dx, dy, x0, y0 = CRS[case]
    tags = {"level": "L1C", "date": "2021-08-14"}
    path = write_tif(tmp_path / "own.tif", planes(), epsg=epsg, transform=Affine(dx, 0, x0, 0, -dy, y0), tags=tags)
    source = GeoTiffSource([path])
    aoi = source.footprint()
    grid = TileGrid.from_aoi(aoi)
    (acquisition,) = source.search(aoi, date(2021, 8, 14), date(2021, 8, 14))
    scene = source.load(acquisition, acquisition.available_bands, grid)
    land_cover = map_of(np.zeros(grid.shape, np.uint8), grid, id=acquisition.id, datetime=acquisition.datetime)
    request = MapRequest(aoi.key, "geotiff", "session-x", acquisition.id, "2021-08-14", "default")
    at = page("ground", Shown(request, ClassifyResult(land_cover, scene, {}), aoi, tiles_json(land_cover, aoi)))
    at.session_state["explore"].files_used[acquisition.id] = source
    run(at)
    with rasterio.open(path) as file:
        x, y = x0 + dx * 61.3, y0 - dy * 77.8
        (lon,), (lat,) = rasterio.warp.transform(file.crs, "EPSG:4326", [x], [y])
        own = dict(zip(file.descriptions, next(file.sample([(x, y)])), strict=True))
    at.text_input(key="ground-typed").set_value(f"{lon!r}, {lat!r}")
    next(b for b in at.button if b.label == "Pick it").click()
    run(at)
    line = next(t for t in charts(at)[0]["data"] if t.get("name") == "Point 1" and "lines" in t["mode"])
    seen = {round(x, 4): y for x, y in zip(line["x"], line["y"], strict=True) if x is not None}
    for b in BANDS:
        if not b.atmospheric:
            assert seen[round(b.centre_nm["S2A"] / 1000, 4)] == pytest.approx(own[b.name] / 10_000, abs=1e-6), b.name
    for name, dn in own.items():
        assert f"<td>{dn / 10_000:.4f}</td>" in html(at), name
    assert "A picked pixel is the file's own, unresampled" in text(at)


def test_a_square_around_a_place_and_corners_can_be_typed():
    at = run(page("ground", made("2021-08-14")))
    at.radio(key="ground-kind").set_value("square")
    run(at)
    at.number_input(key="ground-side").set_value(200)
    at.text_input(key="ground-typed").set_value(f"{LON}, {LAT}")
    next(b for b in at.button if b.label == "Pick it").click()
    run(at)
    at.text_input(key="ground-typed").set_value(f"{LON}, {LAT}; {LON + 0.002}, {LAT + 0.001}")
    next(b for b in at.button if b.label == "Pick it").click()
    run(at)
    picks = at.session_state["spectra"].picks
    assert [p.name for p in picks] == ["Square 1", "Area 2"]
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
    picks = Spectra()
    picks.add(Place.point(LON, LAT))
    at = run(page("ground", made("2021-08-14", clear=np.zeros(GRID.shape_px, bool)), picks))
    assert "under cloud" in text(at) and "no spectrum" in text(at)
    assert not charts(at) and "NDVI" not in html(at)


def test_a_pick_of_another_area_says_that_it_lies_outside():
    picks = Spectra()
    picks.add(Place.point(20.0, 10.0))
    at = run(page("ground", made("2021-08-14"), picks))
    assert "outside the imagery" in text(at) and not charts(at)


def test_a_place_can_be_typed_named_and_removed():
    at = run(page("ground", made("2021-08-14")))
    at.text_input(key="ground-typed").set_value(f"{LON}, {LAT}")
    at.button[0].click()
    run(at)
    at.text_input(key="pick-name-1").set_value("<b>north field</b>")
    run(at)
    assert "&lt;b&gt;north field" in html(at) and "<b>north field" not in html(at)
    at.button(key="pick-bin-1").click()
    assert not run(at).session_state["spectra"].picks
    at.text_input(key="ground-typed").set_value("somewhere")
    at.button[0].click()
    assert "longitude, latitude" in text(run(at))


def test_clicks_and_drawings_of_the_map_become_picks_once():
    from lulc_core.ui.spectra_picture import _take

    picks = Spectra()
    ring = [[LON, LAT], [LON + 0.001, LAT], [LON + 0.001, LAT + 0.001], [LON, LAT]]
    drawn = {"seq": 5, "features": [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}]}
    event = {"click": {"seq": 4, "lat": LAT, "lng": LON}, "area": drawn}
    _take(picks, event)
    _take(picks, event)
    assert sorted(p.place.kind for p in picks.picks) == ["area", "point"]
    _take(picks, {"click": {"seq": 9, "lat": LAT, "lng": LON}, "area": drawn})
    assert len(picks.picks) == 3


def test_eight_are_kept_with_eight_colours_and_a_ninth_is_refused():
    picks = Spectra()
    for _ in range(MAX_PICKS):
        picks.add(Place.point(LON, LAT))
    assert len({p.color for p in picks.picks}) == MAX_PICKS
    picks.add(Place.point(LON, LAT))
    assert len(picks.picks) == MAX_PICKS and "remove one first" in picks.told
    gone = picks.picks[3]
    picks.remove(gone.id)
    picks.add(Place.point(LON, LAT))
    assert picks.picks[-1].color == gone.color and picks.picks[-1].name == "Point 9"


def test_the_csv_holds_every_pick():
    picks = Spectra()
    shown = made("2021-08-14")
    store.results().put(shown.request, shown.result)
    picks.add(Place.point(LON, LAT), "wiese äöü")
    dated = dated_of(shown)
    data = spectra_ground._csv([(p.name, picks.spectrum(dated, p)) for p in picks.picks])
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
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
    at.radio(key="viewer-what").set_value("An index")
    run(at)
    at.selectbox(key="viewer-index").set_value("EVI")
    assert "2.5 (B08 - B04)" in text(run(at))


def test_imagery_that_lacks_bands_offers_what_it_can():
    moment = datetime(2021, 8, 14, tzinfo=UTC)
    shown = made("2021-08-14")
    few = scene_of(GRID, ("B02", "B03", "B04"), datetime=moment)
    shown = Shown(shown.request, ClassifyResult(shown.result.land_cover, few, {}), AOI, shown.tiles)
    at = run(page("viewer", shown))
    at.radio(key="viewer-what").set_value("An index")
    assert "lacks the bands of every index" in text(run(at))
    assert "lacks a band" in text(run(page("sentinel2", shown)))
