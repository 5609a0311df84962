"""Comparing files of the user's own on the page: their common ground, their questions, and what cannot be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lulc_core.domain.grid import TILE_M
from tests.cli.test_compare import EAST, image
from tests.pages.driver import labels, param, press, sentence, until
from tests.pages.test_compare_page import LINK, here, page, texts

pytestmark = pytest.mark.usefixtures("named_by_brightness")


def give(app: AppTest, side: int, path: str) -> AppTest:
    name = Path(path).name
    return app.file_uploader(key=f"cmp-image-{side}-files").upload(name, Path(path).read_bytes(), "image/tiff").run()


def files_page(*paths: str, **params: str) -> AppTest:
    """The page with files as imagery, and these given as the earlier and the later date."""
    app = page(**params)
    here(app).area.set_resolution(640)
    here(app).imagery.source, here(app).open_step = "geotiff", 2
    app.run()
    for side, path in enumerate(paths):
        give(app, side, path)
        here(app).open_step = 2
        app.run()
    return app


def state_of(app: AppTest) -> Any:
    return here(app)


def test_two_files_are_compared_on_the_ground_that_both_cover(tmp_path: Path) -> None:
    before = image(tmp_path / "a.tif", [[0, 1, 1], [0, 0, 9]], "2019-07-16")
    after = image(tmp_path / "b.tif", [[1, 1, 4], [4, 9, 9]], "2021-08-14", east=EAST + TILE_M)
    app = files_page(before, after)
    until(app, lambda a: here(a).dates.pair is not None)
    assert here(app).area.grid.shape == (2, 2), "two columns in common"
    assert "all that the files cover" in labels(app) and "16 Jul 2019 and 14 Aug 2021" in labels(app)
    app.button(key="cmp-compare").click().run()
    until(app, lambda a: here(a).is_shown)
    result = here(app).shown.result
    assert result.before.land_cover.class_ids.tolist() == [[1, 1], [0, 9]]
    assert result.after.land_cover.class_ids.tolist() == [[1, 1], [4, 9]]
    assert param(app, "source") == "geotiff" and not app.error
    # A drawn area takes the place of what the files cover.
    west, south, east, north = here(app).area.aoi.bbox
    from lulc_core.domain.aoi import Aoi

    here(app).area.set(Aoi.from_bbox(west, south, (west + east) / 2, north))
    app.run()
    assert "all that the files cover" not in labels(app)
    until(app, lambda a: here(a).dates.pair is not None)
    assert here(app).area.grid.n_tiles < 4


def test_no_ground_in_common_is_one_sentence_and_another_file_mends_it(tmp_path: Path) -> None:
    before = image(tmp_path / "a.tif", [[0, 1]], "2019-07-16")
    app = files_page(before, image(tmp_path / "b.tif", [[4, 1]], "2021-08-14", east=EAST + 40 * TILE_M))
    assert "no ground in common" in sentence(app)
    assert app.button(key="cmp-compare").disabled
    app.file_uploader(key="cmp-image-1-files").set_value([]).run()
    give(app, 1, image(tmp_path / "c.tif", [[4, 1]], "2021-08-14"))
    until(app, lambda a: here(a).dates.pair is not None)
    assert not app.error


def test_equal_and_swapped_files_are_one_sentence_each(tmp_path: Path) -> None:
    early, late = image(tmp_path / "a.tif", [[0, 1]], "2019-07-16"), image(tmp_path / "b.tif", [[4, 1]], "2021-08-14")
    app = files_page(early, early)
    assert "Both days are 16 Jul 2019" in sentence(app) and "another day" in sentence(app)
    app = files_page(late, early)
    assert "lies after the later one" in sentence(app)
    press(app, "Swap the two files")
    until(app, lambda a: here(a).dates.pair is not None)
    assert not app.error and [a.date for a in here(app).dates.pair] == ["2019-07-16", "2021-08-14"]


def test_different_levels_are_warned_of_and_a_cloudy_file_is_compared_by_eye(tmp_path: Path) -> None:
    before = image(tmp_path / "a.tif", [[0, 1]], "2019-07-16", level="L2A")
    app = files_page(before, image(tmp_path / "b.tif", [[4, 1]], "2021-08-14", clear=False))
    until(app, lambda a: here(a).dates.pair is not None)
    assert any("levels differ" in w.value for w in app.warning)
    app.button(key="cmp-compare").click().run()
    until(app, lambda a: here(a).is_shown)
    assert not app.error and not here(app).shown.result.change.compared.any()


def test_a_file_of_a_further_date_confirms(tmp_path: Path) -> None:
    app = files_page(*(image(tmp_path / f"{d}.tif", [[c, 1]], d) for c, d in ((0, "2019-07-16"), (4, "2021-08-14"))))
    until(app, lambda a: here(a).dates.pair is not None)
    app.button(key="cmp-compare").click().run()
    until(app, lambda a: here(a).is_shown)
    give(app, 2, image(tmp_path / "again.tif", [[4, 1]], "2021-08-14"))
    assert "is in use already" in sentence(app)
    app.file_uploader(key="cmp-image-2-files").set_value([]).run()
    give(app, 2, image(tmp_path / "later.tif", [[4, 1]], "2022-07-20"))
    until(app, lambda a: here(a).is_shown and here(a).shown.dates[2:])
    assert [m.land_cover.acquisition.date for m in here(app).shown.result.confirm] == ["2022-07-20"]
    assert not app.error


def test_what_a_file_does_not_say_is_asked(tmp_path: Path) -> None:
    import rasterio

    path = image(tmp_path / "a.tif", [[0, 1]], "2019-07-16")
    with rasterio.open(path, "r+") as file:
        file.update_tags(date="")
    app = files_page(path, image(tmp_path / "b.tif", [[4, 1]], "2021-08-14"))
    asked = app.date_input(key="cmp-image-0-date")
    asked.set_value("2018-06-01").run()
    until(app, lambda a: here(a).dates.pair is not None)
    assert [a.date for a in here(app).dates.pair] == ["2018-06-01", "2021-08-14"]


def test_one_file_and_one_date_of_another_source(tmp_path: Path) -> None:
    app = files_page(image(tmp_path / "a.tif", [[0, 1]], "2019-07-16"))
    app.selectbox(key="cmp-other").set_value("simulated").run()
    until(app, lambda a: here(a).dates.pair is not None)
    assert [a.source for a in here(app).dates.pair] == ["geotiff", "simulated"]
    assert any("SIMULATED" in w.value for w in app.warning), "a mix says what it is worth"
    app.button(key="cmp-compare").click().run()
    until(app, lambda a: here(a).is_shown)


def test_a_link_of_files_asks_for_them_and_restores_the_rest(tmp_path: Path) -> None:
    area = "8.84,45.48,8.86,45.49"
    app = page(**(LINK | {"area": area, "source": "geotiff", "became": "Industrial"}))
    assert "a link cannot hold" in sentence(app)
    assert here(app).filter.became == "Industrial" and here(app).imagery.source == "geotiff"
    assert "Give the files" in sentence(app) or "files" in texts(app)
