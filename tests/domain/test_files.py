"""Files reach the disk whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from lulc_core.domain.errors import InputError, SourceError
from lulc_core.domain.files import check_folder, write_files, write_whole, written_whole

FILES = {"a.tif": b"a" * 20, "b.tif": b"b" * 20, "c.json": b"c" * 20, "summary.json": b"new"}


def test_files_are_written_in_their_order_and_others_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / "summary.json").write_text("old")
    paths = write_files(FILES, tmp_path, what="the map")
    assert [p.name for p in paths] == list(FILES) and all(p.read_bytes() == FILES[p.name] for p in paths)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*FILES, "mine.txt"])
    assert (tmp_path / "mine.txt").read_text() == "keep"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_half_written_is_left_behind(tmp_path, monkeypatch, error):
    write, count = Path.write_bytes, []

    def fails_at_the_third(path: Path, data: bytes) -> int:
        count.append(path)
        if len(count) == 3:
            write(path, data[:10])
            raise error
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", fails_at_the_third)
    expected = SourceError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write_files(FILES, tmp_path / "new" / "deep", what="the map")
    assert not (tmp_path / "new").exists()
    count.clear()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "summary.json").write_text("old")
    with pytest.raises(expected):
        write_files(FILES, tmp_path / "old", what="the map")
    assert [p.name for p in (tmp_path / "old").iterdir()] == ["summary.json"]
    assert (tmp_path / "old" / "summary.json").read_text() == "old"


def test_a_full_disk_is_said_in_a_sentence(tmp_path, monkeypatch):
    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SourceError, match=r"The comparison cannot be written to .*No space left"):
        write_files(FILES, tmp_path, what="the comparison")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "x").write_text("")
    for folder in (tmp_path / "x", tmp_path / "x" / "deeper"):
        with pytest.raises(InputError, match="is a file; a folder is needed"):
            check_folder(folder)
        with pytest.raises(InputError, match="is a file; a folder is needed"):
            write_files(FILES, folder, what="the map")


def test_one_file_is_replaced_only_when_it_is_complete(tmp_path):
    path = tmp_path / "card.json"
    write_whole(path, b"old")
    with pytest.raises(ZeroDivisionError), written_whole(path) as (partial,):
        assert partial.parent == path.parent and partial.name != path.name
        partial.write_bytes(b"ne")
        1 / 0  # noqa: B018
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
