"""The guard of conftest.py: tests reach this machine and nothing else."""

from __future__ import annotations

import http.server
import socket
import threading
import urllib.request

import pytest


@pytest.fixture
def guard(network_guard):
    """The guard, its memory emptied afterwards: these tests provoke it on purpose."""
    yield network_guard
    network_guard.tried.clear()


@pytest.mark.parametrize("url", ["http://192.0.2.1:9/", "https://example.org/"])
def test_another_machine_is_out_of_reach(guard, url: str):
    with pytest.raises(RuntimeError, match="no network but 127"):
        urllib.request.urlopen(url, timeout=1)
    assert guard.tried


def test_datagrams_too(guard):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(RuntimeError, match="no network"):
        sock.sendto(b"x", ("192.0.2.1", 9))


def test_an_attempt_in_a_thread_is_remembered(guard):
    def swallow() -> None:
        try:
            socket.create_connection(("192.0.2.1", 9), timeout=0.1)
        except RuntimeError:
            return

    thread = threading.Thread(target=swallow)
    thread.start()
    thread.join(5)
    assert guard.tried == ["192.0.2.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_local_server_is_within_reach(host: str):
    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Hello) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with urllib.request.urlopen(f"http://{host}:{server.server_port}/", timeout=5) as reply:
            assert reply.read() == b"hello"
        thread.join(5)
