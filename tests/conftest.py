"""What all tests share: no network but this machine's own, no settings of the developer, a browser, real data."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real_data import SHARED_CASES, SHARED_DATA

ROOT = Path(__file__).resolve().parents[1]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NO_BROWSER = "no Chromium found (looked on PATH; name one with LULC_CHROMIUM, or install the package chromium)"

# The browser first, on workers of its own; of the rest the quick and telling ones, so that a mistake shows early.
ORDER = ("tests/browser", "tests/setup", "tests/test_rooms.py", "tests/domain", "", "tests/contract", "tests/pages")
BROWSER_WORKERS = 2


class NetworkUsedError(RuntimeError):
    """A test tried to reach something other than this machine. No OSError: code under test must not swallow it."""


def _is_this_machine(host: object) -> bool:
    if host in ("localhost", "", None, b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


class _NetworkGuard:
    """Stands before socket's ways out; remembers what was tried, because a thread's exception is easily lost."""

    def __init__(self) -> None:
        self.tried: list[str] = []
        self._connect = socket.socket.connect
        self._connect_ex = socket.socket.connect_ex
        self._sendto = socket.socket.sendto
        self._getaddrinfo = socket.getaddrinfo

    def check(self, host: object) -> None:
        if not _is_this_machine(host):
            self.tried.append(str(host))
            raise NetworkUsedError(f"A test tried to reach {host!r}; tests use no network but 127.0.0.1.")

    def install(self) -> None:
        guard = self

        def check_address(sock: socket.socket, address: Any) -> None:
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                guard.check(address[0])

        def connect(sock: socket.socket, address: Any) -> None:
            check_address(sock, address)
            return guard._connect(sock, address)

        def connect_ex(sock: socket.socket, address: Any) -> int:
            check_address(sock, address)
            return guard._connect_ex(sock, address)

        def sendto(sock: socket.socket, data: Any, *rest: Any) -> int:
            check_address(sock, rest[-1])
            return guard._sendto(sock, data, *rest)

        def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
            guard.check(host)
            return guard._getaddrinfo(host, *args, **kwargs)

        socket.socket.connect = connect  # type: ignore[method-assign,assignment]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign,assignment]
        socket.socket.sendto = sendto  # type: ignore[method-assign,assignment]
        socket.getaddrinfo = getaddrinfo

    def remove(self) -> None:
        socket.socket.connect = self._connect  # type: ignore[method-assign]
        socket.socket.connect_ex = self._connect_ex  # type: ignore[method-assign]
        socket.socket.sendto = self._sendto  # type: ignore[method-assign]
        socket.getaddrinfo = self._getaddrinfo


GUARD = _NetworkGuard()


def find_browser() -> str | None:
    """Path of a Chromium or Chrome of this machine, None where there is none. LULC_CHROMIUM names one."""
    named = os.environ.get("LULC_CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    return on_path or next((path for path in MAC_BROWSERS if Path(path).exists()), None)


_KEPT = ("LULC_APPROVE", "LULC_BROWSER_TESTS", "LULC_CHROMIUM", "LULC_SHARED_DATA")
"""Variables that are for the tests themselves."""


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported: no network, no credentials or settings of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(("SH_", "STREAMLIT_")) or (name.startswith("LULC_") and name not in _KEPT):
            del os.environ[name]
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            del os.environ[name]
    # An app that is opened looks whether the open archive answers: in tests nothing does, unless they start a server.
    for name in ("LULC_GCS_URL", "LULC_CDSE_STAC_URL", "LULC_EARTH_SEARCH_URL"):
        os.environ[name] = "http://127.0.0.1:9"
    GUARD.install()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leaves sockets as they were."""
    GUARD.remove()


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Says before the tests what they will do without."""
    browser = find_browser()
    missing = "REQUIRED, but " + NO_BROWSER if _browser_is_required() else NO_BROWSER + "; browser tests are skipped"
    data = SHARED_DATA if SHARED_DATA.is_dir() else f"none in {SHARED_DATA}; tests on real scenes are left out"
    return [f"browser: {browser or missing}", f"real data: {data}"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what lies in tests/browser, and sort: the browser, then cheap tests first."""

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(ROOT).as_posix() if item.path.is_relative_to(ROOT) else ""
        return next((i for i, prefix in enumerate(ORDER) if prefix and path.startswith(prefix)), ORDER.index(""))

    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "browser"):
            item.add_marker(pytest.mark.browser)
    for folder, fixture in ((SHARED_DATA, "shared_data"), (SHARED_CASES, "shared_case")):
        if not folder.is_dir():  # the header has said so: one line in place of twenty skips
            left_out = [item for item in items if fixture in getattr(item, "fixturenames", ())]
            _leave_out(config, items, left_out)
    _leave_out(config, items, [item for item in items if _lacks_data(item)])
    items.sort(key=rank)


def _lacks_data(item: pytest.Item) -> bool:
    return any(not (SHARED_DATA / name).exists() for marker in item.iter_markers("real_data") for name in marker.args)


def _leave_out(config: pytest.Config, items: list[pytest.Item], left_out: list[pytest.Item]) -> None:
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give browser tests workers of their own, module by module in turn, and hand out the others one by one."""
    from xdist.scheduler import LoadScopeScheduling

    class BrowserApart(LoadScopeScheduling):
        """A scope is a share of the browser's modules, or one other test."""

        def __init__(self, config: pytest.Config, log: Any) -> None:
            super().__init__(config, log)
            self.browser_modules: list[str] = []

        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            if not module.startswith("tests/browser/"):
                return nodeid
            if module not in self.browser_modules:
                self.browser_modules.append(module)
            return f"browser {self.browser_modules.index(module) % BROWSER_WORKERS}"

    return BrowserApart(config, log)


def _browser_is_required() -> bool:
    return os.environ.get("LULC_BROWSER_TESTS") == "required"


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Fails a test that tried to leave this machine, even where the attempt was swallowed or made in a thread."""
    GUARD.tried.clear()
    yield
    tried, GUARD.tried = sorted(set(GUARD.tried)), []
    if tried:
        pytest.fail(f"The test tried to reach {', '.join(tried)}; tests use no network but 127.0.0.1.")


@pytest.fixture(scope="session")
def network_guard() -> _NetworkGuard:
    """The guard itself, for the tests of it."""
    return GUARD


@pytest.fixture(autouse=True)
def own_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Downloads of a test go to a folder of its own, never to the developer's cache."""
    folder = tmp_path / "lulc-cache"
    monkeypatch.setenv("LULC_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def read_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process, where a test can look at it; tests/isolation reads them in children."""
    from lulc_core.isolation import calls

    monkeypatch.setattr(calls, "in_child", True)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """Folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a browser; skips where there is none, fails where LULC_BROWSER_TESTS=required."""
    found = find_browser()
    if found is None:
        if _browser_is_required():
            pytest.fail("Browser tests are required here, but " + NO_BROWSER)
        pytest.skip(NO_BROWSER)
    return found


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """``shared_data("scenes/x.tif")``: path of real data for development; skips where it does not exist."""

    def path_of(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"needs the development data {path}, which is not part of the project")
        return path

    return path_of


@pytest.fixture(scope="session")
def shared_case() -> Callable[[str], Path]:
    """``shared_case("R03_fill_-9999_float")``: folder of a case for development; skips where it does not exist."""

    def path_of(name: str) -> Path:
        path = SHARED_CASES / name
        if not path.is_dir():
            pytest.skip(f"needs the development case {path}, which is not part of the project")
        return path

    return path_of
