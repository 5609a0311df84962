"""The app without an account: real imagery by itself where the open archive answers, simulated where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lulc_core.ui import resources
from tests.pages.driver import labels, open_page, press, state, until
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import Overpass, World, granule_around


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, own_cache_folder: Path) -> Iterator[OpenServer]:
    """The open archive on this machine, with the two dates of the talk over Mesero."""
    granule = granule_around(8.85, 45.488, "32TMR", half_m=4_200)
    days = (datetime(2019, 7, 16, 10, 20, 31, tzinfo=UTC), datetime(2021, 8, 14, 10, 20, 31, tzinfo=UTC))
    newest = datetime(2021, 8, 19, 10, 20, 31, tzinfo=UTC)
    passes = [Overpass(day, (granule,), satellite="S2A", cloud_share=0.02) for day in days]
    passes.append(Overpass(newest, (granule,), satellite="S2B"))
    resources.results.clear()
    with OpenServer(World(passes)) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        resources.settings.clear()
        yield running
    resources.settings.clear()


def test_a_newcomer_sees_real_land(server: OpenServer) -> None:
    app = open_page()
    until(app, lambda a: state(a).source == "open")
    assert "no account" in " ".join(c.value for c in app.caption)
    press(app, "Mesero, Milan")
    until(app, lambda a: state(a).acquisition is not None)
    assert state(app).acquisition.datetime.date() == date(2021, 8, 14), "the day of the talk, not the clearest"
    assert "SIMULATED" not in labels(app)
    cost = state(app).cost()
    assert cost.processing_units == 0 and cost.megabytes > 0
    app.session_state["explore"].area.set_resolution(640)
    app.run()
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).shown is not None)
    made = state(app).shown.result.land_cover.acquisition
    assert made.level == "L1C" and any("offset -1000" in line for line in made.origin)


def test_the_first_paint_waits_for_no_answer(server: OpenServer) -> None:
    for kind in ("list", "file", "catalogue", "twins", "cog"):
        server.fail(kind, "stall")
    assert state(open_page()).source == "simulated"


def test_with_nothing_there_it_says_so_and_simulates() -> None:
    resources.settings.clear()
    app = open_page()
    until(app, lambda a: state(a).first.settled)
    assert state(app).source == "simulated"
    said = [c.value for c in app.caption if "cannot be reached" in c.value]
    assert len(said) == 1 and "127.0.0.1:9" in said[0].replace("\\", "")


def test_an_example_falls_back_to_simulated(server: OpenServer) -> None:
    app = open_page()
    until(app, lambda a: state(a).source == "open")
    server.fail("catalogue", "403")
    server.fail("list", "403")
    press(app, "Mesero, Milan")
    until(app, lambda a: state(a).acquisition is not None)
    assert state(app).source == "simulated" and "403" in state(app).first.why


def test_what_a_user_chooses_stays(server: OpenServer) -> None:
    app = open_page(source="simulated", area="8.84,45.48,8.86,45.492")
    until(app, lambda a: state(a).acquisition is not None)
    assert state(app).source == "simulated" and state(app).first.why == ""


def test_every_service_is_asked_at_the_press_of_a_button(server: OpenServer) -> None:
    app = open_page(source="open", area="8.84,45.48,8.86,45.492")
    app.session_state["explore"].open_step = 2
    app.run()
    app.button(key="ask-services").click().run()
    said = " ".join(m.value for m in app.markdown)
    assert said.count("works") >= 5 and "Open bucket" in said
