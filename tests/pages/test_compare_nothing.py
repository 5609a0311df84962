"""The Compare page and the shipped network where nothing changed: real dates, a scene with itself in haze or filled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lulc_core.ui import resources
from tests.pages.driver import until
from tests.pages.test_compare_files import give
from tests.pages.test_compare_page import here, page, texts
from tests.pipeline.test_nothing_credible import CHANGES, again, simulated_file


@pytest.fixture(autouse=True)
def fresh_server(own_cache_folder: Path) -> None:
    """Settings and results of one test only."""
    resources.settings.clear()
    resources.results.clear()


def compare_and_check(before: Path, after: Path, said: str) -> None:
    app = page()
    here(app).imagery.source, here(app).open_step = "geotiff", 2
    app.run()
    for side, path in enumerate((before, after)):
        give(app, side, str(path))
        here(app).open_step = 2
        app.run()
    until(app, lambda a: here(a).dates.pair is not None)
    app.button(key="cmp-compare").click().run()
    until(app, lambda a: here(a).is_shown)
    result = here(app).shown.result
    assert result.change.grid.cell_m == 160 and not result.change.changed.any()
    assert said in texts(app) and not app.error


@pytest.mark.parametrize("change", ["haze", "fill"])
def test_a_scene_with_itself(tmp_path: Path, change: str) -> None:
    before = simulated_file(tmp_path / "a.tif")
    after = again(before, tmp_path / "b.tif", "2022-07-14", CHANGES[change])
    compare_and_check(before, after, "no credible change")


@pytest.mark.parametrize(("later", "said"), [("08-30", "no credible change"), ("08-20", "nothing can be compared")])
def test_the_dates_of_eolearn(shared_data: Callable[[str], Path], later: str, said: str) -> None:
    before, after = (shared_data(f"scenes/eolearn_SVN_2015-{day}_L1C_13b.tif") for day in ("07-11", later))
    compare_and_check(before, after, said)
