"""The margin of a map: legend, scale bar, north arrow, and where in the world it lies."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import TileGrid
from lulc_core.domain.projection import from_lonlat, to_lonlat
from lulc_core.language.words import Words
from lulc_core.render.sheet.drawing import EM_PT, GREY, INK, PAPER
from lulc_core.render.sheet.fonts import wrap

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

LOCATOR_HALF_DEG = 9.0
"""Degrees of latitude from the middle to the edge: some 1,000 km, so that a reader finds a coast or a border."""
_SMALL_PT = 0.85 * EM_PT
_SEA, _LAND, _BORDER, _MARK = "#D6E5F0", "#F7F5EE", "#8C8C8C", "#BE141E"


@dataclass(frozen=True)
class Entry:
    """One line of a legend."""

    label: str
    """:func:`~lulc_core.render.sheet.fonts.drawable` text."""
    swatch: dict[str, Any]
    """Properties of the ``matplotlib.patches.Patch`` before the label."""
    letter: str = ""
    """On the swatch."""
    letter_color: str = INK


def draw_legend(figure: Figure, heading: str, entries: Sequence[Entry], width_pt: float, columns: int = 1) -> Legend:
    """Draw a legend in the upper left corner, from where it can be moved.

    Args:
        figure: to draw on.
        heading: over it, may be empty.
        entries: lines of the legend, at least one.
        width_pt: room for a column; longer labels are broken.
        columns: how many.
    """
    from matplotlib.legend_handler import HandlerPatch
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    class Swatch(HandlerPatch):
        """A box with the letter of its entry in the middle."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

        def create_artists(
            self, legend: Any, orig_handle: Any, xdescent: float, ydescent: float, width: float, height: float,
            fontsize: float, trans: Any,
        ) -> list[Artist]:  # fmt: skip
            box = super().create_artists(legend, orig_handle, xdescent, ydescent, width, height, fontsize, trans)
            letter = Text(
                width / 2 - xdescent, height / 2 - ydescent, self.entry.letter, transform=trans, ha="center",
                va="center_baseline", fontsize=fontsize, fontweight="bold", color=self.entry.letter_color,
            )  # fmt: skip
            return [*box, letter]

    boxes = [Patch(**{"edgecolor": GREY, "linewidth": 0.6, **e.swatch}) for e in entries]
    labels = ["\n".join(wrap_pt(e.label, EM_PT, width_pt - 2.6 * EM_PT)) for e in entries]
    swatches = {box: Swatch(e) for box, e in zip(boxes, entries, strict=True)}
    return figure.legend(
        boxes, labels, handler_map=swatches, loc="upper left", ncols=columns, title=heading or None, alignment="left",
        frameon=False, fontsize=EM_PT, title_fontproperties={"size": EM_PT, "weight": "bold"}, borderpad=0,
        borderaxespad=0, handlelength=1.7, handleheight=1.7, handletextpad=0.7, labelspacing=0.45, columnspacing=1.0,
        labelcolor=INK,
    )  # fmt: skip


def wrap_pt(text: str, size_pt: float, width_pt: float, *, bold: bool = False, max_lines: int = 0) -> list[str]:
    """Break text into lines no wider than ``width_pt``; see :func:`~lulc_core.render.sheet.fonts.wrap`."""
    return wrap(text, round(4 * size_pt), 4 * width_pt, bold=bold, max_lines=max_lines)


def bar_length_m(room_m: float) -> float:
    """Give the longest of 1, 2 or 5 times a power of ten metres that fits."""
    power = 10.0 ** math.floor(math.log10(room_m))
    return max(k * power for k in (1, 2, 5) if k * power <= room_m)


def draw_scale(axes: Axes, words: Words, metres_per_pt: float, room_pt: float) -> float:
    """Draw a scale bar of four parts into low axes.

    Args:
        axes: as wide as the line that the bar stands on.
        words: the reader's language.
        metres_per_pt: scale of the map.
        room_pt: the bar is no longer.

    Returns:
        Its right end in points from the left of the axes, labels included.
    """
    length = bar_length_m(room_pt * metres_per_pt)
    width_pt = axes.bbox.width * 72 / axes.figure.dpi
    axes.set(xlim=(0, width_pt * metres_per_pt), ylim=(0, 1), yticks=[], facecolor="none")
    for i in range(4):
        axes.barh(
            0.5, length / 4, 1, i * length / 4, color=PAPER if i % 2 else INK, edgecolor=INK, lw=0.6, clip_on=False
        )
    axes.spines[:].set_visible(False)
    axes.set_xticks([0, length], [words.number(0), words.metres(length)], fontsize=_SMALL_PT, color=INK)
    axes.tick_params(length=0, pad=1.5)
    label = axes.get_xticklabels()[1]
    label.set_horizontalalignment("left" if length / metres_per_pt < 4 * EM_PT else "center")
    return length / metres_per_pt + len(label.get_text()) * 0.6 * _SMALL_PT


def convergence_deg(grid: TileGrid) -> float:
    """Give how far true north lies to the right of the top of the map, degrees; at most some three."""
    left, bottom, right, top = grid.bounds
    x, y = (left + right) / 2, (bottom + top) / 2
    lon, lat = to_lonlat(grid.epsg, x, y)
    north_x, north_y = from_lonlat(grid.epsg, lon, lat + 0.001)
    return math.degrees(math.atan2(north_x - x, north_y - y))


def draw_north(axes: Axes, words: Words, grid: TileGrid) -> None:
    """Draw an arrow to true north, with its letter, into square axes."""
    from matplotlib.patches import Polygon
    from matplotlib.transforms import Affine2D

    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    axes.axis("off")
    turn = Affine2D().rotate_deg(-convergence_deg(grid)) + axes.transData
    for side, color in ((-0.5, INK), (0.5, PAPER)):
        corners = [(0, 1), (side, -1), (0, -0.45)]
        axes.add_patch(Polygon(corners, facecolor=color, edgecolor=INK, linewidth=0.5, transform=turn, clip_on=False))
    axes.text(-0.75, -0.55, words.translate("sheet.north"), ha="right", fontsize=EM_PT, fontweight="bold", color=INK)


def draw_locator(axes: Axes, lon: float, lat: float) -> None:
    """Draw the countries around a place, with a ring and a point on it, into square axes; needs no network.

    Args:
        axes: square.
        lon: degrees, continuous (may pass 180).
        lat: degrees.

    Source: Natural Earth, 1:110m countries, public domain (borders.json, hundredths of a degree).
    """
    from matplotlib.collections import PolyCollection

    middle = float(np.clip(lat, -90 + LOCATOR_HALF_DEG, 90 - LOCATOR_HALF_DEG))
    half_width = LOCATOR_HALF_DEG / max(math.cos(math.radians(middle)), 0.1)
    west, east = lon - half_width, lon + half_width
    south, north = middle - LOCATOR_HALF_DEG, middle + LOCATOR_HALF_DEG
    rings = (ring + np.array([turn, 0]) for ring in _rings() for turn in (-360.0, 0.0, 360.0))
    near = [r for r in rings if (r.max(0) > (west, south)).all() and (r.min(0) < (east, north)).all()]
    axes.add_collection(PolyCollection(near, facecolor=_LAND, edgecolor=_BORDER, linewidth=0.5), autolim=False)
    axes.plot([lon], [lat], "o", markersize=15, markerfacecolor="none", markeredgecolor=_MARK, markeredgewidth=1.4)
    axes.plot([lon], [lat], "o", markersize=3, color=_MARK)
    axes.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[], facecolor=_SEA)
    axes.spines[:].set_color(GREY)


@lru_cache(maxsize=1)
def _rings() -> tuple[NDArray[np.float64], ...]:
    data = json.loads((files("lulc_core.render.sheet") / "borders.json").read_text(encoding="utf-8"))
    return tuple(np.asarray(r, np.float64).reshape(-1, 2) * data["unit_deg"] for r in data["rings"])
