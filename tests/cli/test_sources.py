"""``sources``: one small question to every service, and what is said where one does not answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lulc_core.cli.main import main
from lulc_core.settings import Settings
from lulc_core.sources.check import why_no_open_archive
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import Overpass, World, granule_around


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenServer]:
    granule = granule_around(8.85, 45.485, "32TMR", half_m=1_200)
    when = datetime(2019, 7, 16, 10, 20, 31, tzinfo=UTC)
    with OpenServer(World([Overpass(when, (granule,), satellite="S2A", orbit=65, baselines=("0208", "0500"))])) as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


def test_all_that_works_is_said_in_a_line_each(server: OpenServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sources"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all("works" in line for line in lines[:5])
    assert "not asked" in lines[5]
    assert "2 of 32TMR" in lines[0]
    assert "without a table" in lines[1]


def test_json_says_host_question_and_answer(server: OpenServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.fail("catalogue", "html")
    server.fail("cog", "403")
    assert main(["sources", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert [a["ok"] for a in answers] == [True, True, False, True, False, True]
    assert [a["asked"] for a in answers] == [True] * 5 + [False]  # no account: nothing that could be said to work
    assert "web page" in answers[2]["answer"]
    assert "403" in answers[4]["answer"]
    assert all(a["host"] and a["question"] and a["seconds"] >= 0 for a in answers)
    assert all(a["hint"] and "sources" not in a["hint"] for a in answers if not a["ok"])  # it was asked just now


def test_a_host_that_is_not_there_is_not_answered_with_this_very_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    def nowhere(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert main(["sources", "--json"]) == 1
    answers = json.loads(capsys.readouterr().out)
    assert not any("lulc_core sources" in a["hint"] for a in answers)
    assert any("Check the connection" in a["hint"] for a in answers)


def test_without_the_bucket_it_fails(server: OpenServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.fail("list", "503")
    assert main(["sources"]) == 1
    said = capsys.readouterr()
    assert "503" in said.out
    assert "open archive does not work" in said.err


def test_the_first_look_is_quick_and_says_why_not(server: OpenServer, tmp_path) -> None:
    settings = server.settings(cache_dir=tmp_path)
    assert why_no_open_archive(settings, limit_s=10) == ""
    server.fail("list", "stall")
    assert "nothing in time" in why_no_open_archive(settings, limit_s=0.3)
    assert "127.0.0.1:9" in why_no_open_archive(replace(Settings(), gcs_url="http://127.0.0.1:9"))
