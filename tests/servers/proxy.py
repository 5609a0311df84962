"""A proxy that lets requests through to one server of this machine, whatever host they ask for; TLS for a server."""

from __future__ import annotations

import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path


class Proxy(socketserver.ThreadingTCPServer):
    """Answers CONNECT, and notes who was asked for."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, to_port: int, *, refuses: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Connect)
        self.to_port, self.refuses = to_port, refuses
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Proxy:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Connect(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        method, target, _ = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        self.server.asked.append(f"{method} {target}")
        if self.server.refuses:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.server.to_port)) as onward:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(onward, self.connection), daemon=True)
            back.start()
            _pass_on(self.connection, onward)
            back.join(5)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def certificate_for(host: str, folder: Path) -> Path:
    """Make a certificate that signs itself, with its key in the same file."""
    made = folder / f"{host}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}"]
    command += ["-addext", f"subjectAltName=DNS:{host}", "-keyout", f"{made}.key", "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return made


@contextmanager
def with_tls(http: ThreadingHTTPServer, certificate: Path) -> Iterator[None]:
    """Have a server that runs speak TLS for a while."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")
    plain = http.socket
    http.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    try:
        yield
    finally:
        http.socket.close()
