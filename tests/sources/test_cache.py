"""The download cache: what is kept comes back, half a file does not, and the bound holds."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lulc_core.domain.errors import SourceError
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.cache import CacheKey, TileCache

KEY = CacheKey("sentinel-hub/sh.example.org", "S2B_20230603T101031_R022", "l1c-all", 32632, 14, "uint16")


def tile(seed: int, key: CacheKey = KEY) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 9000, (key.channels, 64, 64)).astype(key.dtype)


def files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def cache(tmp_path: Path) -> TileCache:
    return TileCache(tmp_path / "tiles", 100)


def test_what_is_kept_comes_back_to_the_bit(cache: TileCache) -> None:
    kept = {(790 + i, 7873 - j): tile(10 * i + j) for i in range(3) for j in range(5)}
    cache.write(KEY, kept)
    found = dict(cache.read(KEY, [*kept, (9999, 9999)]))
    assert found.keys() == kept.keys()
    for place, pixels in kept.items():
        np.testing.assert_array_equal(found[place], pixels)
        assert found[place].dtype == np.uint16


@pytest.mark.parametrize(("channels", "dtype"), [(2, "uint8"), (3, "float32")])
def test_other_kinds_of_numbers(cache: TileCache, channels: int, dtype: str) -> None:
    key = replace(KEY, channels=channels, dtype=dtype)
    cache.write(key, {(1, 1): tile(1, key)})
    ((_, found),) = cache.read(key, [(1, 1)])
    np.testing.assert_array_equal(found, tile(1, key))


def test_only_the_tiles_asked_for_are_given(cache: TileCache) -> None:
    cache.write(KEY, {(0, 0): tile(0), (1, 0): tile(1)})
    assert [place for place, _ in cache.read(KEY, [(1, 0)])] == [(1, 0)]


def test_a_block_grows_tile_by_tile_in_one_file(cache: TileCache) -> None:
    for i in range(4):
        cache.write(KEY, {(i, 0): tile(i)})
    assert len(files(cache.folder)) == 1
    assert len(dict(cache.read(KEY, [(i, 0) for i in range(4)]))) == 4


@pytest.mark.parametrize(
    "changes", [{"product": "other"}, {"layer": "scl"}, {"epsg": 32633}, {"source": "simulated"}, {"channels": 13}]
)
def test_keys_do_not_mix(cache: TileCache, changes: dict) -> None:
    cache.write(KEY, {(0, 0): tile(0)})
    assert not list(cache.read(replace(KEY, **changes), [(0, 0)]))


def test_negative_lattice_indices(cache: TileCache) -> None:
    cache.write(KEY, {(-1, -3): tile(5)})
    assert [place for place, _ in cache.read(KEY, [(-1, -3), (0, 0)])] == [(-1, -3)]


@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_half_a_file_counts_as_absent_and_is_replaced(cache: TileCache, part: float) -> None:
    cache.write(KEY, {(0, 0): tile(0)})
    (path,) = files(cache.folder)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    assert not list(cache.read(KEY, [(0, 0)]))
    cache.write(KEY, {(0, 0): tile(0)})
    assert path.read_bytes() == whole


def test_a_flipped_bit_is_noticed(cache: TileCache) -> None:
    cache.write(KEY, {(0, 0): tile(0)})
    (path,) = files(cache.folder)
    whole = path.read_bytes()
    for at in (0, 5, 300, len(whole) // 2, len(whole) - 1):
        data = bytearray(whole)
        data[at] ^= 1
        path.write_bytes(data)
        assert not list(cache.read(KEY, [(0, 0)])), f"byte {at}"


def test_a_file_put_in_another_ones_place_is_noticed(cache: TileCache) -> None:
    other = replace(KEY, product="other")
    cache.write(KEY, {(0, 0): tile(0)})
    cache.write(other, {(0, 0): tile(1)})
    mine, others = (next((cache.folder / s.path).iterdir()) for s in (KEY, other))
    os.replace(others, mine)
    assert not list(cache.read(KEY, [(0, 0)]))


def test_being_killed_while_writing_leaves_no_half_file(tmp_path: Path) -> None:
    script = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.sources.test_cache import KEY, tile
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.cache import TileCache
from pathlib import Path
cache = TileCache(Path({str(tmp_path)!r}), 1000)
pixels = tile(0)
print("go", flush=True)
while True:
    for i in range(4):
        cache.write(KEY, {{(i, 0): pixels}})
"""
    for wait_s in (0.05, 0.11, 0.23):
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(wait_s)
            writer.kill()
        for _, pixels in TileCache(tmp_path, 1000).read(KEY, [(i, 0) for i in range(4)]):
            np.testing.assert_array_equal(pixels, tile(0))


def test_the_bound_holds_and_the_longest_unused_go_first(tmp_path: Path) -> None:
    small = TileCache(tmp_path, 1.0)
    for i in range(4):
        small.write(KEY, {(4 * i, 0): tile(i)})
        path = tmp_path / KEY.path / f"{i}_0.block.tif"
        os.utime(path, (1000 + i, 1000 + i))
    size = files(tmp_path)[0].stat().st_size
    list(small.read(KEY, [(0, 0)]))  # the oldest is used: now the second is the longest unused
    bounded = TileCache(tmp_path, 3.2 * size / 2**20)
    assert bounded.trim() <= bounded.max_bytes
    assert {place[0] // 4 for place, _ in bounded.read(KEY, [(4 * i, 0) for i in range(4)])} == {0, 2, 3}


def test_writing_much_more_than_the_bound_keeps_to_it(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, 1.0)
    for i in range(40):
        cache.write(KEY, {(4 * i, 0): tile(i)})
    held = sum(p.stat().st_size for p in files(tmp_path))
    assert 0.3 * 2**20 < held <= 1.2 * 2**20


def test_what_killed_processes_left_behind_goes_after_an_hour(tmp_path: Path, cache: TileCache) -> None:
    cache.write(KEY, {(0, 0): tile(0)})
    old, new = (cache.folder / f"1_1.block.tif.{name}.part" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    cache.trim()
    assert not old.exists()
    assert new.exists()


def test_the_bound_spares_files_that_are_not_blocks(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, 0.0)
    for name in ("notes.txt", "mine.tif"):
        (tmp_path / name).write_text("mine")
    cache.write(KEY, {(0, 0): tile(0)})
    cache.trim()
    assert [p.name for p in files(tmp_path)] == ["mine.tif", "notes.txt"]


def test_blocks_of_an_earlier_version_are_deleted_and_that_is_logged_once(
    cache: TileCache, caplog: pytest.LogCaptureFixture
) -> None:
    cache.write(KEY, {(0, 0): tile(0)})
    for name in ("1_1.blk", "1_2.blk"):
        (cache.folder / KEY.path / name).write_bytes(b"LULCBLK1...")
    cache.trim()
    cache.trim()
    assert [p.name for p in files(cache.folder)] == ["0_0.block.tif"]
    assert [r.message for r in caplog.records] == [
        f"Deleted 2 files of an earlier version's cache format from {cache.folder}."
    ]


def test_a_block_is_a_geotiff_where_its_tiles_lie(cache: TileCache) -> None:
    cache.write(KEY, {(790, 7873): tile(1), (789, 7872): tile(2)})
    (path,) = files(cache.folder)
    with rasterio.open(path) as dataset:
        assert dataset.crs.to_epsg() == KEY.epsg
        assert dataset.profile["compress"] == "deflate"
        assert dataset.bounds == TileGrid(KEY.epsg, 788, 7875, 4, 4).bounds
        for place in ((790, 7873), (789, 7872), (788, 7875)):
            window = dataset.window(*TileGrid(KEY.epsg, *place, 1, 1).bounds)
            expected = {(790, 7873): tile(1), (789, 7872): tile(2)}.get(place, np.zeros((14, 64, 64)))
            np.testing.assert_array_equal(dataset.read(window=window), expected)


def test_several_writers_and_readers_at_once(tmp_path: Path) -> None:
    problems: list[str] = []

    def work(start: int) -> None:
        cache = TileCache(tmp_path, 100)
        for i in range(start, start + 12):
            cache.write(KEY, {(i % 8, 0): tile(i % 8)})
            problems.extend(
                f"tile {place}"
                for place, pixels in cache.read(KEY, [(j, 0) for j in range(8)])
                if not np.array_equal(pixels, tile(place[0]))
            )

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert not [p for p in files(tmp_path) if p.suffix == ".part"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SourceError, match="could not be kept"):
        TileCache(tmp_path / "file", 10).write(KEY, {(0, 0): tile(0)})


def test_a_tile_of_another_shape_is_a_mistake_of_the_caller(cache: TileCache) -> None:
    with pytest.raises(ValueError, match="expected 14"):
        cache.write(KEY, {(0, 0): tile(0)[:3]})


@pytest.mark.parametrize("name", ["../../escape", "a/b", "..", "", "x" * 400, "S2B ☃", "C:\\evil", "CON"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    cache = TileCache(tmp_path / "tiles", 10)
    key = replace(KEY, product=name)
    cache.write(key, {(0, 0): tile(0)})
    assert len(files(tmp_path / "tiles")) == len(files(tmp_path)) == 1
    assert dict(cache.read(key, [(0, 0)]))


def test_names_that_look_alike_stay_apart() -> None:
    assert replace(KEY, product="a b").path != replace(KEY, product="a_b").path
    assert replace(KEY, product="x" * 400).path != replace(KEY, product="x" * 401).path
