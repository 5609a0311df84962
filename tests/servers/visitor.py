"""A visitor of the running app without a browser: one session over Streamlit's own WebSocket, as its frontend speaks.

It runs the page, follows the page's own polling (fragments that run again by themselves), reads what is shown, fetches
files and uploads some. For loads of many sessions and for what a browser cannot be asked; looks are for the browser.
"""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

PATIENCE_S = 120.0


class Visitor:
    """One session, opened and closed as a tab is: ``with Visitor(url, "area=..."): ...``."""

    def __init__(self, url: str, query: str = "", page: str = "") -> None:
        self.url, self._query, self._page = url.rstrip("/"), query, page
        self.session = ""
        self._page_hash = ""  # the page that the server answered with: by it later runs stay on it
        self.elements: dict[tuple[int, ...], Any] = {}
        """What is on the page, by place."""
        self.seen_exceptions: list[str] = []
        self.slowest_run_s = 0.0
        """From asking for a run to its end, the longest."""
        self._again: dict[str, tuple[float, float]] = {}  # fragments by id: interval, when next
        self._cached: dict[str, ForwardMsg] = {}
        self._files: dict[str, str] = {}
        self._running_since: float | None = None
        self._tokens = ""
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Visitor:
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        opening = connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None, open_timeout=60)
        self._socket = self._open.enter_context(opening)
        self._ask()
        self.wait(lambda: self.session)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ConnectionClosed):
            self._open.close()

    # ---- the page ----

    def run(self, seconds: float = PATIENCE_S) -> None:
        """Wait until the run that goes on has ended."""
        self.wait(lambda: self._running_since is None, seconds)

    def wait(self, until: Callable[[], Any], seconds: float = PATIENCE_S) -> None:
        """Follow the page until something is true.

        Raises:
            TimeoutError: it was not within ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds:g} s; the page says {self.texts()}")
            with contextlib.suppress(TimeoutError):
                self._take(ForwardMsg.FromString(self._socket.recv(timeout=0.1)))
            now = time.monotonic()
            for fragment, (interval, due) in list(self._again.items()):
                if now >= due and self._running_since is None:
                    self._again[fragment] = (interval, now + interval)
                    self._ask(fragment=fragment, again=True)

    def press(self, label: str) -> None:
        """Press a button by its label."""
        delta = next(d for d in self.elements.values() if d.new_element.button.label == label)
        state = WidgetState(id=delta.new_element.button.id, trigger_value=True)
        self._ask(fragment=delta.fragment_id, widgets=[state])

    def texts(self) -> list[str]:
        """Return what the page says now."""
        found = []
        for delta in self.elements.values():
            element = delta.new_element
            kind = element.WhichOneof("type")
            shown = getattr(element, kind) if kind and kind != "html" else None
            found += [getattr(shown, name) for name in ("body", "text", "label", "message") if hasattr(shown, name)]
            if delta.HasField("add_block") and delta.add_block.HasField("expandable"):
                found.append(delta.add_block.expandable.label)
        return [text for text in found if isinstance(text, str) and text]

    def errors(self) -> list[str]:
        """Return the red boxes on the page."""
        boxes = [d.new_element.alert for d in self.elements.values() if d.new_element.HasField("alert")]
        return [box.body for box in boxes if box.format == box.ERROR]

    def exceptions(self) -> list[str]:
        """Return what Streamlit's own error boxes have said so far."""
        return self.seen_exceptions

    def map_state(self) -> dict[str, Any] | None:
        """Return what the map was told last; None where there is no map."""
        for delta in reversed(self.elements.values()):
            if delta.new_element.HasField("component_instance"):
                text = json.loads(delta.new_element.component_instance.json_args).get("feature_group") or ""
                begin = text.find("LULC.apply(") + len("LULC.apply(")
                return json.loads(text[begin : text.index(");", begin)]) if begin >= len("LULC.apply(") else None
        return None

    # ---- files ----

    def fetch(self, path: str) -> bytes:
        """Fetch a file that the page names, as ``/media/...``."""
        with urllib.request.urlopen(f"{self.url}/{path.lstrip('./')}", timeout=60) as answer:
            return answer.read()

    def upload(self, name: str, data: bytes) -> tuple[int, str]:
        """Upload a file as an uploader does; return the status and what the server says."""
        file_id, boundary = str(uuid.uuid4()), uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        self._files[name] = file_id
        return self._send("PUT", file_id, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def delete(self, name: str) -> tuple[int, str]:
        """Take an uploaded file away again."""
        return self._send("DELETE", self._files.pop(name), None, {})

    def _send(self, method: str, file_id: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str]:
        if not self._tokens:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=30) as answer:
                cookies = SimpleCookie(answer.headers.get("Set-Cookie", ""))
            self._tokens = cookies["_streamlit_xsrf"].value if "_streamlit_xsrf" in cookies else "none"
        headers |= {"X-Xsrftoken": self._tokens, "Cookie": f"_streamlit_xsrf={self._tokens}"}
        url = f"{self.url}/_stcore/upload_file/{self.session}/{file_id}"
        try:
            request = urllib.request.Request(url, body, headers, method=method)
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    # ---- the protocol ----

    def _ask(self, *, fragment: str = "", again: bool = False, widgets: list[WidgetState] | None = None) -> None:
        message = BackMsg()
        client = message.rerun_script
        client.query_string, client.page_script_hash = self._query, self._page_hash
        client.page_name = "" if self._page_hash else self._page
        client.fragment_id, client.is_auto_rerun = fragment, again
        client.widget_states.widgets.extend(widgets or [])
        client.context_info.url = f"{self.url}/{self._page}"
        self._running_since = time.monotonic()
        self._socket.send(message.SerializeToString())

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            whole = ForwardMsg()
            whole.CopyFrom(self._cached[message.ref_hash])
            whole.metadata.CopyFrom(message.metadata)
            message = whole
            kind = message.WhichOneof("type")
        elif message.hash and message.metadata.cacheable:
            self._cached[message.hash] = message
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
            fragments = set(message.metadata.run.fragment_ids)
            self._again = {f: v for f, v in self._again.items() if f in fragments}
            if not fragments:
                self.elements.clear()
        elif kind == "delta":
            place = tuple(message.metadata.delta_path)
            self.elements.pop(place, None)
            self.elements[place] = message.delta
            if message.delta.new_element.HasField("exception"):
                self.seen_exceptions.append(message.delta.new_element.exception.message)
        elif kind == "auto_rerun":
            interval = message.auto_rerun.interval
            self._again[message.auto_rerun.fragment_id] = (interval, time.monotonic() + interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._again.pop(fragment, None)
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "script_finished":
            if self._running_since is not None:
                self.slowest_run_s = max(self.slowest_run_s, time.monotonic() - self._running_since)
            self._running_since = None
