"""Uploads of a page that was left: there for who reloads it, deleted when the session is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from lulc_core.ui.server import sessions


def test_a_left_folder_waits_for_a_reload_and_goes_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, folders = [100.0], [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(sessions.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sessions, "_keeping", [True])
    sessions._leave(folders[0])
    now[0] += 60
    sessions._leave(folders[1])
    sessions._delete_left(120)
    assert folders[0].exists()
    now[0] += 60
    sessions._delete_left(120)
    assert [folder.exists() for folder in folders] == [False, True] and list(sessions._left) == [folders[1]]
    sessions._delete_left(0)
    assert not folders[1].exists() and not sessions._left


def test_without_a_server_nothing_waits(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    sessions._leave(tmp_path / "a")
    assert not (tmp_path / "a").exists()
