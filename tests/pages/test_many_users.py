"""What one session's page does to another's: the same map is made once, a link's work has a bound."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from lulc_core.ui import resources
from lulc_core.ui.server import maps
from tests.pages.driver import labels, open_page, state, until

AREA = "8.82,45.47,8.84,45.485"
JULY = {"from": "2021-07-25", "to": "2021-08-25", "date": "2021-08-14"}


@pytest.fixture(autouse=True)
def fresh_server(own_cache_folder: Path) -> None:
    """Settings and results of one test only."""
    resources.settings.clear()
    resources.results.clear()


def test_two_sessions_that_ask_for_the_same_map_have_it_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, made = threading.Event(), []
    classify = maps.classify

    def slow(*args: Any, **options: Any) -> Any:
        made.append(1)
        assert gate.wait(60)
        return classify(*args, **options)

    monkeypatch.setattr(maps, "classify", slow)
    first, second = (open_page(area=AREA, source="simulated", **JULY) for _ in range(2))
    for app in (first, second):
        until(app, lambda a: state(a).running)
    until(second, lambda a: "another session" in state(a).running.job.message)
    gate.set()
    for app in (first, second):
        until(app, lambda a: state(a).shown is not None)
    assert len(made) == 1 and state(first).shown.result is state(second).shown.result


@pytest.mark.parametrize(("bound", "starts"), [("0", False), ("1000", True)])
def test_a_link_starts_work_only_within_the_operators_bound(
    monkeypatch: pytest.MonkeyPatch, bound: str, starts: bool
) -> None:
    monkeypatch.setenv("LULC_LINK_S", bound)
    resources.settings.clear()
    app = open_page(area=AREA, source="simulated", **JULY)
    until(app, lambda a: state(a).acquisition is not None and not state(a).run_when_found)
    until(app, lambda a: not state(a).running)
    assert (state(app).shown is not None) == starts
    assert "14 Aug 2021" in labels(app)
    if not starts:
        assert not app.button(key="classify").disabled


def test_nobody_sees_a_page_before_the_login_that_the_operator_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LULC_LOGIN", "1")
    resources.settings.clear()
    app = open_page(area=AREA, source="simulated", **JULY)
    assert [b.key for b in app.button] == ["log-in-button"] and not app.expander
    app.button(key="log-in-button").click().run()
    assert not app.exception and len(app.error) == 1, "without [auth] in secrets.toml the operator has forgotten it"
