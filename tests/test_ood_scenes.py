from __future__ import annotations

from pathlib import Path

import pytest

from lulc_core.domain.errors import InputError
from lulc_core.ood_scenes import ood_scenes

SCENES = Path(__file__).resolve().parents[2] / "shared" / "data" / "scenes"


@pytest.mark.skipif(not SCENES.is_dir(), reason="the scenes are not here")
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
