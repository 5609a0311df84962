"""Behind a proxy and with a certificate of one's own, as in many offices."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import NetworkError
from lulc_core.sources.open_archive import web
from lulc_core.sources.open_archive.source import OpenArchiveSource
from tests.servers.open_archive.server import OpenServer
from tests.servers.proxy import Proxy, certificate_for, with_tls
from tests.sources.open_archive.conftest import JUNE, QUICK, small_world

HOST = "archive.office.example"
"""There is no such host: only the proxy knows the way."""
VARIABLES = (
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    web._session.cache_clear()
    yield
    web._session.cache_clear()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[OpenServer, Path]]:
    """A server that speaks TLS, and the certificate that it shows."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, which makes the certificate")
    certificate = certificate_for(HOST, tmp_path)
    with OpenServer(small_world()) as server, with_tls(server.http, certificate):
        server.url = f"https://{HOST}"
        yield server, certificate


def search(server: OpenServer, tmp_path: Path, aoi: Aoi) -> int:
    source = OpenArchiveSource(server.settings(cache_dir=tmp_path / "cache"), limits=QUICK)
    return len(source.search(aoi, *JUNE, previews=False))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_proxy_and_certificate_of_the_office_are_used(
    office: tuple[OpenServer, Path], tmp_path: Path, aoi: Aoi, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    server, certificate = office
    with Proxy(server.http.server_address[1]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv(variable, str(certificate))
        assert search(server, tmp_path, aoi) == 3
        assert set(proxy.asked) == {f"CONNECT {HOST}:443"} and server.seen


def test_a_certificate_that_nobody_named_is_not_trusted_and_the_hint_says_what_to_set(
    office: tuple[OpenServer, Path], tmp_path: Path, aoi: Aoi, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = office
    with Proxy(server.http.server_address[1]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(NetworkError, match="a certificate that is not trusted") as caught:
            search(server, tmp_path, aoi)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint and HOST in caught.value.message
    assert not server.seen


def test_a_proxy_that_refuses_is_named_as_the_one_that_does(
    office: tuple[OpenServer, Path], tmp_path: Path, aoi: Aoi, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, certificate = office
    with Proxy(server.http.server_address[1], refuses=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(NetworkError, match="The proxy did not let a request to"):
            search(server, tmp_path, aoi)
