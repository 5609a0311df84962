"""Pictures of a story: the area and where it lies, the dates side by side, a place before and after.

Each is drawn for paper, or ``large`` for a slide: letters that are legible from the last row of a room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lulc_core.analysis.change.sites import Site
from lulc_core.domain.grid import PIXEL_M, TileGrid
from lulc_core.domain.results import DatedMap
from lulc_core.export.bundle import Bundle
from lulc_core.language.words import Words
from lulc_core.render.sheet.cells import draw_marks, draw_outline, draw_picture, draw_stamp
from lulc_core.render.sheet.drawing import EM_PT, INK, Drawing, new_figure
from lulc_core.render.sheet.map_sheet import Sheet, attribution_words, compose, date_words
from lulc_core.render.sheet.margin import draw_scale, wrap_pt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLACE_M = 1920
"""Least side of the ground around a place, metres: three tiles, so that one tile has neighbours to be compared with."""
_WIDTH_PT, _LARGE_PT = 480.0, 300.0
"""Width of a picture in points of its letters, for paper and for a slide."""


def cover_picture(bundle: Bundle, width_px: int) -> Drawing:
    """Draw the satellite picture of the last date with the outline, and nothing to be read."""
    dated = bundle.after
    rows, cols = dated.picture.shape[:2]
    width = _LARGE_PT * cols / max(rows, cols)
    height = width * rows / cols
    figure = new_figure(width, height, width_px / _LARGE_PT * 72)
    draw_outline(photo_axes(figure, dated, (0, 0, width, height)), dated.land_cover.grid, bundle.aoi)
    return Drawing(figure, photo=True)


def where_picture(bundle: Bundle, words: Words, size_px: int | tuple[int, int], *, large: bool = False) -> Drawing:
    """Draw the outline on the satellite picture of the last date, with a small map of the world around it."""
    dated = bundle.after
    sheet = Sheet(
        dated.land_cover.grid,
        "",
        date_words(dated.acquisition, words),
        attribution_words([dated.acquisition], words),
        dated.land_cover.simulated,
        bundle.aoi,
        dated.picture,
        bundle.aoi.center,
    )
    return compose(sheet, words, size_px, large=large)


def dates_picture(bundle: Bundle, words: Words, width_px: int, *, large: bool = False) -> Drawing:
    """Draw all dates side by side in the same stretch, oldest first, each with its date under it."""
    dates = sorted(bundle.dates, key=lambda d: d.acquisition.datetime)
    rows, cols = dates[0].picture.shape[:2]
    across = min(len(dates), 3)
    down = -(-len(dates) // across)
    line = _LARGE_PT if large else _WIDTH_PT
    gap, side = 0.012 * line, line / across
    labels = [wrap_pt(date_words(d.acquisition, words), EM_PT, side) for d in dates]
    label_h = (0.8 + 1.2 * max(map(len, labels))) * EM_PT
    side = (line - gap * (across - 1)) / across * (0.62 if across == 1 and not large else 1.0)
    high = min(side * rows / cols, line)
    side = high * cols / rows
    width, height = across * side + gap * (across - 1), down * (high + label_h) + gap * (down - 1)
    figure = new_figure(width, height, width_px / line * 72)
    for i, dated in enumerate(dates):
        x, top = (i % across) * (side + gap), (i // across) * (high + label_h + gap)
        axes = photo_axes(figure, dated, (x, height - top - high, side, high))
        draw_outline(axes, dated.land_cover.grid, bundle.aoi)
        _label(axes, "\n".join(labels[i]))
    return Drawing(figure, photo=True)


def place_picture(
    place: Site, before: DatedMap, after: DatedMap, words: Words, width_px: int, *, large: bool = False
) -> Drawing:
    """Draw the same ground on both dates, the changed squares outlined, the dates and a scale bar under it."""
    grid = before.land_cover.grid
    top, left, (rows, cols) = _window(place, grid)
    changed = np.zeros(grid.shape, bool)
    changed[tuple(np.transpose(place.cells))] = True
    line = _LARGE_PT if large else _WIDTH_PT
    gap = 0.012 * line
    side = (line - gap) / 2
    scale = side / max(rows, cols)
    height = rows * scale + 3.2 * EM_PT
    figure = new_figure(line, height, width_px / line * 72)
    for i, dated in enumerate((before, after)):
        x = i * (side + gap) + (side - cols * scale) / 2
        window = slice(top, top + rows), slice(left, left + cols)
        axes = photo_axes(figure, dated, (x, height - rows * scale, cols * scale, rows * scale), window)
        limits = axes.axis()
        draw_marks(axes, grid, changed)
        axes.axis(limits)
        _label(axes, words.date(dated.acquisition.datetime.date()), fontweight="bold")
        if i == 1:
            bar = figure.add_axes((x / line, 1.2 * EM_PT / height, cols * scale / line, 0.4 * EM_PT / height))
            draw_scale(bar, words, PIXEL_M / scale, 0.3 * cols * scale)
    return Drawing(figure, photo=True)


def photo_axes(
    figure: Figure,
    dated: DatedMap,
    box_pt: tuple[float, float, float, float],
    window: tuple[slice, slice] = (slice(None), slice(None)),
) -> Axes:
    """Add axes with the satellite picture of a date.

    Args:
        figure: to draw on.
        dated: the date; SIMULATED is written across where no satellite saw it.
        box_pt: left, bottom, width and height in points.
        window: rows and columns of its picture's pixels to show.
    """
    width, height = (float(v) for v in figure.get_size_inches() * 72)
    axes = figure.add_axes((box_pt[0] / width, box_pt[1] / height, box_pt[2] / width, box_pt[3] / height))
    picture, (west, _, _, north) = dated.picture[window], dated.land_cover.grid.bounds
    side = dated.pixel_m
    left, top = west + (window[1].start or 0) * side, north - (window[0].start or 0) * side
    rows, cols = picture.shape[:2]
    draw_picture(axes, picture, (left, top - rows * side, left + cols * side, top))
    axes.axis("off")
    if dated.land_cover.simulated:
        draw_stamp(axes)
    return axes


def _label(axes: Axes, text: str, **style: Any) -> None:
    axes.annotate(
        text, (0, 0), (0, -0.4 * EM_PT), xycoords="axes fraction", textcoords="offset points", va="top",
        fontsize=EM_PT, color=INK, annotation_clip=False, **style,
    )  # fmt: skip


def _window(place: Site, grid: TileGrid) -> tuple[int, int, tuple[int, int]]:
    """Top row, left column, and height and width of the ground around a place, 10 m pixels."""
    row0, col0, row1, col1 = (k * grid.cell_px for k in place.mask_box)
    rows, cols = grid.shape_px
    want = max(PLACE_M // PIXEL_M, round(1.5 * max(row1 - row0, col1 - col0)))
    high, wide = min(want, rows), min(want, cols)
    top = int(np.clip((row0 + row1) // 2 - high // 2, 0, rows - high))
    left = int(np.clip((col0 + col1) // 2 - wide // 2, 0, cols - wide))
    return top, left, (high, wide)
