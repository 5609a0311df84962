"""One app and one Chromium for all browser tests; a fresh browser context for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.harness import CHROMIUM_FLAGS, App, Page, Watch, running_app


@pytest.fixture(scope="session")
def app(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app on a port of its own; a link starts its work on however slow a machine."""
    with running_app(tmp_path_factory.mktemp("app"), {"LULC_LINK_S": "3600"}) as running:
        yield running
        assert not running.tracebacks(), running.tracebacks()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (make test does it)")
    with playwright.sync_playwright() as run:
        opened = run.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., tuple[Watch, Page]]]:
    """Opens windows; fails the test that let a request out or raised a script error."""
    opened: list[tuple[Any, Watch]] = []

    def start(width: int = 1280, height: int = 720, scheme: str = "light", touch: bool = False) -> tuple[Watch, Page]:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=touch)
        opened.append((context, Watch(context)))
        return opened[-1][1], Page(context.new_page())

    yield start
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        assert not watch.outside, f"requests to the outside: {sorted(set(watch.outside))}"
        assert not watch.errors, watch.errors


@pytest.fixture
def watch_page(new_page: Callable[..., tuple[Watch, Page]]) -> tuple[Watch, Page]:
    """A page at 1280 x 720 and what it does behind it."""
    return new_page()


@pytest.fixture
def page(watch_page: tuple[Watch, Page]) -> Page:
    """A page at 1280 x 720."""
    return watch_page[1]
