"""The Compare page without a browser: from the example to evidence, filters, a further date, link and files."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASSES
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


def html(app: AppTest) -> str:
    return " ".join(h.proto.body for h in app.get("html"))


def tile_of(app: AppTest, tile_id: str) -> tuple[int, int]:
    grid = here(app).shown.result.grid
    return next((r, c) for r in range(grid.n_rows) for c in range(grid.n_cols) if grid.tile_id(r, c) == tile_id)


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
    # The answer in a line, as the head of the step says it too; why and how sure behind a fold.
    answer = f"{words.area(here(app).shown.result.report.transitions.changed_ha)} · "
    assert answer in html(app) and answer in " ".join(e.label for e in app.expander)
    assert "show a credible change of land cover" in texts(app)
    told = applied(app)
    assert told["badge"] == "SIMULATED imagery" and told["result"]["days"] == [words.day(a.datetime) for a in pair]
    assert {"true_colour", "classes"} <= {p["key"] for p in told["result"]["pairs"]}
    assert all(p["before"]["bounds"] == p["after"]["bounds"] for p in told["result"]["pairs"])
    # The story of Mesero: what became industrial is found and comes first.
    first = here(app).places()[0]
    assert CLASSES[first.to_id].name == "Industrial" and first.counted
    assert told["place"] == -1 and not told["close_up"] and told["words"]["swipe"] == "Swipe"


def test_places_step_from_near_and_the_whole_area_again() -> None:
    app = compared()
    step = next(e for e in app.expander if "What changed" in e.label)
    assert step.segmented_control(key="cmp-detail").value == 640, "the detail belongs to the step that makes the map"
    assert [b.label for b in app.button if b.key == "cmp-to-report"] == ["Make the report"]
    press(app, "Show the first place")
    over = [e.key for e in (*app.segmented_control, *app.button) if e.key in ("cmp-detail", "cmp-to-report")]
    assert not over, "the place needs the room"
    places = here(app).places()
    assert here(app).tile == places[0].cells[0] == tile_of(app, param(app, "tile"))
    assert "The network saw" in texts(app) and "Probabilities of the place on both dates" in html(app)
    told = applied(app)
    assert told["place"] == 0 and told["close_up"] and told["selected"] is None
    # About two kilometres around it.
    (south, west), (north, east) = told["focus"]
    assert 1950 < 111_200 * (north - south) < 2100 and 1950 < 111_200 * (east - west) * 0.7 < 2100
    assert south < places[0].lat < north and west < places[0].lon < east
    press(app, "Previous")
    assert here(app).place_at() == len(places) - 1
    press(app, "Next")
    assert here(app).place_at() == 0
    gone = applied(app)["go"]
    press(app, f"1 of {len(places)}")
    told = applied(app)
    assert here(app).tile is None and not told["close_up"] and told["go"] != gone
    west, south, east, north = here(app).shown.aoi.bbox
    assert told["focus"] == [[south, west], [north, east]]


def test_the_map_steps_to_the_next_place_by_a_key() -> None:
    from lulc_core.ui.compare.map import _take

    app = compared()
    _take(here(app), {"step": {"seq": 3, "by": 1}})
    app.run()
    assert here(app).place_at() == 0 and applied(app)["close_up"]
    _take(here(app), {"step": {"seq": 3, "by": 1}})
    assert here(app).place_at() == 0, "the map sends its last step again with every run"


def test_pictures_spectrum_and_indices_of_a_place_on_request() -> None:
    app = compared()
    press(app, "Show the first place")
    assert not app.get("image") and not app.get("plotly_chart")
    app.toggle(key="cmp-more").set_value(True).run()
    assert not app.exception and len(app.get("image")) == 2 and len(app.get("plotly_chart")) == 2
    press(app, "Next")
    assert len(app.get("image")) == 2, "the next place is shown as fully"


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
    names = {(CLASSES[p.from_id].name, CLASSES[p.to_id].name) for p in here(app).places()}
    assert names == {(chosen.was, chosen.became)}
    assert (param(app, "was"), param(app, "became")) == (chosen.was, chosen.became)
    matrix = here(app).shown.result.report.transitions
    row, col = (matrix.names.index(n) for n in (chosen.was, chosen.became))
    assert sum(len(p.cells) for p in here(app).places()) == matrix.tiles[row, col]
    press(app, "Show all")
    assert applied(app)["result"]["overs"][0]["url"] == before


def test_a_link_restores_filter_and_tile() -> None:
    first = compared()
    place = here(first).places()[0]
    resolution_m = param(first, "detail")  # without it a link is one from before there was a choice, of 640 m
    became, tile = CLASSES[place.to_id].name, here(first).shown.result.grid.tile_id(*place.cells[0])
    app = compared(became=became, certainty="very-likely", tile=tile, resolution_m=resolution_m)
    assert here(app).filter.became == became and here(app).filter.certainty == "very-likely"
    assert here(app).tile == place.cells[0] and applied(app)["close_up"]
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
    app.segmented_control(key="cmp-view").set_value("Places").run()
    assert "<caption>Changed places</caption>" in html(app)
    here(app).more = True
    here(app).step(1)
    app.run()
    assert "The mixture of the tile:" in texts(app)
    for caption in ("Probabilities of the tile on both dates", "Reflectance of the tile on both dates"):
        assert f"<caption>{caption}</caption>" in html(app)
    app.segmented_control(key="cmp-view").set_value("Flows").run()
    for caption in ("Transition matrix in squares", "Transitions that occur", "Gains and losses of each class"):
        assert f"<caption>{caption}</caption>" in html(app)
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
    assert "nothing can be compared" in texts(app)
    assert texts(app).count("On 11 July 2019 no square could be named") == 1
    result = applied(app)["result"]
    assert [p["key"] for p in result["pairs"]] == ["true_colour", "false_colour", "classes"]
    assert result["over"] == "ndvi" and {"ndvi", "nbr"} <= {o["key"] for o in result["overs"]}
    assert "Both pictures are on the map" in texts(app) and "Hardly any ground is clear on both dates" in texts(app)
    assert any("Nothing could be compared" in e.label for e in app.expander)
    for view in ("Places", "Flows", "Files"):
        here(app).view = view
        app.run()
        assert not app.exception, view


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"before": "yesterday"}, "'before' is no date"),
        ({"area": "8.82,45.47"}, "not W,S,E,N"),
        ({"became": "Lava"}, "filter “became” is not known"),
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


def test_every_word_of_the_page_is_italian_for_an_italian() -> None:
    app = compared(lang="it")
    assert "2 Due date" in " ".join(e.label for e in app.expander).replace("*", "")
    assert "Quanto è sicuro?" in " ".join(e.label for e in app.expander)
    assert applied(app)["words"]["swipe"] == "Tendina"
    seen = texts(app)
    for view in ("Places", "Flows", "Files"):
        here(app).view = view
        app.run()
        assert not app.exception, view
        seen += texts(app) + html(app)
    here(app).more = True
    here(app).step(1)
    app.run()
    assert not app.exception and "La rete ha visto" in texts(app)
    english = ("Transitions", "changed", "square", "Earlier", "Later", "gained", "likely", "crops", "became")
    assert not [word for word in english if word in seen]


def test_levels_that_differ_are_said_beside_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    from lulc_core.sources.simulation.source import SimulatedSource

    search = SimulatedSource.search

    def mixed(self: SimulatedSource, *args: Any, **more: Any) -> Any:
        found = search(self, *args, **more)
        return tuple(replace(a, level="L2A") if a.date.startswith("2021") else a for a in found)

    monkeypatch.setattr(SimulatedSource, "search", mixed)
    app = compared()
    assert any("The levels differ" in w.value for w in app.warning)
    assert "The levels differ" not in texts(app), "said once"


def test_a_comparison_of_files_survives_the_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    from lulc_core.ui.compare import looking

    app = compared()
    assert "kept" not in app.query_params, "a link of what anybody may fetch says everything"
    monkeypatch.setattr(looking, "needs_word", lambda shown: True)
    press(app, "Show the first place")
    word = param(app, "kept")
    resources.results.clear()
    again = page(**(LINK | {"source": "geotiff"}), kept=word, tile=param(app, "tile"))
    assert here(again).shown is here(app).shown and here(again).place_at() == 0 and not again.error
    assert param(again, "kept") != word, "two who have one address do not write over each other"
    assert "The files of this comparison are not here any more" in texts(again)
