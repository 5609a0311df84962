"""The spectrum of a tile: what it says, and that no theme can make it unreadable."""

from __future__ import annotations

from lulc_core.analysis.spectra.roi import tile_spectrum
from lulc_core.render.charts.map import spectrum_chart
from tests.arrays import grid_at, scene_of


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


def test_the_figure_brings_neither_background_nor_text_colour():
    grid = grid_at(9.0, 45.5, 1, 1)
    figure = spectrum_chart(tile_spectrum(scene_of(grid), 0, 0))
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color is None and figure.data[0].textfont.color is None
