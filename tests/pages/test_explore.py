"""The Explore page without a browser: every widget works, bad input gets one sentence, the app stays alive."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lulc_core.domain.places import square_around
from lulc_core.ui import resources, words
from lulc_core.ui.panels.examples import EXAMPLES
from tests.pages.driver import ROOT, applied, event, labels, param, press, sentence, state, until
from tests.pages.driver import open_page as page

MESERO = "8.82,45.47,8.84,45.485"


@pytest.fixture(autouse=True)
def fresh_server(own_cache_folder: Path) -> None:
    """Settings and results of one test only."""
    resources.settings.clear()
    resources.results.clear()


def rectangle(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [west, north], [east, north], [east, south], [west, south]]
    return {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_an_empty_app_invites_and_nothing_can_be_pressed_too_early() -> None:
    app = page()
    assert not app.exception and not app.error
    assert "**1 Area** · search or draw it on the map" in labels(app)
    assert len(app.expander) == 3
    assert applied(app)["invite"] is True and applied(app)["area"] is None
    assert app.button(key="classify").disabled
    assert dict(app.query_params) == {}


def test_the_page_also_works_when_opened_by_itself() -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "explore.py"), default_timeout=60).run()
    assert not app.exception and len(app.expander) == 3


def test_the_base_script_of_the_map_never_changes() -> None:
    app = page()
    scripts = [json.loads(app.get("component_instance")[0].proto.json_args)["script"]]
    app.button(key="example-0").click().run()
    scripts.append(json.loads(app.get("component_instance")[0].proto.json_args)["script"])
    event(app, area={"seq": 1, "features": [rectangle(8.8, 45.45, 8.82, 45.47)]})
    scripts.append(json.loads(app.get("component_instance")[0].proto.json_args)["script"])

    def without_ids(script: str) -> str:
        import re

        return re.sub(r"_[a-z0-9]+", "", script)

    assert len({without_ids(s) for s in scripts}) == 1


def test_example_to_acquisitions_with_the_clearest_proposed_and_one_figure_each() -> None:
    app = page()
    app.button(key="example-0").click().run()
    until(app, lambda a: state(a).acquisition is not None)
    here = state(app)
    assert "36.0 km²" in labels(app) and "110 tiles" in labels(app) and "SIMULATED" in labels(app)
    assert here.acquisition.clear_share == max(a.clear_share for a in here.search.found.acquisitions)
    assert not app.button(key="classify").disabled and "110 tiles" in app.button(key="classify").label
    facts = " ".join(h.body for h in app.get("html") if "lulc-facts" in str(h.body))
    assert "units" not in facts and "Requests" not in facts, "cost is said only where something costs"
    taken = {b.key.removeprefix("take-"): b.label for b in app.button if b.key and b.key.startswith("take-")}
    found = here.search.found.acquisitions
    assert list(taken) == [a.id for a in found] == [a.id for a in sorted(found, key=lambda a: a.datetime, reverse=True)]
    assert [k for k, text in taken.items() if "best" in text] == [here.search.proposed.id]
    for a in found:
        assert taken[a.id].count("%") == 1 and words.day(a.datetime) in taken[a.id], "one clear figure for each"
    assert param(app, "date") == here.acquisition.date and param(app, "source") == "simulated"


def test_a_drawn_area_is_taken_and_cleared() -> None:
    app = page()
    event(app, area={"seq": 5, "features": [rectangle(8.8, 45.45, 8.84, 45.48)]})
    assert state(app).area.aoi.bbox == pytest.approx((8.8, 45.45, 8.84, 45.48))
    assert param(app, "passing"), "what follows from an area belongs to the same step back"
    until(app, lambda a: state(a).acquisition is not None)
    assert param(app, "area") == "8.8,45.45,8.84,45.48" and param(app, "date") and "passing" not in app.query_params
    event(app, area={"seq": 5, "features": []})
    assert state(app).area.aoi is not None, "an event that was seen must not count again"
    event(app, area={"seq": 6, "features": []})
    assert state(app).area.aoi is None and dict(app.query_params) == {}


def test_an_area_over_the_limit_gets_one_sentence_and_stays_on_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LULC_MAX_AREA_KM2", "20")
    resources.settings.clear()
    app = page()
    event(app, area={"seq": 1, "features": [rectangle(8.0, 45.0, 8.3, 45.3)]})
    assert "at most 20 km²" in sentence(app)
    assert applied(app)["area"]["bad"] is True and applied(app)["area"]["polygons"]
    assert app.button(key="classify").disabled


def test_a_crossed_drawing_gets_one_sentence() -> None:
    app = page()
    bow = rectangle(8.8, 45.45, 8.84, 45.48)
    ring = bow["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    event(app, area={"seq": 1, "features": [bow]})
    assert "crosses itself" in sentence(app)


def test_an_example_says_what_is_there_and_in_which_imagery() -> None:
    app = page()
    told = [app.button(key=f"example-{k}").help for k in range(len(EXAMPLES))]
    assert told[0] == "Fields that become warehouses"
    assert all(t.endswith("in real imagery; simulated ground is invented.") for t in told[1:])


def test_with_a_file_of_ones_own_no_area_is_asked_for() -> None:
    app = page(source="geotiff")
    app.session_state["explore"].open_step = 2
    app.run()
    captions = [c.value for c in app.caption]
    assert "The ground of the image becomes the area." in captions and "First choose an area in step 1." not in captions


def test_typed_coordinates() -> None:
    app = page()
    app.segmented_control(key="area-way").set_value("Coordinates").run()
    app.text_input(key="area-text").set_value("Atlantis")
    press(app, "Go there")
    assert "Atlantis" in sentence(app)
    app.text_input(key="area-text").set_value("-33.05, -68.70")
    press(app, "Go there")
    assert not app.error and state(app).area.aoi.epsg == 32719


def test_a_link_restores_area_dates_and_source_and_makes_the_map() -> None:
    app = page(area=MESERO, source="simulated", **{"from": "2021-07-25", "to": "2021-08-25", "date": "2021-08-09"})
    assert state(app).area.aoi.bbox == (8.82, 45.47, 8.84, 45.485)
    until(app, lambda a: state(a).shown is not None)
    assert state(app).shown.result.land_cover.acquisition.date == "2021-08-09"
    result = applied(app)["result"]
    assert result["attribution"].startswith("SIMULATED") and applied(app)["badge"].startswith("SIMULATED")
    until(app, lambda a: not state(a).shown.drawing)
    assert [p["key"] for p in applied(app)["result"]["pictures"]] == ["bright", "true_colour", "false_colour", "ndvi"]
    assert param(app, "date") == "2021-08-09"

    # A click on a cell, by place: the details of its tile are there, and nothing is made again.
    result = state(app).shown.result
    grid = result.land_cover.grid
    assert grid.cell_m == 160 and param(app, "detail") == "160"
    asked = np.isfinite(result.tiles.confidence).repeat(4, 0).repeat(4, 1) & result.land_cover.classified
    row, col = (int(v) for v in np.argwhere(asked)[0])
    lon, lat = grid.tile_center(row, col)
    event(app, click={"seq": 9, "lat": lat, "lng": lon + 360})
    assert state(app).tile == (row, col)
    assert applied(app)["selected"] is not None
    tables = " ".join(str(h.body) for h in app.get("html"))
    assert tables.count('scope="row"') == 3 and not app.get("plotly_chart"), "three classes lead, the rest is folded"
    state(app).more = True
    app.run()
    tables = " ".join(str(h.body) for h in app.get("html"))
    assert tables.count('scope="row"') == 3 + 10 and app.get("plotly_chart")
    captions = " ".join(c.value for c in app.caption)
    assert result.tiles.grid.tile_id(*grid.tile_of(row, col)) in captions

    # Another detail is asked for: the place stays selected, in cells of the new size.
    app.segmented_control(key="detail").set_value(320).run()
    said = [c.value.replace("\N{NO-BREAK SPACE}", " ") for c in app.caption]
    assert "The map still shows cells of 160 m, 9 Aug 2021." in said
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).is_shown)
    assert state(app).tile == state(app).shown.result.grid.tile_at(lon, lat) and state(app).view == "Tile"
    state(app).area.set_resolution(160)
    app.run().button(key="classify").click().run()
    until(app, lambda a: state(a).is_shown)

    # The same link in another session: known, so shown without making it again.
    again = page(area=MESERO, source="simulated", **{"from": "2021-07-25", "to": "2021-08-25", "date": "2021-08-09"})
    until(again, lambda a: state(a).shown is not None)
    assert state(again).shown.result is state(app).shown.result

    # Tiles of the same map are known as well: another detail is a click, not a download.
    state(app).area.set_resolution(640)
    app.run()
    assert not state(app).is_shown and state(app).area.grid.cell_m == 640
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).is_shown)
    tiles = state(app).shown.result.land_cover
    assert (tiles.class_ids == result.tiles.class_ids).all() and param(app, "detail") == "640"


@pytest.mark.parametrize(
    "params",
    [
        {"area": "p<script>alert(1)</script>"},
        {"area": "8.8,45.4,8.9"},
        {"area": "8.8,95,8.9,96"},
        {"from": "tomorrow", "to": "2021-08-25"},
        {"detail": "100"},
    ],
)
def test_a_damaged_link_says_so_and_the_app_lives(params: dict[str, str]) -> None:
    app = page(**params)
    assert not app.exception and len(app.error) == 1
    app.button(key="example-1").click().run()
    assert not app.exception and state(app).area.aoi is not None


def test_a_period_without_acquisitions_offers_the_nearest_dates() -> None:
    app = page(area=MESERO, source="simulated", **{"from": "2021-08-10", "to": "2021-08-10"})
    until(app, lambda a: state(a).search.found is not None)
    if state(app).search.found.error is None:
        pytest.skip("the simulated satellite passed on this day")
    near = [b for b in app.button if b.key and b.key.startswith("near-")]
    assert len(app.warning) == 1 and near
    near[0].click().run()
    until(app, lambda a: state(a).acquisition is not None)


def test_sentinel_hub_without_an_account_asks_for_one_and_never_searches() -> None:
    app = page(area=MESERO, source="sentinel-hub")
    assert not app.exception and not app.error
    assert not state(app).search.job and state(app).search.found is None
    assert app.text_input(key="sh-secret").proto.type == 1  # a password field


def test_an_account_stays_out_of_link_and_state_shown(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LULC_ALLOW_OTHER_SERVICES", "1")
    resources.settings.clear()
    app = page(area=MESERO, source="sentinel-hub")
    app.selectbox(key="sh-service").set_value("other").run()
    app.text_input(key="sh-base").set_value("http://127.0.0.1:9")
    app.text_input(key="sh-token").set_value("http://127.0.0.1:9/token").run()
    app.text_input(key="sh-id").set_value("my-client-id")
    app.text_input(key="sh-secret").set_value("my-very-secret")
    app.button(key="sh-use").click().run()
    assert not state(app).account.is_known and len(app.error) == 1, "what does not answer is not used"
    seen = " ".join([str(dict(app.query_params)), caplog.text, repr(state(app)), app.error[0].value, labels(app)])
    assert "my-very-secret" not in seen and "my-client-id" not in seen
    other = page()
    assert not state(other).account.is_known


def test_a_fault_of_one_part_is_one_sentence_with_a_number_and_the_page_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("inner workings")

    monkeypatch.setattr("lulc_core.ui.panels.area._examples", broken)
    app = page()
    said = sentence(app)
    (number,) = re.findall(r"fault ([0-9A-F]{4}-[0-9A-F]{4})", said)
    assert "inner" not in said and not app.exception
    assert f"Fault {number} in the step explore.area" in caplog.text and "inner workings" in caplog.text
    assert applied(app)["invite"], "the map is there"
    monkeypatch.undo()
    app.session_state["explore"].area.set(square_around(8.85, 45.49, 3))
    assert not app.run().error, "and so is the rest, as soon as the fault is gone"


def test_cancel_leaves_nothing_behind_and_the_app_usable() -> None:
    app = page(area="8.70,45.40,8.95,45.55", source="simulated", **{"from": "2021-07-25", "to": "2021-08-25"})
    until(app, lambda a: state(a).acquisition is not None)
    app.button(key="classify").click().run()
    assert state(app).running
    state(app).running.job.cancel()
    until(app, lambda a: not state(a).running)
    assert state(app).shown is None and len(resources.results()) == 0 and not app.error
    assert not app.button(key="classify").disabled


def test_settings_that_make_no_sense_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LULC_MAX_AREA_KM2", "many")
    resources.settings.clear()
    app = page()
    assert not app.exception and "LULC_MAX_AREA_KM2" in sentence(app)
