"""Real imagery through the page: Sentinel Hub's protocol from a local server, and a user's own file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates

from lulc_core.ui import resources
from lulc_core.ui.panels.account import services
from tests.pages.driver import applied, labels, open_page, param, press, sentence, state, until
from tests.servers.sentinel_hub.server import CLIENT_ID, CLIENT_SECRET, ShServer
from tests.servers.sentinel_hub.world import world_around
from tests.sources.raster_files import planes, write_tif

AREA = "8.84,45.48,8.86,45.492"
JUNE = {"from": "2023-06-01", "to": "2023-06-20"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, own_cache_folder: Path) -> Iterator[ShServer]:
    """Sentinel Hub on this machine; the server of the app has its account."""
    resources.results.clear()
    with ShServer(world_around(8.85, 45.49)) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        resources.settings.clear()
        yield running
    resources.settings.clear()


def no_secret(app, caplog: pytest.LogCaptureFixture) -> None:
    seen = " ".join([caplog.text, str(dict(app.query_params)), repr(state(app)), *(e.value for e in app.error)])
    assert CLIENT_SECRET not in seen and CLIENT_ID not in seen


def test_sentinel_hub_end_to_end(server: ShServer, caplog: pytest.LogCaptureFixture) -> None:
    app = open_page(area=AREA, **JUNE)
    assert state(app).source == "sentinel-hub", "with an account on the server, real imagery comes first"
    until(app, lambda a: state(a).acquisition is not None)
    assert "3 Jun 2023" in labels(app) and "SIMULATED" not in labels(app)
    cost = state(app).cost()
    assert cost.requests >= 1 and cost.processing_units > 0
    before = server.count("process")
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).shown is not None)
    assert server.count("process") > before
    told = applied(app)
    assert told["result"]["attribution"] == "Contains modified Copernicus Sentinel data 2023" and told["badge"] == ""
    assert param(app, "source") == "sentinel-hub"
    no_secret(app, caplog)


def test_an_opened_link_spends_nobodys_processing_units(server: ShServer) -> None:
    app = open_page(area=AREA, source="sentinel-hub", date="2023-06-03", **JUNE)
    until(app, lambda a: state(a).acquisition is not None)
    until(app, lambda a: not state(a).running and not state(a).run_when_found)
    assert state(app).shown is None and not app.button(key="classify").disabled


def test_imagery_can_be_fetched_again_and_the_operators_limit_is_one_sentence(
    server: ShServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(area=AREA, **JUNE)
    until(app, lambda a: state(a).acquisition is not None)
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).shown is not None)
    first, sent = state(app).shown, server.count("process")
    app.session_state["explore"].view = "Files"
    app.run()
    app.button(key="fetch-again").click().run()
    until(app, lambda a: not state(a).running)
    assert state(app).shown is not first and server.count("process") >= sent + 2
    monkeypatch.setenv("LULC_SESSION_KM2", "3")
    resources.settings.clear()
    app.session_state["explore"].view = "Files"
    app.run()
    app.button(key="fetch-again").click().run()
    assert "this session may use 3" in sentence(app) and not state(app).running


@pytest.mark.parametrize(("endpoint", "kind"), [("catalog", "500"), ("token", "401"), ("catalog", "garbage")])
def test_a_failing_service_is_one_sentence_and_trying_again_works(
    server: ShServer, endpoint: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail(endpoint, kind)
    app = open_page(area=AREA, **JUNE)
    until(app, lambda a: state(a).search.found is not None)
    assert sentence(app)
    no_secret(app, caplog)
    server.heal()
    press(app, "Try again")
    until(app, lambda a: state(a).acquisition is not None)


def test_an_account_typed_in_can_be_tested_and_used(
    monkeypatch: pytest.MonkeyPatch, server: ShServer, tmp_path: Path
) -> None:
    monkeypatch.delenv("SH_CLIENT_ID")
    monkeypatch.delenv("SH_CLIENT_SECRET")
    resources.settings.clear()
    app = open_page(area=AREA, source="sentinel-hub", **JUNE)
    assert state(app).search.found is None
    settings = server.settings(cache_dir=tmp_path)
    chosen, host = app.selectbox(key="sh-service").value, settings.sh_base_url.removeprefix("http://")
    assert chosen == f"This server's: {host}"
    assert f"Id and secret go to {host}." in [c.value.replace("\\", "") for c in app.caption]
    assert "other" not in app.selectbox(key="sh-service").options, "no address that the operator has not allowed"
    assert services()[chosen] == (settings.sh_base_url, settings.sh_token_url)
    app.run().button(key="sh-use").click().run()
    assert "client id and the client secret are missing" in sentence(app) and not state(app).account.is_known
    app.text_input(key="sh-id").set_value(CLIENT_ID)
    app.text_input(key="sh-secret").set_value("wrong")
    app.button(key="sh-use").click().run()
    assert "secret" in sentence(app).lower() and not state(app).account.is_known, "what does not work is not used"
    app.text_input(key="sh-secret").set_value(CLIENT_SECRET)
    app.button(key="sh-use").click().run()
    until(app, lambda a: state(a).acquisition is not None)
    assert CLIENT_SECRET not in str(dict(app.query_params))
    assert not state(open_page()).account.is_known, "an account must stay in its session"


def test_an_own_file_is_classified(shared_data: Callable[[str], Path]) -> None:
    resources.settings.clear()
    path = shared_data("scenes/sen1floods11_Spain_20190918_L1C_13b.tif")
    app = open_page(source="geotiff")
    app.session_state["explore"].open_step = 2
    app.run()
    app.file_uploader(key="image-files").upload(path.name, path.read_bytes(), "image/tiff").run()
    until(app, lambda a: state(a).acquisition is not None)
    assert "18 Sept 2019" in labels(app)
    assert state(app).area.aoi is not None, "without a drawing the file's own outline is the area"
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).shown is not None)
    assert applied(app)["result"]["attribution"] == "Contains modified Copernicus Sentinel data 2019"
    assert state(app).shown.result.land_cover.classified.any()


def test_a_file_that_is_no_image_is_one_sentence() -> None:
    resources.settings.clear()
    app = open_page(source="geotiff")
    app.session_state["explore"].open_step = 2
    app.run()
    app.file_uploader(key="image-files").upload("../../evil.tif", b"not an image", "image/tiff").run()
    assert "evil.tif" in sentence(app) and state(app).imagery() is None


def test_files_reported_once_more_after_their_step_was_closed_stay_open(tmp_path: Path) -> None:
    resources.settings.clear()
    path = write_tif(tmp_path / "own.tif", planes(), tags={"level": "L1C", "date": "2021-08-14"})
    app = open_page(source="geotiff")
    app.session_state["explore"].open_step = 2
    app.run()
    app.file_uploader(key="image-files").upload(path.name, path.read_bytes(), "image/tiff").run()
    until(app, lambda a: state(a).acquisition is not None)
    states = app._tree.get_widget_states().widgets
    late = WidgetStates(widgets=[w for w in states if w.HasField("file_uploader_state_value")])
    app.session_state["explore"].open_step = 0
    app.run()
    source = state(app).own.source
    app._run(late)  # as a busy browser asks that has not heard of the closed step
    assert state(app).own.source is source is not None and state(app).acquisition is not None
