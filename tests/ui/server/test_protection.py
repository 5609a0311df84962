"""The app's real server, asked over HTTP: headers, no metrics, uploads within their bound, faults with a number."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from lulc_core.settings import Settings
from lulc_core.ui.map.libraries import BASE_MAP_ORIGINS
from lulc_core.ui.server.protection import headers_for
from lulc_core.ui.server.sessions import EVERY_S
from tests.browser.harness import ROOT, App, running_app
from tests.servers.visitor import Visitor


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with little room for uploads."""
    bounds = {"LULC_UPLOADS_MB": "1", "LULC_ALL_UPLOADS_MB": "1.5"}
    with running_app(tmp_path_factory.mktemp("app"), bounds) as running:
        yield running


def get(url: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read().decode()


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/component/lulc_map_assets/base_maps.js", "/nowhere/x.js"])
def test_every_answer_refuses_frames_of_others_and_guessing_of_types(app: App, path: str) -> None:
    _, headers, _ = get(app.url + path)
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "default-src 'self'" in policy and "object-src 'none'" in policy
    assert ("'unsafe-eval'" in policy.replace("'wasm-unsafe-eval'", "")) == ("/component/" in path)
    assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "SAMEORIGIN"
    assert "area" not in headers["referrer-policy"] and headers["referrer-policy"] != "unsafe-url"


def test_the_first_page_answers_to_its_name_too(app: App) -> None:
    with urllib.request.urlopen(f"{app.url}/explore?area=8.8,45.4,8.9,45.5&source=open", timeout=30) as answer:
        assert answer.url == f"{app.url}/?area=8.8,45.4,8.9,45.5&source=open"


def test_only_the_operators_portal_may_frame_it() -> None:
    headers = dict(headers_for("/", Settings(frame_ancestors="https://portal.example")))
    assert b"frame-ancestors https://portal.example" in headers[b"content-security-policy"]
    assert b"x-frame-options" not in headers, "it knows no addresses, and browsers that read it would refuse the portal"


def test_base_maps_are_let_through() -> None:
    script = (ROOT / "lulc_core/ui/map/assets/base_maps.js").read_text(encoding="utf-8")
    assert {re.match(r"https://[^/]+", url)[0] for url in re.findall(r'"(https://[^"]*\{z\}[^"]*)"', script)} == set(
        BASE_MAP_ORIGINS
    )


def test_places_are_found_in_the_readers_words(app: App) -> None:
    def places(text: str, lang: str = "") -> list[dict[str, object]]:
        status, _, body = get(f"{app.url}/places?{urlencode({'q': text, 'lang': lang})}")
        assert status == 200
        return json.loads(body)

    assert places("") == [], "an empty text makes the list ready"
    english, italian = places("Monaco di Bav", "en-GB"), places("Monaco di Bav", "it-IT")
    assert [p["name"] for p in english] == [p["name"] for p in italian] == ["Monaco di Baviera"]
    assert str(english[0]["where"]).startswith("Munich · Germany · 1,505,005") and "Germania" in str(
        italian[0]["where"]
    )
    assert english[0]["zoom"] == 11 and places("Mesero")[0]["zoom"] == 13
    assert places("<script>", "xx") == []


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/agent/openapi.json"])
def test_nobody_is_told_who_uses_the_server(app: App, path: str) -> None:
    assert get(app.url + path)[0] == 404


def test_uploads_of_a_session_and_of_all_are_bounded_and_go_with_the_session(app: App) -> None:
    with Visitor(app.url) as first, Visitor(app.url) as second:
        assert first.upload("a.tif", b"x" * 700_000)[0] == 204
        status, text = first.upload("b.tif", b"x" * 400_000)
        assert status == 413 and "your uploads together may have 1 MB" in text
        assert second.upload("c.tif", b"x" * 700_000)[0] == 204
        status, text = second.upload("d.tif", b"x" * 200_000)
        assert status == 413 and "of all users" in text
        assert second.upload("e.tif", b"x" * 50_000)[0] == 204
        first.delete("a.tif")
        assert second.upload("d.tif", b"x" * 200_000)[0] == 204, "what was removed makes room"


FAULTY = """
import streamlit as st
from lulc_core.ui.server.faults import number_of
if __name__ == "__main__":
    st.write("The page")
    if "calm" not in st.query_params:
        raise ZeroDivisionError("inner workings")
else:
    from lulc_core.ui.errors import show_fault
    app = st.App(__file__, on_script_error=show_fault)
"""


def test_a_fault_that_nothing_caught_is_our_sentence_and_not_streamlits_page(tmp_path: Path) -> None:
    (tmp_path / "faulty.py").write_text(FAULTY)
    with running_app(tmp_path, {"PYTHONPATH": str(ROOT)}, script=tmp_path / "faulty.py") as running:
        with Visitor(running.url) as visitor:
            visitor.run()
            seen = json.dumps(visitor.texts())
            (number,) = re.findall(r"fault ([0-9A-F]{4}-[0-9A-F]{4})", seen)
            assert "The page" in seen and "Go on" in seen and "inner" not in seen and not visitor.exceptions()
        log = running.log.read_text()
    assert f"Fault {number}" in log and "inner workings" in log


def test_a_closed_tabs_work_stops_and_its_uploads_go(tmp_path: Path) -> None:
    """A map of 1,200 km² in cells of 80 m takes minutes; the next session's small one does not wait for it."""
    soon = {"LULC_LEFT_S": "1", "LULC_LINK_S": "100000", "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1"}
    large = "area=8.60,45.30,9.04,45.61&source=simulated&detail=80&from=2021-08-01&to=2021-08-25&date=2021-08-14"
    small = "area=8.84,45.48,8.86,45.492&source=simulated&detail=640&from=2021-08-01&to=2021-08-25&date=2021-08-14"
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    with running_app(tmp_path, {**soon, "LULC_COMPUTING": "1", "TMPDIR": str(uploads)}) as running:
        with Visitor(running.url, large) as first:
            first.wait(lambda: "Simulating" in " ".join(first.texts()))
            assert first.upload("a.tif", b"x" * 1000)[0] == 204
        with Visitor(running.url, small) as second:
            second.wait(lambda: (second.map_state() or {}).get("result"), 240)
            assert not second.errors()
        assert "Traceback" not in running.log.read_text()


def test_a_full_server_takes_maps_from_closed_tabs_only(tmp_path: Path) -> None:
    """The bound is below what the app takes at rest: the state of the tab that was closed goes, the open one stays."""
    probe = tmp_path / "probe.py"
    probe.write_text(PROBE)
    app = running_app(tmp_path, {"PYTHONPATH": str(ROOT), "LULC_SERVER_MB": "1"}, script=probe)
    with app as running, Visitor(running.url) as stays:
        stays.wait(lambda: "state: kept" in " ".join(stays.texts()))
        with Visitor(running.url) as goes:
            goes.wait(lambda: "state: kept" in " ".join(goes.texts()))
        stays.wait((tmp_path / "gone").exists, 60)
        time.sleep(2 * EVERY_S)
        assert (tmp_path / "gone").read_text() == "1", "the open tab keeps its map"


PROBE = """
import weakref
from pathlib import Path
import streamlit as st
FOLDER = Path(__file__).parent
class Held:
    def __del__(self):
        file = FOLDER / "gone"
        file.write_text(str(int(file.read_text()) + 1 if file.exists() else 1))
def page():
    held = st.session_state.setdefault("explore", Held())
    st.button("widgets hold what a page shows", on_click=lambda held: None, args=(held,))
    st.fragment(lambda: st.write("state: kept", type(held).__name__))()
if __name__ == "__main__":
    page()
else:
    from lulc_core.ui.server.sessions import keep_house
    app = st.App(__file__, lifespan=keep_house)
"""
