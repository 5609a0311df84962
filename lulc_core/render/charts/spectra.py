"""Figures of spectra: curves over band responses, classes, picks, bands by wavelength and pixel size.

Lines end at B8A and begin again at B11: what lies between is air (B09, B10), marked and hollow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES, BANDS, Band
from lulc_core.language.words import Words, english
from lulc_core.render.charts.figure import AIR_COLOR, CLEAR, GRID, LINE, faint, level_title, new_figure

ROI_COLORS = ("#E07B00", "#2F8FCE", "#12966F", "#C2488F", "#7B6FD6", "#A8790A", "#D1495B", "#5F7F8C")
"""Eight that tell apart on white and on near black; symbols tell them apart as well."""
SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star")
MATERIAL_COLORS = {
    "lawn_grass": "#2E9E4F",
    "aspen_leaf": "#7FB332",
    "dry_grass": "#C79A1B",
    "grass": "#1B7F6B",
    "conifer": "#3D7A3A",
    "deciduous": "#5FA052",
    "concrete": "#8D8D8D",
    "asphalt": "#6E6470",
    "black_loam": "#8A5A3B",
    "yellowish_brown_clay": "#C0703A",
    "turbid_water": "#5C8FA8",
    "clear_water": "#2F6FD0",
}
_BAND_COLORS = {
    "B01": "#5B4BC4",
    "B02": "#2F6FD0",
    "B03": "#2E9E4F",
    "B04": "#D1382E",
    "B05": "#B32C44",
    "B06": "#A0305A",
    "B07": "#8C346C",
    "B08": "#A8548A",
    "B8A": "#6E3B7A",
    "B09": AIR_COLOR,
    "B10": AIR_COLOR,
    "B11": "#A3672B",
    "B12": "#7A4A24",
}
"""About the colour of their light; infrared bands in wine and brown, bands of the air in grey."""
DASHES = ("solid", "dash", "dot", "dashdot")
_CROWDED = ("B02", "B03", "B04", "B05", "B06", "B07", "B8A")


@dataclass(frozen=True)
class Curve:
    """A line with a name: a continuous curve, or values at band centres."""

    name: str
    color: str
    wavelength_nm: NDArray[np.float64]
    reflectance: NDArray[np.floating]
    bands: tuple[str, ...] = ()
    """Names of the bands, where the values are theirs; empty for a continuous curve."""
    std: NDArray[np.floating] | None = None
    low: NDArray[np.floating] | None = None
    """Lower and upper edge of a ribbon around it."""
    high: NDArray[np.floating] | None = None
    dash: str = "solid"
    symbol: str = "circle"


def band_words(b: Band, satellite: str, words: Words) -> str:
    """Give everything about a band in a few lines of a hover label."""
    return words.translate(
        "chart.band.air" if b.atmospheric else "chart.band",
        name=f"{b.name} {words.spoken(b.title)}",
        centre=words.number(b.centre_nm[satellite], 1),
        width=words.number(b.width_nm[satellite]),
        pixel=b.pixel_m,
        use=words.spoken(b.use),
    )


def reference_chart(
    curves: Sequence[Curve],
    responses: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    satellite: str,
    *,
    words: Words | None = None,
) -> Any:
    """Draw reflectance from 0.4 to 2.4 um, with the responses of the bands of a satellite under it.

    Args:
        curves: measured in a laboratory, or what the bands see of it.
        responses: by the name of the band, wavelengths in nm and the response at them, 0 to 1.
        satellite: ``S2A``, ``S2B`` or ``S2C``.
        words: the reader's language; English where it is not given.
    """
    words = words or english()
    figure = _figure(470)
    for curve in curves:
        _add_curve(figure, curve, satellite, words, halo=False)
    for b in BANDS:
        wavelengths, response = responses[b.name]
        color = _BAND_COLORS[b.name]
        figure.add_scatter(
            x=_um(wavelengths),
            y=response.tolist(),
            yaxis="y2",
            mode="lines",
            fill="tozeroy",
            line={"color": color, "width": 1.2, "dash": "dot" if b.atmospheric else "solid"},
            fillcolor=faint(color, 0.15 if b.atmospheric else 0.45),
            text=band_words(b, satellite, words),
            hoverinfo="text",
            hoveron="points+fills",
            name=b.name,
            showlegend=False,
        )
    # Names stand in rows, so that neighbours 30 nm apart do not lie on each other.
    for i, b in enumerate(BANDS):
        figure.add_annotation(
            x=b.centre_nm[satellite] / 1000,
            y=1.06 + 0.34 * (i % 3 if i < 10 else 0),
            yref="y2",
            text=b.name,
            showarrow=False,
            font={"size": 10},
            hovertext=band_words(b, satellite, words),
        )
    figure.update_layout(
        yaxis={
            "domain": [0.34, 1.0],
            "title": level_title("lab", words),
            "rangemode": "tozero",
            "gridcolor": GRID,
            "zeroline": False,
        },
        yaxis2={
            "domain": [0.0, 0.3],
            "range": [0, 2.05],
            "tickvals": [0, 1],
            "gridcolor": CLEAR,
            "zeroline": False,
            "title": words.translate("chart.response"),
            "anchor": "x",
        },
    )
    _x_axis(figure, words.translate("chart.wavelength_bands_of", who=f"Sentinel-{satellite[1:]}"))
    _mark_air(figure, satellite, words=None)
    return figure


def spectra_chart(
    curves: Sequence[Curve], satellite: str, level: str, *, height: int = 340, words: Words | None = None
) -> Any:
    """Draw values at band centres: lines between the bands of the ground, hollow marks for those of the air."""
    words = words or english()
    figure = _figure(height)
    for curve in curves:
        _add_ribbon(figure, curve)
    for curve in curves:
        _add_curve(figure, curve, satellite, words, halo=True)
    figure.update_yaxes(title=level_title(level, words), rangemode="tozero")
    _x_axis(figure, words.translate("chart.wavelength_of", who=f"Sentinel-{satellite[1:]}"))
    _mark_air(figure, satellite, words=words)
    return figure


def bands_chart(satellite: str, *, words: Words | None = None) -> Any:
    """Draw the 13 bands by wavelength and pixel size; as wide as they are."""
    words = words or english()
    figure = _figure(250)
    for b in BANDS:
        centre, width = b.centre_nm[satellite], max(b.width_nm[satellite], 14)
        figure.add_bar(
            x=[centre / 1000],
            y=[0.62],
            base=[(10, 20, 60).index(b.pixel_m) - 0.31],
            width=[width / 1000],
            marker={
                "color": _BAND_COLORS[b.name],
                "line": {"color": LINE, "width": 1},
                "pattern": {"shape": "/" if b.atmospheric else ""},
            },
            hovertemplate=band_words(b, satellite, words) + "<extra></extra>",
            showlegend=False,
        )
        nudge = {"B06": 0.02, "B05": -0.015, "B07": 0.03, "B8A": 0.015, "B04": -0.01}.get(b.name, 0.0)
        figure.add_annotation(
            x=centre / 1000 + nudge,
            y=(10, 20, 60).index(b.pixel_m) + 0.43,
            text=b.name,
            showarrow=False,
            font={"size": 10},
            textangle=-38 if b.name in _CROWDED else 0,
        )
    figure.update_layout(barmode="overlay")
    figure.update_yaxes(
        tickvals=[0, 1, 2], ticktext=["10 m", "20 m", "60 m"], title=words.translate("chart.pixel"), range=[2.75, -0.5]
    )
    _x_axis(figure, words.translate("chart.wavelength_of", who=f"Sentinel-{satellite[1:]}"))
    return figure


def _add_curve(figure: Any, curve: Curve, satellite: str, words: Words, *, halo: bool) -> None:
    if not curve.bands:
        figure.add_scatter(
            x=_um(curve.wavelength_nm),
            y=_floats(curve.reflectance),
            mode="lines",
            name=_plain(curve.name),
            line={"color": curve.color, "width": 2, "dash": curve.dash},
            hovertemplate=f"{_plain(curve.name)}<br>%{{x:.3f}} µm: %{{y:.3f}}<extra></extra>",
        )
        return
    order = [BAND_NAMES.index(n) for n in curve.bands]
    air = np.array([BANDS[i].atmospheric for i in order])
    data = [band_words(BANDS[i], satellite, words) for i in order]
    picks = _broken(curve, air)
    x = [None if k is None else float(curve.wavelength_nm[k]) / 1000 for k in picks]
    y = [None if k is None else float(curve.reflectance[k]) for k in picks]
    if halo:
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": "rgba(150,150,150,0.7)", "width": 4.5},
            hoverinfo="skip",
            showlegend=False,
        )
    error = None
    if curve.std is not None:
        spread = [None if k is None else float(curve.std[k]) for k in picks]
        error = {"type": "data", "array": spread, "color": curve.color, "thickness": 1, "width": 3}
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers",
        name=_plain(curve.name),
        error_y=error,
        connectgaps=False,
        legendgroup=curve.name,
        line={"color": curve.color, "width": 2, "dash": curve.dash},
        marker={
            "size": 8,
            "color": curve.color,
            "symbol": curve.symbol,
            "line": {"width": 1, "color": "rgba(150,150,150,0.9)"},
        },
        customdata=["" if k is None else data[k] for k in picks],
        hovertemplate=f"{_plain(curve.name)}: %{{y:.4f}}<br>%{{customdata}}<extra></extra>",
    )
    known = air & np.isfinite(np.asarray(curve.reflectance, float))
    if known.any():
        figure.add_scatter(
            x=_um(curve.wavelength_nm[known]),
            y=_floats(np.asarray(curve.reflectance)[known]),
            mode="markers",
            name=_plain(curve.name),
            showlegend=False,
            legendgroup=curve.name,
            marker={"size": 8, "color": curve.color, "symbol": f"{curve.symbol}-open"},
            customdata=[data[i] for i in np.nonzero(known)[0]],
            hovertemplate=f"{_plain(curve.name)}: %{{y:.4f}}<br>%{{customdata}}<extra></extra>",
        )


def _broken(curve: Curve, air: NDArray[np.bool_]) -> list[int | None]:
    """The bands of the ground with a gap wherever a band of the air stands between them on the instrument."""
    picks: list[int | None] = []
    last = None
    for k, name in enumerate(curve.bands):
        if air[k] or not np.isfinite(curve.reflectance[k]):
            continue
        position = BAND_NAMES.index(name)
        if last is not None and any(BANDS[i].atmospheric for i in range(last + 1, position)):
            picks.append(None)
        picks.append(k)
        last = position
    return picks


def _add_ribbon(figure: Any, curve: Curve) -> None:
    if curve.low is None or curve.high is None:
        return
    ground = [k for k, n in enumerate(curve.bands) if not BANDS[BAND_NAMES.index(n)].atmospheric]
    split = [k for k in ground if BAND_NAMES.index(curve.bands[k]) < BAND_NAMES.index("B09")]
    for part in (split, [k for k in ground if k not in split]):
        if len(part) < 2:
            continue
        back = part[::-1]
        figure.add_scatter(
            x=(curve.wavelength_nm[[*part, *back]] / 1000).tolist(),
            y=[*curve.high[part].tolist(), *curve.low[back].tolist()],
            fill="toself",
            mode="lines",
            line={"color": "rgba(140,140,140,0.6)", "width": 1},
            fillcolor=faint(curve.color, 0.22),
            hoverinfo="skip",
            showlegend=False,
            legendgroup=curve.name,
        )


def _mark_air(figure: Any, satellite: str, *, words: Words | None) -> None:
    for b in BANDS:
        if b.atmospheric:
            half = max(b.width_nm[satellite], 24) / 2
            figure.add_shape(
                type="rect",
                xref="x",
                yref="paper",
                x0=(b.centre_nm[satellite] - half) / 1000,
                x1=(b.centre_nm[satellite] + half) / 1000,
                y0=0,
                y1=1.0,
                fillcolor="rgba(128,128,128,0.16)",
                line={"width": 0},
                layer="below",
            )
            if words is not None:
                figure.add_annotation(
                    x=b.centre_nm[satellite] / 1000,
                    y=1,
                    yref="paper",
                    yanchor="top",
                    text=words.translate("chart.air_band", name=b.name),
                    textangle=-90,
                    showarrow=False,
                    font={"size": 10},
                    opacity=0.85,
                )


def _figure(height: float) -> Any:
    return new_figure(height, left=58, bottom=44, showlegend=True)


def _x_axis(figure: Any, title: str) -> None:
    figure.update_xaxes(title=title, range=[0.39, 2.42], linecolor=LINE, anchor="free", position=0)


def _um(wavelength_nm: NDArray[np.float64]) -> list[float]:
    return (np.asarray(wavelength_nm, float) / 1000).round(5).tolist()


def _floats(values: NDArray[np.floating]) -> list[float]:
    return np.asarray(values, float).round(5).tolist()


def _plain(name: str) -> str:
    """A user's name inside a hover template, where Plotly reads tags and %{...}."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace("%{", "% {")
