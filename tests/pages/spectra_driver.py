"""What the tests of the Spectra page share: finished maps made of arrays, the page run without a browser."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.results import ClassifyResult
from lulc_core.ui.explore.state import Shown, new_state
from lulc_core.ui.forms import SHARED, MapRequest
from lulc_core.ui.map.data import tiles_json
from lulc_core.ui.spectra.source import DatedScene
from lulc_core.ui.spectra.state import Spectra
from tests.arrays import map_of, scene_of

PAGE = Path(__file__).resolve().parents[2] / "pages" / "spectra.py"
AOI = Aoi.from_bbox(8.84, 45.475, 8.86, 45.489)
GRID = TileGrid.from_aoi(AOI)
LON, LAT = GRID.tile_center(1, 1)


def made(
    day: str, *, clear: np.ndarray | None = None, scope: str = SHARED, seed: int = 0, aoi: Aoi = AOI, **changes
) -> Shown:
    """A finished map of the area, as the Explore page leaves it."""
    grid = TileGrid.from_aoi(aoi)
    moment = datetime.fromisoformat(f"{day}T10:20:00").replace(tzinfo=UTC)
    more = {} if clear is None else {"clear": clear}
    name = f"S2A_{day}"
    scene = scene_of(grid, seed=seed, id=name, datetime=moment, **more, **changes)
    land_cover = map_of(np.zeros(grid.shape, np.uint8), grid, id=name, datetime=moment)
    request = MapRequest(aoi.key, "arrays", scope, name, day, "default")
    return Shown(request, ClassifyResult(land_cover, scene, {}), aoi, tiles_json(land_cover, aoi))


def dated_of(shown: Shown) -> DatedScene:
    return DatedScene(shown.request.id, shown.request.day, shown.result.scene)


def page(part: str, shown: Shown | None = None, rois: Spectra | None = None) -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=60)
    at.query_params["part"] = part
    if shown is not None:
        explore = new_state(date(2021, 9, 1))
        explore.shown = shown
        at.session_state["explore"] = explore
    if rois is not None:
        at.session_state["spectra"] = rois
    return at


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def charts(at: AppTest) -> list[dict]:
    return [json.loads(c.proto.spec) for c in at.get("plotly_chart")]


def text(at: AppTest) -> str:
    said = " ".join(str(e.value) for e in (*at.markdown, *at.caption, *at.info, *at.warning, *at.error))
    return said.replace("\N{NO-BREAK SPACE}", " ")


def html(at: AppTest) -> str:
    return " ".join(e.proto.body for e in at.get("html")).replace("\N{NO-BREAK SPACE}", " ")
