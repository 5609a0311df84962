from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lulc_core.cli.model import patch_cache
from lulc_core.domain.errors import CancelledError, FileFormatError, InputError
from lulc_core.sources.cache import TileCache
from lulc_core.training.eurosat import PatchCache, load_eurosat, load_places, split_of
from tests.real_data import SHARED_DATA

from .conftest import jpeg, patch, write_zip
from .test_multispectral import tif

SHARED = SHARED_DATA
REAL = SHARED / "EuroSAT.zip"


def test_split_rule_is_that_of_the_data_readme():
    for stem in ("Forest_12", "River_2500", "SeaLake_1"):
        digit = int(hashlib.sha256(stem.encode()).hexdigest()[:8], 16) % 10
        assert split_of(stem) == ("train" if digit <= 7 else {8: "validation", 9: "test"}[digit])
    parts = [split_of(f"Forest_{i}") for i in range(1, 3001)]
    assert 0.78 < parts.count("train") / 3000 < 0.82
    assert parts.count("validation") > 200
    assert parts.count("test") > 200


def test_zip_gives_every_patch_with_its_class_and_pixels(tiny_zip):
    patches = load_eurosat(tiny_zip)
    assert patches.images.shape == (240, 64, 64, 3)
    k = patches.stems.index("River_7")
    assert patches.class_ids[k] == 8
    assert np.abs(patches.images[k].astype(int) - patch(8, 7)).mean() < 8  # JPEG, hence not equal
    assert not patches.images.flags.writeable
    parts = [patches.part(s) for s in ("train", "validation", "test")]
    assert sum(map(len, parts)) == 240
    assert not set(parts[0].stems) & set(parts[1].stems)
    assert all(split_of(s) == "validation" for s in parts[1].stems)


def test_folder_equals_zip_and_second_read_comes_from_the_cache(tiny_zip, tmp_path):
    with zipfile.ZipFile(tiny_zip) as archive:
        archive.extractall(tmp_path)
    cache = PatchCache(tmp_path / "cache", 100)
    first, again = (load_eurosat(tiny_zip, cache=cache) for _ in range(2))
    folder = load_eurosat(tmp_path, cache=cache)
    assert len(list((tmp_path / "cache").iterdir())) == 1
    assert first.stems == again.stems == folder.stems
    assert np.array_equal(first.images, again.images)
    assert np.array_equal(first.images, folder.images)


def test_damaged_cache_is_made_anew(tiny_zip, tmp_path):
    cache = PatchCache(tmp_path, 100)
    load_eurosat(tiny_zip, cache=cache)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])
    assert len(load_eurosat(tiny_zip, cache=cache)) == 240


def test_patches_share_the_bound_of_the_downloads(tiny_zip, small_zip, tmp_path):
    load_eurosat(small_zip, cache=PatchCache(tmp_path, 100))
    (small,) = tmp_path.iterdir()
    old = tmp_path / "sentinel-hub" / "1_1.block.tif"
    old.parent.mkdir()
    old.write_bytes(bytes(2**20))
    (tmp_path / "notes.txt").write_text("mine")
    for path, used in ((old, 1000), (small, 2000)):
        os.utime(path, (used, used))
    load_eurosat(tiny_zip, cache=PatchCache(tmp_path, 4.3))  # 2.8 of these, 0.9 of those before, 1 of a download
    assert not old.exists() and small.exists(), "the longest unused goes first"
    (tiny,) = set(tmp_path.glob("*.npz")) - {small}
    os.utime(tiny, (3000, 3000))  # the clock of files is coarse
    load_eurosat(small_zip, cache=PatchCache(tmp_path, 4.3))
    assert small.stat().st_mtime > 3000, "what is read is in use"
    TileCache(tmp_path, 1.5).trim()
    assert sorted(p.name for p in tmp_path.rglob("*.*")) == [small.name, "notes.txt"]
    assert len(load_eurosat(tiny_zip, cache=PatchCache(tmp_path / "empty", 1))) == 240
    assert not (tmp_path / "empty").exists(), "what is larger than the bound is not kept"


def test_the_command_line_keeps_patches_where_the_settings_say(tmp_path, monkeypatch):
    monkeypatch.setenv("LULC_CACHE_DIR", str(tmp_path / "here"))
    monkeypatch.setenv("LULC_CACHE_MAX_MB", "7")
    assert patch_cache() == PatchCache(tmp_path / "here", 7)


def test_missing_path_says_where_to_get_the_data(tmp_path):
    with pytest.raises(InputError, match="There is no file or folder") as e:
        load_eurosat(tmp_path / "absent.zip")
    assert "zenodo" in e.value.hint


def test_wrong_archives(tmp_path):
    no_zip = tmp_path / "a.zip"
    no_zip.write_bytes(b"not a zip")
    with pytest.raises(FileFormatError, match="no readable zip"):
        load_eurosat(no_zip)
    other = tmp_path / "b.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("cats/cat_1.jpg", jpeg(patch(0, 1)))
    with pytest.raises(FileFormatError, match="holds no EuroSAT patches"):
        load_eurosat(other)
    with pytest.raises(FileFormatError, match="32 x 32 pixels"):
        load_eurosat(write_zip(tmp_path / "c.zip", 1, px=32))
    bomb = tmp_path / "d.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Forest/Forest_1.jpg", b"\0" * 3_000_000)
    with pytest.raises(FileFormatError, match="unpacks to 3,000,000 bytes"):
        load_eurosat(bomb)
    damaged = tmp_path / "e.zip"
    with zipfile.ZipFile(damaged, "w") as archive:
        archive.writestr("Forest/Forest_1.jpg", jpeg(patch(1, 1))[:200])
    with pytest.raises(FileFormatError, match="Forest_1 is no readable picture"):
        load_eurosat(damaged)


def test_reading_can_be_cancelled(tiny_zip, tmp_path):
    with pytest.raises(CancelledError):
        load_eurosat(tiny_zip, cache=PatchCache(tmp_path, 100), cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real_data("EuroSAT.zip")
def test_real_split_sizes():
    with zipfile.ZipFile(REAL) as archive:
        stems = [Path(n).stem for n in archive.namelist() if n.endswith(".jpg")]
    counts = [sum(split_of(s) == part for s in stems) for part in ("train", "validation", "test")]
    assert counts == [21547, 2725, 0]


def test_places_come_from_the_published_list_or_from_where_the_files_lie(tmp_path):
    listed = tmp_path / "split.csv"
    listed.write_text("stem,part\nForest_1,train\nForest_2,val\nForest_3,test\n")
    assert load_places(listed) == {"Forest_1": "train", "Forest_2": "validation", "Forest_3": "test"}
    archive = tmp_path / "EuroSAT_MS.zip"
    with zipfile.ZipFile(archive, "w") as z:
        for number, longitude in ((1, 9.0), (2, 12.0), (3, 21.0)):
            z.writestr(f"EuroSAT_MS/Forest/Forest_{number}.tif", tif(1, number, longitude_deg=longitude))
    assert load_places(archive) == load_places(listed)
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr("EuroSAT_MS/Forest/Forest_1.tif", tif(1, 1))
    with pytest.raises(FileFormatError, match="does not say where it lies"):
        load_places(archive)
    listed.write_text("stem,part\nForest_1,north\n")
    with pytest.raises(FileFormatError, match="no list of the spatial split"):
        load_places(listed)
    with pytest.raises(InputError, match="no file or folder"):
        load_places(tmp_path / "absent.csv")


@pytest.mark.real_data("eurosat_spatial_split.csv", "EuroSAT_MS_sample.zip")
def test_longitudes_of_real_patches_give_the_published_split():
    listed = load_places(SHARED / "eurosat_spatial_split.csv")
    measured = load_places(SHARED / "EuroSAT_MS_sample.zip")
    assert len(measured) == 177
    assert {stem: listed[stem] for stem in measured} == measured
