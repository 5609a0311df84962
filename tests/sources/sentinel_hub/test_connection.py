"""The button that says which of id, secret, address or quota is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from lulc_core.sources.sentinel_hub.source import test_connection
from tests.servers.sentinel_hub.server import CLIENT_ID, CLIENT_SECRET, ShServer
from tests.sources.conftest import HASTY, LIMITS_BY_FAULT

pytestmark = pytest.mark.filterwarnings("ignore::sentinelhub.exceptions.SHRateLimitWarning")


class TestConnectionButton:
    def ask(self, server: ShServer, tmp_path: Path, **changes: str):
        return test_connection(server.settings(cache_dir=tmp_path, **changes), limits=HASTY)

    def test_all_is_well(self, server: ShServer, tmp_path: Path) -> None:
        report = self.ask(server, tmp_path)
        assert report.ok
        assert report.part == ""
        assert server.units < 0.02

    @pytest.mark.parametrize(
        ("changes", "part", "word"),
        [
            ({"sh_client_id": ""}, "missing", "client id"),
            ({"sh_client_secret": " "}, "missing", "client secret"),
            ({"sh_client_id": "nobody"}, "id", "client id"),
            ({"sh_client_secret": "wrong"}, "secret", "client secret"),
            ({"sh_base_url": "http://example.org"}, "url", "https://"),
            ({"sh_base_url": "example"}, "url", "web address"),
            ({"sh_base_url": "https://me:pw@example.org"}, "url", "user name"),
            ({"sh_token_url": "http://127.0.0.1:9/token"}, "url", "token address"),
            ({"sh_base_url": "http://127.0.0.1:9"}, "url", "service address"),
        ],
    )
    def test_it_says_what_is_wrong(
        self, server: ShServer, tmp_path: Path, changes: dict[str, str], part: str, word: str
    ) -> None:
        report = self.ask(server, tmp_path, **changes)
        assert (report.ok, report.part) == (False, part)
        assert word in report.message
        assert report.hint
        assert CLIENT_SECRET not in str(report)

    @pytest.mark.parametrize(
        ("endpoint", "fault", "part"),
        [
            ("process", "quota", "quota"),
            ("process", "429", "quota"),
            ("process", "401", "url"),
            ("process", "404", "url"),
            ("process", "500", "service"),
            ("process", "garbage", "service"),
            ("process", "stall", "network"),
            ("token", "stall", "network"),
            ("token", "500", "service"),
            ("token", "html", "url"),
        ],
    )
    def test_it_tells_the_services_apart(
        self, server: ShServer, tmp_path: Path, endpoint: str, fault: str, part: str
    ) -> None:
        server.fail(endpoint, fault)
        settings = server.settings(cache_dir=tmp_path)
        report = test_connection(settings, limits=LIMITS_BY_FAULT.get(fault, HASTY))
        assert (report.ok, report.part) == (False, part)

    def test_wrong_path_of_the_token_service(self, server: ShServer, tmp_path: Path) -> None:
        report = self.ask(server, tmp_path, sh_token_url=server.url + "/oauth/token")
        assert (report.ok, report.part) == (False, "url")


def test_the_button_logs_in_each_time(server: ShServer, tmp_path: Path) -> None:
    settings = server.settings(cache_dir=tmp_path)
    assert test_connection(settings, limits=HASTY).ok
    assert test_connection(settings, limits=HASTY).ok
    assert server.count("token") == 2


def test_a_secret_changed_at_the_service_is_noticed_by_the_button(server: ShServer, tmp_path: Path) -> None:
    settings = server.settings(cache_dir=tmp_path)
    assert test_connection(settings, limits=HASTY).ok
    server.clients[CLIENT_ID] = "rotated"
    assert test_connection(settings, limits=HASTY).part == "secret"
