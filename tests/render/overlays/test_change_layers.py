"""Overlays of a comparison, read back by longitude and latitude; charts, read back from the figures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lulc_core.analysis.change.detect import change_map, select
from lulc_core.analysis.change.report import change_report
from lulc_core.domain.change import transition_counts
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.language.words import Words
from lulc_core.render.charts.change import gain_loss_bars, shift_bars, transition_heatmap
from lulc_core.render.charts.change_flows import flow_ribbons
from lulc_core.render.colors import rgb
from lulc_core.render.overlays.change_layers import (
    change_layer,
    change_probability_layer,
    class_pair,
    picture_pair,
    probability_change_layer,
)
from tests.analysis.change.change_maps import land_cover
from tests.arrays import grid_at, scene_of

D1, D2 = "2019-07-16", "2021-08-14"
BEFORE = [["A", "A85 R15", "A", "F"], ["A52 R48", ".cloudy", "W", "A"]]
AFTER = [["I", "R85 A15", "R", "F"], ["A45 R55", "A", "W", "A"]]


def comparison(**more):
    return change_map(land_cover(BEFORE, D1, **more), land_cover(AFTER, D2, **more))


def at(layer, grid: TileGrid, row: int, col: int, dx: float = 0.2, dy: float = 0.2):
    """RGBA a fifth of a tile off its upper left corner, away from letter and outline."""
    ring = np.array(grid.tile_polygon(row, col))
    west, east, south, north = ring[:, 0].min(), ring[:, 0].max(), ring[:, 1].min(), ring[:, 1].max()
    lon, lat = west + dx * (east - west), north - dy * (north - south)
    image = Image.open(io.BytesIO(layer.data)).convert("RGBA")
    (s, w), (n, e) = layer.bounds
    return image.getpixel((int((lon - w) / (e - w) * image.width), int((n - lat) / (n - s) * image.height)))


def test_changed_tiles_have_the_colour_of_what_they_became_stronger_where_more_probable():
    change = comparison()
    layer = change_layer(change)
    residential, industrial = CLASSES[7], CLASSES[4]
    assert at(layer, change.grid, 0, 0) == (*rgb(industrial.color), 255)
    assert at(layer, change.grid, 0, 2) == (*rgb(residential.color), 255)
    faint = at(layer, change.grid, 0, 1)
    assert faint[:3] == rgb(residential.color) and 0 < faint[3] < 255
    assert at(layer, change.grid, 0, 3)[3] == 0, "what stayed is clear"
    assert at(layer, change.grid, 1, 0)[3] == 0, "what does not count is clear"
    assert at(layer, change.grid, 1, 1)[3] > 0, "what was not compared is striped"
    labels = [label for label, _ in layer.legend]
    assert labels == ["I  became industrial", "R  became residential", "not compared (cloud, no data, unfamiliar)"]


def test_the_letter_of_what_it_became_stands_in_the_middle():
    change = comparison()
    layer = change_layer(change)
    image = Image.open(io.BytesIO(layer.data)).convert("RGBA")
    tile = image.width / 4
    crop = np.asarray(image.crop((int(0.3 * tile), int(0.25 * tile), int(0.7 * tile), int(0.75 * tile))))[..., :3]
    ink = (crop != rgb(CLASSES[4].color)).any(axis=2)
    assert 0.03 < ink.mean() < 0.6, "an I on industrial colour"


def test_one_transition_can_be_isolated():
    change = comparison()
    layer = change_layer(change, shown=select(change, to="Industrial"))
    assert at(layer, change.grid, 0, 0)[3] == 255 and at(layer, change.grid, 0, 2)[3] == 0


def test_chance_layer_shows_every_compared_tile():
    change = comparison()
    layer = change_probability_layer(change)
    assert at(layer, change.grid, 0, 0)[:3] == rgb("#3B0F70")
    assert at(layer, change.grid, 0, 3)[:3] == rgb("#FCFDBF")


def test_simulated_is_written_across():
    plain, stamped = change_layer(comparison()), change_layer(comparison(simulated=True))
    pixels = [np.asarray(Image.open(io.BytesIO(x.data)).convert("RGBA")) for x in (plain, stamped)]
    assert (pixels[0] != pixels[1]).any(axis=2).sum() > 100


def test_both_pictures_have_one_stretch_and_one_place():
    grid = grid_at(8.85, 45.49, 2, 3)
    dark = scene_of(grid, seed=1)
    first, second = picture_pair(dark, scene_of(grid, seed=1))
    assert (first.key, second.key) == ("true_colour_before", "true_colour_after")
    assert first.data == second.data and first.bounds == second.bounds
    bright = type(dark)(grid, dark.acquisition, dark.bands, dark.reflectance * 2, dark.observed, dark.clear)
    means = [np.asarray(Image.open(io.BytesIO(x.data)).convert("RGB")).mean() for x in picture_pair(dark, bright)]
    assert means[1] > 1.4 * means[0], "a brighter scene stays brighter: no stretch of its own"
    darker = type(dark)(grid, dark.acquisition, dark.bands, dark.reflectance * 0.5, dark.observed, dark.clear)
    again = np.asarray(Image.open(io.BytesIO(picture_pair(darker, dark)[1].data)).convert("RGB")).mean()
    assert again == pytest.approx(means[1], abs=6), "however dark both dates are, they are shown bright"


def test_a_picture_that_a_date_cannot_give():
    grid = grid_at(8.85, 45.49, 2, 3)
    with pytest.raises(InputError, match="lacks B08"):
        picture_pair(scene_of(grid), scene_of(grid, ("B02", "B03", "B04")), "ndvi")


def test_class_pair_shares_one_legend():
    first, second = class_pair(land_cover(BEFORE, D1), land_cover(AFTER, D2))
    assert first.legend == second.legend
    assert [label[0] for label, _ in first.legend][:5] == ["A", "F", "I", "R", "W"]
    assert first.title == "Land cover, 2019-07-16"
    italian = class_pair(land_cover(BEFORE, D1), land_cover(AFTER, D2), Words("it"))[0]
    assert [label[0] for label, _ in italian.legend][:5] == ["S", "B", "I", "R", "F"], "the letters of the reader"


def test_heatmap_has_the_earlier_date_in_rows():
    report = change_report(comparison())
    figure = transition_heatmap(report.transitions)
    assert figure.layout.yaxis.title.text == "Earlier date" and figure.layout.xaxis.title.text == "Later date"
    change = figure.data[1]
    row, col = list(change.y).index("annual crops"), list(change.x).index("residential")
    assert change.z[row][col] == 2 and change.text[row][col] == "2" and list(change.customdata[row][col]) == [0, 7]
    assert change.z[row][row] is None, "persistence is no change"
    assert transition_heatmap(report.transitions, unit="pct").data[1].text[row][col] == "28.6"


def luminance(color: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    linear = [v / 3294.6 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_numbers_of_the_matrix_read_in_every_theme_and_each_stands_once():
    stayed, moved = transition_heatmap(change_report(comparison()).transitions).data[:2]
    for heat in (stayed, moved):
        for _, ground in heat.colorscale:
            dark, light = sorted(luminance(c) for c in (ground, heat.textfont.color))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ground, heat.textfont.color)
    for i, (kept, changed) in enumerate(zip(stayed.text, moved.text, strict=True)):
        assert changed[i] == "" and not any(t for j, t in enumerate(kept) if j != i)


def test_gains_go_right_and_losses_left():
    report = change_report(comparison())
    gained, lost, net = gain_loss_bars(report.balances).data
    by_label = dict(zip(gained.y, zip(gained.x, lost.x, net.x, strict=True), strict=True))
    assert set(by_label) == {"annual crops", "industrial", "residential"}
    gain, loss, both = by_label["annual crops"]
    assert gain == 0 and loss < 0 and both == pytest.approx(loss)
    # Figures stand beyond the bars, the diamond of the net before them, and there is room for both.
    said = lost.text[list(lost.y).index("annual crops")]
    assert said.strip() == f"{-loss:,.0f}" and said.endswith("   ")
    left, right = gain_loss_bars(report.balances).layout.xaxis.range
    assert left < 1.2 * min(lost.x) and right > 1.2 * max(gained.x)


def test_every_cell_and_every_ribbon_that_holds_tiles_can_be_picked():
    matrix = change_report(comparison()).transitions
    flows = {(matrix.ids[r], matrix.ids[c]) for r, c in transition_counts(matrix)}
    cells = transition_heatmap(matrix).data[-1]
    assert {tuple(d[:2]) for d in cells.customdata} == flows and cells.mode == "markers"
    for (was, became), y, x in zip(cells.customdata, cells.y, cells.x, strict=True):
        assert (y, x) == (CLASSES[was].label, CLASSES[became].label)
    figure = flow_ribbons(matrix)
    points = figure.data[-1]
    assert {tuple(d[:2]) for d in points.customdata} == flows
    # Every point lies within the ribbon of its flow.
    ribbons = [t for t in figure.data if t.fill == "toself"]
    assert len(ribbons) == len(flows)
    for ribbon, flow in zip(ribbons, dict.fromkeys(tuple(d[:2]) for d in points.customdata), strict=True):
        half = len(ribbon.x) // 2
        for x, y, data in zip(points.x, points.y, points.customdata, strict=True):
            if tuple(data[:2]) == flow:
                k = min(range(half), key=lambda i: abs(ribbon.x[i] - x))
                assert ribbon.y[k] - 1e-6 <= y <= ribbon.y[::-1][k] + 1e-6


def test_ribbons_are_as_wide_as_their_hectares_and_the_chosen_one_stands_out():
    matrix = change_report(comparison()).transitions
    figure = flow_ribbons(matrix, chosen=(0, 4))
    widths = {}
    for ribbon in (t for t in figure.data if t.fill == "toself"):
        widths[ribbon.fillcolor] = ribbon.y[-1] - ribbon.y[0]
    strong = [c for c in widths if c.endswith(",0.9)")]
    assert len(strong) == 1 and strong[0].startswith("rgba({},{},{}".format(*rgb(CLASSES[4].color)))
    assert (
        len(flow_ribbons(change_report(change_map(land_cover(BEFORE, D1), land_cover(BEFORE, D2))).transitions).data)
        == 1
    )


def test_the_shift_layer_shows_the_class_that_gained():
    change = comparison()
    gained = np.full(change.grid.shape, 255, np.uint8)
    gained[0, 3] = 4
    layer = probability_change_layer(change, gained, np.where(gained < 10, 0.8, 0))
    assert at(layer, change.grid, 0, 3) == (*rgb(CLASSES[4].color), 255)
    assert at(layer, change.grid, 0, 0)[3] == 0
    assert layer.legend[0] == ("I  more industrial", CLASSES[4].color)


def test_shift_bars_go_right_for_gains_and_left_for_losses():
    bar = shift_bars([(CLASSES[4], 62.0), (CLASSES[0], -58.4)]).data[0]
    assert list(bar.x) == [62.0, -58.4] and list(bar.text) == ["+62", "−58"]
    assert bar.marker.color[0] != bar.marker.color[1] and list(bar.marker.pattern.shape) == ["", "/"]
