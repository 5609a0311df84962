"""What an operator starts from: the Dockerfile's steps, Compose, proxies, the table of settings."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from lulc_core.settings import ENVIRONMENT, Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "deploy" / "docker-compose.yml").read_text(encoding="utf-8")
SERVER = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


def steps() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile with their arguments, long lines put together."""
    text = re.sub(r"\\\n\s*", " ", "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#")))
    return [(word, rest) for line in text.splitlines() if line.strip() for word, _, rest in [line.partition(" ")]]


def test_every_step_is_one_and_what_is_copied_is_there_and_not_ignored() -> None:
    known = ["FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"]
    assert {word for word, _ in steps()} <= set(known)
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for word, rest in steps():
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert any(fnmatch(source, pattern) for pattern in allowed), f".dockerignore keeps {source} out"


def test_the_image_is_of_the_versions_that_are_pinned() -> None:
    assert f'"streamlit[auth]=={importlib.metadata.version("streamlit")}"' in DOCKERFILE
    assert f"streamlit=={importlib.metadata.version('streamlit')}" in (ROOT / "requirements.txt").read_text()
    assert "streamlit[auth]==" + importlib.metadata.version("streamlit") in SERVER
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    (version,) = re.findall(r"^FROM python:(\d+\.\d+)", DOCKERFILE, re.MULTILINE)
    assert tuple(map(int, version.split("."))) >= tuple(map(int, oldest.strip(">=").split(".")))


def test_it_runs_as_nobody_with_a_check_of_its_health_and_writes_to_the_volume_only() -> None:
    order = [word for word, _ in steps()]
    last_user = [rest for word, rest in steps() if word == "USER"][-1]
    assert (
        last_user.isdigit()
        and int(last_user) > 0
        and order.index("USER") > max(i for i, word in enumerate(order) if word in ("RUN", "COPY"))
    )
    (check,) = [rest for word, rest in steps() if word == "HEALTHCHECK"]
    assert "/_stcore/health" in check
    (command,) = [rest for word, rest in steps() if word == "CMD"]
    assert '"--server.address=0.0.0.0"' in command and "app.py" in command
    assert "LULC_CACHE_DIR=/cache" in DOCKERFILE and ("VOLUME", "/cache") in steps()
    for promise in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "cache:/cache", "/tmp:"):
        assert promise in COMPOSE
    assert re.search(r"caddy:\n(?:.*\n)*?\s+ports:", COMPOSE) and COMPOSE.count("ports:") == 1, "only Caddy is reached"


def test_files_that_compose_mounts_and_pages_name_are_there() -> None:
    assert "./Caddyfile:" in COMPOSE and (ROOT / "deploy" / "Caddyfile").is_file()
    for name in re.findall(r"\]\((\.\./[^)#]+)\)", SERVER):
        assert (ROOT / "docs" / name).exists(), name
    example = (ROOT / ".streamlit" / "config.toml").read_text()
    assert int(re.search(r"maxUploadSize = (\d+)", example)[1]) <= 200


def test_the_table_has_every_setting_and_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_0-9]+)` \| ([^|]*) \|", SERVER, re.MULTILINE))
    assert set(rows) == set(ENVIRONMENT.values())
    usual = Settings()
    for field, name in ENVIRONMENT.items():
        value = getattr(usual, field)
        if isinstance(value, bool | int | float) and name in rows:
            assert float(re.match(r"[\d.]+", rows[name])[0]) == float(value), name


def test_the_app_listens_on_this_machine_until_told_otherwise() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"


@pytest.mark.slow
def test_the_image_builds_where_docker_works() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], capture_output=True).returncode != 0:
        pytest.skip("docker does not run here; the steps of the Dockerfile are tested above")
    done = subprocess.run([docker, "build", "-q", "."], cwd=ROOT, capture_output=True, text=True, timeout=3000)
    assert done.returncode == 0, done.stderr[-2000:]
