"""A user's own area files through the upload of Explore and Compare."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from streamlit.testing.v1 import AppTest

from lulc_core.ui import resources
from tests.pages.driver import ROOT, applied, event, labels, open_page, sentence, state
from tests.sources.area_files.test_cases import OF_THE_SQUARE, SQUARE
from tests.sources.area_files.test_kinds import collection, feature, geopackage
from tests.sources.area_files.test_reader import FAR, TRIANGLE


@pytest.fixture(autouse=True)
def fresh_server(own_cache_folder: Path) -> None:
    """Settings of one test only."""
    resources.settings.clear()


def with_upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.segmented_control(key="area-way").set_value("File").run()
    return app.file_uploader(key="area-file").upload(name, data, "application/octet-stream").run()


def captions(app: AppTest) -> list[str]:
    return [caption.value.replace("\\", "") for caption in app.caption]


def as_json(*features: dict[str, Any]) -> bytes:
    return json.dumps(collection(*features)).encode()


PROJECT = geopackage(("aoi", [TRIANGLE], 4326, "Polygon"), ("comuni", [TRIANGLE, FAR], 4326, "Polygon"))


def test_a_file_with_several_layers_asks_which_and_takes_it() -> None:
    app = with_upload(open_page(), "project.gpkg", PROJECT)
    assert not app.error and "holds 2 layers with polygons" in app.info[0].value
    assert "--aoi-layer" not in app.info[0].value, "that is advice for the command line"
    assert "which layer?" in labels(app) and app.button(key="classify").disabled
    chooser = app.selectbox(key="area-layer")
    assert chooser.options == ["aoi", "comuni"] and chooser.value is None
    chooser.set_value("comuni").run()
    area = state(app).area
    assert area.aoi.name == "comuni" and area.aoi.geometry.equals(shapely.normalize(shapely.union_all([TRIANGLE, FAR])))
    assert not app.info and "check_circle" in app.expander[0].icon and state(app).open_step == 2
    assert any("The 2 shapes of project.gpkg count as one area." in text for text in captions(app))


def test_a_layer_that_is_no_area_says_so_and_another_upload_starts_anew() -> None:
    wide = shapely.box(-20, 40, 20, 41)
    app = with_upload(
        open_page(), "a.gpkg", geopackage(("aoi", [TRIANGLE], 4326, "Polygon"), ("wide", [wide], 4326, "Polygon"))
    )
    app.selectbox(key="area-layer").set_value("wide").run()
    assert "spans 40 x 1 degrees" in sentence(app) and state(app).area.aoi is None
    with_upload(app, "b.geojson", as_json(feature(FAR, "far")))
    assert not app.error and state(app).area.aoi.name == "far"


def test_what_was_left_out_or_mended_stays_in_sight_until_there_is_another_area() -> None:
    data = as_json(feature(TRIANGLE, "field"), feature(shapely.Point(9, 45), "well"))
    app = with_upload(open_page(), "field.geojson", data)
    assert state(app).area.aoi.name == "field"
    told = ":material/info: Only polygons are areas; left out: 1 point."
    assert told in captions(app) and state(app).open_step == 2
    app.session_state["explore"].open_step = 1
    app.run()
    app.segmented_control(key="area-way").set_value("Example").run()
    app.button(key="example-0").click().run()
    assert told not in captions(app)


def test_a_drawing_that_slips_at_its_corner_is_mended_redrawn_and_said() -> None:
    app = open_page()
    ring = [[8.8, 45.45], [8.9, 45.45], [8.9, 45.52], [8.8, 45.52], [8.8002, 45.4499], [8.8, 45.45]]
    drawn = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    event(app, area={"seq": 1, "features": [drawn]})
    assert state(app).area.aoi is not None and not app.error
    assert any("crossed itself near longitude, latitude 8.80020, 45.45000" in text for text in captions(app))
    shown = applied(app)["area"]
    assert not shown["bad"] and shown["rev"] != "map:1", "the map must draw the mended outline"


def test_a_failed_upload_leaves_no_other_area_behind_with_a_tick() -> None:
    app = open_page()
    app.button(key="example-0").click().run()
    assert state(app).area.aoi is not None
    app.session_state["explore"].open_step = 1
    app.run()
    with_upload(app, "broken.geojson", b'{"type": "Polygon", "coordinates": [[[8.8')
    assert "line 1, column" in sentence(app)
    assert "**1 Area** · cannot be used" in labels(app) and "radio_button_unchecked" in app.expander[0].icon
    assert state(app).area.aoi is None and applied(app)["area"] is None
    assert app.button(key="classify").disabled and state(app).search.found is None
    assert dict(app.query_params) == {}


def test_compare_asks_for_the_layer_too() -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "compare.py"), default_timeout=60).run()
    with_upload(app, "project.gpkg", PROJECT)
    assert "which layer?" in labels(app)
    app.selectbox(key="area-layer").set_value("aoi").run()
    area = app.session_state["compare"].area
    assert area.aoi.name == "aoi" and not app.error


def test_the_development_cases_through_the_upload(shared_data: Callable[[str], Path]) -> None:
    app = open_page()

    def opened(name: str) -> AppTest:
        path = shared_data(f"../cases/{name}")
        app.session_state["explore"].open_step = 1
        return with_upload(app.run(), path.name, path.read_bytes())

    for name in OF_THE_SQUARE:
        assert not opened(name).error and state(app).area.aoi.bbox == pytest.approx(SQUARE, abs=3e-5), name
    opened("A20_geojson_geometrycollection/A20_geometrycollection.geojson")
    assert state(app).area.aoi.bbox == pytest.approx((8.80, 45.45, 9.0, 45.52))
    opened("A47_geojson_title_of_first_feature/fields.geojson")
    assert state(app).area.aoi.name == "fields"
    no_system = sentence(opened("V03_gpkg_without_crs/V03_crs_undefined_utm.gpkg"))
    assert "does not say in which coordinate system" in no_system and ".prj" not in no_system
    opened("V09_gpkg_several_layers/progetto.gpkg").selectbox(key="area-layer").set_value("aoi").run()
    assert state(app).area.aoi.area_km2 == pytest.approx(61, abs=0.5)


def test_a_region_of_interest_that_slips_is_mended_and_said() -> None:
    from lulc_core.ui.spectra.state import Spectra

    here = Spectra()
    ring = [[8.8, 45.45], [8.9, 45.45], [8.9, 45.52], [8.8, 45.52], [8.8002, 45.4499], [8.8, 45.45]]
    drawn = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    here.add_drawn([drawn])
    assert len(here.rois) == 1 and here.error is None and "crossed itself" in here.warning
