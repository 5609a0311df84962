"""A map to print or paste: title, legend, scale bar, north arrow, date, attribution.

The map lies on its UTM grid, not on Web Mercator: a centimetre is the same length everywhere, and the scale bar true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import ChangeMap
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition, attribution_of
from lulc_core.export.bundle import DatedMap
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
_ACROSS_EM = 48
"""Letters of the shorter side of a sheet."""
_MAX_RATIO = 1.5
"""Height to width of a sheet of which only the width is asked for: a long narrow map is not drawn as wide as that."""
_INSET_EM = 13
_SMALL_PT = 0.85 * EM_PT


@dataclass(frozen=True)
class Sheet:
    """What a sheet is composed of."""

    grid: TileGrid
    draw: Callable[[Axes, bool], None]
    """Draws the map in metres of the grid's zone, with letters or with patterns."""
    heading: str
    """Over the legend."""
    legend: Callable[[bool], Sequence[Entry]]
    """Entries, with letters or with patterns."""
    title: str
    date: str
    attribution: str
    simulated: bool
    photo: bool = False
    """Whether the map is or has a satellite picture."""
    center: tuple[float, float] | None = None
    """Longitude and latitude of what a small map of the countries around shows; None for no such map."""


def map_sheet(
    dated: DatedMap,
    words: Words,
    size_px: int | tuple[int, int] = 1600,
    *,
    title: str = "",
    aoi: Aoi | None = None,
    corine: bool = False,
) -> Drawing:
    """Draw the land cover of one date.

    Args:
        dated: the map.
        words: the reader's language.
        size_px: width, or width and height, pixels; with a width alone the height follows from the map.
        title: over the map; may be in any script. Empty for none.
        aoi: the drawn shape, outlined.
        corine: the colours that CORINE readers expect.

    Raises:
        InputError: a side outside 400 to 8,000 pixels.
    """
    land_cover, colors = dated.land_cover, class_colors(corine=corine)
    left_out = land_cover.grid.inside & ~land_cover.classified

    def draw(axes: Axes, letters: bool) -> None:
        draw_cells(axes, land_cover.grid, land_cover.class_ids, colors, left_out=left_out, letters=letters)
        if aoi is not None:
            draw_outline(axes, land_cover.grid, aoi)

    def legend(letters: bool) -> Sequence[Entry]:
        present = [c.id for c in CLASSES if (land_cover.class_ids == c.id).any()]
        skipped = [Entry(words.translate("sheet.left_out"), left_out_style())] if left_out.any() else []
        return [*class_entries(present, words, colors, letters=letters), *skipped, *outline_entry(aoi, words)]

    sheet = Sheet(
        land_cover.grid,
        draw,
        words.translate("sheet.legend"),
        legend,
        title,
        date_words(dated.acquisition, words),
        attribution_words([dated.acquisition], words),
        land_cover.simulated,
    )
    return compose(sheet, words, size_px)


def change_sheet(
    change: ChangeMap,
    picture: Rgb,
    words: Words,
    size_px: int | tuple[int, int] = 1600,
    *,
    title: str = "",
    aoi: Aoi | None = None,
    corine: bool = False,
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

    Raises:
        InputError: a side outside 400 to 8,000 pixels.
    """
    grid, colors = change.grid, class_colors(corine=corine)
    became = np.where(change.changed, change.to_ids, np.uint8(255))
    skipped = grid.inside & ~change.compared

    def draw(axes: Axes, letters: bool) -> None:
        draw_picture(axes, picture, grid.bounds, grey=True)
        draw_cells(axes, grid, became, colors, left_out=skipped, letters=letters, line_pt=1.0)
        if aoi is not None:
            draw_outline(axes, grid, aoi)

    def legend(letters: bool) -> Sequence[Entry]:
        present = [c.id for c in CLASSES if (became == c.id).any()]
        striped = [Entry(words.translate("sheet.not_compared"), left_out_style())] if skipped.any() else []
        return [*class_entries(present, words, colors, letters=letters), *striped, *outline_entry(aoi, words)]

    used = [m.acquisition for m in (change.before, change.after, *change.confirm)]
    days = [words.short_date(a.datetime.date()) for a in used[:2]]
    sheet = Sheet(
        grid,
        draw,
        words.translate("sheet.became") if change.changed.any() else "",
        legend,
        title,
        words.translate("sheet.dates", before=days[0], after=days[1]),
        attribution_words(used, words),
        change.simulated,
        photo=True,
    )
    return compose(sheet, words, size_px)


def class_entries(ids: Sequence[int], words: Words, colors: Sequence[str], *, letters: bool) -> list[Entry]:
    """Give the legend of classes: the swatch looks as the map does, and the letter stands beside it in any case."""
    return [
        Entry(
            f"{CLASSES[i].letter}  {words.capital(words.class_name(i))}",
            class_style(i, colors[i], letters=letters),
            CLASSES[i].letter if letters else "",
            PAPER if is_dark(colors[i]) else INK,
        )
        for i in ids
    ]


def outline_entry(aoi: Aoi | None, words: Words) -> list[Entry]:
    """Give the legend of the drawn shape, where one is drawn."""
    style = {"facecolor": "none", "edgecolor": INK, "linewidth": 1.4}
    return [] if aoi is None else [Entry(words.translate("sheet.outline"), style)]


def date_words(acquisition: Acquisition, words: Words) -> str:
    """Date and satellite of one picture, for a map's margin."""
    day = words.date(acquisition.datetime.date())
    if acquisition.simulated:
        return words.translate("sheet.simulated_date", date=day)
    return words.translate("sheet.date", date=day, satellite=satellite_words(acquisition, words))


def satellite_words(acquisition: Acquisition, words: Words) -> str:
    """``Sentinel-2A``, or ``Sentinel-2`` where the file does not say which."""
    key = f"satellite.{acquisition.satellite}"
    return words.translate(key if words.has(key) else "satellite.any")


def attribution_words(acquisitions: Sequence[Acquisition], words: Words) -> str:
    """What every picture and file must say; the notice of the Copernicus programme stays in its own words."""
    real = [a for a in acquisitions if not a.simulated]
    parts = [attribution_of(real)] if real else []
    if len(real) < len(acquisitions):
        parts.append(words.translate("attribution.simulated"))
    return "; ".join(parts)


def compose(sheet: Sheet, words: Words, size_px: int | tuple[int, int]) -> Drawing:
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
    dpi = 72 / EM_PT * max(9, round(min(width_px, height_px or width_px) / _ACROSS_EM))
    width, height = width_px * 72 / dpi, height_px * 72 / dpi
    figure = new_figure(width, height or width, dpi)
    plan = _plan(sheet, figure, width, height)
    height = plan.height
    figure.set_size_inches((width + 1e-6) / 72, (round(height * dpi / 72) + 1e-3) / dpi)

    def place(x: float, top: float, wide: float, high: float) -> Axes:
        """Axes by their left and top edge and size, points from the upper left corner of the sheet."""
        return figure.add_axes((x / width, 1 - (top + high) / height, wide / width, high / height))

    def write(x: float, top: float, text: str, **style: object) -> None:
        figure.text(x / width, 1 - top / height, text, va="top", parse_math=False, **style)  # type: ignore[arg-type]

    for i, line in enumerate(plan.title):
        write(EM_PT, EM_PT + 2 * EM_PT * i, line, fontsize=1.5 * EM_PT, fontweight="bold", color=INK)
    axes = place(EM_PT, plan.top, plan.map_w, plan.map_h)
    left, bottom, right, top = sheet.grid.bounds
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    axes.spines[:].set(color=GREY, linewidth=0.6)
    letters = plan.map_w * dpi / 72 / sheet.grid.n_cols >= LETTERS_FROM_PX
    sheet.draw(axes, letters)
    axes.set(xlim=(left, right), ylim=(bottom, top))
    if sheet.simulated:
        draw_stamp(axes)
    at = plan.top + max(plan.map_h, plan.legend_h if plan.beside and plan.line_w > plan.map_w else 0) + 0.8 * EM_PT
    metres_per_pt = (right - left) / plan.map_w
    bar = place(EM_PT, at, plan.line_w, 0.42 * EM_PT)
    bar_end = draw_scale(bar, words, metres_per_pt, max(0.3 * plan.map_w, 4 * EM_PT))
    draw_north(place(plan.line_w - 1.2 * EM_PT, at - 0.2 * EM_PT, 2.2 * EM_PT, 2.4 * EM_PT), words, sheet.grid)
    zone = f"{sheet.grid.epsg % 100}{'N' if sheet.grid.epsg < 32700 else 'S'}"
    text = words.translate("sheet.projection", zone=zone, side=words.metres(sheet.grid.cell_m))
    if bar_end + 2 * EM_PT + font(100).getlength(text) * _SMALL_PT / 100 < plan.line_w - 4 * EM_PT:
        write(EM_PT + bar_end + 2 * EM_PT, at, text, fontsize=_SMALL_PT, color=GREY)
    x, y = (2 * EM_PT + plan.map_w, plan.top) if plan.beside else (EM_PT, at + 2.9 * EM_PT)
    if entries := sheet.legend(letters):
        legend = draw_legend(figure, sheet.heading, entries, plan.column, 1 if plan.beside else 2)
        legend.set_bbox_to_anchor((x / width, 1 - y / height))
    if sheet.center is not None:
        inset = plan.inset
        corner = (x, y + plan.legend_h - inset) if plan.beside else (width - EM_PT - inset, y)
        draw_locator(place(*corner, inset, inset), *sheet.center)
    for i, line in enumerate(reversed(plan.foot)):
        write(EM_PT, height - 0.5 * EM_PT - 1.25 * EM_PT * (i + 1), line, fontsize=_SMALL_PT, color=GREY)
    return Drawing(figure, photo=sheet.photo)


@dataclass(frozen=True)
class _Plan:
    """Where things go, points."""

    height: float
    title: list[str]
    foot: list[str]
    top: float
    """Of the map."""
    map_w: float
    map_h: float
    line_w: float
    """Of the line with scale bar and north arrow."""
    beside: bool
    """Whether the legend stands beside the map, not under it."""
    column: float
    """Room for a column of the legend."""
    legend_h: float
    """Legend, and small map where it stands under the legend."""
    inset: float
    """Side of the small map; 0 for none."""


def _plan(sheet: Sheet, figure: Figure, width: float, height: float) -> _Plan:
    """Find the layout in which the map is largest; with ``height`` 0 the sheet is as high as it needs to be."""
    rows, cols = sheet.grid.shape_px
    inner = width - 2 * EM_PT
    title = wrap_pt(drawable(sheet.title), 1.5 * EM_PT, inner, bold=True, max_lines=2) if sheet.title else []
    foot = wrap_pt(f"{sheet.date}. {sheet.attribution}", _SMALL_PT, inner)
    top = EM_PT + 2 * EM_PT * len(title)
    below = EM_PT + 1.25 * EM_PT * len(foot) + 3.2 * EM_PT
    plans = []
    for beside in (True, False) if height else (cols <= 1.7 * rows,):
        inset = _INSET_EM * EM_PT if sheet.center is not None else 0.0
        room = inner * 0.36 if beside else (inner - inset) / 2
        legend_w, legend_h = _legend_size(sheet, figure, room, 1 if beside else 2)
        column = max(legend_w, inset) if beside else room
        legend_h = legend_h + inset + (EM_PT if legend_h and inset else 0) if beside else max(legend_h, inset)
        map_w = inner - (column + EM_PT if beside and column else 0)
        under = 0 if beside else legend_h + (EM_PT if legend_h else 0)
        most = (height or _MAX_RATIO * width) - top - below - under
        map_h = min(map_w * rows / cols, most)
        if height and (most < 8 * EM_PT or (beside and legend_h > height - top - EM_PT)):
            continue
        map_w = map_h * cols / rows
        line_w = map_w if map_w >= 20 * EM_PT else inner
        needed = top + below + under + max(map_h, legend_h if beside else 0)
        plans.append(_Plan(height or needed, title, foot, top, map_w, map_h, line_w, beside, room, legend_h, inset))
    if not plans:
        raise InputError(
            f"A picture of {round(width)} x {round(height)} pixels has no room for the map with its legend.",
            hint="Choose a larger or a less narrow size.",
        )
    return max(plans, key=lambda plan: plan.map_w)


def _legend_size(sheet: Sheet, figure: Figure, column_pt: float, columns: int) -> tuple[float, float]:
    """Width and height of the legend, points."""
    entries = sheet.legend(True)
    if not entries:
        return 0.0, 0.0
    legend = draw_legend(figure, sheet.heading, entries, column_pt, columns)
    width, height = (float(v) * 72 / figure.dpi for v in legend.get_window_extent().size)
    legend.remove()
    return width, height
