from __future__ import annotations

import pytest

from lulc_core.domain.errors import InputError
from lulc_core.ood_scenes import ood_scenes
from tests.real_data import SHARED_DATA

SCENES = SHARED_DATA / "scenes"


@pytest.mark.real_data("scenes")
def test_scenes_are_cut_into_whole_tiles():
    ground = {g.words: g for g in ood_scenes(SCENES)}
    snow = ground["snow"]
    assert snow.should_flag
    assert snow.tiles.shape[1:] == (64, 64, 3)
    assert len(snow.tiles) > 20
    assert snow.tiles.mean() > 200  # snow is bright
    assert not ground["fields and villages in Spain"].should_flag


def test_a_folder_without_scenes_is_said(tmp_path):
    with pytest.raises(InputError, match="None of the known scenes is in"):
        ood_scenes(tmp_path)
