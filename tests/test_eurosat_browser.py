"""A user's EuroSAT: listed, read patch by patch, named in the background, changed as training changes it."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import CancelledError, FileFormatError, InputError
from lulc_core.eurosat_browser import augmentation_samples, classify_part, copy_key, open_copy
from lulc_core.model.classifier import Prediction
from tests.model_files import PER_CLASS, eurosat_folder, validation_stems


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return eurosat_folder(tmp_path_factory.mktemp("eurosat"))


@pytest.fixture(scope="module")
def archive(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("zip") / "EuroSAT.zip"
    with zipfile.ZipFile(path, "w") as out:
        for file in folder.rglob("*.jpg"):
            out.write(file, file.relative_to(folder).as_posix())
    return path


class AlwaysForest:
    """A network of one idea."""

    def predict(self, rgb, *, on_progress=None, cancelled=None):
        p = np.full((len(rgb), 10), 0.02, np.float32)
        p[:, 1] = 0.82
        return Prediction(p, np.zeros(len(rgb), np.float32), np.zeros(len(rgb), bool))


def test_zip_and_folder_give_the_same_patches(folder, archive):
    a, b = open_copy(folder), open_copy(archive)
    assert dict(a.class_ids) == dict(b.class_ids) and len(a) == 10 * (PER_CLASS + 2)
    stem = validation_stems("River")[0]
    assert (a.picture(stem) == b.picture(stem)).all() and a.picture(stem).shape == (64, 64, 3)
    assert a.stems("validation", CLASS_NAMES.index("River")) == tuple(sorted(validation_stems("River")))
    assert len(a.stems("train")) == 20 and a.stems("test") == ()


def test_every_patch_of_the_part_is_named_once(archive):
    seen = []
    classified = classify_part(open_copy(archive), AlwaysForest, on_progress=lambda f, m: seen.append(f))
    assert len(classified) == 10 * PER_CLASS and [p.stem for p in classified] == sorted(p.stem for p in classified)
    assert {p.predicted for p in classified} == {1} and seen == sorted(seen)
    assert sum(p.reference == p.predicted for p in classified) == PER_CLASS
    assert all(p.probabilities[1] == pytest.approx(0.82) for p in classified)


def test_naming_can_be_stopped_and_an_empty_part_says_so(archive):
    copy = open_copy(archive)
    with pytest.raises(CancelledError):
        classify_part(copy, AlwaysForest, cancelled=lambda: True)
    with pytest.raises(InputError, match="belongs to the test part"):
        classify_part(copy, AlwaysForest, "test")


def test_what_is_no_eurosat_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match="no file or folder"):
        open_copy(tmp_path / "none.zip")
    with pytest.raises(InputError, match="no file or folder"):
        open_copy("a\0b")
    (tmp_path / "text.zip").write_text("no archive")
    with pytest.raises(FileFormatError, match="no readable zip"):
        open_copy(tmp_path / "text.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileFormatError, match="no EuroSAT patches"):
        open_copy(tmp_path / "empty")


def test_a_damaged_patch_is_refused_when_it_is_looked_at(tmp_path):
    (tmp_path / "2750" / "Forest").mkdir(parents=True)
    (tmp_path / "2750" / "Forest" / "Forest_1.jpg").write_bytes(b"nothing")
    copy = open_copy(tmp_path)
    with pytest.raises(FileFormatError, match="no readable picture"):
        copy.picture("Forest_1")
    with pytest.raises(InputError, match="no patch Forest_2"):
        copy.file("Forest_2")


def test_another_file_at_the_same_path_is_another_copy(tmp_path):
    path = tmp_path / "EuroSAT.zip"
    path.write_bytes(b"one")
    before = copy_key(path)
    path.write_bytes(b"two and more")
    assert copy_key(path) != before


def test_looks_show_every_effect_and_repeat_with_their_seed(folder):
    copy = open_copy(folder)
    patch = copy.picture(validation_stems("River")[0])
    from lulc_core.training.augmentation import EFFECTS

    drawn = augmentation_samples(patch, 3)
    names = [name for name, _ in drawn if name]
    assert names == list(EFFECTS)
    assert sum(not name for name, _ in drawn) == 8
    assert all(image.shape == (64, 64, 3) and image.dtype == np.uint8 for _, image in drawn)
    assert all((a[1] == b[1]).all() for a, b in zip(drawn, augmentation_samples(patch, 3), strict=True))
    changed = [name for name, image in drawn if name and not (image == patch).all()]
    assert len(changed) >= len(names) - 1
