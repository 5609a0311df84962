"""Charts of spectra: no line across the air, the level on the axis, names that cannot break out."""

from __future__ import annotations

import numpy as np
import pytest

from lulc_core.domain.bands import BAND_NAMES, BANDS
from lulc_core.language.words import english
from lulc_core.render.charts.figure import level_title
from lulc_core.render.charts.spectra import (
    ROI_COLORS,
    SYMBOLS,
    Curve,
    bands_chart,
    reference_chart,
    spectra_chart,
)

CENTRES = np.array([b.centre_nm["S2B"] for b in BANDS])
VALUES = np.linspace(0.05, 0.4, 13)


def curve(names: tuple[str, ...] = BAND_NAMES, name: str = "field", **more) -> Curve:
    keep = [BAND_NAMES.index(n) for n in names]
    return Curve(name, "#E07B00", CENTRES[keep], VALUES[keep], names, **more)


def lines(figure) -> list:
    return [t for t in figure.data if t.mode == "lines+markers"]


def test_no_line_crosses_the_air_and_its_bands_are_hollow():
    figure = spectra_chart([curve()], "S2B", "L1C")
    (line,) = lines(figure)
    gap = line.x.index(None)
    assert line.connectgaps is False
    assert line.x[gap - 1] == pytest.approx(0.864) and line.x[gap + 1] == pytest.approx(1.6104)  # B8A, B11
    assert line.x.count(None) == 1 and len(line.x) == 12
    (hollow,) = [t for t in figure.data if t.mode == "markers"]
    assert list(hollow.x) == pytest.approx([0.9432, 1.3769]) and hollow.marker.symbol.endswith("-open")
    halo = next(t for t in figure.data if t.mode == "lines")
    assert halo.x == line.x


def test_the_gap_stays_where_a_scene_lacks_the_bands_of_the_air():
    (line,) = lines(spectra_chart([curve(("B04", "B08", "B11"))], "S2B", "L2A"))
    assert line.x.index(None) == 2 and len(line.x) == 4


@pytest.mark.parametrize("level", ["L1C", "L2A", "mixed"])
def test_the_axis_says_which_reflectance(level):
    assert spectra_chart([curve()], "S2B", level).layout.yaxis.title.text == level_title(level, english())
    assert len({level_title(k, english()) for k in ("L1C", "L2A", "mixed")}) == 3


def test_spread_goes_with_its_band_and_ribbons_stop_at_the_air():
    std = np.arange(13) / 1000
    (line,) = lines(spectra_chart([curve(std=std)], "S2B", "L1C"))
    spread = dict(zip(line.x, line.error_y.array, strict=True))
    assert spread[CENTRES[BAND_NAMES.index("B11")] / 1000] == pytest.approx(0.011)
    ribbons = [t for t in spectra_chart([curve(low=VALUES - 0.01, high=VALUES + 0.01)], "S2B", "L1C").data if t.fill]
    assert len(ribbons) == 2
    assert max(ribbons[0].x) < 0.9 and min(ribbons[1].x) > 1.5


def test_reference_shows_thirteen_responses_with_their_facts():
    responses = {b.name: (b.centre_nm["S2B"] + np.array([-5.0, 0, 5]), np.array([0.0, 1, 0])) for b in BANDS}
    smooth = Curve("lawn grass", "#2E9E4F", np.arange(400.0, 2401, 5), np.linspace(0, 0.5, 401))
    figure = reference_chart([smooth], responses, "S2B")
    shown = [t for t in figure.data if t.yaxis == "y2"]
    assert [t.name for t in shown] == list(BAND_NAMES)
    assert all(
        word in shown[3].text.replace("\N{NO-BREAK SPACE}", " ")
        for word in ("B04 red", "664.9 nm", "30 nm wide", "pixel 10 m", "chlorophyll")
    )
    assert "air" in shown[9].text and "air" not in shown[3].text
    assert {a.text for a in figure.layout.annotations} >= set(BAND_NAMES)


def test_bars_of_the_instrument_are_where_the_bands_are():
    bars = bands_chart("S2C").data
    assert [round(b.x[0] * 1000, 1) for b in bars] == [b.centre_nm["S2C"] for b in BANDS]
    assert all(b.width[0] * 1000 == pytest.approx(max(x.width_nm["S2C"], 14)) for b, x in zip(bars, BANDS, strict=True))


def test_a_users_name_is_text():
    figure = spectra_chart([curve(name="<img src=x>%{y}")], "S2B", "L1C")
    (line,) = lines(figure)
    assert (
        "<img" not in line.name
        and "<img" not in line.hovertemplate
        and "%{y}<br" not in line.hovertemplate.split(":")[0]
    )


def test_eight_picks_tell_apart_in_colour_and_symbol():
    assert len(set(ROI_COLORS)) == len(set(SYMBOLS)) == 8
