"""NDVI and NBR of two dates, where both are clear."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.analysis.change.index_change import index_changes
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.scene import Scene
from lulc_core.render.overlays.change_layers import index_layer
from tests.analysis.change.change_maps import acquisition

GRID = TileGrid(32632, 762, 7870, 1, 2, "", np.array([[1.0, 0.5]], np.float32))


def scene(day: str, bands: dict[str, float], *, burnt: bool = False, cloudy: slice = slice(0)) -> Scene:
    reflectance = np.stack([np.full(GRID.shape_px, v, np.float32) for v in bands.values()])
    if burnt:
        for name, value in (("B08", 0.12), ("B12", 0.25)):
            if name in bands:
                reflectance[list(bands).index(name), :, :TILE_PX] = value
    clear = np.ones(GRID.shape_px, bool)
    clear[:, cloudy] = False
    return Scene(GRID, acquisition(day), tuple(bands), reflectance, np.ones(GRID.shape_px, bool), clear)


GREEN = {"B04": 0.04, "B08": 0.4, "B12": 0.1}


def test_a_burn_falls_in_both() -> None:
    before, after = scene("2019-07-16", GREEN), scene("2019-08-10", GREEN, burnt=True)
    ndvi, nbr = index_changes(before, after)
    assert (ndvi.name, nbr.name) == ("NDVI", "NBR")
    assert nbr.difference[0, 0] == pytest.approx((0.12 - 0.25) / 0.37 - 0.3 / 0.5, abs=1e-5)
    for change in (ndvi, nbr):
        assert change.seen == 1 and change.rose == 0
        assert change.fell == pytest.approx(1 / 1.5), "of the drawn ground"
    layer = index_layer(after, nbr.name, nbr.difference)
    assert layer.key == "dnbr" and layer.data and "fell by 0.5 or more" in dict(layer.legend)


def test_clouds_and_missing_bands_say_nothing() -> None:
    red_and_infrared = {k: GREEN[k] for k in ("B04", "B08")}
    cloudy = scene("2019-08-10", red_and_infrared, burnt=True, cloudy=slice(0, TILE_PX))
    (ndvi,) = index_changes(scene("2019-07-16", GREEN), cloudy)
    assert ndvi.seen == pytest.approx(0.5 / 1.5) and ndvi.fell == 0
    assert np.isnan(ndvi.difference[:, :TILE_PX]).all()
    assert index_changes(scene("2019-07-16", {"B04": 0.1}), cloudy) == ()
