"""Cells of a grid as a picture north up on the grid itself: colours, letters or patterns, borders, stripes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASSES, NO_DATA
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.projection import to_utm
from lulc_core.render.colors import LEFT_OUT_COLOR, is_dark, rgb
from lulc_core.render.overlays.lettering import watermark
from lulc_core.render.sheet.fonts import font

LETTERS_FROM_PX = 22
"""Cells of this size and more carry the letter of their class; smaller ones a pattern."""
_INK_SHARE = 0.42
_DARK, _LIGHT = (20, 20, 20), (255, 255, 255)

Rgb = NDArray[np.uint8]
"""(rows, columns, 3) colours."""


def pattern(class_id: int, rows: int, cols: int, step_px: int) -> NDArray[np.bool_]:
    """(rows, columns) True where the pattern of a class has ink; ten patterns that differ in direction and density.

    Args:
        class_id: 0 to 9.
        rows: height of the picture.
        cols: width of the picture.
        step_px: distance of the lines, at least 4.
    """
    y, x = np.ogrid[:rows, :cols]
    s, thick, dot = step_px, max(1, step_px // 8), max(2, step_px // 3)
    lines = {
        0: (x + y) % s < thick,
        1: (x % s < dot) & (y % s < dot),
        2: ((x + s * (y // s % 2)) % (2 * s) < dot) & (y % s < dot),
        3: y % (s // 2) < thick,
        4: (x % s < thick) | (y % s < thick),
        5: (y % s < thick) & (x % (2 * s) < s),
        6: x % (s // 2) < thick,
        7: ((x + y) % s < thick) | ((x - y) % s < thick),
        8: (y + np.rint(s / 5 * np.sin(x * (2 * np.pi / (2 * s)))).astype(int)) % s < thick,
        9: (x - y) % s < thick,
    }
    return np.broadcast_to(lines[class_id], (rows, cols))


def class_swatch(class_id: int, color: str, size_px: int, *, letters: bool) -> Rgb:
    """A square of the legend: the colour, with the letter or the pattern that the map shows."""
    out = np.empty((size_px, size_px, 3), np.uint8)
    out[:] = rgb(color)
    ink = _LIGHT if is_dark(color) else _DARK
    if letters:
        _letter(out, CLASSES[class_id].letter, size_px / 2, size_px / 2, round(size_px * 0.7), ink)
    else:
        _blend(out, pattern(class_id, size_px, size_px, max(4, size_px // 3)), ink)
    return out


def left_out_swatch(size_px: int) -> Rgb:
    """Grey stripes: no name."""
    out = np.empty((size_px, size_px, 3), np.uint8)
    _stripe(out, np.ones((size_px, size_px), bool), max(3, size_px // 5))
    return out


def draw_cells(
    base: Rgb,
    class_ids: NDArray[np.uint8],
    colors: Sequence[str],
    *,
    left_out: NDArray[np.bool_],
    outline: bool = False,
) -> Rgb:
    """Cells over a picture; the picture shows where a cell is neither named nor left out.

    Args:
        base: the picture, any size; cells are spread evenly over it. A copy is changed.
        class_ids: (rows, columns) 0 to 9, 255 for none.
        colors: ten ``#RRGGBB``.
        left_out: (rows, columns) True for cells to be striped.
        outline: a dark line around what is drawn, where the base is a picture.
    """
    out = base.copy()
    height, width = out.shape[:2]
    ids = _spread(np.where(left_out, np.uint8(254), class_ids), height, width)
    cell_px = min(height / class_ids.shape[0], width / class_ids.shape[1])
    letters = cell_px >= LETTERS_FROM_PX
    step = _step(height, width)
    for c in CLASSES:
        here = ids == c.id
        if not here.any():
            continue
        out[here] = rgb(colors[c.id])
        if not letters:
            _blend(out, here & pattern(c.id, height, width, step), _LIGHT if is_dark(colors[c.id]) else _DARK)
    _stripe(out, ids == 254, step)
    _borders(out, ids, strong=outline)
    if letters:
        _letters(out, class_ids, colors, left_out)
    return out


def draw_outline(picture: Rgb, grid: TileGrid, aoi: Aoi, *, width_px: int = 2) -> Rgb:
    """The drawn shape as a dark line with a light rim; a copy."""
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    left, bottom, right, top = grid.bounds
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    shape = to_utm(aoi.geometry, grid.epsg)
    polygons = getattr(shape, "geoms", [shape])
    rings = [ring for p in polygons for ring in (p.exterior, *p.interiors)]
    paths = [
        [((x - left) / (right - left) * (width - 1), (top - y) / (top - bottom) * (height - 1)) for x, y in r.coords]
        for r in rings
    ]
    for color, extra in ((_LIGHT, max(2, width_px)), (_DARK, 0)):
        for path in paths:
            draw.line(path, fill=color, width=width_px + extra, joint="curve")
    return np.asarray(image)


def stamp(picture: Rgb, *, spacing: float = 1.6) -> Rgb:
    """SIMULATED across a picture; a copy."""
    out = picture.copy()
    strokes, around = watermark(*out.shape[:2], spacing=spacing)
    out[around] = out[around] // 3
    out[strokes] = 160 + (out[strokes] // 8) * 3
    return out


def ground(picture: Rgb, height: int, width: int, *, grey: bool = False) -> Rgb:
    """A satellite picture in the size of a drawing; grey and pale where something is to be drawn on it."""
    from PIL import Image

    image = Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS)
    if not grey:
        return np.asarray(image)
    pale = np.asarray(image.convert("L")).astype(np.uint16)
    return np.repeat((110 + pale * 4 // 7).clip(0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)


def _step(height: int, width: int) -> int:
    return int(np.clip(min(height, width) // 90, 6, 24))


def _spread(cells: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    rows = np.arange(height) * cells.shape[0] // height
    cols = np.arange(width) * cells.shape[1] // width
    return cells[np.ix_(rows, cols)]


def _blend(out: Rgb, ink: NDArray[np.bool_], color: tuple[int, int, int]) -> None:
    share = np.asarray(color, np.float32) * _INK_SHARE
    out[ink] = (out[ink] * (1 - _INK_SHARE) + share).astype(np.uint8)


def _stripe(out: Rgb, here: NDArray[np.bool_], step: int) -> None:
    if not here.any():
        return
    grey = np.asarray(rgb(LEFT_OUT_COLOR), np.uint8)
    y, x = np.ogrid[: here.shape[0], : here.shape[1]]
    dark = (x + y) % (2 * step) < step
    out[here & dark] = grey
    out[here & ~dark] = 200 + grey // 6


def _borders(out: Rgb, ids: NDArray[np.uint8], *, strong: bool) -> None:
    """A line where neighbours differ: pale classes must be found beside each other, and on a picture."""
    edge = np.zeros(ids.shape, bool)
    edge[1:] |= ids[1:] != ids[:-1]
    edge[:, 1:] |= ids[:, 1:] != ids[:, :-1]
    if strong:
        edge[:-1] |= edge[1:]
        edge[:, :-1] |= edge[:, 1:]
        out[edge] = _DARK
    else:
        out[edge] = out[edge] // 2


def _letters(out: Rgb, ids: NDArray[np.uint8], colors: Sequence[str], left_out: NDArray[np.bool_]) -> None:
    height, width = out.shape[:2]
    cell_h, cell_w = height / ids.shape[0], width / ids.shape[1]
    size = round(min(min(cell_h, cell_w) * 0.55, 46))
    for row, col in np.argwhere((ids != NO_DATA) & ~left_out).tolist():
        c = CLASSES[int(ids[row, col])]
        ink = _LIGHT if is_dark(colors[c.id]) else _DARK
        _letter(out, c.letter, (col + 0.5) * cell_w, (row + 0.5) * cell_h, size, ink)


def _letter(out: Rgb, letter: str, x: float, y: float, size: int, ink: tuple[int, int, int]) -> None:
    strokes = _letter_mask(letter, size)
    top, left = round(y - strokes.shape[0] / 2), round(x - strokes.shape[1] / 2)
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + strokes.shape[0], out.shape[0]), min(left + strokes.shape[1], out.shape[1])
    if y1 <= y0 or x1 <= x0:
        return
    cover = strokes[y0 - top : y1 - top, x0 - left : x1 - left, np.newaxis]
    here = out[y0:y1, x0:x1]
    here[:] = (here * (1 - cover) + np.asarray(ink, np.float32) * cover).astype(np.uint8)


def _letter_mask(letter: str, size: int) -> NDArray[np.float32]:
    """(rows, columns) 0 to 1, smooth strokes of a letter, cut to its outline."""
    from PIL import Image, ImageDraw

    face = font(max(size, 6), bold=True)
    left, top, right, bottom = face.getbbox(letter)
    image = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), letter, font=face, fill=255)
    return (np.asarray(image) / 255).astype(np.float32)
