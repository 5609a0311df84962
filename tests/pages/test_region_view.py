"""A region on the pages: blocks filling up on Explore where the operator allows paths, its result on Report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import shapely
from streamlit.testing.v1 import AppTest

from lulc_core.domain.aoi import Aoi
from lulc_core.language.words import Words
from lulc_core.model.card import load_card
from lulc_core.model.classifier import load_classifier
from lulc_core.region.blocks import blocks_of
from lulc_core.region.execute import begin
from lulc_core.region.finish import finish
from lulc_core.region.folder import RunFolder
from lulc_core.region.request import RegionRequest
from lulc_core.region.work import make_block
from lulc_core.render.charts.region import blocks_chart
from lulc_core.sources.simulation.source import SimulatedSource
from lulc_core.ui import resources
from tests.pages.driver import open_page, press, until

DAY = date(2021, 8, 14)
AREA = Aoi.from_geometry(shapely.Point(8.86, 45.49).buffer(0.02))
REQUEST = RegionRequest(AREA, "simulated", DAY, DAY, "default", load_card().sha256, block_tiles=4)
BLOCKS = blocks_of(AREA, 4)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A region that has just begun."""
    folder = RunFolder(tmp_path)
    begin(folder, REQUEST, BLOCKS, {"command": "region"})
    return folder


@pytest.fixture
def open_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server whose operator lets users name its folders."""
    monkeypatch.setenv("LULC_ALLOW_SERVER_PATHS", "1")
    resources.settings.clear()
    yield
    resources.settings.clear()


def watch(folder: RunFolder) -> AppTest:
    app = open_page().toggle(key="region-watch").set_value(True).run()
    return app.text_input(key="region-folder").set_value(str(folder.path)).run()


def said(app: AppTest) -> str:
    return " ".join(str(e.value) for e in (*app.markdown, *app.caption, *app.info)).replace("\\", "")


def test_only_where_the_operator_allows_paths():
    assert not [w for w in open_page().toggle if w.key == "region-watch"]


def test_blocks_fill_up_and_the_result_opens_in_report(folder: RunFolder, open_server: None):
    app = watch(folder)
    assert "No block has begun yet." in said(app)
    counts = {"total": len(BLOCKS), "done": 1, "failed": 1, "running": 1}
    states = {BLOCKS[0].name: "done", BLOCKS[1].name: "failed", BLOCKS[2].name: "running"}
    state = {"state": "running", "blocks": counts, "states": states, "tiles_per_s": 51.0, "seconds_left": 600.0}
    folder.write_status(state)
    text = said(app.run())
    assert f"1 of {len(BLOCKS)} blocks are made. 1 failed" in text and "about 10 min left" in text
    network = load_classifier()
    for block in BLOCKS:
        make_block(REQUEST, block, SimulatedSource(pictures=0), network, folder)
    finish(REQUEST, folder, BLOCKS, None, {"command": "region"}, units=None, say=lambda line, keep: None)
    done = {b.name: "done" for b in BLOCKS}
    folder.write_status(
        {**state, "state": "done", "blocks": {**counts, "done": len(BLOCKS), "failed": 0}, "states": done}
    )
    assert "The files are ready." in said(app.run())
    press(app, "Open in Report (EPSG:32632)")
    assert not app.exception
    here = app.session_state["report"]
    until(app, lambda _: here.story(here.choice()) is not None)
    assert here.choice().kind == "region" and here.choice().latest.pixel_m == 80
    assert not app.error


def test_a_folder_without_a_region_is_said(tmp_path: Path, open_server: None):
    assert "There is no region in" in said(watch(RunFolder(tmp_path)))


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_chart_has_a_colour_for_each_state(lang: str):
    outlines = {b.name: b.outline() for b in BLOCKS}
    states = dict(zip(outlines, ("done", "failed", "running", "no data"), strict=False))
    figure = blocks_chart(outlines, states, Words(lang))
    assert len(figure.data) == 5 and len({trace.fillcolor for trace in figure.data}) == 5
    corners = sum(len([x for x in trace.x if x is not None]) for trace in figure.data)
    assert corners == 5 * len(BLOCKS)
