from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.training import augmentation as aug
from lulc_core.training.augmentation_samples import augmentation_samples, write_sheet

from .conftest import patch


def test_each_effect_then_eight_as_training_sees_them():
    drawn = augmentation_samples(patch(3, 1), seed=2)
    names = list(aug.EFFECTS)
    assert [name for name, _ in drawn] == names + [""] * 8
    assert {"stretch", "jpeg", "blur", "stripe"} <= set(names)
    again = augmentation_samples(patch(3, 1), seed=2)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(drawn, again, strict=True))


def test_the_command_writes_a_sheet(tmp_path):
    from lulc_core.cli.main import main

    Image.fromarray(patch(2, 5)).save(tmp_path / "p.png")
    words = ["train", "--show-augmentation", str(tmp_path / "p.png"), "--out", str(tmp_path / "sheet.png")]
    assert main(words) == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size[0] == 7 * 128
        assert len(np.unique(np.asarray(sheet).reshape(-1, 3), axis=0)) > 500


def test_other_sizes_and_absent_files(tmp_path):
    Image.new("RGB", (32, 64)).save(tmp_path / "small.png")
    with pytest.raises(FileFormatError, match="has 32 x 64 pixels; a patch has 64 x 64"):
        write_sheet(tmp_path / "small.png", tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        write_sheet(tmp_path / "absent.png", tmp_path)
