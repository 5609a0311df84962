"""Reloading the Explore page: what its address cannot say comes back by a word that nobody can guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_compare import image
from tests.pages.driver import open_page, param, state, until

pytestmark = pytest.mark.usefixtures("named_by_brightness")


def test_files_and_their_map_outlive_a_reload_but_belong_to_who_has_the_address(tmp_path: Path) -> None:
    path = Path(image(tmp_path / "a.tif", [[0, 1, 1], [0, 0, 9]], "2019-07-16"))
    app = open_page(source="geotiff")
    state(app).open_step = 2
    app.run()
    app.file_uploader(key="image-files").upload(path.name, path.read_bytes(), "image/tiff").run()
    until(app, lambda a: state(a).acquisition is not None)
    app.button(key="classify").click().run()
    until(app, lambda a: state(a).is_shown)
    made = state(app).shown
    word = param(app, "kept")
    again = open_page(**{name: param(app, name) for name in app.query_params})
    until(again, lambda a: state(a).is_shown)
    here = state(again)
    assert here.shown.result is made.result and here.own.files and here.own.files != state(app).own.files
    assert here.shown.request.scope != made.request.scope
    assert param(again, "kept") != word, "whoever still has the old address does not see what comes after"
    for file in state(app).own.files:  # its session has ended
        file.unlink()
    assert here.own.files[0].read_bytes() == path.read_bytes()
    late = open_page(source="geotiff", kept=word)
    assert not state(late).own.files and state(late).shown.result is made.result, (
        "the map is still kept, the files are gone"
    )
    stranger = open_page(source="geotiff", area="8.82,45.47,8.84,45.485", kept="guessed")
    assert not state(stranger).own.files and state(stranger).shown is None


def test_the_place_that_was_looked_at_comes_back() -> None:
    link = {"area": "8.82,45.47,8.84,45.485", "source": "simulated", "from": "2021-07-25", "to": "2021-08-25"}
    app = open_page(**link, date="2021-08-14", detail="640")
    until(app, lambda a: state(a).is_shown)
    state(app).select((1, 2))
    app.run()
    again = open_page(**{name: param(app, name) for name in app.query_params})
    until(again, lambda a: state(a).is_shown)
    assert state(again).tile == (1, 2) and state(again).view == "Tile" and param(again, "at") == param(app, "at")
