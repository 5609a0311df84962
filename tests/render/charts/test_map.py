"""Figures: what they say, and that no theme can make it unreadable."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.analysis.accuracy.area import class_areas
from lulc_core.analysis.spectra.tile import tile_spectrum
from lulc_core.domain.classes import CLASSES
from lulc_core.language.words import english
from lulc_core.render.charts.map import area_bar, probability_bar, spectrum_chart
from tests.arrays import grid_at, map_of, scene_of

PROBABILITIES = np.array([0.02, 0.001, 0.1, 0.0, 0.12, 0.0, 0.009, 0.75, 0.0, 0.0], np.float32)


def test_probabilities_are_sorted_with_the_likeliest_on_top():
    figure = probability_bar(PROBABILITIES)
    bar = figure.data[0]
    assert figure.layout.yaxis.autorange == "reversed"
    assert list(bar.y)[:3] == ["residential (R)", "industrial (I)", "herbaceous vegetation (V)"]
    shares = [text.replace("\N{NO-BREAK SPACE}", " ") for text in bar.text]
    assert shares[:3] == ["75 %", "12 %", "10 %"] and "<1 %" in shares and "0 %" in shares
    assert list(bar.x) == sorted(bar.x, reverse=True)
    assert bar.marker.color[0] == CLASSES[7].color


def test_a_tile_that_was_not_asked_has_no_bars():
    for bad in (np.full(10, np.nan), np.ones(9)):
        with pytest.raises(ValueError, match="ten finite"):
            probability_bar(bad)


def test_areas_keep_their_order_colour_and_share():
    grid = grid_at(9.0, 45.5, 2, 2)
    figure = area_bar(class_areas(map_of(np.array([[3, 3], [3, 5]]), grid)))
    bar = figure.data[0]
    assert list(bar.y) == ["highway (H)", "pasture (P)"]
    assert list(bar.text) == [f"123 ha ({english().share(0.75)})", f"41 ha ({english().share(0.25)})"]
    assert list(bar.marker.color) == [CLASSES[3].color, CLASSES[5].color]
    assert list(area_bar(()).data[0].y) == []


def test_the_spectrum_stands_at_the_satellites_wavelengths_with_air_off_the_line():
    grid = grid_at(9.0, 45.5, 1, 1)
    figure = spectrum_chart(tile_spectrum(scene_of(grid, satellite="S2B"), 0, 0))
    line, air = figure.data
    assert line.mode == "lines+markers" and air.mode == "markers"
    assert [c[0] for c in air.customdata] == ["B09", "B10"]
    assert [c[0] for c in line.customdata] == [
        "B01",
        "B02",
        "B03",
        "B04",
        "B05",
        "B06",
        "B07",
        "B08",
        "B8A",
        "B11",
        "B12",
    ]
    assert line.x[-1] == 2185.7 and list(line.x) == sorted(line.x)
    assert figure.layout.xaxis.title.text == "Wavelength (nm, Sentinel-2B)"
    assert figure.layout.yaxis.title.text == "Top-of-atmosphere reflectance"


def test_surface_reflectance_is_called_so_and_has_no_cirrus():
    grid = grid_at(9.0, 45.5, 1, 1)
    figure = spectrum_chart(tile_spectrum(scene_of(grid, ("B02", "B03", "B04", "B08"), level="L2A"), 0, 0))
    assert len(figure.data) == 1 and not figure.layout.showlegend
    assert figure.layout.yaxis.title.text == "Surface reflectance"


def test_figures_bring_neither_background_nor_text_colour():
    grid = grid_at(9.0, 45.5, 1, 1)
    for figure in (
        probability_bar(PROBABILITIES),
        area_bar(class_areas(map_of(np.array([[3]]), grid))),
        spectrum_chart(tile_spectrum(scene_of(grid), 0, 0)),
    ):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.font.color is None and figure.data[0].textfont.color is None
        # Bars as dark as Highway or as light as Pasture keep an outline on either background.
        if figure.data[0].type == "bar":
            assert figure.data[0].marker.line.width == 1
