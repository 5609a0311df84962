"""Drives the app without a browser, as its own polling and map would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]


def open_page(**params: str) -> AppTest:
    """The app, opened at an address."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    return app.run()


def until(app: AppTest, condition: Callable[[AppTest], Any], seconds: float = 240) -> AppTest:
    """Reruns, as the page's own polling does, until something is true."""
    deadline = time.monotonic() + seconds
    while not condition(app):
        assert not app.exception, app.exception
        assert time.monotonic() < deadline, labels(app)
        time.sleep(0.05)
        app.run()
    return app


def state(app: AppTest) -> Any:
    """The Explore page's state."""
    return app.session_state["explore"]


def param(app: AppTest, name: str) -> str:
    """A part of the address."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def sentence(app: AppTest) -> str:
    """The only error on the page, as a user reads it."""
    assert len(app.error) == 1, [e.value for e in app.error]
    return app.error[0].value.replace("\\", "")


def labels(app: AppTest) -> str:
    """The three steps with their state."""
    return " | ".join(e.label for e in app.expander).replace("\N{NO-BREAK SPACE}", " ")


def press(app: AppTest, label: str) -> AppTest:
    """Presses a button by what it says."""
    return next(b for b in app.button if b.label == label).click().run()


def applied(app: AppTest) -> dict[str, Any]:
    """What the map was told."""
    arguments = json.loads(app.get("component_instance")[0].proto.json_args)
    text = arguments["feature_group"]
    begin = text.index("LULC.apply(") + len("LULC.apply(")
    return json.loads(text[begin : text.index(");", begin)])


def event(app: AppTest, **value: Any) -> AppTest:
    """What the map sends when a user draws or clicks."""
    from lulc_core.ui.panels.map_page import on_map_event

    on_map_event(state(app), value)
    return app.run()
