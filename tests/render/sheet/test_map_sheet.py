"""Map sheets: sizes, legend, scale, colours that are never alone, SIMULATED, any script in the title."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.path import Path
from PIL import Image

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.export.bundle import bundle_of
from lulc_core.language.words import Words
from lulc_core.render.colors import class_colors, rgb
from lulc_core.render.sheet.cells import LETTERS_FROM_PX, cell_paths
from lulc_core.render.sheet.drawing import Drawing, new_figure
from lulc_core.render.sheet.fonts import MISSING, drawable, wrap
from lulc_core.render.sheet.map_sheet import change_sheet, class_entries, map_sheet
from lulc_core.render.sheet.margin import bar_length_m, convergence_deg, draw_legend, draw_locator
from lulc_core.report.story.comparison import report_of
from tests.render.results import AOI, compare_result, fine_result, map_result

EN, IT = Words("en"), Words("it")


def pixels(drawing: Drawing) -> np.ndarray:
    with Image.open(io.BytesIO(drawing.png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="module")
def dated():
    return bundle_of(map_result(), aoi=AOI, request={}).after


@pytest.mark.parametrize("size", [400, 900, (1200, 900), (900, 1400)])
def test_the_sheet_has_the_size_asked_for(dated, size):
    made = pixels(map_sheet(dated, EN, size, title="Field", aoi=AOI))
    width, height = (size, None) if isinstance(size, int) else size
    assert made.shape[1] == width and (height is None or made.shape[0] == height)


def test_equal_maps_give_equal_bytes(dated):
    assert map_sheet(dated, EN, 600, aoi=AOI).png == map_sheet(dated, EN, 600, aoi=AOI).png


@pytest.mark.parametrize("size", [399, 8001, 0, (500, 9000)])
def test_an_impossible_size_is_refused(dated, size):
    with pytest.raises(InputError, match="pixels along a side"):
        map_sheet(dated, EN, size)


@pytest.mark.parametrize("size", [(400, 400), (8000, 400), (400, 2000), 900])
def test_a_long_and_low_area_keeps_its_whole_legend(size):
    """Its legend stands under the map: every class of it is there, wherever the sheet's shape puts it."""
    wide = Aoi.from_bbox(8.80, 45.45, 8.95, 45.455, name="Wide")
    dated = bundle_of(map_result(wide), aoi=wide, request={}).after
    made = pixels(map_sheet(dated, EN, size, aoi=wide)).reshape(-1, 3)
    here = [c for c in CLASSES if (dated.land_cover.class_ids == c.id).any()]
    assert len(here) > 3
    assert all((made == rgb(c.color)).all(axis=1).sum() > 30 for c in here)


def test_every_class_of_the_map_is_drawn_in_its_colour_and_the_ground_adds_up(dated):
    made = pixels(map_sheet(dated, EN, 1000)).reshape(-1, 3)
    ids = dated.land_cover.class_ids
    for c in CLASSES:
        drawn = int((made == rgb(c.color)).all(axis=1).sum())
        assert (drawn > 50) == bool((ids == c.id).any()), c.name


def test_corine_colours_are_a_choice(dated):
    here = int(np.bincount(dated.land_cover.class_ids[dated.land_cover.classified]).argmax())
    made = pixels(map_sheet(dated, EN, 700, corine=True)).reshape(-1, 3)
    assert (made == rgb(class_colors(corine=True)[here])).all(axis=1).any()
    assert not (made == rgb(CLASSES[here].color)).all(axis=1).any()


def test_simulated_is_written_over_the_map():
    real, simulated = (bundle_of(map_result(simulated=s), aoi=AOI, request={}).after for s in (False, True))
    a, b = (pixels(map_sheet(d, EN, 700)) for d in (real, simulated))
    rows = min(len(a), len(b)) // 2  # the map, not the margin under it
    assert 0.01 < (a[:rows] != b[:rows]).any(axis=2).mean() < 0.5


def swatch(class_id: int, *, letters: bool, dpi: float = 144) -> np.ndarray:
    """The legend of one class without its label."""
    figure = new_figure(20, 20, dpi)
    entry = replace(class_entries([class_id], EN, class_colors(), letters=letters)[0], label="")
    draw_legend(figure, "", [entry], 100).set_bbox_to_anchor((0, 1))
    made = pixels(Drawing(figure))
    return made[2 : round(0.2 * dpi), 2 : round(0.2 * dpi)]


def test_letters_stand_in_large_cells_and_patterns_in_small_ones():
    for c in CLASSES:
        for letters in (True, False):
            plain = (swatch(c.id, letters=letters) == rgb(c.color)).all(axis=2).mean()
            assert 0.3 < plain < 0.99, c.name
    # No two patterns are the same, large or small.
    for dpi in (72, 144, 288):
        made = [(swatch(c.id, letters=False, dpi=dpi) != rgb(c.color)).any(axis=2) for c in CLASSES]
        for i, a in enumerate(made):
            assert 0.02 < a.mean() < 0.7
            assert all((a != b).mean() > 0.02 for b in made[i + 1 :])
    assert LETTERS_FROM_PX >= 16


def test_cells_of_a_class_are_one_outline_with_its_holes():
    grid = TileGrid.from_aoi(AOI)
    values = np.full(grid.shape, 4, np.uint8)
    values[1, 1], values[0, 0] = 7, 255
    left, _, _, top = grid.bounds
    paths = cell_paths(grid, values)
    assert sorted(paths) == [4, 7]
    for row, col in np.ndindex(*grid.shape):
        place = (left + (col + 0.5) * grid.cell_m, top - (row + 0.5) * grid.cell_m)
        assert [v for v in paths if even_odd(paths[v], place)] == [v for v in paths if v == values[row, col]]


def even_odd(path, place) -> bool:
    inside = [Path(p).contains_point(place) for p in path.to_polygons()]
    return sum(inside) % 2 == 1


def test_a_fine_map_has_patterns_instead_of_letters():
    fine = bundle_of(fine_result(80), aoi=AOI, request={}).after
    made = pixels(map_sheet(fine, EN, 700, aoi=AOI))
    assert made.shape[1] == 700
    colors = {tuple(p) for p in made.reshape(-1, 3)[::7].tolist()}
    assert sum(rgb(c.color) in colors for c in CLASSES) >= 8


def test_the_legend_speaks_the_readers_language():
    entries = class_entries([0, 9], IT, class_colors(), letters=True)
    assert [(e.label, e.letter) for e in entries] == [("Seminativi", "S"), ("Mare o lago", "M")]
    # Small cells have patterns, and letters say nothing of such a map.
    assert [e.letter for e in class_entries([0, 9], EN, class_colors(), letters=False)] == ["", ""]
    for words in (EN, IT):
        assert len({words.class_letter(c.id) for c in CLASSES}) == len(CLASSES)


def test_what_changed_is_drawn_and_the_rest_is_grey():
    bundle = bundle_of(compare_result(), aoi=AOI, request={})
    change = report_of(bundle).change
    assert change.changed.any()
    made = pixels(change_sheet(change, bundle.after.picture, EN, 900, aoi=AOI)).reshape(-1, 3)
    became = set(np.unique(change.to_ids[change.changed]).tolist())
    for c in CLASSES:
        if (made == rgb(c.color)).all(axis=1).sum() > 200:
            assert c.id in became


@pytest.mark.parametrize(
    "title", ["مرحبا بالعالم", "שלום", "東京 😀👩‍👩‍👧", "x" * 5000, "<b>bold</b>", "a\nb\tc", "\u202eevil"]
)
def test_any_title_is_drawn_and_none_breaks_the_sheet(dated, title):
    bare, made = pixels(map_sheet(dated, EN, 600)), pixels(map_sheet(dated, EN, 600, title=title))
    assert made.shape[0] > bare.shape[0]
    assert (made[: made.shape[0] - bare.shape[0]] < 100).any()


# --- letters -------------------------------------------------------------------------------------------------------


def test_what_the_font_lacks_shows_a_box_and_nothing_vanishes():
    assert drawable("Città über ελληνικά Кирилл שלום مرحبا 😀") == "Città über ελληνικά Кирилл שלום مرحبا 😀"
    assert drawable("東京") == MISSING * 2
    assert drawable("👩\u200d👩") == MISSING * 2 and drawable("👍\U0001f3fd") in (MISSING, "👍")
    assert drawable("a\u202eb\u0000c\r\nd") == "abc\nd"


def test_lines_are_never_wider_than_their_room():
    from lulc_core.render.sheet.fonts import font

    lines = wrap("Supercalifragilistic " * 5 + "x" * 400, 20, 200)
    assert all(font(20).getlength(line) <= 200 for line in lines)
    assert "".join(lines).replace(" ", "") == ("Supercalifragilistic" * 5 + "x" * 400)
    assert len(wrap("word " * 100, 20, 200, max_lines=2)) == 2
    assert wrap("word " * 100, 20, 200, max_lines=2)[1].endswith("…")


# --- margin --------------------------------------------------------------------------------------------------------


def test_the_scale_bar_is_a_round_length_that_fits():
    assert [bar_length_m(m) for m in (9_999, 10_000, 4_999, 1_999, 70)] == [5_000, 10_000, 2_000, 1_000, 50]


def test_north_is_straight_up_only_in_the_middle_of_a_zone():
    def at(lon: float) -> float:
        return convergence_deg(TileGrid.from_aoi(Aoi.from_bbox(lon, 45.0, lon + 0.01, 45.01)))

    assert abs(at(8.995)) < 0.05
    assert at(6.2) == pytest.approx(2.0, abs=0.1) and at(11.7) == pytest.approx(-1.9, abs=0.1)


def locator(lon: float, lat: float, side_px: int) -> np.ndarray:
    figure = new_figure(side_px, side_px, 72)
    draw_locator(figure.add_axes((0, 0, 1, 1)), lon, lat)
    return pixels(Drawing(figure))


def test_the_small_map_shows_land_and_sea_and_marks_the_place():
    for lon, lat in ((8.85, 45.48), (179.9, -17.0), (-179.9, 66.0), (0.0, 83.5), (300.0, -79.0)):
        made = locator(lon, lat, 200)
        assert made.shape == (200, 200, 3)
        marked = (made[..., 0] > 150) & (made[..., 1] < 90) & (made[..., 2] < 90)
        cols = np.nonzero(marked)[1]
        assert marked.any() and abs(cols.mean() - 100) < 2
    milan = locator(8.85, 45.48, 200).astype(int)
    assert (milan[..., 2] - milan[..., 0] > 20).mean() > 0.05  # sea
