"""The Compare page without a browser: from the example to evidence, filters, a further date, link and files."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lulc_core.domain.aoi import Aoi
from lulc_core.ui import resources, words
from tests.pages.driver import ROOT, applied, param, press, sentence, until

AREA = "8.82,45.47,8.86,45.495"
LINK = {"area": AREA, "source": "simulated", "before": "2019-07-16", "after": "2021-08-14"}


@pytest.fixture(autouse=True)
def fresh_server(own_cache_folder: Path) -> None:
    """Settings and results of one test only."""
    resources.settings.clear()
    resources.results.clear()


def page(**params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "compare.py"), default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def here(app: AppTest) -> Any:
    return app.session_state["compare"]


def compared(**more: str) -> AppTest:
    """A comparison, opened by its link."""
    return until(page(**LINK, **more), lambda a: here(a).is_shown)


def texts(app: AppTest) -> str:
    return "\n".join([*(m.value for m in app.markdown), *(c.value for c in app.caption)]).replace("\\", "")


def test_example_to_comparison_with_a_proposed_pair_and_its_reason() -> None:
    app = page()
    assert app.button(key="cmp-compare").disabled
    app.button(key="cmp-example").click().run()
    until(app, lambda a: here(a).dates.pair is not None)
    pair = here(app).dates.pair
    assert [a.date[:4] for a in pair] == ["2019", "2021"] and min(a.clear_share for a in pair) > 0.9
    assert "Proposed:" in texts(app) and "clear over the area on both dates" in texts(app)
    app.button(key="cmp-compare").click().run()
    until(app, lambda a: here(a).is_shown)
    assert not app.error and "SIMULATED" in " ".join(e.label for e in app.expander)
    for said in here(app).shown.result.report.sentences:
        assert said in texts(app)
    told = applied(app)
    assert told["badge"] == "SIMULATED imagery" and told["result"]["days"] == [words.day(a.datetime) for a in pair]
    assert {"true_colour", "classes"} <= {p["key"] for p in told["result"]["pairs"]}
    assert all(p["before"]["bounds"] == p["after"]["bounds"] for p in told["result"]["pairs"])
    # The story of Mesero: what became industrial is found and comes first.
    first = here(app).places()[0]
    assert first.to_class.name == "Industrial" and first.changed


def test_places_step_and_show_both_dates() -> None:
    app = compared()
    press(app, "Show the first place")
    places = here(app).places()
    assert here(app).tile == (places[0].row, places[0].col)
    assert places[0].sentence in texts(app)
    assert len(app.get("image")) == 2 and len(app.get("plotly_chart")) == 3
    assert applied(app)["selected"] is not None
    press(app, "Previous")
    assert here(app).tile == (places[-1].row, places[-1].col)
    press(app, "Next")
    assert here(app).tile == (places[0].row, places[0].col)
    assert param(app, "tile") == places[0].tile_id


def test_a_click_on_the_map_selects_and_does_not_move_it() -> None:
    from lulc_core.ui.panels.map_page import on_map_event

    app = compared()
    grid = here(app).area.grid
    lon, lat = grid.tile_center(1, 2)
    on_map_event(here(app), {"click": {"seq": 7, "lat": lat, "lng": lon}})
    app.run()
    assert here(app).tile == (1, 2) and applied(app)["go"] == ""
    on_map_event(here(app), {"click": {"seq": 7, "lat": 0, "lng": 0}})
    assert here(app).tile == (1, 2), "the map sends its last click again with every run"


def test_a_flow_isolates_its_tiles_and_the_link_keeps_the_filter() -> None:
    app = compared()
    before = applied(app)["result"]["overs"][0]["url"]
    app.segmented_control(key="cmp-view").set_value("Flows").run()
    assert not app.exception
    flow = next(b for b in app.button if (b.key or "").startswith("cmp-flow-"))
    flow.click().run()
    chosen = here(app).filter
    assert {(p.from_class.name, p.to_class.name) for p in here(app).places()} == {(chosen.was, chosen.became)}
    assert (param(app, "was"), param(app, "became")) == (chosen.was, chosen.became)
    matrix = here(app).shown.result.report.transitions
    row, col = (matrix.names.index(n) for n in (chosen.was, chosen.became))
    assert len(here(app).places()) == matrix.tiles[row, col]
    press(app, "Show all")
    assert applied(app)["result"]["overs"][0]["url"] == before


def test_a_link_restores_filter_and_tile() -> None:
    first = compared()
    place = here(first).places()[0]
    resolution_m = param(first, "detail")  # without it a link is one from before there was a choice, of 640 m
    app = compared(became=place.to_class.name, certainty="very-likely", tile=place.tile_id, resolution_m=resolution_m)
    assert here(app).filter.became == place.to_class.name and here(app).filter.certainty == "very-likely"
    assert here(app).tile == (place.row, place.col)
    assert dict(app.query_params)["area"] in (AREA, [AREA])


def test_a_further_date_is_proposed_fetched_and_said() -> None:
    app = compared()
    press(app, "Look for a further date to confirm")
    if here(app).confirmation.job:  # it may be found at once
        assert "Looking for a further date …" in [b.label for b in app.button], "where the button was, it says so"
    until(app, lambda a: here(a).confirmation.suggestions)
    wanted = here(app).confirmation.suggestions[0].acquisition
    assert here(app).confirmation.suggestions[0].reason in texts(app)
    app.button(key="cmp-fetch-0").click().run()
    until(app, lambda a: here(a).is_shown and here(a).shown.dates[2:])
    assert param(app, "confirm") == wanted.date
    assert len(here(app).shown.result.confirm) == 1
    again = compared(confirm=wanted.date)
    assert [a.date for a in here(again).confirmation.chosen] == [wanted.date]


def test_files_hold_what_the_command_line_writes() -> None:
    app = compared()
    app.segmented_control(key="cmp-view").set_value("Files").run()
    assert not app.exception and len(app.get("download_button")) == 1
    from lulc_core.ui.panels import package

    shown = here(app).shown
    archive = zipfile.ZipFile(io.BytesIO(package.archive_of(package.bundle_on_screen(shown.result, shown.aoi))))
    name = next(n for n in archive.namelist() if n.endswith("summary.json"))
    summary = json.loads(archive.read(name))
    assert summary["tiles"]["changed"] == len(shown.result.report.changed_places)
    assert "SIMULATED" in package.archive_name(shown.result, shown.aoi).upper()


def test_an_area_drawn_on_this_page_is_taken_and_a_bad_one_stays_to_be_mended() -> None:
    from lulc_core.ui.panels.map_page import on_map_event

    app = page()
    assert applied(app)["invite"]
    ring = [[8.82, 45.47], [8.86, 45.47], [8.86, 45.5], [8.82, 45.5], [8.82, 45.47]]
    drawn = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    on_map_event(here(app), {"area": {"seq": 5, "features": [drawn]}})
    app.run()
    assert here(app).area.aoi.bbox == (8.82, 45.47, 8.86, 45.5) and applied(app)["area"]["rev"] == "map:5"
    assert param(app, "area") == "8.82,45.47,8.86,45.5" and not applied(app)["invite"]
    wide = [[5.0, 40.0], [25.0, 40.0], [25.0, 55.0], [5.0, 55.0], [5.0, 40.0]]
    drawn = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [wide]}}
    on_map_event(here(app), {"area": {"seq": 6, "features": [drawn]}})
    app.run()
    assert sentence(app) and applied(app)["area"]["bad"] and here(app).area.aoi is None
    on_map_event(here(app), {"area": {"seq": 7, "features": []}})
    app.run()
    assert not app.error and applied(app)["area"] is None


def test_the_mixture_of_a_place_and_tables_for_every_chart() -> None:
    app = compared()
    press(app, "Show the first place")
    assert "The mixture of the tile:" in texts(app)
    html = " ".join(h.proto.body for h in app.get("html"))
    for caption in (
        "Probabilities of the tile on both dates",
        "Reflectance of the tile on both dates",
        "Changed places",
    ):
        assert f"<caption>{caption}</caption>" in html
    app.segmented_control(key="cmp-view").set_value("Flows").run()
    html = " ".join(h.proto.body for h in app.get("html"))
    for caption in ("Transition matrix in tiles", "Transitions that occur", "Gains and losses of each class"):
        assert f"<caption>{caption}</caption>" in html
    assert [o["key"] for o in applied(app)["result"]["overs"]] == ["change", "chance", "shift", "ndvi", "nbr"]
    assert applied(app)["result"]["over"] == ""


def test_two_sessions_at_once_both_get_their_comparison() -> None:
    first, second = page(**LINK), page(**(LINK | {"area": "8.83,45.47,8.87,45.495"}))
    for app in (first, second):
        until(app, lambda a: here(a).is_shown)
        assert here(app).run_error is None and not app.error
    assert here(first).shown.id != here(second).shown.id


def test_equal_and_swapped_days_are_one_sentence_each() -> None:
    app = page(**(LINK | {"after": "2019-07-16"}))
    assert "Both days are 16 Jul 2019" in sentence(app)
    app = page(**(LINK | {"before": "2021-08-14", "after": "2019-07-16"}))
    assert "lies after the later one" in sentence(app)
    press(app, "Swap the two days")
    until(app, lambda a: here(a).dates.pair is not None)
    assert here(app).dates.days[0] == date(2019, 7, 16)


def test_the_same_acquisition_on_both_sides_cannot_be_compared() -> None:
    app = page(area=AREA)
    until(app, lambda a: here(a).dates.pair is not None)
    state = here(app)
    state.choose(1, state.dates.chosen[0])
    app.run()
    assert "a comparison needs two different ones" in sentence(app)
    assert app.button(key="cmp-compare").disabled


def test_where_nothing_can_be_named_the_pictures_and_two_indices_are_there() -> None:
    # 11 July 2019 is all cloud over Mesero in the simulated world.
    app = page(**(LINK | {"before": "2019-07-11"}))
    until(app, lambda a: here(a).is_shown)
    assert not app.error and here(app).run_error is None
    assert "nothing can be compared" in texts(app) and "11 July 2019" in texts(app)
    result = applied(app)["result"]
    assert [p["key"] for p in result["pairs"]] == ["true_colour", "false_colour", "classes"]
    assert result["over"] == "ndvi" and {"ndvi", "nbr"} <= {o["key"] for o in result["overs"]}
    assert "Both pictures are on the map" in texts(app) and "Hardly any ground is clear on both dates" in texts(app)
    assert any("nothing could be compared" in e.label for e in app.expander)
    for view in ("Places", "Flows", "Files"):
        here(app).view = view
        app.run()
        assert not app.exception, view


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"before": "yesterday"}, "'before' is no date"),
        ({"area": "8.82,45.47"}, "not W,S,E,N"),
        ({"became": "Lava"}, "filter 'became' is not known"),
        ({"source": "crystal-ball"}, "source is not known"),
    ],
)
def test_a_damaged_link_is_a_sentence(broken: dict[str, str], said: str) -> None:
    app = page(**(LINK | broken))
    assert said in sentence(app)


def test_area_and_date_come_over_from_explore() -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.run()
    app.session_state["explore"].area.set_resolution(320)
    app.session_state["explore"].area.set(Aoi.from_bbox(8.82, 45.47, 8.85, 45.49))
    app.switch_page("pages/compare.py").run()
    assert not app.exception and here(app).area.resolution_m == here(app).area.grid.cell_m == 320
    assert here(app).area.aoi.key == app.session_state["explore"].area.aoi.key
