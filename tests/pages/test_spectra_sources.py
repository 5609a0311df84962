"""The scenes that the Spectra page looks at: a comparison, a map, a file of the user on any grid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import rasterio
import rasterio.warp
import streamlit as st
from affine import Affine

from lulc_core.analysis.spectra.roi import Roi
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BANDS
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.results import ClassifyResult
from lulc_core.language.words import english
from lulc_core.pipeline.compare import compare
from lulc_core.sources.geotiff.source import GeoTiffSource
from lulc_core.ui import resources
from lulc_core.ui.compare.pair.dates import PairDates
from lulc_core.ui.compare.pair.imagery import PairImagery
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared, CompareDate
from lulc_core.ui.explore.state import ExploreState, Shown, new_state
from lulc_core.ui.forms import MapRequest
from lulc_core.ui.map.data import tiles_json
from lulc_core.ui.spectra.state import Spectra
from tests.arrays import map_of
from tests.pages.spectra_driver import LAT, LON, charts, html, made, page, run, text
from tests.sources.raster_files import EAST, NORTH, planes, write_tif


@pytest.fixture(autouse=True)
def fresh_caches():
    st.cache_resource.clear()
    st.cache_data.clear()


def comparison(before: Shown, after: Shown, explore: ExploreState) -> CompareState:
    """A finished comparison, as the Compare page leaves it."""
    dates = tuple(CompareDate(None, s.result.scene.acquisition, s.request) for s in (before, after))
    a, b = before.result.scene.acquisition, after.result.scene.acquisition
    known = {a.date: before.result, b.date: after.result}
    result = compare(None, a, None, b, before.result.land_cover.grid, lambda: None, known=known)  # type: ignore[return-value]
    here = CompareState(explore, PairImagery(explore.account), PairDates((date(2019, 7, 16), date(2021, 8, 14))))
    here.shown = Compared("pair", result, before.aoi, {}, None, dates, english())
    return here


def test_a_comparison_serves_without_any_map_of_the_explore_page():
    before, after = made("2019-07-16", seed=1), made("2021-08-14", seed=2)
    explore = new_state(date(2021, 9, 1))
    rois = Spectra()
    rois.add(Roi.tile(LON, LAT))
    at = page("ground", rois=rois)
    at.session_state["compare"] = comparison(before, after, explore)
    lines = {t.get("name") for t in charts(run(at))[0]["data"] if "markers" in t["mode"] and "lines" in t["mode"]}
    assert lines == {"Tile 1, 16 Jul 2019", "Tile 1, 14 Aug 2021"}
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
    assert at.multiselect(key="ground-dates").options == ["16 Jul 2019", "14 Aug 2021", "1 Jun 2022"]
    assert at.selectbox(key="ground-date").value == third.request.id
    elsewhere = made("2022-06-01", aoi=Aoi.from_bbox(8.88, 45.475, 8.90, 45.489))
    at = page("ground", elsewhere)
    at.session_state["compare"] = comparison(before, after, at.session_state["explore"])
    run(at)
    choice = at.segmented_control(key="spectra-ground-of")
    assert choice.options == ["Map of 1 Jun 2022", "Comparison of 16 Jul 2019 and 14 Aug 2021"]
    assert not at.multiselect
    choice.set_value("compare")
    run(at)
    assert at.multiselect(key="ground-dates").options == ["16 Jul 2019", "14 Aug 2021"]


@pytest.mark.parametrize("days", [(), ("2019-07-16",)], ids=["one date", "two dates"])
@pytest.mark.parametrize("part", ["ground", "sentinel2", "viewer"])
def test_the_tiles_of_a_map_that_was_first_made_in_finer_cells_open(part, days):
    shown = made("2021-08-14")
    store = resources.results()
    for other in (*(made(day, seed=1) for day in days), shown):
        store.put(replace(other.request, resolution_m=160), other.result)
    assert shown.request not in store.of_area(shown.request)  # derived from the finer map, and not kept itself
    shown.result = store.get(shown.request)
    at = run(page(part, shown))
    assert not at.info
    if days and part != "sentinel2":
        date_of = at.selectbox(key=f"{part}-date")
        assert date_of.value == shown.request.id and date_of.options == ["16 Jul 2019", "14 Aug 2021"]


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
    at.text_input(key="ground-typed").set_value(f"{lat!r}, {lon!r}")
    next(b for b in at.button if b.label == "Pick it").click()
    run(at)
    line = next(t for t in charts(at)[0]["data"] if t.get("name") == "Point 1" and "lines" in t["mode"])
    seen = {round(x, 4): y for x, y in zip(line["x"], line["y"], strict=True) if x is not None}
    for b in BANDS:
        if not b.atmospheric:
            assert seen[round(b.centre_nm["S2A"] / 1000, 4)] == pytest.approx(own[b.name] / 10_000, abs=1e-6), b.name
    for name, dn in own.items():
        assert f"<td>{dn / 10_000:.4f}</td>" in html(at), name
    assert "A picked pixel is the file’s own, unresampled" in text(at)
