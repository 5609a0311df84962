"""What the local servers of the tests share: they run in a thread, remember what arrived, and fail on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class _Plan:
    kind: str
    left: int | None
    when: Callable[[Any], bool]


class LocalServer:
    """A server on a free port of this machine; use as a context manager.

    Args:
        endpoints: what can be made to fail.
        handler: answers requests; its class is made for this server.
        port: 0 for a free one.
        delay_s: before every answer.
    """

    def __init__(
        self, endpoints: Iterable[str], handler: type[BaseHTTPRequestHandler], *, port: int = 0, delay_s: float = 0.0
    ) -> None:
        self.delay_s = delay_s
        self.seen: list[Any] = []
        self.lock = threading.Lock()
        self.in_flight = 0
        self.most_in_flight = 0
        self._faults: dict[str, list[_Plan]] = {name: [] for name in endpoints}
        self._closing = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *args: None  # type: ignore[method-assign]  # clients that hang up are part of the tests
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self.http.shutdown()
        self.http.server_close()

    def plan(self, endpoint: str, kind: str, times: int | None, when: Callable[[Any], bool]) -> None:
        """Makes an endpoint fail, for some times or until :meth:`heal`, where ``when`` of a request is true."""
        self._faults[endpoint].append(_Plan(kind, times, when))

    def heal(self) -> None:
        """Ends all failures."""
        for plans in self._faults.values():
            plans.clear()

    def next_fault(self, endpoint: str, request: Any) -> str:
        """The failure that is due, or nothing."""
        with self.lock:
            for plan in self._faults[endpoint]:
                if plan.left != 0 and plan.when(request):
                    if plan.left is not None:
                        plan.left -= 1
                    return plan.kind
        return ""

    def count(self, endpoint: str) -> int:
        """Requests that arrived there."""
        return sum(s.endpoint == endpoint for s in self.seen)

    def forget(self) -> None:
        """Empties the list of requests."""
        self.seen.clear()

    def arrived(self, seen: Any) -> None:
        """Notes a request that is under way."""
        with self.lock:
            self.seen.append(seen)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def answered(self) -> None:
        """Notes that one is under way no more."""
        with self.lock:
            self.in_flight -= 1

    def wait(self, seconds: float) -> bool:
        """Waits; True where the server is closing."""
        return self._closing.wait(seconds)


class Handler(BaseHTTPRequestHandler):
    """Answers in silence."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """Silent."""

    def reply(self, status: int, headers: dict[str, str], content: bytes, *, broken_off: bool = False) -> None:
        """Answers; ``broken_off``: the whole is promised and half of it sent."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if broken_off else content)
        if broken_off:
            self.wfile.flush()
            self.close_connection = True
