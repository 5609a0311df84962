"""Pictures of a story: the area and where it lies, the dates side by side, a place before and after."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import numpy as np

from lulc_core.domain.grid import PIXEL_M, TileGrid
from lulc_core.export.bundle import Bundle, DatedMap
from lulc_core.language.words import Words
from lulc_core.render.sheet.cell_picture import Rgb, draw_outline, ground, stamp
from lulc_core.render.sheet.fonts import font, wrap
from lulc_core.render.sheet.locator import locator
from lulc_core.render.sheet.map_margin import INK, PAPER, draw_scale
from lulc_core.render.sheet.map_sheet import Sheet, attribution_words, compose, date_words, outline_entry
from lulc_core.report.story.sites import Site

PLACE_M = 1920
"""Least side of the ground around a place, metres: three tiles, so that one tile has neighbours to be compared with."""
_FEW_COLORS = 8192
_DARK, _LIGHT = (20, 20, 20), (255, 255, 255)


def where_picture(bundle: Bundle, words: Words, size_px: int) -> bytes:
    """The drawn shape on the satellite picture of the last date, with a small map of the world around it; PNG."""
    dated, aoi = bundle.after, bundle.aoi
    grid = dated.land_cover.grid

    def paint(height: int, width: int) -> Rgb:
        return draw_outline(ground(dated.picture, height, width), grid, aoi, width_px=max(2, width // 250))

    sheet = Sheet(
        grid,
        paint,
        "",
        lambda cell_px: outline_entry(aoi, words),
        "",
        date_words(dated.acquisition, words),
        attribution_words([dated.acquisition], words),
        dated.land_cover.simulated,
        inset=locator(*aoi.center, 600),
    )
    return compose(sheet, words, size_px)


def dates_picture(bundle: Bundle, words: Words, width_px: int) -> bytes:
    """All dates side by side in the same stretch, oldest first, each with its date under it; PNG."""
    from PIL import Image, ImageDraw

    dates = sorted(bundle.dates, key=lambda d: d.acquisition.datetime)
    rows, cols = dates[0].picture.shape[:2]
    across = min(len(dates), 3)
    down = -(-len(dates) // across)
    gap, em = max(6, width_px // 100), max(12, width_px // 55)
    side = (width_px - gap * (across - 1)) // across
    if across == 1:
        side = min(side, round(width_px * 0.62))
    high = min(round(side * rows / cols), width_px)
    side = round(high * cols / rows)
    image = Image.new("RGB", (across * side + gap * (across - 1), down * (high + 2 * em) + (down - 1) * gap), PAPER)
    draw = ImageDraw.Draw(image)
    for i, dated in enumerate(dates):
        x, y = (i % across) * (side + gap), (i // across) * (high + 2 * em + gap)
        picture = draw_outline(ground(dated.picture, high, side), dated.land_cover.grid, bundle.aoi)
        image.paste(Image.fromarray(stamp(picture) if dated.land_cover.simulated else picture), (x, y))
        label = wrap(date_words(dated.acquisition, words), em, side, max_lines=1)
        draw.text((x, y + high + 0.4 * em), label[0], font=font(em), fill=INK)
    return _png(image)


def place_picture(place: Site, before: DatedMap, after: DatedMap, words: Words, width_px: int) -> bytes:
    """The same ground on both dates, the changed squares outlined, the dates and a scale bar under it; PNG."""
    from PIL import Image, ImageDraw

    grid = before.land_cover.grid
    top, left, size = _window(place, grid)
    gap, em = max(6, width_px // 100), max(12, width_px // 50)
    side = (width_px - gap) // 2
    image = Image.new("RGB", (2 * side + gap, side + 3 * em + em // 2), PAPER)
    draw = ImageDraw.Draw(image)
    for i, dated in enumerate((before, after)):
        crop = dated.picture[top : top + size[0], left : left + size[1]]
        fitted = ground(crop, *fit(crop.shape[:2], side))
        picture = np.full((side, side, 3), 255, np.uint8)
        y0, x0 = (side - fitted.shape[0]) // 2, (side - fitted.shape[1]) // 2
        scale = fitted.shape[1] / crop.shape[1]
        marked = mark_cells(fitted, place.cells, grid, scale, top=top, left=left)
        picture[y0 : y0 + fitted.shape[0], x0 : x0 + fitted.shape[1]] = marked
        if dated.land_cover.simulated:
            picture = stamp(picture, spacing=1.2)
        x = i * (side + gap)
        image.paste(Image.fromarray(picture), (x, 0))
        day = words.date(dated.acquisition.datetime.date())
        draw.text((x, side + 0.4 * em), day, font=font(em, bold=True), fill=INK)
        if i == 1:
            draw_scale(image, words, x, side + 2 * em, side, PIXEL_M / scale, round(em * 0.9))
    return _png(image)


def compact(png: bytes) -> tuple[bytes, str]:
    """A picture for documents, and its media type: satellite pictures as JPEG, at a fifth of the size.

    Maps and charts have few colours and stay PNG, with sharp edges.
    """
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        if image.getcolors(_FEW_COLORS) is not None:
            return png, "image/png"
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=88, subsampling=0)
        return out.getvalue(), "image/jpeg"


def _window(place: Site, grid: TileGrid) -> tuple[int, int, tuple[int, int]]:
    """Top row, left column, and height and width of the ground around a place, 10 m pixels."""
    row0, col0, row1, col1 = (k * grid.cell_px for k in place.mask_box)
    rows, cols = grid.shape_px
    want = max(PLACE_M // PIXEL_M, round(1.5 * max(row1 - row0, col1 - col0)))
    high, wide = min(want, rows), min(want, cols)
    top = int(np.clip((row0 + row1) // 2 - high // 2, 0, rows - high))
    left = int(np.clip((col0 + col1) // 2 - wide // 2, 0, cols - wide))
    return top, left, (high, wide)


def fit(shape: Sequence[int], side: int) -> tuple[int, int]:
    """Height and width in proportion, the longer of them ``side``."""
    scale = side / max(shape[:2])
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def mark_cells(
    picture: Rgb, marked: Iterable[tuple[int, int]], grid: TileGrid, scale: float, *, top: int = 0, left: int = 0
) -> Rgb:
    """The outline of squares: edges between them and others.

    Args:
        picture: (height, width, 3) of some ground of the grid.
        marked: row and column of the squares.
        grid: whose squares they are.
        scale: pixels of the picture to a 10 m pixel of the grid.
        top: of the picture's ground, 10 m pixels from the top of the grid.
        left: the same from its left.
    """
    from PIL import Image, ImageDraw

    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    cells = set(marked)
    px = grid.cell_px
    lines = []
    for row, col in sorted(cells):
        y0, x0 = ((row * px - top) * scale, (col * px - left) * scale)
        y1, x1 = y0 + px * scale, x0 + px * scale
        edges = {
            (row - 1, col): (x0, y0, x1, y0),
            (row + 1, col): (x0, y1, x1, y1),
            (row, col - 1): (x0, y0, x0, y1),
            (row, col + 1): (x1, y0, x1, y1),
        }
        lines += [line for beside, line in edges.items() if beside not in cells]
    width = max(2, picture.shape[1] // 220)
    for color, extra in ((_DARK, width + 2), (_LIGHT, 0)):
        for line in lines:
            draw.line(line, fill=color, width=width + extra)
    return np.asarray(image)


def _png(image: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)  # type: ignore[attr-defined]
    return out.getvalue()
