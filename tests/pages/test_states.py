"""What the pages show belongs to what is chosen now: nothing of another source, service or link stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lulc_core.settings import COMMERCIAL_BASE_URL, COMMERCIAL_TOKEN_URL
from lulc_core.sources.sentinel_hub.connection import ConnectionReport
from lulc_core.ui import resources
from tests.pages.driver import ROOT, labels, open_page, sentence, state, until

AREA = "8.84,45.48,8.86,45.492"
JULY = {"from": "2021-07-25", "to": "2021-08-25"}


@pytest.fixture(autouse=True)
def fresh_server(own_cache_folder: Path) -> None:
    """Settings of one test only."""
    resources.settings.clear()


def taken(app: AppTest) -> list[str]:
    return [button.key for button in app.button if button.key and button.key.startswith("take-")]


@pytest.mark.parametrize("other", ["sentinel-hub", "geotiff"])
def test_acquisitions_of_a_source_go_with_it(other: str) -> None:
    app = open_page(area=AREA, source="simulated", **JULY)
    until(app, lambda a: state(a).acquisition is not None)
    assert "SIMULATED" in labels(app) and taken(app)
    app.radio(key="source").set_value(other).run()
    assert state(app).acquisition is None and state(app).search.found is None and not taken(app)
    step = app.expander[1]
    assert "choose imagery and date" in step.label and "SIMULATED" not in step.label
    assert "radio_button_unchecked" in step.icon and app.button(key="classify").disabled
    app.radio(key="source").set_value("simulated").run()
    until(app, lambda a: state(a).acquisition is not None)
    assert "SIMULATED" in labels(app) and not app.button(key="classify").disabled


def test_dates_of_a_comparison_go_with_their_source() -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "compare.py"), default_timeout=60)
    for name, value in {"area": AREA, "source": "simulated", "detail": "7"}.items():
        app.query_params[name] = value
    app.run()
    assert "detail is not known" in sentence(app), "no dates in the link: nothing is compared by itself"
    until(app, lambda a: a.session_state["compare"].dates.pair is not None)
    assert len(app.error) == 1, "what was wrong with the link stays while the page goes where the link points"
    assert "SIMULATED" in labels(app)
    app.radio(key="cmp-source").set_value("sentinel-hub").run()
    assert app.session_state["compare"].dates.pair is None
    step = app.expander[1]
    assert "not chosen yet" in step.label and "SIMULATED" not in step.label and "unchecked" in step.icon
    assert app.button(key="cmp-compare").disabled
    assert not app.error, "the user has gone on from the link"


def test_an_account_that_is_forgotten_takes_its_dates_along() -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "compare.py"), default_timeout=60)
    app.query_params["area"], app.query_params["source"] = AREA, "simulated"
    here = until(app.run(), lambda a: a.session_state["compare"].dates.pair is not None).session_state["compare"]
    here.imagery.source = "sentinel-hub"  # as where its account is forgotten on the other page
    app.run()
    assert here.dates.asked is None and here.dates.pair is None


def test_what_was_wrong_with_a_link_goes_when_the_user_goes_on() -> None:
    def opened() -> AppTest:
        app = open_page(area=AREA, source="simulated", detail="7", **JULY)
        until(app, lambda a: state(a).acquisition is not None)
        assert "detail is not known" in sentence(app)
        return app

    app = opened()
    app.button(key=taken(app)[1]).click().run()
    assert not app.error
    app = opened()
    app.radio(key="source").set_value("sentinel-hub").run()
    assert not app.error
    app = opened()
    app.session_state["explore"].open_step = 1
    app.run().button(key="example-0").click().run()
    assert not app.error
    app = opened()
    app.session_state["explore"].open_step = 3
    app.run()
    app.segmented_control(key="detail").set_value(80).run()
    assert not app.error and state(app).area.resolution_m == 80
    app = opened()
    app.date_input(key="period").set_value(("2021-08-01", "2021-08-20")).run()
    assert not app.error


def test_a_day_that_the_link_names_in_vain_is_said_until_another_is_chosen() -> None:
    app = open_page(area=AREA, source="simulated", date="2021-08-10", **JULY)
    until(app, lambda a: state(a).acquisition is not None)
    assert len(app.warning) == 1
    app.button(key=taken(app)[-1]).click().run()
    assert not app.warning


@pytest.mark.parametrize(
    ("base", "token", "service", "host"),
    [
        (None, None, "Copernicus Data Space", "identity.dataspace.copernicus.eu"),
        (COMMERCIAL_BASE_URL, COMMERCIAL_TOKEN_URL, "Sentinel Hub (commercial)", "services.sentinel-hub.com"),
        ("https://sh.example.org", "https://id.example.org/token", "This server's: sh.example.org", "id.example.org"),
    ],
)
def test_a_typed_account_goes_to_the_service_that_is_configured(
    monkeypatch: pytest.MonkeyPatch, base: str | None, token: str | None, service: str, host: str
) -> None:
    for name, value in (("SH_BASE_URL", base), ("SH_TOKEN_URL", token)):
        if value is not None:
            monkeypatch.setenv(name, value)
    resources.settings.clear()
    app = open_page(area=AREA, source="sentinel-hub", **JULY)
    assert app.selectbox(key="sh-service").value == service
    said = [caption.value.replace("\\", "") for caption in app.caption]
    assert f"Id and secret go to {host}." in said
    if base is not None:
        assert not any("dataspace.copernicus.eu" in text for text in said)
    app.run().text_input(key="sh-id").set_value("me")
    app.text_input(key="sh-secret").set_value("mine")
    monkeypatch.setattr("lulc_core.ui.explore.state.ExploreState.search_if_needed", lambda self: None)
    works = ConnectionReport(True, "It works.", "")
    monkeypatch.setattr("lulc_core.sources.sentinel_hub.source.test_connection", lambda *_: works)
    app.button(key="sh-use").click().run()
    typed = state(app).account.credentials
    expected = resources.settings()
    assert (typed.base_url, typed.token_url) == (expected.sh_base_url, expected.sh_token_url)
