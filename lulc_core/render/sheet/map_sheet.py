"""A map to print or paste: title, legend, scale bar, north arrow, date, attribution.

The map lies on its UTM grid, not on Web Mercator: a centimetre is the same length everywhere, and the scale bar true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import ChangeMap
from lulc_core.domain.classes import CLASSES, NO_DATA
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.results import DatedMap
from lulc_core.domain.scene import Acquisition, attribution_of
from lulc_core.language.words import Words
from lulc_core.render.colors import class_colors, is_dark
from lulc_core.render.sheet.cells import (
    LETTERS_FROM_PX,
    Rgb,
    class_style,
    draw_cells,
    draw_outline,
    draw_picture,
    draw_stamp,
    left_out_style,
)
from lulc_core.render.sheet.drawing import EM_PT, GREY, INK, PAPER, Drawing, new_figure
from lulc_core.render.sheet.fonts import drawable, font
from lulc_core.render.sheet.margin import Entry, draw_legend, draw_locator, draw_north, draw_scale, wrap_pt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MIN_SIDE_PX, MAX_SIDE_PX = 400, 8000
_ACROSS_EM, _LARGE_ACROSS_EM = 48, 30
"""Letters of the shorter side of a sheet, for paper and for a slide that the last row of a room reads."""
_MAX_RATIO = 1.5
"""Height to width of a sheet of which only the width is asked for: a long narrow map is not drawn as wide as that."""
_INSET_PT = 13 * EM_PT
"""Side of the small map of the countries around."""
_SMALL_PT = 0.85 * EM_PT


@dataclass(frozen=True)
class Sheet:
    """What a sheet is composed of: a satellite picture, classes on white, or classes on the picture in grey."""

    grid: TileGrid
    title: str
    date: str
    attribution: str
    simulated: bool
    aoi: Aoi | None
    """The drawn shape, outlined."""
    picture: Rgb | None = None
    center: tuple[float, float] | None = None
    """Longitude and latitude of what a small map of the countries around shows; None for no such map."""
    cells: tuple[NDArray[np.uint8], NDArray[np.bool_]] | None = None
    """Classes, 255 for none; True for cells to be striped."""
    heading: str = ""
    """Over the legend."""
    left_out_label: str = ""
    """What stripes mean, for the legend."""
    corine: bool = False
    """The colours that CORINE readers expect."""

    def draw(self, axes: Axes, letters: Sequence[str]) -> None:
        """Draw the map in metres of the grid's zone, with the letters of the classes, or with patterns where none."""
        if self.picture is not None:
            draw_picture(axes, self.picture, self.grid.bounds, grey=self.cells is not None)
        if self.cells is not None:
            ids, left_out = self.cells
            line_pt = 0.4 if self.picture is None else 1.0
            colors, left_out = class_colors(corine=self.corine), left_out & self.grid.inside
            draw_cells(axes, self.grid, ids, colors, left_out=left_out, letters=letters, line_pt=line_pt)
        if self.aoi is not None:
            draw_outline(axes, self.grid, self.aoi)

    def legend(self, words: Words, letters: bool) -> list[Entry]:
        """Give the classes that occur, with letters or with patterns, the stripes and the outline."""
        entries: list[Entry] = []
        if self.cells is not None:
            ids, left_out = self.cells
            present = [c.id for c in CLASSES if (ids == c.id).any()]
            entries += class_entries(present, words, class_colors(corine=self.corine), letters=letters)
            if (left_out & self.grid.inside).any():
                entries.append(Entry(self.left_out_label, left_out_style()))
        if self.aoi is not None:
            style = {"facecolor": "none", "edgecolor": INK, "linewidth": 1.4}
            entries.append(Entry(words.translate("sheet.outline"), style))
        return entries


def map_sheet(
    dated: DatedMap,
    words: Words,
    size_px: int | tuple[int, int] = 1600,
    *,
    title: str = "",
    aoi: Aoi | None = None,
    corine: bool = False,
    large: bool = False,
) -> Drawing:
    """Draw the land cover of one date.

    Args:
        dated: the map.
        words: the reader's language.
        size_px: width, or width and height, pixels; with a width alone the height follows from the map.
        title: over the map; may be in any script. Empty for none.
        aoi: the drawn shape, outlined.
        corine: the colours that CORINE readers expect.
        large: letters for a slide.

    Raises:
        InputError: a side outside 400 to 8,000 pixels.
    """
    land_cover = dated.land_cover
    sheet = Sheet(
        land_cover.grid,
        title,
        date_words(dated.acquisition, words),
        attribution_words([dated.acquisition], words),
        land_cover.simulated,
        aoi,
        cells=(land_cover.class_ids, ~land_cover.classified),
        heading=words.translate("sheet.legend"),
        left_out_label=words.translate("sheet.left_out"),
        corine=corine,
    )
    return compose(sheet, words, size_px, large=large)


def change_sheet(
    change: ChangeMap,
    picture: Rgb,
    words: Words,
    size_px: int | tuple[int, int] = 1600,
    *,
    title: str = "",
    aoi: Aoi | None = None,
    corine: bool = False,
    large: bool = False,
) -> Drawing:
    """Draw what counts as changed, in the colour of what it became, on the later picture in grey.

    Args:
        change: the comparison.
        picture: (rows, columns, 3) of 10 m pixels, true colour of the later date.
        words: the reader's language.
        size_px: width, or width and height, pixels.
        title: over the map. Empty for none.
        aoi: the drawn shape, outlined.
        corine: the colours that CORINE readers expect.
        large: letters for a slide.

    Raises:
        InputError: a side outside 400 to 8,000 pixels.
    """
    became = np.where(change.changed, change.to_ids, np.uint8(NO_DATA))
    used = [m.acquisition for m in (change.before, change.after, *change.confirm)]
    days = [words.short_date(a.datetime.date()) for a in used[:2]]
    sheet = Sheet(
        change.grid,
        title,
        words.translate("sheet.dates", before=days[0], after=days[1]),
        attribution_words(used, words),
        change.simulated,
        aoi,
        picture,
        cells=(became, ~change.compared),
        heading=words.translate("sheet.became") if change.changed.any() else "",
        left_out_label=words.translate("sheet.not_compared"),
        corine=corine,
    )
    return compose(sheet, words, size_px, large=large)


def class_entries(ids: Sequence[int], words: Words, colors: Sequence[str], *, letters: bool) -> list[Entry]:
    """Give the legend of classes: the swatch looks as the map does, with the letter or the pattern of the class."""
    return [
        Entry(
            words.capital(words.class_name(i)),
            class_style(i, colors[i], letters=letters),
            words.class_letter(i) if letters else "",
            PAPER if is_dark(colors[i]) else INK,
        )
        for i in ids
    ]


def date_words(acquisition: Acquisition, words: Words) -> str:
    """Give date and satellite of one picture, for a map's margin."""
    day = words.date(acquisition.datetime.date())
    if acquisition.simulated:
        return words.translate("sheet.simulated_date", date=day)
    return words.translate("sheet.date", date=day, satellite=satellite_words(acquisition, words))


def satellite_words(acquisition: Acquisition, words: Words) -> str:
    """Give ``Sentinel-2A``, or ``Sentinel-2`` where the file does not say which."""
    key = f"satellite.{acquisition.satellite}"
    return words.translate(key if words.has(key) else "satellite.any")


def attribution_words(acquisitions: Sequence[Acquisition], words: Words) -> str:
    """Give what every picture and file must say; the notice of the Copernicus programme stays in its own words."""
    real = [a for a in acquisitions if not a.simulated]
    parts = [attribution_of(real)] if real else []
    if len(real) < len(acquisitions):
        parts.append(words.translate("attribution.simulated"))
    return "; ".join(parts)


def compose(sheet: Sheet, words: Words, size_px: int | tuple[int, int], *, large: bool = False) -> Drawing:
    """Lay a map out with everything a map needs.

    Raises:
        InputError: a side outside 400 to 8,000 pixels, no room for map and legend.
    """
    width_px, height_px = (size_px, 0) if isinstance(size_px, int) else size_px
    for side in (width_px, height_px or width_px):
        if not MIN_SIDE_PX <= side <= MAX_SIDE_PX:
            raise InputError(
                f"The picture would be {side:,} pixels along a side; {MIN_SIDE_PX} to {MAX_SIDE_PX:,} are possible.",
                hint="Choose another size.",
            )
    # A letter is a fixed part of the shorter side: points of the sheet stay the same, dots per inch grow.
    across = _LARGE_ACROSS_EM if large else _ACROSS_EM
    dpi = 72 / EM_PT * max(9, round(min(width_px, height_px or width_px) / across))
    width, height = width_px * 72 / dpi, height_px * 72 / dpi
    inner = width - 2 * EM_PT
    title = wrap_pt(drawable(sheet.title), 1.5 * EM_PT, inner, bold=True, max_lines=2) if sheet.title else []
    # A slide says date and attribution at its own foot.
    foot = [] if large else wrap_pt(f"{sheet.date}. {sheet.attribution}", _SMALL_PT, inner)
    top, below = EM_PT + 2 * EM_PT * len(title), (3.2 if large else 4.2) * EM_PT + 1.25 * EM_PT * len(foot)
    if large:
        top = 0.3 * EM_PT
    figure = new_figure(width, width, dpi)
    plan = _plan(sheet, words, figure, width, height, top + below)
    if plan is None:
        raise InputError(
            f"A picture of {width_px:,} x {height_px:,} pixels has no room for the map with its legend.",
            hint="Choose a larger or a less narrow size.",
        )
    height = height or plan.height
    figure.set_size_inches((width + 1e-6) / 72, (round(height * dpi / 72) + 1e-3) / dpi)

    def place(x: float, y: float, wide: float, high: float) -> Axes:
        """Axes by their left and top edge and size, points from the upper left corner of the sheet."""
        return figure.add_axes((x / width, 1 - (y + high) / height, wide / width, high / height))

    def write(x: float, y: float, text: str, **style: Any) -> None:
        figure.text(x / width, 1 - y / height, text, va="top", parse_math=False, **style)

    for i, line in enumerate(title):
        write(EM_PT, EM_PT + 2 * EM_PT * i, line, fontsize=1.5 * EM_PT, fontweight="bold", color=INK)
    axes = place(EM_PT, top, plan.map_w, plan.map_h)
    left, bottom, right, north = sheet.grid.bounds
    axes.set(xlim=(left, right), ylim=(bottom, north), xticks=[], yticks=[])
    axes.spines[:].set(color=GREY, linewidth=0.6)
    letters = plan.map_w * dpi / 72 / sheet.grid.n_cols >= LETTERS_FROM_PX
    sheet.draw(axes, [words.class_letter(c.id) for c in CLASSES] if letters else [])
    axes.set(xlim=(left, right), ylim=(bottom, north))
    if sheet.simulated:
        draw_stamp(axes)
    # The line under a narrow map is wider than the map, and stands under the legend too.
    narrow = plan.map_w < 20 * EM_PT
    line_w = inner if narrow else plan.map_w
    at = top + (max(plan.map_h, plan.legend_h) if narrow and plan.beside else plan.map_h) + 0.8 * EM_PT
    bar = place(EM_PT, at, line_w, 0.42 * EM_PT)
    bar_end = draw_scale(bar, words, (right - left) / plan.map_w, max(0.3 * plan.map_w, 4 * EM_PT))
    draw_north(place(line_w - 1.2 * EM_PT, at - 0.2 * EM_PT, 2.2 * EM_PT, 2.4 * EM_PT), words, sheet.grid)
    zone = f"{sheet.grid.epsg % 100}{'N' if sheet.grid.epsg < 32700 else 'S'}"
    text = words.translate("sheet.projection", zone=zone, side=words.metres(sheet.grid.cell_m))
    if not large and bar_end + font(100).getlength(text) * _SMALL_PT / 100 < line_w - 6 * EM_PT:
        write(bar_end + 3 * EM_PT, at, text, fontsize=_SMALL_PT, color=GREY)
    x, y = (2 * EM_PT + plan.map_w, top) if plan.beside else (EM_PT, at + 2.9 * EM_PT)
    if entries := sheet.legend(words, letters):
        legend = draw_legend(figure, sheet.heading, entries, plan.column, 1 if plan.beside else 2)
        legend.set_bbox_to_anchor((x / width, 1 - y / height))
    if sheet.center is not None:
        corner = (x, y + plan.legend_h - _INSET_PT) if plan.beside else (width - EM_PT - _INSET_PT, y)
        draw_locator(place(*corner, _INSET_PT, _INSET_PT), *sheet.center)
    for i, line in enumerate(reversed(foot)):
        write(EM_PT, height - 0.5 * EM_PT - 1.25 * EM_PT * (i + 1), line, fontsize=_SMALL_PT, color=GREY)
    return Drawing(figure, photo=sheet.picture is not None)


class _Plan(NamedTuple):
    """Sizes of what a sheet is made of, points."""

    map_w: float
    map_h: float
    beside: bool
    """Whether the legend stands beside the map, not under it."""
    column: float
    """Room for a column of the legend."""
    legend_h: float
    """Legend, and small map where it stands under the legend."""
    height: float
    """Of the whole sheet."""


def _plan(sheet: Sheet, words: Words, figure: Figure, width: float, height: float, margins: float) -> _Plan | None:
    """Find the layout in which the map is largest; with ``height`` 0 the sheet is as high as it needs to be."""
    rows, cols = sheet.grid.shape_px
    inner, inset = width - 2 * EM_PT, _INSET_PT if sheet.center is not None else 0.0
    plans = []
    for beside in (True, False) if height else (cols <= 1.7 * rows,):
        column = inner * 0.36 if beside else (inner - inset) / 2
        legend_w, legend_h = _legend_size(sheet, words, figure, column, 1 if beside else 2)
        if beside:
            used, legend_h = max(legend_w, inset), legend_h + inset + (EM_PT if legend_h and inset else 0)
            map_w, under = inner - (used + EM_PT if used else 0), 0.0
        else:
            legend_h = max(legend_h, inset)
            map_w, under = inner, legend_h + (EM_PT if legend_h else 0)
        most = (height or _MAX_RATIO * width) - margins - under
        map_h = min(map_w * rows / cols, most)
        if height and (most < 8 * EM_PT or (beside and legend_h > most + 3 * EM_PT)):
            continue
        needed = margins + under + max(map_h, legend_h if beside else 0)
        plans.append(_Plan(map_h * cols / rows, map_h, beside, column, legend_h, needed))
    return max(plans, default=None)


def _legend_size(sheet: Sheet, words: Words, figure: Figure, column_pt: float, columns: int) -> tuple[float, float]:
    """Width and height of the legend, points."""
    entries = sheet.legend(words, True)
    if not entries:
        return 0.0, 0.0
    legend = draw_legend(figure, sheet.heading, entries, column_pt, columns)
    width, height = (float(v) * 72 / figure.dpi for v in legend.get_window_extent().size)
    legend.remove()
    return width, height
