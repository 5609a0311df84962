"""Files of one's own of awkward kinds through the upload of Explore: asked, refused, left out, named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lulc_core.analysis.describe import describe_tile
from lulc_core.ui import resources
from tests.image_cases import CASES, REFUSED, Case, assert_right, ground, image_files, old_product, outline, plain_map
from tests.pages.driver import event, labels, open_page, sentence, state, until
from tests.pages.test_explore import rectangle
from tests.sources.raster_files import planes, write_tif

Cases = Callable[[str], Path]


@pytest.fixture(autouse=True)
def fresh_server(own_cache_folder: Path) -> None:
    """Settings and results of one test only."""
    resources.settings.clear()
    resources.results.clear()


def with_files(files: Sequence[Path]) -> AppTest:
    app = open_page(source="geotiff")
    app.session_state["explore"].open_step = 2
    app.run()
    return app.file_uploader(key="image-files").set_value([(p.name, p.read_bytes(), "image/tiff") for p in files]).run()


def classify_and_check(case: Case, folder: Path, tmp_path: Path) -> None:
    files = image_files(folder)
    app = with_files(files)
    widgets = {w.key: w.value for w in (*app.selectbox, *app.date_input, *app.text_input)}
    keys = ("bands", "level", "offset", "scale", "date")
    asked = {key: widgets[f"image-{key}"] for key in keys if f"image-{key}" in widgets}
    assert asked == {key: pytest.approx(value) if value else None for key, value in case.asked.items()}
    if case.day:
        assert app.button(key="classify").disabled
        app.date_input(key="image-date").set_value(date.fromisoformat(case.day)).run()
    until(app, lambda a: state(a).acquisition is not None)
    event(app, area={"seq": 1, "features": [rectangle(*outline(files))]})
    until(app, lambda a: state(a).acquisition is not None)
    if case.fill is not None:
        said = " ".join(caption.value.replace("\\", "") for caption in app.caption)
        assert f"Pixels of the value {case.fill:g} are taken as no data" in said
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).shown is not None)
    assert not app.error and not app.exception
    result = state(app).shown.result
    assert_right(case, result.tiles, plain_map(case, files, tmp_path / "plain"))
    if case.fill is not None:
        fine = result.land_cover
        assert not fine.classified[:, : fine.grid.n_cols // 2].any() and fine.classified.any()


def refuse_and_check(sentence_: str, folder: Path) -> None:
    app = with_files(image_files(folder))
    assert sentence_ in sentence(app) and state(app).imagery() is None
    assert app.button(key="classify").disabled


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_kind(case: Case, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    case.make(tmp_path / "files")
    classify_and_check(case, tmp_path / "files", tmp_path)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_development_case(case: Case, shared_case: Cases, tmp_path: Path) -> None:
    classify_and_check(case, shared_case(case.folder), tmp_path)


@pytest.mark.parametrize(("name", "make", "said"), REFUSED)
def test_what_is_no_reflectance_is_refused(name: str, make: Callable[[Path], None], said: str, tmp_path: Path) -> None:
    make(tmp_path)
    refuse_and_check(said, tmp_path)


@pytest.mark.parametrize(("name", "make", "said"), REFUSED)
def test_the_development_cases_of_it(name: str, make: Callable[[Path], None], said: str, shared_case: Cases) -> None:
    refuse_and_check(said, shared_case(name))


def old_files_and_check(folder: Path) -> None:
    app = with_files(image_files(folder))
    asked = app.date_input(key="image-date")
    assert asked.value is None and "the day on which the file was made" in asked.help
    assert app.button(key="classify").disabled and state(app).acquisition is None
    assert not app.error, "what is asked for is no fault"
    asked.set_value(date(2015, 12, 4)).run()
    until(app, lambda a: state(a).acquisition is not None)
    assert "4 Dec 2015" in labels(app)


def test_files_of_an_old_product_without_their_folder_ask_for_the_day(tmp_path: Path) -> None:
    old_product(tmp_path)
    old_files_and_check(tmp_path)


def test_those_of_the_development_cases_too(shared_case: Cases) -> None:
    old_files_and_check(shared_case("S03_old_safe_name"))


def test_ground_at_the_rim_of_a_file_is_not_without_data(tmp_path: Path) -> None:
    layers = {b: v.astype(np.uint16)[:, :90] for b, v in ground("B02 B03 B04 B08").items()}  # 900 m: a tile and a half
    app = with_files([write_tif(tmp_path / "S2_20190716_L1C.tif", layers)])
    until(app, lambda a: state(a).acquisition is not None)
    app.session_state["explore"].open_step = 3
    app.run()
    app.segmented_control(key="detail").set_value(640).run()
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).shown is not None)
    found = state(app).shown.result.tiles
    assert found.left_out() | {"unlike": 0} == {"no_data": 0, "beyond": 2, "cloudy": 0, "unlike": 0}
    shown = " ".join(str(element.proto.body) for element in app.get("html"))
    assert "2 tiles: the image ends in them" in shown.replace("\N{NO-BREAK SPACE}", " ") and "no data" not in shown
    assert "ends in this square" in describe_tile(found, 0, 1)


def name_of_picture(path: Path) -> str:
    def dialog() -> None:  # AppTest shows no dialog: what is in it, as a page of its own
        from lulc_core.ui.explore.panel_picture import ask_for_picture

        ask_for_picture()

    app = AppTest.from_function(dialog, default_timeout=60).run()
    app.file_uploader(key="picture").upload(path.name, path.read_bytes(), "image/tiff").run()
    assert not app.error and not app.exception
    assert any("B04, B03 and B02" in caption.value for caption in app.caption)
    return next(text.value for text in app.markdown if text.value.startswith("**") and "%" in text.value)


def test_a_patch_without_coordinates_is_a_picture(tmp_path: Path) -> None:
    path = write_tif(tmp_path / "River_1.tif", planes(rows=64, cols=64), epsg=None, described=False)
    assert name_of_picture(path)
    assert "can be classified as a picture" in sentence(with_files([path]))


def test_the_development_patch(shared_case: Cases) -> None:
    assert "river" in name_of_picture(shared_case("P10_13_bands_without_coordinates") / "River_1.tif").casefold()
