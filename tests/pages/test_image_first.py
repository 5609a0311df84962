"""The chosen image lies on the map before anything is said of it; clearing and going back lose nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lulc_core.sources.simulation.source import SimulatedSource
from lulc_core.ui import address_bar, resources, words
from tests.pages.driver import applied, event, labels, open_page, state, until

AREA = "8.82,45.47,8.84,45.485"
JULY = {"from": "2021-07-25", "to": "2021-08-25"}


@pytest.fixture(autouse=True)
def fresh_server(own_cache_folder: Path) -> Iterator[None]:
    resources.settings.clear()
    resources.results.clear()
    yield
    resources.settings.clear()


def keys(app: Any) -> list[str]:
    return [p["key"] for p in (applied(app)["result"] or {"pictures": []})["pictures"]]


def test_the_chosen_image_lies_on_the_map_at_once_and_another_takes_its_place() -> None:
    app = open_page(area=AREA, source="simulated", **JULY)
    until(app, lambda a: state(a).sight.seen is not None)
    told = applied(app)
    assert keys(app) == ["bright", "true_colour"] and told["result"]["tiles"] == ""
    assert told["badge"].startswith("SIMULATED") and told["result"]["attribution"].startswith("SIMULATED")
    assert any("brightened" in c.value for c in app.caption)
    first = told["result"]["id"]
    other = next(a for a in state(app).search.found.acquisitions if a.id != state(app).search.chosen)
    app.button(key=f"take-{other.id}").click().run()
    until(app, lambda a: (applied(a)["result"] or {"id": first})["id"] != first)
    assert other.id in applied(app)["result"]["id"]

    # What was said of one image is not shown over another; its own image is.
    seen = state(app).sight.seen
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).is_shown)
    assert applied(app)["result"]["tiles"] != "" or state(app).on_map is state(app).shown
    assert state(app).shown.pictures[:2] == seen.pictures, "its pictures are there already and lie under its map"
    until(app, lambda a: not state(a).shown.drawing)
    assert keys(app) == ["bright", "true_colour", "false_colour", "ndvi"]
    chosen = next(a for a in state(app).search.found.acquisitions if a.id != other.id)
    state(app).choose(chosen.id)
    app.run()
    until(app, lambda a: chosen.id in (applied(a)["result"] or {"id": ""})["id"])
    assert state(app).on_map is not state(app).shown
    state(app).choose(other.id)
    app.run()
    assert state(app).is_shown and state(app).on_map is state(app).shown, "the map of the other image is still there"


def test_an_image_that_costs_waits_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lulc_core.ui.explore.first_sight.MOST_MB", -1.0)
    app = open_page(area=AREA, source="simulated", **JULY)
    until(app, lambda a: state(a).acquisition is not None)
    assert not state(app).sight.loading and applied(app)["result"] is None
    app.button(key="sight").click().run()
    until(app, lambda a: state(a).sight.seen is not None)
    assert keys(app) == ["bright", "true_colour"]


def test_clearing_can_be_undone_with_all_that_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(area=AREA, source="simulated", date="2021-08-14", **JULY)
    until(app, lambda a: state(a).is_shown)
    made, found = state(app).shown, state(app).search.found
    event(app, area={"seq": 3, "features": []})
    assert state(app).area.aoi is None and state(app).shown is None and applied(app)["undo"] is True
    assert not applied(app)["invite"] and dict(app.query_params) == {}
    event(app, undo={"seq": 4})
    assert state(app).shown is made and state(app).search.found is found and state(app).is_shown
    assert applied(app)["undo"] is False and "14 Aug 2021" in labels(app)

    # Back to before there was an area does the same, and can be undone as well.
    monkeypatch.setattr(address_bar, "went_through_history", lambda: True)
    app.query_params.clear()
    app.run()
    assert state(app).area.aoi is None and applied(app)["undo"] is True and dict(app.query_params) == {}
    event(app, undo={"seq": 5})
    assert state(app).shown is made


def test_a_finished_map_leads_on_with_everything() -> None:
    app = open_page(area=AREA, source="simulated", date="2021-08-14", **JULY)
    until(app, lambda a: state(a).is_shown)
    app.button(key="to-compare").click().run()
    until(app, lambda a: "compare" in a.session_state)
    compare = app.session_state["compare"]
    assert compare.area.aoi.key == state(app).area.aoi.key and compare.imagery.source == "simulated"
    assert str(compare.dates.days[1]) == "2021-08-14"


def test_the_image_before_stays_until_another_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(area=AREA, source="simulated", **JULY)
    until(app, lambda a: state(a).sight.seen is not None)
    first = applied(app)["result"]["id"]
    assert applied(app)["coming"] == ""
    other = next(a for a in state(app).search.found.acquisitions if a.id != state(app).search.chosen)
    wait, held = threading.Event(), SimulatedSource.load

    def slowly(source: Any, *args: Any, **more: Any) -> Any:
        wait.wait(60)
        return held(source, *args, **more)

    monkeypatch.setattr(SimulatedSource, "load", slowly)
    app.button(key=f"take-{other.id}").click().run()
    told = applied(app)
    assert told["result"]["id"] == first and words.day(other.datetime) in told["coming"]
    wait.set()
    until(app, lambda a: other.id in applied(a)["result"]["id"])
    assert applied(app)["coming"] == ""
